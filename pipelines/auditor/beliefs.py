"""What somebody believes who has several releases: what no manifest says has changed has not.

A year that two manifests say was revised in the same release has the same people in both. Where it was
revised since, and nothing but returns differs, those who came or left are learners of the providers whose
returns differ: no count rose or fell by more people than these have. Where code, settings or reference lists
differ, anything may have changed.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipelines.auditor.releases import LINKAGE, PERSONS, Cell, Name, Release
from pipelines.indicators.bands import TOTAL

DECISIONS, OF_PROVIDERS = "decisions.toml", ("provider", "provider_tier")
OF_OTHERS = ("apprenticeship_service", "common_transfer_file")
"""Formats in which somebody says something of other providers' learners."""
OF_ALL_YEARS = ("code_version", "rule_set", "key_id", "reference", "settings", "rounding_base")
"""What a manifest says of all years: where it differs, any count may."""


@dataclass(frozen=True)
class Belief:
    """That every count of people rose by at most `came`, and fell by at most `left`, between two releases.

    And that those of providers who sent the same twice, `unmoved`, are the same.
    """

    earlier: str
    later: str
    left: float
    came: float
    unmoved: frozenset[str] = frozenset()

    @property
    def nothing(self) -> bool:
        """Whether it is that nobody came or left."""
        return not self.left + self.came

    def ends(self, name: Name, cell: Cell) -> tuple[float, float]:
        """Return by how much a count can have risen at least, below 0 where it fell, and at most."""
        provider = cell.category.partition("/")[0] if cell.breakdown in OF_PROVIDERS else ""
        if name[0] == LINKAGE and provider in self.unmoved:
            return 0, 0
        return -self.left, self.came


def belief(earlier: Release, later: Release, year: str) -> Belief | None:
    """Return what is believed of a year in two releases; None where anything may have changed."""
    then, now = earlier.manifest, later.manifest
    if revised_in(earlier, year) == revised_in(later, year):
        return Belief(earlier.name, later.name, 0, 0)
    if any(_altering(then.get(name)) != _altering(now.get(name)) for name in OF_ALL_YEARS):
        return None
    touched = {key[2] for key in _differing(_returns(then), _returns(now))}
    left, came = (sum(_most(release, provider) for provider in touched) for release in (earlier, later))
    if not math.isfinite(left + came):
        return None
    return Belief(earlier.name, later.name, left, came, _unmoved(then, now))


def _altering(said: object) -> object:
    """Return what of a manifest's entry can alter people: decisions on returns do by the returns alone."""
    return [each for each in said if each.get("file") != DECISIONS] if isinstance(said, list) else said


def revised_in(release: Release, year: str) -> str:
    """Return the release in which a year was last revised, as a manifest says it."""
    said = release.manifest.get("years", {}).get(year)
    return said["revised_in"] if said else release.name


def last_of_each_revision(releases: Iterable[Release], year: str, base: int) -> list[Release]:
    """Return the last release that has each revision of a year: the others say the same of it."""
    found: dict[str, Release] = {}
    for release in releases:
        said = release.manifest.get("years")
        if release.method["base"] == base and year in (said if said is not None else release.years):
            found[revised_in(release, year)] = release
    return list(found.values())


def broken(of: Belief, earlier: Release, later: Release, year: str) -> Iterator[tuple[Name, Cell]]:
    """Yield where counts are published as they cannot be, were the published numbers themselves the people.

    Where none are, the people who show that each release is safe by itself show it of both together.
    """
    for name, cells in later.years[year].items():
        before = earlier.years[year].get(name, {})
        if counts_people(later, name[0]) or of.nothing:
            yield from (
                (name, cell)
                for cell, count in cells.items()
                if cell in before and not _holds(of.ends(name, cell), before[cell].value, count.value)
            )


def _holds(ends: tuple[float, float], before: int, after: int) -> bool:
    return ends[0] <= after - before <= ends[1]


def counts_people(release: Release, indicator: str) -> bool:
    """Say whether an indicator counts people; else courses or places, of which one may have several."""
    return release.method["tables"][indicator]["counts"] == PERSONS


def _unmoved(then: Mapping, now: Mapping) -> frozenset[str]:
    """Return the providers who sent the same, and of whom nobody else said anything new."""
    before, after = _returns(then), _returns(now)
    differing = _differing(before, after)
    if any(key[1] in OF_OTHERS for key in differing):
        return frozenset()
    senders = ({key[2] for key in of} for of in (before, after))
    return frozenset.intersection(*map(frozenset, senders)) - {key[2] for key in differing}


def _most(release: Release, provider: str) -> float:
    """Return the most learners that a provider can have had in all years; any number, if it is not told."""
    base = release.method["base"]
    place = Cell(TOTAL, TOTAL, "provider", provider)
    of_years = [tables.get((LINKAGE, "high"), {}).get(place) for tables in release.years.values()]
    told = [count.ends(base)[1] for count in of_years if count is not None]
    return sum(told) if told else math.inf


def _returns(manifest: Mapping) -> dict[tuple[str, ...], Mapping]:
    return {
        (e["academic_year"], e["collection"], e["provider"], e.get("part", "")): e.get("files", {})
        for e in manifest.get("inputs", ())
    }


def _differing(then: Mapping, now: Mapping) -> list[tuple[str, ...]]:
    return [key for key in then.keys() | now.keys() if then.get(key) != now.get(key)]
