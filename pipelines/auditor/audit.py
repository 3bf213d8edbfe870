"""The audit of a release: proof or attack for each academic year, and a search of its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pipelines.auditor.attack import Exposed, Part, System
from pipelines.auditor.beliefs import belief, broken, last_of_each_revision
from pipelines.auditor.definitions import Definitions
from pipelines.auditor.followed import followed_counts
from pipelines.auditor.knowledge import Known
from pipelines.auditor.leaks import (
    no_secret,
    odd_populations,
    strange_numbers,
    uneven_counts,
    unfounded_figures,
)
from pipelines.auditor.releases import BRING_BACK, Release, UnreadableReleaseError, Where, counts_of
from pipelines.disclosure.programs import side_by_side

DEFINITIONS = Definitions.read()
SEARCHES = (uneven_counts, odd_populations, unfounded_figures, strange_numbers, no_secret)
SAMPLE, SMALLEST = 6, 300
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
class Files:
    """What was found of the files of a release, whatever is in them.

    Args:
        remade: whether they were made again from the release's own counts; else they were compared with its
            manifest.
        faults: a line for each that is not what it should be.
    """

    remade: bool
    faults: Sequence[str] = ()


@dataclass(frozen=True)
class Verdict:
    """What the audit found of a release. It is `safe` where nothing was.

    Args:
        release: its name.
        policy_version, base, interval: what its method says.
        years: what was found of each.
        leaks: what its data and pages say beyond its counts, a line each.
        files: what was found of its files; None where nobody looked.
    """

    release: str
    policy_version: int
    base: int
    interval: int
    years: Sequence[YearVerdict]
    leaks: Sequence[str]
    files: Files | None = None

    @property
    def safe(self) -> bool:
        """Whether no count is known too well and no file says more than the counts."""
        return not (self.leaks or (self.files and self.files.faults) or any(y.exposed for y in self.years))


def audit(
    release: Release,
    earlier: Sequence[Release] = (),
    *,
    every: bool = False,
    known: Known | None = None,
    files: Files | None = None,
) -> Verdict:
    """Audit a release.

    Args:
        release: to be published, or published.
        earlier: releases to put together with it, the oldest first, as somebody would who believes that
            what no manifest says has changed has not (`beliefs.py`).
        every: attack every count, proved safe or not.
        known: counts that others publish.
        files: what was found of its files.

    Raises:
        UnreadableReleaseError: it lacks what an audit reads, or that cannot be read.
    """
    leaks = _leaks(release)
    of_year = partial(_audit_year, release=release, earlier=earlier, known=known or {}, every=every)
    years = side_by_side(of_year, sorted(release.years))
    method = release.method
    return Verdict(
        release.name,
        method["policy_version"],
        method["base"],
        method["protection_interval"],
        years,
        leaks,
        files,
    )


def _leaks(release: Release) -> list[str]:
    try:
        return [line for search in SEARCHES for line in search(release)]
    except (ArithmeticError, LookupError, TypeError, ValueError):
        raise UnreadableReleaseError(
            f"the data of {release.folder} is not as this code writes it. {BRING_BACK}"
        ) from None


def _audit_year(
    year: str, release: Release, earlier: Sequence[Release], known: Known, *, every: bool
) -> YearVerdict:
    interval = release.method["protection_interval"]
    before = last_of_each_revision(earlier, year, release.method["base"])
    of_year = {place: ends for place, ends in known.items() if place[0] == year}
    counts = counts_of(release, year)
    followed = followed_counts(release, year, [r.name for r in earlier], DEFINITIONS)
    system = System([release], counts | followed, DEFINITIONS, known=of_year)
    proved, attacked, exposed = True, 0, []
    for part in system.apart():
        safe = part.has_witness()
        wanted = _wanted(part, every=every, proved=safe)
        proved, attacked = proved and safe, attacked + len(wanted)
        exposed += part.exposed(wanted, interval)
    for other in before:
        wanted, found = _audit_together(year, other, release)
        proved, attacked, exposed = proved and not wanted, attacked + len(wanted), [*exposed, *found]
    names = [*(r.name for r in before), release.name]
    return YearVerdict(year, len(counts), names, proved, attacked, exposed, len(of_year))


def _audit_together(year: str, earlier: Release, release: Release) -> tuple[list[Where], list[Exposed]]:
    """Attack the counts of two releases that contradict what is believed of both; return these, and finds.

    Where nobody at all can be as somebody believes, the belief is wrong, and nothing follows from it.
    """
    believed = belief(earlier, release, year)
    if believed is None:
        return [], []
    strange = list(broken(believed, earlier, release, year))
    wanted = [Where(of.name, year, name, cell) for of in (earlier, release) for name, cell in strange]
    counts = counts_of(earlier, year) | counts_of(release, year)
    system = System([earlier, release], counts, DEFINITIONS, beliefs=[believed])
    found = []
    for part in system.apart() if wanted else ():
        there = [where for where in wanted if where in part.counts]
        found += part.exposed(there, release.method["protection_interval"])
    return wanted, [exposed for exposed in found if exposed.width >= 0 or believed.nothing]


def _wanted(part: Part, *, every: bool, proved: bool) -> list[Where]:
    """Return the counts to attack: all, the smallest, or one in so many in the order of their size.

    Of tables of which others publish a count, all.
    """
    public = {indicator for _, indicator, _ in part.known}
    wanted = sorted(
        part.counts, key=lambda where: (where.name[0] not in public, part.counts[where].value, where)
    )
    if every:
        return wanted
    beside = sum(where.name[0] in public for where in wanted)
    if beside:
        return wanted[: beside + SMALLEST]
    return wanted[:: max(len(wanted) // SAMPLE, 1)] if proved else wanted[:SMALLEST]
