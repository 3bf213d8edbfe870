"""Which academic years a release revises, and of which it repeats what the last one said.

Two releases of one year tell, by their difference, of those who changed between them. So a year is revised
when enough people changed, and there is a public cause for it; until then it is repeated as it was. Whoever
is erased has not changed: they are taken out of what was published of whom, too (`erased_counts.py`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from pipelines.disclosure.ledger import people_changed
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.shapes import Shape


class Revision(StrEnum):
    """What a release does with an academic year."""

    NEW = "new"
    """Nothing was published of it before."""
    UNCHANGED = "unchanged"
    """Its counts are what they were."""
    FEW = "few"
    """They changed, by fewer people than the policy asks for: they wait."""
    NO_CAUSE = "no cause"
    """They changed, and nothing that is public did: they wait."""
    REVISED = "revised"
    """They changed, and are published."""


REPEATED = frozenset({Revision.UNCHANGED, Revision.FEW, Revision.NO_CAUSE})
WAITING = frozenset({Revision.FEW, Revision.NO_CAUSE})


@dataclass(frozen=True)
class YearRevision:
    """What a release does with an academic year, and of how many people, at least, its change is."""

    what: Revision
    people: int = 0

    @property
    def repeats(self) -> bool:
        """Whether the year is published as it was."""
        return self.what in REPEATED

    @property
    def waits(self) -> bool:
        """Whether changes of the year are kept back."""
        return self.what in WAITING


@dataclass(frozen=True)
class Grounds:
    """On what published years may be revised.

    Args:
        public: whether what a manifest says of all years has changed since: code, settings, reference lists.
        inputs: years of which the returns that stand are others.
        allowed: years that a person has decided to revise, however few people that is of.
    """

    public: bool = False
    inputs: Collection[str] = ()
    allowed: Collection[str] = ()

    def enough(self, year: str, people: int | None, smallest: int) -> bool:
        """Say whether so many people are enough to revise a year, or to publish it for the first time.

        Where a person allows it, any number is.
        """
        return people is None or year in self.allowed or people >= smallest


def revisions_of(
    counts: pl.DataFrame,
    ledger: pl.DataFrame,
    shapes: Mapping[str, Shape],
    policy: Policy,
    grounds: Grounds,
) -> dict[str, YearRevision]:
    """Return academic year → what a release does with it, in order.

    The manifest lists the returns of a year as they were when it was last revised. So what is a public cause
    is what this release's manifest will say: the new returns of a year that waits are none.

    Args:
        counts: exact, of all years.
        ledger: what was published before, of `LEDGER_SCHEMA`; of another base it says nothing.
        shapes: of the tables that counts are of.
        policy: says from how many people on a year is revised.
        grounds: on which a year may be revised.
    """
    published = set(ledger.filter(base=policy.base)["academic_year"])
    people = {
        year: people_changed(of_year, ledger, shapes, policy.base) if year in published else None
        for (year,), of_year in sorted(counts.partition_by("academic_year", as_dict=True).items())
    }
    smallest = policy.smallest_change
    enough = {y for y, number in people.items() if number != 0 and grounds.enough(y, number, smallest)}
    new = {year for year, number in people.items() if number is None}
    public = grounds.public or bool(new) or not enough.isdisjoint(grounds.inputs)
    return {year: _revision(year, number, public, policy, grounds) for year, number in people.items()}


def _revision(year: str, people: int | None, public: bool, policy: Policy, grounds: Grounds) -> YearRevision:
    if people is None:
        return YearRevision(Revision.NEW)
    if not people:
        return YearRevision(Revision.UNCHANGED)
    if not grounds.enough(year, people, policy.smallest_change):
        return YearRevision(Revision.FEW, people)
    return YearRevision(Revision.REVISED if public else Revision.NO_CAUSE, people)
