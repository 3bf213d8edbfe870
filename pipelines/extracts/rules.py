"""What a rule is: what must hold, in which years, how bad a breach is, and what its sender should do.

Rules are declared once, beside the contract of their format; checks, reports and documentation come from it.
"""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from pipelines.years import AcademicYear


class Severity(StrEnum):
    """What a breach of a rule does."""

    REFUSE = "refuse"
    """The return as a whole cannot be trusted."""
    HOLD = "hold"
    """The return waits for a person to look at it."""
    QUARANTINE = "quarantine"
    """The row cannot be counted rightly: it is set aside."""
    WARN = "warn"
    """The row is kept; the sender is told."""


class Stage(StrEnum):
    """What a rule looks at."""

    FILE = "file"
    ROW = "row"
    CROSS_ROW = "cross-row"
    CROSS_RETURN = "cross-return"


@dataclass(frozen=True)
class FileRule:
    """A rule on a return as a whole; a breach refuses it.

    Args:
        id: the authority's own name where one exists (DfE's `Filename_1`).
        message: what is wrong and what is allowed, in plain words; `{names}` stand for particulars of the
            file, never for a personal value.
        fix: what the sender should do.
        source: document and section the rule comes from.
    """

    id: str
    message: str
    fix: str
    source: str = ""
    stage: Stage = Stage.FILE
    severity: Severity = Severity.REFUSE


class _Dated:
    """What row and cross-row rules share."""

    def in_force(self, year: AcademicYear) -> bool:
        """Say whether the rule applies to returns about this academic year."""
        begun = self.first_year is None or self.first_year <= year.start
        return begun and (self.last_year is None or year.start <= self.last_year)

    @property
    def how_to_fix(self) -> str:
        """What the sender should do about a breach."""
        return self.fix or f"Correct {self.field} in your own records, then send the whole return again."


@dataclass(frozen=True)
class Rule(_Dated):
    """One named rule on the rows of one table.

    Args:
        id: the sender's authority's own name for it where one exists (DfE's `ULN_04`).
        field: the field of the extract it is about, as the sender spells it.
        holds: a polars expression over the table's text columns; null counts as holding.
        message: what is wrong and what is allowed, in plain words; never a value.
        severity: what a breach does to the row.
        source: document and section the rule comes from.
        fix: what the sender should do, where more is to be said than to correct the field.
        first_year, last_year: calendar years in which the first and the last academic year start that it
            applies to; None where it always has, or still does.
        alone: whether a row that breaks it is judged by no other row rule, as nobody knows its values.
    """

    id: str
    field: str
    holds: pl.Expr
    message: str
    severity: Severity = Severity.QUARANTINE
    source: str = ""
    fix: str = ""
    first_year: int | None = None
    last_year: int | None = None
    stage: Stage = Stage.ROW
    alone: bool = False


@dataclass(frozen=True)
class Unique(_Dated):
    """A rule that no two rows of one return share a key. Every row after the first breaks it."""

    id: str
    field: str
    key: tuple[str, ...]
    message: str
    severity: Severity = Severity.QUARANTINE
    exempt: frozenset[str] = frozenset()
    source: str = ""
    fix: str = ""
    first_year: int | None = None
    last_year: int | None = None
    stage: Stage = Stage.CROSS_ROW


@dataclass(frozen=True)
class Reference(_Dated):
    """A rule that a row belongs to a row of another table of the return, read before this one.

    Args:
        field: column here that says to which; blank is another rule's affair.
        table, key: that table, and its column.
        kept: whether that row must be kept, too.
    """

    id: str
    field: str
    table: str
    key: str
    message: str
    severity: Severity = Severity.QUARANTINE
    source: str = ""
    fix: str = ""
    kept: bool = True
    first_year: int | None = None
    last_year: int | None = None
    stage: Stage = Stage.CROSS_ROW

    @property
    def to(self) -> tuple[str, str, bool]:
        """What it refers to: table, column, and whether to rows alone that are kept."""
        return self.table, self.key, self.kept
