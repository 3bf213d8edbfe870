"""The staging model of the student record, run over a handful of accepted rows made by hand."""

from datetime import date

import duckdb
import pytest

from tests.conftest import REPOSITORY

MODEL = REPOSITORY / "sql" / "staging" / "student_record.sql"
LISTS = REPOSITORY / "data" / "reference"
SESSIONS = "accepted.student_record_student_course_session"
_TABLES = """
create schema accepted;
create schema reference;
create table reference.isced_mapping as from read_csv('{lists}/isced_mapping.csv', all_varchar = true);
create table reference.subject as from read_csv('{lists}/subject.csv', all_varchar = true);
create table reference.theme as from read_csv('{lists}/theme.csv', types = {{'ssa_tier1': 'varchar'}});
create table reference.ethnicity as from read_csv('{lists}/ethnicity.csv', all_varchar = true);
create table accepted.receipt (return_id text, return_no bigint, provider text, academic_year text);
create table accepted.student_record_student
    (return_id text, line bigint, sid text, uln text, family_name text, given_names text, birth_date date,
    sex text, ethnicity text, term_postcode text);
create table accepted.student_record_engagement
    (return_id text, line bigint, parent_line bigint, numhus text, start_date date);
create table accepted.student_record_entry_profile
    (return_id text, line bigint, parent_line bigint, postcode text);
create table accepted.student_record_leaver
    (return_id text, line bigint, parent_line bigint, end_date date, reason text);
create table accepted.student_record_student_course_session
    (return_id text, line bigint, parent_line bigint, session_id text, course_id text, start_date date,
    end_date date, mode text);
create table accepted.student_record_course
    (return_id text, line bigint, course_id text, qualification_id text, title text);
create table accepted.student_record_qualification
    (return_id text, line bigint, qualification_id text, level text);
create table accepted.student_record_qualification_subject
    (return_id text, line bigint, qualification_id text, subject text, proportion double);
create table accepted.student_record_disability
    (return_id text, line bigint, parent_line bigint, disability text);
insert into accepted.receipt values ('r', 2, '10000001', '2024/25'), ('other', 1, '10000002', '2024/25');
insert into accepted.student_record_student values
    ('r', 1, 'S1', '9276308686', 'Müller', 'Zoë Mary', '2004-02-29', 'F', '101', 'M1 1AA'),
    ('r', 2, 'S2', null, null, null, null, null, null, null);
insert into accepted.student_record_engagement values
    ('r', 11, 1, '1', '2024-09-16'), ('r', 12, 2, '1', '2023-09-18');
insert into accepted.student_record_entry_profile values ('r', 1, 11, 'M5 3AA'), ('r', 2, 12, 'M2 2BB');
insert into accepted.student_record_qualification values ('r', 1, 'Q', 'H'), ('other', 1, 'Q', 'M');
insert into accepted.student_record_course values ('r', 1, 'C1', 'Q', null), ('other', 1, 'C1', 'Q', null);
"""


@pytest.fixture
def rows():
    """Run the model over sessions and leavers; return its rows by the line of the session."""

    def run(*sessions, leavers=(), reason="11", subjects=(), disabilities=()):
        with duckdb.connect() as connection:
            connection.execute(_TABLES.format(lists=LISTS.as_posix()))
            for number, session in enumerate(sessions, 1):
                connection.execute(
                    f"insert into {SESSIONS} values ('r', ?, ?, 's', ?, ?, ?, ?)",
                    [number, *session],
                )
            for leaver in leavers:
                connection.execute(
                    "insert into accepted.student_record_leaver values ('r', 1, ?, ?, ?)", [*leaver, reason]
                )
            for subject in subjects:
                connection.execute(
                    "insert into accepted.student_record_qualification_subject values (?, 1, 'Q', ?, ?)",
                    subject,
                )
            for student, code in disabilities:
                connection.execute(
                    "insert into accepted.student_record_disability values ('r', 1, ?, ?)", [student, code]
                )
            found = connection.execute(MODEL.read_text("utf-8"))
            names = [column[0] for column in found.description]
            made = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return {row["record_id"] - 2 * 2**32: row for row in made}

    return run


STARTED, ENDED = date(2024, 9, 16), date(2025, 6, 13)


def test_dormant_sessions_do_not_count_and_those_without_a_mode_do(rows):
    modes = ("01", "02", "31", "63", "64", None)
    found = rows(*((11, "C1", STARTED, ENDED, mode) for mode in modes))
    dormant = {number for number, row in found.items() if row["not_counted"] == "dormant"}
    assert (set(found), dormant) == ({1, 2, 3, 4, 5, 6}, {4, 5})


def test_a_session_has_what_is_its_students_and_its_courses(rows):
    found = rows(
        (11, "C1", STARTED, ENDED, "01"), (12, "C9", STARTED, None, "01"), (12, None, STARTED, None, "01")
    )
    first, second, third = (found[number] for number in (1, 2, 3))
    assert (first["local_ref"], first["uln"], first["sex"]) == ("S1", "9276308686", "F")
    assert (first["provider_id"], first["return_no"], first["collection"]) == (
        "10000001",
        2,
        "student_record",
    )
    # H is FHEQ 6, and ISCED 6; the course of the other return with the same code is another.
    assert (first["course"], first["isced"], first["setting"]) == ("C1", "6", "institution")
    assert (second["local_ref"], second["uln"], second["sex"]) == ("S2", None, "U")
    assert (second["course"], second["isced"]) == ("C9", "9")
    assert (first["ethnicity"], second["ethnicity"]) == ("asian", None)
    names = ("family_name", "given_names", "former_family_name")
    assert [first[name] for name in names] == ["Müller", "Zoë Mary", None]
    assert [second[name] for name in names] == [None, None, None]
    assert (third["course"], third["isced"]) == ("unknown", "9")


def test_the_address_in_term_stands_before_that_at_entry(rows):
    found = rows((11, "C1", STARTED, ENDED, "01"), (12, "C1", STARTED, ENDED, "01"))
    assert [found[number]["postcode"] for number in (1, 2)] == ["M1 1AA", "M2 2BB"]


@pytest.mark.parametrize(
    ("ended", "left", "expected"),
    [
        (ENDED, date(2025, 1, 10), date(2025, 1, 10)),
        (None, date(2025, 1, 10), date(2025, 1, 10)),
        (ENDED, date(2025, 9, 1), ENDED),
        (ENDED, STARTED, STARTED),
        # Left before the session began: one of the two is wrong, and the session's own dates stand.
        (ENDED, date(2024, 9, 15), ENDED),
        (None, None, None),
    ],
)
def test_learning_ends_with_the_session_or_when_the_student_leaves(rows, ended, left, expected):
    found = rows((11, "C1", STARTED, ended, "01"), leavers=[(11, left)])
    assert found[1]["end_date"] == expected


@pytest.mark.parametrize(
    ("left", "reason", "expected"),
    [
        (ENDED, "01", "achieved"),
        (ENDED, "11", "withdrawn"),
        (date(2025, 1, 10), "11", "withdrawn"),
        (ENDED, "98", None),  # not yet known
        (ENDED, "05", None),  # died
        (date(2025, 9, 1), "01", None),  # after the session
    ],
)
def test_why_a_student_left_says_how_learning_ended(rows, left, reason, expected):
    found = rows((11, "C1", STARTED, ENDED, "01"), leavers=[(11, left)], reason=reason)
    assert found[1]["outcome"] == expected


def test_who_has_not_left_goes_on(rows):
    assert rows((11, "C1", STARTED, ENDED, "01"))[1]["outcome"] is None


HISTORY, PHILOSOPHY, PSYCHOLOGY, PHYSICS, COMBINED = "100302", "100337", "100497", "100425", "101273"


@pytest.mark.parametrize(
    ("subjects", "theme"),
    [
        ([], "other"),
        ([("r", HISTORY, 100)], "languages_and_humanities"),
        ([("r", HISTORY, None)], "languages_and_humanities"),
        ([("r", PHYSICS, 40), ("r", HISTORY, 60)], "languages_and_humanities"),
        # Two subjects of one theme are together more than the largest.
        ([("r", PHYSICS, 40), ("r", HISTORY, 35), ("r", PHILOSOPHY, 25)], "languages_and_humanities"),
        # Of equals the theme that is printed first: languages (4) before science (6) and citizenship (10).
        ([("r", PSYCHOLOGY, 33), ("r", PHYSICS, 33), ("r", HISTORY, 33)], "languages_and_humanities"),
        ([("r", COMBINED, 90), ("r", PHYSICS, 10)], "science_and_environment"),
        ([("r", COMBINED, 100)], "other"),
        ([("r", "199999", 100)], "other"),
        ([("other", PHYSICS, 100)], "other"),
    ],
)
def test_the_theme_is_that_of_most_of_the_qualification(rows, subjects, theme):
    found = rows((11, "C1", STARTED, ENDED, "01"), (11, "C9", STARTED, ENDED, "01"), subjects=subjects)
    assert [found[number]["theme"] for number in (1, 2)] == [theme, "other"]


@pytest.mark.parametrize(
    ("codes", "disability"),
    [
        ([], None),
        (["95"], "PWD"),
        (["51"], "PD"),
        (["96"], "PD"),
        (["99"], None),
        (["98", None], None),
        # Whoever names one has one, whatever else is said.
        (["95", "59"], "PD"),
    ],
)
def test_whether_a_student_has_a_disability(rows, codes, disability):
    sessions = [(engagement, "C1", STARTED, ENDED, "01") for engagement in (11, 12)]
    found = rows(*sessions, disabilities=[(1, code) for code in codes])
    assert [found[number]["disability"] for number in (1, 2)] == [disability, None]
