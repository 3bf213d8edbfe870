"""Reference lists that the city profile makes: the city, its years and their release, stages."""

from pathlib import Path

import pandera.polars as pa
import polars as pl

from pipelines.city import City
from pipelines.reference import ReferenceList
from pipelines.reference_columns import GSS, column


def _city_row(_: Path, city: City) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "name": city.name,
            "area_code": city.area_code,
            "backward_first_age": city.population.backward_first_age,
            "backward_last_age": city.population.backward_last_age,
        }
    )


def _years(_: Path, city: City) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "academic_year": [y.label for y in city.years],
            "start_year": [y.start for y in city.years],
            "first_day": [y.first_day for y in city.years],
            "last_day": [y.last_day for y in city.years],
            "time_period": [y.time_period for y in city.years],
        }
    )


def _release_rule(_: Path, city: City) -> pl.DataFrame:
    limits = city.reception.coverage
    return pl.DataFrame(
        {
            "release_year": [city.release_year and city.release_year.label],
            "least_learners": [limits.withheld],
            "more_than_returns": [limits.returns],
        },
        schema={"release_year": pl.String, "least_learners": pl.Float64, "more_than_returns": pl.Float64},
    )


def _stages(_: Path, city: City) -> pl.DataFrame:
    """The stages of education, and the ISCED levels that are learned in each."""
    levels = {
        "early_childhood": ("01",),
        "pre_primary": ("02",),
        "primary": ("1",),
        "lower_secondary": ("24", "25"),
        "upper_secondary": ("34", "35"),
        "tertiary": ("54", "55", "6", "7", "8"),
    }
    ages = city.school_ages
    rows = [(isced, stage, *getattr(ages, stage)) for stage, codes in levels.items() for isced in codes]
    schema = ["isced", "stage", "first_age", "last_age"]
    return pl.DataFrame(rows, schema=schema, orient="row")


PROFILE_LISTS: tuple[ReferenceList, ...] = (
    ReferenceList(
        "city",
        "The city profile: one row.",
        pa.DataFrameSchema(
            {
                "name": column(str, "Name."),
                "area_code": column(str, "GSS code of the local authority district.", GSS),
                "backward_first_age": column(int, "First age aligned backward."),
                "backward_last_age": column(int, "Last age aligned backward."),
            }
        ),
        _city_row,
    ),
    ReferenceList(
        "academic_year",
        "Academic years that returns may be about.",
        pa.DataFrameSchema(
            {
                "academic_year": column(str, "As people write it: 2024/25.", unique=True),
                "start_year": column(int, "Calendar year in which it starts."),
                "first_day": column(pl.Date, "1 August."),
                "last_day": column(pl.Date, "31 July."),
                "time_period": column(int, "SDMX TIME_PERIOD: the year in which it ends."),
            }
        ),
        _years,
    ),
    ReferenceList(
        "release_rule",
        "Which academic year a release is of: one row.",
        pa.DataFrameSchema(
            {
                "release_year": column(
                    str, "The one that the city names; null where it names none.", nullable=True
                ),
                "least_learners": column(
                    float, "Share of last year's learners whose sender's return stands."
                ),
                "more_than_returns": column(float, "Share of returns owed; a year needs more to stand."),
            }
        ),
        _release_rule,
    ),
    ReferenceList(
        "stage",
        "ISCED levels → stages of education with the ages they are meant for, from the city's school ages.",
        pa.DataFrameSchema(
            {
                "isced": column(str, "ISCED 2011 level and orientation.", unique=True),
                "stage": column(str, "Stage of education."),
                "first_age": column(int, "First age it is meant for, on 31 August."),
                "last_age": column(int, "Last age it is meant for."),
            }
        ),
        _stages,
    ),
)
