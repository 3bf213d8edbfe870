"""Apprentices of an employer, as the apprenticeship service's bulk file has them: CSV, or the same in XLSX.

One file, named `apprenticeships_<register id>_<2024-25>_<YYYY-MM-DD>.csv` or `.xlsx`, is one return. Whose it
is, for which year and when it was made stands in its name only: the file has no column for any of them.
Columns come in any order; columns without a name are skipped, and so are rows without a value. `line` is
the line of the CSV file or the row of the sheet.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.extracts import tabular
from pipelines.extracts.apprenticeship_service_contract import (
    COLUMNS,
    CONTRACTS,
    OPTIONAL,
    YEAR_END,
    YEAR_START,
)
from pipelines.extracts.returns import Batch, Identity, Refused
from pipelines.extracts.rules import FileRule
from pipelines.extracts.tabular import Record, batches, csv_records, xlsx_records
from pipelines.years import AcademicYear

__all__ = ["COLLECTION", "CONTRACTS", "FILE_RULES", "RECORDS", "SHEET", "group", "identify", "read"]

COLLECTION = "apprenticeship_service"
RECORDS = "apprentice"
SHEET = "Apprenticeships"

_PREFIX = "apprenticeships"
_NAME = re.compile(
    rf"{_PREFIX}_(?P<organisation>.+)_(?P<year>\d{{4}}-\d{{2}})_(?P<date>\d{{4}}-\d{{2}}-\d{{2}})\.(?:csv|xlsx)",
    re.IGNORECASE,
)

FILENAME = FileRule(
    "apprenticeships_filename",
    "The file must be named apprenticeships_<register id>_<2024-25>_<YYYY-MM-DD>.csv or .xlsx.",
    "Rename the file: your number in the provider register, the academic year, the day you saved it.",
)
FILE_RULES = (*tabular.FILE_RULES, FILENAME)
"""What a file of apprentices must be as a whole."""


@dataclass(frozen=True)
class _Name:
    organisation: str
    year: AcademicYear
    date: datetime


def group(files: list[Path]) -> list[tuple[Path, ...]]:
    """Return every CSV or XLSX file whose name begins with `apprenticeships` as a return of its own."""
    return [
        (file,)
        for file in files
        if file.suffix.lower() in (".csv", ".xlsx") and file.name.lower().startswith(_PREFIX)
    ]


def identify(files: tuple[Path, ...]) -> Identity:
    """Read a return's identity from its name; its header is looked at too.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    (file,) = files
    name = _parse_name(file)
    for _ in batches(_records(file), COLUMNS):
        break
    return Identity(name.organisation, name.year, name.date)


def read(files: tuple[Path, ...]) -> Iterator[Batch]:
    """Read the rows in batches.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    (file,) = files
    year = _parse_name(file).year
    for frame in batches(_records(file), COLUMNS, optional=OPTIONAL):
        yield {
            RECORDS: frame.with_columns(
                pl.lit(year.first_day.isoformat()).alias(YEAR_START),
                pl.lit(year.last_day.isoformat()).alias(YEAR_END),
            )
        }


def _records(file: Path) -> Iterator[Record]:
    """Yield the records without cells after the last column that has a name."""
    found = xlsx_records(file, SHEET) if file.suffix.lower() == ".xlsx" else csv_records(file)
    line, header = next(found, (1, []))
    width = max((n for n, cell in enumerate(header, start=1) if cell.strip()), default=0)
    yield line, header[:width]
    for line, cells in found:
        beyond = cells[len(header) :]
        nameless = len(cells) > width and not any(cell.strip() for cell in beyond)
        yield line, cells[:width] if nameless else cells


def _parse_name(file: Path) -> _Name:
    if found := _NAME.fullmatch(file.name):
        try:
            date = datetime.strptime(found["date"], "%Y-%m-%d")
            return _Name(found["organisation"], AcademicYear.parse(found["year"]), date)
        except ValueError:
            pass
    raise Refused(FILENAME)
