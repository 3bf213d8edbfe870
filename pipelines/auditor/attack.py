"""The attack: how far everything that is published, put together, narrows a count.

A count is published as a multiple of the base less than the base away from it. Whoever knows that, and what
the counts have to do with each other, can work out the least and the most that each can be: a linear program.
Two ways lead to the answer.

Proof: were the published numbers themselves the counts of some people, then a count may also be base - 1 more
(as many more people in one place raise every count that they are in by base - 1, and no count by more) or
base - 1 fewer (methodology 6.4, guarantee). So one such people, a witness, shows for every count at once that
it can be anything that its own rounding allows, and for every group of people, published or not, that it
could have base - 1 more.

Attack: where there is no witness, or to see for oneself, each count is made as small and as large as can be.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.auditor.beliefs import Belief, counts_people
from pipelines.auditor.definitions import Definitions
from pipelines.auditor.equations import Equations
from pipelines.auditor.releases import Cell, Count, Release, Where
from pipelines.disclosure.programs import Program
from pipelines.indicators.terms import PANEL

NEARLY = 1e-6
NUMERATOR = "numerator"


@dataclass(frozen=True)
class Exposed:
    """A count that is known too well.

    Args:
        where: it stands.
        published: what is printed.
        least, most: what it must be at least and at most.
    """

    where: Where
    published: int
    least: int
    most: int

    @property
    def width(self) -> int:
        """How many numbers less one it can be; below 0 where nothing fits what is published."""
        return self.most - self.least


Known = Mapping[tuple[str, str, Cell], tuple[int, int]]
"""Academic year, indicator and cell → the least and the most of a count that others publish."""


@dataclass(frozen=True)
class Part:
    """Published counts that have something to do with each other, as equations.

    Args:
        counts: as they are printed.
        unknowns: count → its unknown.
        program: the equations.
        base: of rounding.
        known: counts that others publish, too.
    """

    counts: Mapping[Where, Count]
    unknowns: Mapping[Where, int]
    program: Program
    base: int
    known: Known = field(default_factory=dict)

    def has_witness(self) -> bool:
        """Say whether some people would have exactly the counts that are published.

        Where others publish a count, too, it shows nothing: of that one there cannot be more at will. What is
        not told, but printed as low, is free to be any number that rounds to so little.
        """
        if self.known:
            return False
        ends = {where: (c.value, max(c.value, c.low - self.base)) for where, c in self.counts.items()}
        return self._between(ends, whole=True).solver().solution() is not None

    def ranges(self, wanted: Iterable[Where]) -> Iterator[tuple[int, int]]:
        """Attack counts: yield the least and the most that each can be.

        Where nothing fits what is published, the numbers contradict each other, and so say that rounding is
        not what was done: the least is then above the most.
        """
        solver = self._between({where: self._as_rounded(where) for where in self.counts}).solver()
        fits = solver.solution() is not None
        for where in wanted:
            least, most = solver.reach({self.unknowns[where]: 1}) if fits else (1, 0)
            yield math.ceil(least - NEARLY), math.floor(most + NEARLY)

    def exposed(self, wanted: Sequence[Where], interval: int) -> Iterator[Exposed]:
        """Attack counts; yield those whose range is narrower than `interval`.

        And those that are published as 0 and cannot be: somebody is there. What others publish is no secret.
        """
        secret = [where for where in wanted if self._place(where) not in self.known]
        for where, (least, most) in zip(secret, self.ranges(secret), strict=True):
            found = Exposed(where, self.counts[where].value, least, most)
            # Where low is more than what rounds to nought, it does not say that nobody may be there.
            somebody = not found.published and found.least > 0 and self.counts[where].low <= self.base
            if (found.width < interval or somebody) and not self._is_public(found):
                yield found

    def _is_public(self, found: Exposed) -> bool:
        """Say whether a count like for like is one that others publish: who reports is no secret."""
        year, of, at = self._place(found.where)
        return at.breakdown == PANEL and any(
            (y, indicator, cell.age, cell.sex, ends) == (year, of, at.age, at.sex, (found.least, found.most))
            for (y, indicator, cell), ends in self.known.items()
        )

    def _place(self, where: Where) -> tuple[str, str, Cell]:
        return where.year, where.name[0], where.cell

    def _as_rounded(self, where: Where) -> tuple[float, float]:
        least, most = self.counts[where].ends(self.base)
        if where.name[1] != NUMERATOR:
            return least, most
        others_least, others_most = self.known.get(self._place(where), (least, most))
        return max(least, others_least), min(most, others_most)

    def _between(self, ends: Mapping[Where, tuple[float, float]], *, whole: bool = False) -> Program:
        """Return the equations with each count between its ends."""
        program = self.program.copy()
        for where, (least, most) in ends.items():
            program.lower[self.unknowns[where]], program.upper[self.unknowns[where]] = least, most
        program.whole = [whole] * len(program.whole)
        return program


@dataclass(frozen=True)
class System:
    """Published counts, of one release or several, as equations.

    Args:
        releases: that they are of, the oldest first.
        counts: as they are printed.
        definitions: of whom tables count.
        beliefs: by how many people counts are believed to differ between two of the releases.
        known: counts that others publish.
    """

    releases: Sequence[Release]
    counts: Mapping[Where, Count]
    definitions: Definitions
    beliefs: Sequence[Belief] = ()
    known: Known = field(default_factory=dict)

    def apart(self) -> Iterator[Part]:
        """Yield the same in parts that have nothing to do with each other."""
        program = Program()
        unknowns = {where: program.unknown() for where in self.counts}
        of_name = {release.name: release for release in self.releases}
        equations = Equations(of_name, self.definitions, program, unknowns, self.counts)
        equations.write()
        known = self._known_elsewhere(equations)
        for believed in self.beliefs:
            self._believe(believed, program, unknowns, of_name)
        base = self.releases[-1].method["base"]
        for part, numbers in program.apart():
            of_part = {where: numbers[n] for where, n in unknowns.items() if n in numbers}
            counts = {where: self.counts[where] for where in of_part}
            if counts:
                tables = {where.name[0] for where in counts}
                of_tables = {place: ends for place, ends in known.items() if place[1] in tables}
                yield Part(counts, of_part, part, base, of_tables)

    def _known_elsewhere(self, equations: Equations) -> Known:
        """Return what others publish, in each table that has a count of the same people."""
        known, ends_of = dict(self.known), {}
        for where, people in equations.people.items():
            if where.name[1] == NUMERATOR and (
                ends := self.known.get((where.year, where.name[0], where.cell))
            ):
                ends_of[people] = ends
        for where, people in equations.people.items():
            if where.name[1] == NUMERATOR and people in ends_of:
                known.setdefault((where.year, where.name[0], where.cell), ends_of[people])
        return known

    def _believe(
        self,
        believed: Belief,
        program: Program,
        unknowns: Mapping[Where, int],
        of_name: Mapping[str, Release],
    ) -> None:
        for where, number in unknowns.items():
            after = unknowns.get(Where(believed.later, where.year, where.name, where.cell))
            of_people = believed.nothing or counts_people(of_name[where.release], where.name[0])
            if where.release == believed.earlier and after is not None and of_people:
                program.row([(after, 1), (number, -1)], *believed.ends(where.name, where.cell))
