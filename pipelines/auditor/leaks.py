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
from pipelines.indicators.bands import TOTAL

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_]{4,}")
_RESIDENTS = ("AGE", "SEX", "DEPRIVATION", "DECILE", "WARD")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")


def uneven_counts(release: Release) -> Iterator[str]:
    """Yield a line for each table with a count that is no multiple of the base."""
    base = release.method["base"]
    for year, tables in release.years.items():
        for (indicator, part), cells in tables.items():
            if odd := sum(count.value % base != 0 for count in cells.values()):
                yield f"data/{indicator}.csv, {year}: {odd} counts ({part}) are no multiples of {base}"


def odd_populations(release: Release) -> Iterator[str]:
    """Yield a line for each year in which residents of the same kind are two numbers, or parts no whole.

    A population is exact, so that a count could pass for one. That of a row is told by its age, sex and home
    alone, whatever is learned. Parts are rounded each for themselves.
    """
    people: dict[str, dict[tuple[str, ...], set[int]]] = {}
    for indicator, table in release.method["tables"].items():
        file = release.folder / "data" / f"{indicator}.csv"
        if indicator == LINKAGE or table["denominator_is_a_count"] or not file.is_file():
            continue
        for row in read_csv(file):
            if row["DENOMINATOR"]:
                place = tuple(row[column] for column in _RESIDENTS)
                people.setdefault(row["TIME_DETAIL"], {}).setdefault(place, set()).add(
                    int(row["DENOMINATOR"])
                )
    for year, of_year in sorted(people.items()):
        if several := sum(len(numbers) > 1 for numbers in of_year.values()):
            yield f"data, {year}: {several} populations are two numbers"
        if uneven := _uneven({place: max(numbers) for place, numbers in of_year.items()}):
            yield f"data, {year}: {uneven} populations are not the sum of their parts"


def _uneven(people: Mapping[tuple[str, ...], int]) -> int:
    """Return how many populations are not the sum of their parts by sex or home, if all of them are there."""
    wrong = 0
    for at in range(1, len(_RESIDENTS)):
        parts: dict[tuple[str, ...], list[int]] = {}
        for place, number in people.items():
            if place[at] != TOTAL:
                parts.setdefault((*place[:at], TOTAL, *place[at + 1 :]), []).append(number)
        codes = len({place[at] for place in people} - {TOTAL})
        complete = ((place, of) for place, of in parts.items() if place in people and len(of) == codes > 1)
        wrong += sum(abs(sum(of) - people[place]) > codes for place, of in complete)
    return wrong


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
        texts = (
            text.replace("\u2212", "-") for text in _texts_of_cells(page.read_text("utf-8", errors="replace"))
        )
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
