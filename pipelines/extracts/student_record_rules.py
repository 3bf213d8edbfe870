"""The rules of the student record: our own, because HESA's were not at hand.

Rules are named after entity and field. Codes are those of the Data Futures record (from 2022/23) as trainee
teachers' records and exporters show them; a list that is known in part only is not checked against.
"""

from collections.abc import Iterable

import polars as pl

from pipelines.extracts.fields import (
    OLDEST,
    code_in,
    is_date,
    is_uln,
    plausible_birth,
    postcode_holds,
    to_date,
    unless,
)
from pipelines.extracts.rules import Rule, Severity, Stage, Unique
from pipelines.extracts.student_record_entities import (
    COURSE,
    COURSE_KNOWN,
    DISABILITY,
    ENGAGEMENT,
    ENTRY_PROFILE,
    LEAVER,
    PARENT_LINE,
    QUALIFICATION,
    QUALIFICATION_KNOWN,
    SESSION,
    STUDENT,
    SUBJECT,
    YEAR_END,
    YEAR_START,
    Entity,
)

SOURCE = "Jisc, Data Futures student record; rule of this project"
CODES = "Jisc, Data Futures student record, code lists (register-trainee-teachers' copies, DfE)"

SEXES = {"10": "F", "11": "M", "12": "U", "96": "U", "99": "U"}
LEGACY_SEXES = {"1": "M", "2": "F", "3": "U"}
"""SEXID in records before 2021/22; unlike the later codes, the first is for men."""
ETHNICITIES = {
    *("100", "101", "102", "103", "104", "119", "120", "121", "139", "140", "141", "142", "159"),
    *("160", "163", "166", "168", "179", "180", "899", "997", "998", "999"),
}
DISABILITIES = {"51", "53", "54", "55", "56", "57", "58", "59", "95", "96", "98", "99"}
MODES = {"01", "02", "31", "63", "64"}
REASONS_SESSION_ENDED = {"01", "02", "03", "04"}
LEVELS = {"C", "D", "E", "H", "I", "J", "L", "M", "P"}
"""First letters of QUALCAT."""
DATA_FUTURES = 2022
"""Starting year of the first year of the record in this shape, and of its code lists."""
YOUNGEST = 14
"""Age on the first day of the year: few students are younger."""

_QUARANTINE, _WARN = Severity.QUARANTINE, Severity.WARN
_ISO = (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "%Y-%m-%d")


def iso_day(column: str) -> pl.Expr:
    """Return an ISO date, null where the text is none."""
    return to_date(column, _ISO)


def _rule(  # noqa: PLR0913, PLR0917
    entity: Entity, field: str, kind: str, holds: pl.Expr, message: str, severity: Severity
) -> Rule:
    return Rule(f"{entity.element}.{field}.{kind}", field, holds, message, severity, SOURCE)


def _required(entity: Entity, field: str, severity: Severity = _QUARANTINE) -> Rule:
    message = f"{field} is missing; it must be given."
    return _rule(entity, field, "required", pl.col(field).is_not_null(), message, severity)


def _date(entity: Entity, field: str, severity: Severity = _QUARANTINE) -> Rule:
    message = f"{field} must be a date, written YYYY-MM-DD."
    return _rule(entity, field, "format", is_date(field, _ISO), message, severity)


def _order(entity: Entity, field: str, start: str, severity: Severity = _QUARANTINE) -> Rule:
    message = f"{field} must not be before {start}."
    return _rule(entity, field, "order", iso_day(field) >= iso_day(start), message, severity)


def _listed(  # noqa: PLR0913, PLR0917
    entity: Entity,
    field: str,
    codes: Iterable[str],
    severity: Severity,
    years: tuple[int | None, int | None] = (None, None),
    kind: str = "code",
) -> Rule:
    first_year, last_year = years
    return Rule(
        f"{entity.element}.{field}.{kind}",
        field,
        code_in(field, codes),
        f"{field} must be one of {', '.join(sorted(codes, key=lambda code: (len(code), code)))}.",
        severity,
        CODES,
        first_year=first_year,
        last_year=last_year,
    )


def _postcode(entity: Entity, field: str) -> Rule:
    message = f"{field} is not in the form of a UK postcode, such as M1 1AE."
    return _rule(entity, field, "format", postcode_holds(field), message, _WARN)


def _known(entity: Entity, field: str, parent: Entity) -> Rule:
    """Return the rule that a row has the record it belongs to: in XML it stands inside it."""
    return Rule(
        f"{entity.element}.{field}.known",
        field,
        pl.col(PARENT_LINE).is_not_null(),
        f"The delivery has no {parent.element} with {' and '.join(entity.keys)} of this row, or has several.",
        _QUARANTINE,
        SOURCE,
        "Send all files of a delivery together, as your system made them: a spreadsheet rounds long numbers.",
        stage=Stage.CROSS_ROW,
    )


def _offered(entity: Entity, field: str, known: str, offer: Entity) -> Rule:
    return Rule(
        f"{entity.element}.{field}.known",
        field,
        pl.col(known) != "false",
        f"The return has no {offer.element} of this {field}, so the level of study is not known.",
        _WARN,
        SOURCE,
        f"Add the {offer.element} to the return, or correct {field}.",
        stage=Stage.CROSS_ROW,
    )


def unique(entity: Entity, *key: str) -> Unique:
    """Return the rule that no two rows share a key."""
    return Unique(
        f"{entity.element}.{'_'.join(key)}.unique",
        key[-1],
        key,
        f"An earlier {entity.element} of the return has the same {' and '.join(key)}.",
        source=SOURCE,
    )


def student_rules() -> Iterable[Rule]:
    """Yield the row rules on students."""
    born, year_start = iso_day("BIRTHDTE"), iso_day(YEAR_START)
    yield _required(STUDENT, "SID")
    # A spreadsheet rounds so long a number, and then two students have one.
    sid = pl.col("SID").str.contains(r"^(?:[0-9]{17}|[0-9]{13})$")
    message = "SID must have 17 digits, or 13 if it is a HUSID, as text without blanks."
    yield _rule(STUDENT, "SID", "format", sid, message, _QUARANTINE)
    yield _date(STUDENT, "BIRTHDTE")
    yield _required(STUDENT, "BIRTHDTE", _WARN)
    message = f"BIRTHDTE makes the student {OLDEST} or over at the start of the year, or not born yet."
    yield _rule(STUDENT, "BIRTHDTE", "plausible", plausible_birth(born, year_start), message, _QUARANTINE)
    # One who is not even born breaks the rule above, which says enough.
    old_enough = (born <= year_start.dt.offset_by(f"-{YOUNGEST}y")) | (born >= year_start)
    message = f"BIRTHDTE makes the student younger than {YOUNGEST} at the start of the year; please check it."
    yield _rule(STUDENT, "BIRTHDTE", "young", old_enough, message, _WARN)
    yield _required(STUDENT, "SEXID", _WARN)
    yield _listed(STUDENT, "SEXID", SEXES, _QUARANTINE, (DATA_FUTURES, None))
    # In 2021/22 some systems had changed over and others had not; no code means two things.
    yield _listed(STUDENT, "SEXID", {**SEXES, **LEGACY_SEXES}, _QUARANTINE, (2021, 2021), "code_2021")
    yield _listed(STUDENT, "SEXID", LEGACY_SEXES, _QUARANTINE, (None, 2020), "code_legacy")
    yield _listed(STUDENT, "ETHNIC", ETHNICITIES, _WARN, (DATA_FUTURES, None))
    message = "ULN must have ten digits, the last of which is a check digit; 9999999999 means none yet."
    yield _rule(STUDENT, "ULN", "checksum", is_uln("ULN"), message, _WARN)
    yield _postcode(STUDENT, "TTPCODE")


def engagement_rules() -> Iterable[Rule]:
    """Yield the row rules on engagements."""
    yield _required(ENGAGEMENT, "NUMHUS")
    yield _known(ENGAGEMENT, "SID", STUDENT)
    # Sessions carry the dates that count.
    yield _required(ENGAGEMENT, "ENGSTARTDATE", _WARN)
    yield _date(ENGAGEMENT, "ENGSTARTDATE", _WARN)
    yield _date(ENGAGEMENT, "ENGEXPECTEDENDDATE", _WARN)
    yield _order(ENGAGEMENT, "ENGEXPECTEDENDDATE", "ENGSTARTDATE", _WARN)


def leaver_rules() -> Iterable[Rule]:
    """Yield the row rules on leavers."""
    yield _known(LEAVER, "NUMHUS", ENGAGEMENT)
    yield _required(LEAVER, "ENGENDDATE", _WARN)
    yield _date(LEAVER, "ENGENDDATE")
    yield _order(LEAVER, "ENGENDDATE", "ENGSTARTDATE")
    two_digits = pl.col("RSNENGEND").str.contains(r"^[0-9]{2}$")
    message = "RSNENGEND must be a code of two digits, such as 01."
    yield _rule(LEAVER, "RSNENGEND", "format", two_digits, message, _WARN)


def session_rules() -> Iterable[Rule]:
    """Yield the row rules on course sessions."""
    start, end = iso_day("SCSSTARTDATE"), iso_day("SCSENDDATE")
    yield _required(SESSION, "SCSESSIONID")
    yield _known(SESSION, "NUMHUS", ENGAGEMENT)
    yield _required(SESSION, "COURSEID", _WARN)
    yield _offered(SESSION, "COURSEID", COURSE_KNOWN, COURSE)
    yield _required(SESSION, "SCSSTARTDATE")
    yield _date(SESSION, "SCSSTARTDATE")
    yield _date(SESSION, "SCSENDDATE")
    yield _order(SESSION, "SCSENDDATE", "SCSSTARTDATE")
    # A session without an end date is still running: the comparison is then null, which holds.
    in_year = (start <= iso_day(YEAR_END)) & ((start >= iso_day(YEAR_START)) | (end >= iso_day(YEAR_START)))
    message = "The session must run in the year of the record: start by 31 July, and not end before 1 August."
    yield _rule(SESSION, "SCSSTARTDATE", "year", in_year, message, _QUARANTINE)
    yield _order(SESSION, "SCSSTARTDATE", "ENGSTARTDATE", _WARN)
    yield _required(SESSION, "SCSMODE", _WARN)
    # Whether the session counts hangs on it.
    yield _listed(SESSION, "SCSMODE", MODES, _QUARANTINE)
    yield _listed(SESSION, "RSNSCSEND", REASONS_SESSION_ENDED, _WARN, (DATA_FUTURES, None))
    ended = unless(pl.col("RSNSCSEND").is_null(), pl.col("SCSENDDATE").is_not_null())
    message = "SCSENDDATE is missing although RSNSCSEND says why the session ended."
    yield _rule(SESSION, "SCSENDDATE", "missing", ended, message, _WARN)


def disability_rules() -> Iterable[Rule]:
    """Yield the row rules on disabilities."""
    yield _known(DISABILITY, "SID", STUDENT)
    yield _listed(DISABILITY, "DISABILITY", DISABILITIES, _WARN, (DATA_FUTURES, None))


def entry_profile_rules() -> Iterable[Rule]:
    """Yield the row rules on entry profiles."""
    yield _known(ENTRY_PROFILE, "NUMHUS", ENGAGEMENT)
    yield _postcode(ENTRY_PROFILE, "PERMADDPOSTCODE")


def course_rules() -> Iterable[Rule]:
    """Yield the row rules on courses."""
    yield _required(COURSE, "COURSEID")
    yield _offered(COURSE, "QUALID", QUALIFICATION_KNOWN, QUALIFICATION)


def qualification_rules() -> Iterable[Rule]:
    """Yield the row rules on qualifications."""
    yield _required(QUALIFICATION, "QUALID")
    level = pl.col("QUALCAT").str.head(1).is_in(sorted(LEVELS))
    message = f"QUALCAT must begin with one of {', '.join(sorted(LEVELS))}; else the level is not known."
    yield _rule(QUALIFICATION, "QUALCAT", "code", level, message, _WARN)


def subject_rules() -> Iterable[Rule]:
    """Yield the row rules on subjects of qualifications."""
    yield _required(SUBJECT, "QUALID", _WARN)
    yield _required(SUBJECT, "QUALSUBJECT", _WARN)
    six_digits = pl.col("QUALSUBJECT").str.contains(r"^1[0-9]{5}$")
    message = "QUALSUBJECT must be a HECoS code: six digits, the first of them 1."
    yield _rule(SUBJECT, "QUALSUBJECT", "format", six_digits, message, _WARN)
    share = pl.col("QUALPROPORTION").cast(pl.Float64, strict=False).is_between(0, 100)
    message = "QUALPROPORTION must be a percentage from 0 to 100."
    given = unless(pl.col("QUALPROPORTION").is_null(), share.fill_null(value=False))
    yield _rule(SUBJECT, "QUALPROPORTION", "range", given, message, _WARN)
