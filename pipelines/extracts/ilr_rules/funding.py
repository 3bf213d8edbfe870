"""Rules on funding models: which of them go with which starts and programmes."""

from collections.abc import Iterator

import polars as pl

from pipelines.extracts.ilr_rules import codes
from pipelines.extracts.ilr_rules.terms import (
    FIRST_YEAR_WITHOUT_FRAMEWORKS,
    apprenticeship,
    error_where,
    is_in,
    is_other_than,
    known,
    listed,
    monitored,
    monitored_as,
    original_start,
    start,
    surely,
)
from pipelines.extracts.rules import Rule, Severity

_FIELD = "FundModel"
_FIRST_OF_MAY_2017 = pl.date(2017, 5, 1)
_AUGUST_2024 = pl.date(2024, 8, 1)
_RESTART = monitored_as("RES")


def rules() -> Iterator[Rule]:
    """Yield the rules on rows of aims."""
    for (first, last), models in codes.FUND_MODELS.items():
        yield listed(
            "FundModel_01", _FIELD, models, severity=Severity.QUARANTINE, first_year=first, last_year=last
        )
    yield error_where(
        "FundModel_03",
        _FIELD,
        monitored_as("ADL") & is_other_than(_FIELD, "99"),
        "FundModel must be 99 (non-funded) for an aim paid by an Advanced Learner Loan (ADL).",
    )
    yield error_where(
        "FundModel_11",
        _FIELD,
        is_in("ProgType", "31") & is_other_than(_FIELD, "25"),
        "FundModel must be 25 (16 to 19) for a T Level (ProgType 31).",
    )
    yield error_where(
        "FundModel_14",
        _FIELD,
        known("OTJActHours") & is_other_than(_FIELD, "36"),
        "FundModel must be 36 (apprenticeships) where OTJActHours is returned.",
    )
    yield error_where(
        "FundModel_16",
        _FIELD,
        is_in(_FIELD, "37") & is_other_than("ProgType", "32"),
        "FundModel 37 (Skills Bootcamps) needs ProgType 32.",
    )
    yield from _apprenticeship_rules()
    yield from _rules_by_start()


def _apprenticeship_rules() -> Iterator[Rule]:
    last = FIRST_YEAR_WITHOUT_FRAMEWORKS - 1
    for years, part in (
        ({"last_year": last}, apprenticeship(with_frameworks=True)),
        ({"first_year": FIRST_YEAR_WITHOUT_FRAMEWORKS}, apprenticeship(with_frameworks=False)),
    ):
        yield error_where(
            "FundModel_04",
            _FIELD,
            part & is_in(_FIELD, "25", "82"),
            "FundModel must not be 25 or 82 (16 to 19) for an aim of an apprenticeship.",
            **years,
        )
        yield error_where(
            "FundModel_06",
            _FIELD,
            is_in(_FIELD, "36") & ~surely(part),
            "FundModel 36 (apprenticeships) needs the ProgType of an apprenticeship.",
            **years,
        )
        excluded = is_in(_FIELD, "99") | _RESTART | monitored("LDM353", "LDM355")
        yield error_where(
            "FundModel_07",
            _FIELD,
            part
            & is_in("AimType", "1")
            & (start >= _FIRST_OF_MAY_2017)
            & is_other_than(_FIELD, "36")
            & ~excluded,
            "FundModel must be 36 (or 99, non-funded) for an apprenticeship begun on or after 1 May 2017.",
            **years,
        )


def _rules_by_start() -> Iterator[Rule]:
    yield error_where(
        "FundModel_05",
        _FIELD,
        is_in(_FIELD, "36") & (start < _FIRST_OF_MAY_2017),
        "FundModel 36 (apprenticeships) is for aims begun on or after 1 May 2017.",
    )
    yield error_where(
        "LearnStartDate_21",
        "LearnStartDate",
        is_in(_FIELD, "37") & (start < pl.date(2022, 8, 1)),
        "LearnStartDate must not be before 1 August 2022 for FundModel 37 (Skills Bootcamps).",
        first_year=2022,
    )
    yield error_where(
        "FundModel_17",
        _FIELD,
        is_in(_FIELD, "35") & (start >= _AUGUST_2024) & ~_RESTART,
        "FundModel 35 (adult skills) is for aims begun before 1 August 2024; later ones are 38.",
        first_year=2024,
    )
    yield error_where(
        "FundModel_19",
        _FIELD,
        is_in(_FIELD, "38") & (start < _AUGUST_2024),
        "FundModel 38 (Adult Skills Fund) is for aims begun on or after 1 August 2024; earlier ones are 35.",
        first_year=2024,
    )
    yield error_where(
        "FundModel_20",
        _FIELD,
        is_in(_FIELD, "11") & (start < _AUGUST_2024),
        "FundModel 11 (Tailored Learning) is for aims begun on or after 1 August 2024; earlier ones are 10.",
        first_year=2024,
    )
    yield error_where(
        "FundModel_21",
        _FIELD,
        is_in(_FIELD, "38") & (start >= _AUGUST_2024) & (original_start < _AUGUST_2024),
        "FundModel must be 35 where OrigLearnStartDate is before 1 August 2024.",
        first_year=2024,
    )
