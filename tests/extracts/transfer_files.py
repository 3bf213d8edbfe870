"""Common Transfer Files, made by hand. All pupils are invented."""

NAME = "3526001_CTF_XXXXXXX_001.xml"
SCHOOL = "3526001"
PUPIL_XML = """<Pupil>
<UPN>A352600100001</UPN><UniqueLearnerNumber></UniqueLearnerNumber><UCI/>
<Surname>Canarysurname</Surname><Forename>Robin</Forename><DOB>2014-09-03</DOB><Sex>F</Sex>
<BasicDetails><PreferredSurname>Unread</PreferredSurname><FormerSurname>Former</FormerSurname>
<MiddleNames>Mary</MiddleNames><NCyearActual>5</NCyearActual><Ethnicity>WBRI</Ethnicity><EnrolStatus>C</EnrolStatus></BasicDetails>
<Address><PostCode>m11ae</PostCode></Address>
<SchoolHistory><School><EntryDate>2019-09-04</EntryDate></School><School><EntryDate>2018-01-08</EntryDate></School>
</SchoolHistory>
</Pupil>
"""
HEAD = {
    "DocumentName": "Common Transfer File",
    "CTFversion": "25.0",
    "DateTime": "2025-06-30T10:15:00+01:00",
    "DocumentQualifier": "full",
    "SourceSchool": "<LEA>352</LEA><Estab>6001</Estab><AcademicYear>2025</AcademicYear>",
}


def transfer_file(*pupils: str, root: str = "CTfile", **head: str) -> str:
    """Return the text of a file; `head` replaces fields of its header."""
    fields = "".join(f"<{key}>{value}</{key}>" for key, value in (HEAD | head).items())
    start = f'<{root} CTFversion="25.0"><Header>{fields}</Header>\n<CTFpupilData>\n'
    return start + "".join(pupils or [PUPIL_XML]) + f"</CTFpupilData></{root}>\n"
