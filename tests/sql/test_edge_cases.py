"""Lives that do not fit a year: who is counted where, by hand. The city has 48 residents of each age."""

from datetime import date

import pytest

from tests.conftest import ULN_A

FORMER, YEAR = "2023/24", "2024/25"


@pytest.fixture
def city(even_city):
    even_city.providers = ("10090001", "10090002", "10090003")
    even_city.kind["10090002"] = ("training provider", "further education")
    return even_city


@pytest.mark.parametrize(
    ("born", "age"), [(date(2020, 2, 29), 4), (date(2020, 3, 1), 4), (date(2019, 8, 31), 5)]
)
def test_born_on_a_leap_day_is_as_old_as_the_day_after(city, born, age):
    """On 31 August 2024: 29 February 2020 is four and a half years before."""
    city.record("a", birth_date=born, isced="02")
    city.run()
    assert city.count("4_2_2_before_primary", age="4")[0] == (age == 4)


def test_who_turns_an_age_inside_the_year_has_the_age_of_31_august(city):
    """Born 1 September 1999: 24 on 31 August 2024, 25 the day after; counts as 24 all year."""
    city.record("a", birth_date=date(1999, 9, 1))
    city.run()
    bands = {age: city.count("4_3_1_participation", age=age)[0] for age in ("15-24", "25-54")}
    assert bands == {"15-24": 1, "25-54": 0}


def test_an_enrolment_that_crosses_years_counts_once_in_each_a_year_older(city):
    """Two years of one course, returned in both: aged 24, then 25."""
    course = {"birth_date": date(1999, 5, 1), "start_date": date(2023, 9, 4), "end_date": date(2025, 6, 27)}
    for year in (FORMER, YEAR):
        city.record("a", academic_year=year, course="two years", **course)
    city.run()
    counts = [
        city.count("4_3_1_participation", age=age, academic_year=year)[0]
        for year in (FORMER, YEAR)
        for age in ("15-24", "25-54")
    ]
    assert counts == [1, 0, 0, 1]
    assert city.count("local_learners", age="_T")[0] == 1


def test_who_leaves_within_the_minimum_stay_took_part_but_is_in_no_achievement_rate(city):
    """Ten days of a course planned for 43 weeks: below the 42 days from which DfE counts a start."""
    left = {"end_date": date(2024, 9, 11), "planned_end_date": date(2025, 6, 27), "outcome": "withdrawn"}
    stayed = {"end_date": date(2025, 6, 27), "planned_end_date": date(2025, 6, 27), "outcome": "achieved"}
    city.record("left", **left)
    city.record("stayed", **stayed)
    city.run()
    assert city.count("4_3_1_participation", age="15-64")[0] == 2
    assert city.count("local_achievement", age="_T") == (1, 1)


def test_an_apprentice_whom_college_and_employer_report_is_one(city):
    """Level 3 standard: vocational at ISCED 35, learned at work, once, whoever reports it."""
    apprentice = {"uln": ULN_A, "birth_date": date(2004, 5, 1), "isced": "35", "setting": "workplace"}
    city.record("a", provider_id="10090001", course="ZPROG001:25:104", **apprentice)
    city.record(
        "x",
        provider_id="10090002",
        course="ZPROG001:25:104",
        collection="apprenticeship_service",
        **apprentice,
    )
    city.run()
    assert city.count("4_3_3_vocational", age="15-24")[0] == 1
    assert city.count("local_workplace_learning", age="19-64")[0] == 1
    assert city.rows("select enrolments from core.participation") == [(2,)]


def test_higher_education_in_a_college_is_tertiary_and_in_further_education(city):
    """HE in FE: the level is what is learned, the sector who teaches; with the university, once."""
    city.kind["10090003"] = ("university", "higher education")
    student = {"uln": ULN_A, "birth_date": date(2004, 5, 1), "isced": "55"}
    city.record("a", provider_id="10090001", **student)
    city.record("z", provider_id="10090003", collection="student_record", **student)
    city.run()
    assert city.count("4_3_2_tertiary", age="18-22")[0] == 1
    assert [city.count("local_learners", sector=s)[0] for s in ("further education", "higher education")] == [
        1,
        1,
    ]
    assert city.count("local_learners")[0] == 1
    assert city.count("local_several_sectors")[0] == 1
