"""From records to persons: ages, spells, one person counted once, one residence a year."""

from datetime import date

import pytest

from tests.conftest import CITY_POSTCODE, ELSEWHERE_POSTCODE, OTHER_CITY_POSTCODE, ULN_A, ULN_B


@pytest.fixture
def city(bench):
    bench.people(range(91), "F", 1000)
    bench.people(range(91), "M", 1000)
    return bench


def participation(bench, *columns):
    bench.run()
    return bench.rows(f"select {', '.join(columns)} from core.participation order by all")


def test_t1_three_enrolments_in_two_sectors_are_one_person(city):
    """Acceptance test T1: once in persons, once a sector, three times in enrolments."""
    city.record("a", uln=ULN_A, provider_id="10090001", setting="institution")
    city.record("a", uln=ULN_A, provider_id="10090001", setting="institution")
    city.record(
        "z",
        uln=ULN_A,
        provider_id="10090002",
        collection="community_learning",
        setting="community",
        isced="NF",
    )
    assert participation(city, "enrolments", "provision") == [(3, "both")]
    assert city.count("4_3_1_participation", age="15-64")[0] == 1
    assert [city.count("local_setting_theme", setting=s)[0] for s in ("institution", "community", "_T")] == [
        1,
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(2020, 8, 31), 4),  # acceptance test T2: a day apart, a year apart
        (date(2020, 9, 1), 3),
        (date(2004, 2, 29), 20),  # by 31 August a leap-day birthday has passed in any year
        (date(2000, 2, 29), 24),
        (date(2024, 8, 31), 0),
        (date(2024, 9, 1), -1),  # born after the reference day
        (None, None),
    ],
)
def test_t2_age_is_in_completed_years_on_31_august(city, born, age):
    city.record("a", birth_date=born)
    assert participation(city, "age") == [(age,)]


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        (date(2023, 9, 1), date(2024, 7, 31), False),  # over the day before the year begins
        (date(2023, 9, 1), date(2024, 8, 1), True),  # one day in it
        (date(2025, 7, 31), None, True),
        (date(2025, 8, 1), None, False),
        (date(2020, 9, 1), None, True),  # still going
        (None, None, True),  # a school that sends no date of entry
    ],
)
def test_a_spell_counts_if_a_day_of_it_is_in_the_year(city, start, end, counts):
    city.record("other", uln=ULN_B)
    city.record("a", uln=ULN_A, start_date=start, end_date=end)
    assert len(participation(city, "person_id")) == 1 + counts


def test_the_latest_return_decides_and_the_unknown_never_does(city):
    """Record 3 is of the latest return, but does not know the sex; record 2 does."""
    city.record("a", uln=ULN_A, sex="F", postcode=CITY_POSTCODE, birth_date=date(1990, 1, 1))
    city.record("b", uln=ULN_A, sex="M", postcode=OTHER_CITY_POSTCODE, birth_date=date(1991, 1, 1))
    city.record("c", uln=ULN_A, sex="U", postcode="ZZ99 9ZZ", birth_date=None)
    assert participation(city, "sex", "deprivation", "residence", "age") == [("M", "Q5", "city", 33)]


def test_the_same_course_restated_is_one_enrolment(city):
    for _ in range(2):
        city.record("a", uln=ULN_A, course="60000001")
    assert participation(city, "enrolments") == [(1,)]


def test_an_enrolment_has_a_number_that_says_nothing_of_its_line(city):
    """Numbered by person, year and, within these, by return and line."""
    for line in range(20):
        city.record(f"a{line % 7}", course=f"6000{line:04}")
    city.run()
    rows = city.rows("select person_id, record_id, enrolment_id from core.enrolment")
    expected = sorted((person, record) for person, record, _ in rows)
    assert {number: (person, record) for person, record, number in rows} == dict(enumerate(expected, start=1))
    assert [record for _, record in expected] != sorted(record for _, record in expected)


def test_residence_has_three_values(city):
    for reference, postcode in enumerate([CITY_POSTCODE, ELSEWHERE_POSTCODE, "BR1 7SS", None, "ZZ99 9ZZ"]):
        city.record(f"a{reference}", postcode=postcode)
    assert participation(city, "residence") == [
        ("city",),
        ("elsewhere",),
        ("elsewhere",),
        ("unknown",),
        ("unknown",),
    ]
    assert city.count("4_3_1_participation", age="15-64")[0] == 1


def test_persons_are_pseudonymous(city):
    city.record("a", uln=ULN_A)
    city.record("a", uln=ULN_A, academic_year="2023/24", start_date=date(2023, 9, 1))
    city.run()
    assert city.rows(
        "select sex, first_academic_year, last_academic_year, academic_years from core.person"
    ) == [("F", "2023/24", "2024/25", 2)]
    columns = {c for (c,) in city.rows("select column_name from duckdb_columns() where schema_name = 'core'")}
    assert not columns & {"uln", "upn", "birth_date", "postcode", "local_ref", "family_name", "given_names"}
