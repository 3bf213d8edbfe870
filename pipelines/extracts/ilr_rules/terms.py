"""The words that DfE's rules are made of, as polars expressions.

DfE states a rule as "error where …". A value that was not returned makes such a statement neither true nor
false, unless it asks for just that: only what is certainly an error is one.
"""

from collections.abc import Iterable

import polars as pl

from pipelines.extracts.fields import code_in
from pipelines.extracts.gathering import PARENT_LINE
from pipelines.extracts.ilr_fields import xs_date
from pipelines.extracts.rules import Rule, Severity, Stage

SOURCE = "DfE, ILR validation rules 2025/26"
CODES = "DfE, ILR validation rules 2025/26; codes: ILR specification, appendix of code lists"

MONITORING = "monitoring"
"""Gathered column of an aim: types and codes of its funding and monitoring records, ` SOF110  FFI1 `."""

PROGRAMME = (PARENT_LINE, "ProgType", "StdCode", "FworkCode", "PwayCode")
"""What the aims of one programme of one learner have in common. Frameworks left the ILR before 2025/26."""

FIRST_YEAR_WITHOUT_FRAMEWORKS = 2025
"""Starting year; from it DD07 calls a standard alone (ProgType 25) an apprenticeship."""

TYPED_OF_AIM = {
    "start": xs_date("LearnStartDate"),
    "planned_end": xs_date("LearnPlanEndDate"),
    "actual_end": xs_date("LearnActEndDate"),
    "achieved_on": xs_date("AchDate"),
    "original_start": xs_date("OrigLearnStartDate"),
    "born": xs_date("DateOfBirth"),
    "prepared": xs_date("FilePreparationDate"),
    "year_start": xs_date("YearStart"),
    "year_end": xs_date("YearEnd"),
}
"""Dates of an aim, of its learner, and of the file."""
start, planned_end, actual_end, achieved_on, original_start, born, prepared, year_start, year_end = map(
    pl.col, TYPED_OF_AIM
)
TYPED_OF_LEARNER = {"born": TYPED_OF_AIM["born"], "year_start": TYPED_OF_AIM["year_start"]}
TYPED_OF_ATTAINMENT = {"level_from": xs_date("DateLevelApp"), "prepared": TYPED_OF_AIM["prepared"]}
level_from = pl.col("level_from")
end_of_august = year_start.dt.offset_by("30d")
"""31 August of the teaching year, the day on which DfE counts ages."""


def error_where(  # noqa: PLR0913
    rule: str,
    field: str,
    error: pl.Expr,
    message: str,
    *,
    fix: str = "",
    severity: Severity = Severity.WARN,
    first_year: int | None = None,
    last_year: int | None = None,
    stage: Stage = Stage.ROW,
) -> Rule:
    """Return a rule that a row breaks where `error` is true."""
    holds = ~surely(error)
    return Rule(rule, field, holds, message, severity, SOURCE, fix, first_year, last_year, stage)


def listed(  # noqa: PLR0913
    rule: str,
    field: str,
    codes: Iterable[str],
    *,
    severity: Severity = Severity.WARN,
    first_year: int | None = None,
    last_year: int | None = None,
) -> Rule:
    """Return a rule that a field's value is one of a list of codes."""
    codes = set(codes)
    allowed = ", ".join(sorted(codes, key=lambda code: (len(code), code)))
    years = {"first_year": first_year, "last_year": last_year}
    message = f"{field} must be one of {allowed}."
    return Rule(rule, field, code_in(field, codes), message, severity, CODES, **years)


def is_in(field: str, *codes: str) -> pl.Expr:
    """Say whether a field has one of these codes."""
    return code_in(field, codes)


def is_other_than(field: str, *codes: str) -> pl.Expr:
    """Say whether a field has another code than these, or was not returned."""
    return ~surely(code_in(field, codes))


def known(field: str) -> pl.Expr:
    """Say whether a field was returned."""
    return pl.col(field).is_not_null()


def unknown(field: str) -> pl.Expr:
    """Say whether a field was not returned."""
    return pl.col(field).is_null()


def surely(condition: pl.Expr) -> pl.Expr:
    """Say whether a condition is true, and not merely unknown: exclusions need no less."""
    return condition.fill_null(value=False)


def monitored(*codes: str) -> pl.Expr:
    """Say whether an aim has a funding and monitoring record of one of these types and codes (`SOF107`)."""
    return pl.any_horizontal(_monitoring().str.contains(f" {code} ", literal=True) for code in codes)


def monitored_as(*types: str) -> pl.Expr:
    """Say whether an aim has a funding and monitoring record of one of these types, whatever its code."""
    return pl.any_horizontal(_monitoring().str.contains(f" {kind}", literal=True) for kind in types)


def some_aim(where: pl.Expr, *group: str) -> pl.Expr:
    """Say whether the condition is true of some aim among those that agree with a row on `group`."""
    return surely(where).any().over(group)


def apprenticeship(*, with_frameworks: bool) -> pl.Expr:
    """Say whether an aim belongs to an apprenticeship (DD07): a standard, or in its time a framework."""
    frameworks = ("2", "3", "20", "21", "22", "23") if with_frameworks else ()
    return is_in("ProgType", "25", *frameworks)


def _monitoring() -> pl.Expr:
    return pl.col(MONITORING).fill_null("")
