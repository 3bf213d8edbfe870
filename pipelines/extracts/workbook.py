"""Reads a sheet of an XLSX workbook as text, after a look at how much there is of it.

A workbook is a ZIP archive: a small one can unpack to terabytes, hold two cells at the far corners of a
sheet, or repeat one long text a million times, and the library that reads it would take that much memory.
So its parts are unpacked here, within limits, measured, and only then handed on; pictures and whatever else
is no XML are left out.
"""

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from xml.parsers import expat

import fastexcel

from pipelines.extracts.resaved import NO_VALUE
from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import FileRule

WORKBOOK = FileRule(
    "workbook",
    "The file cannot be opened as an XLSX workbook.",
    "Open it in your spreadsheet program and save it as Excel Workbook (.xlsx), without a password.",
)
WORKBOOK_SIZE = FileRule(
    "workbook_size",
    "The workbook is too large to be opened safely: {what}.",
    "Delete other sheets, pictures and cells outside the table, or save it as CSV UTF-8.",
)
SHEET_MISSING = FileRule(
    "sheet_missing",
    "The workbook has several sheets, none of them named {sheet}.",
    "Put the rows of all sheets onto one, and give it that name; delete the others.",
)
SHEETS_ALIKE = FileRule(
    "sheets_alike",
    "Another sheet of the workbook has the same table as {sheet}: only one can be read.",
    "Put the rows of all sheets onto one, and delete the others.",
)
FILE_RULES = (WORKBOOK, WORKBOOK_SIZE, SHEET_MISSING, SHEETS_ALIKE)
"""What a workbook must be."""

_TOP = 20
"""Rows of another sheet that are looked at."""
_MOST_PACKED = 100_000_000
_MOST_UNPACKED = 200_000_000
"""Bytes of the file, and of the text in it; the largest honest one is far smaller."""
_LARGEST_CONTENTS = 1_000_000
"""Bytes of the archive's table of contents: some ten thousand parts."""
_MOST_CELLS = 6_000_000
"""Cells of the smallest rectangle that holds all of a sheet: memory is taken for each, empty or not."""
_MOST_TEXT = 200_000_000
"""Characters of all cells of a sheet, repeated ones counted each time."""
_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x07"
_BROKEN_ARCHIVE = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, OSError, EOFError),
    *(RuntimeError, ValueError, NotImplementedError, OverflowError, struct.error),
)
"""What Python's reader of archives raises over broken, encrypted or oddly packed ones."""
_ERROR = re.compile(rb"""(<(?:\w+:)?c\b[^<>]*?\st=)(["'])e\2""")
_FORMULA = rb"<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)"
_NO_RESULT = re.compile(rb"<((?:\w+:)?)c\b([^<>]*)>\s*(" + _FORMULA + rb")\s*</(?:\w+:)?c>")
"""A cell with a formula and no value."""
_TYPE = re.compile(rb"""\st=(?:"\w*"|'\w*')""")
_PLACE = re.compile(r"([A-Za-z]{1,4})([0-9]{1,8})")


def workbook_rows(file: Path, sheet: str) -> Iterator[tuple[str | None, ...]]:
    """Yield the rows of a sheet as text, empty ones too: a row's position is its number in the sheet.

    Args:
        file: the workbook.
        sheet: the sheet's name; where it is missing and there is but one sheet, that one is read.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    content = _repacked(_parts(file))
    found, rows, alike = None, iter(()), False
    try:
        book = fastexcel.read_excel(content)
        names = {name.strip().casefold(): name for name in book.sheet_names}
        found = names.get(sheet.casefold()) or (book.sheet_names[0] if len(names) == 1 else None)
        if found is not None:
            # No header and no skipping: position in the frame is then the row's number in the sheet.
            loaded = book.load_sheet(found, header_row=None, skip_rows=0, dtypes="string")
            rows = loaded.to_polars().iter_rows()
            alike = _has_its_table(book, found)
    except BaseException as error:
        # The reader is Rust: where it breaks down over a file it panics, which is no `Exception`.
        if not isinstance(error, fastexcel.FastExcelError) and type(error).__name__ != "PanicException":
            raise
        found = ""
    # Raised out here, so that the reader's own error, which may quote the file, is not attached.
    if found == "":
        raise Refused(WORKBOOK)
    if found is None:
        raise Refused(SHEET_MISSING, sheet=sheet)
    if alike:
        raise Refused(SHEETS_ALIKE, sheet=sheet)
    return rows


def _has_its_table(book: fastexcel.ExcelReader, found: str) -> bool:
    """Say whether another sheet has the first row of this one, and more below it."""

    def first_rows(sheet: str) -> list[tuple]:
        top = book.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=_TOP, dtypes="string").to_polars()
        cells = (tuple(cell.strip() for cell in row if cell and cell.strip()) for row in top.iter_rows())
        return [row for row in cells if row]

    others = [name for name in book.sheet_names if name != found]
    header = first_rows(found)[:1] if others else []
    return any(header and len(rows) > 1 and rows[:1] == header for rows in map(first_rows, others))


def _parts(file: Path) -> dict[str, bytes]:
    """Unpack the XML parts of a workbook, after a look at their sizes."""
    size, contents = file.stat().st_size, _contents_size(file)
    if contents is None:
        raise Refused(WORKBOOK)
    if size > _MOST_PACKED or contents > _LARGEST_CONTENTS:
        raise Refused(WORKBOOK_SIZE, what="the file has too many bytes or parts")
    parts, left = {}, _MOST_UNPACKED
    try:
        with zipfile.ZipFile(file) as archive:
            for part in archive.infolist():
                if not part.filename.lower().endswith((".xml", ".rels")):
                    continue
                with archive.open(part) as stream:
                    parts[part.filename] = stream.read(left + 1)
                left -= len(parts[part.filename])
                if left < 0:
                    break
    except _BROKEN_ARCHIVE:
        left = None
    if left is None:
        raise Refused(WORKBOOK)
    if left < 0:
        raise Refused(WORKBOOK_SIZE, what=f"it unpacks to more than {_MOST_UNPACKED:,} bytes")
    _measure(parts)
    return parts


def _contents_size(file: Path) -> int | None:
    """Return the bytes of an archive's table of contents, which would be read whole; None: no archive."""
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - (1 << 16) - 42))
        tail = stream.read()
    end = tail.rfind(_END)
    # Archives of more than four gigabytes keep the size elsewhere; a workbook is never one.
    if end < 0 or len(tail) < end + 22 or tail[max(0, end - 20) : end].startswith(_END_64):
        return None
    return int.from_bytes(tail[end + 12 : end + 16], "little")


def _repacked(parts: dict[str, bytes]) -> bytes:
    """Return an archive of these parts and nothing else: two readers of archives may see two things."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, _with_errors_as_text(content))
    return made.getvalue()


def _with_errors_as_text(content: bytes) -> bytes:
    """Return a sheet in which errors, and formulas of which no result was saved, are texts.

    The reader takes both for blank cells.
    """
    content = _NO_RESULT.sub(_no_value, content)
    return _ERROR.sub(rb"\1\2str\2", content)


def _no_value(cell: re.Match[bytes]) -> bytes:
    prefix, attributes, formula = cell.groups()
    value = b"<%sv>%s</%sv>" % (prefix, NO_VALUE.encode(), prefix)
    return b'<%sc%s t="str">%s%s</%sc>' % (prefix, _TYPE.sub(b"", attributes), formula, value, prefix)


def _measure(parts: dict[str, bytes]) -> None:
    """Check that no sheet is larger, or says more, than can be held."""
    measures = [_Measure(content) for content in parts.values()]
    lengths = [max(each) for each in zip_longest(*(m.shared for m in measures), fillvalue=0)]
    for measure in measures:
        if measure.cells > _MOST_CELLS:
            raise Refused(WORKBOOK_SIZE, what="its cells lie too far apart, or are too many")
        if measure.text(lengths) > _MOST_TEXT:
            raise Refused(WORKBOOK_SIZE, what="its cells repeat too much text")


class _Measure:
    """How much one part holds: the rectangle around its cells, their texts, and texts that cells share.

    Raises:
        Refused: the part is no XML, or declares a document type.
    """

    def __init__(self, content: bytes) -> None:
        self.shared: list[int] = []
        self._uses: Counter[str] = Counter()
        self._inline = 0
        self._row = self._column = -1
        self._most_row = self._most_column = -1
        self._is_new = self._is_shared = self._in_value = self._in_item = False
        self._value = ""
        parser = expat.ParserCreate()
        # One piece of text an element: the parser would otherwise cut it wherever it likes.
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._refuse
        well_formed = True
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, ValueError):
            well_formed = False
        if not well_formed:
            raise Refused(WORKBOOK)

    @property
    def cells(self) -> int:
        """Cells of the rectangle, from the sheet's first one."""
        return (self._most_row + 1) * (self._most_column + 1)

    def text(self, lengths: list[int]) -> int:
        """Return the characters of all cells, where shared texts have these lengths."""
        uses = ((int(i), n) for i, n in self._uses.items() if i.isascii() and i.isdecimal() and len(i) < 9)
        return self._inline + sum(lengths[i] * n for i, n in uses if i < len(lengths))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = _column(place[1]) if place else self._column + 1
            self._row = int(place[2]) - 1 if place else self._row
            self._is_shared = attributes.get("t") == "s"
            self._is_new = True
            return
        # A cell with nothing in it, but for its looks, takes no place.
        if self._is_new:
            self._most_row = max(self._most_row, self._row)
            self._most_column = max(self._most_column, self._column)
            self._is_new = False
        if name == "row":
            number = attributes.get("r", "")
            given = number.isascii() and number.isdecimal() and len(number) < 9
            self._row, self._column = int(number) - 1 if given else self._row + 1, -1
        elif name == "v":
            self._in_value, self._value = True, ""
        elif name == "si":
            self.shared.append(0)
            self._in_item = True

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._is_new = False
        elif name == "v":
            self._in_value = False
            if self._is_shared:
                self._uses[self._value.strip()] += 1
        elif name == "si":
            self._in_item = False

    def _data(self, text: str) -> None:
        if self._in_item:
            self.shared[-1] += len(text)
        self._inline += len(text)
        if self._in_value and len(self._value) < 100:
            self._value += text[:100]

    def _refuse(self, *_: object) -> None:
        raise Refused(WORKBOOK)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
