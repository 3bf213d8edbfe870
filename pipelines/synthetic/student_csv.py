"""Writes student records as CSV deliveries: a file an entity."""

from pathlib import Path

import polars as pl

from pipelines.synthetic.student_xml import Head, courses, qualifications, subjects


def file_name(head: Head, entity: str) -> str:
    """Return the name of an entity's file."""
    return f"hesa_{head.record}_{head.prepared_at:%Y%m%d}_data_{entity}.csv"


def write_csv(folder: Path, head: Head, students: pl.DataFrame, sessions: pl.DataFrame) -> Path:
    """Write one delivery; return the file of the students.

    Args:
        folder: where.
        head: whose it is, and when it was made.
        students: one row a student, as text, in order; `key` names the student.
        sessions: one row a session, as text, in order; `key` names its student, `numhus` its engagement.
    """
    named = students.select("key", "sid", "entry_postcode")
    own = sessions.join(named, on="key", how="inner", maintain_order="left")
    engagements = own.unique(["key", "numhus"], keep="first", maintain_order=True)
    of_engagement = {"SID": "sid", "NUMHUS": "numhus"}
    tables = {
        "courses": courses().select(COURSEID="course", COURSETITLE="title", QUALID="qualification"),
        "qualifications": qualifications().select(QUALID="qualification", QUALCAT="category"),
        "qualificationsubjects": subjects().select(
            QUALID="qualification", QUALSUBJECT="subject", QUALPROPORTION="proportion"
        ),
        "students": students.select(
            UKPRN=pl.lit(head.ukprn),
            RECID=pl.lit(head.record),
            SID="sid",
            BIRTHDTE="birth_date",
            ETHNIC="ethnicity",
            FNAMES="given",
            SEXID="sex",
            SURNAME="family",
            TTPCODE="term_postcode",
            ULN="uln",
        ),
        "disabilities": students.select(SID="sid", DISABILITY="disability"),
        "engagements": engagements.select(
            **of_engagement, ENGEXPECTEDENDDATE="expected_end", ENGSTARTDATE="engaged_from"
        ),
        "entryprofiles": engagements.select(**of_engagement, PERMADDPOSTCODE="entry_postcode"),
        "leavers": engagements.filter(pl.col("engaged_to").is_not_null()).select(
            **of_engagement, ENGENDDATE="engaged_to", RSNENGEND="left_because"
        ),
        "studentcoursesessions": own.select(
            **of_engagement,
            SCSESSIONID="session_id",
            COURSEID="course",
            RSNSCSEND="reason",
            SCSENDDATE="end_date",
            SCSMODE="mode",
            SCSSTARTDATE="start_date",
        ),
    }
    for entity, table in tables.items():
        table.write_csv(folder / file_name(head, entity))
    return folder / file_name(head, "students")
