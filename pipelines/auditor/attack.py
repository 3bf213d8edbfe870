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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipelines.auditor.beliefs import Belief
from pipelines.auditor.releases import Count
from pipelines.disclosure.programs import INFINITY, Program
from pipelines.disclosure.relations import Cell, Name, Shape, relate
from pipelines.indicators.terms import PANEL

NEARLY = 1e-6


@dataclass(frozen=True)
class Where:
    """Where a count stands: which publication of which academic year, table and cell."""

    release: str
    year: str
    name: Name
    cell: Cell


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


Published = Mapping[Name, Mapping[Cell, Count]]
"""Table → cell → count, of one academic year in one release."""


@dataclass(frozen=True)
class System:
    """What is published of one academic year, in one release or several, as equations.

    Args:
        publications: release → what it says of the year, the oldest first.
        shapes: indicator → what is known of its tables.
        base: of rounding.
        beliefs: by how many people counts are believed to differ between two of the releases.
        known: indicator and cell → the least and the most of a count that others publish.
    """

    year: str
    publications: Mapping[str, Published]
    shapes: Mapping[str, Shape]
    base: int
    beliefs: Sequence[Belief] = ()
    known: Mapping[tuple[str, Cell], tuple[int, int]] = field(default_factory=dict)

    def apart(self) -> Iterator["System"]:
        """Yield the same in systems that have nothing to do with each other, without what says nothing new.

        Where the bounds of a table's counts are printed as the counts everywhere, whatever its counts can be
        they can be with bounds that are the counts.
        """
        groups = _connected(self.shapes)
        for group in groups:
            of_group = {
                release: {
                    name: cells
                    for name, cells in tables.items()
                    if name[0] in group and not _says_nothing(name, tables)
                }
                for release, tables in self.publications.items()
            }
            if any(of_group.values()):
                known = {place: ends for place, ends in self.known.items() if place[0] in group}
                yield replace(self, publications=of_group, known=known)

    def places(self) -> Iterator[tuple[Where, Count]]:
        """Yield every count and where it stands."""
        for release, tables in self.publications.items():
            for name, cells in tables.items():
                for cell, count in cells.items():
                    yield Where(release, self.year, name, cell), count

    def has_witness(self) -> bool:
        """Say whether some people would have exactly the counts that are published.

        Where others publish a count, too, it shows nothing: of that one there cannot be more at will.
        """
        if self.known:
            return False
        program, _ = self._program(self._as_exact)
        program.whole = [True] * len(program.whole)
        return program.solver().solution() is not None

    def ranges(self, wanted: Iterable[Where]) -> Iterator[tuple[int, int]]:
        """Attack counts: yield the least and the most that each can be.

        Where nothing fits what is published, the numbers contradict each other, and so say that rounding is
        not what was done: the least is then above the most.
        """
        program, unknowns = self._program(self._as_rounded)
        solver = program.solver()
        fits = solver.solution() is not None
        for where in wanted:
            least, most = solver.reach({unknowns[where]: 1}) if fits else (1, 0)
            yield math.ceil(least - NEARLY), math.floor(most + NEARLY)

    def exposed(self, wanted: Sequence[Where], interval: int) -> Iterator[Exposed]:
        """Attack counts; yield those whose range is narrower than `interval`.

        And those that are published as 0 and cannot be: somebody is there. What others publish is no secret.
        """
        counts = dict(self.places())
        secret = [where for where in wanted if (where.name[0], where.cell) not in self.known]
        for where, (least, most) in zip(secret, self.ranges(secret), strict=True):
            found = Exposed(where, counts[where].value, least, most)
            # Where low is more than what rounds to nought, it does not say that nobody may be there.
            somebody = found.published == 0 and found.least > 0 and counts[where].low <= self.base
            if (found.width < interval or somebody) and not self._is_public(found):
                yield found

    def _is_public(self, found: Exposed) -> bool:
        """Say whether a count like for like is one that others publish: who reports is no secret."""
        of, at = found.where.name[0], found.where.cell
        return at.breakdown == PANEL and any(
            (indicator, cell.age, cell.sex, ends) == (of, at.age, at.sex, (found.least, found.most))
            for (indicator, cell), ends in self.known.items()
        )

    def _holds(self, believed: Belief, where: Where) -> bool:
        """Say whether a count is of people, of whom something is believed; else of their courses."""
        return self.shapes[where.name[0]].people or believed.nothing

    def _as_exact(self, _: Where, count: Count) -> tuple[float, float]:
        """What is not told, but printed as low, is free to be any number that rounds to so little."""
        return count.value, max(count.value, count.low - self.base)

    def _as_rounded(self, where: Where, count: Count) -> tuple[float, float]:
        least, most = count.ends(self.base)
        if where.name[1] != "numerator":
            return least, most
        others_least, others_most = self.known.get((where.name[0], where.cell), (least, most))
        return max(least, others_least), min(most, others_most)

    def _program(
        self, bounds: Callable[[Where, Count], tuple[float, float]]
    ) -> tuple[Program, dict[Where, int]]:
        """Return the equations, with an unknown for each count between its bounds."""
        program = Program()
        unknowns = {where: program.unknown(*bounds(where, count)) for where, count in self.places()}
        for release, tables in self.publications.items():
            numbers = {
                name: {cell: unknowns[Where(release, self.year, name, cell)] for cell in cells}
                for name, cells in tables.items()
            }

            def slack(name: Name, cell: Cell, parts: Sequence[Cell], of: Published = tables) -> float:
                """Who reads that parts add up to their whole takes it that nobody is in no part."""
                rest = of[name][cell].value - sum(of[name][part].value for part in parts)
                return 0 if rest <= 0 else INFINITY

            relate(program, numbers, self.shapes, slack)
        for believed in self.beliefs:
            for where, number in unknowns.items():
                after = unknowns.get(Where(believed.later, where.year, where.name, where.cell))
                if where.release == believed.earlier and after is not None and self._holds(believed, where):
                    program.row([(after, 1), (number, -1)], -believed.left, believed.came)
        return program, unknowns


def _says_nothing(name: Name, tables: Published) -> bool:
    indicator, part = name
    return part in ("low", "high") and tables[name] == tables.get((indicator, "numerator"))


def _connected(shapes: Mapping[str, Shape]) -> list[set[str]]:
    """Return the indicators in groups: those are together of which one is within the other."""
    groups: list[set[str]] = []
    for key, shape in shapes.items():
        group = {key, *shape.within}
        for other in [g for g in groups if g & group]:
            groups.remove(other)
            group |= other
        groups.append(group)
    return groups
