"""The rules on rows of the community learning template: the city's own (docs/community-learning.md)."""

from collections.abc import Iterable

import polars as pl

from pipelines.extracts.community_terms import ACCREDITED, NAMES, SETTINGS, SEXES, THEMES
from pipelines.extracts.fields import (
    NO_ULN,
    OLDEST,
    compatible,
    is_date,
    is_uln,
    plausible_birth,
    postcode_holds,
    to_date,
)
from pipelines.extracts.organisation_file import FILE_ORGANISATION, YEAR_END, YEAR_START, month_first
from pipelines.extracts.person_names import name_rules
from pipelines.extracts.resaved import ERROR_RULE
from pipelines.extracts.rules import Rule, Severity
from pipelines.extracts.tabular import ADDED_RULES
from pipelines.years import AcademicYear

SOURCE = "docs/community-learning.md"
_QUARANTINE, _WARN = Severity.QUARANTINE, Severity.WARN
DATES = (
    (r"[0-9]{2}/[0-9]{2}/[0-9]{4}", "%d/%m/%Y"),
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "%Y-%m-%d"),
    # How a date cell of a workbook reads as text.
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", "%Y-%m-%d %H:%M:%S"),
)


BORN, START = to_date("date_of_birth", *DATES), to_date("start_date", *DATES)


def plain(column: str) -> pl.Expr:
    """Return a word or phrase in lower case, with single spaces and `and` for `&`."""
    text = pl.col(column).str.to_lowercase().str.replace_all("&", " and ", literal=True)
    return text.str.replace_all(r"[\s_-]+", " ").str.strip_chars()


def _listed(rule: str, column: str, allowed: Iterable[str], severity: Severity) -> Rule:
    words = list(allowed)
    message = f"{column} must be one of: {', '.join(words)}."
    return Rule(rule, column, plain(column).is_in(words), message, severity, SOURCE)


def _date(column: str) -> Rule:
    message = f"{column} must be a date, written DD/MM/YYYY or YYYY-MM-DD."
    fix = "Write the date so, or leave the cell blank if you do not know it or the course goes on."
    if column == "start_date":
        fix = "Write the date so; in a spreadsheet, format the column as a date first."
    return Rule(f"{column}_format", column, is_date(column, *DATES), message, _QUARANTINE, SOURCE, fix)


def _present(column: str, severity: Severity) -> Rule:
    holds = pl.col(column).is_not_null()
    return Rule(
        f"{column}_missing", column, holds, f"{column} is missing; it must be given.", severity, SOURCE
    )


def parsed_year(text: str) -> AcademicYear | None:
    """Return the academic year that a text means; None where it means none."""
    try:
        return AcademicYear.parse(text)
    except ValueError:
        return None


def _first_day(years: pl.Series) -> pl.Series:
    """Return the first day of each academic year; of what is none, what it is."""
    known = {text: parsed_year(text) for text in years.drop_nulls().unique()}
    days = {text: year.first_day.isoformat() if year else text for text, year in known.items()}
    return years.replace_strict(days, default=None, return_dtype=pl.String)


def is_total() -> pl.Expr:
    """Say whether a row sums up the others: a word for that stands where a reference or a number would."""
    words = ("total", "totals", "grand total", "sum", "subtotal")
    first = ("organisation_id", "academic_year", "learner_reference")
    return pl.any_horizontal(plain(c).str.strip_chars(":").is_in(words).fill_null(False) for c in first)


def enrolment_rules() -> Iterable[Rule]:
    """Yield all rules: on the row as such, on the person, on the course."""
    yield from _row_rules()
    yield from _person_rules()
    yield from _course_rules()


def _row_rules() -> Iterable[Rule]:
    yield from ADDED_RULES
    yield ERROR_RULE
    yield Rule(
        "total_row",
        "learner_reference",
        ~is_total(),
        "The row is a total, and no enrolment.",
        _QUARANTINE,
        SOURCE,
        "Delete the row; totals are made from the rows above it.",
        alone=True,
    )
    yield Rule(
        "organisation_id_other",
        "organisation_id",
        pl.col("organisation_id") == pl.col(FILE_ORGANISATION),
        "organisation_id is not that of the file's name and of most rows.",
        _QUARANTINE,
        SOURCE,
        "Correct it if it is a slip; rows of another organisation go into a file of their own.",
    )
    yield Rule(
        "academic_year_other",
        "academic_year",
        pl.col("academic_year").map_batches(_first_day, return_dtype=pl.String, is_elementwise=True)
        == pl.col(YEAR_START),
        "academic_year is not that of the file's name and of most rows, or not written as 2024/25.",
        _QUARANTINE,
        SOURCE,
        "Correct it if it is a slip; rows of another year go into a file of their own.",
    )


def _person_rules() -> Iterable[Rule]:
    yield _present("learner_reference", _QUARANTINE)
    yield Rule(
        "learner_reference_rounded",
        "learner_reference",
        ~pl.col("learner_reference").str.contains(r"^[0-9]([.,][0-9]+)?[eE]\+?[0-9]+$|^[0-9]{15}00+$"),
        "learner_reference was rounded by the spreadsheet (1.23E+11): several people may have it.",
        _QUARANTINE,
        SOURCE,
        "Format the column as text, and put the references in again from your own records.",
    )
    yield _date("date_of_birth")
    for column in ("date_of_birth", "start_date", "end_date"):
        yield month_first(f"{column}_month_first", column, "DD/MM/YYYY or YYYY-MM-DD", SOURCE)
    yield _present("date_of_birth", _WARN)
    yield Rule(
        "date_of_birth_plausible",
        "date_of_birth",
        plausible_birth(BORN, START),
        f"date_of_birth cannot be true: it is not before start_date, or more than {OLDEST} years before it. "
        "The person counts without an age.",
        _WARN,
        SOURCE,
    )
    # A person counts without it.
    yield _listed("sex_code", "sex", SEXES, _WARN)
    yield Rule(
        "postcode_format",
        "postcode",
        postcode_holds("postcode"),
        "postcode is not in the form of a UK postcode, such as M1 1AE.",
        _WARN,
        SOURCE,
    )
    yield Rule(
        "uln_checksum",
        "unique_learner_number",
        is_uln("unique_learner_number"),
        "unique_learner_number must have ten digits, the last of which is a check digit.",
        _WARN,
        "DfE, ILR validation rules 2025/26, ULN_04",
    )
    yield _named()
    yield from name_rules(*NAMES)


def _course_rules() -> Iterable[Rule]:
    yield _present("course_title", _WARN)
    for column, allowed in (("setting", SETTINGS), ("theme", THEMES)):
        yield _present(column, _QUARANTINE)
        yield _listed(f"{column}_code", column, allowed, _QUARANTINE)
    yield _listed("accredited_code", "accredited", ACCREDITED, _WARN)
    yield from _date_rules()


def _named() -> Rule:
    """Return the rule that a person is recognisable at another provider: by number, else by names."""
    named = pl.all_horizontal(pl.col(name).is_not_null() for name in NAMES)
    numbered = is_uln("unique_learner_number") & (compatible("unique_learner_number") != NO_ULN)
    message = "family_name or given_names is missing without a learner number: the person may count twice."
    return Rule(
        "names_missing",
        "family_name",
        named | numbered.fill_null(False),
        message,
        _WARN,
        SOURCE,
        "Add the person's names as they are on their papers, or their learner number if you know it.",
    )


def _date_rules() -> Iterable[Rule]:
    start, end = START, to_date("end_date", *DATES)
    year_start, year_end = to_date(YEAR_START, *DATES), to_date(YEAR_END, *DATES)
    yield _date("start_date")
    yield _present("start_date", _QUARANTINE)
    yield _date("end_date")
    yield Rule(
        "end_before_start",
        "end_date",
        end >= start,
        "end_date must not be before start_date.",
        _QUARANTINE,
        SOURCE,
    )
    yield Rule(
        "start_date_plausible",
        "start_date",
        start >= year_start.dt.offset_by("-20y"),
        "start_date is more than 20 years before the academic year: no course goes on for so long.",
        _QUARANTINE,
        SOURCE,
        "Correct the year; a date of 1899 or 1900 is what a spreadsheet makes of an empty cell.",
    )
    yield Rule(
        "end_date_plausible",
        "end_date",
        end <= year_end.dt.offset_by("10y"),
        "end_date is more than ten years after the academic year.",
        _WARN,
        SOURCE,
        "Correct the year; leave the cell blank if the course goes on.",
    )
    # A course without an end date is still running: the comparison is then null, which holds.
    runs_into_year = (start >= year_start) | (end >= year_start)
    yield Rule(
        "start_outside_year",
        "start_date",
        (start <= year_end) & runs_into_year,
        "The course did not run in the academic year, from 1 August to 31 July, by start_date and end_date.",
        _QUARANTINE,
        SOURCE,
        "Correct start_date, end_date or both; a course of another year goes into that year's file.",
    )
