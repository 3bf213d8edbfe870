"""The page of cold spots: wards under how their interval lies beside 100, the lowest as the headline."""

import io
from dataclasses import replace

import polars as pl
import pytest

from pipelines.disclosure.figures import PUBLISHED_SCHEMA
from pipelines.disclosure.standardised import STRATUM_SCHEMA
from pipelines.indicators.terms import DIMENSIONS
from pipelines.publication.cells import headline_row
from pipelines.publication.change import change_sentence
from pipelines.publication.pages import finding, headline_name
from pipelines.publication.release import contents
from pipelines.publication.table import value_table
from pipelines.publication.tidy_csv import code_lists
from tests.conftest import CATALOGUE, NO_STRATA
from tests.publication.conftest import LINKAGE

COLD_SPOTS = CATALOGUE["local_cold_spots"]
WARDS = {"W1": "Ardwick", "W2": "Brooklands", "W3": "Charlestown", "W4": "Deansgate"}


def ward(code, value, lower, upper, year="2024/25"):
    return {
        **dict.fromkeys(PUBLISHED_SCHEMA), **dict.fromkeys(DIMENSIONS, "_T"), "indicator": "local_cold_spots",
        "academic_year": year, "time_period": int(year[:4]) + 1, "age": "25-64", "ward": code,
        "base_indicator": "4_3_1_participation", "comparison": "_T", "value": value, "lower": lower,
        "upper": upper, "obs_status": "A" if value else "O", "markers": "" if value else "[x]",
        "unit_measure": "PT", "unit_mult": 0, "decimals": 0, "series": COLD_SPOTS.series,
    }  # fmt: skip


@pytest.fixture
def wards(facts):
    rows = [
        ward("W1", 75.0, 61.0, 99.0),
        ward("W2", 80.0, 61.0, 100.0),
        ward("W3", 140.0, 101.0, 180.0),
        ward("W4", None, None, None),
        # Of the year before, when another was lowest, and clearly so.
        ward("W1", 110.0, 100.0, 120.0, "2023/24"),
        ward("W2", 50.0, 40.0, 60.0, "2023/24"),
    ]
    codes = {**facts.codes, "ward": WARDS}
    return pl.DataFrame(rows, schema=PUBLISHED_SCHEMA, orient="row"), replace(facts, codes=codes)


def test_wards_stand_under_how_they_lie_in_the_latest_year(wards):
    published, facts = wards
    table = value_table(COLD_SPOTS, published, facts.codes, "")
    assert table.frame.select("group", "row", "2023/24", "2024/25").rows() == [
        ("Clearly fewer than expected, 2024/25", "Ardwick", "110", "75"),
        ("No clear difference, 2024/25", "Brooklands", "50", "80"),
        ("No clear difference, 2024/25", "Deansgate", "[x]", "[x]"),
        ("Clearly more than expected, 2024/25", "Charlestown", "[x]", "140"),
    ]


def test_the_headline_is_the_lowest_of_the_year(wards):
    published, facts = wards
    lowest = {y: headline_row(COLD_SPOTS, published, y)["ward"] for y in ("2023/24", "2024/25")}
    assert lowest == {"2023/24": "W2", "2024/25": "W1"}
    assert headline_row(COLD_SPOTS, published.filter(ward="W4"), "2024/25") is None
    assert headline_name(COLD_SPOTS) == "Recorded participation in learning, aged 25 to 64, lowest ward"
    assert "75 % of the adults" in finding(COLD_SPOTS, published, facts)


def test_the_lowest_of_two_years_are_not_compared(wards):
    """50 (40 to 60) and 75 (61 to 99) have nothing in common, and are of two wards."""
    published, _ = wards
    assert change_sentence(COLD_SPOTS, published, "2024/25") == ""


def test_wards_are_named_in_the_data_s_description(wards):
    _, facts = wards
    assert code_lists(COLD_SPOTS, facts)["ward"] == WARDS


def test_a_release_has_the_residents_with_whom_wards_are_compared(published, facts, catalogue):
    row = ("2024/25", "25-34", "W1", "Q1", 1234)
    lived_in = replace(facts, strata=pl.DataFrame([row], schema=STRATUM_SCHEMA, orient="row"))
    file = contents(published, LINKAGE, catalogue, lived_in)["data/strata.csv"]
    data = pl.read_csv(io.StringIO(file))
    assert data.select("TIME_DETAIL", "AGE", "WARD", "DEPRIVATION", "PERSONS").rows() == [row]
    assert data["SYNTHETIC"].all()
    assert "data/strata.csv" not in contents(published, LINKAGE, catalogue, replace(facts, strata=NO_STRATA))
