"""How the school census differs by term: days, names of modules, and columns. Source: exports and schema of
the censuses of autumn 2024 to summer 2025.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from pipelines.synthetic.schooling import autumn_census_day, census_day

_SMALL = ("schoolcensus", "pupilonroll", "addresses", "pupilnolongeronroll")
"""Modules that are written of the two terms which only say who is on roll."""


@dataclass(frozen=True)
class Term:
    """One of the three censuses of an academic year.

    Args:
        name: as in file names.
        code: as in the header.
        modules: those that are written; None means all.
        without: columns of spring that it lacks.
        added: module → its columns beside those of spring.
        called: module in spring → its name in this term.
    """

    name: str
    code: str
    modules: tuple[str, ...] | None = None
    without: frozenset[str] = frozenset()
    added: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)

    def of(self, year: int) -> tuple[object, ...]:
        """Return what names this census in a draw."""
        return (year,) if self.name == "spring" else (year, self.name)

    def calendar_year(self, year: int) -> int:
        """Return the calendar year of the census of the academic year that starts in `year`."""
        return year + (self.name != "autumn")

    def day(self, year: int) -> date:
        """Return the census day."""
        if self.name == "autumn":
            return autumn_census_day(year)
        return census_day(year) if self.name == "spring" else date(year + 1, 5, 15)

    def prepared_after(self, year: int) -> timedelta:
        """Return how long after the census day the authority exported it."""
        if self.name == "spring":
            return date(year + 1, 2, 12) - self.day(year)
        return timedelta(days=28)

    def module(self, name: str) -> str:
        """Return the name of a module of spring in this term."""
        return self.called.get(name, name)

    def columns(self, spring: Mapping[str, str]) -> dict[str, list[str]]:
        """Return module → columns, of the modules that are written, from those of spring."""
        found = {}
        for name in self.modules or spring:
            own = [column for column in spring[name].split() if column not in self.without]
            named = [column.replace(name, self.module(name)) for column in own]
            found[self.module(name)] = named + self.added.get(name, "").split()
        return found


SPRING = Term("spring", "SPR")
AUTUMN = Term(
    "autumn",
    "AUT",
    modules=_SMALL,
    without=frozenset({"ethnicity", "unitcontacttime", "youngcarer"}),
    added={
        "pupilonroll": (
            "ftemp qualhrs nonqualhrs qualhrspreviousyear nonqualhrspreviousyear tlevelqualhrs "
            "tlevelnonqualhrs summerhalfterm2sessionspossible"
        ),
        "pupilnolongeronroll": "ncyearleaving missingaddress summerhalfterm2sessionspossible",
    },
    called={"addresses": "addressesonroll"},
)
SUMMER = Term(
    "summer",
    "SUM",
    modules=_SMALL,
    without=frozenset({"ethnicity", "unitcontacttime", "youngcarer", "duplicatenotfunded"}),
    added={"pupilonroll": "expandedhours"},
)
