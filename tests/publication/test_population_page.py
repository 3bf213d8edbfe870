"""The page on the population: both ways side by side, and which one is used."""

import io
from dataclasses import replace

import polars as pl
import pytest

from pipelines.publication.pages import population_page
from pipelines.publication.population_page import alignment_csv, alignment_table, published_alignment


@pytest.fixture
def aligned(facts):
    ways = [(18, "backward", 100.0, 383.333, 3.83333), (24, "forward", 1200.0, 1180.0, 0.98333)]
    names = ("academic_year", "age", "alignment", "forward", "backward", "ratio")
    table = pl.DataFrame([("2024/25", *way) for way in ways], schema=names, orient="row")
    return replace(facts, alignment=published_alignment(table))


def test_both_ways_and_their_ratio(aligned):
    rows = {row["row"]: row for row in alignment_table(aligned).frame.to_dicts()}
    assert rows["Aged 18"]["group"] == "Backward is used"
    assert [rows["Aged 18"][f"2024/25 {c}"] for c in ("forward", "backward", "ratio")] == [
        "100",
        "383",
        "3.83",
    ]
    assert rows["Aged 24"]["2024/25 forward"] == "1,200"
    assert rows["Aged 20"]["2024/25 ratio"] == "[x]"


def test_the_data_file_has_every_age_and_says_that_it_is_synthetic(aligned):
    data = pl.read_csv(io.StringIO(alignment_csv(aligned)))
    assert data.select("AGE", "ALIGNMENT", "BACKWARD", "RATIO").rows() == [
        (18, "backward", 383.3, 3.833),
        (24, "forward", 1180.0, 0.983),
    ]
    assert data["SYNTHETIC"].all()
    assert aligned.notice in population_page(aligned)
