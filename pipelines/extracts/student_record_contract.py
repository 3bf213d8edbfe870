"""The contracts of the student record: a table an entity, what is kept of it, and its rules."""

from collections.abc import Iterable

import polars as pl

from pipelines.extracts.contract import Contract
from pipelines.extracts.fields import valid_postcode, valid_uln
from pipelines.extracts.person_names import name_of, name_rules
from pipelines.extracts.rules import Rule
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
from pipelines.extracts.student_record_rules import (
    LEGACY_SEXES,
    SEXES,
    course_rules,
    disability_rules,
    engagement_rules,
    entry_profile_rules,
    iso_day,
    leaver_rules,
    qualification_rules,
    session_rules,
    student_rules,
    subject_rules,
    unique,
)
from pipelines.extracts.tabular import ADDED, ADDED_RULES


def _contract(  # noqa: PLR0913
    entity: Entity,
    rules: Iterable[Rule],
    extras: tuple[str, ...] = (),
    *,
    key: tuple[str, ...] = (),
    keep: dict[str, pl.Expr],
    learner: str | None = None,
) -> Contract:
    """Return the contract of an entity; a row stands or falls with the record it belongs to, if not by key.

    Args:
        entity: the entity.
        rules: its row rules.
        extras: columns that the reader adds.
        key: fields that no two rows share, and that name a row.
        keep: accepted columns.
        learner: the accepted column that names a student from one return to the next.
    """
    owner = None if entity.by_key else entity.parent
    belongs = (PARENT_LINE,) if owner else ()
    parent = {PARENT_LINE: pl.col(PARENT_LINE).cast(pl.Int64)} if owner else {}
    return Contract(
        entity.table,
        (*entity.columns, *belongs, *extras, *ADDED),
        (*ADDED_RULES, *rules),
        keep=parent | keep,
        record=key or entity.keys,
        unique=(unique(entity, *key),) if key else (),
        parent=(owner, PARENT_LINE) if owner else None,
        learner=learner,
    )


_MADE = (
    _contract(
        STUDENT,
        (*student_rules(), *name_rules("SURNAME", "FNAMES")),
        (YEAR_START,),
        keep={
            "sid": pl.col("SID"),
            "uln": valid_uln("ULN"),
            "family_name": name_of("SURNAME"),
            "given_names": name_of("FNAMES"),
            "birth_date": iso_day("BIRTHDTE"),
            "sex": pl.col("SEXID").replace_strict(SEXES | LEGACY_SEXES, default=None, return_dtype=pl.String),
            "ethnicity": pl.col("ETHNIC"),
            "term_postcode": valid_postcode("TTPCODE"),
        },
        key=("SID",),
        learner="sid",
    ),
    _contract(DISABILITY, disability_rules(), keep={"disability": pl.col("DISABILITY")}),
    _contract(
        ENGAGEMENT,
        engagement_rules(),
        keep={"numhus": pl.col("NUMHUS"), "start_date": iso_day("ENGSTARTDATE")},
        key=("SID", "NUMHUS"),
    ),
    _contract(
        ENTRY_PROFILE,
        entry_profile_rules(),
        keep={"postcode": valid_postcode("PERMADDPOSTCODE")},
        key=("SID", "NUMHUS"),
    ),
    _contract(
        LEAVER,
        leaver_rules(),
        keep={"end_date": iso_day("ENGENDDATE"), "reason": pl.col("RSNENGEND")},
        key=("SID", "NUMHUS"),
    ),
    _contract(
        SESSION,
        session_rules(),
        (YEAR_START, YEAR_END, COURSE_KNOWN),
        keep={
            "session_id": pl.col("SCSESSIONID"),
            "course_id": pl.col("COURSEID"),
            "start_date": iso_day("SCSSTARTDATE"),
            "end_date": iso_day("SCSENDDATE"),
            "mode": pl.col("SCSMODE"),
        },
        key=("SID", "NUMHUS", "SCSESSIONID"),
    ),
    _contract(
        COURSE,
        course_rules(),
        (QUALIFICATION_KNOWN,),
        keep={
            "course_id": pl.col("COURSEID"),
            "qualification_id": pl.col("QUALID"),
            "title": pl.col("COURSETITLE"),
        },
        key=("COURSEID",),
    ),
    _contract(
        QUALIFICATION,
        qualification_rules(),
        keep={"qualification_id": pl.col("QUALID"), "level": pl.col("QUALCAT").str.head(1)},
        key=("QUALID",),
    ),
    _contract(
        SUBJECT,
        subject_rules(),
        keep={
            "qualification_id": pl.col("QUALID"),
            "subject": pl.col("QUALSUBJECT"),
            "proportion": pl.col("QUALPROPORTION").cast(pl.Float64, strict=False),
        },
    ),
)
CONTRACTS = {contract.table: contract for contract in _MADE}
"""Table name → contract: one table an entity."""
