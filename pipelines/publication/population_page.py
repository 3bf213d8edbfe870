"""Residents on 31 August, by the two ways of bringing estimates there: a page and a CSV of a release."""

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.markers import NOT_THERE
from pipelines.publication.table import GROUP, ROW, Table

SHOWN = range(15, 26)
"""Ages on the page, around those at which people arrive; all are in the data file."""
ALIGNMENT_COLUMNS = {
    "academic_year": "TIME_DETAIL",
    "age": "AGE",
    "alignment": "ALIGNMENT",
    "forward": "FORWARD",
    "backward": "BACKWARD",
    "ratio": "RATIO",
}
STRATUM_COLUMNS = {
    "academic_year": "TIME_DETAIL",
    "age": "AGE",
    "ward": "WARD",
    "deprivation": "DEPRIVATION",
    "persons": "PERSONS",
}


def alignment_table(facts: ReleaseFacts) -> Table:
    """Return residents of the ages shown, forward and backward, by year, under the way that is used."""
    years = sorted({row["academic_year"] for row in facts.alignment})
    cells = {(row["academic_year"], row["age"]): row for row in facts.alignment}
    columns = {}
    for year in years:
        rows = [cells.get((year, age)) for age in SHOWN]
        columns |= {
            f"{year} forward": [_number(row, "forward") for row in rows],
            f"{year} backward": [_number(row, "backward") for row in rows],
            f"{year} ratio": [_ratio(row) for row in rows],
        }
    heads = {name: name.rpartition(" ")[2].capitalize() for name in columns}
    spanners = {year: [f"{year} {way}" for way in ("forward", "backward", "ratio")] for year in years}
    ages = {GROUP: [_group(cells, years, age) for age in SHOWN], ROW: [f"Aged {age}" for age in SHOWN]}
    title = f"Residents by age on 31 August, {facts.city}, by two ways of bringing June's estimates there."
    return Table(pl.DataFrame(ages | columns), facts.caption(title), spanners, heads)


def published_alignment(alignment: pl.DataFrame) -> list[dict]:
    """Return `core.alignment` as it is published: residents with one decimal, the ratio with three."""
    rounded = alignment.with_columns(pl.col("forward", "backward").round(1), pl.col("ratio").round(3))
    return rounded.select(list(ALIGNMENT_COLUMNS)).sort("academic_year", "age").to_dicts()


def alignment_csv(facts: ReleaseFacts) -> str:
    """Return all years and ages as CSV text."""
    table = pl.DataFrame(facts.alignment).select(list(ALIGNMENT_COLUMNS)).rename(ALIGNMENT_COLUMNS)
    # With all its decimals, so that the page prints none that the file lacks.
    ratios = [None if ratio is None else f"{ratio:.3f}" for ratio in table["RATIO"]]
    more = {"RATIO": pl.Series(ratios, dtype=pl.String), "REF_AREA": pl.lit(facts.area_code)}
    synthetic = pl.lit(facts.synthetic)
    return table.with_columns(**more, SYNTHETIC=synthetic).write_csv(line_terminator="\n")


def strata_csv(facts: ReleaseFacts) -> str:
    """Return residents of each ward by age band and fifth of deprivation as CSV text."""
    table = facts.strata.rename(STRATUM_COLUMNS)
    constants = {"REF_AREA": pl.lit(facts.area_code), "SYNTHETIC": pl.lit(facts.synthetic)}
    return table.with_columns(**constants).write_csv(line_terminator="\n")


def _number(row: dict | None, way: str) -> str:
    return NOT_THERE if row is None else f"{row[way]:,.0f}"


def _ratio(row: dict | None) -> str:
    """Return a ratio with two of its three published decimals: as decimals, not as binary fractions."""
    return NOT_THERE if row is None or row["ratio"] is None else f"{Decimal(str(row['ratio'])):.2f}"


def _group(cells: dict, years: Sequence[str], age: int) -> str:
    """Return the heading that an age stands under: the way used in the latest year that has it."""
    ways = [cells[year, age]["alignment"] for year in years if (year, age) in cells]
    return f"{ways[-1].capitalize()} is used" if ways else "Not aligned"
