"""A town of a few invented people, written by hand, of whom one asks to be erased.

Anna is sent in two returns of a college, in the later one with a second record that is set aside, and by a
library, where again a second record is set aside. Ben, at another college, bears her learner number by
mistake. Dora is a pupil, Eve a child in the early years.
"""

import copy
import csv
import io
import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines import erasing
from pipelines.erasure_request import Request
from pipelines.extracts.community_terms import COLUMNS
from pipelines.extracts.deliveries import UNRECOGNISED
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.returns import Receipt
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.years import AcademicYear
from tests.conftest import REPOSITORY
from tests.identity.searching import sighted, sightings

YEAR = AcademicYear(2024)
COLLEGE, OTHER_COLLEGE, LIBRARY, CLUB, AUTHORITY = "10090001", "10090002", "MCR-001", "MCR-002", "352"
ULN, OTHER_ULN = "9276308686", "1000000027"
UPN = "A352999900001"
BORN = "1980-02-01"
ANNA = f'uln = "{ULN}"\nbirth_date = {BORN}\n'
DORA = f'upn = "{UPN}"\nbirth_date = 2014-09-03\n'
EVE = 'family_name = "quillon"\ngiven_name = "Eve"\nbirth_date = 2021-04-05\n'
TRACES = ("Quaxley", BORN, "01/02/1980", "M9 9QX", "M99QX", "REFQX1", "REFQX2", "REFQX3")
"""What only Anna's records have."""
OF_DORA, OF_EVE = ("Quillfeather", UPN, "M8 8QX", "pupilQ7"), ("Quillon", "M7 7QX", "childQ7")


@dataclass(frozen=True)
class Learner:
    """A learner of an ILR."""

    ref: str
    uln: str = "9999999999"
    family: str = "Other"
    given: str = "Cleo"
    born: str = "1990-02-28"
    sex: str = "F"
    postcode: str = "M1 1AE"
    aims: int = 1

    def xml(self) -> str:
        """Return the learner's element, with a disability whose category no list has: a finding."""
        aim = """<LearningDelivery><LearnAimRef>60133533</LearnAimRef><AimType>4</AimType>
<AimSeqNumber>{n}</AimSeqNumber><LearnStartDate>2024-09-02</LearnStartDate>
<LearnPlanEndDate>2025-07-01</LearnPlanEndDate><FundModel>38</FundModel>
<DelLocPostCode>M1 1AE</DelLocPostCode><CompStatus>1</CompStatus></LearningDelivery>"""
        born = f"<DateOfBirth>{self.born}</DateOfBirth>" if self.born else ""
        return f"""<Learner><LearnRefNumber>{self.ref}</LearnRefNumber><ULN>{self.uln}</ULN>
<FamilyName>{self.family}</FamilyName><GivenNames>{self.given}</GivenNames>{born}
<Ethnicity>31</Ethnicity><Sex>{self.sex}</Sex><LLDDHealthProb>1</LLDDHealthProb>
<PostcodePrior>{self.postcode}</PostcodePrior><Postcode>{self.postcode}</Postcode>
<LLDDandHealthProblem><LLDDCat>77</LLDDCat></LLDDandHealthProblem>
{"".join(aim.format(n=n + 1) for n in range(self.aims))}</Learner>
"""


ANNA_EARLY = Learner("REFQX1", ULN, "Quaxley", "Anna", BORN, postcode="M9 9QX")
ANNA_LATE = Learner("REFQX1", ULN, "Quaxley", "Anna", BORN, postcode="M9 9QX", aims=2)
ANNA_AGAIN = Learner("REFQX3", ULN, "Quaxley", "Anna", BORN, sex="?", postcode="M9 9QX")
CLEO = Learner("L2", aims=3)
BEN = Learner("B1", ULN, "Barnes", "Ben", "1990-03-04")


def community_row(
    ref: str, uln: str = "", *, family="Other", given="Robin", born="03/04/1985", **more
) -> list:
    """Return a row of the community template."""
    row = {
        "organisation_id": LIBRARY, "academic_year": "2024/25", "learner_reference": ref,
        "given_names": given, "family_name": family, "date_of_birth": born, "sex": "F", "postcode": "M1 1AE",
        "unique_learner_number": uln, "course_title": "Knitting", "setting": "community",
        "theme": "arts and media", "start_date": "02/09/2024", "end_date": "", "accredited": "no",
    } | more  # fmt: skip
    return [row[column] for column in COLUMNS]


def of_anna(ref: str, **more: str) -> list:
    """Return a row of the community template that is Anna's."""
    given = {"family": "Quaxley", "given": "Anna", "born": "01/02/1980", "postcode": "M9 9QX"}
    return community_row(ref, ULN, **(given | more))


class Town:
    """The town's project folder."""

    def __init__(self, root: Path) -> None:
        shutil.copy(REPOSITORY / "city.toml", root)
        shutil.copytree(REPOSITORY / "data" / "reference", root / "data" / "reference")
        self.year = root / "data" / "raw" / "2024-25"
        self.year.mkdir(parents=True)
        (self.year.parent / "synthetic.toml").write_text("synthetic = true\n")
        self.paths = Paths(root)
        self.receipts: list[Receipt] = []

    def settle(self) -> "Town":
        """Send everybody's first returns, and look at them."""
        self.send_ilr(COLLEGE, ANNA_EARLY, CLEO, prepared="2024-12-05")
        self.send_ilr(COLLEGE, ANNA_LATE, CLEO, ANNA_AGAIN)
        self.send_ilr(OTHER_COLLEGE, BEN)
        self.send_community(of_anna("REFQX1"), of_anna("REFQX2", setting="?"), community_row("R1"))
        self.send_census()
        self.look()
        return self

    def copy(self, root: Path) -> "Town":
        """Return the same town in a folder that does not exist yet."""
        shutil.copytree(self.paths.root, root)
        other = copy.copy(self)
        other.paths, other.year = Paths(root), root / self.year.relative_to(self.paths.root)
        return other

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline, as a new process has it."""
        return Pipeline(self.paths)

    def send_ilr(self, ukprn: str, *learners: Learner, prepared: str = "2025-10-06") -> Path:
        """Send an ILR."""
        text = f"""<?xml version="1.0" encoding="UTF-8"?>
<Message xmlns="ESFA/ILR/2024-25">
<Header><CollectionDetails><Collection>ILR</Collection><Year>2425</Year>
<FilePreparationDate>{prepared}</FilePreparationDate></CollectionDetails>
<Source><UKPRN>{ukprn}</UKPRN><SerialNo>01</SerialNo><DateTime>{prepared}T09:14:05</DateTime></Source></Header>
<LearningProvider><UKPRN>{ukprn}</UKPRN></LearningProvider>
{"".join(learner.xml() for learner in learners)}</Message>
"""
        return self.place(ukprn, f"ILR-{ukprn}-2425-{prepared.replace('-', '')}-091405-01.xml", text)

    def send_community(self, *rows: list, sender: str = LIBRARY, prepared: str = "2025-09-01") -> Path:
        """Send a return on the community template."""
        content = io.StringIO()
        csv.writer(content).writerows([list(COLUMNS), *([sender, *row[1:]] for row in rows)])
        return self.place(sender, f"community-learning_{sender}_2024-25_{prepared}.csv", content.getvalue())

    def send_census(self) -> None:
        """Send a spring census in which Dora and another pupil are, and an early years census with Eve."""
        pupil = "{id},SCH1,c1,{upn},,{family},{given},,,{born} 00:00:00,F,2019-Sep-02 00:00:00,C,5,WBRI\n"
        head = (
            "pupilonrolltableid,NativeId,schoolcensustableid,upn,uniquelearnernumber,surname,forename,middlenames,"
            "formersurname,dob,sex,entrydate,enrolstatus,ncyearactual,ethnicity\n"
        )
        files = {
            "schoolcensus": "schoolcensustableid,NativeId,term,year,referencedate,estab,datetime,lea\n"
            "c1,SCH1,SPR,2025,2025-Jan-16 00:00:00,1001,2025-Feb-01 10:00:00,352\n",
            "pupilonroll": head
            + pupil.format(id="pupilQ7", upn=UPN, family="Quillfeather", given="Dora", born="2014-Sep-03")
            + pupil.format(id="p2", upn="B352999900002", family="Poe", given="Pia", born="2014-Sep-03"),
            "addresses": "pupilonrolltableid,NativeId,postcode\npupilQ7,SCH1,M8 8QX\np2,SCH1,M1 1AE\n",
            "eyc_eycensus": "eycensustableid,NativeId,lea,urn,term,year,datetime\n"
            "e1,EYS1,352,EY400001,SPR,2025,2025-Feb-13 11:20:00\n",
            "eyc_eychild": "eychildtableid,NativeId,eycensustableid,surname,forename,dob,sex,ethnicity,"
            "postcode,fundedhours,extendedhours,expandedhours,eligibilitycode\n"
            "childQ7,EYS1,e1,Quillon,Eve,2021-Apr-05 00:00:00,F,WBRI,M7 7QX,15,,,\n"
            "k2,EYS1,e1,Poe,Pip,2021-Apr-05 00:00:00,F,WBRI,M1 1AE,15,,,\n",
        }
        for module, text in files.items():
            self.place(AUTHORITY, f"2025_spring_{module}.csv", text)

    def place(self, sender: str, name: str, text: str) -> Path:
        """Put a file into a sender's folder."""
        file = self.year / sender / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    def look(self) -> list[Receipt]:
        """Take in what came, as a run does."""
        pipeline = self.pipeline
        for collection in (*(module.COLLECTION for module in FORMATS), UNRECOGNISED):
            pipeline.receive(collection, [YEAR])
        self.receipts = pipeline.receipts()
        return self.receipts

    def find(self, request: str = ANNA) -> erasing.Found:
        """Find whom a request is about."""
        return erasing.find(self.pipeline, Request.read(request))

    def erase(self, request: str = ANNA) -> erasing.Found:
        """Erase whom a request is about from the vault."""
        found = self.find(request)
        erasing.erase(self.pipeline, found)
        return found

    def rows(self, sender: str, collection: str, table: str, column: str) -> list:
        """Return a column of the accepted rows of a sender's returns, the earliest return first."""
        store = self.pipeline.store
        receipts = [r for r in self.receipts if (r.folder_provider, r.collection) == (sender, collection)]
        frames = [
            frame
            for receipt in sorted(receipts, key=lambda r: r.recency)
            for frame in store.drawer_of(receipt).frames(table)
        ]
        return pl.concat(frames)[column].to_list() if frames else []

    def receipt(self, sender: str, prepared: str = "") -> Receipt:
        """Return the receipt of a sender's one return, or of the one prepared on a day."""
        (found,) = (
            r
            for r in self.receipts
            if r.folder_provider == sender and (not prepared or (r.prepared_at or "").startswith(prepared))
        )
        return found

    def traces(self, wanted: tuple[str, ...] = TRACES) -> list[str]:
        """Return `file: what` for all that is found in the vault, opened, and in what else is generated."""
        vault, found = self.pipeline.vault, []
        for file in vault.sealed_files():
            found += [f"{file.name}: {what}" for what in sighted(vault.read(file), wanted)]
        return found + sightings(self.paths.var, wanted)
