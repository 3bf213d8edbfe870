"""Whether anything in the files of a release says more than its published counts do."""

import hashlib
import hmac
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from lxml import html

from pipelines.auditor.releases import LINKAGE, Release, read_csv

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_]{4,}")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")


def uneven_counts(release: Release) -> Iterator[str]:
    """Yield a line for each table with a count that is no multiple of the base."""
    base = release.method["base"]
    for year, tables in release.years.items():
        for (indicator, part), cells in tables.items():
            if odd := sum(count.value % base != 0 for count in cells.values()):
                yield f"data/{indicator}.csv, {year}: {odd} counts ({part}) are no multiples of {base}"


def unfounded_figures(release: Release) -> Iterator[str]:
    """Yield a line for each indicator with figures that are not those of its published counts.

    A share of exact counts beside rounded ones gives the exact ones back.
    """
    for indicator, table in release.method["tables"].items():
        if indicator == LINKAGE or not (release.folder / "data" / f"{indicator}.csv").is_file():
            continue
        rows = read_csv(release.folder / "data" / f"{indicator}.csv")
        wrong = sum(bool(row["OBS_VALUE"]) and not _follows(row, table) for row in rows)
        if wrong:
            yield f"data/{indicator}.csv: {wrong} figures do not follow from the published counts"


def _follows(row: Mapping[str, str], table: Mapping) -> bool:
    count = int(row["NUMERATOR"] or 0)
    if table["formula"] == "count":
        return Fraction(row["OBS_VALUE"]) == count
    whole = int(row["DENOMINATOR"] or 0)
    part = whole - count if table["formula"] == "residual" else count
    if whole <= 0:
        return False
    # Half up, towards plus infinity.
    scale = 10 ** int(row["DECIMALS"])
    rounded = math.floor(Fraction(table["per"] * part, whole) * scale + Fraction(1, 2))
    return Fraction(row["OBS_VALUE"]) * scale == rounded


def strange_numbers(release: Release) -> Iterator[str]:
    """Yield a line for each page whose tables have a number that is in no data file."""
    known = set()
    for text, decimals in _numbers_of_data(release):
        known |= _ways_to_print(Decimal(text), decimals)
    for page in sorted(release.folder.glob("*.html")):
        texts = (text.replace("\u2212", "-") for text in _texts_of_cells(page.read_text("utf-8")))
        # A sentence in a cell names goals and years; figures stand by themselves.
        numbers = {n for text in texts if not _WORD.search(text) for n in _NUMBER.findall(text)}
        if strange := {n for n in numbers if n not in known and n.lstrip("-") not in known}:
            yield f"{page.name}: {len(strange)} numbers in tables are in no data file"


def _numbers_of_data(release: Release) -> set[tuple[str, int]]:
    """Return the numbers of all data files, each with the decimals that its row says figures have."""
    return {
        (text, int(row.get("DECIMALS") or 0))
        for file in (release.folder / "data").glob("*.csv")
        for row in read_csv(file)
        for text in row.values()
        if text and _PLAIN.fullmatch(text)
    }


def _ways_to_print(number: Decimal, decimals: int) -> set[str]:
    """Return how a page may write a number: with as many decimals as it has or is said to have, or fewer."""
    places = range(max(-int(number.as_tuple().exponent), decimals) + 1)
    return {f"{number:{comma}.{n}f}" for n in places for comma in ("", ",")}


def _texts_of_cells(page: str) -> Iterator[str]:
    """Yield the texts of table cells, and what attributes say of them that readers may see or hear."""
    for cell in html.document_fromstring(page).iter("td"):
        yield from cell.itertext()
        for element in cell.iter():
            for name, value in element.attrib.items():
                if name in ("title", "alt", "aria-label") or name.startswith("data-"):
                    yield value


def no_secret(release: Release) -> Iterator[str]:
    """Yield a line where counts were drawn under no secret, and so can be drawn again by anybody."""
    empty = hmac.digest(b"", b"key id", hashlib.sha256).hex()[:8]
    if release.manifest.get("key_id") in (None, "", empty):
        yield "manifest.json: counts were rounded under no secret, so that anybody can draw them again"
