"""The contracts of the Individualised Learner Record: DfE's field definition and business rules, by name.

A rule's severity is ours, not DfE's: a row is set aside only where it could not be counted rightly.
"""

from collections.abc import Iterable

import polars as pl

from pipelines.aspects import Aspect
from pipelines.extracts.contract import Contract
from pipelines.extracts.fields import (
    NO_ULN,
    code_in,
    postcode_holds,
    uln_checksum_holds,
    unless,
    valid_postcode,
    valid_uln,
)
from pipelines.extracts.ilr_fields import Entity, entities, xs_date
from pipelines.extracts.rules import Rule, Severity, Unique

UNEXPECTED = "unexpected_element"
"""Table of the elements that neither schema knows where they stand: each is a finding."""

LEARNER_EXTRAS = ("YearStart",)
DELIVERY_EXTRAS = (
    "parent_line",
    "DateOfBirth",
    "FilePreparationDate",
    "YearStart",
    "YearEnd",
    "CommunityPurpose",
)
"""Columns of an aim that the reader adds: its learner's line and birth date, the file's dates, and the first
purpose of community learning (`ACL5`, before 2023/24 `ASL1`)."""

SOURCE = "DfE, ILR validation rules 2025/26"
CODES = "DfE, ILR validation rules 2025/26; codes: ILR specification, appendix of code lists"

SEXES = {"F", "M"}
ETHNICITIES = {*map(str, range(31, 48)), "98", "99"}
LLDD_HEALTH_PROBLEMS = {"1", "2", "9"}
AIM_TYPES = {"1", "3", "4", "5"}
FUND_MODELS = {"10", "11", "25", "35", "36", "37", "38", "70", "81", "82", "99"}
PROG_TYPES = {"2", "3", "20", "21", "22", "23", "24", "25", "30", "31", "32", "33"}
COMP_STATUSES = {"1", "2", "3", "6"}
OUTCOMES = {"1", "2", "3", "8"}

_QUARANTINE, _WARN = Severity.QUARANTINE, Severity.WARN


def _listed(rule: str, field: str, codes: set[str], severity: Severity) -> Rule:
    allowed = ", ".join(sorted(codes, key=lambda code: (len(code), code)))
    return Rule(rule, field, code_in(field, codes), f"{field} must be one of {allowed}.", severity, CODES)


def _postcode(rule: str, field: str) -> Rule:
    message = f"{field} is not in the form of a UK postcode, such as M1 1AE; ZZ99 9ZZ means unknown."
    return Rule(rule, field, postcode_holds(field), message, _WARN, SOURCE)


def _learner_rules() -> Iterable[Rule]:
    born, year_start = xs_date("DateOfBirth"), xs_date("YearStart")
    yield Rule(
        "ULN_04",
        "ULN",
        uln_checksum_holds("ULN"),
        "ULN fails its check digit, so at least one digit is wrong.",
        _WARN,
        SOURCE,
    )
    yield _listed("Sex_01", "Sex", SEXES, _QUARANTINE)
    yield _listed("Ethnicity_01", "Ethnicity", ETHNICITIES, _WARN)
    yield _listed("LLDDHealthProb_01", "LLDDHealthProb", LLDD_HEALTH_PROBLEMS, _WARN)
    # DfE demands the date under two names, by the funding of the learner's aims; both ask the same.
    yield Rule(
        "DateOfBirth_02",
        "DateOfBirth",
        pl.col("DateOfBirth").is_not_null(),
        "DateOfBirth is missing: the learner can be in no figure by age.",
        _WARN,
        SOURCE + " (DateOfBirth_01 for funded aims)",
    )
    yield Rule(
        "DateOfBirth_04",
        "DateOfBirth",
        born > year_start.dt.offset_by("-115y"),
        "DateOfBirth makes the learner 115 or over at the start of the year.",
        _QUARANTINE,
        SOURCE,
    )
    yield _postcode("Postcode_15", "Postcode")
    yield _postcode("PostcodePrior_02", "PostcodePrior")


def _delivery_rules() -> Iterable[Rule]:
    yield _listed("AimType_01", "AimType", AIM_TYPES, _QUARANTINE)
    yield _listed("FundModel_01", "FundModel", FUND_MODELS, _QUARANTINE)
    yield _listed("ProgType_03", "ProgType", PROG_TYPES, _QUARANTINE)
    yield _listed("CompStatus_01", "CompStatus", COMP_STATUSES, _QUARANTINE)
    yield _listed("Outcome_01", "Outcome", OUTCOMES, _WARN)
    yield Rule(
        "AimType_05",
        "AimType",
        unless(pl.col("AimType") != "5", code_in("FundModel", {"25", "82"})),
        "AimType 5 (core aim) needs FundModel 25 or 82.",
        _WARN,
        SOURCE,
    )
    standard = (pl.col("AimType") == "1") & code_in("FundModel", {"36", "99"}) & (pl.col("ProgType") == "25")
    yield Rule(
        "CompStatus_02",
        "CompStatus",
        unless(standard, pl.col("LearnActEndDate").is_null() | (pl.col("CompStatus") != "1")),
        "LearnActEndDate must not be returned while CompStatus is 1 (continuing).",
        _WARN,
        SOURCE,
    )
    yield _postcode("DelLocPostCode_11", "DelLocPostCode")
    yield _postcode("LSDPostcode_03", "LSDPostcode")
    yield from _date_rules()


def _date_rules() -> Iterable[Rule]:
    start = xs_date("LearnStartDate")
    later_start_allowed = code_in("FundModel", {"36", "37"}) | (pl.col("ProgType") == "31").fill_null(False)
    yield Rule(
        "LearnStartDate_03",
        "LearnStartDate",
        unless(later_start_allowed, start <= xs_date("YearEnd")),
        "LearnStartDate must not be after the end of the teaching year, 31 July.",
        _QUARANTINE,
        SOURCE,
    )
    yield Rule(
        "LearnStartDate_05",
        "LearnStartDate",
        start > xs_date("DateOfBirth"),
        "LearnStartDate must be after the learner's DateOfBirth.",
        _QUARANTINE,
        SOURCE,
    )
    yield from _end_date_rules()


def _end_date_rules() -> Iterable[Rule]:
    start, end = xs_date("LearnStartDate"), xs_date("LearnActEndDate")
    yield Rule(
        "LearnPlanEndDate_02",
        "LearnPlanEndDate",
        xs_date("LearnPlanEndDate") >= start,
        "LearnPlanEndDate must not be before LearnStartDate.",
        _WARN,
        SOURCE,
    )
    yield Rule(
        "LearnActEndDate_01",
        "LearnActEndDate",
        end >= start,
        "LearnActEndDate must not be before LearnStartDate.",
        _QUARANTINE,
        SOURCE,
    )
    yield Rule(
        "LearnActEndDate_04",
        "LearnActEndDate",
        end <= xs_date("FilePreparationDate"),
        "LearnActEndDate must not be after the date on which the file was prepared.",
        _WARN,
        SOURCE,
    )


_KEPT_OF_LEARNER = {
    "learn_ref_number": pl.col("LearnRefNumber"),
    "uln": valid_uln("ULN"),
    "birth_date": xs_date("DateOfBirth"),
    "sex": pl.col("Sex"),
    "ethnicity": pl.col("Ethnicity"),
    "lldd_health_prob": pl.col("LLDDHealthProb"),
    "postcode": valid_postcode("Postcode"),
    "postcode_prior": valid_postcode("PostcodePrior"),
}
_KEPT_OF_DELIVERY = {
    "learn_ref_number": pl.col("LearnRefNumber"),
    "parent_line": pl.col("parent_line").cast(pl.Int64),
    "aim_seq_number": pl.col("AimSeqNumber").cast(pl.Int32, strict=False),
    "learn_aim_ref": pl.col("LearnAimRef"),
    "aim_type": pl.col("AimType"),
    "start_date": xs_date("LearnStartDate"),
    "planned_end_date": xs_date("LearnPlanEndDate"),
    "actual_end_date": xs_date("LearnActEndDate"),
    "fund_model": pl.col("FundModel"),
    "prog_type": pl.col("ProgType"),
    "standard_code": pl.col("StdCode"),
    "completion_status": pl.col("CompStatus"),
    "outcome": pl.col("Outcome"),
    "delivery_postcode": valid_postcode("DelLocPostCode"),
    "lsd_postcode": valid_postcode("LSDPostcode"),
    "community_purpose": pl.col("CommunityPurpose"),
}


def _learner(entity: Entity) -> Contract:
    return Contract(
        entity.table,
        (*entity.columns, *LEARNER_EXTRAS),
        (*entity.rules(), *_learner_rules()),
        keep=_KEPT_OF_LEARNER,
        record=("LearnRefNumber",),
        learner="learn_ref_number",
        bears_on={
            "LearnRefNumber": Aspect.PERSON,
            "ULN": Aspect.PERSON,
            "DateOfBirth": Aspect.AGE,
            "Sex": Aspect.SEX,
            "Postcode": Aspect.RESIDENCE,
        },
        unique=(
            Unique(
                "R_06",
                "LearnRefNumber",
                ("LearnRefNumber",),
                "An earlier learner of the file has the same LearnRefNumber.",
                source=SOURCE,
            ),
            Unique(
                "R_59",
                "ULN",
                ("ULN",),
                "An earlier learner of the file has the same ULN.",
                _WARN,
                frozenset({NO_ULN}),
                SOURCE,
            ),
        ),
    )


def _delivery(entity: Entity) -> Contract:
    return Contract(
        entity.table,
        (*entity.columns, *DELIVERY_EXTRAS),
        (*entity.rules(), *_delivery_rules()),
        keep=_KEPT_OF_DELIVERY,
        record=("LearnRefNumber", "AimSeqNumber"),
        bears_on={
            "LearnStartDate": Aspect.TIME,
            "LearnActEndDate": Aspect.TIME,
            "LearnAimRef": Aspect.LEVEL,
            "AimType": Aspect.LEVEL,
            "ProgType": Aspect.LEVEL,
            "StdCode": Aspect.LEVEL,
            "FundModel": Aspect.SETTING,
            "LSDPostcode": Aspect.RESIDENCE,
        },
        unique=(
            Unique(
                "R_07",
                "AimSeqNumber",
                ("LearnRefNumber", "AimSeqNumber"),
                "An earlier aim of the same learner has the same AimSeqNumber.",
                source=SOURCE,
            ),
        ),
        parent=("learner", "parent_line"),
    )


def _checked_only(entity: Entity) -> Contract:
    record = tuple(c for c in ("LearnRefNumber", "AimSeqNumber") if c in entity.columns)
    return Contract(entity.table, entity.columns, entity.rules(), record=record)


def _unexpected() -> Contract:
    rule = Rule(
        "Schema",
        "element",
        pl.col("element").is_null(),
        "The ILR has no such element here, or only one of it; its content was not read. Capitals matter.",
        _WARN,
        "DfE, ILR schema definitions 2018/19 and 2025/26",
    )
    return Contract(UNEXPECTED, ("entity", "element"), (rule,), record=("entity", "element"))


def _contracts() -> dict[str, Contract]:
    special = {"Learner": _learner, "LearningDelivery": _delivery}
    made = [special.get(e.element, _checked_only)(e) for e in entities().values()]
    return {contract.table: contract for contract in [*made, _unexpected()]}


CONTRACTS = _contracts()
"""Table name → contract: one table an entity of the ILR, and `unexpected_element`."""
