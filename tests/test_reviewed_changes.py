"""What a reviewer reads of changes: every headline, one row an indicator, in words."""

from dataclasses import replace

import polars as pl
import pytest

from pipelines.publication.review_page import Review, review_page
from pipelines.releases.differences import Change
from pipelines.releases.reasons import REGROUPED, Reason
from pipelines.reviewed_changes import ReviewedChanges
from tests.conftest import CATALOGUE, protected
from tests.publication.conftest import TYPES
from tests.releases.test_differences import LATER, NOW, PARTICIPATION

OF_COLLEGE = (Reason.CORRECTION, "10, ilr, 2024/25")
CHANGES = [
    Change(PARTICIPATION, "2024/25", "age 15-64, sex M", "16.2", "18.2", 100, *OF_COLLEGE),
    Change(PARTICIPATION, "2024/25", "age 15-64", "18.6", "19.6", 100, *OF_COLLEGE),
    Change(PARTICIPATION, "2023/24", "age 15-64", "18.0", "19.0", 90, *OF_COLLEGE),
    Change("local_learners", "2024/25", "ward E05000001", "1995", "2050", 55, *OF_COLLEGE),
    Change("local_learners", "2024/25", "place city", "1000", "1050", 50, *OF_COLLEGE),
    Change("local_retention", "2024/25", "age 19+", "86 [u]", "[c]", -5, *OF_COLLEGE),
    Change("4_5_1_parity", "2024/25", f"age 15-64, of {PARTICIPATION}, compared F/M", "1.23", "1.13", None,
           Reason.DEFINITION, "4_5_1_parity"),
    Change("no_longer_there", "2024/25", "all", "12", "", -10, *OF_COLLEGE),
    Change("local_learners", "2024/25", "all", "[low]", "[low]", 0, *OF_COLLEGE),
]  # fmt: skip


@pytest.fixture(scope="module")
def published():
    return protected(pl.DataFrame(NOW, schema=TYPES))


@pytest.fixture(scope="module")
def reviewed(published):
    return ReviewedChanges.of(CHANGES, CATALOGUE, LATER, published, {"10": "A College"})


def test_every_changed_headline_of_the_year_is_there_derived_ones_too(reviewed):
    assert [(row["indicator"], row["before"], row["after"]) for row in reviewed.headlines] == [
        (PARTICIPATION, "18.6", "19.6"), ("4_5_1_parity", "1.23", "1.13"),
    ]  # fmt: skip


def test_of_people_there_is_one_change_of_each_other_indicator_the_largest(reviewed):
    assert [(row["label"], row["people"]) for row in reviewed.people] == [
        (CATALOGUE[PARTICIPATION].label, "+100"), (CATALOGUE["local_learners"].label, "+55"),
        (CATALOGUE["local_retention"].label, "-5"), ("no_longer_there", "-10"),
    ]  # fmt: skip


def test_of_values_the_largest_comes_first_without_counts_and_what_is_unreliable(reviewed):
    assert [(row["before"], row["after"]) for row in reviewed.values] == [("16.2", "18.2"), ("18.0", "19.0")]


def test_numbers_places_and_providers_are_said_in_words(reviewed):
    row = reviewed.people[1]
    assert (row["before"], row["after"], row["place"]) == ("1,995", "2,050", "2024/25, A Ward & Moor")
    assert row["returns"] == "A College, ilr, 2024/25"
    assert "age 15-64, Recorded participation in learning, compared F/M" in reviewed.headlines[1]["place"]


def test_what_readers_do_not_see_is_counted_apart(reviewed):
    assert (reviewed.total, reviewed.seen) == (9, 8)
    assert reviewed.reasons == {"correction": 8, "definition": 1}


def test_what_is_newly_withheld_says_what_it_was(reviewed):
    label = CATALOGUE["local_retention"].label
    assert reviewed.newly == [("[c]", [f"{label}, 2024/25, age 19+: was 86 [u]"])]
    assert {marker for marker, _ in reviewed.markers} == {"[u]", "[c]"}


def page(reviewed, **more):
    audit = "Audit of release 2024-25/2.1: SAFE\nNothing stands in the way of publication.\n"
    said = {"name": "2024-25/2.1", "previous": "2024-25/1", "audit": audit, "changes": reviewed} | more
    return review_page(Review(**said), LATER)


def test_the_page_asks_to_sign_at_its_end_and_says_what_it_is_of(reviewed):
    text = page(
        reviewed,
        waiting=["A College, 2024-25: held."],
        warnings=[("Rates are at most 100.", 149, "Rate (2024/25)")],
    )
    assert "Invented people: every page says so" in text
    assert "2024-25/2.1: candidate 1 for release 2024-25/2" in text
    assert "Readers see 8 otherwise than before; of 1 more, only what is behind them differs" in text
    assert "Rows that break this: 149, of Rate (2024/25)." in text
    assert text.index("Checks that warned</h2>") < text.index("learning-indicators approve 2024-25/2.1")
    assert 'href="release/manifest.json"' in text
    assert "NOT SAFE" not in text
    assert "NOT SAFE: do not publish it" in page(reviewed, audit="Audit of release 2024-25/2.1: NOT SAFE\n")


def test_returns_that_differ_are_listed_with_the_days_on_which_they_were_prepared_and_came(reviewed):
    text = page(reviewed, returns=[("A College, ilr, 2024/25", "late return", "2025-10-06", "2025-11-02")])
    cells = ("A College, ilr, 2024/25", "late return", "2025-10-06", "2025-11-02")
    assert all(f">{cell}</t" in text for cell in cells)
    assert "Returns that are new, corrected or withdrawn" not in page(reviewed)


def test_figures_of_categories_that_are_put_together_otherwise_are_counted_and_not_listed(published):
    regrouped = replace(CHANGES[3], reason=Reason.DEFINITION, returns=REGROUPED)
    reviewed = ReviewedChanges.of([regrouped, CHANGES[4]], CATALOGUE, LATER, published, {})
    assert reviewed.regrouped == 1
    assert [row["people"] for row in reviewed.people] == ["+50"]
    assert "1 figures differ because categories are put together otherwise" in page(reviewed)


def test_of_several_returns_a_row_names_the_first(published):
    several = replace(CHANGES[4], returns="10, ilr, 2024/25; 11, ilr, 2024/25; 12, ilr, 2024/25")
    (row,) = ReviewedChanges.of([several], CATALOGUE, LATER, published, {"10": "A College"}).people
    assert row["returns"] == "A College, ilr, 2024/25, and 2 more"


def test_what_an_outsider_could_learn_of_few_is_on_it(reviewed):
    text = page(reviewed, learned={"2023/24": ["local_learners, sex F: -5"], "2022/23": []})
    assert "local_learners, sex F: -5" in text
    assert "no published count moved" in text
