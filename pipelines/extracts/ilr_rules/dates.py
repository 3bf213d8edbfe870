"""Rules on when an aim began, should end, ended and was achieved."""

from collections.abc import Iterator

import polars as pl

from pipelines.extracts.ilr_rules.terms import (
    FIRST_YEAR_WITHOUT_FRAMEWORKS,
    achieved_on,
    actual_end,
    apprenticeship,
    born,
    error_where,
    is_in,
    known,
    monitored_as,
    original_start,
    planned_end,
    prepared,
    start,
    surely,
    unknown,
    year_end,
    year_start,
)
from pipelines.extracts.rules import Rule, Severity

_START, _ORIGINAL, _PLANNED, _ACTUAL, _ACHIEVED = (
    "LearnStartDate",
    "OrigLearnStartDate",
    "LearnPlanEndDate",
    "LearnActEndDate",
    "AchDate",
)
_bootcamp = is_in("FundModel", "37") & is_in("ProgType", "32")
_standard = is_in("FundModel", "36") & is_in("ProgType", "25")
_standard_programme = is_in("AimType", "1") & _standard


def rules() -> Iterator[Rule]:
    """Yield the rules on rows of aims."""
    yield from _starts()
    yield from _original_starts()
    yield from _ends()
    yield from _achievement()
    yield from _achievement_of_standards()


def _starts() -> Iterator[Rule]:
    yield error_where(
        "LearnStartDate_02",
        _START,
        start < year_start.dt.offset_by("-10y"),
        "LearnStartDate must not be more than 10 years before the start of the teaching year.",
    )
    later_allowed = is_in("FundModel", "36", "37") | is_in("ProgType", "31")
    yield error_where(
        "LearnStartDate_03",
        _START,
        (start > year_end) & ~surely(later_allowed),
        "LearnStartDate must not be after the end of the teaching year, 31 July.",
        severity=Severity.QUARANTINE,
    )
    yield error_where(
        "LearnStartDate_05",
        _START,
        start <= born,
        "LearnStartDate must be after the learner's DateOfBirth.",
        severity=Severity.QUARANTINE,
    )
    last = FIRST_YEAR_WITHOUT_FRAMEWORKS - 1
    for years, part in (
        ({"last_year": last}, apprenticeship(with_frameworks=True)),
        ({"first_year": FIRST_YEAR_WITHOUT_FRAMEWORKS}, apprenticeship(with_frameworks=False)),
    ):
        yield error_where(
            "LearnStartDate_12",
            _START,
            part & (start > year_end.dt.offset_by("1y")),
            "LearnStartDate of an apprenticeship must not be more than a year after the teaching year.",
            **years,
        )


def _original_starts() -> Iterator[Rule]:
    yield error_where(
        "OrigLearnStartDate_01",
        _ORIGINAL,
        original_start < start.dt.offset_by("-10y"),
        "OrigLearnStartDate must not be more than 10 years before LearnStartDate.",
    )
    yield error_where(
        "OrigLearnStartDate_02",
        _ORIGINAL,
        original_start >= start,
        "OrigLearnStartDate must be before LearnStartDate.",
    )
    yield error_where(
        "OrigLearnStartDate_03",
        _ORIGINAL,
        known(_ORIGINAL) & is_in("FundModel", "25", "82", "10"),
        "OrigLearnStartDate must not be returned where FundModel is 10, 25 or 82.",
    )
    yield error_where(
        "OrigLearnStartDate_04",
        _ORIGINAL,
        known(_ORIGINAL) & ~monitored_as("RES"),
        "OrigLearnStartDate is for aims that were begun again; return their restart indicator (RES 1), too.",
    )
    yield error_where(
        "OrigLearnStartDate_09",
        _ORIGINAL,
        is_in("FundModel", "36") & (original_start < pl.date(2017, 5, 1)),
        "OrigLearnStartDate must not be before 1 May 2017 where FundModel is 36.",
    )


def _ends() -> Iterator[Rule]:
    yield error_where(
        "LearnPlanEndDate_02",
        _PLANNED,
        planned_end < start,
        "LearnPlanEndDate must not be before LearnStartDate.",
    )
    yield error_where(
        "LearnPlanEndDate_03",
        _PLANNED,
        planned_end >= start.dt.offset_by("10y"),
        "LearnPlanEndDate must be less than 10 years after LearnStartDate.",
    )
    yield error_where(
        "LearnActEndDate_01",
        _ACTUAL,
        actual_end < start,
        "LearnActEndDate must not be before LearnStartDate.",
        severity=Severity.QUARANTINE,
    )
    yield error_where(
        "LearnActEndDate_04",
        _ACTUAL,
        actual_end > prepared,
        "LearnActEndDate must not be after the date on which the file was prepared.",
    )


def _achievement() -> Iterator[Rule]:
    yield error_where(
        "AchDate_02",
        _ACHIEVED,
        achieved_on > year_end,
        "AchDate must not be after the teaching year, 31 July.",
    )
    yield error_where(
        "AchDate_03",
        _ACHIEVED,
        (achieved_on < start) & ~surely(_bootcamp),
        "AchDate must not be before LearnStartDate.",
    )
    yield error_where(
        "AchDate_04",
        _ACHIEVED,
        known(_ACHIEVED) & unknown(_ACTUAL) & ~surely(_bootcamp),
        "AchDate was returned without LearnActEndDate.",
    )
    yield error_where(
        "AchDate_05",
        _ACHIEVED,
        (achieved_on < actual_end) & ~surely(_bootcamp),
        "AchDate must not be before LearnActEndDate.",
    )
    yield error_where(
        "AchDate_07",
        _ACHIEVED,
        achieved_on > prepared,
        "AchDate must not be after the date on which the file was prepared.",
    )
    trailblazer = is_in("FundModel", "81", "36") & is_in("ProgType", "25")
    # DfE's list no longer knows traineeships, which had the date while there were any, up to 2022/23.
    traineeship = is_in("ProgType", "24")
    yield error_where(
        "AchDate_09",
        _ACHIEVED,
        known(_ACHIEVED) & (start > pl.date(2015, 7, 31)) & ~surely(trailblazer | _bootcamp | traineeship),
        "AchDate is for apprenticeship standards and Skills Bootcamps only.",
    )


def _achievement_of_standards() -> Iterator[Rule]:
    yield error_where(
        "AchDate_11",
        _ACHIEVED,
        _standard_programme
        & (actual_end >= pl.date(2019, 8, 1))
        & (achieved_on < actual_end.dt.offset_by("7d")),
        "AchDate of an apprenticeship standard must be at least 7 days after LearnActEndDate.",
    )
    yield error_where(
        "AchDate_12",
        _ACHIEVED,
        _standard_programme
        & (actual_end >= pl.date(2021, 8, 1))
        & is_in("CompStatus", "2")
        & unknown(_ACHIEVED),
        "AchDate must be returned for an apprenticeship standard that was completed.",
    )
