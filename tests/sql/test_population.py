"""Denominators: mid-year estimates brought to 31 August."""

from datetime import date

import pytest


def twelfths(bench, age, sex="F"):
    return bench.rows(f"select twelfths, alignment from core.population where age = {age} and sex = '{sex}'")


@pytest.fixture
def city(bench):
    bench.record("a")
    return bench


def add(bench, year, persons_by_age, month=6, day=30):
    for age, persons in persons_by_age.items():
        bench.population.append(("E08000003", date(year, month, day), age, "F", persons))


def test_forward_two_months(city):
    """10/12 of those aged 30 and 2/12 of those aged 29: in twelfths 10 × 120 + 2 × 60."""
    add(city, 2024, {29: 60, 30: 120, 31: 0, 90: 7})
    city.run()
    assert twelfths(city, 30) == [(1320, "forward")]


def test_backward_ten_months_where_students_arrive(city):
    """2/12 of those aged 18 and 10/12 of those aged 19 the June after: 2 × 120 + 10 × 240."""
    add(city, 2024, {17: 60, 18: 60, 19: 60, 90: 7})
    add(city, 2025, {17: 60, 18: 120, 19: 240, 90: 7})
    city.run()
    assert twelfths(city, 18) == [(2640, "backward")]
    assert twelfths(city, 17) == [(600, "forward")]  # 10 × 60; nobody is 16


def test_without_the_next_june_students_are_aligned_forward(city):
    add(city, 2024, {17: 60, 18: 120, 90: 7})
    city.run()
    assert twelfths(city, 18) == [(1320, "forward")]


def test_the_youngest_and_the_open_ended_oldest(city):
    """Age 0: all of them. 90 and over: all of them, and 2/12 of those aged 89."""
    add(city, 2024, {0: 50, 89: 30, 90: 70})
    city.run()
    assert twelfths(city, 0) == [(600, "forward")]
    assert twelfths(city, 90) == [(900, "forward")]


def test_whoever_grows_into_an_age_that_nobody_had_in_their_area_is_there(city):
    """2/12 of the 120 aged 29 are 30 by 31 August, where nobody was 30 in June."""
    for year in (2024, 2025):
        add(city, year, {29: 120, 90: 7})
        city.population.append(("E01000002", date(year, 6, 30), 30, "F", 60))
    city.run()
    rows = "select ward, decile, twelfths from core.population where age = 30 order by decile"
    assert city.rows(rows) == [("E05000001", "D10", 600), ("U", "U", 240)]


def test_a_census_alone_stands_as_it_is(city):
    add(city, 2021, {30: 120, 90: 7}, month=3, day=21)
    city.run()
    assert twelfths(city, 30) == [(1440, "unaligned")]
    assert city.rows("select distinct reference_date from core.population") == [(date(2021, 3, 21),)]


def test_forward_and_backward_agree_where_nobody_moves(city):
    """Acceptance test T18, closed population: everyone a year older by the next June."""
    add(city, 2024, {17: 100, 18: 200, 19: 300, 20: 0, 90: 0})
    add(city, 2025, {18: 100, 19: 200, 20: 300, 17: 0, 90: 0})
    city.run()
    # Backward at 18: 2 × 100 + 10 × 200. Forward from 2024 would be 10 × 200 + 2 × 100.
    assert twelfths(city, 18) == [(2200, "backward")]


def test_t18_both_ways_agree_where_nobody_moves_and_not_where_students_arrive(city):
    """Acceptance test T18. Closed at 30: (10 x 120 + 2 x 120) / 12 either way.

    At 18, 100 live here in June; the June after, 300 of 18 and 400 of 19. Forward (10 x 100 + 2 x 100) / 12
    are 100, backward (2 x 300 + 10 x 400) / 12 are 383 1/3.
    """
    add(city, 2024, {17: 100, 18: 100, 29: 120, 30: 120, 89: 1, 90: 1})
    add(city, 2025, {18: 300, 19: 400, 30: 120, 31: 120, 89: 1, 90: 1})
    city.run()
    rows = city.rows("select age, forward, backward, ratio, alignment from core.alignment order by age")
    assert rows == [
        (18, 100.0, pytest.approx(4600 / 12), pytest.approx(46 / 12), "backward"),
        (30, 120.0, 120.0, 1.0, "forward"),
    ]


def test_bands_add_up_before_they_are_rounded(city):
    """15 to 24: ten ages of 121 twelfths are 1210 twelfths, 100.83 persons, so 101."""
    city.population += [("E08000003", date(2024, 6, 30), a, "F", 10) for a in range(15, 25)]
    add(city, 2024, {14: 15, 90: 7})
    city.run()
    # 9 ages of 120 twelfths and age 15 of 10 × 10 + 2 × 15 = 130: 1210.
    assert city.count("4_3_3_vocational", age="15-24")[1] == 101


def test_residents_of_a_ward_by_age_and_deprivation_at_once(city):
    """Aged 25 to 34 are all 12 of 25 (2 of them now 26) and 20 of 24 of 34, in the least deprived fifth: 32.

    Those 4 are 35. In the most deprived fifth it is all 30 of 25. Those of the whole city lie in no ward.
    """
    for year in (2024, 2025):
        add(city, year, {26: 0, 35: 0, 90: 7})
        city.population += [
            ("E01000002", date(year, 6, 30), 25, "F", 12),
            ("E01000002", date(year, 6, 30), 34, "M", 24),
            ("E01000001", date(year, 6, 30), 25, "F", 30),
            ("E08000003", date(year, 6, 30), 30, "F", 500),
        ]
    city.run()
    rows = "select ward, deprivation, persons from core.population_stratum where age = '{}' order by all"
    assert city.rows(rows.format("25-34")) == [("E05000001", "Q1", 30), ("E05000001", "Q5", 32)]
    assert city.rows(rows.format("35-44")) == [("E05000001", "Q5", 4)]
