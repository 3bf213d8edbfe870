"""Acceptance test T9: ages that are not known, by the rule of UIS (UN SDG indicator metadata 4.2.2)."""

from datetime import date

import pytest

from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.figures import Rules
from pipelines.disclosure.protect import OBSERVATION_COLUMNS, protect
from tests.conftest import CATALOGUE

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
    published = protect(observations, CATALOGUE, Rules(), Coverage())
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
