"""Rules on what a learner had attained before, and on learning difficulties, disabilities and health."""

from collections.abc import Iterator

import polars as pl

from pipelines.extracts.gathering import PARENT_LINE, Gathered
from pipelines.extracts.ilr_rules import codes
from pipelines.extracts.ilr_rules.terms import (
    born,
    error_where,
    is_in,
    level_from,
    listed,
    monitored,
    prepared,
    start,
    surely,
)
from pipelines.extracts.rules import Rule, Stage

_CATEGORY, _PRIMARY = "LLDDCat", "PrimaryLLDD"
_earliest = pl.col("earliest_start")
_records = pl.col("lldd_records").fill_null(0)
_primaries = pl.col("primary_records")

OF_ATTAINMENT = Gathered("prior_attain", {"first_attainment": level_from.min()})
OF_DISABILITIES = Gathered(
    "lldd_and_health_problem",
    {
        "lldd_records": pl.len(),
        "primary_records": (pl.col(_PRIMARY) == "1").sum(),
        "category_closed": pl.col(_CATEGORY)
        .replace_strict(codes.LLDD_CLOSED, default=None, return_dtype=pl.String)
        .str.to_date("%Y-%m-%d")
        .min(),
    },
)
_community = is_in("FundModel", "10") | (is_in("FundModel", "99") & monitored("SOF108"))
OF_AIMS = Gathered(
    "learning_delivery",
    {
        "earliest_start": start.min(),
        "earliest_asked_attainment": start.filter(
            is_in("FundModel", "36", "35", "37", "38", "99", "81")
        ).min(),
        "only_unasked_funding": is_in("FundModel", "10", "99").all(),
        "only_community": surely(_community).all(),
    },
)
"""What these rules need of the records that belong to a learner; `earliest_start` is DfE's DD06."""


def rules() -> Iterator[Rule]:
    """Yield the rules on rows of learners."""
    yield listed("LLDDHealthProb_01", "LLDDHealthProb", codes.LLDD_HEALTH_PROBLEMS)
    yield listed(
        "PriorAttain_03", "PriorAttain", codes.PRIOR_ATTAINMENTS, last_year=codes.LAST_YEAR_OF_PRIOR_ATTAIN
    )
    yield error_where(
        "R_131",
        "DateLevelApp",
        pl.col("first_attainment") > pl.col("earliest_asked_attainment"),
        "DateLevelApp of the first PriorAttain record must not be after the learner's first LearnStartDate.",
        first_year=codes.LAST_YEAR_OF_PRIOR_ATTAIN + 1,
        stage=Stage.CROSS_ROW,
    )
    yield from _disability_rules()


def _disability_rules() -> Iterator[Rule]:
    says_yes, says_no = pl.col("LLDDHealthProb") == "1", pl.col("LLDDHealthProb") == "2"
    under_25 = ~surely(born <= _earliest.dt.offset_by("-25y"))
    hours = pl.col("PlanLearnHours").cast(pl.Int64, strict=False)
    missing = "LLDDHealthProb is 1, so at least one LLDDandHealthProblem record must say of which kind."
    yield _across(
        "LLDDHealthProb_04",
        "LLDDHealthProb",
        says_no & (_records > 0),
        "LLDDHealthProb is 2 (no difficulty), yet an LLDDandHealthProblem record was returned.",
    )
    yield _across(
        "LLDDHealthProb_06",
        "LLDDHealthProb",
        says_yes & (_records == 0) & ~pl.col("only_unasked_funding") & under_25,
        missing,
    )
    yield _across(
        "LLDDHealthProb_07",
        "LLDDHealthProb",
        says_yes & (_records == 0) & pl.col("only_community") & (hours > 10) & under_25,
        missing,
    )
    yield _across(
        "LLDDCat_02",
        _CATEGORY,
        _earliest > pl.col("category_closed"),
        "LLDDCat is a category that was closed before the learner's first LearnStartDate: 1, 2 and 3 "
        "closed on 31 July 2015, 15 on 31 July 2025.",
    )
    yield _across(
        "PrimaryLLDD_01",
        _PRIMARY,
        (_primaries == 0) & (_earliest >= pl.date(2015, 8, 1)),
        "PrimaryLLDD must be 1 on one of the learner's LLDDandHealthProblem records.",
    )
    yield _across(
        "PrimaryLLDD_03",
        _PRIMARY,
        _primaries > 1,
        "PrimaryLLDD must be 1 on one LLDDandHealthProblem record only.",
    )
    yield _across(
        "PrimaryLLDD_04",
        _PRIMARY,
        (_records == 1) & (_primaries == 0),
        "PrimaryLLDD must be 1 on the learner's only LLDDandHealthProblem record.",
    )


def attainment_rules() -> Iterator[Rule]:
    """Yield the rules on rows of prior attainment, a record of its own from 2021/22."""
    yield listed(
        "PriorAttain_03", "PriorLevel", codes.PRIOR_LEVELS, first_year=codes.LAST_YEAR_OF_PRIOR_ATTAIN + 1
    )
    yield error_where(
        "PriorAttain_09",
        "DateLevelApp",
        level_from > prepared,
        "DateLevelApp must not be after the date on which the file was prepared.",
    )
    yield _repeated(
        "PriorAttain_10",
        "DateLevelApp",
        "An earlier PriorAttain record of the same learner has the same DateLevelApp.",
    )


def disability_rules() -> Iterator[Rule]:
    """Yield the rules on rows of learning difficulties, disabilities and health problems."""
    yield listed("LLDDCat_01", _CATEGORY, codes.LLDD_CATEGORIES)
    yield listed("PrimaryLLDD_02", _PRIMARY, {"1"})
    yield _repeated(
        "R_45", _CATEGORY, "An earlier LLDDandHealthProblem record of the same learner has the same LLDDCat."
    )


def _across(rule: str, field: str, error: pl.Expr, message: str) -> Rule:
    return error_where(rule, field, error, message, stage=Stage.CROSS_ROW)


def _repeated(rule: str, field: str, message: str) -> Rule:
    """Return a rule that no two records of one learner have the same value; all but the first break it."""
    again = ~pl.struct(PARENT_LINE, field).is_first_distinct()
    return error_where(rule, field, again & pl.col(field).is_not_null(), message, stage=Stage.CROSS_ROW)
