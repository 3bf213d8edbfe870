"""Every rule of the student record: what passes, what breaks it, and what lies on the boundary."""

import polars as pl
import pytest

from pipelines.extracts import student_record
from pipelines.extracts.student_record_rules import DISABILITIES, ETHNICITIES, LEVELS, MODES, SEXES
from pipelines.years import AcademicYear
from tests.extracts.shared_rules import OF_TEXT_TABLES, of_names

CONTRACTS = student_record.CONTRACTS
DAY, NO_DAY = "2024-09-16", "16/09/2024"
YEAR = {"YearStart": "2024-08-01", "YearEnd": "2025-07-31"}
STUDENT, SESSION, LEAVER, ENGAGEMENT = "student", "student_course_session", "leaver", "engagement"
ENTRY, DISABILITY, COURSE, QUALIFICATION = "entry_profile", "disability", "course", "qualification"
SUBJECT = "qualification_subject"


def one(table, rule, field, good, bad, *boundary):
    """Return a case of a rule on one field; values on the boundary pass."""
    return table, rule, [{field: value} for value in (good, *boundary)], [{field: bad}]


def in_session(start, end=None):
    return YEAR | {"SCSSTARTDATE": start, "SCSENDDATE": end}


def born(day):
    return {"BIRTHDTE": day, "YearStart": "2024-08-01"}


# Table, rule, rows that pass (the last ones on the boundary), rows that do not.
CASES = [
    *((table, rule, [good], [bad]) for table in CONTRACTS for rule, good, bad in OF_TEXT_TABLES),
    *(("student", rule, [good], [bad]) for rule, good, bad in of_names("SURNAME", "FNAMES")),
    one(STUDENT, "Student.SID.required", "SID", "24100000010000017", None),
    (
        STUDENT,
        "Student.SID.format",
        [{"SID": "24100000010000017"}, {"SID": "0411112345678"}],
        [{"SID": s} for s in ("2410000001000001", "041111234567", "2.41E+16", "2410000001000001A")],
    ),
    one(STUDENT, "Student.BIRTHDTE.format", "BIRTHDTE", "2004-02-29", "2003-02-29"),
    one(STUDENT, "Student.BIRTHDTE.required", "BIRTHDTE", "2004-02-29", None),
    # 115 on 1 August 2024 is who was born on 1 August 1909; born on 2 August they are 114.
    (
        STUDENT,
        "Student.BIRTHDTE.plausible",
        [born("2004-02-29"), born("1909-08-02"), born("2024-07-31")],
        [born("1909-08-01"), born("2024-08-01")],
    ),
    # 14 on 1 August 2024 is who was born on 1 August 2010.
    (
        STUDENT,
        "Student.BIRTHDTE.young",
        [born("2004-02-29"), born("2010-08-01")],
        [born("2010-08-02"), born("2024-07-31")],
    ),
    one(STUDENT, "Student.SEXID.required", "SEXID", "10", None),
    one(STUDENT, "Student.SEXID.code", "SEXID", "10", "1", *SEXES),
    one(STUDENT, "Student.SEXID.code_2021", "SEXID", "10", "4", "1", "3", "99"),
    one(STUDENT, "Student.SEXID.code_legacy", "SEXID", "1", "10", "2", "3"),
    one(STUDENT, "Student.ETHNIC.code", "ETHNIC", "160", "31", *ETHNICITIES),
    # HESA's published example passes the check digit; so does the number for none yet.
    one(STUDENT, "Student.ULN.checksum", "ULN", "9276308686", "9276308687", "9999999999"),
    one(STUDENT, "Student.TTPCODE.format", "TTPCODE", "M1 1AE", "M1 1A", "m11ae"),
    one(DISABILITY, "Disability.SID.known", "parent_line", "2", None),
    one(DISABILITY, "Disability.DISABILITY.code", "DISABILITY", "51", "52", *DISABILITIES),
    one(ENGAGEMENT, "Engagement.NUMHUS.required", "NUMHUS", "1", None),
    one(ENGAGEMENT, "Engagement.SID.known", "parent_line", "2", None),
    one(ENGAGEMENT, "Engagement.ENGSTARTDATE.required", "ENGSTARTDATE", DAY, None),
    one(ENGAGEMENT, "Engagement.ENGSTARTDATE.format", "ENGSTARTDATE", DAY, NO_DAY),
    one(ENGAGEMENT, "Engagement.ENGEXPECTEDENDDATE.format", "ENGEXPECTEDENDDATE", DAY, "2024-9-16"),
    (
        ENGAGEMENT,
        "Engagement.ENGEXPECTEDENDDATE.order",
        [{"ENGSTARTDATE": DAY, "ENGEXPECTEDENDDATE": end} for end in ("2027-06-11", DAY, None)],
        [{"ENGSTARTDATE": DAY, "ENGEXPECTEDENDDATE": "2024-09-15"}],
    ),
    one(ENTRY, "EntryProfile.NUMHUS.known", "parent_line", "2", None),
    one(ENTRY, "EntryProfile.PERMADDPOSTCODE.format", "PERMADDPOSTCODE", "M1 1AE", "M1", "m11ae"),
    one(LEAVER, "Leaver.NUMHUS.known", "parent_line", "2", None),
    one(LEAVER, "Leaver.ENGENDDATE.required", "ENGENDDATE", DAY, None),
    one(LEAVER, "Leaver.ENGENDDATE.format", "ENGENDDATE", DAY, NO_DAY),
    (
        LEAVER,
        "Leaver.ENGENDDATE.order",
        [{"ENGSTARTDATE": DAY, "ENGENDDATE": end} for end in ("2025-06-13", DAY)],
        [{"ENGSTARTDATE": DAY, "ENGENDDATE": "2024-09-15"}],
    ),
    one(LEAVER, "Leaver.RSNENGEND.format", "RSNENGEND", "01", "1", "98"),
    one(SESSION, "StudentCourseSession.SCSESSIONID.required", "SCSESSIONID", "1", None),
    one(SESSION, "StudentCourseSession.NUMHUS.known", "parent_line", "2", None),
    one(SESSION, "StudentCourseSession.COURSEID.required", "COURSEID", "C1", None),
    # Null where the return has had no course yet.
    one(SESSION, "StudentCourseSession.COURSEID.known", "CourseKnown", "true", "false", None),
    one(SESSION, "StudentCourseSession.SCSSTARTDATE.required", "SCSSTARTDATE", DAY, None),
    one(SESSION, "StudentCourseSession.SCSSTARTDATE.format", "SCSSTARTDATE", DAY, "2024-09-31"),
    one(SESSION, "StudentCourseSession.SCSENDDATE.format", "SCSENDDATE", DAY, NO_DAY),
    (
        SESSION,
        "StudentCourseSession.SCSENDDATE.order",
        [in_session(DAY, "2025-06-13"), in_session(DAY, DAY), in_session(DAY)],
        [in_session(DAY, "2024-09-15")],
    ),
    (
        SESSION,
        "StudentCourseSession.SCSSTARTDATE.year",
        [
            in_session(DAY),
            in_session("2023-09-18"),
            in_session("2025-07-31"),
            in_session("2024-08-01"),
            in_session("2023-09-18", "2024-08-01"),
        ],
        [in_session("2025-08-01"), in_session("2023-09-18", "2024-07-31")],
    ),
    (
        SESSION,
        "StudentCourseSession.SCSSTARTDATE.order",
        [{"ENGSTARTDATE": DAY, "SCSSTARTDATE": day} for day in ("2024-09-17", DAY)],
        [{"ENGSTARTDATE": DAY, "SCSSTARTDATE": "2024-09-15"}],
    ),
    one(SESSION, "StudentCourseSession.SCSMODE.required", "SCSMODE", "01", None),
    one(SESSION, "StudentCourseSession.SCSMODE.code", "SCSMODE", "01", "1", *MODES),
    one(SESSION, "StudentCourseSession.RSNSCSEND.code", "RSNSCSEND", "01", "05", "04"),
    (
        SESSION,
        "StudentCourseSession.SCSENDDATE.missing",
        [{"RSNSCSEND": "01", "SCSENDDATE": DAY}, {"RSNSCSEND": None, "SCSENDDATE": None}],
        [{"RSNSCSEND": "01", "SCSENDDATE": None}],
    ),
    one(COURSE, "Course.COURSEID.required", "COURSEID", "C1", None),
    one(COURSE, "Course.QUALID.known", "QualificationKnown", "true", "false", None),
    one(QUALIFICATION, "Qualification.QUALID.required", "QUALID", "Q1", None),
    one(QUALIFICATION, "Qualification.QUALCAT.code", "QUALCAT", "H0003", "Z0003", *LEVELS),
    one(SUBJECT, "QualificationSubject.QUALID.required", "QUALID", "Q1", None),
    one(SUBJECT, "QualificationSubject.QUALSUBJECT.required", "QUALSUBJECT", "100302", None),
    one(SUBJECT, "QualificationSubject.QUALSUBJECT.format", "QUALSUBJECT", "100302", "V100"),
    one(
        SUBJECT, "QualificationSubject.QUALPROPORTION.range", "QUALPROPORTION", "60", "101", "0", "33.3", None
    ),
    one(SUBJECT, "QualificationSubject.QUALPROPORTION.range", "QUALPROPORTION", "100", "most"),
]

PERSON, PERSONS_OTHER, OTHER = (
    {"SID": s, "NUMHUS": n, "SCSESSIONID": "S1"} for s, n in (("A", "1"), ("A", "2"), ("B", "1"))
)

# Table, rule, a row, rows that may follow it, one that may not.
UNIQUE = [
    (STUDENT, "Student.SID.unique", PERSON, [OTHER], PERSON),
    *(
        (table, f"{entity}.SID_NUMHUS.unique", PERSON, [PERSONS_OTHER, OTHER], PERSON)
        for table, entity in ((ENGAGEMENT, "Engagement"), (ENTRY, "EntryProfile"), (LEAVER, "Leaver"))
    ),
    (
        SESSION,
        "StudentCourseSession.SID_NUMHUS_SCSESSIONID.unique",
        PERSON,
        [PERSONS_OTHER, OTHER, PERSON | {"SCSESSIONID": "S2"}],
        PERSON,
    ),
    (COURSE, "Course.COURSEID.unique", {"COURSEID": "C1"}, [{"COURSEID": "C2"}], {"COURSEID": "C1"}),
    (QUALIFICATION, "Qualification.QUALID.unique", {"QUALID": "Q"}, [{"QUALID": "R"}], {"QUALID": "Q"}),
]


@pytest.mark.parametrize(("table", "rule", "good", "bad"), CASES)
def test_a_row_rule_lets_the_good_pass_and_names_the_bad(breaks, table, rule, good, bad):
    assert not breaks(CONTRACTS[table], rule, *good)
    for row in bad:
        assert breaks(CONTRACTS[table], rule, row)


@pytest.mark.parametrize(("table", "rule", "first", "good", "bad"), UNIQUE)
def test_a_uniqueness_rule_names_the_repeat_only(breaks, table, rule, first, good, bad):
    assert not breaks(CONTRACTS[table], rule, first, *good)
    assert breaks(CONTRACTS[table], rule, first, bad)


def test_every_rule_has_a_case_that_breaks_it():
    declared = {(t, r.id) for t, c in CONTRACTS.items() for r in (*c.rules, *c.unique)}
    assert declared == {case[:2] for case in [*CASES, *UNIQUE]}
    assert len(declared) >= 15


@pytest.mark.parametrize(
    ("start", "rules"),
    [
        (2020, {"Student.SEXID.code_legacy"}),
        (2021, {"Student.SEXID.code_2021"}),
        (2022, {"Student.SEXID.code", "Student.ETHNIC.code"}),
        (2025, {"Student.SEXID.code", "Student.ETHNIC.code"}),
    ],
)
def test_codes_are_judged_by_the_lists_of_their_year(start, rules):
    listed = {r.id for r in CONTRACTS[STUDENT].in_force(AcademicYear(start)).rules if ".code" in r.id}
    assert listed == rules


@pytest.mark.parametrize(
    ("code", "sex"), [("10", "F"), ("11", "M"), ("1", "M"), ("2", "F"), ("12", "U"), ("x", None)]
)
def test_sex_is_read_from_new_and_old_codes(code, sex):
    """Codes as formats describe them: 10 female and 11 male, but 1 male and 2 female before 2021/22."""
    frame = pl.DataFrame({"SEXID": [code]})
    assert frame.select(CONTRACTS[STUDENT].keep["sex"]).item() == sex
