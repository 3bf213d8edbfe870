"""The entities of the student record that are read: where they stand in the XML, what their CSV files hold.

Entities and fields: Jisc, Data Futures coding manual, as far as real exporters and CSV deliveries show it;
no official schema was at hand. Entities that are not listed here (modules, venues, student load and the
like) are passed over.
"""

from dataclasses import dataclass
from functools import cached_property

PARENT_LINE = "parent_line"
"""Column that the reader adds: the line of the record that a record belongs to."""
YEAR_START, YEAR_END = "YearStart", "YearEnd"
"""Columns that the reader adds: first and last day of the return's academic year."""
COURSE_KNOWN, QUALIFICATION_KNOWN = "CourseKnown", "QualificationKnown"
"""Columns that the reader adds: whether the return has the course, or the qualification, that a row names;
null as long as it has had none at all."""


@dataclass(frozen=True)
class Entity:
    """One entity.

    Args:
        element: its element in the XML.
        file: its name in the names of CSV files.
        table: its table within the format.
        fields: its fields; a CSV file must have them.
        optional: fields that a CSV file may leave out.
        parent: the table of the entity it belongs to.
        keys: fields of the parent by which a CSV file names it; in the XML they stand there only.
        handed: fields of the parent that its rules need too.
        by_key: whether its rows are found by their keys alone: they do not stand or fall with the parent's.
    """

    element: str
    file: str
    table: str
    fields: tuple[str, ...]
    optional: tuple[str, ...] = ()
    parent: str | None = None
    keys: tuple[str, ...] = ()
    handed: tuple[str, ...] = ()
    by_key: bool = False

    @cached_property
    def own(self) -> frozenset[str]:
        """Fields that its element holds."""
        return frozenset((*self.fields, *self.optional))

    @property
    def columns(self) -> tuple[str, ...]:
        """Text columns of its table that are fields of the record."""
        return (*self.keys, *self.fields, *self.optional, *self.handed)


COURSE = Entity("Course", "courses", "course", ("COURSEID", "QUALID"), ("COURSETITLE",))
QUALIFICATION = Entity("Qualification", "qualifications", "qualification", ("QUALID", "QUALCAT"))
SUBJECT = Entity(
    "QualificationSubject",
    "qualificationsubjects",
    "qualification_subject",
    ("QUALSUBJECT",),
    ("QUALPROPORTION",),
    parent="qualification",
    keys=("QUALID",),
    by_key=True,
)
STUDENT = Entity(
    "Student",
    "students",
    "student",
    ("SID", "BIRTHDTE", "SEXID"),
    ("ETHNIC", "ULN", "SURNAME", "FNAMES", "TTPCODE"),
)
DISABILITY = Entity(
    "Disability", "disabilities", "disability", ("DISABILITY",), parent="student", keys=("SID",)
)
ENGAGEMENT = Entity(
    "Engagement",
    "engagements",
    "engagement",
    ("NUMHUS", "ENGSTARTDATE"),
    ("ENGEXPECTEDENDDATE",),
    parent="student",
    keys=("SID",),
)
_OF_ENGAGEMENT = {"parent": "engagement", "keys": ("SID", "NUMHUS"), "handed": ("ENGSTARTDATE",)}
ENTRY_PROFILE = Entity(
    "EntryProfile", "entryprofiles", "entry_profile", ("PERMADDPOSTCODE",), **_OF_ENGAGEMENT
)
LEAVER = Entity("Leaver", "leavers", "leaver", ("ENGENDDATE",), ("RSNENGEND",), **_OF_ENGAGEMENT)
SESSION = Entity(
    "StudentCourseSession",
    "studentcoursesessions",
    "student_course_session",
    ("SCSESSIONID", "COURSEID", "SCSSTARTDATE", "SCSENDDATE", "SCSMODE"),
    ("RSNSCSEND",),
    **_OF_ENGAGEMENT,
)

OFFER = (QUALIFICATION, SUBJECT, COURSE)
"""What is on offer; qualifications first, because the others name them."""
PEOPLE = (STUDENT, DISABILITY, ENGAGEMENT, ENTRY_PROFILE, LEAVER, SESSION)
"""Who studies; each entity after the one it belongs to."""
ENTITIES = (*OFFER, *PEOPLE)
REQUIRED = (STUDENT, ENGAGEMENT, SESSION, COURSE, QUALIFICATION)
"""Entities whose files a CSV delivery must have."""
