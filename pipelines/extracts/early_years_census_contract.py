"""The contracts of the early years census modules. Rules have names of our own: DfE's are numbers.

No published export of this census could be had: module and column names are assumed to be built as those of
the school census are (docs/formats.md says what else is assumed). Source of the
items: Department for Education, early years census 2025 business and technical specification, and the
common basic data set (CBDS; the eligibility code is its N00202).
"""

from collections.abc import Iterable

import polars as pl

from pipelines.extracts.collect import DATE
from pipelines.extracts.contract import Contract
from pipelines.extracts.fields import (
    code_in,
    is_date,
    plausible_only,
    postcode_holds,
    to_date,
    unless,
    valid_postcode,
    whole,
)
from pipelines.extracts.person_names import name_of, name_rules
from pipelines.extracts.rules import Reference, Rule, Severity, Unique
from pipelines.extracts.tabular import ADDED, ADDED_RULES

_SOURCE = "DfE, early years census 2025 specification"
_QUARANTINE, _WARN = Severity.QUARANTINE, Severity.WARN

SEXES = {"F", "M", "U"}
SETTING_NUMBER = r"EY[0-9]{6}|[5-7][0-9]{5}|[0-9]{7}"
"""A DfE number from 500000 to 799999, or Ofsted's: EY and six digits, for newer settings seven digits."""
HOURS = {"fundedhours": 15, "extendedhours": 15, "expandedhours": 30}
"""Column → the most hours a week that it may hold."""

AGE_DAY, CENSUS_DAY = "age_day", "census_day"
"""Columns that the reader adds: 31 August before the census, on which ages are taken, and the census day."""

_OLDEST = 4
"""Age on 31 August: older children are of compulsory school age and not in this census."""


def _rule(rule: str, column: str, holds: pl.Expr, message: str, severity: Severity = _WARN) -> Rule:
    return Rule(rule, column, holds, message, severity, _SOURCE)


def _present(rule: str, column: str, severity: Severity) -> Rule:
    holds = pl.col(column).is_not_null()
    return _rule(rule, column, holds, f"{column} is missing; it must be given.", severity)


def _head_rules() -> Iterable[Rule]:
    yield from ADDED_RULES
    yield _present("eycensusid_missing", "eycensustableid", _QUARANTINE)
    number = "urn must be a number from 500000 to 799999, EY and six digits, or seven digits."
    yield _rule("urn_format", "urn", _urn().str.contains(f"^({SETTING_NUMBER})$"), number)
    yield _present("urn_missing", "urn", _WARN)


def _urn() -> pl.Expr:
    return whole("urn").str.to_uppercase()


EYCENSUS = Contract(
    "eycensus",
    ("eycensustableid", "NativeId", "lea", "urn", "term", "year", "datetime", *ADDED),
    tuple(_head_rules()),
    keep={"census_id": pl.col("eycensustableid"), "urn": _urn()},
    record=("NativeId", "eycensustableid"),
    unique=(
        Unique(
            "eycensusid_repeated",
            "eycensustableid",
            ("eycensustableid",),
            "An earlier row has the same eycensustableid.",
        ),
    ),
)
"""A row: a setting."""


def _child_rules() -> Iterable[Rule]:
    yield from ADDED_RULES
    yield _present("childid_missing", "eychildtableid", _QUARANTINE)
    # Age decides the level, and the record has no curriculum year to take it from.
    yield _present("dob_missing", "dob", _QUARANTINE)
    yield _rule(
        "dob_format",
        "dob",
        is_date("dob", DATE),
        "dob must be a date such as 2021-Sep-03 00:00:00.",
        _QUARANTINE,
    )
    born = to_date("dob", DATE)
    unborn = "dob must not be after the census day."
    yield _rule("dob_after_census", "dob", born <= _day(CENSUS_DAY), unborn, _QUARANTINE)
    oldest = "The child was five or older on 31 August, too old for this census."
    yield _rule("dob_age", "dob", born > _day(AGE_DAY).dt.offset_by(f"-{_OLDEST + 1}y"), oldest)
    yield _rule("sex_code", "sex", code_in("sex", SEXES), "sex must be one of F, M, U.", _QUARANTINE)
    yield _present("sex_missing", "sex", _WARN)
    ethnicity = "ethnicity must be a code of four capital letters."
    yield _rule("ethnicity_format", "ethnicity", pl.col("ethnicity").str.contains(r"^[A-Z]{4}$"), ethnicity)
    postcode = "postcode is not in the form of a UK postcode, such as M1 1AE."
    yield _rule("postcode_format", "postcode", postcode_holds("postcode"), postcode)
    yield _present("postcode_missing", "postcode", _WARN)
    for column, most in HOURS.items():
        holds = pl.col(column).is_null() | _hours(column).is_between(0, most).fill_null(False)
        yield _rule(f"{column}_range", column, holds, f"{column} must be a number from 0 to {most}.")
    code = "eligibilitycode must have eleven digits."
    yield _rule(
        "eligibilitycode_format",
        "eligibilitycode",
        whole("eligibilitycode").str.contains(r"^[0-9]{11}$"),
        code,
    )
    # Hours for working parents need a code; the universal ones do not.
    working = pl.any_horizontal(
        (_hours(column) > 0).fill_null(False) for column in ("extendedhours", "expandedhours")
    )
    needed = "A child with extendedhours or expandedhours must have an eligibilitycode."
    yield _rule(
        "eligibilitycode_missing",
        "eligibilitycode",
        unless(~working, pl.col("eligibilitycode").is_not_null()),
        needed,
    )


def _hours(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64, strict=False)


def _day(column: str) -> pl.Expr:
    return pl.col(column).str.to_date("%Y-%m-%d")


EYCHILD = Contract(
    "eychild",
    (
        *("eychildtableid", "NativeId", "eycensustableid", "surname", "forename", "dob", "sex", "ethnicity"),
        *("postcode", *HOURS, "eligibilitycode", AGE_DAY, CENSUS_DAY, *ADDED),
    ),
    (*_child_rules(), *name_rules("surname", "forename")),
    refers=(
        Reference(
            "setting_unknown",
            "eycensustableid",
            "eycensus",
            "eycensustableid",
            "The eycensus file has no such setting, or it was set aside: nobody can tell where the child is.",
            _QUARANTINE,
            _SOURCE,
            "Export all modules of the census again, together: these are of different exports.",
        ),
    ),
    keep={
        "child_id": pl.col("eychildtableid"),
        "census_id": pl.col("eycensustableid"),
        "family_name": name_of("surname"),
        "given_names": name_of("forename"),
        "birth_date": plausible_only(to_date("dob", DATE), _day(CENSUS_DAY).dt.offset_by("1d")),
        "sex": pl.col("sex"),
        "ethnicity": pl.col("ethnicity"),
        "postcode": valid_postcode("postcode"),
    },
    record=("NativeId", "eychildtableid"),
    unique=(
        Unique(
            "childid_repeated",
            "eychildtableid",
            ("eychildtableid",),
            "An earlier row has the same eychildtableid.",
        ),
        # No number says who a child is, so names are compared here; no finding shows them.
        Unique(
            "child_repeated",
            "surname",
            ("eycensustableid", "surname", "forename", "dob", "postcode"),
            "An earlier row of the same setting has the same names, dob and postcode.",
            fix="Delete the row if it is the same child.",
        ),
    ),
)
"""A row: a child with funded hours at a setting."""

CONTRACTS = {contract.table: contract for contract in (EYCENSUS, EYCHILD)}
"""Module → contract, in the order in which the modules are read."""
