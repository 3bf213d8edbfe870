"""Checks a published table from the outside: only what a reader has.

The attacker that tries to undo the rounding comes here.
"""

from collections.abc import Mapping

import polars as pl

from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.protect import BOUNDS, PUBLISHED_SCHEMA, Rules, figure_of, parity_of
from pipelines.indicators.catalogue import DIMENSIONS, TOTAL, Formula, Indicator


def misshapen_cells(published: pl.DataFrame) -> int:
    """Return how many rows are of another shape than the published table: none, or all (at least 1)."""
    return 0 if dict(published.schema) == PUBLISHED_SCHEMA else max(published.height, 1)


def unrounded_cells(published: pl.DataFrame, catalogue: Mapping[str, Indicator], rules: Rules) -> int:
    """Return how many rows have a published count that is not a multiple of the base."""
    ratios = [key for key, indicator in catalogue.items() if indicator.formula is Formula.RATIO]
    unrounded = [pl.col(count) % rules.base != 0 for count in ("numerator", *BOUNDS)]
    below = pl.col("indicator").is_in(ratios) & (pl.col("denominator") % rules.base != 0)
    return published.filter(pl.any_horizontal(*unrounded, below)).height


def unbounded_cells(published: pl.DataFrame) -> int:
    """Return how many published counts lack a bound, or lie outside their bounds."""
    low, high = (pl.col(bound) for bound in BOUNDS)
    within = low.is_not_null() & high.is_not_null() & pl.col("numerator").is_between(low, high)
    return published.filter(pl.col("numerator").is_not_null() & ~within.fill_null(value=False)).height


def underivable_cells(
    published: pl.DataFrame, catalogue: Mapping[str, Indicator], rules: Rules, coverage: Coverage
) -> int:
    """Return how many published values do not follow from published counts, populations and coverage."""
    cells = {
        (row["indicator"], row["academic_year"], *(row[d] for d in DIMENSIONS)): row
        for row in published.iter_rows(named=True)
        if row["comparison"] == TOTAL and row["numerator"] is not None
    }
    wrong = 0
    for row in published.iter_rows(named=True):
        indicator = catalogue[row["indicator"]]
        base = catalogue[row["base_indicator"]] if indicator.formula is Formula.PARITY else indicator
        if coverage.withholds(base, row["academic_year"]):
            wrong += any(row[name] is not None for name in ("numerator", "value", "lower", "upper"))
            continue
        if indicator.formula is Formula.PARITY:
            figure = parity_of(indicator, *_pair(row, indicator, cells), rules)
        elif row["numerator"] is None:
            wrong += 1
            continue
        else:
            figure = figure_of(indicator, row["numerator"], row["denominator"], rules)
        figure = coverage.apply(figure, base, row["academic_year"])
        wrong += any(row[name] != getattr(figure, name) for name in ("value", "lower", "upper", "markers"))
    return wrong


def _pair(row: Mapping, indicator: Indicator, cells: Mapping) -> tuple[Mapping | None, Mapping | None]:
    comparison = next(c for c in indicator.parity.comparisons if c.code == row["comparison"])

    def cell(code: str) -> Mapping | None:
        dimensions = ({**row, comparison.dimension: code}[d] for d in DIMENSIONS)
        return cells.get((row["base_indicator"], row["academic_year"], *dimensions))

    return cell(comparison.disadvantaged), cell(comparison.advantaged)
