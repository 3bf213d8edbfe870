"""The school census: grouping, identity, reading, and every rule with a value that breaks it."""

import csv
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.extracts import school_census
from pipelines.extracts.returns import Refused
from pipelines.years import AcademicYear

CONTRACTS = school_census.CONTRACTS
SCHOOL = {
    "schoolcensustableid": "c1",
    "NativeId": "SCH1",
    "term": "SPR",
    "year": "2025.0",
    "referencedate": "2025-Jan-16 00:00:00",
    "estab": "123.0",
    "datetime": "2025-Feb-01 10:00:00",
    "lea": "352.0",
}
PUPIL = {
    "pupilonrolltableid": "p1",
    "NativeId": "SCH1",
    "schoolcensustableid": "c1",
    "upn": "A123456789012",
    "uniquelearnernumber": "9276308686.0",
    "surname": "Canarysurname",
    "dob": "2014-Sep-03 00:00:00",
    "sex": "F",
    "entrydate": "2019-Sep-02 00:00:00",
    "enrolstatus": "C",
    "ncyearactual": "5.0",
    "ethnicity": "WBRI",
}


@pytest.fixture
def module(tmp_path):
    def save(name: str, *rows: dict[str, str]) -> Path:
        file = tmp_path / name
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return file

    return save


@pytest.fixture
def census(module):
    """Save the two modules a return needs, with other values for its school where given."""

    def save(name: str = "2025_spring", **school: str) -> tuple[Path, ...]:
        return (
            module(f"{name}_schoolcensus.csv", SCHOOL | school),
            module(f"{name}_pupilonroll.csv", PUPIL),
        )

    return save


def test_modules_of_one_census_are_one_return():
    names = [
        "2025_spring_pupilonroll.csv",
        "2025_Spring_SchoolCensus.CSV",
        "2025_spring_classes.csv",
        "2024_autumn_pupilonroll.csv",
        "pupilonroll.csv",
        "2025_spring_pupilonroll.xlsx",
    ]
    grouped = school_census.group([Path(name) for name in names])
    assert [[file.name for file in group] for group in grouped] == [names[3:4], names[:3]]


def test_identity_comes_from_the_schools(census, module):
    files = census()
    module("2025_spring_schoolcensus.csv", SCHOOL, SCHOOL | {"datetime": "2025-Feb-03 11:00:00"})
    found = school_census.identify(files)
    assert found.provider == "352"
    assert found.academic_year == AcademicYear(2024)
    assert found.prepared_at == datetime(2025, 2, 3, 11)


@pytest.mark.parametrize(
    ("rule", "name", "school"),
    [
        ("census_taken", "2025_summer", {"term": "SUM"}),
        ("census_taken", "2024_autumn", {"term": "AUT"}),
        ("census_term", "2025_spring", {"term": "AUT"}),
        ("census_year", "2024_spring", {}),
        ("census_one", "2025_spring", {"year": ""}),
        ("census_lea", "2025_spring", {"lea": "35"}),
        ("census_one", "2025_spring", {"lea": ""}),
        ("census_datetime", "2025_spring", {"datetime": "01/02/2025"}),
    ],
)
def test_a_return_at_odds_with_its_names_is_refused(census, rule, name, school):
    with pytest.raises(Refused, match=rule):
        school_census.identify(census(name, **school))


def test_schools_of_two_authorities_are_refused(census, module):
    files = census()
    module("2025_spring_schoolcensus.csv", SCHOOL, SCHOOL | {"lea": "353"})
    with pytest.raises(Refused, match="more than one lea"):
        school_census.identify(files)


def test_missing_and_repeated_modules_are_refused(census, module):
    head, pupils = census()
    for files in ((head,), (pupils,)):
        with pytest.raises(Refused, match="module_missing"):
            school_census.identify(files)
    again = module("2025_SPRING_pupilonroll.csv", PUPIL)
    with pytest.raises(Refused, match="module_repeated"):
        school_census.identify((head, pupils, again))


def test_accepted_columns_are_typed_and_hold_no_names(census, module):
    files = (*census(), module("2025_spring_addresses.csv", PUPIL | {"postcode": "m11ae"}))
    read = {name: frame for batch in school_census.read(files) for name, frame in batch.items()}
    kept = {name: frame.select(**CONTRACTS[name].keep).row(0, named=True) for name, frame in read.items()}
    assert kept["schoolcensus"] == {
        "native_id": "SCH1",
        "school_census_id": "c1",
        "lea": "352",
        "estab": "0123",
        "census_year": 2025,
        "term": "SPR",
        "reference_date": date(2025, 1, 16),
    }
    assert kept["pupilonroll"] == {
        "pupil_id": "p1",
        "native_id": "SCH1",
        "school_census_id": "c1",
        "upn": "A123456789012",
        "uln": "9276308686",
        "birth_date": date(2014, 9, 3),
        "sex": "F",
        "entry_date": date(2019, 9, 2),
        "enrolment_status": "C",
        "nc_year": "5",
    }
    assert kept["addresses"] == {"pupil_id": "p1", "postcode": "M1 1AE"}
    assert "Canarysurname" not in str(read)


def test_a_missing_column_is_refused(census, module):
    files = census()
    module("2025_spring_pupilonroll.csv", {k: v for k, v in PUPIL.items() if k != "sex"})
    with pytest.raises(Refused, match="column_missing: The first row lacks sex"):
        list(school_census.read(files))


GOOD_DATE, BAD_DATE = "2014-Sep-03 00:00:00", "03/09/2014"
ON_ROLL, OFF_ROLL = "pupilonroll", "pupilnolongeronroll"

# Table, rule, values that pass, values that do not.
CASES = [
    *((table, "number_of_cells", {}, {"number_of_cells": "3"}) for table in CONTRACTS),
    *(
        (table, "pupilid_missing", {"pupilonrolltableid": "p"}, {"pupilonrolltableid": None})
        for table in (ON_ROLL, "addresses", "fsmperiod", "senneeds")
    ),
    *(
        (table, rule, {field: good}, {field: bad})
        for table in (ON_ROLL, OFF_ROLL)
        for rule, field, good, bad in (
            ("upn_format", "upn", "A12345678901B", "a123456789012"),
            ("dob_format", "dob", GOOD_DATE, "2014-Feb-30 00:00:00"),
            ("sex_code", "sex", "U", "G"),
        )
    ),
    (OFF_ROLL, "pupilid_missing", {"pupilnolongeronrolltableid": "p"}, {}),
    (OFF_ROLL, "leavingdate_format", {"leavingdate": GOOD_DATE}, {"leavingdate": BAD_DATE}),
    (ON_ROLL, "uln_checksum", {"uniquelearnernumber": "9276308686"}, {"uniquelearnernumber": "9276308687"}),
    (ON_ROLL, "dob_missing", {"dob": GOOD_DATE}, {"dob": None}),
    (ON_ROLL, "sex_missing", {"sex": "M"}, {"sex": None}),
    (ON_ROLL, "entrydate_format", {"entrydate": GOOD_DATE}, {"entrydate": "2014-Sep-3 00:00:00"}),
    (ON_ROLL, "enrolstatus_code", {"enrolstatus": "O"}, {"enrolstatus": "Z"}),
    (ON_ROLL, "enrolstatus_missing", {"enrolstatus": "C"}, {"enrolstatus": None}),
    (ON_ROLL, "ncyear_code", {"ncyearactual": "14.0"}, {"ncyearactual": "15"}),
    (ON_ROLL, "ncyear_missing", {"ncyearactual": "N1"}, {"ncyearactual": None}),
    (ON_ROLL, "ethnicity_format", {"ethnicity": "WBRI"}, {"ethnicity": "White"}),
    ("addresses", "postcode_format", {"postcode": "m1 1ae"}, {"postcode": "M1 1A"}),
    ("fsmperiod", "fsmstartdate_format", {"fsmstartdate": GOOD_DATE}, {"fsmstartdate": BAD_DATE}),
    ("fsmperiod", "fsmenddate_format", {"fsmenddate": GOOD_DATE}, {"fsmenddate": BAD_DATE}),
    (
        "fsmperiod",
        "fsm_period_order",
        {"fsmstartdate": GOOD_DATE, "fsmenddate": GOOD_DATE},
        {"fsmstartdate": GOOD_DATE, "fsmenddate": "2014-Sep-02 00:00:00"},
    ),
    ("fsmperiod", "ukcountry_code", {"ukcountry": "ENG"}, {"ukcountry": "FRA"}),
    ("schoolcensus", "schoolcensusid_missing", {"schoolcensustableid": "c"}, {}),
    ("schoolcensus", "referencedate_format", {"referencedate": GOOD_DATE}, {"referencedate": BAD_DATE}),
    ("schoolcensus", "estab_format", {"estab": "4001.0"}, {"estab": "40011"}),
]

# Table, rule, (a row, a row that may follow it, one that may not).
UNIQUE = [
    (ON_ROLL, "pupilid_repeated", [{"pupilonrolltableid": i} for i in "121"]),
    (ON_ROLL, "upn_repeated", [{"NativeId": school, "upn": "A"} for school in "121"]),
    ("schoolcensus", "schoolcensusid_repeated", [{"schoolcensustableid": i} for i in "121"]),
]


@pytest.mark.parametrize(("table", "rule", "good", "bad"), CASES)
def test_a_row_rule_lets_the_good_pass_and_names_the_bad(breaks, table, rule, good, bad):
    assert not breaks(CONTRACTS[table], rule, good)
    assert breaks(CONTRACTS[table], rule, bad)


@pytest.mark.parametrize(("table", "rule", "rows"), UNIQUE)
def test_a_uniqueness_rule_names_the_repeat_only(breaks, table, rule, rows):
    first, good, bad = rows
    assert not breaks(CONTRACTS[table], rule, first, good)
    assert breaks(CONTRACTS[table], rule, first, bad)


def test_every_rule_has_a_case_that_breaks_it():
    declared = {(t, r.id) for t, c in CONTRACTS.items() for r in (*c.rules, *c.unique)}
    assert declared == {case[:2] for case in [*CASES, *UNIQUE]}


def test_a_published_export_is_read_whole(shared_extracts, findings):
    (files,) = school_census.group(sorted((shared_extracts / "school_census").iterdir()))
    read: dict[str, pl.DataFrame] = {}
    for batch in school_census.read(files):
        for name, frame in batch.items():
            read[name] = pl.concat([read[name], frame]) if name in read else frame
    assert set(read) == {"pupilonroll", "pupilnolongeronroll", "fsmperiod", "senneeds"}
    for file in files:
        lines = file.read_bytes().splitlines()[1:]
        frame = read[file.stem.split("_")[2]]
        assert len(frame) == len(lines)
        assert frame["line"].to_list() == list(range(2, len(lines) + 2))
    # Half the enrolment statuses are blank and free meals end before they start: what it is known for.
    found = findings(school_census, *files)["rule"].value_counts()
    counts = dict(found.iter_rows())
    assert counts["enrolstatus_missing"] == read["pupilonroll"]["enrolstatus"].null_count() > 4_000
    assert counts["fsm_period_order"] > 5_000
    assert not {"number_of_cells", "dob_format", "sex_code", "ncyear_code", "enrolstatus_code"} & set(counts)
