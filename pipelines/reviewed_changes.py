"""Puts the changes between two releases into the words and the order in which a reviewer reads them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import DIMENSIONS
from pipelines.publication.cells import headline_row
from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.markers import explained
from pipelines.releases.differences import Change
from pipelines.releases.reasons import REGROUPED

MARKERS = ("[low]", "[x]", "[c]", "[p]", "[u]")
"""Markers that a reviewer is told of where a figure has them anew."""
SHOWN = 10
"""Changes that each list has; the file beside the page has all."""
DOUBTFUL = "[u]"


@dataclass(frozen=True)
class ReviewedChanges:
    """What changed, for the page.

    Args:
        total: figures that differ in anything.
        seen: those of them that readers see another figure or marker of.
        reasons: reason → how many of `total`.
        regrouped: how many of `total` are of categories that are put together otherwise; no list has them.
        headlines: rows of changed headlines of the year of the release.
        people: the largest changes of people, one for each indicator; the headlines are not among them.
        values: the largest changes of percentages and indices that are not marked as unreliable.
        newly: marker → the figures that have it and had not.
        markers: marker → what it means, of those that stand in these lists.
    """

    total: int
    seen: int
    reasons: Mapping[str, int]
    regrouped: int
    headlines: Sequence[Mapping[str, str]]
    people: Sequence[Mapping[str, str]]
    values: Sequence[Mapping[str, str]]
    newly: Sequence[tuple[str, Sequence[str]]]
    markers: Sequence[tuple[str, str]]

    @classmethod
    def of(
        cls,
        changes: Sequence[Change],
        catalogue: Mapping[str, Indicator],
        facts: ReleaseFacts,
        published: pl.DataFrame,
        names: Mapping[str, str],
    ) -> "ReviewedChanges":
        """Put changes into words.

        Args:
            changes: all of them, the largest of people first.
            catalogue: the indicators.
            facts: about the release.
            published: the published table.
            names: number of a provider → its name.
        """
        words = _Words(catalogue, facts, names)
        seen = [change for change in changes if change.before != change.after]
        places = _headlines(catalogue, published, facts.academic_year)
        headlines = [c for c in seen if (c.indicator, c.academic_year, c.place) in places]
        others = [c for c in seen if c not in headlines and c.returns != REGROUPED]
        lists = (headlines, _one_each(others)[:SHOWN], _of_values(others)[:SHOWN])
        texts = [text for rows in lists for change in rows for text in (change.before, change.after)]
        newly = _newly(seen, words)
        return cls(
            len(changes),
            len(seen),
            dict(Counter(str(change.reason) for change in changes).most_common()),
            sum(change.returns == REGROUPED for change in changes),
            *([words.row(change) for change in rows] for rows in lists),
            newly,
            explained([*texts, *(marker for marker, _ in newly)], facts.low(catalogue)),
        )


@dataclass(frozen=True)
class _Words:
    """How codes and numbers are said to people."""

    catalogue: Mapping[str, Indicator]
    facts: ReleaseFacts
    names: Mapping[str, str]

    def row(self, change: Change) -> dict[str, str]:
        """Return a change as a row of the page."""
        known = self.catalogue.get(change.indicator)
        return {
            "indicator": change.indicator,
            "label": self.label(change),
            "place": self.place(change),
            "unit": known.unit if known else "",
            "before": _with_commas(change.before),
            "after": _with_commas(change.after),
            "people": "" if not change.people else f"{change.people:+,}",
            "reason": str(change.reason),
            "returns": self.returns(change),
        }

    def label(self, change: Change) -> str:
        """Return the name of an indicator; its stem, where there is no such indicator any more."""
        known = self.catalogue.get(change.indicator)
        return known.label if known else change.indicator

    def returns(self, change: Change) -> str:
        """Return what else is known of why; of several returns the first, and how many more there are."""
        first, *more = change.returns.split("; ")
        named = re.sub(r"[^;,: ]+(?=,)", lambda n: self.names.get(n[0], n[0]), first)
        return f"{named}, and {len(more)} more" if more else named

    def place(self, change: Change) -> str:
        """Return the year of a figure, and where it stands in its table."""
        parts = (part.partition(" ") for part in change.place.split(", "))
        return ", ".join([change.academic_year, *(self._part(name, code) for name, _, code in parts)])

    def _part(self, name: str, code: str) -> str:
        if name == "of":
            return self.catalogue[code].label if code in self.catalogue else code
        return self.facts.codes.get(name, {}).get(code, f"{name} {code}".strip())


def _headlines(
    catalogue: Mapping[str, Indicator], published: pl.DataFrame, year: str
) -> set[tuple[str, str, str]]:
    """Return indicator, year and place of each headline, as changes name them."""
    places = set()
    for key, indicator in catalogue.items():
        if (row := headline_row(indicator, published, year)) is not None:
            named = {**{name: name for name in DIMENSIONS}, "base_indicator": "of", "comparison": "compared"}
            parts = [f"{said} {row[name]}" for name, said in named.items() if row[name] != TOTAL]
            places.add((key, year, ", ".join(parts) or "all"))
    return places


def _one_each(changes: Iterable[Change]) -> list[Change]:
    """Return the first change of each indicator that has people in it."""
    found: dict[str, Change] = {}
    for change in changes:
        if change.people:
            found.setdefault(change.indicator, change)
    return list(found.values())


def _of_values(changes: Iterable[Change]) -> list[Change]:
    """Return changes of figures that are no plain counts, the largest first."""
    found = [
        (abs(_number(change.after) - _number(change.before)), change)
        for change in changes
        if DOUBTFUL not in change.before + change.after
        and None not in (_number(change.before), _number(change.after))
        and change.people != _number(change.after) - _number(change.before)
    ]
    return [change for _, change in sorted(found, key=lambda pair: -pair[0])]


def _newly(changes: Iterable[Change], words: _Words) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for change in changes:
        for marker in change.new_markers:
            was = f"was {change.before}" if change.before else "not shown before"
            found.setdefault(marker, []).append(f"{words.label(change)}, {words.place(change)}: {was}")
    # A table has rows by age and sex that are said alike where both are all.
    return [(marker, list(dict.fromkeys(found[marker]))) for marker in MARKERS if marker in found]


def _number(figure: str) -> float | None:
    first = figure.partition(" ")[0]
    return float(first) if first and first[:1] != "[" else None


def _with_commas(figure: str) -> str:
    return re.sub(r"\d+(?=\.|$| )", lambda digits: f"{int(digits[0]):,}", figure, count=1) if figure else ""
