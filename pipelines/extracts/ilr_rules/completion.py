"""Rules on how an aim ended: completion status, outcome and reason for withdrawal must agree."""

from collections.abc import Iterator

import polars as pl

from pipelines.extracts.ilr_rules import codes
from pipelines.extracts.ilr_rules.terms import (
    actual_end,
    error_where,
    is_in,
    is_other_than,
    known,
    listed,
    monitored,
    surely,
    unknown,
)
from pipelines.extracts.rules import Rule, Severity

_STATUS, _OUTCOME, _REASON, _ENDED, _ACHIEVED = (
    "CompStatus",
    "Outcome",
    "WithdrawReason",
    "LearnActEndDate",
    "AchDate",
)
_bootcamp = surely(is_in("FundModel", "37") & is_in("ProgType", "32"))
_standard = surely(is_in("FundModel", "36", "99") & is_in("ProgType", "25"))
_standard_programme = is_in("AimType", "1") & _standard
_funded_standard = is_in("FundModel", "36") & is_in("ProgType", "25")


def rules() -> Iterator[Rule]:
    """Yield the rules on rows of aims."""
    yield from _status()
    yield from _status_and_achievement()
    yield from _outcome()
    yield from _outcome_and_end()
    yield from _withdrawal()


def _status() -> Iterator[Rule]:
    yield listed("CompStatus_01", _STATUS, codes.COMP_STATUSES, severity=Severity.QUARANTINE)
    yield error_where(
        "CompStatus_02",
        _STATUS,
        known(_ENDED) & is_in(_STATUS, "1") & ~_standard_programme,
        "LearnActEndDate must not be returned while CompStatus is 1 (continuing).",
        fix="Say how the aim ended (CompStatus 2, 3 or 6), or remove LearnActEndDate if it goes on.",
    )
    yield error_where(
        "CompStatus_03",
        _STATUS,
        unknown(_ENDED) & (pl.col(_STATUS) != "1"),
        "CompStatus must be 1 (continuing) where LearnActEndDate was not returned.",
        fix="Return LearnActEndDate, or CompStatus 1 if the aim goes on.",
    )
    yield error_where(
        "CompStatus_04",
        _STATUS,
        unknown(_OUTCOME) & (pl.col(_STATUS) != "1"),
        "CompStatus must be 1 (continuing) where Outcome was not returned.",
        fix="Return Outcome, or CompStatus 1 if the aim goes on.",
    )
    yield error_where(
        "CompStatus_05",
        _STATUS,
        is_in(_STATUS, "1") & known(_OUTCOME) & ~_standard & ~_bootcamp,
        "Outcome must not be returned while CompStatus is 1 (continuing).",
    )
    yield error_where(
        "CompStatus_06",
        _STATUS,
        is_in(_STATUS, "3", "6") & is_in(_OUTCOME, "1", "8") & ~_bootcamp,
        "CompStatus 3 or 6 (withdrawn, or on a break) does not go with Outcome 1 or 8.",
    )


def _status_and_achievement() -> Iterator[Rule]:
    yield error_where(
        "CompStatus_07",
        _STATUS,
        is_in("AimType", "1")
        & _funded_standard
        & (actual_end >= pl.date(2019, 8, 1))
        & known(_ACHIEVED)
        & (pl.col(_STATUS) != "2"),
        "CompStatus must be 2 (completed) for an apprenticeship standard with an AchDate.",
    )
    yield error_where(
        "CompStatus_08",
        _STATUS,
        is_in("AimType", "1") & _bootcamp & known(_ACHIEVED) & (pl.col(_STATUS) != "2"),
        "CompStatus must be 2 (completed) for a Skills Bootcamp with an AchDate.",
    )


def _outcome() -> Iterator[Rule]:
    yield listed("Outcome_01", _OUTCOME, codes.OUTCOMES)
    yield error_where(
        "Outcome_04",
        _OUTCOME,
        known(_ACHIEVED) & (pl.col(_OUTCOME) != "1") & ~surely(_funded_standard),
        "Outcome must be 1 (achieved) where AchDate was returned.",
    )
    yield error_where(
        "Outcome_09",
        _OUTCOME,
        is_in(_OUTCOME, "8") & (pl.col(_STATUS) != "2") & ~surely(_standard_programme) & ~_bootcamp,
        "Outcome 8 (complete, result not yet known) needs CompStatus 2 (completed).",
    )
    yield error_where(
        "Outcome_10",
        _OUTCOME,
        is_in(_OUTCOME, "3") & is_in(_STATUS, "1"),
        "Outcome 3 (no achievement) does not go with CompStatus 1 (continuing).",
    )


def _outcome_and_end() -> Iterator[Rule]:
    yield error_where(
        "Outcome_05",
        _OUTCOME,
        is_in(_OUTCOME, "1") & unknown(_ENDED) & ~_bootcamp,
        "Outcome 1 (achieved) needs LearnActEndDate.",
    )
    yield error_where(
        "Outcome_11",
        _OUTCOME,
        known(_OUTCOME) & unknown(_ENDED) & ~_bootcamp,
        "Outcome was returned without LearnActEndDate.",
        fix="Return LearnActEndDate, or remove Outcome if the aim goes on.",
    )
    # New in the list of 2025/26.
    yield error_where(
        "Outcome_12",
        _OUTCOME,
        known(_ENDED) & unknown(_OUTCOME),
        "Outcome must be returned where LearnActEndDate was.",
        fix="Return Outcome: 8 where the result is not yet known.",
        first_year=2025,
    )


def _withdrawal() -> Iterator[Rule]:
    yield listed("WithdrawReason_02", _REASON, codes.WITHDRAW_REASONS)
    yield error_where(
        "WithdrawReason_03",
        _REASON,
        is_in(_STATUS, "3") & unknown(_REASON),
        "WithdrawReason must be returned where CompStatus is 3 (withdrawn).",
    )
    yield error_where(
        "WithdrawReason_04",
        _REASON,
        is_in(_STATUS, "1", "2", "6") & known(_REASON),
        "WithdrawReason is for learners who withdrew (CompStatus 3) only.",
    )
    yield error_where(
        "WithdrawReason_05",
        _REASON,
        is_in(_REASON, "28") & ~monitored("LDM034"),
        "WithdrawReason 28 is for learners in custody (LDM 034) only.",
    )
    yield error_where(
        "WithdrawReason_06",
        _REASON,
        is_in(_REASON, "48") & is_other_than("LearnAimRef", "ZWRKX002"),
        "WithdrawReason 48 is for industry placements (ZWRKX002) only.",
    )
