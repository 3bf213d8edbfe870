"""Reads the student record as XML: `DataFutures` > Course, Qualification, Student > Engagement and so on.

Every row has a `line`, unique in its table: the line of the file its element starts on, or, where several
records share a line, the next number that is free.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml import etree

from pipelines.extracts.gathering import LINE
from pipelines.extracts.returns import Batch, Refused
from pipelines.extracts.rules import FileRule
from pipelines.extracts.student_record_contract import CONTRACTS
from pipelines.extracts.student_record_entities import (
    ENTITIES,
    OFFER,
    PARENT_LINE,
    STUDENT,
    YEAR_END,
    YEAR_START,
    Entity,
)
from pipelines.extracts.xml_stream import (
    EXPORT_AGAIN,
    LineNumbers,
    children_of_root,
    frame_of,
    line_of,
    local_name,
    read_head,
)
from pipelines.years import AcademicYear

ROOT_ELEMENT, HEADER = "DataFutures", "Header"
ROOT = FileRule(
    "root_element", "The root element is not DataFutures, so this is no student record.", EXPORT_AGAIN
)
MISPLACED = FileRule(
    "element_misplaced",
    "A {element} stands where none belongs, or its name is not written so; it would not be counted.",
    EXPORT_AGAIN,
)

BATCH = 20_000
"""Students a batch."""
_PLACES = tuple(f"{HEADER}/{name}" for name in ("UKPRN", "RECID", "DateTime"))
_SPELLING = {entity.element.casefold(): entity.element for entity in ENTITIES}
_RECORDS = ("Course", "Module", "Qualification", "SessionYear", "Venue", "Student")


def read_header(file: Path) -> Mapping[str, str]:
    """Return the fields of a file's `Header` by name; nothing where it has no such element.

    Raises:
        Refused: `root_element`, or one of `xml_stream.FILE_RULES`.
    """
    head = read_head(file, ROOT_ELEMENT, _PLACES, before=_RECORDS, after=(HEADER,))
    if head.root != ROOT_ELEMENT:
        raise Refused(ROOT)
    return {place.removeprefix(f"{HEADER}/"): text for place, text in head.texts.items()}


def read_xml(file: Path, year: AcademicYear) -> Iterator[Batch]:
    """Read a file in batches that end with a student; tables without rows are left out.

    Raises:
        Refused: as `read_header`, `element_misplaced`, or the file breaks off.
    """
    read_header(file)
    rows = _Rows(year)
    for element in children_of_root(file, ROOT_ELEMENT):
        rows.take(element)
        if rows.students == BATCH:
            yield rows.batch()
    yield rows.batch()


class _Rows:
    """The rows of the batch that is being read."""

    def __init__(self, year: AcademicYear) -> None:
        self.students = 0
        self._constants = {YEAR_START: year.first_day.isoformat(), YEAR_END: year.last_day.isoformat()}
        self._top = {entity.element: entity for entity in (*OFFER, STUDENT) if not entity.parent}
        self._inside = {
            outer.table: {inner.element: inner for inner in ENTITIES if inner.parent == outer.table}
            for outer in ENTITIES
        }
        self._columns = {entity.table: (*CONTRACTS[entity.table].columns, LINE) for entity in ENTITIES}
        self._lines = {entity.table: LineNumbers() for entity in ENTITIES}
        self._rows: dict[str, list[tuple]] = {entity.table: [] for entity in ENTITIES}

    def take(self, element: etree._Element) -> None:
        """Read one element from under the root, if it is one of those that are read."""
        if entity := self._top.get(local_name(element.tag)):
            self.students += entity is STUDENT
            self._add(entity, element, self._constants)
        else:
            _pass_over(element)

    def batch(self) -> Batch:
        """Return the rows read since the last batch, as text columns and `line`."""
        frames = {table: frame_of(self._columns[table], rows) for table, rows in self._rows.items() if rows}
        self._rows = {table: [] for table in self._rows}
        self.students = 0
        return frames

    def _add(self, entity: Entity, element: etree._Element, outer: Mapping[str, str | None]) -> None:
        """Read one record and those inside it; of a field that is repeated the first stands."""
        values: dict[str, str | None] = {}
        inside = []
        for child in element:
            name = local_name(child.tag)
            # `Disability` holds a field of its own name in capitals; records and fields never share one.
            if inner := self._inside[entity.table].get(name):
                inside.append((inner, child))
                continue
            if name in entity.own and name not in values:
                values[name] = (child.text or "").strip() or None
            _pass_over(child)
        line = self._lines[entity.table].of(element)
        row = {**outer, **values, LINE: line}
        self._rows[entity.table].append(tuple(map(row.get, self._columns[entity.table])))
        handed_down = {**outer, **values, PARENT_LINE: str(line)}
        for inner, child in inside:
            self._add(inner, child, handed_down)


def _pass_over(element: etree._Element) -> None:
    """Make sure that an element that is not read, or read as a value, holds no record that should be.

    Raises:
        Refused: `element_misplaced`; else what it holds would be lost and nobody told.
    """
    for found in element.iter(etree.Element):
        name = local_name(found.tag)
        known = _SPELLING.get(name.casefold())
        # A value may have the name of a record in other letters, as DISABILITY has.
        if known and (name == known or len(found)):
            raise Refused(MISPLACED, line_of(found), element=known)
