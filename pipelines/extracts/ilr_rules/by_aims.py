"""Rules on a learner that depend on his or her aims: which of them DfE asks of depends on the funding."""

from dataclasses import dataclass

import polars as pl

from pipelines.extracts.fields import NO_ULN
from pipelines.extracts.gathering import Gathered
from pipelines.extracts.ilr_rules.codes import LAST_YEAR_OF_PRIOR_ATTAIN
from pipelines.extracts.ilr_rules.terms import (
    actual_end,
    error_where,
    is_in,
    monitored,
    monitored_as,
    planned_end,
    prepared,
    start,
    unknown,
    year_start,
)
from pipelines.extracts.rules import Rule, Stage


@dataclass(frozen=True)
class ByAims:
    """A rule that a learner breaks who meets one condition and has an aim that meets the other.

    Args:
        id, field, message, fix, first_year, last_year: as of a `Rule`.
        learner: condition on the learner.
        aim: condition on an aim.
    """

    id: str
    field: str
    learner: pl.Expr
    aim: pl.Expr
    message: str
    fix: str = ""
    first_year: int | None = None
    last_year: int | None = None

    @property
    def column(self) -> str:
        """The gathered column that says whether some aim meets its condition."""
        return f"{self.id}.{self.field}"

    def rule(self) -> Rule:
        """Return the rule on learners."""
        return error_where(
            self.id,
            self.field,
            self.learner & pl.col(self.column),
            self.message,
            fix=self.fix,
            first_year=self.first_year,
            last_year=self.last_year,
            stage=Stage.CROSS_ROW,
        )


_NO_NUMBER = pl.col("ULN") == NO_ULN
_JANUARY = year_start.dt.offset_by("5mo")
_IN_CUSTODY, _LEVY = monitored("LDM034"), monitored("ACT1")
_OFS = is_in("FundModel", "99") & monitored("SOF1")
_LOAN = is_in("FundModel", "99") & monitored_as("ADL")
_LONG = ((planned_end - start).dt.total_days() >= 5) | ((actual_end - start).dt.total_days() >= 5)
_OLD = (prepared - start).dt.total_days() > 60
_FUNDED = ("25", "82", "35", "37", "38", "36", "81")
_BORROWED = is_in("FundModel", "99") & monitored("ADL1")
_GET_A_NUMBER = (
    "Find the learner's number in the Learning Records Service, or have one made there, and return it."
)


def _number(rule: str, aim: pl.Expr, message: str) -> ByAims:
    return ByAims(rule, "ULN", _NO_NUMBER, aim, message, _GET_A_NUMBER)


_NUMBERS = (
    _number(
        "ULN_02",
        is_in("FundModel", "99", "10", "11") & ~monitored("SOF1"),
        "ULN should not be 9999999999 (none yet): without a number a learner can be counted twice.",
    ),
    _number(
        "ULN_03",
        (prepared < _JANUARY) & ~_LEVY,
        "ULN should not be 9999999999 (none yet); from 1 January most learners must have their number.",
    ),
    _number(
        "ULN_06",
        (prepared >= _JANUARY)
        & (is_in("FundModel", *_FUNDED) | _BORROWED) & _LONG & ~_OLD & ~_IN_CUSTODY & ~_LEVY,
        "ULN should not be 9999999999 for a funded aim of 5 days or more, begun in the last 60 days.",
    ),
    _number(
        "ULN_07",
        (prepared >= _JANUARY)
        & (is_in("FundModel", *_FUNDED, "70") | _BORROWED) & _LONG & _OLD & ~_IN_CUSTODY & ~_LEVY,
        "ULN must not be 9999999999 for a funded aim of 5 days or more, begun more than 60 days ago.",
    ),
    _number(
        "ULN_09",
        (prepared >= _JANUARY) & _IN_CUSTODY,
        "ULN should not be 9999999999 from 1 January for a learner in custody (LDM 034).",
    ),
    _number(
        "ULN_10",
        (prepared >= _JANUARY) & _OFS & _LONG & ~_OLD & ~_IN_CUSTODY,
        "ULN should not be 9999999999 for an aim of 5 days or more that the Office for Students funds.",
    ),
    _number(
        "ULN_11",
        (prepared >= _JANUARY) & _OFS & _LONG & _OLD & ~_IN_CUSTODY,
        "ULN must not be 9999999999 for an aim of 5 days or more, begun more than 60 days ago, that the "
        "Office for Students funds.",
    ),
    _number("ULN_12", _LEVY, "ULN must not be 9999999999 for an apprentice of a levy payer (ACT 1)."),
)  # fmt: skip

_NO_BIRTH_DATE = unknown("DateOfBirth")
_WITHOUT_IT = "DateOfBirth is missing: the learner can be in no figure by age. "
_BIRTH_DATES = (
    ByAims(
        "DateOfBirth_01",
        "DateOfBirth",
        _NO_BIRTH_DATE,
        is_in("FundModel", *_FUNDED) & ~_IN_CUSTODY,
        _WITHOUT_IT + "It must be returned for funded aims.",
    ),
    ByAims(
        "DateOfBirth_02",
        "DateOfBirth",
        _NO_BIRTH_DATE,
        is_in("FundModel", "10", "99", "11") & ~monitored_as("ADL"),
        _WITHOUT_IT + "It should be returned for community and tailored learning, too.",
    ),
    ByAims(
        "DateOfBirth_23",
        "DateOfBirth",
        _NO_BIRTH_DATE,
        _LOAN & ~_IN_CUSTODY,
        _WITHOUT_IT + "It must be returned for aims paid by an Advanced Learner Loan.",
    ),
)

_ASKED_OF = ~is_in("FundModel", "10", "11", "25", "82", "99")
_ATTAINMENT = (
    ByAims(
        "PriorAttain_01",
        "PriorAttain",
        unknown("PriorAttain"),
        _ASKED_OF,
        "PriorAttain must be returned for this funding: the level the learner had reached before.",
        last_year=LAST_YEAR_OF_PRIOR_ATTAIN,
    ),
    ByAims(
        "PriorAttain_01",
        "PriorLevel",
        unknown("first_attainment"),
        _ASKED_OF,
        "PriorAttain must be returned for this funding, with PriorLevel, the level reached before.",
        first_year=LAST_YEAR_OF_PRIOR_ATTAIN + 1,
    ),
)

BY_AIMS = (*_NUMBERS, *_BIRTH_DATES, *_ATTAINMENT)
"""The rules on learners by their aims."""

OF_AIMS = Gathered("learning_delivery", {each.column: each.aim.any() for each in BY_AIMS})
"""What learners gather from their aims for these rules."""
