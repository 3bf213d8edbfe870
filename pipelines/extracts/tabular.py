"""Reads tables of text, CSV or XLSX, record by record: no value is guessed, shifted or dropped.

Python's csv module reads, not a data frame library, because those fill rows that are too short and give no
record numbers. What spreadsheets do to a table is undone where that is certain (`resaved.py`). A record
that has another number of cells than the header even so keeps its place in the file, loses its cells and
carries their number in `CELLS`, for a rule to report.

A CSV file is UTF-8, with or without byte order mark, or in an encoding that is guessed from its words, and
said (`READ_AS`). UTF-16 and anything with null bytes is refused.
"""

import codecs
import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

import polars as pl

from pipelines.extracts.encoding import ENCODING, MAC, UTF8, WINDOWS, encoding_of
from pipelines.extracts.gathering import LINE
from pipelines.extracts.plain_csv import parse, plain_blocks
from pipelines.extracts.resaved import fitted, heading, lacking, plain_cell, separator_of
from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import FileRule, Rule, Severity
from pipelines.extracts.workbook import FILE_RULES as WORKBOOK_RULES
from pipelines.extracts.workbook import workbook_rows

CELLS = "number_of_cells"
"""Text column: how many cells a record has, where that is not the header's number."""

CELLS_RULE = Rule(
    "number_of_cells",
    CELLS,
    pl.col(CELLS).is_null(),
    "The row has more or fewer cells than the header, so its values cannot be told apart.",
    Severity.QUARANTINE,
    fix="Take out cells that are too many, add missing ones; a comma in a value needs quotation marks.",
    alone=True,
)
"""The rule that sets such records aside."""

READ_AS = "read_as"
"""Text column: the encoding that was guessed, where a record has other letters than ASCII."""
_GUESSED = {WINDOWS: ("read_as_windows_1252", "Windows-1252"), MAC: ("read_as_mac_roman", "Mac Roman")}
"""Encoding → the rule that says that it was guessed, and what it is called."""

ADDED = (CELLS, READ_AS)
"""Columns that are added to each record of a text table; contracts on text tables have them."""
ADDED_RULES = (
    CELLS_RULE,
    *(
        Rule(
            rule,
            READ_AS,
            pl.col(READ_AS) != encoding,
            f"The file is not UTF-8. Letters of this row such as é were read as {name}: that is a guess.",
            Severity.WARN,
            fix="Save the file as CSV UTF-8 in the program that made it, so that nobody has to guess.",
        )
        for encoding, (rule, name) in _GUESSED.items()
    ),
)
"""The rules on them."""

_Row = tuple[int, tuple[str, ...] | None, str | None]
"""A record's line, the cells that are asked for, and the number of its cells where that is wrong."""
Record = tuple[int, list[str]]
"""A record: the line it starts on (or its row in a sheet), and its cells."""

_LONGEST = 100_000
"""Characters of a record; less than the longest value that Python's csv module takes."""

QUOTES = FileRule(
    "quotes",
    "A quotation mark is missing or stray in a record.",
    "Look at the record that begins on this line; a quotation mark inside a value must be doubled.",
)
COLUMN_MISSING = FileRule(
    "column_missing",
    "The first row lacks {columns}.",
    "Put the missing names into the first row, spelt as in the format's description, and their values below.",
)
COLUMN_REPEATED = FileRule(
    "column_repeated",
    "The first row has more than one {columns}.",
    "Keep one column of each name.",
)
RECORD_LENGTH = FileRule(
    "record_length",
    f"A row is longer than {_LONGEST:,} characters.",
    "Export the table again with each record on a line of its own.",
)
FILE_RULES = (ENCODING, QUOTES, RECORD_LENGTH, COLUMN_MISSING, COLUMN_REPEATED, *WORKBOOK_RULES)
"""What a table in a file must be, whatever its format."""

_MOST_TITLES, _FEW = 20, 0.3
"""Rows above the header, and the share of columns of which a title may fill as many cells."""
BATCH = 50_000
_HEAVY = 2_000_000
"""Characters of a batch at which it is full even so."""


def read_table(  # noqa: PLR0913
    file: Path,
    columns: Sequence[str],
    *,
    sheet: str = "",
    former: Mapping[str, str] | None = None,
    optional: Sequence[str] = (),
    blank: Sequence[str] = (),
) -> Iterator[pl.DataFrame]:
    """Yield the records of a CSV file, or an XLSX workbook by its suffix, as frames of text.

    They have `columns`, `ADDED` and `line`. Cells are stripped; blank is null. Columns' names match whatever
    their case, order and surrounding blanks, and with spaces for underscores; other columns are ignored.

    Args:
        file: the file.
        columns: to take.
        sheet: of a workbook.
        former: column → an older name, looked for where the column is missing.
        optional: further columns to take; null throughout where the file has none of that name.
        blank: those of all columns that may be blank: at the end of a record they may be missing.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    former = former or {}
    if file.suffix.lower() == ".xlsx":
        header, records = _below_titles(xlsx_records(file, sheet), columns, former)
        yield from _Layout(header, columns, former, optional, blank).frames(records)
        return
    encoding = encoding_of(file)
    with file.open("rb") as stream:
        if encoding == UTF8 and stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            stream.seek(0)
        start = stream.tell()
        top = b"".join(itertools.islice(iter(partial(stream.readline, _LONGEST), b""), _MOST_TITLES + 1))
        separator, says_so = separator_of(
            top.decode(encoding, "replace"), lambda cells: not _lacking(cells, columns, former)
        )
        stream.seek(start)
        head, line = stream.readline(_LONGEST), 1
        plain = encoding == UTF8 and separator == "," and not says_so and b'"' not in head
        header = head.decode(encoding, "replace").rstrip("\r\n").split(",")
        if plain and head.endswith(b"\n") and not _lacking(header, columns, former):
            layout = _Layout(header, columns, former, optional, blank)
            line = 2
            for block, lines in plain_blocks(stream, layout.width, _LONGEST):
                frame = None if head.strip() in block else layout.frame_of(block, line)
                if frame is None:
                    stream.seek(-len(block), io.SEEK_CUR)
                    break
                yield frame
                line += lines
        else:
            if not says_so:
                stream.seek(start)
            line, layout = 1 + says_so, None
        records = _records(io.TextIOWrapper(stream, encoding, newline=""), line, separator)
        if layout is None:
            header, records = _below_titles(records, columns, former)
            layout = _Layout(header, columns, former, optional, blank)
        for frame in layout.frames(records):
            yield frame if encoding == UTF8 else _said(frame, layout.columns, encoding)


def _records(stream: TextIO, first_line: int, separator: str) -> Iterator[Record]:
    lines = _Lines(stream)
    reader = csv.reader(lines, strict=True, delimiter=separator)
    while True:
        line, broken = reader.line_num + first_line, False
        lines.begin_record(line)
        try:
            cells = next(reader, None)
        except csv.Error:
            broken = True
        if broken:
            raise Refused(QUOTES, line)
        if cells is None:
            return
        if "".join(cells).strip():
            yield line, cells


class _Lines:
    """The lines of a file, none of them, nor a record of them, longer than is sane."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._first = self._in_record = self._lines = 0

    def begin_record(self, line: int) -> None:
        """Count from here; `line` is where the record begins."""
        self._first, self._in_record, self._lines = line, 0, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(_LONGEST + 1)
        if not line:
            raise StopIteration
        self._in_record += len(line)
        self._lines += 1
        if self._in_record > _LONGEST:
            # A record over many lines is one whose closing quotation mark is missing.
            raise Refused(RECORD_LENGTH if self._lines == 1 else QUOTES, self._first)
        return line


def xlsx_records(file: Path, sheet: str) -> Iterator[Record]:
    """Yield the rows of a workbook's sheet as text, the header first; blank rows are skipped.

    Args:
        file: the workbook.
        sheet: the sheet's name; where it is missing and there is but one sheet, that one is read.

    Raises:
        Refused: one of `workbook.FILE_RULES`.
    """
    for number, row in enumerate(workbook_rows(file, sheet), start=1):
        if any(cell and cell.strip() for cell in row):
            yield number, [cell or "" for cell in row]


class _Layout:
    """Where the columns that are asked for stand in a file."""

    def __init__(
        self,
        header: list[str],
        columns: Sequence[str],
        former: Mapping[str, str],
        optional: Sequence[str],
        blank: Sequence[str],
    ) -> None:
        names, self._header = _names(header, former), header
        while names and not names[-1]:
            names.pop()
        there = [column for column in optional if column.casefold() in names]
        self.width, self._span = len(names), len(header)
        needed = {column.casefold() for column in (*columns, *optional) if column not in blank}
        self._may_lack = lacking(names, needed)
        self.columns = (*columns, *there)
        self._places = _places(names, self.columns)
        self._absent = [pl.lit(None, pl.String).alias(c) for c in optional if c not in there]

    def frames(self, records: Iterator[Record]) -> Iterator[pl.DataFrame]:
        """Yield records as frames."""
        rows, weight = [], 0
        for line, cells in records:
            if cells == self._header:
                # A table below another, copied with its header.
                continue
            # Only what is asked for is held: a row may be long, and a batch has many.
            cells = fitted(cells, self.width, self._span, self._may_lack)  # noqa: PLW2901
            whole = len(cells) == self.width
            values = tuple(map(cells.__getitem__, self._places)) if whole else None
            rows.append((line, values, None if whole else str(len(cells))))
            weight += sum(map(len, values or ()))
            if len(rows) == BATCH or weight > _HEAVY:
                yield _frame(rows, self.columns).with_columns(self._absent)
                rows, weight = [], 0
        if rows:
            yield _frame(rows, self.columns).with_columns(self._absent)

    def frame_of(self, block: bytes, first_line: int) -> pl.DataFrame | None:
        """Return a plain block as a frame; None if it is not plain after all."""
        parsed = parse(block, self.width, self._places)
        if parsed is None:
            return None
        return parsed.select(
            *(plain_cell(str(p)).alias(c) for c, p in zip(self.columns, self._places, strict=True)),
            *(pl.lit(None, pl.String).alias(name) for name in ADDED),
            pl.int_range(first_line, first_line + parsed.height, dtype=pl.Int64).alias(LINE),
        ).with_columns(self._absent)


def _below_titles(
    records: Iterator[Record], columns: Sequence[str], former: Mapping[str, str]
) -> tuple[list[str], Iterator[Record]]:
    """Return the header and the records below it; above it may stand a title, and what the file is about.

    A title fills few cells: a record that fills more, and is no header, has been taken for none.
    """
    for _, cells in itertools.islice(records, _MOST_TITLES + 1):
        filled = sum(bool(cell.strip()) for cell in cells)
        if not _lacking(cells, columns, former) or filled > len(columns) * _FEW:
            return cells, records
    return [], records


def _lacking(header: list[str], columns: Sequence[str], former: Mapping[str, str]) -> list[str]:
    return _not_in(_names(header, former), columns)


def _not_in(names: list[str], columns: Sequence[str]) -> list[str]:
    return [column for column in columns if column.casefold() not in names]


def _names(header: list[str], former: Mapping[str, str]) -> list[str]:
    names = [heading(cell) for cell in header]
    for column, older in former.items():
        if column.casefold() not in names:
            names = [column.casefold() if name == older.casefold() else name for name in names]
    return names


def _places(names: list[str], columns: Sequence[str]) -> list[int]:
    if missing := _not_in(names, columns):
        raise Refused(COLUMN_MISSING, columns=", ".join(missing))
    if repeated := [column for column in columns if names.count(column.casefold()) > 1]:
        raise Refused(COLUMN_REPEATED, columns=", ".join(repeated))
    return [names.index(column.casefold()) for column in columns]


def _frame(rows: Iterable[_Row], columns: Sequence[str]) -> pl.DataFrame:
    lines, values, counts = zip(*rows, strict=True)
    nothing = (None,) * len(columns)
    by_column = zip(*(row or nothing for row in values), strict=True)
    series = [
        pl.Series(column, [(cell.strip() or None) if cell else None for cell in cells], pl.String)
        for column, cells in zip(columns, by_column, strict=True)
    ]
    added = [pl.Series(CELLS, counts, pl.String), pl.Series(READ_AS, [None] * len(lines), pl.String)]
    frame = pl.DataFrame([*series, *added, pl.Series(LINE, lines, pl.Int64)])
    return frame.with_columns(plain_cell(column) for column in columns)


def _said(frame: pl.DataFrame, columns: Sequence[str], encoding: str) -> pl.DataFrame:
    """Return a frame that says in which encoding it was read, in the records in which that matters."""
    matters = pl.any_horizontal(pl.col(columns).str.contains("[^\\x00-\\x7f]"))
    return frame.with_columns(pl.when(matters).then(pl.lit(encoding)).alias(READ_AS))
