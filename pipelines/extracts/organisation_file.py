"""Files of small organisations: CSV or XLSX, whose name says whose, for which year, and when it was saved."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import FileRule
from pipelines.years import AcademicYear

YEAR_START, YEAR_END = "year_start", "year_end"
"""Columns that the reader adds: the first and last day of the return's academic year."""


@dataclass(frozen=True)
class FileName:
    """What a file's name says."""

    organisation: str
    year: AcademicYear
    date: datetime


@dataclass(frozen=True)
class Naming:
    """How a format's files are named: `<prefix>_<organisation>_<2024-25>_<YYYY-MM-DD>.csv` or `.xlsx`.

    Args:
        prefix: what all names begin with.
        rule: what a name breaks that does not go on like that.
    """

    prefix: str
    rule: FileRule

    def group(self, files: list[Path]) -> list[tuple[Path, ...]]:
        """Return every CSV or XLSX file whose name begins with the prefix as a return of its own."""
        return [
            (file,)
            for file in files
            if file.suffix.lower() in (".csv", ".xlsx") and file.name.lower().startswith(self.prefix)
        ]

    def parse(self, file: Path) -> FileName:
        """Read a file's name.

        Raises:
            Refused: the format's rule on names.
        """
        shape = rf"{self.prefix}_(.+)_(\d{{4}}-\d{{2}})_(\d{{4}}-\d{{2}}-\d{{2}})\.(?:csv|xlsx)"
        if found := re.fullmatch(shape, file.name, re.IGNORECASE):
            organisation, year, day = found.groups()
            try:
                return FileName(organisation, AcademicYear.parse(year), datetime.strptime(day, "%Y-%m-%d"))
            except ValueError:
                pass
        raise Refused(self.rule)


def with_year(frame: pl.DataFrame, year: AcademicYear) -> pl.DataFrame:
    """Add the first and last day of an academic year to rows."""
    return frame.with_columns(
        pl.lit(year.first_day.isoformat()).alias(YEAR_START),
        pl.lit(year.last_day.isoformat()).alias(YEAR_END),
    )
