"""Which academic years a release revises, and of which it repeats what the last one said.

Two releases of one year tell, by their difference, of those who changed between them. So a year is revised
when enough people changed, and there is a public cause for it; until then it is repeated as it was. An
erasure alone is no public cause: it goes out with other changes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from pipelines.disclosure.ledger import people_changed
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.relations import Shape


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
    """On what a published year may be revised.

    Args:
        public: whether anything that a manifest says has changed since.
        allowed: years that a person has decided to revise, however few people that is of.
    """

    public: bool
    allowed: Collection[str] = ()


def revisions_of(
    counts: pl.DataFrame,
    ledger: pl.DataFrame,
    shapes: Mapping[str, Shape],
    policy: Policy,
    grounds: Grounds,
) -> dict[str, YearRevision]:
    """Return academic year → what a release does with it, in order.

    Args:
        counts: exact, of all years.
        ledger: what was published before, of `LEDGER_SCHEMA`; of another base it says nothing.
        shapes: of the tables that counts are of.
        policy: says from how many people on a year is revised.
        grounds: on which a year may be revised.
    """
    published = set(ledger.filter(base=policy.base)["academic_year"])
    found = {}
    for (year,), of_year in sorted(counts.partition_by("academic_year", as_dict=True).items()):
        if year not in published:
            found[year] = YearRevision(Revision.NEW)
            continue
        people = people_changed(of_year, ledger, shapes, policy.base)
        if not people:
            what = Revision.UNCHANGED
        elif year in grounds.allowed:
            what = Revision.REVISED
        elif not grounds.public:
            what = Revision.NO_CAUSE
        else:
            what = Revision.REVISED if people >= policy.smallest_change else Revision.FEW
        found[year] = YearRevision(what, people)
    return found
