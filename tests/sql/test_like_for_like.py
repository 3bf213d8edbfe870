"""Figures like for like: of the providers alone that have records in every year."""

from datetime import date

import pytest

COLLEGE, LIBRARY, ACADEMY = "10090001", "10090002", "10090003"
YEARS = ("2022/23", "2023/24", "2024/25")


def attend(city, provider, year, *names, **more):
    start = date(int(year[:4]), 9, 2)
    for name in names:
        city.record(name, provider_id=provider, academic_year=year, start_date=start, **more)


@pytest.fixture
def city(even_city):
    even_city.providers = (COLLEGE, LIBRARY, ACADEMY)
    even_city.kind[LIBRARY] = ("library", "adult and community")
    return even_city


def counts(city, indicator="4_3_1_participation", age="15-64", **cell):
    return [city.count(indicator, age=age, academic_year=year, **cell)[0] for year in YEARS]


def test_t19_a_provider_leaving_changes_the_headline_but_not_like_for_like(city):
    """Acceptance test T19: two learners a year at the college, three at the library until it leaves."""
    for year in YEARS:
        attend(city, COLLEGE, year, "a", "b")
    for year in YEARS[:2]:
        attend(city, LIBRARY, year, "c", "d", "e")
    city.run()
    assert counts(city) == [5, 5, 2]
    assert counts(city, panel="constant") == [2, 2, 2]
    assert city.rows("select provider_id from core.panel") == [(COLLEGE,)]


def test_a_provider_joining_changes_the_headline_but_not_like_for_like(city):
    for year in YEARS:
        attend(city, COLLEGE, year, "a", "b")
    attend(city, LIBRARY, YEARS[2], "c")
    city.run()
    assert counts(city) == [2, 2, 3]
    assert counts(city, panel="constant") == [2, 2, 2]


def test_who_learns_with_both_counts_once_in_all_and_once_like_for_like(city):
    """What makes somebody count must be learned with the panel: the programme is not the college's."""
    number = {"uln": "9276308686"}
    for year in YEARS:
        attend(city, COLLEGE, year, "a", birth_date=date(2004, 9, 1), **number)
    attend(city, LIBRARY, YEARS[2], "z", birth_date=date(2004, 9, 1), isced="35", **number)
    city.run()
    assert city.count("4_3_1_participation", age="15-64") == (1, 50 * 48)
    assert city.count("4_3_1_participation", age="15-64", panel="constant") == (1, 50 * 48)
    assert city.count("4_3_3_vocational", age="15-24")[0] == 1
    assert city.count("4_3_3_vocational", age="15-24", panel="constant")[0] == 0


class TestMergers:
    """The library was taken over by the academy, which has records from the year after."""

    @pytest.fixture
    def merged(self, city):
        city.successor[LIBRARY] = ACADEMY
        for year in YEARS:
            attend(city, COLLEGE, year, "a")
        attend(city, LIBRARY, YEARS[0], "b", "c")
        attend(city, ACADEMY, YEARS[1], "b", "c")
        return city

    def test_providers_that_merged_are_one(self, merged):
        attend(merged, ACADEMY, YEARS[2], "b", "c")
        merged.run()
        assert counts(merged, panel="constant") == [3, 3, 3]

    def test_a_heir_that_ceases_to_report_takes_both_out(self, merged):
        merged.run()
        assert counts(merged, panel="constant") == [1, 1, 1]

    def test_one_that_came_later_takes_its_heir_out(self, city):
        """The academy reports every year; the library, which it takes over, in the second alone."""
        city.successor[LIBRARY] = ACADEMY
        for year in YEARS:
            attend(city, COLLEGE, year, "a")
            attend(city, ACADEMY, year, "b")
        attend(city, LIBRARY, YEARS[1], "c")
        city.run()
        assert counts(city) == [2, 3, 2]
        assert counts(city, panel="constant") == [1, 1, 1]
