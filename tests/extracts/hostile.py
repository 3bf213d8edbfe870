"""A city whose senders send one good return of each format, beside which anything may be put."""

import csv
import json
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

from pipelines.extracts import reception
from pipelines.extracts.community_terms import COLUMNS
from pipelines.extracts.deliveries import UNRECOGNISED
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.plausibility import Limits
from pipelines.extracts.reception import Reception, settle
from pipelines.extracts.returns import Receipt, State
from pipelines.extracts.store import Store
from pipelines.years import AcademicYear
from tests.stagings import staging
from tests.vaults import vault

YEAR = AcademicYear(2024)
COLLEGE, AUTHORITY, CHARITY, CLUB = "10000001", "352", "MCR-001", "MCR-002"
OTHER_COLLEGE, OTHER_CHARITY = "10000002", "MCR-003"
"""Those who send what is hostile."""
NONE_HELD = Limits(rows_lost=1, rows_gained=1e9, learners_lost=1, fill_lost=1, set_aside=1, smallest=0)
"""What is hostile here is for other rules to find."""
SENDERS = frozenset({COLLEGE, AUTHORITY, CHARITY, CLUB, OTHER_COLLEGE, OTHER_CHARITY})

CANARIES = ("Zebedeecanary", "9276308686", "M99 9ZZ")
"""A name, a learner number (HESA's published example) and a postcode that no receipt may show."""
NAME, ULN, POSTCODE = CANARIES


def ilr_bytes(ukprn: str, learners: int = 2, **values: str) -> bytes:
    """Return an ILR file of learners with one aim each; `values` replace texts of the first learner."""
    people = []
    for number in range(1, learners + 1):
        person = f"""<Learner>
<LearnRefNumber>L{number}</LearnRefNumber><ULN>{ULN if number == 1 else "9999999999"}</ULN>
<FamilyName>{NAME}</FamilyName><GivenNames>José</GivenNames><DateOfBirth>1990-02-28</DateOfBirth>
<Ethnicity>31</Ethnicity><Sex>F</Sex><LLDDHealthProb>2</LLDDHealthProb>
<PostcodePrior>{POSTCODE}</PostcodePrior><Postcode>{POSTCODE}</Postcode>
<LearningDelivery>
<LearnAimRef>60133533</LearnAimRef><AimType>4</AimType><AimSeqNumber>1</AimSeqNumber>
<LearnStartDate>2024-09-02</LearnStartDate><LearnPlanEndDate>2025-07-01</LearnPlanEndDate>
<FundModel>38</FundModel><DelLocPostCode>{POSTCODE}</DelLocPostCode><CompStatus>1</CompStatus>
</LearningDelivery>
</Learner>
"""
        if number == 1:
            for was, becomes in values.items():
                person = person.replace(f"<{was}>", f"<{was}>{becomes}", 1)
        people.append(person)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Message xmlns="ESFA/ILR/2024-25">
<Header><CollectionDetails><Collection>ILR</Collection><Year>2425</Year>
<FilePreparationDate>2025-10-06</FilePreparationDate></CollectionDetails>
<Source><UKPRN>{ukprn}</UKPRN><SerialNo>01</SerialNo><DateTime>2025-10-06T09:14:05</DateTime></Source></Header>
<LearningProvider><UKPRN>{ukprn}</UKPRN></LearningProvider>
{"".join(people)}</Message>
""".encode()


def ilr_name(ukprn: str) -> str:
    """Return the name an ILR file must have."""
    return f"ILR-{ukprn}-2425-20251006-091405-01.xml"


def community_rows(sender: str, rows: int = 3) -> list[list[str]]:
    """Return a header and rows of the community template."""
    made = [list(COLUMNS)]
    for number in range(1, rows + 1):
        made.append(
            [
                *(sender, "2024/25", f"{NAME}{number}", "Robin", NAME, "01/02/1980", "F"),
                POSTCODE,
                *(ULN if number == 1 else "", "Café Knitting", "community", "arts and media"),
                *("02/09/2024", "", "no"),
            ]
        )
    return made


def csv_bytes(rows: list[list[str]]) -> bytes:
    """Return rows as CSV with every cell quoted."""
    return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows).encode()


def community_name(sender: str, suffix: str = "csv", prepared: str = "2025-09-01") -> str:
    """Return the name a community file must have."""
    return f"community-learning_{sender}_2024-25_{prepared}.{suffix}"


def write_workbook(file: Path, rows: list[list[object]], sheet: str = "Enrolments") -> None:
    """Write rows as a workbook, each cell as the kind of value it is."""
    with xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy"}) as book:
        made = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            made.write_row(number, 0, row)


_PUPIL = {
    "pupilonrolltableid": "p{n}",
    "NativeId": "SCH1",
    "schoolcensustableid": "c1",
    "upn": "A12345678901{n}",
    "uniquelearnernumber": f"{ULN}.0",
    "surname": NAME,
    "dob": "2014-Sep-03 00:00:00",
    "sex": "F",
    "entrydate": "2019-Sep-02 00:00:00",
    "enrolstatus": "C",
    "ncyearactual": "5.0",
    "ethnicity": "WBRI",
}
CENSUS = {
    "schoolcensus": [
        ["schoolcensustableid", "NativeId", "term", "year", "referencedate", "estab", "datetime", "lea"],
        ["c1", "SCH1", "SPR", "2025.0", "2025-Jan-16 00:00:00", "123.0", "2025-Feb-01 10:00:00", "352.0"],
    ],
    "pupilonroll": [list(_PUPIL), *([v.format(n=n) for v in _PUPIL.values()] for n in (1, 2, 3))],
    "addresses": [
        ["pupilonrolltableid", "NativeId", "postcode"],
        *([f"p{n}", "SCH1", POSTCODE] for n in (1, 2, 3)),
    ],
}
"""Module → rows of a small spring census."""


@dataclass
class HostileCity:
    """The folders of a city, and everything that its desk says of a run."""

    folder: Path
    settle_seconds: float = 0
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def year(self) -> Path:
        """The folder of the year."""
        return self.folder / "raw" / YEAR.folder

    @property
    def store(self) -> Store:
        """Where returns are kept."""
        return Store(vault(self.folder / "store"))

    def place(self, sender: str, name: str, content: bytes | None = None) -> Path:
        """Return the path of a sender's file; write it where content is given."""
        folder = self.year / sender
        folder.mkdir(parents=True, exist_ok=True)
        if content is not None:
            (folder / name).write_bytes(content)
        return folder / name

    def send_good_returns(self) -> None:
        """Put a good return of each format where it belongs."""
        self.place(COLLEGE, ilr_name(COLLEGE), ilr_bytes(COLLEGE))
        self.place(CHARITY, community_name(CHARITY), csv_bytes(community_rows(CHARITY)))
        write_workbook(self.place(CLUB, community_name(CLUB, "xlsx")), community_rows(CLUB))
        for module, rows in CENSUS.items():
            with self.place(AUTHORITY, f"2025_spring_{module}.csv").open("w", newline="") as stream:
                csv.writer(stream).writerows(rows)

    def receive(self) -> list[Receipt]:
        """Look at everything, as a run does; every receipt must keep silent about people."""
        desk = Reception(self.folder / "raw", self.store, SENDERS, NONE_HELD, staging(), self.settle_seconds)
        collections = [*(module.COLLECTION for module in FORMATS), UNRECOGNISED]
        self.receipts = settle(r for name in collections for r in desk.receive(name, [YEAR]))
        said = str([r.as_json() for r in self.receipts])
        assert not [name for name in CANARIES if name in said], "a receipt shows a personal value"
        said.encode()
        return self.receipts

    def others(self) -> dict[str, State]:
        """Return the states of the four good returns."""
        return {
            r.folder_provider: r.state
            for r in self.receipts
            if r.folder_provider in (COLLEGE, AUTHORITY, CHARITY, CLUB)
        }

    def bad(self) -> list[Receipt]:
        """Return the receipts of all others, having made sure that those four were accepted."""
        accepted = dict.fromkeys((COLLEGE, AUTHORITY, CHARITY, CLUB), State.ACCEPTED)
        assert self.others() == accepted, "a good return was lost"
        bad = [r for r in self.receipts if r.folder_provider not in accepted]
        assert not [r.message for r in bad if r.rule == READER_FAULT], "this software failed"
        return bad


XML, CSV, XLSX = (
    ilr_name(OTHER_COLLEGE),
    community_name(OTHER_CHARITY),
    community_name(OTHER_CHARITY, "xlsx"),
)
MOST_SECONDS = 15
MOST_MEGABYTES = 200
"""At most this for a file of a hundred megabytes, above what a run on the good returns alone holds."""
GOOD = csv_bytes(community_rows(OTHER_CHARITY))
REPOSITORY = Path(__file__).resolve().parents[2]


def refused(city: HostileCity, seconds: float = MOST_SECONDS) -> list[str]:
    """Receive; return the rules of all refusals beside the good returns."""
    start = time.monotonic()
    city.receive()
    assert time.monotonic() - start < seconds
    bad = city.bad()
    assert {r.state for r in bad} <= {State.REFUSED}
    assert all(r.message.strip() for r in bad)
    return [r.rule for r in bad]


def hostile_xml(declaration: str = "", inside: str = "") -> bytes:
    """Return an ILR file with more in its prolog, or in each learner."""
    good = ilr_bytes(OTHER_COLLEGE).decode()
    return (
        good.replace("<Message", f"{declaration}<Message", 1).replace("<Sex>", f"{inside}<Sex>", 1).encode()
    )


def receive_in_megabytes(folder: str) -> tuple[list[tuple], int]:
    """Receive a city in this process alone; return what was said, and the most megabytes it held."""
    reception.WORTH_A_SECOND_PROCESS = 1 << 40
    # A backstop, so that a test that fails does not take the machine with it.
    resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))
    city = HostileCity(Path(folder))
    city.receive()
    # Not getrusage: a process that has just been started shows its parent's peak there.
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return [(r.state.value, r.rule) for r in city.bad()], int(peak) >> 10


def measured(city: HostileCity) -> tuple[list, int]:
    """Receive in a process of its own; return what was said, and the most megabytes it held."""
    code = (
        "import json, sys; from tests.extracts.hostile import receive_in_megabytes as r; "
        "print(json.dumps(r(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(city.folder)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    said, peak = json.loads(done.stdout.splitlines()[-1])
    return [tuple(each) for each in said], peak
