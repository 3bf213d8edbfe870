"""Streams XML returns: the head first, then element after element under the root, in bounded memory.

Elements are known by their local name, because namespaces carry the year and real files drift or mix them.
No entity is resolved, nothing is fetched, a document type declaration refuses the file, and an error says
where it is and never what stands there.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from lxml import etree

from pipelines.extracts.gathering import LINE
from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import FileRule

EXPORT_AGAIN = "Export the file again from your learner record system; do not edit it by hand."
WELL_FORMED = FileRule(
    "well_formed",
    "The file is not well-formed XML, or breaks off.",
    "Export and send it again: most often it was cut off on its way.",
    "W3C, XML 1.0",
)
XML_AMPERSAND = FileRule(
    "xml_ampersand",
    "A value has a bare &, which XML does not allow.",
    "Write &amp; for it in your own records, or have your system do so when it exports, and send it again.",
    "W3C, XML 1.0, section 2.4",
)
XML_ENCODING = FileRule(
    "xml_encoding",
    "The file has characters that are none in the encoding that its first line declares.",
    "Export it again as UTF-8, and do not edit it by hand: the editor saved it in another encoding.",
    "W3C, XML 1.0, section 4.3.3",
)
_KINDS = {
    etree.ErrorTypes.ERR_ENTITYREF_SEMICOL_MISSING: XML_AMPERSAND,
    etree.ErrorTypes.ERR_INVALID_ENCODING: XML_ENCODING,
    etree.ErrorTypes.ERR_UNKNOWN_ENCODING: XML_ENCODING,
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING: XML_ENCODING,
}
"""What the parser found → the rule that says it; anything else is not well-formed."""
DOCTYPE = FileRule(
    "doctype",
    "The file has a document type declaration (DOCTYPE), which is not allowed.",
    EXPORT_AGAIN,
)
RECORD_SIZE = FileRule(
    "record_size",
    "The head, a record, or what stands between two, takes more than two million bytes.",
    EXPORT_AGAIN,
)
FILE_RULES = (WELL_FORMED, XML_AMPERSAND, XML_ENCODING, DOCTYPE, RECORD_SIZE)
"""What an XML file must be, whatever its format."""

_HEAD_CHUNK, _CHUNK = 1 << 14, 1 << 18
_EXACT_LINES = 65_535
"""libxml2 stores an element's line up to here; later ones it gives as the end of the text that follows."""
_LARGEST = 2_000_000
"""Bytes of a head, or under one element of the root; an honest record takes a few thousand."""
_LONGEST = 1_000
"""Characters of a value in a head; what is longer is neither a number nor a date."""
_DEEPEST = 100
"""Elements inside each other in a head; honest ones have four."""
SAFE = {"resolve_entities": False, "no_network": True, "remove_comments": True, "remove_pis": True}
"""How lxml is to parse what others sent."""


@dataclass(frozen=True)
class Head:
    """The beginning of a file.

    Args:
        root: local name of the root; None where there is none.
        texts: place, a path of local names under the root such as `Header/Source/UKPRN` → stripped text.
    """

    root: str | None
    texts: dict[str, str]


def read_head(
    file: Path,
    root: str,
    places: Collection[str],
    *,
    before: Collection[str] = (),
    after: Collection[str] = (),
) -> Head:
    """Read the texts at the beginning of a file; no further than another root than `root`.

    Args:
        file: the file.
        root: local name of the root.
        places: whose texts are wanted.
        before: elements under the root at which the head has ended.
        after: elements under the root with which the head ends.

    Raises:
        Refused: `well_formed`, `doctype` or `record_size`, as far as it was read.
    """
    reader = _HeadReader(root, frozenset(places), frozenset(before), frozenset(after))
    parser = etree.XMLParser(target=reader, **SAFE)
    failed_at = None
    left = _LARGEST
    try:
        with file.open("rb") as stream:
            while not reader.done and (chunk := stream.read(_HEAD_CHUNK)):
                if left < 0:
                    raise Refused(RECORD_SIZE, 1)
                parser.feed(chunk)
                left -= len(chunk)
        if not reader.done:
            parser.close()
    except etree.XMLSyntaxError as error:
        rule, failed_at = _rule_of(error), error.lineno or 1
    # Raised out here, so that the parser's own error, which may quote the file, is not attached.
    if failed_at:
        raise Refused(rule, failed_at)
    return Head(reader.root, {place: text.strip() for place, text in reader.texts.items()})


def children_of_root(file: Path, root: str) -> Iterator[etree._Element]:
    """Yield each element under the root once it is complete, and drop it: memory holds few at a time.

    To be called where `read_head` has found this root and no DOCTYPE.

    Raises:
        Refused: `well_formed` or `record_size`.
    """
    parser = etree.XMLPullParser(events=("start",), tag=f"{{*}}{root}", **SAFE)
    top, growing = None, 0
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            _parse(parser, chunk)
            if top is None:
                top = next((element for _, element in parser.read_events()), None)
            growing += len(chunk)
            # The last child may be incomplete, and the parser still writes to it.
            for element in [] if top is None else top[:-1]:
                growing = 0
                yield element
                top.remove(element)
            if growing > _LARGEST and top is not None and len(top):
                raise Refused(RECORD_SIZE, line_of(top[-1]))
    _parse(parser, None)
    if top is not None:
        yield from top


def local_name(tag: str) -> str:
    """Return a tag without its namespace."""
    return tag.rpartition("}")[2]


def line_of(element: etree._Element) -> int:
    """Return the line that an element starts on."""
    line = element.sourceline or 0
    return line - (element.text or "").count("\n") if line > _EXACT_LINES else line


class LineNumbers:
    """Gives the records of a table numbers that no two share."""

    def __init__(self) -> None:
        self._last = 0

    def of(self, element: etree._Element) -> int:
        """Return the line that an element starts on, or the next number after those given already."""
        self._last = max(line_of(element), self._last + 1)
        return self._last

    def of_many(self, lines: np.ndarray) -> np.ndarray:
        """Return the same for several elements at once, by the lines that they start on."""
        ordinal = np.arange(len(lines))
        given = np.maximum.accumulate(np.maximum(lines - ordinal, self._last + 1)) + ordinal
        self._last = int(given[-1])
        return given


def frame_of(columns: tuple[str, ...], rows: list[tuple]) -> pl.DataFrame:
    """Return rows as a frame of text columns and `line`."""
    schema = {name: pl.Int64 if name == LINE else pl.String for name in columns}
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return pl.DataFrame([pl.Series(n, v, t) for (n, t), v in zip(schema.items(), values, strict=True)])


def _parse(parser: etree.XMLPullParser, chunk: bytes | None) -> None:
    failed_at = None
    try:
        if chunk is None:
            parser.close()
        else:
            parser.feed(chunk)
    except etree.XMLSyntaxError as error:
        rule, failed_at = _rule_of(error), error.lineno or 1
    # Raised out here for the same reason as in `read_head`.
    if failed_at:
        raise Refused(rule, failed_at)


def _rule_of(error: etree.XMLSyntaxError) -> FileRule:
    # A name is missing after & or after <: only the parser's words tell which.
    if error.code == etree.ErrorTypes.ERR_NAME_REQUIRED and "EntityRef" in error.msg:
        return XML_AMPERSAND
    return _KINDS.get(error.code, WELL_FORMED)


class _HeadReader:
    """A parser target that notes the texts of the head and stops at its end."""

    def __init__(
        self, root: str, places: frozenset[str], before: frozenset[str], after: frozenset[str]
    ) -> None:
        self.done = False
        self.root: str | None = None
        self.texts: dict[str, str] = {}
        self._wanted, self._places, self._before, self._after = root, places, before, after
        self._path: list[str] = []

    def doctype(self, *_: object) -> None:
        raise Refused(DOCTYPE)

    def start(self, tag: str, _attributes: object) -> None:
        self._path.append(local_name(tag))
        self.root = self.root or self._path[0]
        self.done = self.done or self.root != self._wanted or self._at(self._before)
        # The parser counts no depth here.
        if not self.done and len(self._path) > _DEEPEST:
            raise Refused(WELL_FORMED, 1)

    def end(self, _tag: str) -> None:
        self.done = self.done or self._at(self._after)
        self._path.pop()

    def data(self, text: str) -> None:
        # A head may hold anything, at any length; only what is asked for is kept, and no more than matters.
        place = "/".join(self._path[1:])
        if not self.done and place in self._places and len(self.texts.get(place, "")) < _LONGEST:
            self.texts[place] = self.texts.get(place, "") + text

    def close(self) -> None:
        return None

    def _at(self, names: frozenset[str]) -> bool:
        return len(self._path) == 2 and self._path[1] in names
