"""The audit of a release: proof or attack for each academic year, and a search of its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from pipelines.auditor.attack import Exposed, System, Where
from pipelines.auditor.knowledge import Known
from pipelines.auditor.leaks import no_secret, strange_numbers, uneven_counts, unfounded_figures
from pipelines.auditor.releases import Release
from pipelines.disclosure.programs import side_by_side

SEARCHES = (uneven_counts, unfounded_figures, strange_numbers, no_secret)
SAMPLE, SMALLEST = 4, 300
"""Counts that are attacked of each part of a year's: where they are proved safe, and else."""


@dataclass(frozen=True)
class YearVerdict:
    """What the audit found of one academic year.

    Args:
        year: it.
        counts: how many are published, in the releases that were put together.
        releases: names of those.
        proved: whether a witness shows that no count is known better than its rounding says.
        attacked: how many counts were attacked one by one.
        exposed: those that are known too well.
        known: how many counts others publish, too.
    """

    year: str
    counts: int
    releases: Sequence[str]
    proved: bool
    attacked: int
    exposed: Sequence[Exposed]
    known: int = 0


@dataclass(frozen=True)
class Verdict:
    """What the audit found of a release. It is `safe` where nothing was."""

    release: str
    policy_version: int
    base: int
    interval: int
    years: Sequence[YearVerdict]
    leaks: Sequence[str]

    @property
    def safe(self) -> bool:
        """Whether no count is known too well and no file says more than the counts."""
        return not self.leaks and not any(year.exposed for year in self.years)


def audit(
    release: Release,
    earlier: Sequence[Release] = (),
    *,
    every: bool = False,
    known: Known | None = None,
) -> Verdict:
    """Audit a release.

    Args:
        release: to be published, or published.
        earlier: releases to put together with it, the oldest first, as somebody would who takes it that
            everybody in one is in the next. Nothing says so: a record that comes in can join two people, or
            say where somebody lives, and people are erased on request.
        every: attack every count, proved safe or not.
        known: counts that others publish.

    Raises:
        UnreadableReleaseError: it lacks what an audit reads.
    """
    leaks = [line for search in SEARCHES for line in search(release)]
    of_year = partial(_audit_year, release=release, earlier=earlier, known=known or {}, every=every)
    years = side_by_side(of_year, sorted(release.years))
    method = release.method
    return Verdict(
        release.name, method["policy_version"], method["base"], method["protection_interval"], years, leaks
    )


def _audit_year(
    year: str, release: Release, earlier: Sequence[Release], known: Known, *, every: bool
) -> YearVerdict:
    base, interval = release.method["base"], release.method["protection_interval"]
    together = [r for r in earlier if year in r.years and r.method["base"] == base] + [release]
    shapes = {key: shape for r in together for key, shape in r.shapes.items()}
    names = [r.name for r in together]
    of_year = {(indicator, cell): ends for (of, indicator, cell), ends in known.items() if of == year}
    growing = list(pairwise(names))
    system = System(year, {r.name: r.years[year] for r in together}, shapes, base, growing, of_year)
    proved, attacked, exposed = True, 0, []
    for part in system.apart():
        safe = part.has_witness()
        wanted = _wanted(part, every=every, proved=safe)
        proved, attacked = proved and safe, attacked + len(wanted)
        exposed += part.exposed(wanted, interval)
    counts = sum(1 for _ in system.places())
    return YearVerdict(year, counts, names, proved, attacked, exposed, len(of_year))


def _wanted(system: System, *, every: bool, proved: bool) -> list[Where]:
    """Return the counts to attack: all, the smallest, or one in so many in the order of their size.

    Of tables of which others publish a count, all.
    """
    counts = dict(system.places())
    public = {indicator for indicator, _ in system.known}
    wanted = sorted(counts, key=lambda where: (where.name[0] not in public, counts[where].value))
    if every:
        return wanted
    beside = sum(where.name[0] in public for where in wanted)
    if beside:
        return wanted[: beside + SMALLEST]
    return wanted[:: max(len(wanted) // SAMPLE, 1)] if proved else wanted[:SMALLEST]
