"""What spreadsheet programs do to a table that is saved as text, and how it is undone where that is certain.

Separators other than commas, a line that names the separator, marks that nobody sees in the headings, blank
cells at the end of rows that are missing or too many, an apostrophe before a number, and errors in cells.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence

import polars as pl

from pipelines.extracts.rules import Rule, Severity

SEPARATORS = (",", ";", "\t", "|")
NO_VALUE = "#NO VALUE"
"""What stands for a formula of a workbook of which no result was saved."""
ERRORS = (
    *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!"),
    *("#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA", NO_VALUE),
)
ERROR_CELLS = "cells_with_errors"
"""Text column that `without_errors` adds: the names of a row's cells that hold an error."""
NOTHING = ("n/a", "-", "--", "–", "—", "?", "tbc", "tba", "unknown", "not known", "nil")
"""What people write into a cell of which they know nothing."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_QUOTED_NUMBER = r"^'([0-9])"

ERROR_RULE = Rule(
    "cell_error",
    ERROR_CELLS,
    pl.col(ERROR_CELLS).is_null(),
    "A cell holds an error of the spreadsheet (#N/A) or a formula without a result: it is read as blank.",
    Severity.WARN,
    fix="Look for # in the row, put the value itself into the cell, and save the file again.",
)


def separator_of(top: str, has_columns: Callable[[list[str]], bool] = bool) -> tuple[str, bool]:
    """Return what separates the cells of a file, and whether its first line says so and is no header.

    Args:
        top: the first lines.
        has_columns: says whether cells are the names of the columns. Where those of no line are,
            the first that has any separator tells.
    """
    lines = top.splitlines() or [""]
    if said := _SEPARATOR_LINE.fullmatch(lines[0].strip("\ufeff\r\n")):
        return said[1], True
    outside = [re.sub(r'"[^"]*"', "", line) for line in lines]
    telling = next((line for line in outside if any(separator in line for separator in SEPARATORS)), "")
    likeliest = max(SEPARATORS, key=telling.count)
    for separator in sorted(SEPARATORS, key=lambda each: each != likeliest):
        if any(has_columns([cell.strip('"') for cell in line.split(separator)]) for line in lines):
            return separator, False
    return likeliest, False


def heading(cell: str) -> str:
    """Return the name of a column as it is looked for, whatever its case, blanks and invisible marks.

    What stands in brackets after it, such as how a date is to be written, is no part of it.
    """
    seen = "".join(c for c in unicodedata.normalize("NFKC", cell) if unicodedata.category(c) != "Cf")
    return re.sub(r"\s+", "_", re.sub(r"\([^()]*\)\s*$", "", seen).strip()).casefold()


def fitted(cells: list[str], width: int, span: int, may_lack: int) -> list[str]:
    """Return a record's cells without those of no column, and with those that a program left out.

    Args:
        cells: of the record.
        width: columns up to the last that has a name.
        span: cells of the header; what stands below those without a name is a note. Beyond, all is blank.
        may_lack: so many of the last columns may be blank: only of those cells may be missing.
    """
    if len(cells) > width and not any(cell.strip() for cell in cells[span:]):
        return cells[:width]
    if width - may_lack <= len(cells) < width:
        return [*cells, *[""] * (width - len(cells))]
    return cells


def lacking(names: Sequence[str], needed: Collection[str]) -> int:
    """Return how many of the last columns are not needed."""
    places = [place for place, name in enumerate(names, start=1) if name in needed]
    return len(names) - max(places, default=0)


def plain_cell(text: str | pl.Expr) -> pl.Expr:
    """Return a cell without the apostrophe by which a spreadsheet keeps a number as text."""
    column = pl.col(text) if isinstance(text, str) else text
    return column.str.replace(_QUOTED_NUMBER, "$1")


def without_words_for_nothing(frame: pl.DataFrame, columns: Mapping[str, Collection[str]]) -> pl.DataFrame:
    """Return a table in which what people write for nothing is blank.

    Args:
        frame: of text.
        columns: where that is so → further words that mean nothing there.
    """
    nothing = {
        name: pl.col(name).str.to_lowercase().is_in([*NOTHING, *more]) for name, more in columns.items()
    }
    return frame.with_columns(pl.when(~said).then(name).alias(name) for name, said in nothing.items())


def without_errors(frame: pl.DataFrame, columns: Collection[str]) -> pl.DataFrame:
    """Return a table in which errors are blank, with `ERROR_CELLS`."""
    errors = {name: pl.col(name).is_in(ERRORS) for name in columns}
    named = (pl.when(error).then(pl.lit(name)) for name, error in errors.items())
    found = pl.concat_str(named, separator=", ", ignore_nulls=True)
    return frame.with_columns(
        pl.when(found != "").then(found).alias(ERROR_CELLS),
        *(pl.when(~error).then(name).alias(name) for name, error in errors.items()),
    )
