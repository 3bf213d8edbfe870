"""What the counts of published tables have to do with each other: what rounding holds.

A table is counts by age band, sex, and the categories of one breakdown after the other, of a group of people
(`sql/who.yml`). Several indicators may count the same group. Behind its counts stand numbers that nobody
publishes: how many there are of the ages between two ends of bands, of unknown sex, of categories that are
not printed. Each count is a sum of such numbers, and none of them is negative.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipelines.disclosure.lines import SEXES, Counted, Line, Numbers, add_up, are_covered
from pipelines.disclosure.programs import INFINITY, Program
from pipelines.indicators.bands import OTHERS, TOTAL, Band
from pipelines.indicators.who import Group, Who


class Cell(NamedTuple):
    """Where a count stands in its table."""

    age: str
    sex: str
    breakdown: str
    category: str


BELOW = "denominator"


@dataclass(frozen=True)
class Shape:
    """What is known of a table before a number is read.

    Args:
        bands: code of an age band → its ages; None for all ages, unknown ones too.
        parting: breakdowns in which nobody is in two categories.
        covering: breakdowns in which everybody is in some category.
        nested: breakdown → (the one it divides further, category → the category there).
        crossed: breakdown by two at once → those two; its categories are theirs with a stroke between.
        above, below: groups of people that are counted; none are of a group of their own.
        of_bands: age band → the group above the line, where it differs from band to band.
        undivided: breakdown that does not divide the group below the line.
        any_age: whether people of any age are counted above the line in each band.
        follows: indicator, years before, breakdown and category that count the people below the line above
            theirs, in an earlier academic year.
        low: what is printed as 0 is less than this, where that is more than the base.
        keyed: whether counts are drawn by key, rather than go to the nearest multiple where they can.
        people: whether it counts people; else courses or places, of which one person may have several.
        who: how the groups of all tables lie to each other.
    """

    bands: Mapping[str, Band | None]
    parting: frozenset[str] = frozenset()
    covering: frozenset[str] = frozenset()
    nested: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    crossed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    above: str = ""
    below: str = ""
    of_bands: Mapping[str, str] = field(default_factory=dict)
    undivided: str = ""
    any_age: bool = False
    follows: tuple[str, int, str, str] | None = None
    low: int = 0
    keyed: bool = True
    people: bool = True
    who: Who = field(default_factory=Who)

    def group(self, part: str, age: str) -> str:
        """Return the group of people that a part of the table counts; nothing, where none is named."""
        return self.below if part == BELOW else self.of_bands.get(age, self.above)

    def line(self, part: str, cell: Cell) -> Line:
        """Return the category of the group that a cell counts."""
        breakdown, category = cell.breakdown, cell.category
        if part != BELOW or not self.undivided:
            return breakdown, category
        if breakdown == self.undivided:
            return TOTAL, TOTAL
        pair = self.crossed.get(breakdown, ())
        if self.undivided not in pair:
            return breakdown, category
        other = 1 - pair.index(self.undivided)
        return pair[other], category.split("/")[other]


Name = tuple[str, str]
"""Of a table: indicator and part."""
Tables = Mapping[Name, Mapping[Cell, int]]
"""What stands in each cell of each table: the number of an unknown, or a count."""
Slack = Callable[[int, Sequence[int]], float]
"""The most by which a count can be more than its parts together; 0 where they cover it."""
LESS = (("low", "numerator"), ("numerator", "high"))
"""A part of an indicator, and one in which everybody is counted who is counted there."""


def relate(
    program: Program,
    tables: Tables,
    shapes: Mapping[str, Shape],
    slack: Slack,
    estimated: Collection[str] = (),
) -> None:
    """Write into a program what the counts of tables have to do with each other.

    Args:
        program: has an unknown for each count, in whatever unit.
        tables: the unknowns.
        shapes: indicator → what is known of it.
        slack: how much of a count can be in no part.
        estimated: indicators whose counts are estimates: those are compared with nothing else.
    """
    who = next((shape.who for shape in shapes.values() if shape.who.groups), Who())
    found: dict[Name, list[Placed]] = {}
    for (indicator, part), counts in tables.items():
        # A table without anybody says nothing: in the first year on record, nobody is followed from before.
        if not any(program.upper[unknown] for unknown in counts.values()):
            continue
        shape, version = shapes[indicator], "numerator" if part == BELOW else part
        for cell, unknown in counts.items():
            named = "" if indicator in estimated else shape.group(part, cell.age)
            group = named or f"{indicator} {BELOW if part == BELOW else 'numerator'}"
            same = tables.get((indicator, "numerator"), {}).get(cell) == unknown
            placed = Placed(shape.line(part, cell), cell, unknown, shape, same)
            found.setdefault((group, version), []).append(placed)
    made = {
        (group, version): Table(program, who.groups.get(group, Group()), cells)
        for (group, version), cells in found.items()
        # Bounds that are the counts themselves, everywhere, say nothing that these do not.
        if version == "numerator" or not all(cell.same for cell in cells)
    }
    for table in made.values():
        table.relate(slack)
    for version in ("numerator", "low", "high"):
        of_version = {
            group: made.get((group, version), made.get((group, "numerator")))
            for group, its in found
            if its == version
        }
        _relate_groups(of_version, who)
        _divide(program, of_version, who)
    for fewer, more in LESS:
        for group, version in made:
            if version == fewer and (group, more) in made:
                made[group, fewer].within(made[group, more])


def _relate_groups(tables: Mapping[str, "Table | None"], who: Who) -> None:
    """Write down which groups are among which."""
    for group, table in tables.items():
        outer = [*who.groups.get(group, Group()).among]
        # Of an indicator that names no groups, whoever is above the line is below it, too.
        if group.endswith(" numerator"):
            outer.append(group.removesuffix("numerator") + BELOW)
        for wider in filter(None, map(tables.get, outer)):
            if table is not None:
                table.within(wider)


def _divide(program: Program, tables: Mapping[str, "Table | None"], who: Who) -> None:
    """Write down what is said of the parts of groups."""

    def numbers(line: tuple[str, str, str]) -> Numbers | None:
        table = tables.get(line[0])
        return table.line(line) if table else None

    for division in who.divisions:
        whole, parts = division.lines
        of, there = numbers(whole), [line for part in parts if (line := numbers(part))]
        if of is None or not there:
            continue
        for group in [there] if division.apart else [[line] for line in there]:
            add_up(program, group, of)
        if division.covers and len(there) == len(parts):
            are_covered(program, there, of)


class Placed(NamedTuple):
    """A count: the category that it is of, its cell and unknown, and the shape of the table that has it.

    `same` says of a bound whether it is the count itself.
    """

    line: Line
    cell: Cell
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
        for line, cell, unknown, shape, _ in cells:
            band = None if shape.any_age else shape.bands.get(cell.age, (cell.age,))
            sexes = [sex for sex in group.sexes or SEXES if cell.sex in (TOTAL, sex)]
            lines.setdefault(line, []).append(Counted(unknown, band, tuple(sexes)))
            self._counts.setdefault(line, {}).setdefault((band, cell.sex), unknown)
            self._shapes.setdefault(line[0], shape)
        self._lines = {line: Numbers(program, counted) for line, counted in lines.items()}

    def line(self, of: tuple[str, str, str]) -> Numbers | None:
        """Return the numbers behind a category of the group; nothing, where it is not counted."""
        return self._lines.get((of[1], of[2]))

    def within(self, outer: "Table") -> None:
        """Write down that whoever is counted here is counted in another table, too."""
        for line, numbers in self._lines.items():
            if line in outer._lines:
                same = self._ages is outer._ages
                add_up(self._program, [numbers], outer._lines[line], by_age=same)

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
