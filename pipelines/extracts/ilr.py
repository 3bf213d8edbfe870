"""The Individualised Learner Record (ILR): one XML file a provider a return, each restating its whole year.

Sent to the Department for Education by colleges, training providers and adult education services. This
module finds the files and reads them with care; `ilr_plain` reads the same from plain files, much faster.
`ilr_header` reads who sent them, `ilr_fields` holds what the schemas say, `ilr_contract` and `ilr_rules` what
must hold. Shapes of 2017/18 to 2025/26.

Every row has a `line`, unique in its table: the line of the file its element starts on, or, where several
records share a line, the next number that is free. Only elements that no schema knows may share one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from pipelines.extracts.gathering import LINE, PARENT_LINE
from pipelines.extracts.ilr_contract import CONTRACTS, UNEXPECTED
from pipelines.extracts.ilr_fields import Entity, entities
from pipelines.extracts.ilr_header import (
    FILE_RULES,
    ROOT_ELEMENT,
    VALUE_LENGTH,
    Header,
    identity,
    read_header,
)
from pipelines.extracts.ilr_header import check_name as serial_of_name
from pipelines.extracts.ilr_plain import plain_batches
from pipelines.extracts.ilr_shapes import (
    ENVELOPE,
    HANDED_DOWN,
    HEAVY,
    ROW_WEIGHT,
    Unexpected,
    columns_of,
    constants,
)
from pipelines.extracts.returns import Batch, Identity, Refused
from pipelines.extracts.xml_stream import LineNumbers, children_of_root, frame_of, line_of, local_name

__all__ = [
    "COLLECTION",
    "CONTRACTS",
    "COUNTED",
    "FILE_RULES",
    "NOT_COUNTED",
    "RECORDS",
    "group",
    "identify",
    "read",
]

COLLECTION = "ilr"
RECORDS = "learner"
COUNTED = ("learning_delivery",)
NOT_COUNTED = {
    "component": "a component aim of a programme: the programme counts",
    "core_aim": "the core aim of a programme: the programme counts",
}

BATCH = 20_000
"""Learners a batch."""
_LONGEST = 500
"""Characters of one value; the schemas allow 100."""
_MOST_NAMES = 500
"""Names of elements that are remembered of each entity."""


def group(files: list[Path]) -> list[tuple[Path, ...]]:
    """Return every XML file as a return of its own; one that is no ILR is refused by its name or head."""
    return [(file,) for file in files if file.suffix.lower() == ".xml"]


def identify(files: tuple[Path, ...], *, check_name: bool = True) -> Identity:
    """Read a file's identity from its head.

    Args:
        files: the one file.
        check_name: False to read a file under another name than the one it must have when sent.

    Raises:
        Refused: one of `ilr_header.FILE_RULES`.
    """
    (file,) = files
    header = read_header(file)
    serial = serial_of_name(file, header) if check_name else header.serial
    return identity(header, serial)


def read(files: tuple[Path, ...]) -> Iterator[Batch]:
    """Read the learners of a file in batches; tables without rows are left out.

    Raises:
        Refused: as `identify`, or the file breaks off.
    """
    (file,) = files
    header = read_header(file)
    read_already = yield from plain_batches(file, header)
    if read_already is not None:
        yield from read_carefully(file, header, read_already)


def read_carefully(file: Path, header: Header, read_already: int = 0) -> Iterator[Batch]:
    """Read the learners of a file that is not plain XML, whatever else it is, in batches.

    Args:
        file: the file.
        header: its head.
        read_already: elements under the root that are not to be in the batches. They are read even so: lines
            and unknown elements follow from what stands before.
    """
    rows = _Rows(header)
    for element in children_of_root(file, ROOT_ELEMENT):
        again = read_already > 0
        read_already -= rows.take(element)
        if again:
            if rows.full or not read_already:
                rows.batch()
        elif rows.full:
            yield rows.batch()
    yield rows.batch()


_Inner = tuple["_Shape", etree._Element]


@dataclass
class _Shape:
    """How an entity's elements are read, and its rows so far in this batch."""

    entity: Entity
    columns: tuple[str, ...]
    inside: dict[str, "_Shape"] = field(default_factory=dict)
    rows: list[tuple] = field(default_factory=list)
    lines: LineNumbers = field(default_factory=LineNumbers)
    known: dict[str, tuple[str, bool, "_Shape | None"]] = field(default_factory=dict)

    def recognise(self, tag: str) -> tuple[str, bool, "_Shape | None"]:
        """Return the local name of an element inside, whether it is a field, and its shape as a record."""
        name = local_name(tag)
        is_field = any(f.field == name for f in self.entity.fields)
        known = name, is_field, self.inside.get(name)
        if len(self.known) < _MOST_NAMES:
            self.known[tag] = known
        return known


class _Rows:
    """The rows of the batch that is being read."""

    def __init__(self, header: Header) -> None:
        self._learners = 0
        self._weight = 0
        self._constants = constants(header)
        self._shapes = {e.element: _Shape(e, columns_of(e)) for e in entities().values()}
        for shape in self._shapes.values():
            if parent := shape.entity.parent:
                self._shapes[parent].inside[shape.entity.element] = shape
        self._unexpected = Unexpected()

    @property
    def full(self) -> bool:
        """Whether there are enough rows for a batch."""
        return self._learners >= BATCH or self._weight > HEAVY

    def take(self, element: etree._Element) -> bool:
        """Read one element from under the root; say whether it is a record."""
        name = local_name(element.tag)
        if name in ENVELOPE:
            return False
        shape = self._shapes.get(name)
        if shape is None or shape.entity.parent:
            self._unexpected.note(ROOT_ELEMENT, name, line_of(element))
            return False
        self._learners += name == "Learner"
        self._add(shape, element, self._constants)
        return True

    def batch(self) -> Batch:
        """Return the rows read since the last batch, as text columns and `line`."""
        frames = {}
        for shape in self._shapes.values():
            if shape.rows:
                frames[shape.entity.table] = frame_of(shape.columns, shape.rows)
                shape.rows = []
        if new := self._unexpected.new():
            frames[UNEXPECTED] = frame_of(("entity", "element", LINE), new)
        self._learners = self._weight = 0
        return frames

    def _add(self, shape: _Shape, element: etree._Element, outer: dict) -> None:
        """Read one record and those inside it."""
        values, inside = self._values(shape, element)
        values[LINE] = shape.lines.of(element)
        if inside:
            handed_down = {**outer, PARENT_LINE: str(values[LINE])}
            handed_down.update((name, values[name]) for name in HANDED_DOWN if name in values)
            for record in inside:
                self._add(*record, handed_down)
        row = {**outer, **values}
        shape.rows.append(tuple(map(row.get, shape.columns)))
        # A row repeats its learner's reference, however long; so does each finding on it.
        self._weight += ROW_WEIGHT + len(row.get("LearnRefNumber") or "")

    def _values(self, shape: _Shape, element: etree._Element) -> tuple[dict, list[_Inner]]:
        values, inside, known = {}, [], shape.known
        for child in element:
            tag = child.tag
            name, is_field, inner = known.get(tag) or shape.recognise(tag)
            # `PriorAttain` is a field up to 2020/21 and a record from then on.
            if inner is not None and (not is_field or len(child)):
                inside.append((inner, child))
            elif is_field and name not in values:
                text = child.text
                if text and len(text) > _LONGEST:
                    raise Refused(VALUE_LENGTH, line_of(child))
                values[name] = (text.strip() or None) if text else None
            else:
                self._unexpected.note(shape.entity.element, name, line_of(child))
        return values, inside
