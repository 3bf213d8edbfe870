"""What the counts of published tables have to do with each other, as anybody can see who reads them.

A table is counts by age band, sex, and the categories of one breakdown after the other. Behind them stand
numbers that nobody publishes: how many there are of the ages between two ends of bands, of unknown sex, of
categories that are not printed. Each count is a sum of such numbers, and none of them is negative.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import pairwise
from typing import NamedTuple

from pipelines.disclosure.programs import INFINITY, Program
from pipelines.indicators.bands import OPEN, OTHERS, TOTAL, Band
from pipelines.indicators.terms import HOME

SEXES = ("F", "M", "U")
"""U, not known, is never published by itself."""


Span = int | str
"""Of ages: between two ends of bands, counted from the youngest."""


class Cell(NamedTuple):
    """Where a count stands in its table."""

    age: str
    sex: str
    breakdown: str
    category: str


@dataclass(frozen=True)
class Shape:
    """What a reader knows of a table before reading a number.

    Args:
        bands: code of an age band → its ages; None for all ages, unknown ones too.
        parting: breakdowns in which nobody is in two categories.
        covering: breakdowns in which everybody is in some category.
        nested: breakdown → (the one it divides further, category → the category there).
        crossed: breakdown by two at once → those two; its categories are theirs with a stroke between.
        within: indicators that count everybody who is counted here, in the same cell of ages, sex and home.
        follows: indicator, years before, breakdown and category that count the people below the line above
            theirs, in an earlier academic year.
        low: what is printed as 0 is less than this, where that is more than the base.
        keyed: whether counts are drawn by key, rather than go to the nearest multiple where they can.
        people: whether it counts people; else courses or places, of which one person may have several.
    """

    bands: Mapping[str, Band | None]
    parting: frozenset[str] = frozenset()
    covering: frozenset[str] = frozenset()
    nested: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    crossed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    within: tuple[str, ...] = ()
    follows: tuple[str, int, str, str] | None = None
    low: int = 0
    keyed: bool = True
    people: bool = True

    @cached_property
    def spans(self) -> dict[str, tuple[int, ...]]:
        """Code of a band → the spans that it consists of; no end of a band lies within a span."""
        ages = [band or Band(0, OPEN) for band in self.bands.values()]
        ends = sorted({end for band in ages for end in (band.first, band.last + 1)})
        spans = list(pairwise(ends))
        of_band = {
            code: tuple(
                i for i, (first, past) in enumerate(spans) if band.first <= first and past - 1 <= band.last
            )
            for code, band in zip(self.bands, ages, strict=True)
        }
        # Whose age is not known is in no band, and counts where all ages do.
        unknown = len(spans)
        return {
            code: (*of_band[code], unknown) if band is None else of_band[code]
            for code, band in self.bands.items()
        }

    def of_age(self, code: str) -> tuple[Span, ...]:
        """Return the spans of a band; one of its own where the band is not known, and so in no other."""
        return self.spans.get(code, (code,))


Line = tuple[str, str]
"""A breakdown and one of its categories: counts by age band and sex."""
Family = tuple[Line, list[Line], bool, bool]
"""A line, lines that are parts of it, whether nobody is in two of them, and whether everybody is in one."""
Name = tuple[str, str]
"""Of a table: indicator and part."""
Tables = Mapping[Name, Mapping[Cell, int]]
"""What stands in each cell of each table: the number of an unknown, or a count."""
Slack = Callable[[Name, Cell, Sequence[Cell]], float]
"""The most by which a count can be more than its parts together; 0 where they cover it."""
AMONG = {"low": ("numerator",), "numerator": ("high", "denominator")}
"""Part → the parts of its indicator that its persons are among, if there are such."""


def relate(program: Program, tables: Tables, shapes: Mapping[str, Shape], slack: Slack) -> None:
    """Write into a program what the counts of tables have to do with each other.

    Args:
        program: has an unknown for each count, in whatever unit.
        tables: the unknowns.
        shapes: indicator → what a reader knows of it.
        slack: how much of a count can be in no part.
    """
    made = {}
    for name, counts in tables.items():
        # Bounds that are the counts themselves, everywhere, say nothing that these do not.
        if name[1] in ("low", "high") and counts == tables.get((name[0], "numerator")):
            continue
        made[name] = Table(program, shapes[name[0]], counts)
        made[name].relate(partial(slack, name))
    for (indicator, part), table in made.items():
        for outer in AMONG.get(part, ()):
            if (indicator, outer) in made:
                table.within(made[indicator, outer])
        # Whoever is below the line of a ratio, and so whoever is above it, is in what it is within.
        top = "denominator" if (indicator, "denominator") in made else "numerator"
        for outer in shapes[indicator].within if part == top else ():
            wider = tables.get((outer, "numerator"), {})
            for cell in tables[indicator, part]:
                if cell.breakdown in (TOTAL, *HOME) and cell in wider:
                    program.row([(wider[cell], 1), (tables[indicator, part][cell], -1)], 0, INFINITY)


class Table:
    """The counts of a table, as unknowns of a program, and the numbers behind them.

    Args:
        program: gets the numbers behind, and what they have to do with each other.
        shape: of the table.
        counts: cell → its unknown.
    """

    def __init__(self, program: Program, shape: Shape, counts: Mapping[Cell, int]) -> None:
        self._program, self._shape, self._counts = program, shape, counts
        self._cells: dict[Line, list[Cell]] = {}
        for cell in counts:
            self._cells.setdefault((cell.breakdown, cell.category), []).append(cell)
        self._behind = {line: self._numbers(cells) for line, cells in self._cells.items()}

    def _numbers(self, cells: Sequence[Cell]) -> dict[tuple[str, Span], int]:
        """Return sex and span of ages → the number behind the counts of a line; tie the counts to them."""
        sexes = SEXES if any(cell.sex != TOTAL for cell in cells) else (TOTAL,)
        spans = list(dict.fromkeys(span for cell in cells for span in self._shape.of_age(cell.age)))
        numbers = {(sex, span): self._program.unknown() for sex in sexes for span in spans}
        for cell in cells:
            of_cell = _chosen(numbers, cell.sex, self._shape.of_age(cell.age))
            self._program.row([(self._counts[cell], 1), *((number, -1) for number in of_cell)], 0, 0)
        return numbers

    def relate(self, slack: Callable[[Cell, Sequence[Cell]], float]) -> None:
        """Write down that parts are not more than their whole, and by how much they can be less."""
        for cell in self._counts:
            women_and_men = [cell._replace(sex=sex) for sex in ("F", "M")]
            if cell.sex == TOTAL and all(part in self._counts for part in women_and_men):
                self._covers(cell, women_and_men, slack(cell, women_and_men))
        for outer, parts, parting, covering in self._families():
            if outer not in self._cells:
                continue
            for group in [parts] if parting else [[part] for part in parts]:
                self._holds(outer, group)
            self._cover(outer, parts, covering, slack)
        for outer, parts, covering in self._among_others():
            self._cover(outer, parts, covering, slack)

    def within(self, outer: "Table") -> None:
        """Write down that whoever is counted here is counted in a table of the same shape too."""
        for line, numbers in self._behind.items():
            for place, number in numbers.items():
                if place in outer._behind.get(line, {}):
                    self._program.row([(outer._behind[line][place], 1), (number, -1)], 0, INFINITY)

    def _families(self) -> Iterator[Family]:
        shape, by_breakdown = self._shape, {}
        for breakdown, category in self._cells:
            by_breakdown.setdefault(breakdown, []).append(category)
        whole = (TOTAL, TOTAL)
        for breakdown, categories in by_breakdown.items():
            lines = [(breakdown, category) for category in categories]
            if breakdown in shape.crossed:
                for position, side in enumerate(shape.crossed[breakdown]):
                    uncrossed = self._uncrossed(breakdown, position)
                    for category in by_breakdown.get(side, ()):
                        if category in uncrossed:
                            continue
                        parts = [line for line in lines if line[1].split("/")[position] == category]
                        other = shape.crossed[breakdown][1 - position]
                        yield (side, category), parts, other in shape.parting, other in shape.covering
            elif breakdown in shape.nested and shape.nested[breakdown][0] in by_breakdown:
                parent, place = shape.nested[breakdown]
                for category in by_breakdown[parent]:
                    yield (
                        (parent, category),
                        [line for line in lines if place.get(line[1]) == category],
                        True,
                        True,
                    )
            elif breakdown != TOTAL:
                yield whole, lines, breakdown in shape.parting, breakdown in shape.covering

    def _holds(self, outer: Line, parts: Sequence[Line]) -> None:
        """Write down that a line has no fewer than parts have together: by age, and by sex where all are."""
        sexed = all(any(sex != TOTAL for sex, _ in self._behind[line]) for line in (outer, *parts))
        for sex in SEXES if sexed else (TOTAL,):
            for span in {span for part in parts for _, span in self._behind[part]}:
                terms = [(number, 1) for number in _chosen(self._behind[outer], sex, (span,))]
                for part in parts:
                    terms += [(number, -1) for number in _chosen(self._behind[part], sex, (span,))]
                self._program.row(terms, 0, INFINITY)

    def _uncrossed(self, breakdown: str, position: int) -> set[str]:
        """Return the categories of a side that are crossed with nothing by themselves, but among others.

        Others by themselves are then fewer than others that are crossed.
        """
        side = self._shape.crossed[breakdown][position]
        crossed = {category.split("/")[position] for of, category in self._cells if of == breakdown}
        alone = {category for of, category in self._cells if of == side} - crossed
        return alone | {OTHERS} if alone and OTHERS in crossed else set()

    def _among_others(self) -> Iterator[tuple[Line, list[Line], bool]]:
        """Yield each line whose persons are all among others where it is crossed: line, others, covering."""
        for breakdown, sides in self._shape.crossed.items():
            for position, side in enumerate(sides):
                covering = sides[1 - position] in self._shape.covering
                others = [
                    line
                    for line in self._cells
                    if line[0] == breakdown and line[1].split("/")[position] == OTHERS
                ]
                uncrossed = self._uncrossed(breakdown, position)
                for line in self._cells:
                    if line[0] == side and line[1] in uncrossed:
                        yield line, others, covering

    def _cover(
        self,
        outer: Line,
        parts: Sequence[Line],
        covering: bool,
        slack: Callable[[Cell, Sequence[Cell]], float],
    ) -> None:
        """Write down that a line has no more than its parts together, where there are any."""
        for cell in self._cells[outer] if parts else ():
            inner = [cell._replace(breakdown=b, category=c) for b, c in parts]
            if all(part in self._counts for part in inner):
                self._covers(cell, inner, 0 if covering else slack(cell, inner))

    def _covers(self, cell: Cell, parts: Sequence[Cell], slack: float) -> None:
        terms = [(self._counts[cell], 1), *((self._counts[part], -1) for part in parts)]
        self._program.row(terms, -INFINITY, max(slack, 0))


def _chosen(numbers: Mapping[tuple[str, Span], int], sex: str, spans: Sequence[Span]) -> list[int]:
    """Return the numbers of a sex, or of all, and of these spans of ages."""
    sexes = SEXES if sex == TOTAL else (sex,)
    return [numbers[s, span] for span in spans for s in (*sexes, TOTAL) if (s, span) in numbers]
