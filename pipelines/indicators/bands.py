"""Age bands: `15-24`, `65+`, `4`, or a stage of education, whose ages the city profile says."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pipelines.city import SchoolAges

OPEN = 999
"""Last age of a band that has none."""
TOTAL, OTHERS = "_T", "_O"
"""SDMX's code for all ages together, unknown ones among them."""

_AGES = re.compile(r"^(\d{1,2})(?:-(\d{1,2})|(\+))?$")


class Band(NamedTuple):
    """First and last age, in completed years on 31 August."""

    first: int
    last: int

    @property
    def code(self) -> str:
        """As it is published: `15-24`, `65+`, `4`."""
        if self.last == OPEN:
            return f"{self.first}+"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @classmethod
    def parse(cls, text: str, ages: "SchoolAges") -> "Band | None":
        """Read a band; return None for all ages (`_T`).

        Raises:
            ValueError: it is neither ages nor a stage.
        """
        if text == TOTAL:
            return None
        if found := _AGES.match(text):
            first, last, open_ended = found.groups()
            band = cls(int(first), OPEN if open_ended else int(last or first))
        elif text in stages(ages):
            band = stages(ages)[text]
        else:
            raise ValueError(f"{text}: neither ages nor one of {', '.join(stages(ages))}")
        if band.last < band.first:
            raise ValueError(f"{text}: ends before it begins")
        return band


def fills(parts: Iterable[Band | None], whole: Band | None) -> bool:
    """Say whether bands follow each other without gap or overlap, and make up another."""
    ages = [part or Band(0, OPEN) for part in parts]
    firsts, lasts = sorted(part.first for part in ages), sorted(part.last for part in ages)
    follows = firsts[1:] == [last + 1 for last in lasts[:-1]]
    return follows and (firsts[0], lasts[-1]) == whole


def stages(ages: "SchoolAges") -> dict[str, Band]:
    """Return stage of education → its ages.

    Whoever completed a level is looked for three to five years above the intended age of its last grade
    (UN SDG indicator metadata 4.1.2, UIS, July 2021).
    """
    named = {
        "early_childhood": Band(*ages.early_childhood),
        "pre_primary": Band(*ages.pre_primary),
        "before_primary": Band(ages.primary_entry - 1, ages.primary_entry - 1),
        "primary": Band(*ages.primary),
        "lower_secondary": Band(*ages.lower_secondary),
        "upper_secondary": Band(*ages.upper_secondary),
        "tertiary": Band(*ages.tertiary),
        "school": Band(ages.primary[0], ages.upper_secondary[1]),
    }
    levels = ("primary", "lower_secondary", "upper_secondary")
    last_grade = {f"last_grade_of_{name}": Band(named[name].last, named[name].last) for name in levels}
    after = {f"after_{name}": Band(named[name].last + 3, named[name].last + 5) for name in levels}
    return named | last_grade | after
