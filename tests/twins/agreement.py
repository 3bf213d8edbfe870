"""Holds the cells that SQL made against the same cells counted by the definitions in polars.

What the two share is the catalogue: which ages and breakdowns an indicator has.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.indicators.bands import Band
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import CROSSED, Formula
from tests.conftest import CATALOGUE
from tests.twins.definitions import BY_CATEGORY, DEFINITIONS
from tests.twins.people import HOME, areas, enrolments_of_persons, residents

NO_PERSONS = frozenset({"local_community_places"})
"""Counts places, of whose postcodes enrolments say nothing: worked by hand in `test_local_indicators.py`."""
COUNTED = {k: i for k, i in CATALOGUE.items() if not i.derived_from and k not in NO_PERSONS}
OF_POPULATION = ("ward", "deprivation", "decile")
CELL = ["academic_year", "age", "sex", "breakdown", "category"]
TABLES = (
    "core.enrolment", "core.area", "core.population", "core.merged_category", "indicators.observation",
)  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """What is counted, and what SQL made of it."""

    enrolments: pl.DataFrame
    population: pl.DataFrame
    observation: pl.DataFrame

    @classmethod
    def of(cls, tables: Mapping[str, pl.DataFrame]) -> "Counted":
        """Take it from the tables of a city, `TABLES`."""
        return cls(
            enrolments_of_persons(
                tables["core.enrolment"], areas(tables["core.area"]), tables["core.merged_category"]
            ),
            residents(tables["core.population"]),
            tables["indicators.observation"],
        )


def compared(city: Counted, key: str) -> pl.DataFrame:
    """Return every cell of an indicator: what SQL counted, and what its definition in polars did."""
    indicator, cells = COUNTED[key], observed(city.observation, key)
    above, under = [], []
    for breakdown, category in sorted(cells.select("breakdown", "category").unique().iter_rows()):
        numerator, denominator = sides(key, city.enrolments, breakdown, category)
        above.append(counts(numerator, indicator, breakdown, category))
        assert (denominator is not None) == (indicator.formula is Formula.RATIO)
        if denominator is not None:
            under.append(counts(denominator, indicator, breakdown, category))
        elif indicator.formula is not Formula.COUNT:
            under.append(below(city.population, indicator, breakdown, category))
    again = cells.select(*CELL, "numerator", "denominator")
    again = again.join(pl.concat(above).rename({"n": "twin_numerator"}), on=CELL, how="left")
    under = pl.concat(under or [pl.concat(above).clear()])
    again = again.join(under.rename({"n": "twin_denominator"}), on=CELL, how="left")
    # Nobody counted is none; of years without a population estimate the number of residents is not known.
    counted = ["twin_numerator", *(["twin_denominator"] if indicator.formula is Formula.RATIO else [])]
    return again.with_columns(pl.col(counted).fill_null(0))


def different(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the cells on which the two differ."""
    same = [pl.col(name).eq_missing(pl.col(f"twin_{name}")) for name in ("numerator", "denominator")]
    return cells.filter(~pl.all_horizontal(same))


def in_band(frame: pl.DataFrame, band: Band | None) -> pl.DataFrame:
    """Keep whoever is of an age."""
    return frame if band is None else frame.filter(pl.col("age").is_between(band.first, band.last))


def by_sex(frame: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """Sum a value of each year for either sex and for both and the unknown together."""
    each = frame.filter(pl.col("sex").is_in(["F", "M"]))
    parts = [frame.with_columns(sex=pl.lit("_T")), each]
    return pl.concat(p.group_by("academic_year", "sex").agg(value) for p in parts)


def counts(frame: pl.DataFrame, indicator: Indicator, breakdown: str, category: str) -> pl.DataFrame:
    """Count one side of an indicator in one category: year, age band, sex → how many."""
    cells = [
        by_sex(in_band(frame, age.counted), pl.len().alias("n")).with_columns(age=pl.lit(age.code))
        for age in indicator.ages
    ]
    return pl.concat(cells).with_columns(breakdown=pl.lit(breakdown), category=pl.lit(category))


def sides(key: str, enrolments: pl.DataFrame, breakdown: str, category: str) -> list:
    """Return who counts in one category: of a home, of what is learned, or in all."""
    if key in BY_CATEGORY:
        return list(BY_CATEGORY[key](enrolments, breakdown, category))
    definition = DEFINITIONS[key]
    if breakdown in HOME:
        return [f if f is None else f.filter(pl.col(breakdown) == category) for f in definition(enrolments)]
    learned = enrolments if breakdown == "_T" else enrolments.filter(pl.col(f"shown_{breakdown}") == category)
    return list(definition(learned))


def below(population: pl.DataFrame, indicator: Indicator, breakdown: str, category: str) -> pl.DataFrame:
    """Count residents, to the nearest whole person, half up."""
    of_place = breakdown in OF_POPULATION
    placed = population.filter(pl.col(breakdown) == category) if of_place else population
    people = (pl.col("twelfths").sum() + 6) // 12
    cells = [
        by_sex(in_band(placed, age.population), people.alias("n")).with_columns(age=pl.lit(age.code))
        for age in indicator.ages
    ]
    return pl.concat(cells).with_columns(breakdown=pl.lit(breakdown), category=pl.lit(category))


def observed(observation: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the cells that the SQL made, with the category in one column."""
    cells = observation.filter(pl.col("indicator") == key)
    category = pl.lit("_T")
    for breakdown in cells["breakdown"].unique():
        columns = CROSSED.get(breakdown, (breakdown,)) if breakdown != "_T" else ()
        if columns:
            this = pl.concat_str(columns, separator="/")
            category = pl.when(pl.col("breakdown") == breakdown).then(this).otherwise(category)
    return cells.with_columns(category=category)
