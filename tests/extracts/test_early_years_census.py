"""The early years census: names, identity, reading, and every rule."""

import csv
from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines.extracts import early_years_census, school_census
from pipelines.extracts.early_years_census_contract import CONTRACTS, HOURS
from pipelines.extracts.returns import Refused
from pipelines.years import AcademicYear
from tests.extracts.shared_rules import OF_TEXT_TABLES, of_names

SETTING = {
    "eycensustableid": "c1",
    "NativeId": "EYS1",
    "lea": "352.0",
    "urn": "ey123456",
    "term": "SPR",
    "year": "2025.0",
    "datetime": "2025-Feb-01 10:00:00",
}
CHILD = {
    "eychildtableid": "k1",
    "NativeId": "EYS1",
    "eycensustableid": "c1",
    "surname": "Canarysurname",
    "forename": "Robin",
    "dob": "2021-Sep-03 00:00:00",
    "sex": "F",
    "ethnicity": "ABRI",
    "postcode": "m11ae",
    "fundedhours": "15.0",
    "extendedhours": "0.0",
    "expandedhours": "15.0",
    "eligibilitycode": "50012345678.0",
}


@pytest.fixture
def census(tmp_path):
    """Save the two modules of a census of these children, with other values for its setting where given."""

    def save(*children: dict, named: str = "2025", **setting: str) -> tuple[Path, ...]:
        files = []
        for module, rows in (("eycensus", [SETTING | setting]), ("eychild", children or [CHILD])):
            file = tmp_path / f"{named}_spring_eyc_{module}.csv"
            with file.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, rows[0])
                writer.writeheader()
                writer.writerows(rows)
            files.append(file)
        return tuple(files)

    return save


def test_modules_of_one_year_are_one_return_and_no_school_census():
    names = ["2025_spring_eyc_eychild.csv", "2025_Spring_EYC_EYCensus.CSV", "2024_spring_eyc_eychild.csv"]
    others = ["2025_spring_pupilonroll.csv", "2025_autumn_eyc_eychild.csv", "eychild.csv"]
    files = [Path(name) for name in (*names, *others)]
    assert early_years_census.group(files) == [(Path(names[2]),), (Path(names[0]), Path(names[1]))]
    assert school_census.group(files) == [(Path(others[0]),)]


def test_identity_comes_from_the_settings(census):
    found = early_years_census.identify(census())
    assert (found.provider, found.academic_year) == ("352", AcademicYear(2024))
    assert (found.prepared_at, found.part) == (datetime(2025, 2, 1, 10), "")


@pytest.mark.parametrize(
    ("rule", "setting"),
    [
        ("census_term", {"term": "AUT"}),
        ("census_year", {"year": "2024"}),
        ("census_one", {"year": ""}),
        ("census_lea", {"lea": "35"}),
        ("census_datetime", {"datetime": "01/02/2025"}),
    ],
)
def test_a_return_at_odds_with_its_names_is_refused(census, rule, setting):
    with pytest.raises(Refused, match=f"{rule}.*") as refused:
        early_years_census.identify(census(**setting))
    assert "{" not in refused.value.message


def test_a_missing_module_is_refused(census):
    for file in census():
        with pytest.raises(Refused, match="module_missing"):
            early_years_census.identify((file,))


def test_accepted_columns_are_typed_and_hold_the_names(census):
    read = {name: frame for batch in early_years_census.read(census()) for name, frame in batch.items()}
    kept = {name: frame.select(**CONTRACTS[name].keep).row(0, named=True) for name, frame in read.items()}
    assert kept == {
        "eycensus": {"census_id": "c1", "urn": "EY123456"},
        "eychild": {
            "child_id": "k1",
            "census_id": "c1",
            "family_name": "Canarysurname",
            "given_names": "Robin",
            "birth_date": date(2021, 9, 3),
            "sex": "F",
            "ethnicity": "ABRI",
            "postcode": "M1 1AE",
        },
    }
    for name, frame in read.items():
        assert CONTRACTS[name].broken_rules(frame).is_empty()


def test_expanded_hours_are_asked_for_from_2025(census):
    before = {k: v for k, v in CHILD.items() if k != "expandedhours"}
    assert list(early_years_census.read(census(before, named="2024")))
    with pytest.raises(Refused, match="column_missing: The first row lacks expandedhours"):
        list(early_years_census.read(census(before)))


@pytest.mark.parametrize(("year", "day"), [(2023, 19), (2024, 18), (2025, 16)])
def test_census_day_is_the_third_thursday_of_january(year, day):
    """DfE's dates of the early years censuses of these years."""
    assert early_years_census.census_day(year) == date(year, 1, day)


DAYS = {"age_day": "2024-08-31", "census_day": "2025-01-16"}
GOOD_DATE = "2021-Sep-03 00:00:00"

# Table, rule, values that pass, values that do not.
CASES = [
    *((table, *case) for table in CONTRACTS for case in OF_TEXT_TABLES),
    *(("eychild", *case) for case in of_names("surname", "forename")),
    ("eycensus", "eycensusid_missing", {"eycensustableid": "c"}, {}),
    ("eycensus", "urn_missing", {"urn": "500000"}, {"urn": None}),
    ("eycensus", "urn_format", {"urn": "500000.0"}, {"urn": "499999"}),
    ("eycensus", "urn_format", {"urn": "799999"}, {"urn": "800000"}),
    ("eycensus", "urn_format", {"urn": "EY123456"}, {"urn": "EY12345"}),
    ("eycensus", "urn_format", {"urn": "2500001"}, {"urn": "25000011"}),
    ("eychild", "childid_missing", {"eychildtableid": "k"}, {}),
    ("eychild", "dob_missing", {"dob": GOOD_DATE}, {}),
    ("eychild", "dob_format", {"dob": GOOD_DATE}, {"dob": "2021-Feb-30 00:00:00"}),
    (
        "eychild",
        "dob_after_census",
        DAYS | {"dob": "2025-Jan-16 00:00:00"},
        DAYS | {"dob": "2025-Jan-17 00:00:00"},
    ),
    (  # four on 31 August 2024, and five on that day
        "eychild",
        "dob_age",
        DAYS | {"dob": "2019-Sep-01 00:00:00"},
        DAYS | {"dob": "2019-Aug-31 00:00:00"},
    ),
    ("eychild", "sex_code", {"sex": "U"}, {"sex": "G"}),
    ("eychild", "sex_missing", {"sex": "M"}, {}),
    ("eychild", "ethnicity_format", {"ethnicity": "BWEL"}, {"ethnicity": "Black"}),
    ("eychild", "postcode_format", {"postcode": "m1 1ae"}, {"postcode": "M1 1A"}),
    ("eychild", "postcode_missing", {"postcode": "M1 1AE"}, {}),
    *(("eychild", f"{c}_range", {c: f"{most}.0"}, {c: f"{most}.5"}) for c, most in HOURS.items()),
    *(("eychild", f"{c}_range", {c: "0"}, {c: word}) for c in HOURS for word in ("-1", "many")),
    (
        "eychild",
        "eligibilitycode_format",
        {"eligibilitycode": "50012345678.0"},
        {"eligibilitycode": "5001234567"},
    ),
    *(
        (
            "eychild",
            "eligibilitycode_missing",
            {hours: "0.0"},
            {hours: "0.5"},
        )
        for hours in ("extendedhours", "expandedhours")
    ),
    (
        "eychild",
        "eligibilitycode_missing",
        {"extendedhours": "15", "eligibilitycode": "50012345678"},
        {"extendedhours": "15"},
    ),
]
NAMES = ("eycensustableid", "surname", "forename", "dob", "postcode")

# Table, rule, (a row, a row that may follow it, one that may not).
UNIQUE = [
    ("eycensus", "eycensusid_repeated", [{"eycensustableid": i} for i in "121"]),
    ("eychild", "childid_repeated", [{"eychildtableid": i} for i in "121"]),
    ("eychild", "child_repeated", [dict.fromkeys(NAMES, "x") | {"forename": i} for i in "121"]),
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


def test_a_child_of_a_setting_that_the_return_does_not_have_is_set_aside(census, findings):
    other = CHILD | {"eychildtableid": "k2", "eycensustableid": "c9", "forename": "Kim"}
    found = findings(early_years_census, *census(CHILD, other)).filter(rule="setting_unknown")
    assert found.select("line", "severity").rows() == [(3, "quarantine")]
