"""What is public of counts beside a release: totals that others publish, with their own rounding.

A city lists them in a CSV file with the columns of `COLUMNS`: which count, the least and the most that it can
be by what is published elsewhere, and where.
"""

from collections.abc import Mapping
from pathlib import Path

from pipelines.auditor.releases import Cell, Release, UnreadableReleaseError, read_csv
from pipelines.indicators.bands import TOTAL

PLACE = ("academic_year", "indicator", *Cell._fields)
COLUMNS = (*PLACE, "least", "most", "source")

Known = Mapping[tuple[str, str, Cell], tuple[int, int]]
"""Academic year, indicator and cell → the least and the most that its count can be."""


class KnownTotalsError(Exception):
    """A list of public totals cannot be used. Names file, line and rule."""


def read_known(file: Path, release: Release) -> Known:
    """Read the public totals that a release is to be attacked with.

    Raises:
        KnownTotalsError: a column is missing; a total is of nothing that is published, is no range of whole
            numbers, has no source, or cannot be the same count.
    """
    try:
        rows = read_csv(file)
    except UnreadableReleaseError:
        raise KnownTotalsError(f"{file.name} is no table in UTF-8 (columns are parted by commas)") from None
    if rows and (missing := [name for name in COLUMNS if name not in rows[0]]):
        said = f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
        raise KnownTotalsError(f"{file.name}: {said} (columns are parted by commas)")
    known = {}
    for line, row in enumerate(rows, start=2):
        if None in row:
            raise KnownTotalsError(f"{file.name}, line {line}: has more fields than there are columns")
        texts = {name: (row[name] or "").strip() for name in COLUMNS}
        year, indicator, *place = (texts[name] or TOTAL for name in PLACE)
        if fault := _fault(texts, release, (year, indicator, Cell(*place))):
            raise KnownTotalsError(f"{file.name}, line {line}: {fault}")
        known[year, indicator, Cell(*place)] = int(texts["least"]), int(texts["most"])
    return known


def _fault(texts: Mapping[str, str], release: Release, where: tuple[str, str, Cell]) -> str:
    year, indicator, cell = where
    count = release.years.get(year, {}).get((indicator, "numerator"), {}).get(cell)
    if count is None:
        return "no such count is published"
    if not (texts["least"].isdecimal() and texts["most"].isdecimal()):
        return "least and most are whole numbers"
    least, most = int(texts["least"]), int(texts["most"])
    if least > most:
        return "least is more than most"
    if not texts["source"]:
        return "says no source"
    lowest, highest = count.ends(release.method["base"])
    if most < lowest or least > highest:
        return f"it is published as {count.value}, and so cannot be {least} to {most}: it counts other people"
    return ""
