"""What the auditor knows of who is counted: facts, what follows from them, and whom each table counts.

It reads the definitions by itself (`definitions.yml`). A group of people is the set of facts that hold of
each of them, with all that follows. Whoever has all the facts of a group is in it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("definitions.yml")
OTHERS = "_O"
OWN, ANY = "own", "any"
"""Of what ages are: completed years; of people of any age."""
BELOW = "denominator"
Facts = frozenset[str]
_HOMES = {"city": ("home=city",), "known": ("home known",), "any": ()}


class UnknownTableError(Exception):
    """A release has a table of which the auditor has no definition: it cannot vouch for it."""


@dataclass(frozen=True)
class Side:
    """Who is counted above or below a line.

    Args:
        facts: that hold of each of them.
        years_before: of how many years before the year of the table they are.
        ages: of what its ages are: `OWN`, `ANY`, or others that compare with nothing else.
        bands: what holds of each age band besides, from the youngest.
        sexes: that are counted, where not all are.
        later: a dimension of the later year: below the line it divides nobody.
    """

    facts: tuple[str, ...]
    years_before: int = 0
    ages: str = OWN
    bands: tuple[tuple[str, ...], ...] = ()
    sexes: tuple[str, ...] = ()
    later: str = ""


@dataclass(frozen=True)
class Definitions:
    """The auditor's reading of the definitions.

    Args:
        said: by the file.
        nested: dimension → (one that it divides further, category → the category there), as the release says.
        shown: dimension → the sets of categories that stand by themselves somewhere, beside others.
    """

    said: Mapping = field(repr=False)
    nested: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    shown: Mapping[str, frozenset[frozenset[str]]] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path = FILE) -> "Definitions":
        """Read the file."""
        return cls(yaml.safe_load(file.read_text("utf-8")))

    @cached_property
    def _direct(self) -> Mapping[str, set[str]]:
        """Fact → what follows from it at once."""
        direct = {fact: set(facts) for fact, facts in self.said.get("implies", {}).items()}
        pairs = [*self.said.get("same", ()), *(reversed(pair) for pair in self.said.get("same", ()))]
        pairs += [(f"home={place}", "home known") for place in ("city", "elsewhere")]
        for dimension, (wider, places) in self.nested.items():
            pairs += [(f"{dimension}={code}", f"{wider}={place}") for code, place in places.items()]
        for one, other in pairs:
            direct.setdefault(one, set()).add(other)
        return direct

    def side(self, indicator: str, part: str) -> Side:
        """Return who is counted in a part of a table.

        Raises:
            UnknownTableError: there is no definition of it.
        """
        said = self.said["indicators"].get(indicator)
        if said is None or (part == BELOW and "below" not in said):
            raise UnknownTableError(f"{indicator}, {part}: the auditor has no definition of it")
        where = "below" if part == BELOW else "above"
        return Side(
            (*said.get(where, ()), *_HOMES[said.get("home", "city")]),
            said.get("year", 0),
            said.get("ages", OWN),
            tuple(map(tuple, said.get("bands", ()))),
            tuple(said.get(f"{where}_sexes", ())),
            said.get("later", ""),
        )

    def follows(self, indicator: str) -> bool:
        """Say whether an indicator counts people of an earlier year."""
        return bool(self.said["indicators"].get(indicator, {}).get("year"))

    @property
    def learning(self) -> Collection[str]:
        """Dimensions of which a category is of an enrolment."""
        return self.said.get("learning", ())

    @property
    def apart(self) -> Sequence[tuple[str, str]]:
        """Pairs of facts that hold of nobody together."""
        return self.said.get("apart", ())

    @property
    def covered(self) -> Sequence[Sequence[str]]:
        """A fact, then others of which one at least holds where it does."""
        return self.said.get("covered", ())

    def closed(self, facts: Iterable[str]) -> Facts:
        """Return facts with all that follow from them."""
        return frozenset().union(*(self.following(fact) for fact in facts))

    def following(self, fact: str) -> Facts:
        """Return a fact with all that follow from it."""
        if fact not in self._known:
            found, waiting = set(), [fact]
            while waiting:
                if (one := waiting.pop()) not in found:
                    found.add(one)
                    waiting += self._direct.get(one, ())
            self._known[fact] = frozenset(found)
        return self._known[fact]

    @cached_property
    def _known(self) -> dict[str, Facts]:
        return {}

    def divided(self, group: Facts, dimension: str, category: str, standing: Iterable[str]) -> Facts:
        """Return what holds of those of a group who are in a category of a dimension.

        Args:
            group: facts, closed.
            dimension: that divides it.
            category: code; others are in none of those `standing` by themselves.
            standing: see there.
        """
        stands = frozenset(standing) - {OTHERS}
        sets = self.shown.get(dimension, frozenset())
        if category == OTHERS:
            names = [_none_of(dimension, stands), *(_none_of(dimension, s) for s in sets if s <= stands)]
        else:
            names = [f"{dimension}={category}", *(_none_of(dimension, s) for s in sets if category not in s)]
        found = self.closed(names)
        if dimension in self.learning:
            # The same enrolment makes somebody one of the group and is of the category.
            of_enrolments = {fact for fact in group if "=" not in fact and "home" not in fact}
            found |= {f"{fact}, {name}" for fact in of_enrolments - {"learns"} for name in names}
        return group | found


def _none_of(dimension: str, categories: Iterable[str]) -> str:
    return f"{dimension} none of {', '.join(sorted(categories))}"
