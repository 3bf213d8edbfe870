"""What an outsider has of a release: its files."""

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from pipelines.indicators.bands import TOTAL

METHOD, MANIFEST = "data/method.json", "manifest.json"
LINKAGE, PERSONS = "linkage", "persons"
_COLUMNS = {
    "low": "NUMERATOR_LOW", "numerator": "NUMERATOR", "high": "NUMERATOR_HIGH", "denominator": "DENOMINATOR",
}  # fmt: skip
_OF_METHOD = {"policy_version", "base", "protection_interval", "crossed", "nested", "tables", "dimensions"}
_LINKAGE_COLUMNS = {"low": "PERSONS_LOW", "numerator": "PERSONS", "high": "PERSONS_HIGH"}
_NOT_A_BREAKDOWN = ("AGE", "SEX")


class Cell(NamedTuple):
    """Where a count stands in its table."""

    age: str
    sex: str
    breakdown: str
    category: str


Name = tuple[str, str]
"""Of a table: indicator and part."""


@dataclass(frozen=True, order=True)
class Where:
    """Where a count stands: which publication of which academic year, table and cell."""

    release: str
    year: str
    name: Name
    cell: Cell

    def of(self, cell: Cell) -> "Where":
        """Return another cell of the same table."""
        return replace(self, cell=cell)


BRING_BACK = "Bring the folder back from a backup; of a candidate, delete it and run again"


class UnreadableReleaseError(Exception):
    """A folder is no release, or none that can be audited."""


@dataclass(frozen=True)
class Count:
    """A published count: `value` is a multiple of the base, and 0 where it is printed as `[low]`.

    An `estimate` is marked as such: people of unknown age are in it by their likely share. What is printed as
    `[low]` is less than `low`, which may be more than what rounds to 0.
    """

    value: int
    estimate: bool = False
    low: int = 0

    def ends(self, base: int) -> tuple[int, int]:
        """Return the least and the most that it can be, whatever else is known."""
        reach = 2 * base - 1 if self.estimate else base - 1
        return max(self.value - reach, 0), max(self.value + reach, self.low - 1)


def counted(text: str, low: int, *, estimate: bool = False) -> Count:
    """Return the count that a cell of a file says, of a table in which `low` is the first that is told."""
    value = int(text or 0)
    return Count(value, estimate, 0 if value else low)


@dataclass(frozen=True)
class Release:
    """A release on disk.

    Args:
        folder: where it is.
        called: its name, where the folder does not say it.
    """

    folder: Path
    called: str = ""

    @cached_property
    def name(self) -> str:
        """`2024-25/1`: academic year and number; of a candidate `2024-25/1.1`."""
        folder = self.folder.parent if self.folder.name == "release" else self.folder
        return self.called or f"{folder.parent.name}/{folder.name}"

    @cached_property
    def method(self) -> Mapping:
        """The published method, as its file says it.

        Raises:
            UnreadableReleaseError: there is no such file, or it cannot be read.
        """
        file = self.folder / METHOD
        if not (file.is_file() and (self.folder / MANIFEST).is_file()):
            raise UnreadableReleaseError(f"{self.folder} has no {METHOD} or no {MANIFEST}")
        method = self._json(METHOD)
        if _OF_METHOD - method.keys():
            raise UnreadableReleaseError(f"{file} is not as this code writes it. {BRING_BACK}")
        return method

    @cached_property
    def manifest(self) -> Mapping:
        """What went in, by which code.

        Raises:
            UnreadableReleaseError: it cannot be read.
        """
        return self._json(MANIFEST)

    @cached_property
    def years(self) -> dict[str, dict[Name, dict[Cell, Count]]]:
        """Academic year → table → cell → count.

        Raises:
            UnreadableReleaseError: a file cannot be read.
        """
        years: dict[str, dict[Name, dict[Cell, Count]]] = {}
        for year, name, cell, count in self._counts():
            years.setdefault(year, {}).setdefault(name, {})[cell] = count
        return years

    def _json(self, name: str) -> Mapping:
        try:
            return dict(json.loads((self.folder / name).read_text("utf-8")))
        except (OSError, TypeError, ValueError):
            raise UnreadableReleaseError(
                f"{self.folder / name} is no JSON object in UTF-8. {BRING_BACK}"
            ) from None

    def _counts(self) -> Iterator[tuple[str, Name, Cell, Count]]:
        for indicator in self.method["tables"]:
            file = self.folder / "data" / f"{indicator}.csv"
            try:
                yield from self._counts_in(file, indicator)
            except (AttributeError, LookupError, TypeError, ValueError):
                raise UnreadableReleaseError(f"{file} is not as this code writes it. {BRING_BACK}") from None

    def _counts_in(self, file: Path, indicator: str) -> Iterator[tuple[str, Name, Cell, Count]]:
        table = self.method["tables"][indicator]
        low = table.get("low", 0)
        if indicator == LINKAGE:
            yield from _of_linkage(file, low)
        elif file.is_file():
            yield from self._of_indicator(file, indicator, low, below=table["denominator_is_a_count"])

    def _of_indicator(
        self, file: Path, indicator: str, low: int, *, below: bool
    ) -> Iterator[tuple[str, Name, Cell, Count]]:
        parts = _COLUMNS if below else {k: v for k, v in _COLUMNS.items() if k != "denominator"}
        rows = read_csv(file)
        withheld = {r["TIME_DETAIL"] for r in rows} - {r["TIME_DETAIL"] for r in rows if is_there(r, parts)}
        for row in rows:
            if row["TIME_DETAIL"] not in withheld:
                for part, column in parts.items():
                    count = counted(row[column], low, estimate="[e]" in row["MARKERS"])
                    yield row["TIME_DETAIL"], (indicator, part), self._cell(row), count

    def _cell(self, row: Mapping[str, str]) -> Cell:
        """Return where a row stands: its breakdown is what is divided in it, beside age and sex."""
        divided = {
            dimension: row[column] for column, dimension in self.method["dimensions"].items()
            if column not in _NOT_A_BREAKDOWN and row[column] != TOTAL
        }  # fmt: skip
        breakdown, category = TOTAL, TOTAL
        for name, pair in self.method["crossed"].items():
            if set(pair) == set(divided):
                breakdown, category = name, "/".join(divided[d] for d in pair)
        if len(divided) == 1:
            ((breakdown, category),) = divided.items()
        return Cell(row["AGE"], row["SEX"], breakdown, category)


def counts_of(release: Release, year: str) -> dict[Where, Count]:
    """Return every count that a release publishes of a year, in tables in which anybody counts."""
    return {
        Where(release.name, year, name, cell): count
        for name, cells in release.years[year].items()
        if any(count.value for count in cells.values())
        for cell, count in cells.items()
    }


def is_there(row: Mapping[str, str], parts: Mapping[str, str]) -> bool:
    """Say whether counts of a row are published, if only as 0: of a withheld one nothing is."""
    return "[low]" in row["MARKERS"] or any(row[column] for column in parts.values())


def read_csv(file: Path) -> list[dict[str, str]]:
    """Return the rows of a file: column → text.

    Raises:
        UnreadableReleaseError: it cannot be read.
    """
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    except (csv.Error, OSError, UnicodeDecodeError):
        raise UnreadableReleaseError(f"{file} is no table in UTF-8. {BRING_BACK}") from None


def _of_linkage(file: Path, low: int) -> Iterator[tuple[str, Name, Cell, Count]]:
    for row in read_csv(file):
        one_provider, one_tier = row["PROVIDER"] != TOTAL, row["LINKED_BY"] != TOTAL
        where = {
            (True, True): ("provider_tier", f"{row['PROVIDER']}/{row['LINKED_BY']}"),
            (True, False): ("provider", row["PROVIDER"]),
            (False, True): ("linked_by", row["LINKED_BY"]),
            (False, False): (TOTAL, TOTAL),
        }[one_provider, one_tier]
        for part, column in _LINKAGE_COLUMNS.items():
            yield (
                row["TIME_DETAIL"],
                (LINKAGE, part),
                Cell(TOTAL, TOTAL, *where),
                counted(row[column], low),
            )


def releases_before(release: Release) -> list[Release]:
    """Return what else of the same city was published before, the oldest first: withdrawn releases too.

    All of its year and of years before it, up to its own number. A candidate comes after all releases.
    """
    var = release.folder.parents[2]
    own = _place(release.folder)
    if own is None:
        var, own = release.folder.parents[3], (math.inf,)
    folders = [folder for place in ("releases", "withdrawn") for folder in (var / place).glob("*/*")]
    found = {place: f for f in folders if (place := _place(f)) and place < own and (f / METHOD).is_file()}
    return [Release(found[place]) for place in sorted(found)]


def _place(folder: Path) -> tuple[float, ...] | None:
    """Return the year and number of a release's folder; None of another folder."""
    if not (re.fullmatch(r"\d{4}-\d{2}", folder.parent.name) and folder.name.isdigit()):
        return None
    return int(folder.parent.name[:4]), int(folder.name)
