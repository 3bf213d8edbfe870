"""Each indicator by hand, on a handful of people."""

from datetime import date

import pytest

from pipelines.indicators.terms import DIMENSIONS
from tests.conftest import CITY_POSTCODE, ELSEWHERE_POSTCODE, OTHER_CITY_POSTCODE


@pytest.fixture
def city(bench):
    """A city of 12 women and 24 men of each single year of age in deprived areas, 12 women in others."""
    bench.people(range(91), "F", 12)
    bench.people(range(91), "M", 24)
    bench.people(range(91), "F", 12, quintile=5)
    return bench


def born(age):
    """Return a birth date of that academic age in 2024/25."""
    return date(2024 - age, 1, 1)


def test_4_3_1_by_age_sex_and_kind_of_provision(city):
    city.record("a", birth_date=born(15), sex="F")
    city.record("b", birth_date=born(24), sex="M", isced="NF")
    city.record("c", birth_date=born(25), sex="M", isced="NF")
    city.record("c", birth_date=born(25), sex="M", isced="35")
    city.record("d", birth_date=born(64), sex="F", postcode=OTHER_CITY_POSTCODE)
    city.record("e", birth_date=born(65), sex="U")
    city.record("f", birth_date=born(14))  # too young for every band
    city.record("g", birth_date=born(30), postcode=ELSEWHERE_POSTCODE)  # not a resident
    city.run()

    def count(**dimensions):
        return city.count("4_3_1_participation", **dimensions)

    # Ten ages of 48 people each, aligned evenly, are 480; 50 ages are 2,400.
    assert count(age="15-24") == (2, 480)
    assert count(age="25-54") == (1, 1440)
    assert count(age="55-64") == (1, 480)
    assert count(age="15-64") == (4, 2400)
    assert count(age="65+")[0] == 1
    assert count(age="15-64", sex="F") == (2, 1200)
    assert count(age="65+", sex="F")[0] == 0
    kinds = ("formal_only", "nonformal_only", "both")
    assert [count(age="15-64", provision=kind)[0] for kind in kinds] == [2, 1, 1]
    assert count(age="15-64", deprivation="Q5") == (1, 600)
    assert count(age="15-64", deprivation="Q1") == (3, 1800)


def test_4_3_3_counts_vocational_programmes_at_levels_2_to_5(city):
    for reference, isced in enumerate(["25", "35", "45", "55", "34", "6", "9", "NF"]):
        city.record(f"a{reference}", birth_date=born(20), isced=isced)
    city.record("old", birth_date=born(25), isced="35")
    city.run()
    assert city.count("4_3_3_vocational", age="15-24") == (4, 480)
    assert city.count("4_3_1_participation", age="15-24") == (8, 480)


def test_4_2_2_counts_levels_0_and_1_at_age_4(city):
    for reference, isced in enumerate(["01", "02", "1", "NF"]):
        city.record(f"a{reference}", birth_date=born(4), isced=isced)
    city.record("older", birth_date=born(5), isced="1")
    city.run()
    assert city.count("4_2_2_before_primary", age="4") == (3, 48)


def test_t3_reception_as_pre_primary_or_primary_leaves_4_2_2_as_it_is(city):
    """Acceptance test T3, the half that this release publishes."""
    city.record("reception", birth_date=born(4), isced="02")
    city.record("year one early", birth_date=born(4), isced="1")
    city.run()
    assert city.count("4_2_2_before_primary", age="4")[0] == 2


def test_4_1_4_counts_those_found_from_pre_primary_up(city):
    city.record("nursery", birth_date=born(4), isced="02")
    city.record("childminder", birth_date=born(4), isced="01")  # not school
    city.record("club", birth_date=born(9), isced="NF")  # not school
    city.record("primary", birth_date=born(10), isced="1")
    city.record("secondary", birth_date=born(13), isced="24")
    city.record("apprentice", birth_date=born(17), isced="35")
    city.run()
    ages = ("4", "5-10", "11-13", "14-17")
    assert [city.count("4_1_4_not_found", age=a) for a in ages] == [(1, 48), (1, 288), (1, 144), (1, 192)]


def test_t8_participation_and_its_complement_make_the_population(city):
    """Acceptance test T8: recorded and not recorded at 15 to 24 add up to the population."""
    city.record("a", birth_date=born(20))
    city.run()
    recorded, population = city.count("4_3_1_participation", age="15-24")
    assert recorded + (population - recorded) == 480


def test_settings_and_themes_count_a_person_once_in_each_cell(city):
    both = {"setting": "community", "theme": "digital_skills"}
    city.record("a", **both)
    city.record("a", **both)
    city.record("a", setting="family", theme="digital_skills")
    city.record("b", setting="community", theme="arts_and_media", birth_date=None)
    city.record("c", postcode=ELSEWHERE_POSTCODE, **both)
    city.run()

    def count(**dimensions):
        return city.count("local_setting_theme", **dimensions)[0]

    assert count() == 2
    assert count(setting="community") == 2
    assert count(setting="family") == 1
    assert count(setting="workplace") == 0
    assert count(theme="digital_skills") == 1
    assert count(setting="community", theme="digital_skills") == 1


def test_every_cell_is_there_even_where_nobody_is(city):
    city.record("a", postcode=CITY_POSTCODE, birth_date=born(40))
    city.run()
    # Eleven bands: three sexes × four kinds of provision; five fifths and ten tenths of deprivation, the one
    # ward, six sectors, four settings and, of all providers, those that report every year.
    cells = "select count(*) from indicators.observation where indicator = '4_3_1_participation'"
    assert city.rows(cells) == [(11 * (3 * 4 + 5 + 10 + 1 + 6 + 4 + 1),)]
    assert city.count("4_3_3_vocational", age="15-24") == (0, 480)


def test_the_cell_key_is_the_sum_over_distinct_persons(city):
    """Two enrolments of one person add the key once (methodology 6.4, step 2)."""
    city.record("a", birth_date=born(20))
    city.record("a", birth_date=born(20))
    city.record("b", birth_date=born(20))
    city.run()
    keys = [k for (k,) in city.rows("select record_key from identity.rounding_key")]
    assert len(keys) == 2
    observations = city.table("indicators.observation")
    for indicator, age in (("4_3_1_participation", "15-24"), ("local_setting_theme", "_T")):
        cell = dict.fromkeys(DIMENSIONS, "_T") | {"indicator": indicator, "age": age}
        (row,) = observations.filter(**cell).to_dicts()
        assert (row["numerator"], row["cell_key"]) == (2, sum(keys) % 2**40)
