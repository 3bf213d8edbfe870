"""The school census: grouping, identity, terms and reading."""

import csv
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.extracts import school_census
from pipelines.extracts.contract import NOT_ASKED
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
    "forename": "Robin",
    "middlenames": "Mary Jane",
    "preferredsurname": "Unread",
    "formersurname": "Former",
    "dob": "2014-Sep-03 00:00:00",
    "sex": "F",
    "entrydate": "2019-Sep-02 00:00:00",
    "enrolstatus": "C",
    "ncyearactual": "5.0",
    "ethnicity": "WBRI",
}
LEAVER = {
    "pupilnolongeronrolltableid": "q1",
    "NativeId": "SCH1",
    "schoolcensustableid": "c1",
    "upn": "A123456789013",
    "uniquelearnernumber": "",
    "dob": "2014-Oct-03 00:00:00",
    "sex": "M",
    "entrydate": "2019-Sep-02 00:00:00",
    "leavingdate": "2024-Nov-29 00:00:00",
    "ncyearleaving": "5.0",
}
MEALS = {"fsmstartdate": "2024-Sep-04 00:00:00", "fsmenddate": "", "ukcountry": "ENG"}


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
    assert found.part == "spring"


@pytest.mark.parametrize(
    ("name", "school"),
    [
        ("2024_autumn", {"year": "2024.0", "term": "AUT"}),
        ("2025_spring", {}),
        ("2025_summer", {"term": "SUM"}),
        ("2025_Summer", {"term": "SUM"}),
    ],
)
def test_three_terms_are_three_parts_of_one_academic_year(census, name, school):
    found = school_census.identify(census(name, **school))
    assert (found.academic_year, found.part) == (AcademicYear(2024), name[5:].lower())


@pytest.mark.parametrize(
    ("rule", "name", "school"),
    [
        ("census_term", "2025_summer", {}),
        ("census_term", "2024_autumn", {"year": "2024", "term": "SPR"}),
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


def test_accepted_columns_are_typed_and_hold_the_names(census, module):
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
        "family_name": "Canarysurname",
        "given_names": "Robin Mary Jane",
        "former_family_name": "Former",
        "birth_date": date(2014, 9, 3),
        "sex": "F",
        "ethnicity": "WBRI",
        "entry_date": date(2019, 9, 2),
        "enrolment_status": "C",
        "nc_year": "5",
    }
    assert kept["addresses"] == {"pupil_id": "p1", "postcode": "M1 1AE"}
    assert "Unread" not in str(read)


@pytest.mark.parametrize(("term", "year"), [("autumn", "2024"), ("spring", "2025"), ("summer", "2025")])
def test_names_are_kept_of_both_modules_in_every_term_and_missed_by_none(census, module, term, year):
    names = ("surname", "forename", "middlenames", "formersurname")
    files = census(f"{year}_{term}", year=year)
    without = {k: v for k, v in PUPIL.items() if k not in names}
    module(f"{year}_{term}_pupilonroll.csv", without | {"forename": "Robin", "surname": " "})
    leavers = module(f"{year}_{term}_pupilnolongeronroll.csv", LEAVER | {n: n.title() for n in names})
    kept = {}
    for batch in school_census.read((*files, leavers)):
        for table, frame in batch.items():
            contract = CONTRACTS[table].in_force(AcademicYear(2024), term)
            kept[table] = frame.select(**contract.keep).row(0, named=True)
    columns = ("family_name", "given_names", "former_family_name")
    assert [kept["pupilonroll"][c] for c in columns] == [None, "Robin", None]
    expected = ["Surname", "Forename Middlenames", "Formersurname"]
    assert [kept["pupilnolongeronroll"][c] for c in columns] == expected


def test_a_missing_column_is_refused(census, module):
    files = census()
    module("2025_spring_pupilonroll.csv", {k: v for k, v in PUPIL.items() if k != "sex"})
    with pytest.raises(Refused, match="column_missing: The first row lacks sex"):
        list(school_census.read(files))


def test_sex_was_called_gender_up_to_2022_23(census, module):
    files = census()
    module("2025_spring_pupilonroll.csv", {("gender" if k == "sex" else k): v for k, v in PUPIL.items()})
    (on_roll,) = [batch["pupilonroll"] for batch in school_census.read(files) if "pupilonroll" in batch]
    assert on_roll["sex"].to_list() == ["F"]


def test_autumn_modules_have_names_of_their_own(census, module):
    files = (
        *census("2024_autumn", year="2024", term="AUT"),
        module("2024_autumn_addressesonroll.csv", PUPIL | {"postcode": "M1 1AE"}),
        module("2024_autumn_fsmperiodsonroll.csv", PUPIL | MEALS),
        module("2024_autumn_addressesoffroll.csv", LEAVER | {"postcode": "M1 1AE"}),
        module("2024_autumn_pupilnolongeronroll.csv", LEAVER),
    )
    tables = [name for batch in school_census.read(files) for name in batch]
    assert sorted(tables) == sorted(set(CONTRACTS) - {"senneeds"})


@pytest.mark.parametrize(
    ("table", "column", "has"),
    [("pupilonroll", "ethnicity", "spring"), ("pupilnolongeronroll", "ncyearleaving", "autumn")],
)
def test_a_column_of_one_term_must_be_there_in_that_term_only(census, module, table, column, has):
    whole = LEAVER if table == "pupilnolongeronroll" else PUPIL
    for term, year in (("autumn", "2024"), ("spring", "2025"), ("summer", "2025")):
        files = census(f"{year}_{term}", year=year)
        lacking = {k: v for k, v in whole.items() if k != column}
        files = {*files, module(f"{year}_{term}_{table}.csv", lacking)}
        if term == has:
            with pytest.raises(Refused, match=f"column_missing: The first row lacks {column}"):
                list(school_census.read(tuple(files)))
        else:
            assert list(school_census.read(tuple(files)))


def test_what_a_term_does_not_ask_is_not_null(census, module):
    kept = {}
    for term, year in (("autumn", "2024"), ("spring", "2025")):
        blank = module(f"{year}_{term}_pupilnolongeronroll.csv", LEAVER | {"ncyearleaving": ""})
        files = (*census(f"{year}_{term}", year=year), blank)
        contract = CONTRACTS["pupilnolongeronroll"].in_force(AcademicYear(2024), term)
        (frame,) = [f for batch in school_census.read(files) for t, f in batch.items() if t == contract.table]
        assert contract.broken_rules(frame).is_empty()
        kept[term] = frame.select(**contract.keep)["nc_year"].to_list()
    assert kept == {"autumn": [None], "spring": [NOT_ASKED]}


def test_rules_on_a_column_apply_in_the_terms_that_have_it():
    for term, applies in (("autumn", False), ("spring", True), ("summer", False)):
        rules = {r.id for r in CONTRACTS["pupilonroll"].in_force(AcademicYear(2024), term).rules}
        assert ("ethnicity_format" in rules) == applies
        assert "ncyear_code" in rules


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
    # It lacks the file that says whose it is and when.
    found = findings(school_census, *files, year=AcademicYear(2023), part="spring")["rule"].value_counts()
    counts = dict(found.iter_rows())
    assert counts["enrolstatus_missing"] == read["pupilonroll"]["enrolstatus"].null_count() > 4_000
    assert counts["fsm_period_order"] > 5_000
    assert not {"number_of_cells", "dob_format", "sex_code", "ncyear_code", "enrolstatus_code"} & set(counts)


# What belongs together, and what does not


def test_a_pupil_of_a_school_that_the_return_does_not_have_is_set_aside(module, findings):
    """Of modules of two exports: the pupils would be in no school, and so in no figure."""
    elsewhere = {"pupilonrolltableid": "p2", "schoolcensustableid": "c9"}
    files = (
        module("2025_spring_schoolcensus.csv", SCHOOL),
        module("2025_spring_pupilonroll.csv", PUPIL, PUPIL | elsewhere),
        module("2025_spring_pupilnolongeronroll.csv", LEAVER | {"schoolcensustableid": "c9"}),
    )
    found = findings(school_census, *files).filter(rule="school_unknown")
    assert found.select("table", "line", "severity").rows() == [
        ("pupilonroll", 3, "quarantine"),
        ("pupilnolongeronroll", 2, "quarantine"),
    ]


def test_a_pupil_of_a_school_that_was_set_aside_is_set_aside_too(module, findings):
    """It has no key."""
    files = (
        module("2025_spring_schoolcensus.csv", SCHOOL | {"schoolcensustableid": ""}),
        module("2025_spring_pupilonroll.csv", PUPIL),
    )
    assert findings(school_census, *files).filter(rule="school_unknown").height == 1


def test_an_address_of_nobody_is_remarked_on(module, census, findings):
    address = {"pupilonrolltableid": "p1", "NativeId": "SCH1", "postcode": "M1 1AE"}
    addresses = module("2025_spring_addresses.csv", address, address | {"pupilonrolltableid": "p9"})
    found = findings(school_census, *census(), addresses).filter(rule="address_of_nobody")
    assert found.select("line", "severity").rows() == [(3, "warn")]


def test_the_word_null_is_a_blank_but_in_a_name_that_somebody_may_have(module):
    asked = ("uniquelearnernumber", "middlenames", "formersurname", "surname", "ethnicity")
    words = dict.fromkeys(asked, "NULL")
    files = (
        module("2025_spring_schoolcensus.csv", SCHOOL),
        module("2025_spring_pupilonroll.csv", PUPIL | words),
    )
    read = {name: frame for batch in school_census.read(files) for name, frame in batch.items()}
    (row,) = read["pupilonroll"].to_dicts()
    assert {row[name] for name in words if name != "surname"} == {None}
    assert row["surname"] == "NULL"
