"""Writes student records as XML, from templates, column by column, as `ilr_xml` does."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from pipelines.synthetic.ilr_xml import element, escaped
from pipelines.synthetic.universities import STUDIES, Course
from pipelines.years import AcademicYear

FOOT = "</DataFutures>\n"
STUDENTS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Head:
    """Whose record it is, and when it was made."""

    ukprn: str
    year: AcademicYear
    prepared_at: datetime

    @property
    def record(self) -> str:
        """The record and its year, such as 24056; 051 before Data Futures."""
        return f"{self.year.start % 100:02d}{'056' if self.year.start >= 2022 else '051'}"

    def a_day_later(self) -> "Head":
        """Return the head of a delivery made the next day."""
        return replace(self, prepared_at=self.prepared_at + timedelta(days=1))

    def file_name(self) -> str:
        """Return the name of the XML file."""
        return f"C{self.record}-{self.ukprn}-{self.prepared_at:%Y%m%d-%H%M%S}.xml"

    def xml(self) -> str:
        """Return everything up to the first student."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<DataFutures>\n'
            f"<Header><UKPRN>{self.ukprn}</UKPRN><RECID>{self.record}</RECID>"
            f"<DateTime>{self.prepared_at:%Y-%m-%dT%H:%M:%S}</DateTime></Header>\n"
        ) + "".join(_offer())


def _on_offer() -> Iterator[tuple[str, Course]]:
    """Yield each course with its code."""
    for study in STUDIES:
        for number, course in enumerate(study.courses):
            yield f"{study.level}-{number:02d}", course


def courses() -> pl.DataFrame:
    """Return all courses on offer: `course`, `qualification`, `title`."""
    rows = [(code, f"Q-{code}", course.title) for code, course in _on_offer()]
    return pl.DataFrame(rows, schema=["course", "qualification", "title"], orient="row")


def qualifications() -> pl.DataFrame:
    """Return all qualifications, one a course: `qualification`, `category`."""
    return courses().select("qualification", category=pl.col("course").str.head(1) + "0003")


def subjects() -> pl.DataFrame:
    """Return the subjects of all qualifications: `qualification`, `subject`, `proportion`."""
    rows = [(f"Q-{code}", *subject) for code, course in _on_offer() for subject in course.subjects]
    return pl.DataFrame(rows, schema=["qualification", "subject", "proportion"], orient="row")


def write_xml(folder: Path, head: Head, students: pl.DataFrame, sessions: pl.DataFrame) -> Path:
    """Write one file; return it.

    Args:
        folder: where.
        head: its head.
        students: one row a student, as text, in order; `key` names the student.
        sessions: one row a session, as text, in order; `key` names its student, `numhus` its engagement.
    """
    file = folder / head.file_name()
    with file.open("wb") as stream:
        stream.write(head.xml().encode())
        for start in range(0, students.height, STUDENTS_AT_ONCE):
            stream.write("".join(_students_xml(students.slice(start, STUDENTS_AT_ONCE), sessions)).encode())
        stream.write(FOOT.encode())
    return file


def _offer() -> list[str]:
    courses_xml = courses().select(
        pl.concat_str(
            pl.lit("<Course>"),
            element("COURSEID", "course"),
            element("COURSETITLE", escaped("title")),
            element("QUALID", "qualification"),
            pl.lit("</Course>\n"),
        )
    )
    of_qualification = subjects().select(
        "qualification",
        subjects=pl.format(
            "<QualificationSubject><QUALPROPORTION>{}</QUALPROPORTION><QUALSUBJECT>{}</QUALSUBJECT>"
            "</QualificationSubject>",
            "proportion",
            "subject",
        ),
    )
    studied = of_qualification.group_by("qualification").agg(pl.col("subjects").str.join(""))
    qualifications_xml = (
        qualifications()
        .join(studied, on="qualification", how="left", maintain_order="left")
        .select(
            pl.format(
                "<Qualification><QUALID>{}</QUALID><QUALCAT>{}</QUALCAT>{}</Qualification>\n",
                "qualification",
                "category",
                "subjects",
            )
        )
    )
    return [*courses_xml.to_series(), *qualifications_xml.to_series()]


def _students_xml(students: pl.DataFrame, sessions: pl.DataFrame) -> pl.Series:
    own = sessions.join(
        students.select("key", "entry_postcode"), on="key", how="inner", maintain_order="left"
    )
    engagements = (
        own.with_columns(sessions=_session_xml())
        .group_by("key", "numhus", maintain_order=True)
        .agg(pl.all().exclude("sessions").first(), pl.col("sessions").str.join(""))
        .with_columns(engagements=_engagement_xml())
        .group_by("key", maintain_order=True)
        .agg(pl.col("engagements").str.join(""))
    )
    whole = students.join(engagements, on="key", how="left", maintain_order="left")
    return whole.select(_student_xml()).to_series()


def _student_xml() -> pl.Expr:
    return pl.concat_str(
        pl.lit("<Student>\n"),
        element("SID", "sid"),
        element("BIRTHDTE", "birth_date"),
        element("ETHNIC", "ethnicity"),
        element("FNAMES", escaped("given")),
        element("SEXID", "sex"),
        element("SURNAME", escaped("family")),
        element("TTPCODE", "term_postcode"),
        element("ULN", "uln"),
        pl.format("<Disability><DISABILITY>{}</DISABILITY></Disability>\n", "disability"),
        pl.col("engagements").fill_null(""),
        pl.lit("</Student>\n"),
    )


def _engagement_xml() -> pl.Expr:
    leaver = "<Leaver><ENGENDDATE>{}</ENGENDDATE><RSNENGEND>{}</RSNENGEND></Leaver>\n"
    return pl.concat_str(
        pl.lit("<Engagement>\n"),
        element("NUMHUS", "numhus"),
        element("ENGEXPECTEDENDDATE", "expected_end"),
        element("ENGSTARTDATE", "engaged_from"),
        pl.format(
            "<EntryProfile><PERMADDPOSTCODE>{}</PERMADDPOSTCODE></EntryProfile>\n", "entry_postcode"
        ).fill_null(""),
        pl.format(leaver, "engaged_to", "left_because").fill_null(""),
        "sessions",
        pl.lit("</Engagement>\n"),
    )


def _session_xml() -> pl.Expr:
    load = "<REFPERIOD>01</REFPERIOD><RPSTULOAD>33.3</RPSTULOAD>"
    return pl.concat_str(
        pl.lit("<StudentCourseSession>\n"),
        element("SCSESSIONID", "session_id"),
        element("COURSEID", "course"),
        element("RSNSCSEND", "reason"),
        element("SCSENDDATE", "end_date"),
        element("SCSMODE", "mode"),
        element("SCSSTARTDATE", "start_date"),
        pl.lit(f"<ReferencePeriodStudentLoad>{load}</ReferencePeriodStudentLoad>\n</StudentCourseSession>\n"),
    )
