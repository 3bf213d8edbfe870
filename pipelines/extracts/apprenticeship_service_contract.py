"""The contract of the apprenticeship service's bulk file: rules on one apprentice's row.

Source of columns and formats: Department for Education, apprenticeship service, bulk upload of apprentices:
13 columns at first, those on recognised prior learning (RPL) added in August 2022 and rearranged in November
2023. The rules' names are our own.
"""

from collections.abc import Iterable

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
    to_date,
    valid_uln,
)
from pipelines.extracts.organisation_file import YEAR_END, YEAR_START, month_first
from pipelines.extracts.person_names import name_of, name_rules
from pipelines.extracts.resaved import ERROR_CELLS, ERROR_RULE
from pipelines.extracts.rules import Rule, Severity, Unique
from pipelines.extracts.tabular import ADDED, ADDED_RULES

COLUMNS = (
    "CohortRef",
    "AgreementID",
    "ULN",
    "FamilyName",
    "GivenNames",
    "DateOfBirth",
    "EmailAddress",
    "StdCode",
    "StartDate",
    "EndDate",
    "TotalPrice",
    "EPAOrgID",
    "ProviderRef",
)
"""The columns that every file has. E-mail addresses are never kept."""
MAY_BE_BLANK = (
    *("AgreementID", "FamilyName", "GivenNames", "DateOfBirth", "EmailAddress"),
    *("EndDate", "TotalPrice", "EPAOrgID", "ProviderRef"),
)

NOTHING_IN = dict.fromkeys(("ULN", "FamilyName", "GivenNames", "DateOfBirth", "StartDate", "EndDate"), ())
"""Columns in which a word such as n/a means nothing."""
YES_OR_NO = ("RecognisePriorLearning", "IsDurationReducedByRPL")
NUMBERS = ("TrainingTotalHours", "TrainingHoursReduction", "DurationReducedBy", "PriceReducedBy")
OPTIONAL = (*YES_OR_NO, *NUMBERS)
"""The columns on recognised prior learning, which older files lack."""

YOUNGEST, DEAREST = 15, 100_000
"""An apprentice's least age when the training starts, and the most whole pounds it may cost."""

_SOURCE = "DfE, apprenticeship service bulk upload"
_QUARANTINE, _WARN = Severity.QUARANTINE, Severity.WARN
_DAY = (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "%Y-%m-%d")
_CELL = (r"[0-9]{4}-[0-9]{2}-[0-9]{2} 00:00:00", "%Y-%m-%d %H:%M:%S")
"""How a date cell of a workbook reads as text."""
_SAVED = (r"[0-9]{2}/[0-9]{2}/[0-9]{4}", "%d/%m/%Y")
"""How a spreadsheet shows a date, and writes it when it saves the file again."""
_DATES = (_DAY, _CELL, _SAVED)


def last_day(column: str) -> pl.Expr:
    """Return the last day of a month written `2026-07`, or `Jul-26` as a spreadsheet writes it; else null."""
    text = compatible(column)
    day = pl.when(text.str.contains(r"^[0-9]{4}-[0-9]{2}$")).then(text + "-01").otherwise(text)
    day = pl.when(text.str.contains(r"^[A-Za-z]{3}-[0-9]{2}$")).then("01-" + text).otherwise(day)
    is_month = text.str.contains(r"^[0-9]{4}-[0-9]{2}$|^[A-Za-z]{3}-[0-9]{2}$|00:00:00$")
    shapes = (_DAY, _CELL, (r"01-[A-Za-z]{3}-[0-9]{2}", "%d-%b-%y"))
    return pl.when(is_month).then(to_date(day, *shapes)).dt.month_end()


def _start() -> pl.Expr:
    return to_date("StartDate", *_DATES)


def _born() -> pl.Expr:
    return to_date("DateOfBirth", *_DATES)


def _rule(rule: str, column: str, holds: pl.Expr, message: str, severity: Severity) -> Rule:
    return Rule(rule, column, holds, message, severity, _SOURCE)


def _present(rule: str, column: str, severity: Severity) -> Rule:
    holds = pl.col(column).is_not_null()
    return _rule(rule, column, holds, f"{column} is missing; it must be given.", severity)


def _date(rule: str, column: str) -> Rule:
    message = f"{column} must be a date, written YYYY-MM-DD."
    return _rule(rule, column, is_date(column, *_DATES), message, _QUARANTINE)


def _matches(rule: str, column: str, shape: str, message: str, severity: Severity) -> Rule:
    return _rule(rule, column, pl.col(column).str.contains(f"^(?:{shape})$"), message, severity)


def _rules() -> Iterable[Rule]:
    yield from ADDED_RULES
    yield ERROR_RULE
    for column in ("DateOfBirth", "StartDate"):
        yield month_first(f"{column.lower()}_month_first", column, "YYYY-MM-DD", _SOURCE)
    yield from _person_rules()
    yield from name_rules("FamilyName", "GivenNames")
    yield from _training_rules()
    agreement = "AgreementID must be six capital letters or digits."
    yield _matches("agreementid_format", "AgreementID", "[A-Z0-9]{6}", agreement, _WARN)
    price = pl.col("TotalPrice").cast(pl.Int64, strict=False).is_between(1, DEAREST).fill_null(False)
    message = "TotalPrice must be whole pounds from 1 to 100000."
    yield _rule("totalprice_format", "TotalPrice", pl.col("TotalPrice").is_null() | price, message, _WARN)
    assessor = "EPAOrgID must be EPA and four digits."
    yield _matches("epaorgid_format", "EPAOrgID", r"EPA[0-9]{4}", assessor, _WARN)
    for column in YES_OR_NO:
        message = f"{column} must be TRUE or FALSE."
        yield _matches(f"{column.lower()}_code", column, "(?i)true|false", message, _WARN)
    for column in NUMBERS:
        message = f"{column} must be a whole number of no more than six digits."
        yield _matches(f"{column.lower()}_format", column, r"[0-9]{1,6}", message, _WARN)


def _person_rules() -> Iterable[Rule]:
    # Without a learner number nobody can tell that the training provider's return has the same apprentice.
    yield _present("uln_missing", "ULN", _QUARANTINE)
    uln = "ULN must have ten digits, the last of which is a check digit, and not be 9999999999."
    yield _rule("uln_checksum", "ULN", is_uln("ULN") & (compatible("ULN") != NO_ULN), uln, _QUARANTINE)
    yield _date("dateofbirth_format", "DateOfBirth")
    yield _present("dateofbirth_missing", "DateOfBirth", _WARN)
    old_enough = _born().dt.offset_by(f"{YOUNGEST}y") <= _start()
    young = f"An apprentice must be {YOUNGEST} or older on StartDate."
    yield _rule("dateofbirth_age", "DateOfBirth", old_enough, young, _WARN)
    impossible = (
        f"Nobody is born after StartDate, or {OLDEST} years before it; the apprentice has no age then."
    )
    yield _rule("dateofbirth_plausible", "DateOfBirth", plausible_birth(_born(), _start()), impossible, _WARN)


def _training_rules() -> Iterable[Rule]:
    yield _present("stdcode_missing", "StdCode", _QUARANTINE)
    standard = "StdCode must be the standard's code, one to five digits."
    yield _matches("stdcode_format", "StdCode", r"[0-9]{1,5}", standard, _QUARANTINE)
    yield _present("startdate_missing", "StartDate", _QUARANTINE)
    yield _date("startdate_format", "StartDate")
    yield _present("enddate_missing", "EndDate", _WARN)
    month = pl.col("EndDate").is_null() | last_day("EndDate").is_not_null()
    yield _rule("enddate_format", "EndDate", month, "EndDate must be a month, written YYYY-MM.", _QUARANTINE)
    order = "EndDate must not be a month before StartDate."
    yield _rule("enddate_order", "EndDate", last_day("EndDate") >= _start(), order, _QUARANTINE)
    first, last = (pl.col(day).str.to_date("%Y-%m-%d") for day in (YEAR_START, YEAR_END))
    within = (_start() <= last) & (last_day("EndDate") >= first).fill_null(True)
    outside = "The training does not run in the academic year of the file, so it is not counted in it."
    yield Rule(
        "outside_year",
        "StartDate",
        within,
        outside,
        _WARN,
        _SOURCE,
        fix="Leave out apprentices who had finished before the year or start after it.",
    )


APPRENTICE = Contract(
    "apprentice",
    (*COLUMNS, *OPTIONAL, YEAR_START, YEAR_END, *ADDED, ERROR_CELLS),
    tuple(_rules()),
    keep={
        "uln": valid_uln("ULN"),
        "family_name": name_of("FamilyName"),
        "given_names": name_of("GivenNames"),
        "birth_date": plausible_only(_born(), _start()),
        "standard_code": pl.col("StdCode").str.strip_chars_start("0"),
        "start_date": _start(),
        "end_date": last_day("EndDate"),
    },
    record=("ProviderRef",),
    learner="uln",
    unique=(
        Unique(
            "apprenticeship_repeated",
            "ULN",
            ("ULN", "StdCode"),
            "An earlier row has the same ULN and StdCode.",
            source=_SOURCE,
            fix="Leave one row for each apprentice and standard, the one that is right.",
        ),
    ),
)
"""A row: an apprentice on a standard."""

CONTRACTS = {APPRENTICE.table: APPRENTICE}
