"""Reads tables of text, CSV or XLSX, record by record: nothing is guessed, shifted or dropped.

Python's csv module reads, not a data frame library, because those fill rows that are too short and give no
record numbers. A record with another number of cells than the header keeps its place in the file, loses its
cells and carries their number in `CELLS`, for a rule to report.

A CSV file is UTF-8, with or without byte order mark; a file that is not is taken for Windows-1252, which
older office programs save. UTF-16 and anything with null bytes is refused.
"""

import codecs
import csv
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import fastexcel
import polars as pl

from pipelines.extracts.contract import LINE
from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import FileRule, Rule, Severity

CELLS = "number_of_cells"
"""Text column: how many cells a record has, where that is not the header's number."""

CELLS_RULE = Rule(
    "number_of_cells",
    CELLS,
    pl.col(CELLS).is_null(),
    "The row has more or fewer cells than the header, so its values cannot be told apart.",
    Severity.QUARANTINE,
)
"""The rule that sets such records aside; a contract on text tables has it."""

Record = tuple[int, list[str]]
"""A record: the line it starts on (or its row in a sheet), and its cells."""

ENCODING = FileRule(
    "encoding",
    "The file is not plain text in UTF-8 or Windows-1252.",
    "Open it in the program that made it and save it as CSV UTF-8.",
)
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
WORKBOOK = FileRule(
    "workbook",
    "The file cannot be opened as an XLSX workbook.",
    "Open it in your spreadsheet program and save it as Excel Workbook (.xlsx), without a password.",
)
WORKBOOK_SIZE = FileRule(
    "workbook_size",
    "The workbook unpacks to more than half a gigabyte.",
    "Delete other sheets, pictures and empty formatted rows, or save it as CSV UTF-8.",
)
SHEET_MISSING = FileRule(
    "sheet_missing",
    "The workbook has several sheets, none of them named {sheet}.",
    "Name the sheet {sheet}, or delete the others.",
)
FILE_RULES = (ENCODING, QUOTES, COLUMN_MISSING, COLUMN_REPEATED, WORKBOOK, WORKBOOK_SIZE, SHEET_MISSING)
"""What a table in a file must be, whatever its format."""

BATCH = 50_000
_CHUNK = 1 << 20
_MOST_UNPACKED = 1 << 29
"""Bytes that a workbook may unpack to; the largest honest one is far smaller."""


def csv_records(file: Path) -> Iterator[Record]:
    """Yield the records of a comma-separated file, the header first; blank lines are skipped.

    Raises:
        Refused: `encoding`, or `quotes` where a quotation mark is missing or stray.
    """
    with file.open(encoding=_encoding(file), newline="") as stream:
        reader = csv.reader(stream, strict=True)
        while True:
            line, broken = reader.line_num + 1, False
            try:
                cells = next(reader, None)
            except csv.Error:
                broken = True
            if broken:
                raise Refused(QUOTES, line)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield line, cells


def xlsx_records(file: Path, sheet: str) -> Iterator[Record]:
    """Yield the rows of a workbook's sheet as text, the header first; blank rows are skipped.

    Args:
        file: the workbook.
        sheet: the sheet's name; where it is missing and there is but one sheet, that one is read.

    Raises:
        Refused: `workbook` where it cannot be opened, `sheet_missing`.
    """
    _check_size(file)
    rows = None
    try:
        book = fastexcel.read_excel(file)
        names = {name.strip().casefold(): name for name in book.sheet_names}
        found = names.get(sheet.casefold()) or (book.sheet_names[0] if len(names) == 1 else None)
        if found is not None:
            # No header and no skipping: position in the frame is then the row's number in the sheet.
            loaded = book.load_sheet(found, header_row=None, skip_rows=0, dtypes="string")
            rows = loaded.to_polars().iter_rows()
    except fastexcel.FastExcelError:
        found = ""
    if rows is None:
        if found == "":
            raise Refused(WORKBOOK)
        raise Refused(SHEET_MISSING, sheet=sheet)
    for number, row in enumerate(rows, start=1):
        if any(cell and cell.strip() for cell in row):
            yield number, [cell or "" for cell in row]


def batches(
    records: Iterator[Record],
    columns: Sequence[str],
    former: Mapping[str, str] | None = None,
    optional: Sequence[str] = (),
) -> Iterator[pl.DataFrame]:
    """Yield records as frames of text: `columns`, `CELLS` and `line`. Cells are stripped; blank is null.

    Column names match whatever their case, order and surrounding blanks, and with spaces for underscores;
    other columns are ignored.

    Args:
        records: the header first.
        columns: to take.
        former: column → an older name, looked for where the column is missing.
        optional: further columns to take; null throughout where the file has none of that name.

    Raises:
        Refused: `column_missing`, `column_repeated`; also what `records` raises.
    """
    _, header = next(records, (1, []))
    names = _names(header, former or {})
    extra = [column for column in optional if column.casefold() in names]
    places = _places(names, (*columns, *extra))
    absent = [pl.lit(None, pl.String).alias(column) for column in optional if column not in extra]
    while part := list(islice(records, BATCH)):
        yield _frame(part, places, len(header)).with_columns(absent)


def _names(header: list[str], former: Mapping[str, str]) -> list[str]:
    names = [re.sub(r"\s+", "_", cell.strip()).casefold() for cell in header]
    for column, older in former.items():
        if column.casefold() not in names:
            names = [column.casefold() if name == older.casefold() else name for name in names]
    return names


def _places(names: list[str], columns: Sequence[str]) -> dict[str, int]:
    if missing := [column for column in columns if column.casefold() not in names]:
        raise Refused(COLUMN_MISSING, columns=", ".join(missing))
    if repeated := [column for column in columns if names.count(column.casefold()) > 1]:
        raise Refused(COLUMN_REPEATED, columns=", ".join(repeated))
    return {column: names.index(column.casefold()) for column in columns}


def _frame(records: Iterable[Record], places: dict[str, int], width: int) -> pl.DataFrame:
    lines, cells = zip(*records, strict=True)
    whole = [len(row) == width for row in cells]
    series = [
        pl.Series(
            column,
            [(row[place].strip() or None) if ok else None for row, ok in zip(cells, whole, strict=True)],
            pl.String,
        )
        for column, place in places.items()
    ]
    counts = [None if ok else str(len(row)) for row, ok in zip(cells, whole, strict=True)]
    return pl.DataFrame([*series, pl.Series(CELLS, counts, pl.String), pl.Series(LINE, lines, pl.Int64)])


def _encoding(file: Path) -> str:
    """Return how a file's bytes are to be read, after a look at all of them."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding = "utf-8-sig"
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            if b"\0" in chunk:
                raise Refused(ENCODING)
            if encoding == "utf-8-sig" and not _decodes(decoder, chunk):
                encoding = "cp1252"
    if encoding == "utf-8-sig" and not _decodes(decoder, b"", final=True):
        encoding = "cp1252"
    if encoding == "cp1252":
        _check_windows(file)
    return encoding


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _check_windows(file: Path) -> None:
    decoder = codecs.getincrementaldecoder("cp1252")()
    with file.open("rb") as stream:
        if not all(_decodes(decoder, chunk) for chunk in iter(lambda: stream.read(_CHUNK), b"")):
            raise Refused(ENCODING)


def _check_size(file: Path) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        size = None
    if size is None:
        raise Refused(WORKBOOK)
    if size > _MOST_UNPACKED:
        raise Refused(WORKBOOK_SIZE)
