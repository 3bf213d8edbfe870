"""The counts of one group of people: how their categories make up the whole."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pipelines.disclosure.lines import SEXES, Counted, Line, Numbers, add_up, are_covered
from pipelines.disclosure.programs import INFINITY, Program
from pipelines.disclosure.shapes import WHOLE, Shape
from pipelines.indicators.bands import OTHERS, TOTAL
from pipelines.indicators.who import Group

Slack = Callable[[int, Sequence[int]], float]
"""The most by which a count can be more than its parts together; 0 where they cover it."""


class Placed(NamedTuple):
    """A count of a group: in which category, of which ages (None for all) and sex, and its unknown.

    `shape` is of the table that has it; `same` says of a bound whether it is the count itself.
    """

    line: Line
    band: tuple | None
    sex: str
    unknown: int
    shape: Shape
    same: bool


class Table:
    """The counts of a group of people, as unknowns of a program, and the numbers behind them.

    Args:
        program: gets the numbers behind, and what they have to do with each other.
        group: of people.
        cells: the counts.
    """

    def __init__(self, program: Program, group: Group, cells: Sequence[Placed]) -> None:
        self._program, self._ages = program, group.ages
        self._shapes: dict[str, Shape] = {}
        self._counts: dict[Line, dict[tuple, int]] = {}
        lines: dict[Line, list[Counted]] = {}
        for line, band, sex, unknown, shape, _ in cells:
            sexes = [one for one in group.sexes or SEXES if sex in (TOTAL, one)]
            lines.setdefault(line, []).append(Counted(unknown, band, tuple(sexes)))
            self._counts.setdefault(line, {}).setdefault((band, sex), unknown)
            self._shapes.setdefault(line[0], shape)
        self._lines = {line: Numbers(program, counted) for line, counted in lines.items()}

    def line(self, of: tuple[str, str, str]) -> Numbers | None:
        """Return the numbers behind a category of the group; nothing, where it is not counted."""
        return self._lines.get((of[1], of[2]))

    def borrow(self, other: "Table", line: Line) -> None:
        """Take the numbers of another table's line for those of the whole group: they are the same people."""
        if line in other._lines:
            self._lines[WHOLE], self._counts[WHOLE] = other._lines[line], other._counts[line]
            self._shapes.setdefault(TOTAL, other._shapes[line[0]])

    @property
    def lines(self) -> Collection[Line]:
        """The categories of the group that are counted."""
        return self._lines.keys()

    def within(self, outer: "Table", line: Line) -> None:
        """Write down that whoever is counted here is counted in the same category of another table, too."""
        same = self._ages is outer._ages
        add_up(self._program, [self._lines[line]], outer._lines[line], by_age=same)

    def relate(self, slack: Slack) -> None:
        """Write down that parts are not more than their whole, and by how much they can be less."""
        for counts in self._counts.values():
            for (band, sex), unknown in counts.items():
                both = [counts.get((band, each)) for each in ("F", "M")]
                if sex == TOTAL and None not in both:
                    self._covers(unknown, both, slack(unknown, both))
        for outer, parts, parting, covering in self._families():
            if outer not in self._lines:
                continue
            for group in [parts] if parting else [[part] for part in parts]:
                add_up(self._program, [self._lines[part] for part in group], self._lines[outer])
            self._cover(outer, parts, covering, slack)
        for outer, parts, covering in self._among_others():
            self._cover(outer, parts, covering, slack)

    def _families(self) -> Iterator[tuple[Line, list[Line], bool, bool]]:
        """Yield a line, its parts, whether nobody is in two of them, and whether everybody is in one."""
        by_breakdown: dict[str, list[str]] = {}
        for breakdown, category in self._lines:
            by_breakdown.setdefault(breakdown, []).append(category)
        for breakdown, categories in by_breakdown.items():
            shape = self._shapes[breakdown]
            lines = [(breakdown, category) for category in categories]
            if breakdown in shape.crossed:
                yield from self._crossed(shape, breakdown, lines, by_breakdown)
            elif breakdown in shape.nested and shape.nested[breakdown][0] in by_breakdown:
                parent, place = shape.nested[breakdown]
                for category in by_breakdown[parent]:
                    parts = [line for line in lines if place.get(line[1]) == category]
                    yield (parent, category), parts, True, True
            elif breakdown != TOTAL:
                yield (TOTAL, TOTAL), lines, breakdown in shape.parting, breakdown in shape.covering

    def _crossed(
        self, shape: Shape, breakdown: str, lines: Sequence[Line], by_breakdown: Mapping[str, list[str]]
    ) -> Iterator[tuple[Line, list[Line], bool, bool]]:
        for position, side in enumerate(shape.crossed[breakdown]):
            uncrossed = self._uncrossed(breakdown, position)
            for category in by_breakdown.get(side, ()):
                if category not in uncrossed:
                    parts = [line for line in lines if line[1].split("/")[position] == category]
                    other = shape.crossed[breakdown][1 - position]
                    yield (side, category), parts, other in shape.parting, other in shape.covering

    def _uncrossed(self, breakdown: str, position: int) -> set[str]:
        """Return the categories of a side that are crossed with nothing by themselves, but among others.

        Others by themselves are then fewer than others that are crossed.
        """
        side = self._shapes[breakdown].crossed[breakdown][position]
        crossed = {category.split("/")[position] for of, category in self._lines if of == breakdown}
        alone = {category for of, category in self._lines if of == side} - crossed
        return alone | {OTHERS} if alone and OTHERS in crossed else set()

    def _among_others(self) -> Iterator[tuple[Line, list[Line], bool]]:
        """Yield each line whose persons are all among others where it is crossed: line, others, covering."""
        for breakdown, shape in self._shapes.items():
            for position, side in enumerate(shape.crossed.get(breakdown, ())):
                covering = shape.crossed[breakdown][1 - position] in shape.covering
                others = [
                    line
                    for line in self._lines
                    if line[0] == breakdown and line[1].split("/")[position] == OTHERS
                ]
                uncrossed = self._uncrossed(breakdown, position)
                for line in self._lines:
                    if line[0] == side and line[1] in uncrossed:
                        yield line, others, covering

    def _cover(self, outer: Line, parts: Sequence[Line], covering: bool, slack: Slack) -> None:
        """Write down that a line has no more than its parts together, where there are any."""
        if covering and parts:
            are_covered(self._program, [self._lines[part] for part in parts], self._lines[outer])
        for place, unknown in self._counts[outer].items() if parts else ():
            inner = [self._counts[part].get(place) for part in parts]
            if None not in inner:
                self._covers(unknown, inner, 0 if covering else slack(unknown, inner))

    def _covers(self, whole: int, parts: Sequence[int], slack: float) -> None:
        terms = [(whole, 1), *((part, -1) for part in parts)]
        self._program.row(terms, -INFINITY, max(slack, 0))
