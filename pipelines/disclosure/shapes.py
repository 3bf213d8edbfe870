"""What is known of published tables before a number is read: where counts stand, and whom they count."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pipelines.disclosure.lines import Line
from pipelines.indicators.bands import TOTAL, Band
from pipelines.indicators.who import Who


class Cell(NamedTuple):
    """Where a count stands in its table."""

    age: str
    sex: str
    breakdown: str
    category: str


BELOW = "denominator"
WHOLE = (TOTAL, TOTAL)
"""The line of everybody in a group."""


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
