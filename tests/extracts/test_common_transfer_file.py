"""The Common Transfer File: identity from its head, pupils with what stands inside, cases of each rule."""

from datetime import date, datetime

import polars as pl
import pytest

from pipelines.extracts import common_transfer_file, ilr
from pipelines.extracts.common_transfer_file_contract import PUPIL
from pipelines.extracts.returns import Refused
from pipelines.years import AcademicYear
from tests.extracts.shared_rules import of_names
from tests.extracts.transfer_files import NAME, PUPIL_XML, transfer_file


@pytest.fixture
def save(tmp_path):
    def write(*pupils: str, name: str = NAME, root: str = "CTfile", **head: str):
        file = tmp_path / name
        file.write_text(transfer_file(*pupils, root=root, **head), "utf-8")
        return (file,)

    return write


def pupils(files) -> list[dict]:
    return [row for batch in common_transfer_file.read(files) for row in batch["pupil"].rows(named=True)]


def test_identity_comes_from_the_head(save):
    found = common_transfer_file.identify(save())
    assert (found.provider, found.academic_year) == ("3526001", AcademicYear(2024))
    assert found.prepared_at == datetime(2025, 6, 30, 10, 15)


@pytest.mark.parametrize(
    "odd",
    [
        PUPIL_XML.replace("Pupil>", "pupil>"),
        PUPIL_XML.replace("<SchoolHistory>", f"{PUPIL_XML}<SchoolHistory>"),
        "<Note>Nobody else came</Note>",
    ],
)
def test_what_is_no_pupil_is_set_aside_and_said(save, odd):
    """Another spelling, a pupil inside another, a note: none is passed over."""
    first, second = pupils(save(PUPIL_XML, odd))
    assert (first["element"], first["UPN"]) == (None, "A352600100001")
    assert second["element"] is not None
    assert {name: value for name, value in second.items() if value}.keys() == {"element", "YearStart", "line"}
    findings = PUPIL.broken_rules(pl.DataFrame([first, second], schema=dict.fromkeys(first, pl.String)))
    assert findings.filter(pl.col("severity") == "quarantine").select("line", "rule").rows() == [
        (second["line"], "pupil_element")
    ]


def test_its_files_are_known_by_name_and_are_no_ilr(tmp_path):
    files = [
        tmp_path / name for name in (NAME, "3526001_ctf_3524001_012.XML", "3526001_CTF_001.xml", "ILR.xml")
    ]
    assert common_transfer_file.group(files) == [(files[0],), (files[1],)]
    # Whatever XML is left is taken for an ILR, and refused by its root.
    assert ilr.group(files[2:]) == [(files[2],), (files[3],)]


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("root_element", {"root": "CTF"}),
        ("document", {"DocumentQualifier": "partial"}),
        ("document", {"DocumentName": "School Census"}),
        (
            "source_school",
            {"SourceSchool": "<LEA>352</LEA><Estab>6002</Estab><AcademicYear>2025</AcademicYear>"},
        ),
        ("source_school", {"SourceSchool": ""}),
        (
            "academic_year",
            {"SourceSchool": "<LEA>352</LEA><Estab>6001</Estab><AcademicYear>2024/25</AcademicYear>"},
        ),
        ("header_time", {"DateTime": "last June"}),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(save, rule, what):
    with pytest.raises(Refused, match=f"^{rule}:"):
        common_transfer_file.identify(save(**what))


def test_a_pupil_has_what_stands_inside_and_blanks_are_null(save):
    (row,) = pupils(save())
    assert row == {
        "UPN": "A352600100001",
        "UniqueLearnerNumber": None,
        "Surname": "Canarysurname",
        "Forename": "Robin",
        "MiddleNames": "Mary",
        "FormerSurname": "Former",
        "DOB": "2014-09-03",
        "Sex": "F",
        "NCyearActual": "5",
        "EnrolStatus": "C",
        "Ethnicity": "WBRI",
        "PostCode": "m11ae",
        "EntryDate": "2019-09-04",  # of the first school, which is this one
        "LeavingDate": None,
        "YearStart": "2024-08-01",
        "element": None,
        "line": 3,
    }


def test_older_files_say_gender(save):
    (row,) = pupils(save(PUPIL_XML.replace("Sex>", "Gender>")))
    assert row["Sex"] == "F"


def test_nothing_but_what_counting_needs_is_kept(save):
    (batch,) = common_transfer_file.read(save())
    (kept,) = batch["pupil"].select(**PUPIL.keep).rows(named=True)
    assert (kept["postcode"], kept["entry_date"], kept["nc_year"]) == ("M1 1AE", date(2019, 9, 4), "5")
    names = [kept[column] for column in ("family_name", "given_names", "former_family_name")]
    assert names == ["Canarysurname", "Robin Mary", "Former"]
    assert "Unread" not in str(kept)


def test_many_pupils_come_in_batches(save, monkeypatch):
    monkeypatch.setattr(common_transfer_file, "BATCH", 2)
    sizes = [len(batch["pupil"]) for batch in common_transfer_file.read(save(*[PUPIL_XML] * 5))]
    assert sizes == [2, 2, 1]


DATES, YEAR = {"EntryDate": "2024-09-03"}, {"YearStart": "2024-08-01"}

# Rule, values that pass, values that do not.
CASES = [
    ("pupil_element", {}, {"element": "pupil"}),
    *of_names("Surname", "Forename", "MiddleNames", "FormerSurname"),
    ("upn_format", {"UPN": "A12345678901B"}, {"UPN": "a123456789012"}),
    ("upn_missing", {"UPN": "A123456789012"}, {}),
    ("uln_checksum", {"UniqueLearnerNumber": "9276308686"}, {"UniqueLearnerNumber": "9276308687"}),
    ("dob_format", {"DOB": "2014-02-28"}, {"DOB": "2014-02-30"}),
    ("dob_format", {"DOB": "2014-02-28+01:00"}, {"DOB": "2014-02-28+1"}),
    # The last day of the year 2024/25, and the day after; 115 years before the day after it.
    ("dob_plausible", YEAR | {"DOB": "2025-07-31"}, YEAR | {"DOB": "2025-08-01"}),
    ("dob_plausible", YEAR | {"DOB": "1910-08-02"}, YEAR | {"DOB": "1910-08-01"}),
    ("dob_missing", {"DOB": "2014-02-28"}, {}),
    ("entrydate_format", DATES, {"EntryDate": "03/09/2024"}),
    ("leavingdate_format", {"LeavingDate": "2025-01-31"}, {"LeavingDate": "2025-1-31"}),
    ("leavingdate_order", DATES | {"LeavingDate": "2024-09-03"}, DATES | {"LeavingDate": "2024-09-02"}),
    ("sex_code", {"Sex": "U"}, {"Sex": "G"}),
    ("sex_missing", {"Sex": "M"}, {}),
    ("ncyear_code", {"NCyearActual": "14"}, {"NCyearActual": "15"}),
    ("ncyear_missing", {"NCyearActual": "N1"}, {}),
    ("enrolstatus_code", {"EnrolStatus": "O"}, {"EnrolStatus": "Z"}),
    ("ethnicity_format", {"Ethnicity": "WBRI"}, {"Ethnicity": "White"}),
    ("postcode_format", {"PostCode": "m1 1ae"}, {"PostCode": "M1 1A"}),
]


@pytest.mark.parametrize(("rule", "good", "bad"), CASES)
def test_a_row_rule_lets_the_good_pass_and_names_the_bad(breaks, rule, good, bad):
    assert not breaks(PUPIL, rule, good)
    assert breaks(PUPIL, rule, bad)


def test_a_pupil_number_comes_once(breaks):
    assert breaks(PUPIL, "upn_repeated", {"UPN": "A"}, {"UPN": "A"})
    assert not breaks(PUPIL, "upn_repeated", {"UPN": "A"}, {"UPN": "B"}, {}, {})


def test_every_rule_has_a_case_that_breaks_it():
    assert {rule.id for rule in (*PUPIL.rules, *PUPIL.unique)} == {case[0] for case in CASES} | {
        "upn_repeated"
    }


def test_findings_name_the_line_and_not_the_pupil_number(save, findings):
    found = findings(common_transfer_file, *save(PUPIL_XML.replace("<Sex>F", "<Sex>G")))
    assert found.select("line", "record", "rule").rows() == [(3, None, "sex_code")]


SCHOOLS = {
    "elsewhere": "<School><LEA>352</LEA><Estab>6002</Estab><EntryDate>2016-09-05</EntryDate>"
    "<LeavingDate>2019-07-19</LeavingDate></School>",
    "source": "<School><LEA>352</LEA><Estab>6001</Estab><EntryDate>2019-09-04</EntryDate></School>",
    "open": "<School><LEA>352</LEA><Estab>6003</Estab><EntryDate>2018-09-04</EntryDate></School>",
}


@pytest.mark.parametrize(
    ("history", "entry", "leaving"),
    [
        (("elsewhere", "source"), "2019-09-04", None),
        (("source", "elsewhere"), "2019-09-04", None),
        (("open", "source"), "2019-09-04", None),
        (("elsewhere", "open"), "2018-09-04", None),
        (("elsewhere",), "2016-09-05", "2019-07-19"),
    ],
)
def test_of_a_history_of_schools_it_is_the_one_that_made_the_file(save, history, entry, leaving):
    """Else the one that was not left; dates of two schools are never mixed."""
    schools = "".join(SCHOOLS[name] for name in history)
    before, _, rest = PUPIL_XML.partition("<SchoolHistory>")
    text = f"{before}<SchoolHistory>{schools}</SchoolHistory>{rest.partition('</SchoolHistory>')[2]}"
    (row,) = pupils(save(text))
    assert (row["EntryDate"], row["LeavingDate"]) == (entry, leaving)
