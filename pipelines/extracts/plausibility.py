"""Whether a return as a whole can be true, held against the one of the same provider and year before it.

Every return restates its whole year to date: rows grow through the year, learners stay, fields stay filled.
One that is far off is held for a person to look at, and nothing of it is counted until that person says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from pipelines.extracts.rules import FileRule, Severity, Stage


class Limits(BaseModel):
    """How far a return may be from the one before it; the city's choice, in `city.toml`.

    Args:
        rows_lost: share of rows that may be missing.
        rows_gained: how many times as many rows there may be.
        learners_lost: share of the learners before who may be missing.
        fill_lost: how far the filled share of a field may fall.
        set_aside: share of records that may be set aside.
        smallest: rows before, below which nothing is held: small numbers jump.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows_lost: float = Field(ge=0, le=1)
    rows_gained: float = Field(ge=1)
    learners_lost: float = Field(ge=0, le=1)
    fill_lost: float = Field(ge=0, le=1)
    set_aside: float = Field(ge=0, le=1)
    smallest: int = Field(ge=0)


@dataclass(frozen=True)
class Profile:
    """What is compared of a return: its accepted records.

    Args:
        rows: accepted records.
        share_set_aside: records set aside, of all that came.
        fill: field → share of accepted records that have a value.
        learners: hashes of the sender's own references of learners.
    """

    rows: int
    share_set_aside: float
    fill: Mapping[str, float] = field(default_factory=dict)
    learners: frozenset[int] = frozenset()


def profile_of(records: pl.DataFrame, references: pl.Series | None, read: int) -> Profile:
    """Return the profile of a return.

    Args:
        records: accepted rows of the table that holds its records.
        references: the sender's own references of its learners; None where it has none that lasts.
        read: records that came.
    """
    fill = records.select(pl.all().is_not_null().mean()).row(0, named=True) if records.height else {}
    learners = frozenset() if references is None else frozenset(references.drop_nulls().unique().hash())
    return Profile(records.height, 1 - records.height / read if read else 0.0, fill, learners)


def _rule(name: str, message: str) -> FileRule:
    return FileRule(
        name,
        message,
        "If it is right, tell the city's data team, which can let it through; if not, send it again.",
        "docs/extracts.md, plausibility",
        Stage.CROSS_RETURN,
        Severity.HOLD,
    )


ROWS_LOST = _rule("plausible_rows_lost", "It has {now} records where the return before had {before}.")
ROWS_GAINED = _rule("plausible_rows_gained", "It has {now} records where the return before had {before}.")
LEARNERS_LOST = _rule(
    "plausible_learners", "{share} of the learners in the return before are missing from this one."
)
FILL_LOST = _rule(
    "plausible_fill", "{field} is filled in {now} of records; in the return before it was in {before}."
)
SET_ASIDE = _rule("plausible_set_aside", "{share} of its records had to be set aside.")
RULES = (ROWS_LOST, ROWS_GAINED, LEARNERS_LOST, FILL_LOST, SET_ASIDE)
"""What holds a return."""


def doubts(now: Profile, before: Profile | None, limits: Limits) -> Iterator[tuple[FileRule, dict[str, str]]]:
    """Yield each rule that a return breaks, with the particulars for its message."""
    size = before.rows if before else now.rows / max(1 - now.share_set_aside, 1e-9)
    if size < limits.smallest:
        return
    if now.share_set_aside > limits.set_aside:
        yield SET_ASIDE, {"share": _share(now.share_set_aside)}
    if before is None:
        return
    sizes = {"now": f"{now.rows:,}", "before": f"{before.rows:,}"}
    if now.rows < before.rows * (1 - limits.rows_lost):
        yield ROWS_LOST, sizes
    if now.rows > before.rows * limits.rows_gained:
        yield ROWS_GAINED, sizes
    lost = len(before.learners - now.learners)
    if before.learners and lost > len(before.learners) * limits.learners_lost:
        yield LEARNERS_LOST, {"share": _share(lost / len(before.learners))}
    for name, filled in before.fill.items():
        # Rounded, so that a limit of 0.2 allows 0.9 to become 0.7, whatever binary fractions make of it.
        if round(filled - now.fill.get(name, 0.0), 6) > limits.fill_lost:
            particulars = {"now": _share(now.fill.get(name, 0.0)), "before": _share(filled)}
            yield FILL_LOST, {"field": name, **particulars}


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"
