"""The page on linkage: shares from rounded counts, nothing of small providers, nothing printed as nought."""

import io

import polars as pl
import pytest

from pipelines.disclosure.counts import LINKAGE_PARTS, counts_of_linkage, in_place, shapes_of
from pipelines.disclosure.linkage import LINKAGE_SCHEMA, protect_linkage
from pipelines.disclosure.rounded import rounded
from pipelines.publication.linkage_page import linkage_csv, linkage_table
from pipelines.publication.pages import linkage_page
from tests.conftest import CATALOGUE, NO_LEDGER, POLICY
from tests.publication.conftest import LINKAGE


@pytest.fixture
def rows(facts):
    frame = linkage_table(LINKAGE, facts).frame
    return {(row["group"], row["row"]): row for row in frame.to_dicts()}


def test_shares_are_of_rounded_counts(rows):
    """800 of 1,200 is 66.7 %, 100 is 8.3 %; what rounds to zero and what is not there look alike."""
    year = rows["All providers", "2024/25"]
    assert [year[c] for c in ("Persons", "At least", "At most")] == ["1,200", "1,195", "1,210"]
    assert (year["Learner number"], year["Name and birth date"]) == ("67", "8")
    assert (year["Reference alone"], year["Pupil number"]) == ("[low]", "[low]")


def test_a_small_provider_has_no_shares(rows):
    library = rows["Each provider, 2024/25", "B <b>Library</b>"]
    assert library["Persons"] == "95"
    assert {library[c] for c in ("Learner number", "Pupil number", "Reference alone")} == {"[x]"}


def test_providers_are_those_of_the_last_year_and_years_are_all(rows):
    assert [row for group, row in rows if group == "All providers"] == ["2023/24", "2024/25"]
    assert len(rows) == 4


def test_names_are_escaped_and_the_page_says_that_it_is_synthetic(facts):
    page = linkage_page(LINKAGE, facts)
    assert "B &lt;b&gt;Library&lt;/b&gt;" in page
    assert page.count(facts.notice) >= 3
    assert page == linkage_page(LINKAGE, facts)


def test_no_count_in_the_data_is_nought(facts):
    data = pl.read_csv(io.StringIO(linkage_csv(LINKAGE, facts)))
    assert data["SYNTHETIC"].all()
    assert data.height == LINKAGE.height
    assert (data.select("PERSONS", "PERSONS_LOW", "PERSONS_HIGH").min_horizontal() > 0).all()


def test_a_provider_name_is_no_formula(facts):
    named = LINKAGE.with_columns(provider_name=pl.lit("=HYPERLINK(1)"))
    names = pl.read_csv(io.StringIO(linkage_csv(named, facts)))["PROVIDER_NAME"]
    assert set(names) == {"'=HYPERLINK(1)"}


def test_counts_are_rounded_by_one_draw():
    """Keys 4095 and 0 round 13, 12 and 16 all down to 10, 10 and 15, or all up to 15, 15 and 20."""
    columns = {**LINKAGE_SCHEMA, "cell_key": pl.Int64}
    for key, expected in ((4095, (10, 10, 15)), (0, (15, 15, 20))):
        exact = pl.DataFrame([("2024/25", "_T", None, "_T", 13, 12, 16, key)], schema=columns, orient="row")
        counts = rounded(counts_of_linkage(exact), shapes_of(CATALOGUE, POLICY), 5, NO_LEDGER)
        found = protect_linkage(in_place(exact, counts, LINKAGE_PARTS), POLICY)
        assert found.select("persons", "persons_low", "persons_high").rows() == [expected]
        assert dict(found.schema) == LINKAGE_SCHEMA
