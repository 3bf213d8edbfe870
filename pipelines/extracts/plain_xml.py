"""The quick way through a large XML file: blocks of plain records, taken apart all at once, not one by one.

Plain is: tags of a bare name without attributes, text, references to characters, and nothing else; that is
what record systems write. Every block is proved well-formed (each tag closed by its own, each character
allowed), so nothing is decided here: whatever is not plain is left to the careful reader, which knows
everything about XML and names what is wrong. Both give the same records.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from lxml import etree

from pipelines.extracts.plain_xml_text import NotPlain, resolved, utf8
from pipelines.extracts.xml_stream import SAFE, local_name

BLOCK = 8_000_000
"""Bytes of a block, up to the end of its last record."""
_HEAD = 1 << 16
"""Bytes in which the first record must begin."""
_LONGEST_RECORD = 500_000
"""Bytes; of longer ones, and longer gaps, the careful reader decides whether they are too long."""
_LONGEST_VALUE = 500
_SHORTEST_TAG = 6
"""Bytes to a tag and the text after it, on average; a block of shorter ones would take much memory."""
_MOST_STRANGE = 500
"""Names without a meaning in a block."""
_TAG = re.compile(r"/?[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_EMPTY = re.compile(rb"<([A-Za-z_][A-Za-z0-9_.-]{0,99})[ ]?/>")


@dataclass(frozen=True)
class Block:
    """Some whole records as UTF-8, from the first one's tag on, and the line on which that stands."""

    content: bytes
    first_line: int


@dataclass(frozen=True)
class Vocabulary:
    """What the names of a format mean.

    Args:
        records: elements that hold fields or other records.
        fields: elements that hold text. One that is a record as well is a field where it holds only text.
    """

    records: frozenset[str]
    fields: frozenset[str]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every name that has a meaning; its place here is its code."""
        return tuple(sorted(self.records | self.fields))

    @cached_property
    def tags(self) -> pl.Enum:
        """The tags of these names: those that open, then those that close."""
        return pl.Enum([*self.names, *(f"/{name}" for name in self.names)])

    @cached_property
    def is_record(self) -> np.ndarray:
        """By code, whether a name is a record's."""
        return np.array([name in self.records for name in self.names])

    @cached_property
    def is_field(self) -> np.ndarray:
        """By code, whether a name is a field's."""
        return np.array([name in self.fields for name in self.names])


def plain_blocks(file: Path, root: str, records: tuple[str, ...], before: frozenset[str]) -> Iterator[Block]:
    """Cut a file between the records under its root.

    Args:
        file: the file.
        root: local name of its root.
        records: elements under the root; the file's first is the first of these.
        before: other elements that may stand before them.

    Raises:
        NotPlain: the head is not, or what follows the last record is more than the root's end.
    """
    ends = [f"</{name}>".encode() for name in records]
    with file.open("rb") as stream:
        # Most often a broken file was cut off: that is seen before anything is read.
        stream.seek(max(0, file.stat().st_size - _HEAD))
        if not stream.read().rstrip().endswith(f"</{root}>".encode()):
            raise NotPlain
        stream.seek(0)
        rest = stream.read(_HEAD)
        first = rest.find(f"<{records[0]}>".encode())
        if first < 0:
            raise NotPlain
        encoding = _encoding_of(rest[:first], root, before)
        line, rest = 1 + rest.count(b"\n", 0, first), rest[first:]
        while more := stream.read(BLOCK):
            rest += more
            if cut := _cut(rest, ends):
                yield _block(rest[:cut], line, encoding)
                line, rest = line + rest.count(b"\n", 0, cut), rest[cut:]
            elif len(rest) > _LONGEST_RECORD:
                raise NotPlain
        # A file that is no longer than its head's share has not been cut yet.
        if cut := _cut(rest, ends):
            yield _block(rest[:cut], line, encoding)
    if len(rest) > _HEAD + cut or not re.fullmatch(rf"\s*</{root}>\s*".encode(), rest[cut:]):
        raise NotPlain


def _cut(content: bytes, ends: list[bytes]) -> int:
    """Return where the last of these ends; 0 if there is none."""
    return max(at + len(end) if (at := content.rfind(end)) >= 0 else 0 for end in ends)


def _block(content: bytes, line: int, encoding: str) -> Block:
    bare = content.lstrip(b" \t\r\n")
    lead = len(content) - len(bare)
    if lead > _LONGEST_RECORD:
        raise NotPlain
    return Block(utf8(bare, encoding), line + content.count(b"\n", 0, lead))


def _encoding_of(head: bytes, root: str, before: frozenset[str]) -> str:
    """Return the encoding that a file's head names, having made sure that its root is open where it ends."""
    try:
        top = etree.fromstring(head + f"</{root}>".encode(), etree.XMLParser(**SAFE))
    except etree.XMLSyntaxError:
        top = None
    if top is None or top.tag != (f"{{{top.nsmap[None]}}}{root}" if None in top.nsmap else root):
        raise NotPlain
    document = top.getroottree().docinfo
    odd = (
        document.doctype or document.xml_version != "1.0" or any(local_name(e.tag) not in before for e in top)
    )
    if odd or top.prefix:
        raise NotPlain
    return (document.encoding or "UTF-8").upper()


class PlainRecords:
    """The records of a block, in the order in which they begin, and the fields in them.

    Attributes:
        text: of each tag, the text after it, stripped, blank as null; one more null at the end.
        start: of each record, the place of its tag.
        kind: of each record, the code of its name.
        parent: of each record, which record it stands in; -1 under the root.
        leaf: of each field, the place of its tag.
        leaf_code: of each field, the code of its name; -1 where it has no meaning.
        owner: of each field, which record it stands in.

    Raises:
        NotPlain: the block is not, or not well-formed.
    """

    def __init__(self, block: Block, vocabulary: Vocabulary) -> None:
        self._block, self._words = block, vocabulary
        self._content = _EMPTY.sub(rb"<\1></\1>", block.content) if b"/>" in block.content else block.content
        self._tags, text = _taken_apart(self._content)
        self._places = np.flatnonzero(np.frombuffer(self._content, np.uint8) == ord("<"))
        self._newlines = np.flatnonzero(np.frombuffer(self._content, np.uint8) == ord("\n"))
        code = self._tags.cast(vocabulary.tags, strict=False).to_physical().cast(pl.Int16).fill_null(-1)
        self._code = code.to_numpy()
        self._sort_tags()
        self._check_lengths(text)
        self.text = self._stripped(text)

    @property
    def absent(self) -> int:
        """A place at which `text` has null."""
        return len(self._tags)

    def lines(self, places: np.ndarray) -> np.ndarray:
        """Return the line of the file that each of these tags stands on."""
        return self._block.first_line + np.searchsorted(self._newlines, self._places[places])

    def name_at(self, place: int) -> str:
        """Return the name in a tag."""
        return self._tags[int(place)]

    def _sort_tags(self) -> None:
        code, count = self._code, len(self._words.names)
        strange = np.flatnonzero(code < 0)
        closes = code >= count
        closes[strange] = self._strange(strange)
        # A field is a tag that the next one closes.
        whole = np.zeros(len(code), bool)
        whole[:-1] = (code[:-1] >= 0) & (code[1:] == code[:-1] + count)
        whole[strange[~closes[strange]]] = True
        opening = np.where(closes | (code < 0), 0, code)
        record = ~closes & (code >= 0) & self._words.is_record[opening]
        record &= ~(whole & self._words.is_field[opening])
        leaf = whole & ~record
        ends = closes.copy()
        ends[1:] &= ~leaf[:-1]
        if (~closes & ~record & ~leaf).any() or (ends & (code < 0)).any():
            raise NotPlain
        self.leaf = np.flatnonzero(leaf)
        self.leaf_code = code[self.leaf]
        self._nest(record, ends)

    def _strange(self, places: np.ndarray) -> np.ndarray:
        """Return which of the tags without a meaning close; each must be the pair of its neighbour."""
        tags = self._tags.gather(places)
        names = tags.unique()
        if len(names) > _MOST_STRANGE or not all(name and _TAG.fullmatch(name) for name in names):
            raise NotPlain
        closes = tags.str.starts_with("/").to_numpy()
        pairs = len(places) % 2 == 0 and not closes[::2].any() and closes[1::2].all()
        if not pairs or (places[1::2] != places[::2] + 1).any():
            raise NotPlain
        if ("/" + tags.gather_every(2) != tags.gather_every(2, 1)).any():
            raise NotPlain
        return closes

    def _nest(self, record: np.ndarray, ends: np.ndarray) -> None:
        """Find what stands in what; prove that every record is closed by its own tag."""
        depth = np.cumsum(record.astype(np.int8) - ends.astype(np.int8), dtype=np.int32)
        if depth[-1] != 0 or depth.min() < 0 or depth.max() > len(self._words.records):
            raise NotPlain
        self.start = np.flatnonzero(record)
        self.kind = self._code[self.start]
        self.parent = np.full(len(self.start), -1)
        self.owner = np.full(len(self.leaf), -1)
        end = np.flatnonzero(ends)
        of_start, of_end, of_leaf = depth[self.start], depth[end] + 1, depth[self.leaf]
        above = np.array([], int)
        for level in range(1, depth.max() + 1):
            here = np.flatnonzero(of_start == level)
            closing = self._code[end[of_end == level]]
            if len(closing) != len(here) or (closing != self.kind[here] + len(self._words.names)).any():
                raise NotPlain
            if level > 1:
                self.parent[here] = above[np.searchsorted(self.start[above], self.start[here]) - 1]
            inside = np.flatnonzero(of_leaf == level)
            self.owner[inside] = here[np.searchsorted(self.start[here], self.leaf[inside]) - 1]
            above = here
        if (self.owner < 0).any():
            raise NotPlain

    def _check_lengths(self, text: pl.Series) -> None:
        under_root = self._places[self.start[self.parent < 0]]
        longest = np.diff(under_root, append=len(self._content)).max()
        if longest > _LONGEST_RECORD or (text.gather(self.leaf).str.len_bytes().max() or 0) > _LONGEST_VALUE:
            raise NotPlain

    def _stripped(self, text: pl.Series) -> pl.Series:
        if b"&" in self._content:
            text = resolved(text)
        text = text.str.strip_chars()
        return text.to_frame("t").select(pl.when(pl.col("t") != "").then("t"))["t"].extend_constant(None, 1)


def _taken_apart(content: bytes) -> tuple[pl.Series, pl.Series]:
    """Return every tag without its brackets, and the text after it: a table of lines that begin with `<`."""
    count = content.count(b"<")
    if count * _SHORTEST_TAG > len(content) or content.count(b">") != count or b"]]>" in content:
        raise NotPlain
    try:
        table = pl.read_csv(
            io.BytesIO(content[1:]),
            has_header=False,
            schema={"tag": pl.String, "text": pl.String},
            separator=">",
            eol_char="<",
            quote_char=None,
            truncate_ragged_lines=False,
        )
    except pl.exceptions.PolarsError:
        table = None
    if table is None or table.height != count:
        raise NotPlain
    return table["tag"], table["text"]
