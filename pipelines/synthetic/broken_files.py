"""Whole files that are wrong on purpose, each beside good ones, so that a refusal costs no data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipelines.extracts.community_terms import COLUMNS
from pipelines.synthetic import student_xml
from pipelines.synthetic.community_files import file_name
from pipelines.synthetic.ilr_xml import FOOT, Head
from pipelines.years import AcademicYear

_LEARNER = """<Learner>
<LearnRefNumber>SPARE01</LearnRefNumber>
<ULN>9999999999</ULN>
<DateOfBirth>1980-01-01</DateOfBirth>
<Ethnicity>99</Ethnicity>
<Sex>F</Sex>
<LLDDHealthProb>9</LLDDHealthProb>
<PostcodePrior>ZZ99 9ZZ</PostcodePrior>
<Postcode>ZZ99 9ZZ</Postcode>
<LearningDelivery>
<LearnAimRef>Z9000002</LearnAimRef>
<AimType>4</AimType>
<AimSeqNumber>1</AimSeqNumber>
<LearnStartDate>{start}-10-01</LearnStartDate>
<LearnPlanEndDate>{start}-12-01</LearnPlanEndDate>
<FundModel>99</FundModel>
<DelLocPostCode>ZZ99 9ZZ</DelLocPostCode>
<CompStatus>1</CompStatus>
</LearningDelivery>
</Learner>
"""
_DOCTYPE = '<!DOCTYPE Message [\n<!ENTITY provider "Example">\n]>\n'
_SPARE_SERIAL = "07"
_STUDENT = """<Student>
<SID>24100910010000001</SID>
<BIRTHDTE>2000-01-01</BIRTHDTE>
<SEXID>10</SEXID>
<Engagement>
<NUMHUS>1</NUMHUS>
<ENGSTARTDATE>{start}-09-20</ENGSTARTDATE>
<StudentCourseSession>
<SCSESSIONID>1</SCSESSIONID>
<COURSEID>H-00</COURSEID>
<SCSSTARTDATE>{start}-09-20</SCSSTARTDATE>
<SCSMODE>01</SCSMODE>
</StudentCourseSession>
</Engagement>
</Student>
"""


@dataclass(frozen=True)
class BrokenFile:
    """One file, where it is put, and what must become of it."""

    folder: str
    name: str
    content: str
    collection: str
    rule: str | None
    effect: str


@dataclass(frozen=True)
class Occasion:
    """What a broken file is made for: a year, the heads of two providers, an organisation, a university."""

    year: AcademicYear
    head: Head
    other: Head
    organisation: str
    university: student_xml.Head


def _ilr(
    occasion: Occasion, head: Head, content: str, rule: str | None, effect: str = "refuse"
) -> BrokenFile:
    return BrokenFile(occasion.head.ukprn, head.file_name(), content, "ilr", rule, effect)


def _whole(head: Head) -> str:
    return head.xml() + _LEARNER.format(start=head.year.start) + FOOT


def _truncated(s: Occasion) -> BrokenFile:
    whole = _whole(s.head)
    return _ilr(s, s.head, whole[: whole.index("<AimSeqNumber>") + 20], "well_formed")


def _doctype(s: Occasion) -> BrokenFile:
    return _ilr(s, s.head, _whole(s.head).replace("<Message", f"{_DOCTYPE}<Message", 1), "doctype")


def _other_provider(s: Occasion) -> BrokenFile:
    return _ilr(s, s.other, _whole(s.other), "folder_provider")


def _other_year(s: Occasion) -> BrokenFile:
    earlier = replace(s.head, year=AcademicYear(s.year.start - 1))
    return _ilr(s, earlier, _whole(earlier), "folder_year")


def _two_providers(s: Occasion) -> BrokenFile:
    return _ilr(s, s.head, _whole(replace(s.head, provider_ukprn=s.other.ukprn)), "UKPRN_03")


def _empty(s: Occasion) -> BrokenFile:
    return _ilr(s, s.head, s.head.xml() + FOOT, None, "empty")


def _unregistered(s: Occasion) -> BrokenFile:
    stranger = replace(s.head, ukprn="10099999")
    return BrokenFile(
        "10099999", stranger.file_name(), _whole(stranger), "ilr", "sender_registered", "refuse"
    )


def _unrecognised(s: Occasion) -> BrokenFile:
    text = "The return follows next week.\n"
    return BrokenFile(s.organisation, "please read.txt", text, "unrecognised", "file_recognised", "refuse")


def _community(s: Occasion, rows: list[str], rule: str | None, effect: str) -> BrokenFile:
    name = file_name(s.organisation, s.year, date(s.year.start + 1, 9, 25), "csv")
    content = "\r\n".join([*rows, ""])
    return BrokenFile(s.organisation, name, content, "community_learning", rule, effect)


def _column_missing(s: Occasion) -> BrokenFile:
    header = ",".join(column for column in COLUMNS if column != "sex")
    row = f"{s.organisation},{s.year.label},L1,,,01/02/1980,M1 1AE,,Bike repair,community,other,,,no"
    return _community(s, [header, row], "column_missing", "refuse")


def _all_bad(s: Occasion) -> BrokenFile:
    row = f"{s.organisation},{s.year.label},L{{}},,,1980,F,M1 1AE,,Bike repair,online,other,last autumn,,no"
    return _community(s, [",".join(COLUMNS), *(row.format(n) for n in (1, 2, 3))], None, "all rejected")


def _student_record(s: Occasion, content: str, rule: str) -> BrokenFile:
    later = s.university.a_day_later().a_day_later()
    return BrokenFile(later.ukprn, later.file_name(), content, "student_record", rule, "refuse")


def _record_truncated(s: Occasion) -> BrokenFile:
    whole = s.university.a_day_later().a_day_later().xml() + _STUDENT.format(start=s.year.start)
    return _student_record(s, whole[: whole.index("<SCSMODE>")], "well_formed")


def _record_of_another(s: Occasion) -> BrokenFile:
    other = replace(s.university, ukprn=s.head.ukprn)
    whole = other.xml() + _STUDENT.format(start=s.year.start) + student_xml.FOOT
    return _student_record(s, whole, "filename_ukprn")


_ALL: tuple[Callable[[Occasion], BrokenFile], ...] = (
    _truncated,
    _doctype,
    _other_provider,
    _column_missing,
    _other_year,
    _empty,
    _all_bad,
    _two_providers,
    _unregistered,
    _unrecognised,
    _record_truncated,
    _record_of_another,
)


def broken_files(turn: int, turns: int, occasions: list[Occasion]) -> Iterator[BrokenFile]:
    """Yield the files that a year gets: all of them are dealt out over the years of a city.

    Args:
        turn: number of the year, from 0.
        turns: number of years.
        occasions: places for them, used in turn.
    """
    for number, make in enumerate(_ALL):
        if number % turns == turn:
            occasion = occasions[number % len(occasions)]
            yield make(replace(occasion, head=replace(occasion.head, serial=_SPARE_SERIAL)))


def write_broken(raw: Path, year: AcademicYear, file: BrokenFile) -> Path:
    """Write one; return where."""
    place = raw / year.folder / file.folder / file.name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(file.content, encoding="utf-8", newline="")
    return place
