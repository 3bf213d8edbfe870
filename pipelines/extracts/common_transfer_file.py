"""The Common Transfer File (CTF): a school's whole roll as one XML file; for schools that send no census.

Independent schools' systems can write a full CTF: `3526001_CTF_XXXXXXX_001.xml`, from the school whose local
authority and establishment numbers its name begins with. One file is one return; a later one of the same
year replaces it. `line` is the line of the file that a pupil starts on, or, where several share a line, the
next number that is free.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from lxml import etree

from pipelines.extracts import xml_stream
from pipelines.extracts.common_transfer_file_contract import CONTRACTS, ODD_ELEMENT, PUPIL, YEAR_START
from pipelines.extracts.gathering import LINE
from pipelines.extracts.returns import Batch, Identity, Refused
from pipelines.extracts.rules import FileRule
from pipelines.extracts.xml_stream import (
    EXPORT_AGAIN,
    LineNumbers,
    children_of_root,
    frame_of,
    local_name,
    read_head,
)
from pipelines.years import AcademicYear

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

COLLECTION = "common_transfer_file"
RECORDS = "pupil"
COUNTED = (RECORDS,)
NOT_COUNTED = {
    "on_another_roll": "a pupil who is on another school's roll (EnrolStatus)",
    "left_before_year": "a pupil who left before the academic year began",
}
ROOT_ELEMENT, PUPILS, _PUPIL = "CTfile", "CTFpupilData", "Pupil"
BATCH = 20_000
"""Pupils a batch."""

_SOURCE = "DfE, Common Transfer File 25 specification"
ROOT = FileRule("root_element", "The root element is not CTfile: this is no CTF.", EXPORT_AGAIN, _SOURCE)
DOCUMENT = FileRule(
    "document", "The Header must say that this is a full Common Transfer File.", EXPORT_AGAIN, _SOURCE
)
SCHOOL = FileRule(
    "source_school",
    "SourceSchool in the Header must be the school that the file's name begins with: LEA and Estab.",
    "Send the file of your own school, under the name that your system gave it.",
    _SOURCE,
)
YEAR = FileRule(
    "academic_year",
    "AcademicYear in the Header must be the calendar year in which the academic year ends.",
    EXPORT_AGAIN,
    _SOURCE,
)
TIME = FileRule("header_time", "DateTime in the Header is missing or no time.", EXPORT_AGAIN, _SOURCE)
FILE_RULES = (*xml_stream.FILE_RULES, ROOT, DOCUMENT, SCHOOL, YEAR, TIME)
"""What a CTF must be as a whole."""

_NAME = re.compile(r"(?P<school>[0-9]{7})_CTF_[0-9A-Z]{7}_[0-9]{3}\.xml", re.IGNORECASE)
_PLACES = tuple(
    f"Header/{name}"
    for name in (
        "DocumentName", "DocumentQualifier", "DateTime",
        "SourceSchool/LEA", "SourceSchool/Estab", "SourceSchool/AcademicYear",
    )
)  # fmt: skip
_FORMER_NAMES = {"Gender": "Sex"}
_INSIDE = frozenset({"BasicDetails", "Address", "School"})
"""Elements whose fields are a pupil's; of what is repeated the first stands."""
_HISTORY = "SchoolHistory"
"""Of the schools in it, one is the pupil's."""


def group(files: list[Path]) -> list[tuple[Path, ...]]:
    """Return each CTF as a return of its own."""
    return [(file,) for file in files if _NAME.fullmatch(file.name)]


def identify(files: tuple[Path, ...]) -> Identity:
    """Read a file's identity from its Header.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    (file,) = files
    head = _head(file)
    if head["DocumentName"] != "Common Transfer File" or head["DocumentQualifier"].lower() != "full":
        raise Refused(DOCUMENT)
    school = head["SourceSchool/LEA"] + head["SourceSchool/Estab"]
    if school != _NAME.fullmatch(file.name)["school"]:
        raise Refused(SCHOOL)
    try:
        # Offsets are dropped: schools write local time, some with an offset and some without.
        prepared = datetime.fromisoformat(head["DateTime"]).replace(tzinfo=None)
    except ValueError:
        prepared = None
    if prepared is None:
        raise Refused(TIME)
    return Identity(school, _year(head), prepared)


def read(files: tuple[Path, ...]) -> Iterator[Batch]:
    """Read the pupils of a file in batches.

    Raises:
        Refused: as `identify`, or the file breaks off.
    """
    (file,) = files
    head = _head(file)
    year, source = _year(head), (head["SourceSchool/LEA"], head["SourceSchool/Estab"])
    constants = {YEAR_START: year.first_day.isoformat()}
    columns, lines, rows = (*PUPIL.columns, LINE), LineNumbers(), []
    for element in children_of_root(file, PUPILS):
        row = constants | {ODD_ELEMENT: _odd(element), LINE: lines.of(element)}
        if row[ODD_ELEMENT] is None:
            row |= _values(element, source)
        rows.append(tuple(map(row.get, columns)))
        if len(rows) == BATCH:
            yield {PUPIL.table: frame_of(columns, rows)}
            rows = []
    yield {PUPIL.table: frame_of(columns, rows)}


def _head(file: Path) -> Mapping[str, str]:
    head = read_head(file, ROOT_ELEMENT, _PLACES, before=(PUPILS,), after=("Header",))
    if head.root != ROOT_ELEMENT:
        raise Refused(ROOT)
    return {place.removeprefix("Header/"): head.texts.get(place, "") for place in _PLACES}


def _year(head: Mapping[str, str]) -> AcademicYear:
    year = head["SourceSchool/AcademicYear"]
    if not re.fullmatch(r"20[0-9][0-9]", year):
        raise Refused(YEAR)
    return AcademicYear.from_time_period(int(year))


def _odd(element: etree._Element) -> str | None:
    """Return the name of an element that is no pupil, or has another inside; None of a pupil."""
    names = [local_name(each.tag) for each in element.iter(etree.Element)]
    return None if names[0] == _PUPIL and _PUPIL not in names[1:] else names[0]


def _values(element: etree._Element, source: tuple[str, str]) -> dict[str, str | None]:
    """Return the fields of a pupil, and of what stands inside; empty ones are null, as CTFs have many.

    Args:
        element: of the pupil, or inside it.
        source: authority and number of the school that made the file.
    """
    values: dict[str, str | None] = {}
    for child in element:
        name = local_name(child.tag)
        if name in _INSIDE:
            values = _values(child, source) | values
        elif name == _HISTORY:
            values = _school_of(child, source) | values
        elif text := (child.text or "").strip():
            values.setdefault(_FORMER_NAMES.get(name, name), text)
    return values


def _school_of(history: etree._Element, source: tuple[str, str]) -> dict[str, str | None]:
    """Return what is said of the school that made the file; if it is not there, of one that was not left."""
    schools = [_values(school, source) for school in history if local_name(school.tag) == "School"]
    of_source = [s for s in schools if (s.get("LEA"), s.get("Estab")) == source]
    not_left = [s for s in schools if "LeavingDate" not in s]
    return next(iter((*of_source, *not_left, *schools)), {})
