"""The bundled city with people in it who can be recognised: in every format, in good rows and in bad ones."""

import csv
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

from pipelines.paths import Paths
from tests.conftest import REPOSITORY
from tests.extracts.hostile import community_rows, write_workbook

FAMILY, GIVEN, POSTCODE = "Zzyzxcanary", "Qwyxquince", "M99 9ZQ"
ULN, UPN = "9276308686", "A352999900001"
BAD = "Zzbadcanary"
"""Stands where a code belongs, so that a row is set aside."""
ADULT, CHILD, INFANT = "1961-11-29", "2014-02-23", "2021-02-27"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def written(day: str) -> tuple[str, ...]:
    """Return a day as senders and programs write it."""
    y, m, d = day.split("-")
    return day, f"{d}/{m}/{y}", f"{d}-{m}-{y}", f"{y}-{MONTHS[int(m) - 1]}-{d}", f"{y}{m}{d}"


CANARIES = (
    *(FAMILY, GIVEN, POSTCODE, POSTCODE.replace(" ", ""), ULN, UPN, BAD),
    *(form for day in (ADULT, CHILD, INFANT) for form in written(day)),
)
YEAR = Path("data/raw/2024-25")
CTF = """<CTfile CTFversion="25.0"><Header><DocumentName>Common Transfer File</DocumentName>
<CTFversion>25.0</CTFversion><DateTime>2025-06-30T10:15:00+01:00</DateTime>
<DocumentQualifier>full</DocumentQualifier>
<SourceSchool><LEA>352</LEA><Estab>6001</Estab><AcademicYear>2025</AcademicYear></SourceSchool></Header>
<CTFpupilData>{pupils}</CTFpupilData></CTfile>
"""
CTF_PUPIL = f"""<Pupil><UPN>{UPN}</UPN><UniqueLearnerNumber>{ULN}</UniqueLearnerNumber>
<Surname>{FAMILY}</Surname><Forename>{GIVEN}</Forename><DOB>{{born}}</DOB><Sex>F</Sex>
<BasicDetails><NCyearActual>5</NCyearActual><EnrolStatus>C</EnrolStatus></BasicDetails>
<Address><PostCode>{POSTCODE}</PostCode></Address>
<SchoolHistory><School><EntryDate>2019-09-04</EntryDate></School></SchoolHistory></Pupil>
"""


def make(root: Path) -> Path:
    """Write the city into a folder; return its project folder."""
    shutil.copy(REPOSITORY / "city.toml", root)
    # One year has every format.
    earlier = shutil.ignore_patterns("2022-23", "2023-24")
    shutil.copytree(REPOSITORY / "data", root / "data", ignore=earlier)
    year = root / YEAR
    for file in year.glob("1009*/*.[xX][mM][lL]"):
        _mark_xml(file)
    for name in ("2025_spring_pupilonroll.csv", "2025_spring_pupilnolongeronroll.csv"):
        day = f"{written(CHILD)[3]} 00:00:00"
        _mark_csv(
            year / "352" / name, surname=FAMILY, forename=GIVEN, dob=day, upn=UPN, uniquelearnernumber=ULN
        )
    _mark_csv(year / "352" / "2025_spring_addresses.csv", postcode=POSTCODE)
    infant = {"dob": f"{written(INFANT)[3]} 00:00:00", "postcode": POSTCODE}
    _mark_csv(year / "352" / "2025_spring_eyc_eychild.csv", surname=FAMILY, forename=GIVEN, **infant)
    for file in year.glob("MCR-*/apprenticeships_*.csv"):
        _mark_csv(file, FamilyName=FAMILY, GivenNames=GIVEN, ULN=ULN, DateOfBirth=ADULT)
    community = {"date_of_birth": written(ADULT)[1], "postcode": POSTCODE, "unique_learner_number": ULN}
    for file in year.glob("MCR-*/community-learning_*.csv"):
        _mark_csv(file, **community)
    for file in year.glob("MCR-*/community-learning_*.xlsx"):
        _mark_workbook(file, community)
    register = root / "data/reference/provider.csv"
    school = "3526001,School,school,early years and schools,institution,3526001,1990-09-01,,,\n"
    register.write_text(register.read_text("utf-8") + school, "utf-8")
    (year / "3526001").mkdir()
    pupils = CTF_PUPIL.format(born=CHILD) + CTF_PUPIL.format(born=f"{CHILD}x")
    (year / "3526001" / "3526001_CTF_XXXXXXX_001.xml").write_text(CTF.format(pupils=pupils), "utf-8")
    return root


def _mark_xml(file: Path) -> None:
    """Make a marked person of the first learner of a file, of the second one whose row is set aside."""
    values = {
        "FamilyName": FAMILY, "SURNAME": FAMILY, "GivenNames": GIVEN, "FNAMES": GIVEN, "ULN": ULN,
        "DateOfBirth": ADULT, "BIRTHDTE": ADULT, "Postcode": POSTCODE, "PostcodePrior": POSTCODE,
        "DelLocPostCode": POSTCODE, "TTPCODE": POSTCODE,
    }  # fmt: skip
    head, *people = re.split(r"(?=<(?:Learner|Student)>)", file.read_text("utf-8"))
    for number in range(len(people[:2])):
        for tag, value in (values | ({"Sex": BAD, "SEXID": BAD} if number else {})).items():
            people[number] = re.sub(f"<{tag}>[^<]*", f"<{tag}>{value}", people[number])
    file.write_text(head + "".join(people), "utf-8")


def _mark_csv(file: Path, **values: str) -> None:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    _mark_rows(header, rows, values)
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


def _mark_rows(header: list[str], rows: list[list[str]], values: dict[str, str]) -> None:
    for number, row in enumerate(rows[:2]):
        marked = values | ({"sex": BAD, "setting": BAD, "StdCode": BAD} if number else {})
        for name, value in marked.items():
            if name in header:
                row[header.index(name)] = value


def _mark_workbook(file: Path, values: dict[str, str]) -> None:
    header, *rows = community_rows(file.parent.name, 20)
    _mark_rows(header, rows, values)
    write_workbook(file, [header, *rows])


class MarkedCity:
    """A marked city, and the command on it, with everything that is written outside of it in sight."""

    def __init__(self, folder: Path) -> None:
        self.root = make(_new(folder / "project"))
        self.temporary, self.elsewhere = _new(folder / "tmp"), _new(folder / "elsewhere")
        self.secret = self.elsewhere / "secret"
        self.secret.touch(0o600)
        self.secret.write_text("0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c")
        self.paths = Paths(self.root)

    def command(self, script: str, *arguments: str) -> subprocess.CompletedProcess:
        """Run Python in a process of its own that may leave a core."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("DAGSTER", "LEARNING_"))}
        environment |= {
            "TMPDIR": str(self.temporary),
            "LEARNING_INDICATORS_SECRET_FILE": str(self.secret),
            "PYTHONPATH": str(REPOSITORY),
            "HOME": str(self.elsewhere),
        }
        command = [sys.executable, "-c", script, str(self.root), *arguments]
        return subprocess.run(
            command, cwd=self.elsewhere, env=environment, capture_output=True, text=True, check=False,
            timeout=600, preexec_fn=_allow_cores,
        )  # fmt: skip

    def learning_indicators(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run the command as an operator does."""
        script = """if True:
            import sys
            from pipelines.cli import main
            sys.exit(main([*sys.argv[2:], '--root', sys.argv[1]]))
        """
        return self.command(script, *arguments)


def _allow_cores() -> None:
    """Take away what keeps cores from being written here anyway."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder
