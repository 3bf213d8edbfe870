"""What differs between two releases, figure by figure, read from their files as anybody could."""

import csv
import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pipelines.indicators.bands import TOTAL
from pipelines.releases.reasons import Origins, Reason

_NOT_A_KEY = frozenset(
    (
        "FREQ", "REPORTING_TYPE", "SERIES", "REF_AREA", "TIME_PERIOD", "NUMERATOR", "NUMERATOR_LOW",
        "NUMERATOR_HIGH", "DENOMINATOR", "OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "RATIO", "OBS_STATUS",
        "MARKERS", "UNIT_MEASURE", "UNIT_MULT", "DECIMALS", "SYNTHETIC",
    )
)  # fmt: skip
"""Columns that say what a figure is, and not which one."""
_COUNTS = ("NUMERATOR", "NUMERATOR_LOW", "NUMERATOR_HIGH")
_SHOWN = ("OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "RATIO", "MARKERS", "DENOMINATOR", *_COUNTS)
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


def differences(before: Path, after: Path, erased: Collection[str] = ()) -> list[Change]:
    """Return the figures that differ between two releases, the largest change of people first.

    Args:
        before, after: their folders.
        erased: years with records of people erased in between, for those who prepare a release.
    """
    origins = Origins(*(_manifest(folder) for folder in (before, after)), _learners(before, after), erased)
    derived = json.loads((after / "data" / "method.json").read_text("utf-8"))["dimensions"]
    changes = []
    for name in sorted({file.name for folder in (before, after) for file in (folder / "data").glob("*.csv")}):
        then, now = (_rows(folder / "data" / name) for folder in (before, after))
        for key in sorted(then.keys() | now.keys()):
            old, new = then.get(key, {}), now.get(key, {})
            if any(old.get(column, "") != new.get(column, "") for column in _SHOWN):
                changes.append(_change(Path(name).stem, dict(key), old, new, origins, derived))
    return sorted(changes, key=lambda c: (-abs(c.people or 0), c.indicator, c.academic_year, c.place))


def as_csv(changes: Sequence[Change]) -> str:
    """Return changes as a table for machines."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [each.name for each in fields(Change)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(change) for change in changes)
    return text.getvalue()


def _change(  # noqa: PLR0913, PLR0917
    indicator: str, key: Mapping, old: Mapping, new: Mapping, origins: Origins, dimensions: Mapping
) -> Change:
    year = key["TIME_DETAIL"]
    compared = key.get("BASE_INDICATOR", TOTAL)
    counted = compared == TOTAL
    counts_differ = not counted or any(old.get(c, "") != new.get(c, "") for c in _COUNTS)
    public_differs = old.get("DENOMINATOR", "") != new.get("DENOMINATOR", "")
    reason, returns = origins.of(
        indicator if counted else compared, year, counts_differ=counts_differ, public_differs=public_differs
    )
    names = {**dimensions, "BASE_INDICATOR": "of", "COMPARISON": "compared"}
    place = ", ".join(f"{names[c]} {key[c]}" for c in key if c in names and key[c] != TOTAL) or "all"
    people = int(new.get("NUMERATOR") or 0) - int(old.get("NUMERATOR") or 0) if counted else None
    return Change(indicator, year, place, _shown(old), _shown(new), people, reason, returns)


def _shown(row: Mapping) -> str:
    return " ".join(filter(None, (row.get("OBS_VALUE", ""), row.get("MARKERS", ""))))


def _rows(file: Path) -> dict[tuple, dict[str, str]]:
    """Return what names a row → the row; nothing of a file that is no table of figures."""
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if not {"OBS_VALUE", "BASE_INDICATOR"} <= set(reader.fieldnames or ()):
            return {}
        return {tuple((c, v) for c, v in row.items() if c not in _NOT_A_KEY): row for row in reader}


def _manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text("utf-8"))


def _learners(before: Path, after: Path) -> dict[tuple[str, str], int]:
    """Return academic year and provider → by how much its published learners differ."""
    then, now = (
        {
            (row["TIME_DETAIL"], row["PROVIDER"]): int(row["PERSONS"] or 0)
            for row in csv.DictReader(io.StringIO((folder / "data" / "linkage.csv").read_text("utf-8")))
            if row["LINKED_BY"] == TOTAL
        }
        for folder in (before, after)
    )
    return {key: abs(now.get(key, 0) - then.get(key, 0)) for key in then.keys() | now.keys()}
