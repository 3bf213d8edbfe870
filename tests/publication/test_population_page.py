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


def test_a_ratio_on_the_page_is_one_that_its_file_has(aligned):
    """1.4648 is published as 1.465, and 1.46 of that: as a binary fraction it would be 1.47."""
    (row, *_) = aligned.alignment
    for ratio, in_file, on_page in ((1.465, "1.465", "1.46"), (1.5, "1.500", "1.50")):
        of_one = replace(aligned, alignment=[row | {"ratio": ratio}])
        assert f",{in_file}," in alignment_csv(of_one)
        assert alignment_table(of_one).frame.filter(row="Aged 18")["2024/25 ratio"].item() == on_page


def test_the_data_file_has_every_age_and_says_that_it_is_synthetic(aligned):
    data = pl.read_csv(io.StringIO(alignment_csv(aligned)))
    assert data.select("AGE", "ALIGNMENT", "BACKWARD", "RATIO").rows() == [
        (18, "backward", 383.3, 3.833),
        (24, "forward", 1180.0, 0.983),
    ]
    assert data["SYNTHETIC"].all()
    assert aligned.notice in population_page(aligned)
