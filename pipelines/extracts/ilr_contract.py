"""The contracts of the Individualised Learner Record: what each table keeps, gathers and must be."""

import polars as pl

from pipelines.extracts.contract import Contract
from pipelines.extracts.fields import NO_ULN, valid_postcode, valid_uln
from pipelines.extracts.gathering import LINE, PARENT_LINE, Gathered
from pipelines.extracts.ilr_fields import Entity, entities
from pipelines.extracts.ilr_rules import (
    attainment,
    by_aims,
    completion,
    dates,
    funding,
    people,
    place,
    programme,
)
from pipelines.extracts.ilr_rules.terms import (
    MONITORING,
    SOURCE,
    TYPED_OF_AIM,
    TYPED_OF_ATTAINMENT,
    TYPED_OF_LEARNER,
)
from pipelines.extracts.person_names import name_of, name_rules
from pipelines.extracts.rules import Rule, Severity, Stage, Unique

UNEXPECTED = "unexpected_element"
"""Table of the elements that neither schema knows where they stand: each is a finding."""

LEARNER_EXTRAS = ("YearStart",)
DELIVERY_EXTRAS = (PARENT_LINE, "DateOfBirth", "UKPRN", "FilePreparationDate", "YearStart", "YearEnd")
"""Columns of an aim that the reader adds: its learner's line and birth date, the sender, the file's dates."""

_planned, _others = (
    pl.col(field).cast(pl.Int32, strict=False) for field in ("PlanLearnHours", "PlanEEPHours")
)
_KEPT_OF_LEARNER = {
    "learn_ref_number": pl.col("LearnRefNumber"),
    "uln": valid_uln("ULN"),
    "family_name": name_of("FamilyName"),
    "given_names": name_of("GivenNames"),
    "birth_date": pl.col("born"),
    "sex": pl.col("Sex"),
    "ethnicity": pl.col("Ethnicity"),
    "lldd_health_prob": pl.col("LLDDHealthProb"),
    "postcode": valid_postcode("Postcode"),
    "postcode_prior": valid_postcode("PostcodePrior"),
    # Of qualifications and of all else on the timetable; where one is left out, it is the other.
    "planned_hours": pl.coalesce(_planned + _others, _planned, _others),
}
_KEPT_OF_DELIVERY = {
    "learn_ref_number": pl.col("LearnRefNumber"),
    "parent_line": pl.col("parent_line").cast(pl.Int64),
    "aim_seq_number": pl.col("AimSeqNumber").cast(pl.Int32, strict=False),
    "learn_aim_ref": pl.col("LearnAimRef"),
    "aim_type": pl.col("AimType"),
    "start_date": pl.col("start"),
    "planned_end_date": pl.col("planned_end"),
    "actual_end_date": pl.col("actual_end"),
    "fund_model": pl.col("FundModel"),
    "prog_type": pl.col("ProgType"),
    "standard_code": pl.col("StdCode"),
    "completion_status": pl.col("CompStatus"),
    "outcome": pl.col("Outcome"),
    "delivery_postcode": valid_postcode("DelLocPostCode"),
    "lsd_postcode": valid_postcode("LSDPostcode"),
    # The first purpose of community learning: ACL, before 2023/24 ASL.
    "community_purpose": pl.col(MONITORING).str.extract(r" (A[CS]L[0-9]\S*) "),
}
_OF_MONITORING = Gathered(
    "learning_delivery_fam",
    {
        MONITORING: pl.format(
            " {} ",
            pl.concat_str(pl.col("LearnDelFAMType"), pl.col("LearnDelFAMCode")).drop_nulls().str.join("  "),
        )
    },
)


def _learner(entity: Entity) -> Contract:
    return Contract(
        entity.table,
        (*entity.columns, *LEARNER_EXTRAS),
        (
            *entity.rules(),
            *people.rules(),
            *name_rules("FamilyName", "GivenNames"),
            *attainment.rules(),
            *(each.rule() for each in by_aims.BY_AIMS),
        ),
        keep=_KEPT_OF_LEARNER,
        record=("LearnRefNumber",),
        learner="learn_ref_number",
        typed=TYPED_OF_LEARNER,
        gathers=(by_aims.OF_AIMS, attainment.OF_AIMS, attainment.OF_ATTAINMENT, attainment.OF_DISABILITIES),
        unique=(
            Unique(
                "R_06",
                "LearnRefNumber",
                ("LearnRefNumber",),
                "An earlier learner of the file has the same LearnRefNumber.",
                source=SOURCE,
                fix="Remove the second record if it is the same learner, else give it its own reference.",
            ),
            Unique(
                "R_59",
                "ULN",
                ("ULN",),
                "An earlier learner of the file has the same ULN.",
                Severity.WARN,
                frozenset({NO_ULN}),
                SOURCE,
                "If both are one person, merge them under one LearnRefNumber; if not, correct the wrong ULN.",
            ),
        ),
    )


def _delivery(entity: Entity) -> Contract:
    rooms = (people.age_rules, programme.rules, funding.rules, dates.rules, completion.rules, place.rules)
    return Contract(
        entity.table,
        (*entity.columns, *DELIVERY_EXTRAS),
        (*entity.rules(), _no_repeated_aim(), *(rule for room in rooms for rule in room())),
        keep=_KEPT_OF_DELIVERY,
        record=("LearnRefNumber", "AimSeqNumber"),
        typed=TYPED_OF_AIM,
        gathers=(_OF_MONITORING,),
        parent=("learner", PARENT_LINE),
    )


def _no_repeated_aim() -> Rule:
    """Return R_07. A batch holds whole learners, so what comes once in it comes once in the file."""
    again = ~pl.struct(PARENT_LINE, "AimSeqNumber").is_first_distinct()
    return Rule(
        "R_07",
        "AimSeqNumber",
        ~(again & pl.col("AimSeqNumber").is_not_null()),
        "An earlier aim of the same learner has the same AimSeqNumber.",
        Severity.QUARANTINE,
        SOURCE,
        "Give the second aim a number of its own; if it is the same aim, remove it.",
        stage=Stage.CROSS_ROW,
    )


_ALSO_CHECKED = {
    "LearningDeliveryFAM": ((PARENT_LINE,), tuple, {}),
    "LLDDandHealthProblem": ((PARENT_LINE,), attainment.disability_rules, {}),
    "PriorAttain": ((PARENT_LINE, "FilePreparationDate"), attainment.attainment_rules, TYPED_OF_ATTAINMENT),
}
"""Entity of which nothing is kept → columns that the reader adds, business rules, typed columns."""


def _checked_only(entity: Entity) -> Contract:
    record = tuple(c for c in ("LearnRefNumber", "AimSeqNumber") if c in entity.columns)
    extras, rules, typed = _ALSO_CHECKED.get(entity.element, ((), tuple, {}))
    columns, all_rules = (*entity.columns, *extras), (*entity.rules(), *rules())
    # Destinations stand outside the learners, and may be of one whom the file has no longer.
    people = {"uln": valid_uln("ULN"), "reference": pl.col("LearnRefNumber")} if not entity.parent else {}
    return Contract(
        entity.table, columns, all_rules, record=record, typed=typed, belongs=_owner(entity), who=people
    )


def _owner(entity: Entity) -> tuple[str, str, str]:
    if PARENT_LINE in _ALSO_CHECKED.get(entity.element, ((),))[0]:
        return ("learning_delivery" if entity.parent == "LearningDelivery" else "learner", PARENT_LINE, LINE)
    above = "learner_destination_and_progression" if entity.element == "DPOutcome" else "learner"
    return (above, "LearnRefNumber", "LearnRefNumber")


def _unexpected() -> Contract:
    rule = Rule(
        "Schema",
        "element",
        pl.col("element").is_null(),
        "The ILR has no such element here, or only one of it; its content was not read. Capitals matter.",
        Severity.WARN,
        "DfE, ILR schema definitions 2018/19 and 2025/26",
    )
    return Contract(UNEXPECTED, ("entity", "element"), (rule,), record=("entity", "element"))


def _contracts() -> dict[str, Contract]:
    special = {"Learner": _learner, "LearningDelivery": _delivery}
    made = [special.get(e.element, _checked_only)(e) for e in entities().values()]
    return {contract.table: contract for contract in [*made, _unexpected()]}


CONTRACTS = _contracts()
"""Table name → contract: one table an entity of the ILR, and `unexpected_element`."""
