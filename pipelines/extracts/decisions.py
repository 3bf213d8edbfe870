"""What people decided about returns, in `data/decisions.toml`: tolerances, releases from hold, withdrawals.

Every entry says why and who. A tolerance ends: it covers returns prepared up to a day, so that the same
returns and decisions always give the same figures, whenever they are run.
"""

from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pipelines.settings import read_settings
from pipelines.years import AcademicYear

Text = Annotated[str, Field(min_length=3)]
Year = Annotated[
    AcademicYear, BeforeValidator(lambda text: AcademicYear.parse(text) if isinstance(text, str) else text)
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Tolerance(_Model):
    """Rows of one provider and year that may break one rule and be kept nevertheless.

    Args:
        rule: a rule that would set rows aside.
        provider: the sender.
        year: the academic year of the return.
        rows: how many rows may break it; or
        share: the share of the table's rows that may. Beyond it, the tolerance counts for nothing.
        reason: why it is granted.
        who: who granted it.
        until: the last day on which a return may have been prepared.
    """

    rule: Text
    provider: Text
    year: Year
    rows: int | None = Field(default=None, ge=1)
    share: float | None = Field(default=None, gt=0, le=1)
    reason: Text
    who: Text
    until: date

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.rows is None) == (self.share is None):
            raise ValueError("say rows or share, and only one of them")
        return self

    def covers(self, count: int, rows: int, prepared_at: datetime) -> bool:
        """Say whether `count` breaches among `rows` rows of a return prepared then are tolerated."""
        limit = self.rows if self.rows is not None else self.share * rows
        return count <= limit and prepared_at.date() <= self.until

    @property
    def limit(self) -> str:
        """The limit in words."""
        return f"{self.rows} rows" if self.rows is not None else f"{100 * self.share:g} % of rows"


class Decision(_Model):
    """What was decided about one return, known by the number its report gives."""

    return_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    reason: Text
    who: Text
    on: date


class Decisions(_Model):
    """All decisions: `[[tolerance]]`, `[[release]]` of held returns, `[[withdraw]]`."""

    tolerance: tuple[Tolerance, ...] = ()
    release: tuple[Decision, ...] = ()
    withdraw: tuple[Decision, ...] = ()

    @classmethod
    def read(cls, file: Path) -> "Decisions":
        """Read the decisions; none where there is no file.

        Raises:
            DecisionsError: the file is not TOML or an entry breaks the model; names it.
        """
        if not file.exists():
            return cls()
        return read_settings(cls, file, DecisionsError)

    def tolerances(self, provider: str, year: str) -> tuple[Tolerance, ...]:
        """Return those for one sender's returns about one academic year, by its folder (2024-25)."""
        return tuple(t for t in self.tolerance if (t.provider, t.year.folder) == (provider, year))

    @cached_property
    def released(self) -> frozenset[str]:
        """Returns that a person let through."""
        return frozenset(decision.return_id for decision in self.release)

    @cached_property
    def withdrawn(self) -> dict[str, Decision]:
        """Returns that a person took back, by number."""
        return {decision.return_id: decision for decision in self.withdraw}


class DecisionsError(Exception):
    """The decisions cannot be used."""
