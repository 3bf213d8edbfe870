"""What differs between two releases, figure by figure, read from their files as anybody could."""

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pipelines.indicators.bands import OTHERS, TOTAL
from pipelines.releases.reasons import Cause, Origins, Reason

_NOT_A_KEY = frozenset(
    (
        "FREQ", "REPORTING_TYPE", "SERIES", "REF_AREA", "TIME_PERIOD", "NUMERATOR", "NUMERATOR_LOW",
        "NUMERATOR_HIGH", "DENOMINATOR", "OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "RATIO", "OBS_STATUS",
        "MARKERS", "UNIT_MEASURE", "UNIT_MULT", "DECIMALS", "SYNTHETIC",
    )
)  # fmt: skip
"""Columns that say what a figure is, and not which one."""
_COUNTS, _BELOW = ("NUMERATOR", "NUMERATOR_LOW", "NUMERATOR_HIGH"), "DENOMINATOR"
_SHOWN = ("OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "RATIO", "MARKERS", _BELOW, *_COUNTS)
"""Columns of which one has to differ for the figure to count as changed."""
LINKAGE = "linkage"


@dataclass(frozen=True)
class Change:
    """A figure that differs.

    Args:
        indicator: stem of its files.
        academic_year: of it.
        place: where it stands in its table: `age 15-64, sex F`.
        before, after: the figure with its markers, as in the data; empty where there is no such row.
        people: by how many its published count differs, below 0 where it fell; empty of figures without one.
        reason: why.
        returns: what else is known of why.
    """

    indicator: str
    academic_year: str
    place: str
    before: str
    after: str
    people: int | None
    reason: Reason
    returns: str = ""

    @property
    def new_markers(self) -> list[str]:
        """Markers that it has and did not have."""
        return [
            marker for marker in self.after.split() if marker[:1] == "[" and marker not in self.before.split()
        ]


@dataclass(frozen=True)
class _Pair:
    """What two releases say in one place, and differently.

    Args:
        indicator: stem of its files.
        key: column → code, of all that name the place.
        before, after: column → text; nothing where a release has no such row.
        counted: columns that hold protected counts.
        regrouped: whether its category was put together with others, or is now.
    """

    indicator: str
    key: Mapping[str, str]
    before: Mapping[str, str]
    after: Mapping[str, str]
    counted: Sequence[str]
    regrouped: bool

    @property
    def year(self) -> str:
        return self.key["TIME_DETAIL"]

    @property
    def compared(self) -> str:
        """The indicator that it compares; empty where it compares none."""
        return self.key.get("BASE_INDICATOR", "")

    @property
    def counts_differ(self) -> bool:
        """Whether its protected counts differ; those of a row that one release alone has do."""
        return not (self.before and self.after) or self._differs(*self.counted)

    @property
    def public_differs(self) -> bool:
        """Whether what is below its line differs; where that is a count, `counts_differ` says so too."""
        return self._differs(_BELOW)

    def _differs(self, *columns: str) -> bool:
        return any(self.before.get(column, "") != self.after.get(column, "") for column in columns)

    @property
    def is_shown_otherwise(self) -> bool:
        """Whether readers see a difference."""
        return self._differs(*_SHOWN)


def differences(before: Path, after: Path, erased: Collection[str] = ()) -> list[Change]:
    """Return the figures that differ between two releases, the largest change of people first.

    Args:
        before, after: their folders.
        erased: years with records of people erased in between, for those who prepare a release.
    """
    manifests = (_json(folder / "manifest.json") for folder in (before, after))
    origins = Origins(*manifests, _learners(before, after), erased)
    then, now = (_json(folder / "data" / "method.json") for folder in (before, after))
    dimensions = {**then.get("dimensions", {}), **now["dimensions"]}
    pairs = list(_pairs(before, after, now.get("tables", {})))
    counts = {(pair.indicator, pair.year) for pair in pairs if pair.counts_differ}
    public = {(pair.indicator, pair.year) for pair in pairs if pair.public_differs}
    changes = []
    for pair in pairs:
        # Its file does not say which counts a comparison is made of: any of its indicator and year may be.
        of = (pair.compared, pair.year)
        reason, returns = origins.of(
            (pair.indicator, pair.compared) if pair.compared else (pair.indicator,),
            pair.year,
            counts_differ=of in counts if pair.compared else pair.counts_differ,
            public_differs=of in public if pair.compared else pair.public_differs,
            regrouped=pair.regrouped,
        )
        changes.append(_change(pair, dimensions, reason, returns))
    return sorted(changes, key=lambda c: (-abs(c.people or 0), c.indicator, c.academic_year, c.place))


def changed_returns(before: Path, after: Path) -> list[Cause]:
    """Return the returns that one of two releases rests on and the other does not, most learners first."""
    manifests = (_json(folder / "manifest.json") for folder in (before, after))
    return Origins(*manifests, _learners(before, after)).causes


def as_csv(changes: Sequence[Change]) -> str:
    """Return changes as a table for machines."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [each.name for each in fields(Change)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(change) for change in changes)
    return text.getvalue()


def _pairs(before: Path, after: Path, tables: Mapping[str, Mapping]) -> Iterator[_Pair]:
    """Yield where two releases differ; `tables` is what the method says of each indicator."""
    for name in sorted({file.name for folder in (before, after) for file in (folder / "data").glob("*.csv")}):
        indicator = Path(name).stem
        below = tables.get(indicator, {}).get("denominator_is_a_count", False)
        counted = (*_COUNTS, _BELOW) if below else _COUNTS
        then, now = (_rows(folder / "data" / name) for folder in (before, after))
        regrouped = _regrouped(then, now)
        for key in sorted(then.keys() | now.keys()):
            pair = _Pair(
                indicator,
                dict(key),
                then.get(key, {}),
                now.get(key, {}),
                counted,
                _category(key) in regrouped,
            )
            if pair.is_shown_otherwise:
                yield pair


_NO_CATEGORY = frozenset(("AGE", "SEX", "BASE_INDICATOR", "COMPARISON"))
_Key = tuple[tuple[str, str], ...]


def _category(key: _Key) -> _Key:
    """Return the year and the category of a row: what is left of its place without age and sex."""
    return tuple((column, code) for column, code in key if column not in _NO_CATEGORY)


def _regrouped(then: Collection[_Key], now: Collection[_Key]) -> set[_Key]:
    """Return the categories that are new or gone, and others, where others are told by other categories."""
    before, after = ({_category(key) for key in keys} for keys in (then, now))
    changed = {_breakdown(category) for category in before ^ after}
    others = {category for category in before | after if OTHERS in dict(category).values()}
    put_together = changed & {_breakdown(category) for category in others}
    return {category for category in (before ^ after) | others if _breakdown(category) in put_together}


def _breakdown(category: _Key) -> tuple[str, ...]:
    """Return the year and the columns of a category."""
    return tuple(code if column == "TIME_DETAIL" else column for column, code in category)


def _change(pair: _Pair, dimensions: Mapping[str, str], reason: Reason, returns: str) -> Change:
    names = {**dimensions, "BASE_INDICATOR": "of", "COMPARISON": "compared"}
    names |= {"PROVIDER": "provider", "LINKED_BY": "linked_by"}
    place = ", ".join(f"{names[column]} {code}" for column, code in pair.key.items() if column in names)
    before, after = (int(row.get("NUMERATOR") or 0) for row in (pair.before, pair.after))
    return Change(
        pair.indicator,
        pair.year,
        place or "all",
        _shown(pair.before),
        _shown(pair.after),
        None if pair.compared else after - before,
        reason,
        returns,
    )


def _shown(row: Mapping) -> str:
    """Return a figure with as many decimals as its row says, and its markers."""
    value = row.get("OBS_VALUE", "")
    number = f"{float(value):.{int(row.get('DECIMALS') or 0)}f}" if value else ""
    return " ".join(filter(None, (number, row.get("MARKERS", ""))))


def _rows(file: Path) -> dict[tuple, dict[str, str]]:
    """Return what names a row → the row; nothing of a file that is no table of figures.

    Columns that say `_T` name nothing: a release that lacks a column has the same figures there.
    """
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if {"PERSONS", "PROVIDER"} <= set(reader.fieldnames or ()):
            return {_of_linkage(row): _as_figure(row) for row in reader}
        if not {"OBS_VALUE", "BASE_INDICATOR"} <= set(reader.fieldnames or ()):
            return {}
        named = [column for column in reader.fieldnames if column not in _NOT_A_KEY]
        return {tuple((c, row[c]) for c in named if row[c] != TOTAL): row for row in reader}


def _of_linkage(row: Mapping[str, str]) -> _Key:
    """Return what names a row of how persons were recognised."""
    return tuple((c, row[c]) for c in ("TIME_DETAIL", "PROVIDER", "LINKED_BY") if row[c] != TOTAL)


def _as_figure(row: Mapping[str, str]) -> dict[str, str]:
    """Return a row of how persons were recognised as a figure: its count."""
    counts = {"NUMERATOR": "PERSONS", "NUMERATOR_LOW": "PERSONS_LOW", "NUMERATOR_HIGH": "PERSONS_HIGH"}
    low = "" if row["PERSONS"] else "[low]"
    return {"OBS_VALUE": row["PERSONS"], "MARKERS": low} | {name: row[c] for name, c in counts.items()}


def _json(file: Path) -> dict:
    return json.loads(file.read_text("utf-8"))


def _learners(before: Path, after: Path) -> dict[tuple[str, str], int]:
    """Return academic year and provider → by how much its published learners differ."""
    then, now = (
        {
            (row["TIME_DETAIL"], row["PROVIDER"]): int(row["PERSONS"] or 0)
            for row in csv.DictReader(io.StringIO((folder / "data" / f"{LINKAGE}.csv").read_text("utf-8")))
            if row["LINKED_BY"] == TOTAL
        }
        for folder in (before, after)
    )
    return {key: abs(now.get(key, 0) - then.get(key, 0)) for key in then.keys() | now.keys()}
