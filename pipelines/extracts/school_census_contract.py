"""The contracts of the school census modules. Rules have names of our own: DfE's are numbers.

A table has the name of its module in spring. What differs by term: ethnicity is asked in spring only, the
curriculum year of a leaver and the address of a leaver in autumn only; senneeds is a module of spring only.
Source of columns, codes and formats: Department for Education, school census 2024 to 2025 business and
technical specification, the common basic data set (CBDS), and the columns of exports from 2015 to 2026.
"""

from collections.abc import Iterable

import polars as pl

from pipelines.extracts.collect import DATE
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
    whole,
)
from pipelines.extracts.person_names import name_of, name_rules
from pipelines.extracts.rules import Reference, Rule, Severity, Unique
from pipelines.extracts.tabular import ADDED, ADDED_RULES

_SOURCE = "DfE, school census 2024 to 2025 specification"
_QUARANTINE, _WARN = Severity.QUARANTINE, Severity.WARN

SEXES = {"F", "M", "U"}
ENROLMENT_STATUSES = {"C", "M", "S", "F", "O"}
NC_YEARS = {"E1", "E2", "N1", "N2", "R", *map(str, range(1, 15)), "M", "X"}
COUNTRIES = {"ENG", "NIR", "SCT", "WLS"}

MODULE_OF = {("autumn", "addresses"): "addressesonroll", ("autumn", "fsmperiod"): "fsmperiodsonroll"}
"""(term, table) → the module's name, where it is not the table's."""
NAMES = ("surname", "forename", "middlenames", "formersurname")
"""Columns of both modules of pupils, in every term; a return without them can be counted, and is read."""
FORMER_NAMES = {"sex": "gender"}
"""Column → its name in exports of the academic years up to 2022/23. The codes are the same."""
_AUTUMN, _SPRING = frozenset({"autumn"}), frozenset({"spring"})


_SCHOOL = Reference(
    "school_unknown",
    "schoolcensustableid",
    "schoolcensus",
    "schoolcensustableid",
    "The schoolcensus file has no such school, or it was set aside: nobody can tell where the pupil is.",
    _QUARANTINE,
    _SOURCE,
    "Export all modules of the census again, together: these are of different exports.",
)


_SCHOOL_MISSING = Rule(
    "school_missing",
    "schoolcensustableid",
    pl.col("schoolcensustableid").is_not_null(),
    "schoolcensustableid is missing: nobody can tell where the pupil is.",
    _QUARANTINE,
    _SOURCE,
)


def _present(rule: str, column: str, severity: Severity) -> Rule:
    message = f"{column} is missing; it must be given."
    return Rule(rule, column, pl.col(column).is_not_null(), message, severity, _SOURCE)


def _date(rule: str, column: str, severity: Severity) -> Rule:
    message = f"{column} must be a date such as 2014-Sep-03 00:00:00."
    return Rule(rule, column, is_date(column, DATE), message, severity, _SOURCE)


def _code(rule: str, column: str, codes: set[str]) -> Rule:
    allowed = ", ".join(sorted(codes, key=lambda code: (len(code), code)))
    message = f"{column} must be one of {allowed}."
    return Rule(rule, column, code_in(whole(column), codes), message, _QUARANTINE, _SOURCE)


def _upn() -> Rule:
    message = "upn must be a capital letter and 12 digits, the last of which may be a letter."
    return Rule("upn_format", "upn", _upn_holds(), message, _WARN, _SOURCE)


def _upn_holds() -> pl.Expr:
    return pl.col("upn").str.contains(r"^[A-Z][0-9]{11}[A-Z0-9]$")


def _uln() -> Rule:
    message = "uniquelearnernumber must have ten digits, the last of which is a check digit."
    holds = is_uln(whole("uniquelearnernumber"))
    return Rule("uln_checksum", "uniquelearnernumber", holds, message, _WARN, _SOURCE)


def _birth_rules() -> Iterable[Rule]:
    yield _date("dob_format", "dob", _QUARANTINE)
    yield _present("dob_missing", "dob", _WARN)
    message = (
        "dob cannot be true: it is not before entrydate, or very long before it; the pupil has no age then."
    )
    yield Rule("dob_plausible", "dob", plausible_birth(*_born_and_entered()), message, _WARN, _SOURCE)


def _born_and_entered() -> tuple[pl.Expr, pl.Expr]:
    return to_date("dob", DATE), to_date("entrydate", DATE)


def _kept_of_both() -> dict[str, pl.Expr]:
    """Return what is kept of pupils on roll and of leavers alike."""
    return {
        "native_id": pl.col("NativeId"),
        "school_census_id": pl.col("schoolcensustableid"),
        "upn": pl.when(_upn_holds()).then("upn"),
        "uln": valid_uln(whole("uniquelearnernumber")),
        "family_name": name_of("surname"),
        "given_names": name_of("forename", "middlenames"),
        "former_family_name": name_of("formersurname"),
        "birth_date": plausible_only(*_born_and_entered()),
        "sex": pl.col("sex"),
        "entry_date": to_date("entrydate", DATE),
    }


def _pupilonroll() -> Contract:
    return Contract(
        "pupilonroll",
        (
            *("pupilonrolltableid", "NativeId", "schoolcensustableid", "upn", "uniquelearnernumber"),
            *(*NAMES, "dob", "sex", "entrydate", "enrolstatus", "ncyearactual", "ethnicity", *ADDED),
        ),
        (*_pupil_rules(), *name_rules(*NAMES)),
        refers=(_SCHOOL,),
        keep={
            "pupil_id": pl.col("pupilonrolltableid"),
            **_kept_of_both(),
            "enrolment_status": pl.col("enrolstatus"),
            "nc_year": whole("ncyearactual"),
            "ethnicity": pl.col("ethnicity"),
        },
        learner="upn",
        record=("NativeId", "pupilonrolltableid"),
        unique=(
            Unique(
                "pupilid_repeated",
                "pupilonrolltableid",
                ("pupilonrolltableid",),
                "An earlier row has the same pupilonrolltableid.",
            ),
            # The same pupil at two schools is dual registration, so only one school's rows are compared.
            Unique(
                "upn_repeated",
                "upn",
                ("NativeId", "upn"),
                "An earlier row of the same school has the same upn.",
                _WARN,
            ),
        ),
        only_in={"ethnicity": _SPRING},
    )


def _pupil_rules() -> Iterable[Rule]:
    yield from ADDED_RULES
    yield _present("pupilid_missing", "pupilonrolltableid", _QUARANTINE)
    yield _SCHOOL_MISSING
    yield _upn()
    yield _uln()
    yield from _birth_rules()
    yield _code("sex_code", "sex", SEXES)
    yield _present("sex_missing", "sex", _WARN)
    yield _date("entrydate_format", "entrydate", _WARN)
    yield _code("enrolstatus_code", "enrolstatus", ENROLMENT_STATUSES)
    yield _present("enrolstatus_missing", "enrolstatus", _WARN)
    yield _code("ncyear_code", "ncyearactual", NC_YEARS)
    yield _present("ncyear_missing", "ncyearactual", _WARN)
    holds = pl.col("ethnicity").str.contains(r"^[A-Z]{4}$")
    message = "ethnicity must be a code of four capital letters."
    yield Rule("ethnicity_format", "ethnicity", holds, message, _WARN, _SOURCE)


def _schoolcensus() -> Contract:
    return Contract(
        "schoolcensus",
        (
            *("schoolcensustableid", "NativeId", "term", "year", "referencedate", "estab", "datetime"),
            *("lea", *ADDED),
        ),
        (
            *ADDED_RULES,
            _present("schoolcensusid_missing", "schoolcensustableid", _QUARANTINE),
            _date("referencedate_format", "referencedate", _WARN),
            Rule(
                "estab_format",
                "estab",
                whole("estab").str.contains(r"^[0-9]{1,4}$"),
                "estab must be a number of at most four digits.",
                _WARN,
                _SOURCE,
            ),
        ),
        keep={
            "native_id": pl.col("NativeId"),
            "school_census_id": pl.col("schoolcensustableid"),
            "lea": whole("lea"),
            "estab": whole("estab").str.zfill(4),
            "census_year": whole("year").cast(pl.Int32, strict=False),
            "term": pl.col("term"),
            "reference_date": to_date("referencedate", DATE),
        },
        record=("NativeId", "schoolcensustableid"),
        unique=(
            Unique(
                "schoolcensusid_repeated",
                "schoolcensustableid",
                ("schoolcensustableid",),
                "An earlier row has the same schoolcensustableid.",
            ),
        ),
    )


def _addresses(table: str, pupil: str) -> Contract:
    message = "postcode is not in the form of a UK postcode, such as M1 1AE."
    return Contract(
        table,
        (pupil, "NativeId", "postcode", *ADDED),
        (
            *ADDED_RULES,
            _present("pupilid_missing", pupil, _QUARANTINE),
            Rule("postcode_format", "postcode", postcode_holds("postcode"), message, _WARN, _SOURCE),
        ),
        refers=(
            Reference(
                "address_of_nobody",
                pupil,
                pupil.removesuffix("tableid"),
                pupil,
                "No pupil of the return has this address.",
                _WARN,
                _SOURCE,
                "Export all modules of the census again, together, if there are many of these.",
                kept=False,
            ),
        ),
        keep={"pupil_id": pl.col(pupil), "postcode": valid_postcode("postcode")},
        record=("NativeId", pupil),
        belongs=(pupil.removesuffix("tableid"), pupil, pupil),
    )


def _fsmperiod() -> Contract:
    start, end = to_date("fsmstartdate", DATE), to_date("fsmenddate", DATE)
    return Contract(
        "fsmperiod",
        ("pupilonrolltableid", "NativeId", "fsmstartdate", "fsmenddate", "ukcountry", *ADDED),
        (
            *ADDED_RULES,
            _present("pupilid_missing", "pupilonrolltableid", _QUARANTINE),
            _date("fsmstartdate_format", "fsmstartdate", _WARN),
            _date("fsmenddate_format", "fsmenddate", _WARN),
            Rule(
                "fsm_period_order",
                "fsmenddate",
                end >= start,
                "fsmenddate must not be before fsmstartdate.",
                _WARN,
                _SOURCE,
            ),
            _code("ukcountry_code", "ukcountry", COUNTRIES),
        ),
        record=("NativeId", "pupilonrolltableid"),
        belongs=("pupilonroll", "pupilonrolltableid", "pupilonrolltableid"),
    )


def _senneeds() -> Contract:
    return Contract(
        "senneeds",
        ("pupilonrolltableid", "NativeId", *ADDED),
        (*ADDED_RULES, _present("pupilid_missing", "pupilonrolltableid", _QUARANTINE)),
        record=("NativeId", "pupilonrolltableid"),
        belongs=("pupilonroll", "pupilonrolltableid", "pupilonrolltableid"),
    )


def _pupilnolongeronroll() -> Contract:
    # Real exports repeat this module's own key, so it has no uniqueness rule.
    entered, left = to_date("entrydate", DATE), to_date("leavingdate", DATE)
    order = "leavingdate must not be before entrydate."
    return Contract(
        "pupilnolongeronroll",
        (
            *("pupilnolongeronrolltableid", "NativeId", "schoolcensustableid", "upn", "uniquelearnernumber"),
            *(*NAMES, "dob", "sex", "entrydate", "leavingdate", "ncyearleaving", *ADDED),
        ),
        (
            *ADDED_RULES,
            _present("pupilid_missing", "pupilnolongeronrolltableid", _QUARANTINE),
            _SCHOOL_MISSING,
            _upn(),
            _uln(),
            *_birth_rules(),
            *name_rules(*NAMES),
            _code("sex_code", "sex", SEXES),
            _date("entrydate_format", "entrydate", _WARN),
            _date("leavingdate_format", "leavingdate", _WARN),
            _present("leavingdate_missing", "leavingdate", _WARN),
            Rule("leavingdate_order", "leavingdate", left >= entered, order, _WARN, _SOURCE),
            _code("ncyear_code", "ncyearleaving", NC_YEARS),
        ),
        refers=(_SCHOOL,),
        keep={
            "pupil_id": pl.col("pupilnolongeronrolltableid"),
            **_kept_of_both(),
            "leaving_date": left,
            "nc_year": whole("ncyearleaving"),
        },
        record=("NativeId", "pupilnolongeronrolltableid"),
        only_in={"ncyearleaving": _AUTUMN},
    )


CONTRACTS = {
    contract.table: contract
    for contract in (
        _schoolcensus(),
        _pupilonroll(),
        _pupilnolongeronroll(),
        _addresses("addresses", "pupilonrolltableid"),
        _addresses("addressesoffroll", "pupilnolongeronrolltableid"),
        _fsmperiod(),
        _senneeds(),
    )
}
"""Table → contract, in the order in which the modules are read: pupils before what belongs to them."""
