"""Whose a student record is: names, heads, and what is refused as a whole."""

from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from pipelines.extracts import deliveries, student_record
from pipelines.extracts.returns import Refused
from pipelines.years import AcademicYear
from tests.extracts.student_files import CSV, HEADER, NAME, OTHER, STUDENT, save_csv, save_xml


@pytest.fixture
def xml(tmp_path):
    return partial(save_xml, tmp_path)


@pytest.fixture
def delivery(tmp_path):
    return partial(save_csv, tmp_path)


def test_files_are_found_by_their_names_and_deliveries_kept_apart():
    names = [NAME, CSV.format("students"), CSV.format("courses"), "hesa_24056_20251201_data_students.csv"]
    others = ["ILR-1.xml", "course.xml", "students.csv", "C24056.xml.txt"]
    grouped = student_record.group([Path(name) for name in [*others, *names]])
    assert [[file.name for file in group] for group in grouped] == [names[:1], names[1:3], names[3:]]


def test_no_other_format_takes_a_student_record(tmp_path):
    folder = tmp_path / "2024-25" / "10000001"
    folder.mkdir(parents=True)
    for name in (NAME, "ILR-10000001-2425-20251006-091405-01.xml"):
        (folder / name).touch()
    found = {
        c: list(deliveries.find_deliveries(tmp_path, AcademicYear(2024), c))
        for c in ("ilr", "student_record")
    }
    assert [d.files[0].name[:3] for d in found["ilr"]] == ["ILR"]
    assert [d.files[0].name for d in found["student_record"]] == [NAME]


def test_identity_comes_from_the_head_and_the_name(xml):
    later = HEADER | {"DateTime": "2025-11-04T08:00:00+01:00"}
    for header, prepared in ((later, datetime(2025, 11, 4, 8)), (None, datetime(2025, 11, 3, 10, 15))):
        found = student_record.identify(xml(header=header))
        assert (found.provider, found.academic_year) == ("10000001", AcademicYear(2024))
        assert found.prepared_at == prepared


def test_identity_of_a_delivery_comes_from_the_students(delivery):
    found = student_record.identify(delivery())
    assert (found.provider, found.academic_year) == ("10000001", AcademicYear(2024))
    assert found.prepared_at == datetime(2025, 11, 3)


@pytest.mark.parametrize(
    ("rule", "name", "header"),
    [
        ("filename", "C24056.xml", {}),
        ("filename", "C24056-10000001-20251303-101500.xml", {}),
        ("ukprn", "C24056-00000001-20251103-101500.xml", {}),
        ("ukprn", NAME, {"UKPRN": "1000"}),
        ("filename_ukprn", NAME, {"UKPRN": "10000002"}),
        ("filename_record", NAME, {"RECID": "23056"}),
        ("filename_record", NAME, {"RECID": None}),
        ("header_time", NAME, {"DateTime": "yesterday"}),
        ("record_code", "C17056-10000001-20251103-101500.xml", {"RECID": "17056"}),
        ("record_code", "C26056-10000001-20251103-101500.xml", {"RECID": "26056"}),
        ("record_code", "C24041-10000001-20251103-101500.xml", {"RECID": "24041"}),
    ],
)
def test_an_xml_file_at_odds_with_itself_is_refused(xml, rule, name, header):
    with pytest.raises(Refused) as caught:
        student_record.identify(xml(name=name, header=HEADER | header))
    assert caught.value.rule.id == rule


@pytest.mark.parametrize(
    ("rule", "student", "options"),
    [
        ("ukprn", {"UKPRN": "10000002"}, {}),
        ("ukprn", {"UKPRN": None}, {}),
        ("filename_record", {"RECID": "23056"}, {}),
        ("filename_record", {}, {"record": "23056"}),
        ("filename", {}, {"day": "20251399"}),
        ("entity_missing", {}, {"studentcoursesessions": None}),
        ("entity_missing", {}, {"courses": None, "qualifications": None}),
    ],
)
def test_a_delivery_at_odds_with_itself_is_refused(delivery, rule, student, options):
    students = [STUDENT, OTHER | student] if student != {"UKPRN": None} else [STUDENT | {"UKPRN": None}]
    with pytest.raises(Refused) as caught:
        student_record.identify(delivery(*students, **options))
    assert caught.value.rule.id == rule


def test_two_files_of_one_entity_are_refused(delivery, tmp_path):
    files = delivery()
    again = tmp_path / CSV.format("STUDENTS")
    again.write_text("SID", "utf-8")
    with pytest.raises(Refused, match="entity_repeated: The delivery has two files of students"):
        student_record.identify((*files, again))


@pytest.mark.parametrize("content", ["<Message/>", "<datafutures/>"])
def test_another_root_is_no_student_record(xml, content):
    with pytest.raises(Refused, match="root_element"):
        student_record.identify(xml(content=content))


def test_a_doctype_and_a_file_that_breaks_off_are_refused(xml):
    text = xml()[0].read_text("utf-8")
    bomb = '<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>\n'
    for read in (student_record.identify, lambda files: list(student_record.read(files))):
        with pytest.raises(Refused, match="doctype"):
            read(xml(content=bomb + text.replace("Mary", "&b;")))
    with pytest.raises(Refused, match="well_formed") as caught:
        list(student_record.read(xml(content=text[: text.index("<SEXID>") + 9])))
    assert caught.value.line == text[: text.index("<SEXID>")].count("\n") + 1
    assert "Canarysurname" not in repr((caught.value, caught.value.__context__))
