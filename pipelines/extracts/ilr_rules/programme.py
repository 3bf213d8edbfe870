"""Rules on programmes: what kind of aim an aim is, and whether the aims of a programme belong together.

An enrolment is counted once for each programme, never for its components: these rules guard that count.
"""

from collections.abc import Iterator

import polars as pl

from pipelines.extracts.gathering import PARENT_LINE
from pipelines.extracts.ilr_rules import codes
from pipelines.extracts.ilr_rules.terms import (
    PROGRAMME,
    achieved_on,
    actual_end,
    error_where,
    is_in,
    is_other_than,
    known,
    listed,
    monitored,
    some_aim,
    start,
    unknown,
)
from pipelines.extracts.rules import Rule, Severity, Stage

_AIM, _PROG, _MODEL, _REF, _STANDARD = "AimType", "ProgType", "FundModel", "LearnAimRef", "StdCode"
_programme, _component, _core = is_in(_AIM, "1"), is_in(_AIM, "3"), is_in(_AIM, "5")
_ref = pl.col(_REF)
_t_level, _bootcamp = is_in(_PROG, "30", "31"), is_in(_PROG, "32")
_adult_pilot = monitored("LDM384") | is_in(_MODEL, "99")
_OTHER_PLACEMENTS = ("Z0007834", "Z0007835", "Z0007836", "Z0007837", "Z0007838", "Z0002347", "ZWRKX001",
                     "ZWRKX002")  # fmt: skip
_NEVER = pl.date(2099, 12, 31)
_DAYS = 10_000_000
"""More days than a date can be from 1970."""
_BELONG = "Return the programme aim and its components with the same ProgType, StdCode and FundModel."


def rules() -> Iterator[Rule]:
    """Yield the rules on rows of aims."""
    yield from _aim_types()
    yield from _programme_types()
    yield from _t_levels()
    yield from _standards()
    yield from _together()
    yield from _together_with_funding()
    yield from _one_at_a_time()


def _aim_types() -> Iterator[Rule]:
    yield listed("AimType_01", _AIM, codes.AIM_TYPES, severity=Severity.QUARANTINE)
    yield error_where(
        "AimType_05",
        _AIM,
        _core & is_other_than(_MODEL, "25", "82"),
        "AimType 5 (core aim) needs FundModel 25 or 82.",
    )
    yield error_where(
        "AimType_07",
        _AIM,
        _core & (start >= pl.date(2017, 8, 1)) & monitored("SOF105"),
        "AimType 5 (core aim) does not go with adult funding (SOF 105).",
    )
    yield error_where(
        "LearnAimRef_30",
        _REF,
        (_programme & (_ref != "ZPROG001")) | ((_ref == "ZPROG001") & ~_programme),
        "LearnAimRef is ZPROG001 for programme aims (AimType 1), and for these alone.",
    )


def _programme_types() -> Iterator[Rule]:
    for (first, last), types in codes.PROG_TYPES.items():
        yield listed(
            "ProgType_03", _PROG, types, severity=Severity.QUARANTINE, first_year=first, last_year=last
        )
    yield error_where(
        "ProgType_01",
        _PROG,
        is_in(_AIM, "1", "3") & unknown(_PROG),
        "ProgType must be returned for a programme aim or a component (AimType 1 or 3).",
    )
    yield error_where(
        "ProgType_02",
        _PROG,
        is_in(_AIM, "4") & known(_PROG),
        "ProgType must not be returned for an aim on its own (AimType 4).",
    )
    yield error_where(
        "ProgType_06",
        _PROG,
        is_in(_PROG, "25") & ~is_in(_MODEL, "81", "36", "99"),
        "ProgType 25 (apprenticeship standard) needs FundModel 36, 81 or 99.",
    )
    yield error_where(
        "ProgType_21",
        _PROG,
        _bootcamp & is_other_than(_MODEL, "37"),
        "ProgType 32 (Skills Bootcamp) needs FundModel 37.",
    )


def _t_levels() -> Iterator[Rule]:
    for rule, aim, what in (
        ("ProgType_15", _ref == "ZWRKX003", "the T Level industry placement (ZWRKX003)"),
        ("ProgType_17", _ref.str.starts_with("ZTLOS"), "a T Level occupational specialism (ZTLOS…)"),
    ):
        message = f"ProgType must be 31 (T Level) for {what}."
        yield error_where(rule, _PROG, aim & is_other_than(_PROG, "31") & ~_adult_pilot, message)
    foundation = _ref.str.starts_with("ZTPR")
    yield error_where(
        "ProgType_20",
        _PROG,
        foundation & is_other_than(_PROG, "30"),
        "ProgType must be 30 for an aim of the T Level foundation year (ZTPR…).",
    )
    yield error_where(
        "AimType_08",
        _AIM,
        foundation & is_other_than(_AIM, "5"),
        "AimType must be 5 (core aim) for an aim of the T Level foundation year (ZTPR…).",
    )
    yield error_where(
        "LearnAimRef_90",
        _REF,
        is_in(_PROG, "31") & _ref.is_in(_OTHER_PLACEMENTS),
        "LearnAimRef is a work placement of another kind of programme; a T Level's is ZWRKX003.",
    )


def _standards() -> Iterator[Rule]:
    yield error_where(
        "StdCode_01",
        _STANDARD,
        is_in(_PROG, "25") & unknown(_STANDARD),
        "StdCode must be returned for an apprenticeship standard (ProgType 25): it says its level.",
    )
    yield error_where(
        "StdCode_03",
        _STANDARD,
        is_other_than(_PROG, "25") & known(_STANDARD),
        "StdCode is for apprenticeship standards (ProgType 25) only.",
    )


def _together() -> Iterator[Rule]:
    yield _across(
        "R_30",
        _component & ~some_aim(_programme, *PROGRAMME),
        "ProgType and StdCode of this component (AimType 3) are of no programme aim of the learner.",
    )
    # A T Level consists of core aims, too: without them the rule would contradict R_126.
    yield _across(
        "R_31",
        _programme & unknown("LearnActEndDate") & ~some_aim(_component | _core, *PROGRAMME),
        "ProgType and StdCode of this open programme aim are of no component of the learner.",
    )
    funded_component = _component & is_other_than(_MODEL, "99")
    yield _across(
        "R_56",
        _programme
        & unknown("LearnActEndDate")
        & is_in(_MODEL, "99")
        & some_aim(funded_component, *PROGRAMME),
        "FundModel of this open programme aim is 99 (non-funded), yet a component of it is funded.",
        _MODEL,
    )


def _together_with_funding() -> Iterator[Rule]:
    funded_alike = (*PROGRAMME, _MODEL)
    yield _across(
        "R_66",
        _component & is_other_than(_MODEL, "99") & ~some_aim(_programme, *funded_alike),
        "FundModel, ProgType and StdCode of this funded component are of no programme aim of the learner.",
        _MODEL,
    )
    t_level = (PARENT_LINE, _MODEL, _PROG)
    yield _across(
        "R_125",
        _t_level & (_component | _core) & ~some_aim(_programme, *t_level),
        "ProgType and FundModel of this part of a T Level are of no programme aim of the learner.",
    )
    yield _across(
        "R_126",
        _t_level & _programme & ~some_aim(_component | _core, *t_level),
        "ProgType and FundModel of this T Level are of no core aim or component of the learner.",
    )
    bootcamp = (PARENT_LINE, _MODEL, _PROG, "ConRefNumber")
    yield _across(
        "R_135",
        _bootcamp & _component & ~some_aim(_programme, *bootcamp),
        "ConRefNumber and FundModel of this part of a bootcamp are of no programme aim of the learner.",
        "ConRefNumber",
    )
    yield _across(
        "R_136",
        _bootcamp & _programme & ~some_aim(_component, *bootcamp),
        "ConRefNumber and FundModel of this Skills Bootcamp are of no component of the learner.",
        "ConRefNumber",
    )


def _one_at_a_time() -> Iterator[Rule]:
    # DfE's derived data DD36: a standard ends when it is achieved, else an aim ends when learning does.
    by_achievement = pl.when(is_in(_PROG, "25", "32")).then(achieved_on)
    programme_end = pl.coalesce(by_achievement, actual_end, _NEVER)
    yield _across(
        "R_124",
        _overlaps(_programme, programme_end),
        "LearnStartDate of this programme aim lies within an earlier programme of the learner.",
        "LearnStartDate",
        "End the earlier programme, or correct the dates of the two.",
    )
    yield _across(
        "R_58",
        _overlaps(_core, pl.coalesce(actual_end, _NEVER)),
        "LearnStartDate of this core aim lies within an earlier core aim of the learner.",
        "LearnStartDate",
        "End the earlier core aim, or return one of the two as AimType 4.",
    )


def _overlaps(which: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Say whether an aim of a kind begins before an earlier one of its learner and kind has ended.

    Days are numbered from one learner to the next, so that no end of a learner's reaches into the next one's.
    """
    learner = pl.col(PARENT_LINE).cast(pl.Int64) * _DAYS
    begins = pl.when(which).then(learner + start.to_physical())
    ends = pl.when(which).then(learner + end.to_physical())
    order = begins.arg_sort()
    until = ends.gather(order).cum_max().forward_fill().shift(1)
    return (begins.gather(order) <= until).gather(order.arg_sort())


def _across(rule: str, error: pl.Expr, message: str, field: str = _PROG, fix: str = _BELONG) -> Rule:
    return error_where(rule, field, error, message, fix=fix, stage=Stage.CROSS_ROW)
