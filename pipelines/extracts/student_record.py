"""The student record of universities (Jisc Data Futures, formerly HESA), as XML or as a CSV delivery.

Both give the same tables. No official schema was at hand; what is taken for granted:

* XML: the root is `DataFutures`; the file is named `C24056-<UKPRN>-<yyyymmdd>-<hhmmss>.xml` (record and
  year, sender, when it was made); a first element `Header` may hold UKPRN, RECID (`24056`) and DateTime,
  which must then agree with the name. Exporters that write no `Header` are identified by the name.
* CSV: a file an entity, `hesa_24056_20251103_data_students.csv`; files of one record and day are one return.
  The students' file also has the columns UKPRN and RECID. Rows name their student by SID and their engagement
  by SID and NUMHUS.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.extracts import tabular, xml_stream
from pipelines.extracts.returns import Batch, Identity, Refused
from pipelines.extracts.rules import FileRule
from pipelines.extracts.student_record_contract import CONTRACTS
from pipelines.extracts.student_record_csv import column_values, read_csv
from pipelines.extracts.student_record_entities import (
    COURSE,
    COURSE_KNOWN,
    QUALIFICATION,
    QUALIFICATION_KNOWN,
    REQUIRED,
    SESSION,
    STUDENT,
)
from pipelines.extracts.student_record_xml import MISPLACED, ROOT, read_header, read_xml
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

COLLECTION = "student_record"
RECORDS = "student_course_session"
COUNTED = (RECORDS,)
NOT_COUNTED = {"dormant": "a dormant session (mode of study 63 or 64): the student does not study"}
FIRST_YEAR, LAST_YEAR = AcademicYear(2018), AcademicYear(2025)
"""The years whose record this release reads."""

_AGAIN = "Give the file the name under which your student record system made it."
_WHOLE = "Send the files of one delivery of your own university again, together."
FILENAME = FileRule(
    "filename",
    "The file must be named C24056-UKPRN-yyyymmdd-hhmmss.xml, with a real date and time, or"
    " hesa_24056_yyyymmdd_data_students.csv.",
    _AGAIN,
)
RECORD = FileRule(
    "record_code",
    f"The record must be a student record such as 24056, for a year from {FIRST_YEAR} to {LAST_YEAR}.",
    "Send the student record of one of these years.",
)
UKPRN = FileRule("ukprn", "The sender's UKPRN of eight digits is missing or not the same throughout.", _WHOLE)
NAME_UKPRN = FileRule("filename_ukprn", "The UKPRN in the file name is not the one in the file.", _AGAIN)
NAME_RECORD = FileRule(
    "filename_record", "The record in the file name, such as 24056, is not the one in the file.", _AGAIN
)
HEADER_TIME = FileRule(
    "header_time", "The Header has no DateTime such as 2025-11-03T10:15:00.", xml_stream.EXPORT_AGAIN
)
ENTITY_MISSING = FileRule("entity_missing", "The delivery lacks the file of {entities}.", _WHOLE)
ENTITY_REPEATED = FileRule(
    "entity_repeated", "The delivery has two files of {entity}.", "Delete the older of the two."
)
FILE_RULES = (
    *xml_stream.FILE_RULES, *tabular.FILE_RULES,
    ROOT, MISPLACED, FILENAME, RECORD, UKPRN, NAME_UKPRN, NAME_RECORD, HEADER_TIME,
    ENTITY_MISSING, ENTITY_REPEATED,
)  # fmt: skip
"""What a student record must be as a whole."""

_XML_NAME = re.compile(
    r"C(?P<record>[0-9]{5})-(?P<ukprn>[0-9]{8})-(?P<time>[0-9]{8}-[0-9]{6})\.xml", re.IGNORECASE
)
_CSV_NAME = re.compile(
    r"hesa_(?P<record>[0-9]{5})_(?P<date>[0-9]{8})_data_(?P<entity>[a-z_]+)\.csv", re.IGNORECASE
)
_XML_BEGINS = re.compile(r"C[0-9]{5}\b.*\.xml", re.IGNORECASE)
_RECORD = re.compile(r"(?P<year>[0-9]{2})05[0-9]")
_UKPRN = re.compile(r"[1-9][0-9]{7}")


def group(files: list[Path]) -> list[tuple[Path, ...]]:
    """Return XML files whose name begins like a record's, each alone, and the files of each CSV delivery."""
    alone = [(file,) for file in files if _XML_BEGINS.fullmatch(file.name)]
    deliveries: dict[tuple[str, str], list[Path]] = {}
    for file in files:
        if name := _CSV_NAME.fullmatch(file.name):
            deliveries.setdefault((name["record"], name["date"]), []).append(file)
    return [*alone, *(tuple(found) for _, found in sorted(deliveries.items()))]


def identify(files: tuple[Path, ...]) -> Identity:
    """Read a return's identity from its content and its name, which must agree.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    return _identify_csv(files) if _is_delivery(files) else _identify_xml(files[0])


def read(files: tuple[Path, ...]) -> Iterator[Batch]:
    """Read a return in batches; tables without rows are left out.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    year = _year(_name(files[0])["record"])
    whole = read_csv(_entities(files), year) if _is_delivery(files) else read_xml(files[0], year)
    offer = _Offer()
    for batch in whole:
        yield offer.marked(batch)


def _is_delivery(files: tuple[Path, ...]) -> bool:
    return files[0].suffix.lower() == ".csv"


def _identify_xml(file: Path) -> Identity:
    header = read_header(file)
    name = _name(file)
    prepared_at = _time(name["time"], "%Y%m%d-%H%M%S")
    if not _UKPRN.fullmatch(name["ukprn"]):
        raise Refused(UKPRN)
    if header:
        if not _UKPRN.fullmatch(header.get("UKPRN", "")):
            raise Refused(UKPRN)
        if header["UKPRN"] != name["ukprn"]:
            raise Refused(NAME_UKPRN)
        if header.get("RECID", "").upper().removeprefix("C") != name["record"]:
            raise Refused(NAME_RECORD)
        prepared_at = _stated_time(header.get("DateTime", ""))
    return Identity(name["ukprn"], _year(name["record"]), prepared_at)


def _identify_csv(files: tuple[Path, ...]) -> Identity:
    entities, name = _entities(files), _name(files[0])
    if missing := [entity.file for entity in REQUIRED if entity.file not in entities]:
        raise Refused(ENTITY_MISSING, entities=", ".join(missing))
    stated = column_values(entities[STUDENT.file], "UKPRN", "RECID")
    # A delivery without a student states neither, and nothing of it can be counted.
    ukprn = next(iter(stated["UKPRN"]), "")
    if len(stated["UKPRN"]) != 1 or not _UKPRN.fullmatch(ukprn):
        raise Refused(UKPRN)
    if {record.upper().removeprefix("C") for record in stated["RECID"]} != {name["record"]}:
        raise Refused(NAME_RECORD)
    return Identity(ukprn, _year(name["record"]), _time(name["date"], "%Y%m%d"))


def _name(file: Path) -> re.Match[str]:
    found = (_CSV_NAME if file.suffix.lower() == ".csv" else _XML_NAME).fullmatch(file.name)
    if found is None:
        raise Refused(FILENAME)
    return found


def _entities(files: tuple[Path, ...]) -> dict[str, Path]:
    entities: dict[str, Path] = {}
    for file in files:
        entity = _name(file)["entity"].lower()
        if entity in entities:
            raise Refused(ENTITY_REPEATED, entity=entity)
        entities[entity] = file
    return entities


def _year(record: str) -> AcademicYear:
    found = _RECORD.fullmatch(record)
    year = AcademicYear(2000 + int(found["year"])) if found else None
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(RECORD)
    return year


def _time(text: str, form: str) -> datetime:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        pass
    raise Refused(FILENAME)


def _stated_time(text: str) -> datetime:
    try:
        # Offsets are dropped, as in the ILR: makers write local time, some with an offset and some without.
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        pass
    raise Refused(HEADER_TIME)


class _Offer:
    """The courses and qualifications that a return has had so far."""

    def __init__(self) -> None:
        self._ids: dict[str, set[str]] = {COURSE.table: set(), QUALIFICATION.table: set()}

    def marked(self, batch: Batch) -> Batch:
        """Return a batch that says of each session and course whether what it names is in the return."""
        for table, field in ((COURSE.table, "COURSEID"), (QUALIFICATION.table, "QUALID")):
            if table in batch:
                self._ids[table].update(batch[table][field].drop_nulls())
        marks = (
            (SESSION.table, COURSE_KNOWN, "COURSEID", COURSE.table),
            (COURSE.table, QUALIFICATION_KNOWN, "QUALID", QUALIFICATION.table),
        )
        known = {
            table: batch[table].with_columns(self._known(field, offered).alias(column))
            for table, column, field, offered in marks
            if table in batch
        }
        return {**batch, **known}

    def _known(self, field: str, offered: str) -> pl.Expr:
        ids = self._ids[offered]
        # Where none has come yet, they may stand after the students.
        return pl.col(field).is_in(sorted(ids)).cast(pl.String) if ids else pl.lit(None, pl.String)
