"""The contract of the community learning template: the city's own rules (docs/community-learning.md)."""

from collections.abc import Iterable, Mapping

import polars as pl

from pipelines.extracts.contract import Contract
from pipelines.extracts.fields import (
    NO_ULN,
    OLDEST,
    compatible,
    is_date,
    is_uln,
    plausible_birth,
    plausible_only,
    postcode_holds,
    to_date,
    valid_postcode,
    valid_uln,
)
from pipelines.extracts.organisation_file import FILE_ORGANISATION, YEAR_END, YEAR_START, month_first
from pipelines.extracts.person_names import name_of, name_rules
from pipelines.extracts.resaved import ERROR_CELLS, ERROR_RULE
from pipelines.extracts.rules import Rule, Severity, Unique
from pipelines.extracts.tabular import ADDED, ADDED_RULES
from pipelines.years import AcademicYear

NAMES = ("given_names", "family_name")
"""Columns that the template did not always have: a file without them is read as if they were blank."""
COLUMNS = (
    "organisation_id",
    "academic_year",
    "learner_reference",
    *NAMES,
    "date_of_birth",
    "sex",
    "postcode",
    "unique_learner_number",
    "course_title",
    "setting",
    "theme",
    "start_date",
    "end_date",
    "accredited",
)
"""The columns of the template, in its order."""

OWN = (
    *("learner_reference", *NAMES, "date_of_birth", "sex", "postcode", "unique_learner_number"),
    *("course_title", "start_date", "end_date"),
)
"""Columns about a person or a course: the others say the same, or one of few things, in all rows."""
MAY_BE_BLANK = (
    *NAMES,
    *("date_of_birth", "sex", "postcode", "unique_learner_number", "course_title", "end_date", "accredited"),
)

NOTHING_IN: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("learner_reference", *NAMES, "date_of_birth", "postcode", "unique_learner_number"), ()),
    **dict.fromkeys(("course_title", "setting", "theme", "start_date"), ()),
    "end_date": ("ongoing", "on going", "on-going", "present", "current", "continuing"),
}
"""Column in which a word such as n/a means nothing → further words that do there."""

SETTINGS = ("family", "community", "workplace", "institution")
THEMES = (
    "essential skills",
    "digital skills",
    "arts and media",
    "languages and humanities",
    "health and wellbeing",
    "science and environment",
    "trades and engineering",
    "work and enterprise",
    "family and parenting",
    "citizenship and community",
    "other",
)
SEXES: Mapping[str, str] = {
    "f": "F",
    "female": "F",
    "m": "M",
    "male": "M",
    "u": "U",
    **dict.fromkeys(("woman", "girl"), "F"),
    **dict.fromkeys(("man", "boy"), "M"),
    **dict.fromkeys(
        ("unknown", "not known", "other", "non binary", "prefer not to say", "not stated", "x"), "U"
    ),
}
ACCREDITED: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "y", "true"), True),
    **dict.fromkeys(("no", "n", "false"), False),
}

_SOURCE = "docs/community-learning.md"
_QUARANTINE, _WARN = Severity.QUARANTINE, Severity.WARN
_DATES = (
    (r"[0-9]{2}/[0-9]{2}/[0-9]{4}", "%d/%m/%Y"),
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "%Y-%m-%d"),
    # How a date cell of a workbook reads as text.
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", "%Y-%m-%d %H:%M:%S"),
)


_BORN, _START = to_date("date_of_birth", *_DATES), to_date("start_date", *_DATES)


def _plain(column: str) -> pl.Expr:
    """Return a word or phrase in lower case, with single spaces and `and` for `&`."""
    text = pl.col(column).str.to_lowercase().str.replace_all("&", " and ", literal=True)
    return text.str.replace_all(r"[\s_-]+", " ").str.strip_chars()


def _listed(rule: str, column: str, allowed: Iterable[str], severity: Severity) -> Rule:
    words = list(allowed)
    message = f"{column} must be one of: {', '.join(words)}."
    return Rule(rule, column, _plain(column).is_in(words), message, severity, _SOURCE)


def _date(column: str) -> Rule:
    message = f"{column} must be a date, written DD/MM/YYYY or YYYY-MM-DD."
    fix = "Write the date so, or leave the cell blank if you do not know it or the course goes on."
    if column == "start_date":
        fix = "Write the date so; in a spreadsheet, format the column as a date first."
    return Rule(f"{column}_format", column, is_date(column, *_DATES), message, _QUARANTINE, _SOURCE, fix)


def _present(column: str, severity: Severity) -> Rule:
    holds = pl.col(column).is_not_null()
    return Rule(
        f"{column}_missing", column, holds, f"{column} is missing; it must be given.", severity, _SOURCE
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
    return pl.any_horizontal(_plain(c).str.strip_chars(":").is_in(words).fill_null(False) for c in first)


def _rules() -> Iterable[Rule]:
    yield from ADDED_RULES
    yield ERROR_RULE
    yield Rule(
        "total_row",
        "learner_reference",
        ~is_total(),
        "The row is a total, and no enrolment.",
        _QUARANTINE,
        _SOURCE,
        "Delete the row; totals are made from the rows above it.",
        alone=True,
    )
    yield Rule(
        "organisation_id_other",
        "organisation_id",
        pl.col("organisation_id") == pl.col(FILE_ORGANISATION),
        "organisation_id is not that of the file's name and of most rows.",
        _QUARANTINE,
        _SOURCE,
        "Correct it if it is a slip; rows of another organisation go into a file of their own.",
    )
    yield Rule(
        "academic_year_other",
        "academic_year",
        pl.col("academic_year").map_batches(_first_day, return_dtype=pl.String, is_elementwise=True)
        == pl.col(YEAR_START),
        "academic_year is not that of the file's name and of most rows, or not written as 2024/25.",
        _QUARANTINE,
        _SOURCE,
        "Correct it if it is a slip; rows of another year go into a file of their own.",
    )
    yield _present("learner_reference", _QUARANTINE)
    yield Rule(
        "learner_reference_rounded",
        "learner_reference",
        ~pl.col("learner_reference").str.contains(r"^[0-9]([.,][0-9]+)?[eE]\+?[0-9]+$|^[0-9]{15}00+$"),
        "learner_reference was rounded by the spreadsheet (1.23E+11): several people may have it.",
        _QUARANTINE,
        _SOURCE,
        "Format the column as text, and put the references in again from your own records.",
    )
    yield _date("date_of_birth")
    for column in ("date_of_birth", "start_date", "end_date"):
        yield month_first(f"{column}_month_first", column, "DD/MM/YYYY or YYYY-MM-DD", _SOURCE)
    yield _present("date_of_birth", _WARN)
    yield Rule(
        "date_of_birth_plausible",
        "date_of_birth",
        plausible_birth(_BORN, _START),
        f"date_of_birth cannot be true: it is not before start_date, or more than {OLDEST} years before it. "
        "The person counts without an age.",
        _WARN,
        _SOURCE,
    )
    # A person counts without it.
    yield _listed("sex_code", "sex", SEXES, _WARN)
    yield Rule(
        "postcode_format",
        "postcode",
        postcode_holds("postcode"),
        "postcode is not in the form of a UK postcode, such as M1 1AE.",
        _WARN,
        _SOURCE,
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
        _SOURCE,
        "Add the person's names as they are on their papers, or their learner number if you know it.",
    )


def _date_rules() -> Iterable[Rule]:
    start, end = _START, to_date("end_date", *_DATES)
    year_start, year_end = to_date(YEAR_START, *_DATES), to_date(YEAR_END, *_DATES)
    yield _date("start_date")
    yield _present("start_date", _QUARANTINE)
    yield _date("end_date")
    yield Rule(
        "end_before_start",
        "end_date",
        end >= start,
        "end_date must not be before start_date.",
        _QUARANTINE,
        _SOURCE,
    )
    yield Rule(
        "start_date_plausible",
        "start_date",
        start >= year_start.dt.offset_by("-20y"),
        "start_date is more than 20 years before the academic year: no course goes on for so long.",
        _QUARANTINE,
        _SOURCE,
        "Correct the year; a date of 1899 or 1900 is what a spreadsheet makes of an empty cell.",
    )
    yield Rule(
        "end_date_plausible",
        "end_date",
        end <= year_end.dt.offset_by("10y"),
        "end_date is more than ten years after the academic year.",
        _WARN,
        _SOURCE,
        "Correct the year; leave the cell blank if the course goes on.",
    )
    # A course without an end date is still running: the comparison is then null, which holds.
    runs_into_year = (start >= year_start) | (end >= year_start)
    yield Rule(
        "start_outside_year",
        "start_date",
        (start <= year_end) & runs_into_year,
        "The course must run in the academic year: start by 31 July of its end, and not end before it began.",
        _QUARANTINE,
        _SOURCE,
    )


def _code(column: str) -> pl.Expr:
    return _plain(column).str.replace_all(" ", "_", literal=True)


ENROLMENT = Contract(
    "enrolment",
    (*COLUMNS, YEAR_START, YEAR_END, FILE_ORGANISATION, *ADDED, ERROR_CELLS),
    tuple(_rules()),
    keep={
        "organisation_id": pl.col("organisation_id"),
        "learner_reference": pl.col("learner_reference"),
        "uln": valid_uln("unique_learner_number"),
        "family_name": name_of("family_name"),
        "given_names": name_of("given_names"),
        "birth_date": plausible_only(_BORN, _START),
        "sex": _plain("sex").replace_strict(SEXES, default=None, return_dtype=pl.String).fill_null("U"),
        "postcode": valid_postcode("postcode"),
        "course_title": pl.col("course_title"),
        "setting": _code("setting"),
        "theme": _code("theme"),
        "start_date": _START,
        "end_date": to_date("end_date", *_DATES),
        "accredited": _plain("accredited")
        .replace_strict(ACCREDITED, default=None, return_dtype=pl.Boolean)
        .fill_null(False),
    },
    record=("learner_reference",),
    learner="learner_reference",
    unique=(
        Unique(
            "duplicate_row",
            "learner_reference",
            ("learner_reference", "course_title", "start_date"),
            "An earlier row has the same learner_reference, course_title and start_date.",
            source=_SOURCE,
        ),
    ),
)

CONTRACTS = {ENROLMENT.table: ENROLMENT}
"""Table name → contract."""
