"""The numbers behind published counts: how many of a group there are of each sex, between two ends of bands.

Nobody publishes them. Each count is a sum of such numbers, and none of them is negative.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pipelines.auditor.definitions import Facts
from pipelines.disclosure.programs import INFINITY, Program

SEXES, ALL = ("F", "M", "U"), ("_T",)
"""U, not known, is never published by itself. ALL are those of a group that no count divides by sex."""
LAST = 1000
"""Where all ages end; from there on stand those whose age is not known."""


class Key(NamedTuple):
    """Names a group: who publishes it, in which version, of which year, by what ages, and who it is.

    `unit` is what is counted: people are no part of courses, nor courses of people.
    """

    release: str
    version: str
    unit: str
    year: str
    ages: str
    facts: Facts


class Stretch(NamedTuple):
    """Ages from the first to before the last."""

    first: int
    past: int

    @classmethod
    def of(cls, band: Sequence[int] | None) -> "Stretch":
        """Return the ages of a band, first and last; of none, all, unknown ones too."""
        return cls(0, LAST + 1) if band is None else cls(band[0], min(band[1] + 1, LAST))

    def within(self, other: "Stretch") -> bool:
        """Say whether the other has all of these ages."""
        return other.first <= self.first and self.past <= other.past

    def meets(self, other: "Stretch") -> bool:
        """Say whether they have an age in common."""
        return self.first < other.past and other.first < self.past


@dataclass
class Group:
    """A group of people, and the counts of it.

    Args:
        key: its name.
        counts: of each: its unknown in a program, its ages, and the sexes that it counts.
        numbers: sex and stretch → the unknown behind.
    """

    key: Key
    counts: list[tuple[int, Stretch, tuple[str, ...]]] = field(default_factory=list)
    numbers: dict[tuple[str, Stretch], int] = field(default_factory=dict)
    stretches: list[Stretch] = field(default_factory=list)
    sexes: tuple[str, ...] = ALL

    def number(self, program: Program) -> None:
        """Put the numbers behind the counts into a program, and tie the counts to them."""
        if any(sexes != SEXES for _, _, sexes in self.counts):
            self.sexes = SEXES
        ends = {end for _, ages, _ in self.counts for end in ages}
        if LAST + 1 in ends:
            ends.add(LAST)
        stretches = map(Stretch._make, pairwise(sorted(ends)))
        self.stretches = [s for s in stretches if any(s.within(ages) for _, ages, _ in self.counts)]
        self.numbers = {(sex, s): program.unknown() for sex in self.sexes for s in self.stretches}
        for count, ages, sexes in self.counts:
            program.row([(count, 1), *((n, -1) for n in self.inside(ages, sexes))], 0, 0)

    def inside(self, ages: Stretch, sexes: Sequence[str] = SEXES) -> list[int]:
        """Return the numbers of all that lies within some ages."""
        of = sexes if self.sexes == SEXES else ALL
        return [self.numbers[sex, s] for s in self.stretches if s.within(ages) for sex in of]

    def around(self, ages: Stretch, sexes: Sequence[str] = SEXES) -> list[int]:
        """Return the numbers of the least that has all of some ages; none, where some are not counted."""
        met = [s for s in self.stretches if s.meets(ages)]
        whole = met and met[0].first <= ages.first and ages.past <= met[-1].past
        if not whole or any(one.past != other.first for one, other in pairwise(met)):
            return []
        of = sexes if self.sexes == SEXES else ALL
        return [self.numbers[sex, s] for s in met for sex in of]


def no_more(program: Program, parts: Sequence[Group], whole: Group) -> None:
    """Write down that parts, in which nobody is twice, are no more together than what they are part of."""
    for ages, sexes in _places([*parts, whole]):
        inner = [number for part in parts for number in part.inside(ages, sexes)]
        outer = whole.around(ages, sexes)
        if inner and outer:
            program.row([*((n, 1) for n in outer), *((n, -1) for n in inner)], 0, INFINITY)


def no_more_of_any_age(program: Program, part: Group, whole: Group) -> None:
    """Write down that a part is no more than its whole, where their ages are of two kinds."""
    if outer := whole.around(Stretch.of(None)):
        inner = part.inside(Stretch.of(None))
        program.row([*((n, 1) for n in outer), *((n, -1) for n in inner)], 0, INFINITY)


def cover(program: Program, parts: Sequence[Group], whole: Group) -> None:
    """Write down that a whole is no more than parts of which everybody is in one at least."""
    for ages, sexes in _places([*parts, whole]):
        inner = whole.inside(ages, sexes)
        outer = [part.around(ages, sexes) for part in parts]
        if inner and all(outer):
            terms = [(number, 1) for numbers in outer for number in numbers]
            program.row([*terms, *((n, -1) for n in inner)], 0, INFINITY)


def _places(groups: Sequence[Group]) -> Iterator[tuple[Stretch, tuple[str, ...]]]:
    """Yield the ages and sexes at which groups are compared.

    These are all stretches, and all that overlap together; each sex, where every group tells them apart.
    """
    stretches = sorted({stretch for group in groups for stretch in group.stretches})
    together: list[Stretch] = []
    for stretch in stretches:
        if together and stretch.first < together[-1].past:
            together[-1] = Stretch(together[-1].first, max(together[-1].past, stretch.past))
        else:
            together.append(stretch)
    by_sex = all(group.sexes == SEXES for group in groups)
    for sexes in [(sex,) for sex in SEXES] if by_sex else [SEXES]:
        yield from ((stretch, sexes) for stretch in dict.fromkeys([*stretches, *together]))


def parts_of(groups: Sequence[Group]) -> Iterator[tuple[Group, Group]]:
    """Yield each group with each that it is part of: all of whose facts it has. What follows is left out."""
    facts: dict[str, int] = {}
    for fact in (fact for group in groups for fact in sorted(group.key.facts)):
        facts.setdefault(fact, len(facts))
    has = np.zeros((len(groups), len(facts)), np.float32)
    for row, group in enumerate(groups):
        has[row, [facts[fact] for fact in group.key.facts]] = 1
    inside = (has @ has.T) == has.sum(1)
    inside &= ~inside.T
    step = inside.astype(np.float32)
    direct = inside & ~(step @ step > 0)
    yield from ((groups[part], groups[whole]) for part, whole in zip(*np.nonzero(direct), strict=True))


def in_order(groups: Iterable[Group]) -> list[Group]:
    """Return groups in an order that is the same on every machine."""
    return sorted(groups, key=lambda group: (*group.key[:-1], sorted(group.key.facts)))
