"""Small student records, written as XML and as CSV deliveries. All people are invented."""

NAME = "C24056-10000001-20251103-101500.xml"
HEADER = {"UKPRN": "10000001", "RECID": "24056", "DateTime": "2025-11-03T10:15:00"}
CSV = "hesa_24056_20251103_data_{}.csv"
SID, HUSID = "24100000010000017", "0411112345678"
"""Seventeen digits, and thirteen of those long known."""
COURSE = {"COURSEID": "C1", "COURSETITLE": "History", "QUALID": "Q1"}
SUBJECTS = [
    {"QUALSUBJECT": "100302", "QUALPROPORTION": "60"},
    {"QUALSUBJECT": "100497", "QUALPROPORTION": "40"},
]
QUALIFICATION = {"QualificationSubject": SUBJECTS, "QUALID": "Q1", "QUALCAT": "H0003"}
SESSION = {
    "SCSESSIONID": "S1",
    "COURSEID": "C1",
    "SCSSTARTDATE": "2024-09-16",
    "SCSENDDATE": "2025-06-13",
    "SCSMODE": "01",
}
ENGAGEMENT = {
    "NUMHUS": "1",
    "ENGSTARTDATE": "2023-09-18",
    "ENGEXPECTEDENDDATE": "2026-06-12",
    "EntryProfile": {"PERMADDPOSTCODE": "M2 2BB"},
    "Leaver": {"ENGENDDATE": "2025-06-13", "RSNENGEND": "11"},
    "StudentCourseSession": [SESSION],
}
STUDENT = {
    "SID": SID,
    "BIRTHDTE": "2004-02-29",
    "ETHNIC": "160",
    "FNAMES": "Mary Jane",
    "SEXID": "10",
    "SURNAME": "Canarysurname",
    "TTPCODE": "m11ae",
    "ULN": "9276308686",
    "Disability": [{"DISABILITY": "51"}, {"DISABILITY": "55"}],
    "Engagement": [ENGAGEMENT],
}
OTHER = STUDENT | {
    "SID": HUSID,
    "SEXID": "12",
    "ULN": None,
    "TTPCODE": None,
    "Disability": [],
    "Engagement": [
        ENGAGEMENT | {"Leaver": None},
        ENGAGEMENT
        | {
            "NUMHUS": "2",
            "EntryProfile": None,
            "StudentCourseSession": [SESSION, SESSION | {"SCSESSIONID": "S2", "SCSMODE": "63"}],
        },
    ],
}
WHOLE = [("Course", COURSE), ("Qualification", QUALIFICATION), ("Student", STUDENT), ("Student", OTHER)]


def element(name, value):
    """Write a record as elements, a line each; lists repeat their element, None leaves it out."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "".join(element(name, item) for item in value)
    inner = "\n" + "".join(element(*pair) for pair in value.items()) if isinstance(value, dict) else value
    return f"<{name}>{inner}</{name}>\n"


def save_xml(folder, *records, name=NAME, header=HEADER, content=None):
    """Save an XML file of these records; `header` None leaves the head out."""
    text = "".join(element(*record) for record in records or WHOLE)
    file = folder / name
    whole = content or f"<DataFutures>\n{element('Header', header)}{text}</DataFutures>\n"
    file.write_text(whole, "utf-8")
    return (file,)


def entity_rows(students):
    """Return the rows of a CSV delivery's files, as the XML nests them."""
    rows = {entity: [] for entity in ("students", "disabilities", "engagements", "entryprofiles", "leavers",
                                      "studentcoursesessions")}  # fmt: skip
    for student in students:
        sid = {"SID": student["SID"]}
        rows["students"].append({"UKPRN": "10000001", "RECID": "C24056"} | student)
        rows["disabilities"] += [sid | one for one in student["Disability"]]
        for engagement in student["Engagement"]:
            key = sid | {"NUMHUS": engagement["NUMHUS"]}
            rows["engagements"].append(sid | engagement)
            rows["studentcoursesessions"] += [key | one for one in engagement["StudentCourseSession"]]
            for entity, inner in (("entryprofiles", "EntryProfile"), ("leavers", "Leaver")):
                rows[entity] += [key | engagement[inner]] if engagement[inner] else []
    return rows


def save_csv(folder, *students, day="20251103", record="24056", **files):
    """Save a CSV delivery of these students; `files` replaces the rows of entities, None leaves one out."""
    rows = entity_rows(students or (STUDENT, OTHER))
    subjects = [{"QUALID": QUALIFICATION["QUALID"]} | subject for subject in SUBJECTS]
    offer = {"courses": [COURSE], "qualifications": [QUALIFICATION], "qualificationsubjects": subjects}
    rows |= offer | files
    paths = []
    for entity, own in rows.items():
        if own is None:
            continue
        flat = [{k: v for k, v in row.items() if not isinstance(v, dict | list)} for row in own]
        columns = list(dict.fromkeys(key for row in flat for key in row))
        cells = [[row.get(column) or "" for column in columns] for row in flat]
        path = folder / f"hesa_{record}_{day}_data_{entity}.csv"
        path.write_text("\n".join(",".join(line) for line in [columns, *cells]), "utf-8")
        paths.append(path)
    return tuple(paths)
