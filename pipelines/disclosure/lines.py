"""The numbers behind the counts of a line of a table: how many of each sex, between two ends of bands."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from pipelines.disclosure.programs import INFINITY, Program
from pipelines.indicators.bands import OPEN, TOTAL

SEXES = ("F", "M", "U")
"""U, not known, is never published by itself."""
Line = tuple[str, str]
"""A breakdown and one of its categories."""
Span = tuple[int | str, int | str]
"""From the first age to before the last."""
UNKNOWN = (OPEN + 1, OPEN + 2)
"""The span of those whose age is not known."""
EVERYBODY = (0, OPEN + 2)


class Counted(NamedTuple):
    """A count: its unknown, its ages (None for all, unknown ones too), and the sexes that are counted."""

    unknown: int
    ages: tuple | None
    sexes: tuple[str, ...]


class Numbers:
    """The numbers behind the counts of a line.

    Args:
        program: gets an unknown for each, and a row that ties each count to them.
        counts: of the line.
    """

    def __init__(self, program: Program, counts: Sequence[Counted]) -> None:
        self.sexes = SEXES if any(set(count.sexes) != set(SEXES) for count in counts) else (TOTAL,)
        # No end of a band lies within a span.
        known = [_span(count.ages) for count in counts if not _is_alone(count.ages)]
        ends = {end for span in known for end in span}
        if EVERYBODY in known:
            ends.add(UNKNOWN[0])
        spans = [span for span in pairwise(sorted(ends)) if any(_within(span, of) for of in known)]
        # A band that is not known is a span of its own, and in no other.
        spans += list(dict.fromkeys(_span(count.ages) for count in counts if _is_alone(count.ages)))
        self.spans = spans
        self.of = {(sex, span): program.unknown() for sex in self.sexes for span in spans}
        for count in counts:
            inside = [span for span in spans if _within(span, _span(count.ages))]
            numbers = self.chosen(count.sexes, inside)
            program.row([(count.unknown, 1), *((number, -1) for number in numbers)], 0, 0)

    def chosen(self, sexes: Sequence[str], spans: Iterable[Span]) -> list[int]:
        """Return the numbers of some sexes, or of all where they are not told apart, and of some spans."""
        of = self.sexes if self.sexes == (TOTAL,) else sexes
        return [self.of[sex, span] for span in spans for sex in of]

    def inside(self, area: Span) -> list[Span]:
        """Return the spans that lie within some ages."""
        return [span for span in self.spans if _within(span, area)]

    def around(self, area: Span) -> list[Span]:
        """Return the spans that some ages are made of or lie in; none, where part of them is not counted."""
        if area in self.spans:
            return [area]
        if isinstance(area[0], str):
            return []
        found = [s for s in self.spans if not isinstance(s[0], str) and s[0] < area[1] and area[0] < s[1]]
        whole = found and found[0][0] <= area[0] and area[1] <= found[-1][1]
        return found if whole and all(a[1] == b[0] for a, b in pairwise(found)) else []


def add_up(program: Program, parts: Sequence[Numbers], whole: Numbers, *, by_age: bool = True) -> None:
    """Write down that parts have no more than a whole: all of them together, at all ages and of either sex.

    Args:
        program: gets the rows.
        parts: in which nobody is twice.
        whole: that they are part of.
        by_age: whether their ages are of the same kind; else they are compared at all ages, where it has all.
    """
    for sexes in _compared([*parts, whole]):
        for area in _areas([*parts, whole]) if by_age else [EVERYBODY]:
            inner = [number for part in parts for number in part.chosen(sexes, part.inside(area))]
            outer = whole.chosen(sexes, whole.around(area))
            if inner and outer:
                program.row([*((n, 1) for n in outer), *((n, -1) for n in inner)], 0, INFINITY)


def are_covered(program: Program, parts: Sequence[Numbers], whole: Numbers) -> None:
    """Write down that a whole has no more than its parts together."""
    for sexes in _compared([*parts, whole]):
        for area in _areas([*parts, whole]):
            around = [part.chosen(sexes, part.around(area)) for part in parts]
            inner = whole.chosen(sexes, whole.inside(area))
            if inner and all(around):
                outer = [(number, 1) for numbers in around for number in numbers]
                program.row([*outer, *((n, -1) for n in inner)], 0, INFINITY)


def _compared(lines: Sequence[Numbers]) -> list[tuple[str, ...]]:
    """Return by which sexes lines are compared: by each, where all tell them apart."""
    return [(sex,) for sex in SEXES] if all(line.sexes == SEXES for line in lines) else [SEXES]


def _areas(lines: Sequence[Numbers]) -> list[Span]:
    """Return the ages at which lines are compared: each span, and what overlapping ones are together."""
    spans = list(dict.fromkeys(span for line in lines for span in line.spans))
    together: list[list[int]] = []
    for first, past in sorted(span for span in spans if not isinstance(span[0], str)):
        if together and first < together[-1][1]:
            together[-1][1] = max(together[-1][1], past)
        else:
            together.append([first, past])
    return [*spans, *(area for of in together if (area := (of[0], of[1])) not in spans)]


def _span(ages: tuple | None) -> Span:
    if ages is None:
        return EVERYBODY
    return (ages[0], "") if _is_alone(ages) else (ages[0], ages[1] + 1)


def _is_alone(ages: tuple | None) -> bool:
    """Say whether ages are those of a band that is not known: a code."""
    return ages is not None and len(ages) == 1


def _within(span: Span, area: Span) -> bool:
    if isinstance(span[0], str) or isinstance(area[0], str):
        return span == area
    return area[0] <= span[0] and span[1] <= area[1]
