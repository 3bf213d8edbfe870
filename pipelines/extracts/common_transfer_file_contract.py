"""The contract of the Common Transfer File: one table, a pupil a row. Rules have names of our own."""

from collections.abc import Iterable

import polars as pl

from pipelines.extracts.contract import Contract
from pipelines.extracts.fields import (
    code_in,
    is_date,
    is_uln,
    plausible_birth,
    plausible_only,
    postcode_holds,
    to_date,
    valid_postcode,
    valid_uln,
    without_zone,
)
from pipelines.extracts.person_names import name_of, name_rules
from pipelines.extracts.rules import Rule, Severity, Unique
from pipelines.extracts.school_census_contract import ENROLMENT_STATUSES, NC_YEARS, SEXES

YEAR_START = "YearStart"
"""Column that the reader adds: the first day of the academic year."""
ODD_ELEMENT = "element"
"""Column that the reader adds: what stands where a pupil should, if it is none."""

_SOURCE = "DfE, Common Transfer File 25 specification; common basic data set"
_DAY = (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "%Y-%m-%d")
_QUARANTINE, _WARN = Severity.QUARANTINE, Severity.WARN
_UPN = pl.col("UPN").str.contains(r"^[A-Z][0-9]{11}[A-Z0-9]$")
_born, _last_day = to_date(without_zone("DOB"), _DAY), to_date(YEAR_START, _DAY).dt.offset_by("1y")
_entry, _leaving = (to_date(without_zone(field), _DAY) for field in ("EntryDate", "LeavingDate"))


def _rule(rule: str, field: str, holds: pl.Expr, message: str, severity: Severity = _WARN) -> Rule:
    return Rule(rule, field, holds, f"{field} {message}", severity, _SOURCE)


def _code(rule: str, field: str, codes: set[str]) -> Rule:
    allowed = ", ".join(sorted(codes, key=lambda code: (len(code), code)))
    return _rule(rule, field, code_in(field, codes), f"must be one of {allowed}.", _QUARANTINE)


def _rules() -> Iterable[Rule]:
    yield Rule(
        "pupil_element",
        ODD_ELEMENT,
        pl.col(ODD_ELEMENT).is_null(),
        "Here stands another element than Pupil, or a Pupil with another one inside; it was not read.",
        _QUARANTINE,
        _SOURCE,
        "Export the file again; the names of its elements matter, capitals and all.",
        alone=True,
    )
    yield _rule("upn_format", "UPN", _UPN, "must be a capital letter and 12 digits, or 11 and a letter.")
    yield _rule(
        "upn_missing", "UPN", pl.col("UPN").is_not_null(), "is missing, so the pupil may count twice."
    )
    uln = is_uln("UniqueLearnerNumber")
    yield _rule("uln_checksum", "UniqueLearnerNumber", uln, "must have ten digits that fit its check digit.")
    for field, severity in (("DOB", _QUARANTINE), ("EntryDate", _WARN), ("LeavingDate", _WARN)):
        holds = is_date(without_zone(field), _DAY)
        yield _rule(f"{field.lower()}_format", field, holds, "must be a date, written YYYY-MM-DD.", severity)
    born = "cannot be true: it is after the year, or too long before it; the pupil has no age then."
    yield _rule("dob_plausible", "DOB", plausible_birth(_born, _last_day), born)
    dated = pl.col("DOB").is_not_null()
    yield _rule("dob_missing", "DOB", dated, "is missing: the pupil can be in no figure by age.")
    yield _code("sex_code", "Sex", SEXES)
    yield _rule("sex_missing", "Sex", pl.col("Sex").is_not_null(), "is missing; it must be F, M or U.")
    yield _code("ncyear_code", "NCyearActual", NC_YEARS)
    level = pl.col("NCyearActual").is_not_null()
    yield _rule(
        "ncyear_missing", "NCyearActual", level, "is missing: the pupil can be in no figure by level."
    )
    yield _code("enrolstatus_code", "EnrolStatus", ENROLMENT_STATUSES)
    ethnicity = pl.col("Ethnicity").str.contains(r"^[A-Z]{4}$")
    yield _rule("ethnicity_format", "Ethnicity", ethnicity, "must be four capital letters, such as WBRI.")
    postcode = postcode_holds("PostCode")
    yield _rule(
        "postcode_format", "PostCode", postcode, "is not in the form of a UK postcode, such as M1 1AE."
    )
    order = _leaving >= _entry
    yield _rule("leavingdate_order", "LeavingDate", order, "must not be before EntryDate.", _QUARANTINE)


PUPIL = Contract(
    "pupil",
    (
        *("UPN", "UniqueLearnerNumber", "Surname", "Forename", "MiddleNames", "FormerSurname", "DOB", "Sex"),
        *("NCyearActual", "EnrolStatus", "Ethnicity", "PostCode", "EntryDate", "LeavingDate", YEAR_START),
        ODD_ELEMENT,
    ),
    (*_rules(), *name_rules("Surname", "Forename", "MiddleNames", "FormerSurname")),
    keep={
        "upn": pl.when(_UPN).then("UPN"),
        "uln": valid_uln("UniqueLearnerNumber"),
        "family_name": name_of("Surname"),
        "given_names": name_of("Forename", "MiddleNames"),
        "former_family_name": name_of("FormerSurname"),
        "birth_date": plausible_only(_born, _last_day),
        "sex": pl.col("Sex"),
        "ethnicity": pl.col("Ethnicity"),
        "postcode": valid_postcode("PostCode"),
        "entry_date": _entry,
        "leaving_date": _leaving,
        "enrolment_status": pl.col("EnrolStatus"),
        "nc_year": pl.col("NCyearActual"),
        "year_start": to_date(YEAR_START, _DAY),
    },
    # A pupil has no reference but the UPN, which is personal: findings name the line alone.
    unique=(
        Unique(
            "upn_repeated", "UPN", ("UPN",), "An earlier pupil of the file has the same UPN.", source=_SOURCE
        ),
    ),
    learner="upn",
)
CONTRACTS = {PUPIL.table: PUPIL}
"""Table name → contract."""
