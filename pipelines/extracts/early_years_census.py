"""The early years census: the CSV modules that a local authority exports from COLLECT, once a year in spring.

Files are named `2025_spring_eyc_eychild.csv`; those of one year are one return, for all private, voluntary
and independent settings of the authority with funded children. `eyc_` keeps them apart from those of the
school census, whose names have no underscore in the module. Surrogate keys join the modules. `line` is the
line of the module's file that a record starts on.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from pipelines.extracts import collect, tabular
from pipelines.extracts.early_years_census_contract import AGE_DAY, CENSUS_DAY, CONTRACTS, EYCENSUS, EYCHILD
from pipelines.extracts.gathering import LINE
from pipelines.extracts.returns import Batch, Identity
from pipelines.extracts.tabular import ADDED, read_table
from pipelines.years import AcademicYear

__all__ = [
    "COLLECTION",
    "CONTRACTS",
    "COUNTED",
    "FILE_RULES",
    "NOT_COUNTED",
    "RECORDS",
    "group",
    "identify",
    "read",
]

COLLECTION = "early_years_census"
RECORDS = "eychild"
COUNTED = (RECORDS,)
NOT_COUNTED: dict[str, str] = {}

REQUIRED = ("eycensus", "eychild")

EXPANDED_FROM = 2025
"""The first census that asks for expanded hours."""

_NAME = re.compile(r"(?P<year>[0-9]{4})_spring_eyc_(?P<module>[a-z]+)\.csv", re.IGNORECASE)

FILE_RULES = (*tabular.FILE_RULES, *collect.FILE_RULES)
"""What an early years census must be as a whole."""


def census_day(year: int) -> date:
    """Return the third Thursday of January, the census day of a calendar year."""
    first = date(year, 1, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 14)


def group(files: list[Path]) -> list[tuple[Path, ...]]:
    """Return the modules of each year as one return; modules that are not read belong to it too."""
    returns: dict[str, list[Path]] = {}
    for file in files:
        if name := _NAME.fullmatch(file.name):
            returns.setdefault(name["year"], []).append(file)
    return [tuple(modules) for _, modules in sorted(returns.items())]


def identify(files: tuple[Path, ...]) -> Identity:
    """Read a return's identity from its `eycensus` module, which has a row for each setting.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    modules = collect.by_module(files, _NAME)
    collect.require(modules, REQUIRED)
    none = pl.DataFrame(schema=dict.fromkeys(EYCENSUS.columns, pl.String) | {LINE: pl.Int64})
    columns = [column for column in EYCENSUS.columns if column not in ADDED]
    heads = collect.without_null_words(pl.concat([none, *read_table(modules["eycensus"], columns)]))
    year = _year(files)
    sender, prepared = collect.sender_and_day(heads, "eycensus", str(year), "SPR")
    return Identity(sender, AcademicYear.from_time_period(year), prepared)


def read(files: tuple[Path, ...]) -> Iterator[Batch]:
    """Read the two modules in batches, settings first.

    Raises:
        Refused: one of `tabular.FILE_RULES`.
    """
    modules, year = collect.by_module(files, _NAME), _year(files)
    for contract in CONTRACTS.values():
        added = {*ADDED, AGE_DAY, CENSUS_DAY}
        # Earlier exports have no such column, and no child has such hours.
        later = ["expandedhours"] if contract is EYCHILD and year < EXPANDED_FROM else []
        columns = [column for column in contract.columns if column not in {*added, *later}]
        for table in read_table(modules[contract.table], columns, optional=later):
            frame = collect.without_null_words(table)
            yield {contract.table: _dated(frame, year) if contract is EYCHILD else frame}


def _dated(frame: pl.DataFrame, year: int) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(date(year - 1, 8, 31).isoformat()).alias(AGE_DAY),
        pl.lit(census_day(year).isoformat()).alias(CENSUS_DAY),
    )


def _year(files: tuple[Path, ...]) -> int:
    return int(_NAME.fullmatch(files[0].name)["year"])
