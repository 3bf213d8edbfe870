"""Files of small organisations: CSV or XLSX, whose name says whose, for which year, and when it was saved."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.extracts.fields import day_is_first
from pipelines.extracts.resaved import ERROR_CELLS, without_errors
from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import FileRule, Rule, Severity, Stage
from pipelines.extracts.tabular import CELLS
from pipelines.years import AcademicYear

YEAR_START, YEAR_END = "year_start", "year_end"
"""Columns that the reader adds: the first and last day of the return's academic year."""
FILE_ORGANISATION = "file_organisation"
"""Column that the reader adds: whose the file is by its name."""


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
        shape = (
            rf"{self.prefix}_(.+)_([0-9]{{4}}-[0-9]{{2}})_([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})\.(?:csv|xlsx)"
        )
        if found := re.fullmatch(shape, file.name, re.IGNORECASE):
            organisation, year, day = found.groups()
            try:
                return FileName(organisation, AcademicYear.parse(year), datetime.strptime(day, "%Y-%m-%d"))
            except ValueError:
                pass
        raise Refused(self.rule)


def month_first(rule: str, column: str, written: str, source: str) -> Rule:
    """Return the rule that no date is one with day and month exchanged, as others of its column are.

    Args:
        rule: its name.
        column: of dates.
        written: how they should be, for the remedy.
        source: document that says so.
    """
    return Rule(
        rule,
        column,
        day_is_first(column),
        f"Other rows have the month first in {column}, so this date can be two days: it is not guessed.",
        Severity.QUARANTINE,
        source,
        f"Correct those that are listed as no date; where all have the month first, write {written}.",
        stage=Stage.CROSS_ROW,
    )


def filled_in(
    frame: pl.DataFrame,
    columns: Collection[str],
    own: Collection[str],
    name: FileName,
    even_so: pl.Expr | None = None,
) -> pl.DataFrame:
    """Return the rows that somebody filled in, with whose the file is, and the days of its academic year.

    A row that only repeats what is the same for all, as where a template was filled down beyond the last
    person, is blank.

    Args:
        frame: rows as they are in the file.
        columns: those of the format.
        own: those of them that are about a person or a course.
        name: what the file's name says.
        even_so: says which rows are none of those, though they say nothing of a person or a course.
    """
    read = without_errors(frame, columns)
    somebody = pl.any_horizontal(pl.col(*own, ERROR_CELLS, CELLS).is_not_null())
    return read.filter(somebody if even_so is None else somebody | even_so).with_columns(
        pl.lit(name.year.first_day.isoformat()).alias(YEAR_START),
        pl.lit(name.year.last_day.isoformat()).alias(YEAR_END),
        pl.lit(name.organisation).alias(FILE_ORGANISATION),
    )
