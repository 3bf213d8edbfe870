"""The head of an Individualised Learner Record file: whose it is, for which year, prepared when.

Streams only as far as `LearningProvider`. Elements are known by their local name, because the namespace
carries the year and real files drift or mix namespaces.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

from pipelines.extracts.returns import Identity, Refused
from pipelines.years import AcademicYear

FIRST_YEAR, LAST_YEAR = AcademicYear(2018), AcademicYear(2025)
"""The collection years whose shape this release reads."""

_CHUNK = 1 << 14
_NAME = re.compile(
    r"ILR-(?P<ukprn>\d{8})-(?P<year>\d{4})-(?P<date>\d{8})-(?P<time>\d{6})-(?P<serial>\d{2})\.xml",
    re.IGNORECASE,
)
_UKPRN = re.compile(r"[1-9]\d{7}")


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
            span = f"{FIRST_YEAR} (1819) to {LAST_YEAR} (2526)"
            raise Refused("Year", f"Year in the Header must be a collection year from {span}.")
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
        raise Refused("Header", "The Header holds neither a DateTime nor a FilePreparationDate.")


def read_header(file: Path) -> Header:
    """Read the head of a file.

    Raises:
        Refused: the file is not well-formed up to there, has a DOCTYPE, or is no ILR.
    """
    reader = _Reader()
    parser = etree.XMLParser(
        target=reader, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    failed_at = None
    try:
        with file.open("rb") as stream:
            while not reader.done and (chunk := stream.read(_CHUNK)):
                parser.feed(chunk)
        if not reader.done:
            parser.close()
    except etree.XMLSyntaxError as error:
        failed_at = error.lineno or 1
    # Raised out here, so that the parser's own error, which may quote the file, is not attached.
    if failed_at:
        raise not_well_formed(failed_at)
    if reader.root != "Message":
        raise Refused("Header", "The root element is not Message, so this is no ILR file.")
    return reader.header()


def check_name(file: Path, header: Header) -> str:
    """Check a file's name against its head; return the serial number the name gives.

    Raises:
        Refused: `Filename_1`, `Filename_6`, `Header_3` or `Year`.
    """
    name = _NAME.fullmatch(file.name)
    if name is None or not _is_time(name["date"] + name["time"]):
        raise Refused(
            "Filename_1",
            "The file must be named ILR-UKPRN-YYYY-yyyymmdd-hhmmss-NN.xml, with a real date and time.",
        )
    if name["serial"] == "00":
        raise Refused("Filename_6", "The serial number at the end of the file name must not be 00.")
    if name["ukprn"] != header.ukprn:
        raise Refused("Header_3", "The UKPRN in the file name is not the one in the Header.")
    if name["year"] != header.year:
        raise Refused("Year", "The collection year in the file name is not the Year in the Header.")
    return name["serial"]


def identity(header: Header, serial: str) -> Identity:
    """Return what the head says of the return.

    Raises:
        Refused: `Header`, `UKPRN_03` or `Year`.
    """
    if not _UKPRN.fullmatch(header.ukprn):
        raise Refused("Header", "The Header has no UKPRN of eight digits.")
    if header.provider_ukprn != header.ukprn:
        raise Refused("UKPRN_03", "The UKPRN of LearningProvider is missing or not the one in the Header.")
    return Identity(header.ukprn, header.academic_year, header.prepared_at, serial)


def not_well_formed(line: int) -> Refused:
    """Return the refusal of a file that is no XML or breaks off; says where, never what stands there."""
    return Refused("well_formed", "The file is not well-formed XML, or breaks off", line)


class _Reader:
    """A parser target that notes the texts of the head and stops at its end."""

    def __init__(self) -> None:
        self.done = False
        self.root: str | None = None
        self._path: list[str] = []
        self._texts: dict[str, str] = {}

    def doctype(self, *_: object) -> None:
        raise Refused("doctype", "The file has a document type declaration (DOCTYPE), which is not allowed.")

    def start(self, tag: str, _attributes: object) -> None:
        self._path.append(etree.QName(tag).localname)
        self.root = self.root or self._path[0]
        self.done = self.done or self.root != "Message" or self._path[1:] == ["Learner"]

    def end(self, _tag: str) -> None:
        self.done = self.done or self._path[1:] == ["LearningProvider"]
        self._path.pop()

    def data(self, text: str) -> None:
        if not self.done and self._path[1:2] != ["SourceFiles"]:
            place = "/".join(self._path[1:])
            self._texts[place] = self._texts.get(place, "") + text

    def close(self) -> None:
        return None

    def header(self) -> Header:
        texts: Iterator[str] = (
            self._texts.get(place, "").strip()
            for place in (
                "Header/Source/UKPRN",
                "LearningProvider/UKPRN",
                "Header/CollectionDetails/Year",
                "Header/CollectionDetails/FilePreparationDate",
                "Header/Source/DateTime",
                "Header/Source/SerialNo",
            )
        )
        return Header(*texts)


def _is_time(digits: str) -> bool:
    try:
        datetime.strptime(digits, "%Y%m%d%H%M%S")
    except ValueError:
        return False
    return True
