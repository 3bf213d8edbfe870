"""The head of an Individualised Learner Record file: whose it is, for which year, prepared when.

Streams only as far as `LearningProvider`. Elements are known by their local name, because the namespace
carries the year and real files drift or mix namespaces.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.extracts import xml_stream
from pipelines.extracts.returns import Identity, Refused
from pipelines.extracts.rules import FileRule
from pipelines.extracts.xml_stream import EXPORT_AGAIN, read_head
from pipelines.years import AcademicYear

ROOT_ELEMENT = "Message"
FIRST_YEAR, LAST_YEAR = AcademicYear(2017), AcademicYear(2025)
"""The collection years whose shape this release reads."""

_DFE = "DfE, ILR validation rules 2025/26"
ROOT = FileRule("root_element", "The root element is not Message: this is no ILR file.", EXPORT_AGAIN, _DFE)
HEADER_TIME = FileRule(
    "header_time", "The Header holds neither a DateTime nor a FilePreparationDate.", EXPORT_AGAIN, _DFE
)
HEADER_UKPRN = FileRule("header_ukprn", "The Header has no UKPRN of eight digits.", EXPORT_AGAIN, _DFE)
YEAR = FileRule(
    "header_year",
    f"Year in the Header must be a collection year from {FIRST_YEAR} (1718) to {LAST_YEAR} (2526).",
    "Export the file again for one of these years.",
    _DFE,
)
FILENAME_1 = FileRule(
    "Filename_1",
    "The file must be named ILR-UKPRN-YYYY-yyyymmdd-hhmmss-NN.xml, with a real date and time.",
    "Give the file the name that your learner record system gave it.",
    _DFE,
)
FILENAME_4 = FileRule(
    "Filename_4",
    "The collection year in the file name is not the Year in the Header.",
    "Give the file the name that your learner record system gave it.",
    _DFE,
)
FILENAME_6 = FileRule(
    "Filename_6",
    "The serial number at the end of the file name must not be 00.",
    "Number the file 01, or higher if you send several made in the same second.",
    _DFE,
)
HEADER_3 = FileRule(
    "Header_3",
    "The UKPRN in the file name is not the one in the Header.",
    "Send the file of your own organisation, under the name that your learner record system gave it.",
    _DFE,
)
UKPRN_03 = FileRule(
    "UKPRN_03", "The UKPRN of LearningProvider is missing or not the one in the Header.", EXPORT_AGAIN, _DFE
)
VALUE_LENGTH = FileRule(
    "value_length", "A value is longer than 500 characters, which no field of the ILR may be.", EXPORT_AGAIN
)
FILE_RULES = (
    *xml_stream.FILE_RULES, VALUE_LENGTH, ROOT, HEADER_UKPRN, UKPRN_03, YEAR, HEADER_TIME,
    FILENAME_1, FILENAME_4, FILENAME_6, HEADER_3,
)  # fmt: skip
"""What an ILR file must be as a whole."""

_PLACES = (
    "Header/Source/UKPRN",
    "LearningProvider/UKPRN",
    "Header/CollectionDetails/Year",
    "Header/CollectionDetails/FilePreparationDate",
    "Header/Source/DateTime",
    "Header/Source/SerialNo",
)
"""Where the head says what, in the order of `Header`."""
_NAME = re.compile(
    r"ILR-(?P<ukprn>[0-9]{8})-(?P<year>[0-9]{4})-(?P<date>[0-9]{8})-(?P<time>[0-9]{6})-(?P<serial>[0-9]{2})\.xml",
    re.IGNORECASE,
)
_UKPRN = re.compile(r"[1-9][0-9]{7}")


@dataclass(frozen=True)
class Header:
    """What a file's head says, as text; empty where it says nothing."""

    ukprn: str
    provider_ukprn: str
    year: str
    preparation_date: str
    date_time: str
    serial: str

    @property
    def academic_year(self) -> AcademicYear:
        """The collection year.

        Raises:
            Refused: it is no year, or not one this release reads.
        """
        try:
            year = AcademicYear.parse(f"20{self.year}" if len(self.year) == 4 else "")
        except ValueError:
            year = None
        if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
            raise Refused(YEAR)
        return year

    @property
    def prepared_at(self) -> datetime:
        """When the file was made, local time as its maker wrote it.

        Raises:
            Refused: the head says neither time nor date.
        """
        for text in (self.date_time, self.preparation_date):
            try:
                # Offsets are dropped: makers write local time, some with an offset and some without.
                return datetime.fromisoformat(text).replace(tzinfo=None)
            except ValueError:
                continue
        raise Refused(HEADER_TIME)


def read_header(file: Path) -> Header:
    """Read the head of a file.

    Raises:
        Refused: the file is not well-formed up to there, has a DOCTYPE, or is no ILR.
    """
    head = read_head(file, ROOT_ELEMENT, _PLACES, before=("Learner",), after=("LearningProvider",))
    if head.root != ROOT_ELEMENT:
        raise Refused(ROOT)
    return Header(*(head.texts.get(place, "") for place in _PLACES))


def check_name(file: Path, header: Header) -> str:
    """Check a file's name against its head; return the serial number the name gives.

    Raises:
        Refused: `Filename_1`, `Filename_4`, `Filename_6` or `Header_3`.
    """
    name = _NAME.fullmatch(file.name)
    if name is None or not _is_time(name["date"] + name["time"]):
        raise Refused(FILENAME_1)
    if name["serial"] == "00":
        raise Refused(FILENAME_6)
    if name["ukprn"] != header.ukprn:
        raise Refused(HEADER_3)
    if name["year"] != header.year:
        raise Refused(FILENAME_4)
    return name["serial"]


def identity(header: Header, serial: str) -> Identity:
    """Return what the head says of the return.

    Raises:
        Refused: `header_ukprn`, `UKPRN_03`, `header_year` or `header_time`.
    """
    if not _UKPRN.fullmatch(header.ukprn):
        raise Refused(HEADER_UKPRN)
    if header.provider_ukprn != header.ukprn:
        raise Refused(UKPRN_03)
    return Identity(header.ukprn, header.academic_year, header.prepared_at, serial)


def _is_time(digits: str) -> bool:
    try:
        datetime.strptime(digits, "%Y%m%d%H%M%S")
    except ValueError:
        return False
    return True
