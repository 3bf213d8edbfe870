"""The ground truth: what really happened in the synthetic city, kept apart from what was sent."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.synthetic.people import ABSENT, People
from pipelines.years import AcademicYear

ENROLMENTS = (
    "person",
    "provider_id",
    "sender",
    "academic_year",
    "collection",
    "local_ref",
    "sequence",
    "course",
    "aim_type",
    "start",
    "end",
    "isced_programme",
    "orientation",
    "formality",
    "setting",
    "theme",
    "countable",
    "uln_sent",
    "upn_sent",
    "planted",
)
_FEW = ("provider_id", "sender", "academic_year", "collection", "course", "aim_type", "isced_programme",
        "orientation", "formality", "setting", "theme")  # fmt: skip
"""Columns with few different values, kept as categories."""

FAULTS = {
    "fault": pl.String,
    "academic_year": pl.String,
    "sender": pl.String,
    "collection": pl.String,
    "file": pl.String,
    "table": pl.String,
    "line": pl.Int64,
    "record": pl.String,
    "rule": pl.String,
    "effect": pl.String,
}


@dataclass(frozen=True)
class Truth:
    """What really happened.

    Args:
        people: `person`, `birth_date`, `sex`, `uln`, `upn`: everyone, learners or not. The numbers are
            theirs whether a provider sent them or not.
        homes: where each lived: `person`, `academic_year`, `postcode`, `resident` (of the city), `quintile`.
        enrolments: one row an aim, registration or course of a year, in the columns of `ENROLMENTS`. Not
            `countable`: components of a programme, core aims within one, subsidiary registrations and the
            like. `planted`: a fault that the row as sent has. `uln_sent`, `upn_sent`: valid numbers only.
        faults: what is wrong with the extracts on purpose, in the columns of `FAULTS`. `effect` is what
            must come of it: `warn`, `quarantine` (that row, and the rows under it), or, for a whole file,
            `refuse`, `empty` or `all rejected`.
        pupils: whom each key of a school census means: `person`, `academic_year`, `term`, `on_roll`,
            `local_ref`. Keys differ by term; `enrolments` has a row a pupil and school, with one of them.
    """

    people: pl.DataFrame
    homes: pl.DataFrame
    enrolments: pl.DataFrame
    faults: pl.DataFrame
    pupils: pl.DataFrame


def true_participation(truth: Truth, *, accepted_only: bool = False) -> pl.DataFrame:
    """Return who took part in learning: one row a person and academic year, counted from the truth alone.

    Columns: `person`, `academic_year`, `age` on 31 August, `sex`, `resident`, `quintile`, `formal`,
    `non_formal`.

    Args:
        truth: of a city.
        accepted_only: leave out enrolments that a planted fault keeps from being counted.
    """
    enrolments = truth.enrolments.filter("countable")
    if accepted_only:
        lost = truth.faults.filter(pl.col("effect") == "quarantine")["fault"]
        enrolments = enrolments.filter(~pl.col("planted").is_in(lost.implode()).fill_null(False))
    took_part = enrolments.group_by("person", "academic_year").agg(
        formal=(pl.col("formality") == "formal").any(),
        non_formal=(pl.col("formality") == "non-formal").any(),
    )
    start = pl.col("academic_year").cast(pl.String).str.head(4).cast(pl.Int32)
    born = pl.col("birth_date")
    had_birthday = (born.dt.month() < 9).cast(pl.Int32)
    return (
        took_part.with_columns(pl.col("academic_year").cast(pl.String))
        .join(truth.people.select("person", "birth_date", "sex"), on="person")
        .join(truth.homes, on=["person", "academic_year"])
        .with_columns(age=start - born.dt.year() - 1 + had_birthday)
        .select("person", "academic_year", "age", "sex", "resident", "quintile", "formal", "non_formal")
        .sort("academic_year", "person")
    )


def people_frame(people: People) -> pl.DataFrame:
    """Return everyone, a row a person."""
    return pl.DataFrame(
        {
            "person": np.arange(len(people.birth), dtype=np.uint32),
            "birth_date": people.birth,
            "sex": np.where(people.female, "F", "M"),
            "uln": pl.Series(people.uln).cast(pl.String),
            "upn": people.upn,
        }
    )


def homes_frame(people: People, first_year: int, years: int) -> pl.DataFrame:
    """Return where people lived in each academic year, a row a person and year."""
    names = pl.Enum(people.homes.postcode)
    return pl.concat(
        pl.DataFrame(
            {
                "person": np.flatnonzero(home != ABSENT).astype(np.uint32),
                "postcode": people.homes.postcode.cast(names).gather(home[home != ABSENT]),
                "resident": people.homes.in_city[home[home != ABSENT]],
                "quintile": people.homes.quintile[home[home != ABSENT]].astype(np.uint8),
            }
        ).with_columns(academic_year=pl.lit(AcademicYear(first_year + number).label))
        for number, home in enumerate(people.home[1 : years + 1])
    )


def compact(enrolments: pl.DataFrame) -> pl.DataFrame:
    """Return enrolments in the columns and types of the truth."""
    return enrolments.select(ENROLMENTS).with_columns(
        pl.col("person").cast(pl.UInt32),
        pl.col("sequence").cast(pl.UInt8),
        pl.col(_FEW).cast(pl.Categorical),
    )


def population(people: People, first_year: int, years: int) -> pl.DataFrame:
    """Return the residents at each mid-year, by small area, age and sex: the city's estimates."""
    parts = []
    for year in range(first_year, first_year + years + 1):
        home = people.home[year - first_year]
        age = people.age_on_30_june(year)
        counted = (home != ABSENT) & people.homes.in_city[home] & (age >= 0)
        parts.append(
            pl.DataFrame(
                {
                    "age": np.minimum(age[counted], 90),
                    "sex": np.where(people.female[counted], "F", "M"),
                    "area_code": people.homes.lsoa21_code.gather(home[counted]),
                }
            )
            .group_by("area_code", "age", "sex")
            .agg(persons=pl.len())
            .with_columns(reference_date=pl.lit(f"{year}-06-30"))
        )
    return (
        pl.concat(parts)
        .select("area_code", "reference_date", "age", "sex", "persons")
        .sort("reference_date", "area_code", "age", "sex")
    )
