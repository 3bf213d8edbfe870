"""The school census, spring: the CSV modules that a local authority exports from COLLECT.

Files are named `2025_spring_pupilonroll.csv`; those of one year and term are one return, for all schools of
the authority; surrogate keys join the modules. `line` is the line of the module's file that a record starts
on. Source of columns and codes: Department for Education, school census 2024 to 2025 business and technical
specification.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.extracts import tabular
from pipelines.extracts.contract import LINE
from pipelines.extracts.returns import Batch, Identity, Refused
from pipelines.extracts.rules import FileRule
from pipelines.extracts.school_census_contract import CONTRACTS, whole
from pipelines.extracts.tabular import CELLS, batches, csv_records
from pipelines.years import AcademicYear

__all__ = ["COLLECTION", "CONTRACTS", "FILE_RULES", "RECORDS", "group", "identify", "read"]

COLLECTION = "school_census"
RECORDS = "pupilonroll"

REQUIRED = ("schoolcensus", "pupilonroll")

_NAME = re.compile(r"(?P<year>\d{4})_(?P<term>autumn|spring|summer)_(?P<module>[a-z]+)\.csv", re.IGNORECASE)
_SPRING = "SPR"

_EXPORT = "Export the modules of one census of your authority again, together."
TERM_TAKEN = FileRule(
    "census_taken", "Only the spring census is taken in this release.", "Send the spring census."
)
MODULE_MISSING = FileRule("module_missing", "The return lacks the file of {modules}.", _EXPORT)
MODULE_REPEATED = FileRule(
    "module_repeated", "The return has two files of the module {module}.", "Delete the older of the two."
)
ONE_RETURN = FileRule("census_one", "The schoolcensus file has {found} {column}.", _EXPORT)
AUTHORITY = FileRule("census_lea", "The local authority code must have three digits.", _EXPORT)
YEAR = FileRule(
    "census_year",
    "The census year in the file names is not the one in the schoolcensus file.",
    "Give the files the names under which they were exported.",
)
TERM = FileRule(
    "census_term", "The term in the schoolcensus file is not SPR, unlike the file names.", _EXPORT
)
DATETIME = FileRule(
    "census_datetime", "The schoolcensus file has no datetime such as 2025-Jan-16 09:30:00.", _EXPORT
)
FILE_RULES = (
    *tabular.FILE_RULES,
    TERM_TAKEN, MODULE_MISSING, MODULE_REPEATED, ONE_RETURN, AUTHORITY, YEAR, TERM, DATETIME,
)  # fmt: skip
"""What a school census must be as a whole."""
_DATE_TIME = "%Y-%b-%d %H:%M:%S"


def group(files: list[Path]) -> list[tuple[Path, ...]]:
    """Return the modules of each year and term as one return; modules that are not read belong to it too."""
    returns: dict[tuple[str, str], list[Path]] = {}
    for file in files:
        if name := _NAME.fullmatch(file.name):
            returns.setdefault((name["year"], name["term"].lower()), []).append(file)
    return [tuple(modules) for _, modules in sorted(returns.items())]


def identify(files: tuple[Path, ...]) -> Identity:
    """Read a return's identity from its `schoolcensus` module, which has a row for each school.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    name = _NAME.fullmatch(files[0].name)
    if name["term"].lower() != "spring":
        raise Refused(TERM_TAKEN)
    modules = _modules(files)
    if missing := [module for module in REQUIRED if module not in modules]:
        raise Refused(MODULE_MISSING, modules=" and ".join(missing))
    heads = pl.concat(_frames(modules, "schoolcensus") or [_no_heads()])
    authority, year, term = _only(heads, "lea"), _only(heads, "year"), _only(heads, "term")
    if not re.fullmatch(r"\d{3}", authority):
        raise Refused(AUTHORITY)
    if year != name["year"]:
        raise Refused(YEAR)
    if term != _SPRING:
        raise Refused(TERM)
    return Identity(authority, AcademicYear.from_time_period(int(year)), _prepared_at(heads))


def read(files: tuple[Path, ...]) -> Iterator[Batch]:
    """Read the modules that have a contract, one after the other, in batches.

    Raises:
        Refused: one of `tabular.FILE_RULES`.
    """
    modules = _modules(files)
    for module in CONTRACTS:
        if module in modules:
            for frame in batches(csv_records(modules[module]), _columns(module)):
                yield {module: frame}


def _modules(files: tuple[Path, ...]) -> dict[str, Path]:
    modules: dict[str, Path] = {}
    for file in files:
        module = _NAME.fullmatch(file.name)["module"].lower()
        if module in modules:
            raise Refused(MODULE_REPEATED, module=module)
        modules[module] = file
    return modules


def _columns(module: str) -> list[str]:
    return [column for column in CONTRACTS[module].columns if column != CELLS]


def _frames(modules: dict[str, Path], module: str) -> list[pl.DataFrame]:
    return list(batches(csv_records(modules[module]), _columns(module)))


def _no_heads() -> pl.DataFrame:
    return pl.DataFrame(
        schema=dict.fromkeys((*_columns("schoolcensus"), CELLS), pl.String) | {LINE: pl.Int64}
    )


def _only(heads: pl.DataFrame, column: str) -> str:
    """Return the value that all schools share."""
    values = heads.select(whole(column)).to_series().drop_nulls().unique().to_list()
    if len(values) != 1:
        raise Refused(ONE_RETURN, found="no" if not values else "more than one", column=column)
    return values[0]


def _prepared_at(heads: pl.DataFrame) -> datetime:
    latest = heads["datetime"].str.to_datetime(_DATE_TIME, strict=False).max()
    if latest is None:
        raise Refused(DATETIME)
    return latest
