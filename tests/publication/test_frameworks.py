"""What other frameworks ask for: the right cell of the right indicator, and nothing beside it."""

import csv
import io

import polars as pl
import pytest

from pipelines.indicators.not_measured import read_not_measured
from pipelines.publication.frameworks import frameworks_csv
from pipelines.publication.pages import indicator_page
from tests.conftest import CATALOGUE, REPOSITORY, SHARED


def table(published, facts):
    return pl.read_csv(io.StringIO(frameworks_csv(published, CATALOGUE, facts)))


def test_a_feature_is_the_cell_that_it_asks_for(published, facts):
    """Key Feature 2.1.5 is the parity of the most to the least deprived; ISO 6.1 that of girls."""
    rows = {row["CODE"]: row for row in table(published, facts).to_dicts()}
    assert rows["2.1.5"]["CELL"] == "base_indicator 4_3_1_participation, age 15-64, comparison Q1/Q5"
    assert rows["6.1"]["CELL"] == "age 5-17, sex F"
    assert rows["2.1.3"]["CELL"] == "age 25-64"
    assert rows["2.1.3"]["INDICATOR"] == "4_3_1_participation"


def test_values_are_the_published_ones_and_what_is_not_there_says_so(published, facts, catalogue):
    """The fixture publishes 18.6 % at 15 to 64, in both years, and no figure at 25 to 64."""
    indicator = catalogue["4_3_1_participation"]
    of_headline = indicator.serves[0].model_copy(update={"cell": {}})
    only = {indicator.key: indicator.model_copy(update={"serves": (of_headline,)})}
    rows = pl.read_csv(io.StringIO(frameworks_csv(published, only, facts))).to_dicts()
    assert (rows[0]["OBS_VALUE"], rows[0]["PREVIOUS_VALUE"], rows[0]["OBS_STATUS"]) == (18.6, 18.6, "D")
    absent = {row["CODE"]: row for row in table(published, facts).to_dicts()}["2.1.3"]
    assert (absent["OBS_VALUE"], absent["MARKERS"]) == (None, "[x]")


def test_the_page_names_the_framework_and_what_is_not_confirmed(published, facts, catalogue):
    rows = published.filter(indicator="4_3_1_participation")
    page = indicator_page(catalogue["4_3_1_participation"], rows, facts)
    assert "2.1.3 Participation in adult learning and education (number and wording not confirmed)" in page


EMITTED = {
    "sdg_4_1_2": "4_1_2_completion", "uis_4_1_3": "4_1_3_gross_intake", "uis_4_1_4": "4_1_4_not_found",
    "uis_4_1_5": "4_1_5_over_age", "sdg_4_2_2": "4_2_2_before_primary", "uis_4_2_4_a_net": "4_2_4_net",
    "uis_4_2_4_b_net": "4_2_4_net", "uis_4_2_4_a_gross": "4_2_4_gross", "uis_4_2_4_b_gross": "4_2_4_gross",
    "sdg_4_3_1": "4_3_1_participation", "uis_4_3_2": "4_3_2_tertiary", "uis_4_3_3": "4_3_3_vocational",
    "loc_qual_gained": "local_first_qualification", "sdg_4_5_1": "4_5_1_parity", "loc_4_5_1": "4_5_1_parity",
    "loc_sii": "local_gradient", "loc_basic_skills": "local_basic_skills",
    "loc_net": "local_not_in_education",
    "loc_women_stem": "local_women_in_stem", "loc_persons_by_sector": "local_learners",
    "loc_commute_out": "local_learning_elsewhere", "loc_commute_in": "local_learning_here_from_elsewhere",
    "loc_multi_sector": "local_several_sectors", "loc_achievement_rate": "local_achievement",
    "loc_community_learning": "local_community_learning",
}  # fmt: skip
"""Beginning of a row's key in the list of indicators → the indicator that is it."""


@pytest.fixture(scope="module")
def listed():
    file = SHARED / "indicators.csv"
    if not file.exists():
        pytest.skip("the city's list of indicators is not on this machine")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_indicator_of_the_citys_list_is_there_or_listed_with_the_reason(listed):
    """57 are computed, each by the indicator of its code or as a feature that one serves; 19 are listed."""
    served = {s.code: key for key, i in CATALOGUE.items() for s in i.serves}
    computed, left_out = [r for r in listed if r["emit"] == "yes"], [r for r in listed if r["emit"] == "no"]
    assert (len(computed), len(left_out)) == (57, 19)
    for row in computed:
        code = row["official_code"].removeprefix("KF ")
        found = [key for start, key in EMITTED.items() if row["key"].startswith(start)]
        key = found[0] if found else served[code]
        assert key in CATALOGUE, row["key"]
        if row["uis_id"] and row["framework"].startswith("SDG") and "GPIA" not in row["uis_id"]:
            assert row["uis_id"] in {age.uis for age in CATALOGUE[key].ages}, row["key"]
    assert len(read_not_measured(REPOSITORY / "sql", CATALOGUE)) == len(left_out)


def test_units_and_series_are_those_of_the_citys_list(listed):
    for row in listed:
        found = [key for start, key in EMITTED.items() if row["key"].startswith(start)]
        if row["emit"] != "yes" or not found or row["key"].startswith(("sdg_4_5_1", "loc_4_5_1")):
            continue
        indicator = CATALOGUE[found[0]]
        assert indicator.unit_measure == row["unit_measure"], row["key"]
        if row["unsd_series"]:
            assert indicator.series == row["unsd_series"], row["key"]
