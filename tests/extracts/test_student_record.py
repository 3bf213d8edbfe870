"""Reading the student record: both shapes to the same rows, bounded batches, what falls with what."""

from datetime import date
from functools import partial

import polars as pl
import pytest

from pipelines.extracts import student_record, student_record_csv, student_record_xml
from pipelines.extracts.reading import read_return
from pipelines.extracts.returns import Refused
from pipelines.years import AcademicYear
from tests.extracts.student_files import (
    COURSE,
    ENGAGEMENT,
    HUSID,
    OTHER,
    SESSION,
    SID,
    STUDENT,
    WHOLE,
    save_csv,
    save_xml,
)
from tests.vaults import vault

CONTRACTS = student_record.CONTRACTS
SUBJECT = "qualification_subject"


@pytest.fixture
def xml(tmp_path):
    return partial(save_xml, tmp_path)


@pytest.fixture
def delivery(tmp_path):
    return partial(save_csv, tmp_path)


def judged(files, year, folder):
    contracts = {table: contract.in_force(year) for table, contract in student_record.CONTRACTS.items()}
    sealed = vault(folder / "judged")
    return read_return(student_record.read(files), contracts, "r", sealed.drawer(sealed.folder))


def tables(files):
    read = {}
    for batch in student_record.read(files):
        for name, frame in batch.items():
            read.setdefault(name, []).append(frame)
    return {name: pl.concat(frames) for name, frames in read.items()}


def comparable(files):
    """Return each table's rows without lines, which are those of other files."""
    return {
        name: sorted(map(str, frame.drop("line", "parent_line", strict=False).rows()))
        for name, frame in tables(files).items()
    }


def test_both_shapes_give_the_same_rows(xml, delivery):
    by_xml, by_csv = comparable(xml()), comparable(delivery())
    assert by_xml == by_csv
    counts = {name: len(rows) for name, rows in by_xml.items()}
    assert counts == {
        "course": 1,
        "qualification": 1,
        "qualification_subject": 2,
        "student": 2,
        "disability": 2,
        "engagement": 3,
        "entry_profile": 2,
        "leaver": 2,
        "student_course_session": 4,
    }


def test_accepted_columns_are_typed_and_hold_the_names(xml, delivery):
    for files in (xml(), delivery()):
        read = tables(files)
        kept = {
            name: frame.select("line", **CONTRACTS[name].keep).rows(named=True)
            for name, frame in read.items()
        }
        student, other = kept["student"]
        line = student.pop("line")
        assert student == {
            "sid": SID,
            "uln": "9276308686",
            "family_name": "Canarysurname",
            "given_names": "Mary Jane",
            "birth_date": date(2004, 2, 29),
            "sex": "F",
            "ethnicity": "160",
            "term_postcode": "M1 1AE",
        }
        assert (other["sid"], other["uln"], other["sex"], other["term_postcode"]) == (HUSID, None, "U", None)
        engagement = kept["engagement"][0]
        assert (engagement["parent_line"], engagement["numhus"]) == (line, "1")
        session = kept["student_course_session"][0]
        assert session["parent_line"] == kept["leaver"][0]["parent_line"] == engagement["line"]
        assert (session["start_date"], session["mode"]) == (date(2024, 9, 16), "01")
        assert kept["entry_profile"][0]["postcode"] == "M2 2BB"
        assert kept["qualification"][0]["level"] == "H"
        subjects = [(row["qualification_id"], row["subject"], row["proportion"]) for row in kept[SUBJECT]]
        assert subjects == [("Q1", "100302", 60.0), ("Q1", "100497", 40.0)]
        codes = [(row["parent_line"], row["disability"]) for row in kept["disability"]]
        assert codes == [(line, "51"), (line, "55")]


def test_lines_are_where_records_start(xml, delivery):
    (file,) = xml()
    text = file.read_text("utf-8").splitlines()
    assert tables((file,))["engagement"]["line"].to_list() == [
        number for number, line in enumerate(text, 1) if line == "<Engagement>"
    ]
    assert tables(delivery())["engagement"]["line"].to_list() == [2, 3, 4]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("Student", "student"),
        ("Engagement", "ENGAGEMENT"),
        ("StudentCourseSession", "studentCourseSession"),
    ],
)
def test_a_record_with_its_name_in_other_letters_is_not_lost_in_silence(xml, was, becomes):
    (file,) = xml()
    file.write_text(
        file.read_text("utf-8").replace(f"<{was}>", f"<{becomes}>").replace(f"</{was}>", f"</{becomes}>")
    )
    with pytest.raises(Refused, match=f"element_misplaced: A {was} stands"):
        list(student_record.read((file,)))


@pytest.mark.parametrize("around", ["Students", "Module", "SID"])
def test_a_record_inside_what_is_passed_over_is_not_lost_in_silence(xml, around):
    student = STUDENT | {around: {"Engagement": ENGAGEMENT}}
    with pytest.raises(Refused, match=r"element_misplaced.*\(line \d+\)"):
        list(student_record.read(xml(("Student", student))))


def test_a_value_named_like_a_record_in_capitals_is_passed_over(xml):
    (file,) = xml(("Student", STUDENT | {"ENGAGEMENT": "1", "LEAVER": "no"}))
    assert len(tables((file,))["engagement"]) == 1


def test_namespaces_comments_and_unknown_elements_do_not_matter(xml):
    text = xml()[0].read_text("utf-8")
    wild = text.replace("<DataFutures>", '<!-- x --><DataFutures xmlns="jisc">', 1)
    wild = wild.replace("<SEXID>10", "<SEXID><!-- new -->10").replace("<Leaver>", '<Leaver xmlns="other">')
    wild = wild.replace("<NUMHUS>", "<SessionStatus><NUMHUS>9</NUMHUS></SessionStatus><NUMHUS>")
    wild = wild.replace("<Student>", "<Module><MODID>1</MODID></Module><Student>")
    files = xml(content=wild)
    assert student_record.identify(files).provider == "10000001"
    assert comparable(files) == comparable(xml(content=text))


def test_the_text_null_is_a_missing_value_in_csv(delivery):
    read = tables(delivery(STUDENT | {"ULN": "NULL", "TTPCODE": "NULL"}))["student"]
    assert read.select("ULN", "TTPCODE").rows() == [(None, None)]


def test_whose_sessions_are_whose_is_not_guessed_where_two_students_have_one_number(delivery):
    """As after a spreadsheet rounded 17 digits to 15; the same row twice is one student."""
    other = STUDENT | {"BIRTHDTE": "1990-01-01"}
    for students, known in ((STUDENT, other), False), ((STUDENT, STUDENT), True):
        read = tables(delivery(*students))
        for table in ("student_engagement" if "student_engagement" in read else "engagement", "disability"):
            assert read[table]["parent_line"].is_not_null().all() == known


def test_batches_are_cut_between_students(xml, delivery, monkeypatch):
    """Memory is bounded: XML by students, CSV by bytes; each batch has all that its students need."""
    many = [STUDENT | {"SID": f"2410000001{n:07d}"} for n in range(5)]
    monkeypatch.setattr(student_record_xml, "BATCH", 2)
    batches = list(student_record.read(xml(*WHOLE[:2], *(("Student", one) for one in many))))
    assert [len(batch.get("student", ())) for batch in batches] == [2, 2, 1]
    assert [len(batch["student_course_session"]) for batch in batches] == [2, 2, 1]
    whole = comparable(delivery(*many))
    monkeypatch.setattr(student_record_csv, "PASS", 400)
    files = delivery(*many)
    parts = [batch for batch in student_record.read(files) if "student" in batch]
    assert len(parts) > 1
    assert all(set(b["student"]["SID"]) == set(b["student_course_session"]["SID"]) for b in parts)
    assert comparable(files) == whole


def test_rows_whose_student_is_missing_are_set_aside_not_lost(delivery, tmp_path):
    files = delivery(
        STUDENT,
        engagements=[{"SID": sid, "NUMHUS": "1", "ENGSTARTDATE": "2023-09-18"} for sid in (SID, HUSID)],
        studentcoursesessions=[SESSION | {"SID": sid, "NUMHUS": "1"} for sid in (SID, HUSID, "")],
    )
    outcome = judged(files, AcademicYear(2024), tmp_path)
    assert outcome.read["student_course_session"] == 3
    assert outcome.kept["student_course_session"] == 1
    # The engagement of the unknown student, its session, and the session of nobody.
    assert outcome.findings["Engagement.SID.known"] == 1
    assert outcome.findings["StudentCourseSession.NUMHUS.known"] == 1
    assert outcome.findings["parent_quarantined"] == 1


@pytest.mark.parametrize("shape", ["xml", "delivery"])
def test_what_is_a_students_falls_with_the_student(xml, delivery, tmp_path, shape):
    bad = OTHER | {"SEXID": "13"}
    files = xml(*WHOLE[:3], ("Student", bad)) if shape == "xml" else delivery(STUDENT, bad)
    outcome = judged(files, AcademicYear(2024), tmp_path)
    assert dict(outcome.kept) == {
        "course": 1,
        "qualification": 1,
        "qualification_subject": 2,
        "student": 1,
        "disability": 2,
        "engagement": 1,
        "entry_profile": 1,
        "leaver": 1,
        "student_course_session": 1,
    }
    assert outcome.findings["Student.SEXID.code"] == 1


def test_courses_and_qualifications_that_are_not_offered_are_reported(xml, delivery, findings):
    gone = ENGAGEMENT | {"StudentCourseSession": [SESSION | {"COURSEID": "C9"}]}
    course = COURSE | {"COURSEID": "C2", "QUALID": "Q9"}
    student = STUDENT | {"Engagement": [gone]}
    records = [*WHOLE[:2], ("Course", course), ("Student", student)]
    both = (
        xml(*records),
        xml(*records[::-1]),  # students first: known once the file has been read
        delivery(student, courses=[COURSE, course]),
    )
    for files in both:
        rules = set(findings(student_record, *files)["rule"])
        assert {"StudentCourseSession.COURSEID.known", "Course.QUALID.known"} <= rules
    for files in (xml(), delivery(), xml(*WHOLE[2:])):
        assert not {
            r
            for r in findings(student_record, *files)["rule"]
            if r.endswith(("COURSEID.known", "QUALID.known"))
        }


def test_findings_tell_no_personal_value(xml, findings):
    canaries = {"BIRTHDTE": "31/12/2003", "ULN": "1234567890", "TTPCODE": "QQ99QQQ", "SEXID": "SECRET"}
    found = findings(student_record, *xml(*WHOLE[:2], ("Student", STUDENT | canaries)))
    assert found.height >= 4
    shown = str(found.select("message", "field", "rule", "table", "severity", "record").rows())
    assert not [value for value in canaries.values() if value in shown]


def test_a_column_that_is_needed_is_missed_and_one_that_is_not_is_null(delivery):
    without = [
        {k: v for k, v in row.items() if k != "SCSMODE"} for row in [SESSION | {"SID": SID, "NUMHUS": "1"}]
    ]
    with pytest.raises(Refused, match="column_missing: The first row lacks SCSMODE"):
        tables(delivery(studentcoursesessions=without))
    bare = {"UKPRN": "10000001", "RECID": "24056", "SID": SID, "BIRTHDTE": "2004-02-29", "SEXID": "10"}
    assert tables(delivery(students=[bare]))["student"]["ULN"].to_list() == [None]
