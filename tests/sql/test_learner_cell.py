"""The table that all indicators share: whoever is in a category is judged by what they learned in it."""

import pytest

from pipelines.lineage import column_lineage
from pipelines.models import ModelError, read_models
from tests.conftest import OTHER_CITY_POSTCODE
from tests.test_models import BASE, write

VOCATIONAL = "select profile_id from core.activity where isced = '35'"


@pytest.fixture
def city(bench):
    """Ada learns a trade at a college and to sew at a library; Bo is at the college, for a general course."""
    bench.people(range(91), "F", 100)
    bench.kind["10090002"] = ("library", "adult and community")
    bench.record("ada", isced="35", uln="9276308686")
    bench.record("ada", isced="NF", uln="9276308686", provider_id="10090002", setting="community")
    bench.record("bo", isced="34", postcode=OTHER_CITY_POSTCODE)
    bench.run()
    return bench


def persons(city, breakdown, where="true"):
    """Return category → persons."""
    query = f"""select category, sum(persons) from core.learner_cell
        where breakdown = '{breakdown}' and {where} group by category order by category"""
    return {category: int(count) for category, count in city.rows(query)}


def test_a_person_is_in_each_category_of_what_they_learn(city):
    assert persons(city, "_T") == {"_T": 2}
    assert persons(city, "sector") == {"adult and community": 1, "further education": 2}
    assert persons(city, "provider_kind") == {"college": 2, "library": 1}
    assert persons(city, "level") == {"ISCED11_3": 2, "NF": 1}
    assert persons(city, "setting_theme") == {
        "community/essential_skills": 1,
        "institution/essential_skills": 2,
    }


def test_a_person_is_in_one_category_of_where_they_live(city):
    assert persons(city, "deprivation") == {"Q1": 1, "Q5": 1}
    assert persons(city, "decile") == {"D1": 1, "D10": 1}
    assert persons(city, "ward") == {"E05000001": 2}
    assert persons(city, "provision") == {"both": 1, "formal_only": 1}


def test_a_condition_is_about_what_is_learned_in_the_category(city):
    """Ada's trade is learned at the college; at the library she is no vocational learner."""
    vocational = f"profile_id in ({VOCATIONAL})"
    assert persons(city, "_T", vocational) == {"_T": 1}
    assert persons(city, "sector", vocational) == {"further education": 1}
    assert persons(city, "setting", vocational) == {"institution": 1}
    assert persons(city, "deprivation", vocational) == {"Q1": 1}
    assert persons(city, "provision", vocational) == {"both": 1}


def test_the_same_learning_is_the_same_profile_whoever_learns_it(city):
    city.record("cy", isced="34")
    city.run()
    profiles = "select count(distinct profile_id), count(distinct person_id) from core.participation"
    assert city.rows(profiles) == [(2, 3)]


def test_keys_and_bounds_add_up_in_every_breakdown(city):
    whole = city.rows("select sum(key_sum), sum(persons_low) from core.learner_cell where breakdown = '_T'")
    for breakdown in ("deprivation", "decile", "ward", "provision"):
        query = (
            f"select sum(key_sum), sum(persons_low) from core.learner_cell where breakdown = '{breakdown}'"
        )
        assert city.rows(query) == whole


INDICATOR = """-- I. Grain: one row for each cell of core.learner_cell.
select {part}n, id
from core.learner_cell
"""


def test_an_indicator_hands_on_the_columns_of_the_shared_table_and_no_others(tmp_path):
    write(tmp_path, core__learner_cell=BASE, indicators__a=INDICATOR.format(part="'numerator' as part, "))
    (tmp_path / "indicators" / "a.yml").touch()
    models = read_models(tmp_path)
    assert models["indicators.a"].columns["n"] == "How many."
    assert list(models["indicators.counted"].columns) == ["indicator", "part", "n", "id"]
    by_home = INDICATOR.format(part="'numerator' as part, home_id, ")
    write(tmp_path, indicators__b=by_home)
    (tmp_path / "indicators" / "b.yml").touch()
    models = read_models(tmp_path)
    counted = models["indicators.counted"]
    assert counted.columns["home_id"].startswith("Where a cell stands for each breakdown by home")
    assert column_lineage(models)[counted.table]["home_id"] == {"indicators.b.home_id"}
    write(tmp_path, indicators__a=INDICATOR.format(part=""))
    with pytest.raises(ModelError, match=r"indicators\.a: .* differ in part"):
        read_models(tmp_path)
