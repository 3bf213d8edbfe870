"""Pupils of a year's three censuses: once a school and year, whatever number of terms they are in."""

from datetime import date, datetime

import polars as pl
import pytest

from pipelines.extracts import school_census
from pipelines.reference_lists import REFERENCE_LISTS
from tests.conftest import REPOSITORY

UPN_A, UPN_B = "A352200000001", "B352200000002"
TERMS = {"autumn": ("r1", 1, 2024, "AUT"), "spring": ("r2", 2, 2025, "SPR"), "summer": ("r3", 3, 2025, "SUM")}
"""Term → return, its rank, year and term of its header; all are about 2024/25."""
SCHOOLS = {"A": "2001", "B": "2002"}
MODEL = "staging.school_census"


class Censuses:
    """Accepted tables of up to three returns, made by hand."""

    def __init__(self, bench):
        self._bench = bench
        self._rows = {f"school_census_{t}": [] for t, c in school_census.CONTRACTS.items() if c.keep}
        for return_id, _, year, term in TERMS.values():
            for school, estab in SCHOOLS.items():
                self._add("schoolcensus", return_id, native_id=school, school_census_id=school, lea="352",
                          estab=estab, census_year=year, term=term)  # fmt: skip

    def on_roll(self, term, school, upn=UPN_A, **more):
        self._pupil("pupilonroll", "addresses", term, school, {"upn": upn, "enrolment_status": "C", **more})

    def off_roll(self, term, school, left, upn=UPN_A, **more):
        values = {"upn": upn, "leaving_date": left, "nc_year": "not asked", **more}
        self._pupil("pupilnolongeronroll", "addressesoffroll", term, school, values)

    def _pupil(self, table, addresses, term, school, values):
        postcode = values.pop("postcode", None)
        born = {"birth_date": date(2014, 9, 3), "sex": "F", "entry_date": date(2019, 9, 2), "nc_year": "5"}
        number = len(self._rows[f"school_census_{table}"]) + 1
        # The export makes new keys for every term.
        key = f"{term} {table} {number}"
        self._add(table, TERMS[term][0], pupil_id=key, school_census_id=school, line=number, **born | values)
        if postcode:
            self._add(addresses, TERMS[term][0], pupil_id=key, postcode=postcode)

    def _add(self, table, return_id, line=1, **values):
        self._rows[f"school_census_{table}"].append({"return_id": return_id, "line": line, **values})

    def staged(self):
        """Return the records that count, oldest first."""
        return [record for record in self.records() if record["not_counted"] is None]

    def reasons(self):
        """Return why each record does not count, oldest record first; None where it does."""
        return [record["not_counted"] for record in self.records()]

    def records(self):
        """Return the staging model's rows, oldest record first."""
        model = self._bench.pipeline.models[MODEL]
        with self._bench.pipeline.warehouse() as connection:
            for schema in ("accepted", "reference"):
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            for name, rows in self._rows.items():
                contract = school_census.CONTRACTS[name.removeprefix("school_census_")]
                types = {"return_id": pl.String, "line": pl.Int64, **contract.accepted_schema}
                self._load(connection, f"accepted.{name}", pl.DataFrame(rows, schema=types))
            receipts = [(i, n, "352", "2024/25", datetime(2024, 10, 1)) for i, n, *_ in TERMS.values()]
            names = ["return_id", "return_no", "provider", "academic_year", "prepared_at"]
            self._load(connection, "accepted.receipt", pl.DataFrame(receipts, schema=names, orient="row"))
            for entry in REFERENCE_LISTS:
                if entry.name in ("isced_mapping", "ethnicity"):
                    codes = entry.load(REPOSITORY / "data" / "reference", self._bench.pipeline.city)
                    self._load(connection, entry.table, codes)
            file = self._bench.folder / "staged.parquet"
            connection.sql(model.query).write_parquet(str(file))
        return pl.read_parquet(file).sort("record_id").to_dicts()

    def _load(self, connection, table, frame):
        file = self._bench.folder / f"{table}.parquet"
        frame.write_parquet(file)
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{file}')")


@pytest.fixture
def censuses(bench):
    return Censuses(bench)


def test_a_pupil_in_all_three_terms_is_one_enrolment_as_the_last_return_has_it(censuses):
    for term, year in (("autumn", "4"), ("spring", "5"), ("summer", "5")):
        censuses.on_roll(term, "A", nc_year=year)
    (pupil,) = censuses.staged()
    assert (pupil["provider_id"], pupil["return_no"], pupil["course"]) == ("3522001", 3, "NCY5")
    assert (pupil["start_date"], pupil["end_date"], pupil["isced"]) == (date(2019, 9, 2), None, "1")


def test_what_a_later_return_leaves_blank_is_taken_from_an_earlier_one(censuses):
    censuses.on_roll("autumn", "A", uln="9276308686", postcode="M1 1AA")
    censuses.on_roll("spring", "A", nc_year=None, sex=None)
    (pupil,) = censuses.staged()
    assert (pupil["uln"], pupil["postcode"], pupil["sex"], pupil["course"]) == (
        "9276308686",
        "M1 1AA",
        "F",
        "NCY5",
    )


def test_names_are_the_latest_that_are_known(censuses):
    censuses.on_roll("autumn", "A", family_name="Shaw", given_names="Zoë Mary")
    censuses.on_roll("spring", "A", family_name="Novák", former_family_name="Shaw")
    censuses.on_roll("summer", "A", given_names="Zoë")
    censuses.off_roll("summer", "B", date(2024, 12, 1), UPN_B, family_name="Hall", given_names="Ben")
    leaver, pupil = censuses.staged()
    columns = ("family_name", "given_names", "former_family_name")
    assert [pupil[column] for column in columns] == ["Novák", "Zoë", "Shaw"]
    assert [leaver[column] for column in columns] == ["Hall", "Ben", None]


def test_a_pupil_of_any_one_term_counts(censuses):
    censuses.on_roll("autumn", "A", UPN_A)
    censuses.on_roll("summer", "B", UPN_B)
    assert [p["upn"] for p in censuses.staged()] == [UPN_A, UPN_B]


@pytest.mark.parametrize(
    ("status", "reason"),
    [("C", None), ("M", None), (None, None), *((status, "on_another_roll") for status in "SFO")],
)
def test_single_main_and_blank_registrations_count(censuses, status, reason):
    censuses.on_roll("spring", "A", enrolment_status=status)
    assert censuses.reasons() == [reason]


def test_of_a_dual_registration_the_main_school_counts(censuses):
    censuses.on_roll("spring", "A", enrolment_status="M")
    censuses.on_roll("spring", "B", enrolment_status="S")
    assert [p["provider_id"] for p in censuses.staged()] == ["3522001"]


def test_who_is_registered_elsewhere_later_counts_by_the_term_that_counts(censuses):
    censuses.on_roll("autumn", "A")
    censuses.on_roll("spring", "A", enrolment_status="S")
    assert censuses.reasons() == [None, "on_another_roll"]


def test_who_changes_school_between_terms_counts_at_both_and_ends_at_the_first(censuses):
    censuses.on_roll("autumn", "A")
    censuses.on_roll("spring", "B", entry_date=date(2024, 12, 2))
    censuses.off_roll("spring", "A", date(2024, 11, 29))
    first, second = censuses.staged()
    assert (first["provider_id"], first["end_date"]) == ("3522001", date(2024, 11, 29))
    assert (second["provider_id"], second["end_date"]) == ("3522002", None)


@pytest.mark.parametrize(
    ("left", "reason"),
    [
        (date(2024, 7, 19), "left_before_year"),  # at the end of last year
        (date(2024, 8, 31), "left_before_year"),  # in the holidays: schools write this for the same
        (date(2024, 9, 1), None),
        (date(2025, 7, 31), None),
        (date(2025, 8, 1), "left_after_year"),
        (None, "no_leaving_date"),
    ],
)
def test_who_only_left_counts_where_it_was_in_the_school_year(censuses, left, reason):
    censuses.off_roll("spring", "A", left)
    (pupil,) = censuses.records()
    assert (pupil["not_counted"], pupil["end_date"]) == (reason, left)
    # Born in September 2014: nine on 31 August 2024, so year 5, which spring does not ask of leavers.
    assert (pupil["course"], pupil["isced"]) == ("NCY5", "1")


def test_who_left_and_is_on_roll_elsewhere_counts_there_or_not_at_all(censuses):
    censuses.off_roll("spring", "A", date(2024, 11, 29))
    censuses.on_roll("spring", "B", enrolment_status="S")
    assert censuses.reasons() == ["on_roll", "on_another_roll"]


def test_a_leaver_listed_twice_counts_once(censuses):
    for term in ("spring", "spring", "summer"):
        censuses.off_roll(term, "A", date(2024, 11, 29))
    assert censuses.reasons() == ["another_term", "another_term", None]


def test_the_address_of_a_leaver_is_taken_where_autumn_gives_it(censuses):
    censuses.off_roll("autumn", "A", date(2024, 9, 30), nc_year="5", postcode="M1 1AA")
    (pupil,) = censuses.staged()
    assert (pupil["postcode"], pupil["course"]) == ("M1 1AA", "NCY5")


def test_a_number_missing_in_one_term_is_known_from_another(censuses):
    censuses.on_roll("autumn", "A")
    censuses.on_roll("spring", "A", upn=None)
    censuses.on_roll("summer", "A")
    assert [p["upn"] for p in censuses.staged()] == [UPN_A]


def test_pupils_without_any_number_are_the_same_in_all_terms_and_twins_are_two(censuses):
    for term in ("autumn", "spring", "summer"):
        censuses.on_roll(term, "A", upn=None)
        censuses.on_roll(term, "A", upn=None)
    found = censuses.staged()
    assert sorted(p["local_ref"][-2:] for p in found) == ["/1", "/2"]


def test_a_pupil_whose_birth_day_is_unknown_takes_no_number_from_another(censuses):
    censuses.on_roll("autumn", "A", birth_date=None)
    censuses.on_roll("spring", "A", upn=None, birth_date=None)
    assert [p["upn"] for p in censuses.staged()] == [UPN_A, None]
