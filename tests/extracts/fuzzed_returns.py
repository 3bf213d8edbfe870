"""Small good returns of every format, changed at random. All people are invented.

A case is known by its format and seed alone.
"""

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from pipelines.extracts import (
    apprenticeship_service,
    common_transfer_file,
    community_learning,
    early_years_census,
    ilr,
    school_census,
    student_record,
)
from tests.extracts import student_files
from tests.extracts.fuzzing import Change, Files, csv_files, workbook, xml_file
from tests.extracts.hostile import (
    AUTHORITY,
    CENSUS,
    CHARITY,
    CLUB,
    COLLEGE,
    NAME,
    POSTCODE,
    ULN,
    community_name,
    community_rows,
    ilr_bytes,
    ilr_name,
)
from tests.extracts.transfer_files import NAME as TRANSFER_FILE
from tests.extracts.transfer_files import PUPIL_XML, SCHOOL, transfer_file

Mutation = Callable[[random.Random, Path], tuple[Files, Change]]


def mutate_ilr(draw: random.Random, folder: Path) -> tuple[Files, Change]:
    content = ilr_bytes(COLLEGE, draw.choice((1, 2, 5)))
    return xml_file(draw, folder / ilr_name(COLLEGE), content, ILR_RECORDS)


def mutate_census(draw: random.Random, folder: Path) -> tuple[Files, Change]:
    return csv_files(draw, {folder / f"2025_spring_{module}.csv": rows for module, rows in CENSUS.items()})


def mutate_community(draw: random.Random, folder: Path) -> tuple[Files, Change]:
    return csv_files(draw, {folder / community_name(CHARITY): community_rows(CHARITY)}, share=1)


def mutate_workbook(draw: random.Random, folder: Path) -> tuple[Files, Change]:
    return workbook(draw, folder / community_name(CLUB, "xlsx"), community_rows(CLUB), "Enrolments")


def students() -> list[dict]:
    """Return three students whose values no receipt may show; the last is long known, without a number."""
    told = {"SURNAME": NAME, "TTPCODE": POSTCODE}
    first = student_files.STUDENT | told
    return [first, first | {"SID": "24100000010000025", "ULN": None}, student_files.OTHER | told]


def mutate_student_xml(draw: random.Random, folder: Path) -> tuple[Files, Change]:
    records = [*student_files.WHOLE[:2], *(("Student", each) for each in students())]
    (file,) = student_files.save_xml(folder, *records)
    return xml_file(draw, file, file.read_bytes(), STUDENT_RECORDS)


def mutate_student_csv(draw: random.Random, folder: Path) -> tuple[Files, Change]:
    files = student_files.save_csv(folder, *students())
    tables = {file: list(csv.reader(file.read_text("utf-8").splitlines())) for file in files}
    return csv_files(draw, tables, share=0.25)


def mutate_early_years(draw: random.Random, folder: Path) -> tuple[Files, Change]:
    return csv_files(draw, {folder / f"2025_spring_eyc_{name}.csv": rows for name, rows in EYC.items()})


def apprentice_rows() -> list[list[str]]:
    """Return a header and apprentices; the learner numbers are valid, the first is HESA's example."""
    own = [(ULN, "103"), (ULN, "7"), ("1000000000", "103")]
    return [list(APPRENTICE), *([*({**APPRENTICE, "ULN": u, "StdCode": s}).values()] for u, s in own)]


def mutate_apprentices(draw: random.Random, folder: Path) -> tuple[Files, Change]:
    return csv_files(draw, {folder / APPRENTICES.format(CHARITY, "csv"): apprentice_rows()}, share=1)


def mutate_apprentices_workbook(draw: random.Random, folder: Path) -> tuple[Files, Change]:
    file = folder / APPRENTICES.format(CLUB, "xlsx")
    return workbook(draw, file, apprentice_rows(), apprenticeship_service.SHEET)


def mutate_transfer_file(draw: random.Random, folder: Path) -> tuple[Files, Change]:
    told = PUPIL_XML.replace("Canarysurname", NAME).replace("m11ae", POSTCODE)
    pupils = [told.replace("A352600100001", f"A35260010000{n}") for n in range(draw.choice((1, 2, 5)))]
    pupils[0] = pupils[0].replace("<UniqueLearnerNumber>", f"<UniqueLearnerNumber>{ULN}")
    return xml_file(draw, folder / TRANSFER_FILE, transfer_file(*pupils).encode(), TRANSFER_RECORDS)


TRANSFER_RECORDS = ("Header", "SourceSchool", "School", "Pupil")
ILR_RECORDS = ("Header", "Source", "LearningDelivery", "Learner")
STUDENT_RECORDS = ("Header", "Course", "Qualification", "Disability", "EntryProfile", "Leaver",
                   "StudentCourseSession", "Engagement", "Student")  # fmt: skip
APPRENTICES = "apprenticeships_{}_2024-25_2025-08-20.{}"
APPRENTICE = {
    "CohortRef": "C1",
    "AgreementID": "VN48RP",
    "ULN": ULN,
    "FamilyName": NAME,
    "GivenNames": "Robin",
    "DateOfBirth": "2001-03-05",
    "EmailAddress": "robin@example.org",
    "StdCode": "103",
    "StartDate": "2024-09-02",
    "EndDate": "2026-02",
    "TotalPrice": "5000",
    "EPAOrgID": "EPA0001",
    "ProviderRef": "R1",
    "RecognisePriorLearning": "FALSE",
}
_CHILD = {
    "eychildtableid": "k{n}",
    "NativeId": "EYS1",
    "eycensustableid": "c1",
    "surname": NAME,
    "forename": "Robin{n}",
    "dob": "2021-Sep-03 00:00:00",
    "sex": "F",
    "ethnicity": "ABRI",
    "postcode": POSTCODE,
    "fundedhours": "15.0",
    "extendedhours": "0.0",
    "expandedhours": "15.0",
    "eligibilitycode": "50012345678.0",
}
EYC = {
    "eycensus": [
        ["eycensustableid", "NativeId", "lea", "urn", "term", "year", "datetime"],
        ["c1", "EYS1", "352.0", "EY123456", "SPR", "2025.0", "2025-Feb-01 10:00:00"],
        ["c2", "EYS2", "352.0", "512345", "SPR", "2025.0", "2025-Feb-01 10:00:00"],
    ],
    "eychild": [list(_CHILD), *([v.format(n=n) for v in _CHILD.values()] for n in (1, 2, 3))],
}
"""Module → rows of a small early years census."""


@dataclass(frozen=True)
class Kind:
    """A format that is changed: how, who reads and who sends it, and how many cases when time is short."""

    mutate: Mutation
    module: ModuleType
    sender: str
    fast: int = 40
    slow: int = 110


KINDS = {
    "ilr": Kind(mutate_ilr, ilr, COLLEGE, slow=100),
    "census": Kind(mutate_census, school_census, AUTHORITY),
    "community csv": Kind(mutate_community, community_learning, CHARITY),
    "community xlsx": Kind(mutate_workbook, community_learning, CLUB),
    "student xml": Kind(mutate_student_xml, student_record, COLLEGE, slow=80),
    "student csv": Kind(mutate_student_csv, student_record, COLLEGE, slow=80),
    "transfer file": Kind(mutate_transfer_file, common_transfer_file, SCHOOL, slow=100),
    "early years": Kind(mutate_early_years, early_years_census, AUTHORITY, slow=100),
    "apprentices csv": Kind(mutate_apprentices, apprenticeship_service, CHARITY, slow=100),
    "apprentices xlsx": Kind(mutate_apprentices_workbook, apprenticeship_service, CLUB, slow=100),
}
