"""People who are published twice: those whom an indicator follows were counted in an earlier year, too.

The definitions say so. Printed as two numbers, they are known to be what both allow.
"""

from collections.abc import Sequence

from pipelines.auditor.beliefs import revised_in
from pipelines.auditor.definitions import BELOW, Definitions
from pipelines.auditor.releases import Count, Release, Where, counts_of
from pipelines.years import AcademicYear


def followed_counts(
    release: Release, year: str, published: Sequence[str], definitions: Definitions
) -> dict[Where, Count]:
    """Return the counts of earlier years that are of the people whom tables of a year follow, or of more.

    Where the earlier year was revised after the later one, nobody knows that they are the same.

    Args:
        release: it.
        year: the later academic year.
        published: names of the releases before, in the order in which they were published.
        definitions: of whom tables count.
    """
    tables = {name[0] for name in release.years[year]}
    sides = [definitions.side(i, BELOW) for i in sorted(tables) if definitions.follows(i)]
    found: dict[Where, Count] = {}
    for side in sides:
        before = AcademicYear(AcademicYear.parse(year).start - side.years_before).label
        if before not in release.years or _when(release, before, published) > _when(release, year, published):
            continue
        theirs = definitions.closed(side.facts)
        for where, count in counts_of(release, before).items():
            same_people = where.name[1] in (BELOW, "numerator")
            other = definitions.side(*where.name)
            if same_people and not other.years_before and definitions.closed(other.facts) <= theirs:
                found[where] = count
    return found


def _when(release: Release, year: str, published: Sequence[str]) -> int:
    """Return when a year was last revised: in which of the releases, or in this one after them."""
    name = revised_in(release, year)
    return published.index(name) if name in published else len(published)
