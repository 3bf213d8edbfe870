"""What the truth says of each row that is sent: one function a collection, in the columns of `Truth`."""

from datetime import date

import polars as pl

from pipelines.synthetic.providers import AUTHORITY
from pipelines.synthetic.student_records import countable, course_of, isced, theme
from pipelines.years import AcademicYear

_NOTHING = pl.lit(None, pl.String)


def of_aims(aims: pl.DataFrame, learners: pl.DataFrame, ids: pl.Series, last_day: date) -> pl.DataFrame:
    """Return the enrolments of a year's ILR.

    Args:
        aims: of the year.
        learners: they belong to.
        ids: identifiers of providers, by position.
        last_day: what ends later had not ended.
    """
    named = learners.select("provider", "person", "ref", "valid_uln")
    return aims.join(named, on=["provider", "person"], how="left", maintain_order="left").with_columns(
        collection=pl.lit("ilr"),
        provider_id=ids.gather(aims["provider"]),
        sender=ids.gather(aims["provider"]),
        local_ref="ref",
        start="started",
        end=pl.when(pl.col("ended") <= last_day).then("ended"),
        uln_sent="valid_uln",
        upn_sent=_NOTHING,
    )


def of_pupils(pupils: pl.DataFrame, ids: pl.Series, year: AcademicYear) -> pl.DataFrame:
    """Return the enrolments of a year's school census.

    Args:
        pupils: on roll.
        ids: identifiers of providers, by position.
        year: the academic year.
    """
    return pupils.select(
        "provider",
        "person",
        collection=pl.lit("school_census"),
        provider_id=ids.gather(pupils["provider"]),
        sender=pl.lit(AUTHORITY),
        academic_year=pl.lit(year.label),
        local_ref="table_id",
        sequence=pl.lit(None, pl.Int64),
        course=pl.concat_str(pl.lit("NCY"), "nc_year"),
        aim_type=_NOTHING,
        start="entered",
        end=pl.lit(None, pl.Date),
        isced_programme=_school_isced(),
        orientation=pl.lit("general"),
        formality=pl.lit("formal"),
        setting=pl.lit("institution"),
        theme=pl.lit("general_schooling"),
        countable=pl.col("status").is_in(["C", "M"]),
        uln_sent="valid_uln",
        upn_sent="upn",
    )


def of_apprentices(apprentices: pl.DataFrame, ids: pl.Series, numbers: pl.Series) -> pl.DataFrame:
    """Return the enrolments of a year's files of employers.

    Args:
        apprentices: of employers that report, with what their aims in the ILR mean.
        ids: identifiers of providers, by position.
        numbers: learner numbers as sent, before any fault is planted; a file has no other reference.
    """
    return apprentices.with_columns(
        collection=pl.lit("apprenticeship_service"),
        provider_id=ids.gather(apprentices["provider"]),
        sender=ids.gather(apprentices["provider"]),
        local_ref=numbers,
        start="started",
        end=pl.col("planned").cast(pl.Date).dt.month_end(),
        setting=pl.lit("workplace"),
        uln_sent=numbers,
        upn_sent=_NOTHING,
        planted=_NOTHING,
    )


def of_children(children: pl.DataFrame, ids: pl.Series, year: AcademicYear) -> pl.DataFrame:
    """Return the enrolments of a year's early years census.

    Args:
        children: at private nurseries.
        ids: identifiers of providers, by position.
        year: the academic year.
    """
    isced = pl.when(pl.col("age") >= 3).then(pl.lit("02")).otherwise(pl.lit("01"))
    return children.select(
        "person",
        "provider",
        collection=pl.lit("early_years_census"),
        provider_id=ids.gather(children["provider"]),
        sender=pl.lit(AUTHORITY),
        academic_year=pl.lit(year.label),
        local_ref="child_id",
        sequence=pl.lit(None, pl.Int64),
        course=pl.concat_str(pl.lit("EY"), isced),
        aim_type=_NOTHING,
        start=pl.lit(None, pl.Date),
        end=pl.lit(None, pl.Date),
        isced_programme=isced,
        orientation=pl.lit("general"),
        formality=pl.lit("formal"),
        setting=pl.lit("institution"),
        theme=pl.lit("general_schooling"),
        countable=pl.lit(value=True),
        uln_sent=_NOTHING,
        upn_sent=_NOTHING,
    )


def of_courses(courses: pl.DataFrame) -> pl.DataFrame:
    """Return the enrolments of a year's community learning."""
    return courses.with_columns(
        collection=pl.lit("community_learning"),
        provider_id="organisation_id",
        sender="organisation_id",
        local_ref="learner_reference",
        course="course_title",
        aim_type=_NOTHING,
        start="start_date",
        end="end_date",
        isced_programme=pl.when("accredited").then(pl.lit("9")).otherwise(pl.lit("NF")),
        orientation=pl.lit("general"),
        formality=pl.when("accredited").then(pl.lit("formal")).otherwise(pl.lit("non-formal")),
        theme=pl.col("theme").str.replace_all(" ", "_"),
        countable=pl.lit(value=True),
        uln_sent="valid_uln",
        upn_sent=_NOTHING,
    )


def of_sessions(
    sessions: pl.DataFrame, students: pl.DataFrame, ids: pl.Series, year: AcademicYear
) -> pl.DataFrame:
    """Return the enrolments of a year's student records.

    Args:
        sessions: of the year.
        students: they belong to.
        ids: identifiers of providers, by position.
        year: the academic year.
    """
    named = students.select("provider", "person", "sid", "valid_uln")
    return sessions.join(named, on=["provider", "person"], how="left", maintain_order="left").with_columns(
        academic_year=pl.lit(year.label),
        collection=pl.lit("student_record"),
        provider_id=ids.gather(sessions["provider"]),
        sender=ids.gather(sessions["provider"]),
        local_ref="sid",
        course=course_of(),
        aim_type=_NOTHING,
        start="started",
        end=pl.when(pl.col("ended") <= year.last_day).then("ended"),
        isced_programme=isced(),
        orientation=pl.when(isced() == "55").then(pl.lit("vocational")).otherwise(pl.lit("general")),
        formality=pl.lit("formal"),
        setting=pl.lit("institution"),
        theme=theme(),
        countable=countable(),
        uln_sent="valid_uln",
        upn_sent=_NOTHING,
    )


def _school_isced() -> pl.Expr:
    """Return ISCED of a curriculum year: pre-primary, primary, then lower and upper secondary, general."""
    grown = pl.col("nc_year").cast(pl.Int64, strict=False)
    code = pl.when(grown <= 6).then(pl.lit("1")).when(grown <= 9).then(pl.lit("24"))
    return code.when(grown <= 14).then(pl.lit("34")).otherwise(pl.lit("02"))
