"""Writes community learning returns as organisations fill the template in: CSV in several habits, or XLSX."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import xlsxwriter

from pipelines.extracts.community_learning import SHEET
from pipelines.extracts.community_terms import COLUMNS
from pipelines.years import AcademicYear

DATES = ("date_of_birth", "start_date", "end_date")
_WORDS = {"F": "Female", "M": "Male", "U": "Unknown"}
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Habit:
    """How an organisation fills the template in."""

    extension: str = "csv"
    iso_dates: bool = False
    words_for_sex: bool = False
    byte_order_mark: bool = False
    line_end: str = "\n"

    @classmethod
    def of(cls, position: int) -> "Habit":
        """Return the habit of the organisation at a position in the register: all kinds occur."""
        return (
            cls(byte_order_mark=True, line_end="\r\n"),
            cls(extension="xlsx"),
            cls(iso_dates=True),
            cls(words_for_sex=True, line_end="\r\n"),
            cls(extension="xlsx", words_for_sex=True),
            cls(),
        )[position % 6]


def file_name(organisation: str, year: AcademicYear, day: date, extension: str) -> str:
    """Return the name that the template prescribes."""
    return f"community-learning_{organisation}_{year.folder}_{day:%Y-%m-%d}.{extension}"


def as_text(enrolments: pl.DataFrame, habit: Habit) -> pl.DataFrame:
    """Return enrolments as the organisation writes them: all text."""
    sex = pl.col("sex").replace(_WORDS) if habit.words_for_sex else pl.col("sex")
    shape = "%Y-%m-%d" if habit.iso_dates or habit.extension == "xlsx" else "%d/%m/%Y"
    return enrolments.with_columns(
        *(pl.col(column).dt.strftime(shape) for column in DATES),
        sex=sex,
        accredited=pl.when("accredited").then(pl.lit("yes")).otherwise(pl.lit("no")),
    )


def write_return(file: Path, rows: pl.DataFrame, habit: Habit, prepared: date) -> None:
    """Write one file.

    Args:
        file: where.
        rows: as `as_text` made them.
        habit: the organisation's.
        prepared: the day it was made.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    table = rows.select(COLUMNS)
    if habit.extension == "xlsx":
        _write_workbook(file, table, prepared)
        return
    with file.open("wb") as stream:
        stream.write(_BOM if habit.byte_order_mark else b"")
        table.write_csv(stream, line_terminator=habit.line_end)


def _write_workbook(file: Path, table: pl.DataFrame, prepared: date) -> None:
    """Write a sheet with real date cells; what is no date stays text."""
    # A workbook notes when it was made: the day of the return, so that the same city gives the same bytes.
    made = datetime(prepared.year, prepared.month, prepared.day, tzinfo=UTC)
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"created": made})
        sheet = book.add_worksheet(SHEET)
        shown = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(table.iter_rows(), start=1):
            for place, (column, cell) in enumerate(zip(COLUMNS, row, strict=True)):
                if cell is None:
                    continue
                day = _date(cell) if column in DATES else None
                if day:
                    sheet.write_datetime(number, place, day, shown)
                else:
                    sheet.write_string(number, place, cell)


def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
