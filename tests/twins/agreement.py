"""Holds the cells that SQL made against the same cells counted by the definitions in polars.

What the two share is the catalogue: which ages and breakdowns an indicator has.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.indicators.bands import Band
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import CROSSED, Formula
from pipelines.indicators.terms import Counted as Counts
from tests.conftest import CATALOGUE
from tests.twins.definitions import BY_CATEGORY, DEFINITIONS
from tests.twins.people import HOME, WEIGHTS, areas, enrolments_of_persons, residents

NO_PERSONS = frozenset({"local_community_places"})
"""Counts places, of whose postcodes enrolments say nothing: worked by hand in `test_local_indicators.py`."""
COUNTED = {k: i for k, i in CATALOGUE.items() if not i.derived_from and k not in NO_PERSONS}
OF_POPULATION = ("ward", "deprivation", "decile")
ABOVE = {"numerator": "n", "numerator_low": "joined", "numerator_high": "apart", "cell_key": "key"}
BELOW = {"denominator": "n", "denominator_key": "key"}
"""What SQL makes of a side of an indicator → what its twin calls it."""
CELL = ["academic_year", "age", "sex", "breakdown", "category"]
TABLES = (
    "core.enrolment", "core.area", "core.population", "core.merged_category", "core.participation",
    "indicators.observation",
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
                tables["core.enrolment"],
                areas(tables["core.area"]),
                tables["core.merged_category"],
                tables["core.participation"],
            ),
            residents(tables["core.population"]),
            tables["indicators.observation"],
        )


def compared(city: Counted, key: str) -> pl.DataFrame:
    """Return every cell of an indicator: what SQL counted, and what its definition in polars did.

    Keys are compared where there are any: they tell that the same persons count, and not as many others.
    """
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
    above = pl.concat(above).rename({name: f"twin_{column}" for column, name in ABOVE.items()})
    made = [column for column in (*ABOVE, *BELOW) if column in cells.columns]
    again = cells.select(*CELL, *made).join(above, on=CELL, how="left")
    empty = above.select(*CELL, n=pl.lit(0), key=pl.lit(0)).clear()
    under = pl.concat([empty, *(frame.select(empty.columns) for frame in under)], how="vertical_relaxed")
    under = under.rename({name: f"twin_{column}" for column, name in BELOW.items()})
    again = again.join(under, on=CELL, how="left")
    # Nobody counted is none; of years without a population estimate the number of residents is not known.
    counted = [*ABOVE, *(BELOW if indicator.formula is Formula.RATIO else ())]
    return again.with_columns(pl.col(f"twin_{name}").fill_null(0) for name in counted)


def different(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the cells on which the two differ."""
    made = [column for column in (*ABOVE, *BELOW) if column in cells.columns]
    same = [pl.col(name).eq_missing(pl.col(f"twin_{name}")) for name in made]
    return cells.filter(~pl.all_horizontal(same))


def in_band(frame: pl.DataFrame, band: Band | None) -> pl.DataFrame:
    """Keep whoever is of an age."""
    return frame if band is None else frame.filter(pl.col("age").is_between(band.first, band.last))


def by_sex(frame: pl.DataFrame, *values: pl.Expr) -> pl.DataFrame:
    """Sum values of each year for either sex and for both and the unknown together."""
    each = frame.filter(pl.col("sex").is_in(["F", "M"]))
    parts = [frame.with_columns(sex=pl.lit("_T")), each]
    return pl.concat(p.group_by("academic_year", "sex").agg(values) for p in parts)


def counts(frame: pl.DataFrame, indicator: Indicator, breakdown: str, category: str) -> pl.DataFrame:
    """Count one side of an indicator in one category: year, age band, sex → how many, and of whom."""
    number = pl.len().cast(pl.Int64)
    # What is in doubt is who is the same person, not what is a course.
    persons = indicator.counts is Counts.PERSONS
    doubt = [pl.col(w).cast(pl.Int64).sum() if persons else number.alias(w) for w in WEIGHTS[:2]]
    values = [number.alias("n"), *doubt, pl.col("key").sum() % 2**40]
    cells = [
        by_sex(in_band(frame, age.counted), *values).with_columns(age=pl.lit(age.code))
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
        by_sex(in_band(placed, age.population), people.alias("n")).with_columns(
            age=pl.lit(age.code), key=pl.lit(None, pl.Int64)
        )
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
