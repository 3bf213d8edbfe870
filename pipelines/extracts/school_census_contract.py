"""The contracts of the school census modules. Rules have names of our own: DfE's are numbers.

Source of columns, codes and formats: Department for Education, school census 2024 to 2025 business and
technical specification, and the common basic data set (CBDS).
"""

from collections.abc import Iterable

import polars as pl

from pipelines.extracts.contract import Contract
from pipelines.extracts.fields import (
    code_in,
    is_date,
    is_uln,
    postcode_holds,
    to_date,
    valid_postcode,
    valid_uln,
)
from pipelines.extracts.rules import Rule, Severity, Unique
from pipelines.extracts.tabular import CELLS, CELLS_RULE

_SOURCE = "DfE, school census 2024 to 2025 specification"
_DATE = (r"\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2}", "%Y-%b-%d %H:%M:%S")
_QUARANTINE, _WARN = Severity.QUARANTINE, Severity.WARN

SEXES = {"F", "M", "U"}
ENROLMENT_STATUSES = {"C", "M", "S", "F", "O"}
NC_YEARS = {"E1", "E2", "N1", "N2", "R", *map(str, range(1, 15)), "M", "X"}
COUNTRIES = {"ENG", "NIR", "SCT", "WLS"}


def whole(column: str) -> pl.Expr:
    """Return a number without the `.0` that the export adds to whole ones."""
    return pl.col(column).str.replace(r"^(\d+)\.0$", "$1")


def _present(rule: str, column: str, severity: Severity) -> Rule:
    return Rule(
        rule,
        column,
        pl.col(column).is_not_null(),
        f"{column} is missing; it must be given.",
        severity,
        _SOURCE,
    )


def _date(rule: str, column: str, severity: Severity) -> Rule:
    message = f"{column} must be a date such as 2014-Sep-03 00:00:00."
    return Rule(rule, column, is_date(column, _DATE), message, severity, _SOURCE)


def _code(rule: str, column: str, codes: set[str]) -> Rule:
    allowed = ", ".join(sorted(codes, key=lambda code: (len(code), code)))
    message = f"{column} must be one of {allowed}."
    return Rule(rule, column, code_in(whole(column), codes), message, _QUARANTINE, _SOURCE)


def _upn() -> Rule:
    message = "upn must be a capital letter and 12 digits, the last of which may be a letter."
    return Rule("upn_format", "upn", _upn_holds(), message, _WARN, _SOURCE)


def _upn_holds() -> pl.Expr:
    return pl.col("upn").str.contains(r"^[A-Z]\d{11}[A-Z\d]$")


def _pupilonroll() -> Contract:
    return Contract(
        "pupilonroll",
        (
            *("pupilonrolltableid", "NativeId", "schoolcensustableid", "upn", "uniquelearnernumber"),
            *("dob", "sex", "entrydate", "enrolstatus", "ncyearactual", "ethnicity", CELLS),
        ),
        tuple(_pupil_rules()),
        keep={
            "pupil_id": pl.col("pupilonrolltableid"),
            "native_id": pl.col("NativeId"),
            "school_census_id": pl.col("schoolcensustableid"),
            "upn": pl.when(_upn_holds()).then("upn"),
            "uln": valid_uln(whole("uniquelearnernumber")),
            "birth_date": to_date("dob", _DATE),
            "sex": pl.col("sex"),
            "entry_date": to_date("entrydate", _DATE),
            "enrolment_status": pl.col("enrolstatus"),
            "nc_year": whole("ncyearactual"),
        },
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
    )


def _pupil_rules() -> Iterable[Rule]:
    yield CELLS_RULE
    yield _present("pupilid_missing", "pupilonrolltableid", _QUARANTINE)
    yield _upn()
    yield Rule(
        "uln_checksum",
        "uniquelearnernumber",
        is_uln(whole("uniquelearnernumber")),
        "uniquelearnernumber must have ten digits, the last of which is a check digit.",
        _WARN,
        _SOURCE,
    )
    yield _date("dob_format", "dob", _QUARANTINE)
    yield _present("dob_missing", "dob", _WARN)
    yield _code("sex_code", "sex", SEXES)
    yield _present("sex_missing", "sex", _WARN)
    yield _date("entrydate_format", "entrydate", _WARN)
    yield _code("enrolstatus_code", "enrolstatus", ENROLMENT_STATUSES)
    yield _present("enrolstatus_missing", "enrolstatus", _WARN)
    yield _code("ncyear_code", "ncyearactual", NC_YEARS)
    yield _present("ncyear_missing", "ncyearactual", _WARN)
    yield Rule(
        "ethnicity_format",
        "ethnicity",
        pl.col("ethnicity").str.contains(r"^[A-Z]{4}$"),
        "ethnicity must be a code of four capital letters.",
        _WARN,
        _SOURCE,
    )


def _schoolcensus() -> Contract:
    return Contract(
        "schoolcensus",
        (
            *("schoolcensustableid", "NativeId", "term", "year", "referencedate", "estab", "datetime"),
            *("lea", CELLS),
        ),
        (
            CELLS_RULE,
            _present("schoolcensusid_missing", "schoolcensustableid", _QUARANTINE),
            _date("referencedate_format", "referencedate", _WARN),
            Rule(
                "estab_format",
                "estab",
                whole("estab").str.contains(r"^\d{1,4}$"),
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
            "reference_date": to_date("referencedate", _DATE),
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


def _addresses() -> Contract:
    return Contract(
        "addresses",
        ("pupilonrolltableid", "NativeId", "postcode", CELLS),
        (
            CELLS_RULE,
            _present("pupilid_missing", "pupilonrolltableid", _QUARANTINE),
            Rule(
                "postcode_format",
                "postcode",
                postcode_holds("postcode"),
                "postcode is not in the form of a UK postcode, such as M1 1AE.",
                _WARN,
                _SOURCE,
            ),
        ),
        keep={"pupil_id": pl.col("pupilonrolltableid"), "postcode": valid_postcode("postcode")},
        record=("NativeId", "pupilonrolltableid"),
    )


def _fsmperiod() -> Contract:
    start, end = to_date("fsmstartdate", _DATE), to_date("fsmenddate", _DATE)
    return Contract(
        "fsmperiod",
        ("pupilonrolltableid", "NativeId", "fsmstartdate", "fsmenddate", "ukcountry", CELLS),
        (
            CELLS_RULE,
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
    )


def _senneeds() -> Contract:
    return Contract(
        "senneeds",
        ("pupilonrolltableid", "NativeId", CELLS),
        (CELLS_RULE, _present("pupilid_missing", "pupilonrolltableid", _QUARANTINE)),
        record=("NativeId", "pupilonrolltableid"),
    )


def _pupilnolongeronroll() -> Contract:
    return Contract(
        "pupilnolongeronroll",
        ("pupilnolongeronrolltableid", "NativeId", "upn", "dob", "sex", "leavingdate", CELLS),
        (
            CELLS_RULE,
            _present("pupilid_missing", "pupilnolongeronrolltableid", _QUARANTINE),
            _upn(),
            _date("dob_format", "dob", _QUARANTINE),
            _code("sex_code", "sex", SEXES),
            _date("leavingdate_format", "leavingdate", _WARN),
        ),
        record=("NativeId", "pupilnolongeronrolltableid"),
    )


CONTRACTS = {
    contract.table: contract
    for contract in (
        _schoolcensus(),
        _pupilonroll(),
        _addresses(),
        _fsmperiod(),
        _senneeds(),
        _pupilnolongeronroll(),
    )
}
"""Module → contract, in the order in which the modules are read."""
