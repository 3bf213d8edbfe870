"""Every demand that a reference list makes of its rows is broken once, and named."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandera.polars as pa
import polars as pl
import pytest

from pipelines.city import City
from pipelines.reference import ReferenceError, ReferenceList
from pipelines.reference_lists import REFERENCE_LISTS

REPOSITORY = Path(__file__).resolve().parents[1]
CITY = City.read(REPOSITORY / "city.toml")
FOLDER = REPOSITORY / "data" / "reference"
BY_NAME = {entry.name: entry for entry in REFERENCE_LISTS}
WRONG = {"isin": "no such code", "str_matches": "?", "greater_than_or_equal_to": -1, "in_range": 99}
"""What breaks each kind of check on a column."""


def load(entry: ReferenceList, frame: pl.DataFrame) -> pl.DataFrame:
    return replace(entry, read=lambda _folder, _city: frame).load(FOLDER, CITY)


def spoilt(frame: pl.DataFrame, column: str, value: object) -> pl.DataFrame:
    """Return the list with another value in its first row."""
    other = pl.Series(column, [value, *frame[column].to_list()[1:]], dtype=frame.schema[column])
    return frame.with_columns(other)


def _demands():
    """Yield list, column and how to break what is asked of it."""
    for entry in REFERENCE_LISTS:
        for name, column in entry.schema.columns.items():
            if not column.nullable:
                yield entry.name, name, "null"
            if column.unique:
                yield entry.name, name, "repeated"
            for check in column.checks:
                yield entry.name, name, check.name if check.name in WRONG else _kind(check)
        if entry.schema.unique:
            yield entry.name, entry.schema.unique[0], "all repeated"


def _kind(check: pa.Check) -> str:
    kinds = {"allowed_values": "isin", "pattern": "str_matches", "min_value": "in_range"}
    statistics = check.statistics
    if {"min_value"} == {*statistics}:
        return "greater_than_or_equal_to"
    return next(kind for key, kind in kinds.items() if key in statistics)


@pytest.mark.parametrize(("name", "column", "kind"), [*_demands()])
def test_a_row_that_breaks_a_demand_is_named(name, column, kind):
    entry = BY_NAME[name]
    frame = entry.load(FOLDER, CITY)
    if kind == "null":
        broken = spoilt(frame, column, None)
    elif kind.endswith("repeated"):
        broken = pl.concat([frame, frame.head(1)])
    else:
        broken = spoilt(frame, column, WRONG[kind])
    with pytest.raises(ReferenceError, match=rf"^reference list {name}: .*\(line \d+\)"):
        load(entry, broken)


@pytest.mark.parametrize("entry", REFERENCE_LISTS, ids=lambda entry: entry.name)
def test_a_list_without_a_column_is_refused(entry):
    frame = entry.load(FOLDER, CITY)
    with pytest.raises(
        ReferenceError, match=f"^reference list {entry.name}: lacks the column {frame.columns[0]}$"
    ):
        load(entry, frame.drop(frame.columns[0]))


PROVIDER = [*BY_NAME["provider"].columns]


def register(*rows: tuple[str, date | None, str | None]) -> pl.DataFrame:
    """Return a register of these providers: id, last day, successor."""
    return pl.DataFrame(
        [
            (i, i, "college", "further education", "institution", i, None, closed, heir, None)
            for i, closed, heir in rows
        ],
        schema=dict.fromkeys(PROVIDER, pl.String) | {"opened": pl.Date, "closed": pl.Date},
        orient="row",
    )


SUMMER, NEXT = date(2024, 7, 31), date(2025, 7, 31)


@pytest.mark.parametrize(
    "rows",
    [
        [("a", SUMMER, "b"), ("b", None, None)],
        [("a", SUMMER, "b"), ("b", NEXT, "c"), ("c", None, None)],
        [("a", SUMMER, None)],
    ],
)
def test_a_provider_that_closed_may_have_a_successor(rows):
    assert load(BY_NAME["provider"], register(*rows)).height == len(rows)


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([("a", SUMMER, "x")], "must be in the register"),
        ([("a", None, "b"), ("b", None, None)], "must have closed"),
        ([("a", SUMMER, "a")], "must have closed"),
        ([("a", SUMMER, "b"), ("b", SUMMER, None)], "must have closed"),
        ([("a", SUMMER, "b"), ("b", NEXT, "a")], "must have closed"),
    ],
    ids=["unknown", "still open", "itself", "closed as early", "circle"],
)
def test_an_impossible_successor_is_refused(rows, rule):
    with pytest.raises(ReferenceError, match=rf"^reference list provider: .*{rule}.*\(line [23]\)"):
        load(BY_NAME["provider"], register(*rows))
