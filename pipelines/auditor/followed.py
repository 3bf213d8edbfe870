"""People who are published twice: those whom an indicator follows were counted in an earlier year, too.

The definitions say so. Printed as two numbers, they are known to be what both allow.
"""

from collections.abc import Collection, Iterator, Sequence

from pipelines.auditor.attack import Exposed, Where
from pipelines.auditor.beliefs import revised_in
from pipelines.auditor.releases import Release
from pipelines.disclosure.relations import Cell
from pipelines.indicators.bands import OTHERS, TOTAL
from pipelines.years import AcademicYear


def followed_twice(release: Release, year: str, published: Sequence[str]) -> Iterator[Exposed]:
    """Yield the counts of a year that are known too well from those of the year in which people are followed.

    Where the earlier year was revised after the later one, nobody knows that they are the same.

    Args:
        release: it.
        year: the later academic year.
        published: names of the releases before, in the order in which they were published.
    """
    base, interval = release.method["base"], release.method["protection_interval"]
    for name, cells in release.years[year].items():
        if name[1] != "denominator" or (follows := release.shapes[name[0]].follows) is None:
            continue
        of, years_before, *where = follows
        before = AcademicYear(AcademicYear.parse(year).start - years_before).label
        if before not in release.years or _when(release, before, published) > _when(release, year, published):
            continue
        theirs = release.years[before].get((of, "numerator"), {})
        for cell, count in cells.items():
            other = theirs.get(_there(cell, *where))
            if other is None or other.value == count.value or _are_others(cell, cells, theirs):
                continue
            ends = zip(count.ends(base), other.ends(base), strict=True)
            (least, other_least), (most, other_most) = ends
            found = Exposed(
                Where(release.name, year, name, cell),
                count.value,
                max(least, other_least),
                min(most, other_most),
            )
            if found.width < interval:
                yield found


def _there(cell: Cell, breakdown: str, category: str) -> Cell | None:
    """Return where those of a cell stand in the year before; None where they do not stand there as such."""
    if breakdown == TOTAL:
        return cell
    return cell._replace(breakdown=breakdown, category=category) if cell.breakdown == TOTAL else None


def _are_others(cell: Cell, cells: Collection[Cell], theirs: Collection[Cell]) -> bool:
    """Say whether a cell is of others, who are not the same where other categories stand by themselves."""
    here, there = ({c.category for c in of if c.breakdown == cell.breakdown} for of in (cells, theirs))
    return cell.category == OTHERS and here != there


def _when(release: Release, year: str, published: Sequence[str]) -> int:
    """Return when a year was last revised: in which of the releases, or in this one after them."""
    name = revised_in(release, year)
    return published.index(name) if name in published else len(published)
