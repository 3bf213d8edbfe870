"""Acceptance test T9: ages that are not known, by the rule of UIS (UN SDG indicator metadata 4.2.2)."""

from datetime import date

import pytest

from pipelines.disclosure.protect import OBSERVATION_COLUMNS
from tests.conftest import protected

FIVE, SIX = "5", "6"


@pytest.fixture
def city(bench):
    for sex in "FM":
        bench.people(range(91), sex, 600)
    return bench


def pupils(city, unknown):
    """A hundred pupils: of known age are girls, half of them 5 on 31 August, half 6; the others are boys."""
    known = 100 - unknown
    for number in range(known):
        born = date(2019 if number < known // 2 else 2018, 1, 1)
        city.record(f"known {number}", birth_date=born, isced="1")
    for number in range(unknown):
        city.record(f"unknown {number}", birth_date=None, isced="1", sex="M")
    city.run()


def enrolled(city, **cell):
    return [city.count("uis_enrolment_by_age", age=age, **cell)[0] for age in (FIVE, SIX)]


def test_four_in_a_hundred_are_left_out(city):
    pupils(city, unknown=4)
    assert enrolled(city) == [48, 48]
    assert city.rows("select bool_or(imputed) from indicators.observation") == [(False,)]


def test_six_in_a_hundred_are_spread_over_the_known_ages(city):
    """47 and 47 by 100 / 94: 50 each, and a hundred in all, as many as there are."""
    pupils(city, unknown=6)
    assert enrolled(city) == [50, 50]
    assert city.count("local_learners", age="_T")[0] == 100
    # Each cell by the same factor: 47 girls are 50, and no boy is of known age.
    assert enrolled(city, sex="F") == [50, 50]
    assert enrolled(city, sex="M") == [0, 0]


def test_the_rates_are_marked_as_estimated(city):
    pupils(city, unknown=6)
    observations = city.table("indicators.observation").select(OBSERVATION_COLUMNS)
    published = protected(observations)
    five = published.filter(indicator="uis_enrolment_by_age", sex="_T", age=FIVE, panel="_T").row(
        0, named=True
    )
    assert (five["numerator"], five["obs_status"], five["markers"]) == (50, "I", "[e]")
    # Whoever is counted at any age is counted as they are.
    assert not published.filter(indicator="local_learners", age="_T")["imputed"].any()


def test_five_in_a_hundred_is_no_more_than_five_per_cent(city):
    pupils(city, unknown=5)
    assert enrolled(city) == [47, 48]


def test_where_no_age_is_known_nobody_is_of_any(city):
    pupils(city, unknown=100)
    assert enrolled(city) == [0, 0]


def test_gross_rates_need_no_age(city):
    """Primary, any age: all hundred, and none imputed."""
    pupils(city, unknown=6)
    assert city.count("uis_enrolment_gross", age="5-10")[0] == 100
    imputed = "select bool_or(imputed) from indicators.observation where indicator = 'uis_enrolment_gross'"
    assert city.rows(imputed) == [(False,)]


def test_parts_that_are_spread_add_up_to_the_nearest_persons(city):
    """Aged 20, 8 on formal and 8 on other courses: by 100 / 94 they are 9 and 9, and the 16 of them 17."""
    for number in range(94):
        formal, young = number % 2 == 0, number < 16
        born = date(2004, 1, 1) if young else date(1954, 1, 1)
        city.record(f"known {number}", birth_date=born, isced="34" if formal else "NF")
    for number in range(6):
        city.record(f"unknown {number}", birth_date=None)
    city.run()

    def learners(provision):
        return city.count("4_3_1_participation", age="15-24", provision=provision)[0]

    assert [learners(p) for p in ("formal_only", "nonformal_only", "both", "_T")] == [9, 9, 0, 17]
    city.make_all()
    checks = [c for c in city.pipeline.checks if c.table == "indicators.observation" and c.blocking]
    assert {c.name: city.pipeline.failing_rows(c) for c in checks} == {c.name: 0 for c in checks}
