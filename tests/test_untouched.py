"""What is printed of providers who sent nothing new stays as it was, while others revise their year."""

import polars as pl
import pytest

from pipelines.disclosure.ledger import noted
from pipelines.disclosure.rounded import rounded
from pipelines.disclosure.shapes import Shape
from pipelines.releases.reasons import differing_returns
from pipelines.untouched import CATEGORY, untouched, with_kept
from tests.conftest import NO_LEDGER
from tests.disclosure.test_controlled import SHAPE, WHOLE, counts

YEAR = "2024/25"
PROVIDERS = pl.DataFrame(
    [
        ("10", "college", "further education", "10"),
        ("11", "college", "further education", "11"),
        ("12", "museum", "adult and community", "12"),
        ("S1", "school", "schools", "352"),
        ("S2", "school", "schools", "352"),
    ],
    schema=["provider_id", "provider_kind", "sector", "sender_id"],
    orient="row",
)
NOTHING_MERGED = pl.DataFrame(schema=dict.fromkeys(("dimension", "category", "published_as"), pl.String))


def entry(provider, content="0", year=YEAR, collection="ilr"):
    return {"academic_year": year, "collection": collection, "provider": provider, "files": {"f": content}}


def of(provider, collection="ilr"):
    return (YEAR, collection, provider, "")


def alone(*returns, merged=NOTHING_MERGED):
    return set(untouched(PROVIDERS, merged, {YEAR: set(returns)}).select(CATEGORY[1:]).iter_rows())


def test_returns_differ_that_came_changed_or_went():
    then = {"inputs": [entry("10"), entry("11"), entry("12")]}
    now = {"inputs": [entry("10", "1"), entry("12"), entry("352", collection="school_census")]}
    assert set(differing_returns(then, now)) == {of("10"), of("11"), of("352", "school_census")}


def test_a_category_is_untouched_if_all_of_its_providers_are():
    museum = {("provider", "12"), ("sector", "adult and community"), ("provider_kind", "museum")}
    schools = {("provider", "S1"), ("provider", "S2"), ("sector", "schools"), ("provider_kind", "school")}
    assert alone(of("10")) == museum | schools | {("provider", "11")}
    # The local authority sends the returns of both schools.
    colleges = {
        ("provider", "10"),
        ("provider", "11"),
        ("sector", "further education"),
        ("provider_kind", "college"),
    }
    assert alone(of("352", "school_census")) == museum | colleges
    assert alone() == museum | schools | colleges


@pytest.mark.parametrize("collection", ["apprenticeship_service", "common_transfer_file"])
def test_where_one_says_something_of_others_learners_nobody_is_untouched(collection):
    assert alone(of("12", collection)) == set()


def test_others_are_untouched_if_all_that_are_put_together_are():
    merged = pl.DataFrame(
        [("sector", "adult and community", "_O"), ("sector", "schools", "_O")],
        schema=NOTHING_MERGED.schema,
        orient="row",
    )
    assert ("sector", "_O") in alone(of("10"), merged=merged)
    assert ("sector", "_O") not in alone(of("12"), merged=merged)
    assert ("sector", "schools") not in alone(of("10"), merged=merged)


MUSEUM, COLLEGE = ("_T", "_T", "sector", "adult and community"), ("_T", "_T", "sector", "further education")
KEPT = pl.DataFrame([(YEAR, "sector", "adult and community")], schema=CATEGORY, orient="row")


def printed(before, after, kept=KEPT, shapes=None):
    """Return what is printed of the museum and of how many people, after a release of `before`."""
    shapes = shapes or {"t": SHAPE}
    first = counts({WHOLE: 100, MUSEUM: before, COLLEGE: 80}, keys=dict.fromkeys((WHOLE, MUSEUM, COLLEGE), 0))
    ledger = noted(rounded(first, shapes, 5, NO_LEDGER), NO_LEDGER, 5)
    now = counts({WHOLE: 75, MUSEUM: after, COLLEGE: 55}, keys=dict.fromkeys((WHOLE, MUSEUM, COLLEGE), 9))
    found = rounded(with_kept(now, ledger, kept, shapes, 10), shapes, 5, ledger)
    return found.filter(category="adult and community").select("persons", "published").row(0)


def test_one_who_was_erased_from_another_providers_return_is_not_missed():
    """Of 20 in the museum one was erased, while 25 left the college: its 20 stays 20."""
    assert printed(21, 20) == (21, 25)
    assert printed(21, 20, kept=KEPT.clear()) == (20, 20)


def test_many_others_are_printed_anew():
    """By relinking, say: ten people cannot be told from each other."""
    assert printed(30, 20) == (20, 20)
    assert printed(29, 20) == (29, 30)


def test_of_a_category_all_counts_are_kept_or_none():
    """Of 40 in the museum 28 left, of its women nine: their 20 beside 12 of all would not add up."""
    women = ("_T", "F", "sector", "adult and community")
    cells = {WHOLE: 100, MUSEUM: 40, women: 20, COLLEGE: 60}
    shapes = {"t": SHAPE}
    ledger = noted(rounded(counts(cells), shapes, 5, NO_LEDGER), NO_LEDGER, 5)
    now = with_kept(counts({WHOLE: 72, MUSEUM: 12, women: 11, COLLEGE: 60}), ledger, KEPT, shapes, 10)
    assert not now["kept"].any()
    few = with_kept(counts({WHOLE: 97, MUSEUM: 37, women: 17, COLLEGE: 60}), ledger, KEPT, shapes, 10)
    assert few.filter("kept")["category"].to_list() == ["adult and community"] * 2


def test_what_is_kept_yields_where_nothing_adds_up():
    """Wards part everybody: 30 kept in one are too many for the 20 who are left in all."""
    wards = [("_T", "_T", "ward", code) for code in ("E1", "E2")]
    kept = pl.DataFrame([(YEAR, "ward", "E1")], schema=CATEGORY, orient="row")
    shapes = {"t": SHAPE}
    before = counts({WHOLE: 50, wards[0]: 30, wards[1]: 20})
    ledger = noted(rounded(before, shapes, 5, NO_LEDGER), NO_LEDGER, 5)
    now = counts({WHOLE: 21, wards[0]: 21, wards[1]: 0})
    found = rounded(with_kept(now, ledger, kept, shapes, 10), shapes, 5, ledger)
    assert found["persons"].to_list() == [21, 21, 0]
    assert (found["published"] - found["persons"]).abs().max() < 5


def test_who_is_followed_is_not_of_this_years_categories():
    followed = {"t": Shape(SHAPE.bands, follows=("u", 1, "_T", "_T"))}
    assert printed(21, 20, shapes=followed) == (20, 20)


def test_how_a_providers_learners_were_recognised_is_of_the_provider():
    tier, other = (("_T", "_T", "provider_tier", f"{provider}/uln") for provider in ("12", "10"))
    frame = counts({tier: 7, other: 7})
    kept = pl.DataFrame([(YEAR, "provider", "12")], schema=CATEGORY, orient="row")
    ledger = noted(rounded(frame, {"t": SHAPE}, 5, NO_LEDGER), NO_LEDGER, 5)
    assert with_kept(frame, ledger, kept, {"t": SHAPE}, 10)["kept"].to_list() == [True, False]
