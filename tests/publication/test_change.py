"""What a headline did since the year before: clear only where the intervals have nothing in common."""

import polars as pl
import pytest

from pipelines.indicators.terms import DIMENSIONS, Point
from pipelines.publication.change import change_sentence, progress_sentence
from pipelines.publication.pages import indicator_page

KEY = "4_1_4_not_found"
"""Is not counted like for like, so that its headline is compared."""


def rows(published, indicator, before, now, **more):
    """Return the headline of two years with these values and ends of their intervals."""
    row = published.filter(indicator=indicator).row(0, named=True) | dict.fromkeys(DIMENSIONS, "_T")
    row |= {"age": "5-10", **more}
    made = [
        row | {"academic_year": year, "value": value, "lower": lower, "upper": upper, "decimals": 1}
        for year, (value, lower, upper) in (("2023/24", before), ("2024/25", now))
    ]
    return pl.DataFrame(made, schema=published.schema)


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ((6.0, 5.1, 7.0), "Higher than in 2023/24 (4.0, now 6.0)."),
        ((6.0, 5.0, 7.0), "No clear change from 2023/24 (4.0, now 6.0)."),
        ((2.0, 1.0, 2.9), "Lower than in 2023/24 (4.0, now 2.0)."),
        ((2.0, 1.0, 3.0), "No clear change from 2023/24 (4.0, now 2.0)."),
        ((None, 1.0, 3.0), ""),
    ],
)
def test_clear_only_where_intervals_are_apart(published, catalogue, now, says):
    """Before: 4.0, from 3.0 to 5.0."""
    table = rows(published, KEY, (4.0, 3.0, 5.0), now)
    assert change_sentence(catalogue[KEY], table, "2024/25") == says


def test_like_for_like_where_it_is_counted_so(published, catalogue):
    """The headline doubles as a provider joins; those that reported before teach as many as ever."""
    key, cell = "4_3_1_participation", {"age": "15-64"}
    table = pl.concat(
        [
            rows(published, key, (10.0, 9.5, 10.5), (20.0, 19.5, 20.5), **cell),
            rows(published, key, (10.0, 9.5, 10.5), (10.2, 9.7, 10.7), panel="constant", **cell),
        ]
    )
    expected = "Like for like, no clear change from 2023/24 (10.0, now 10.2)."
    assert change_sentence(catalogue[key], table, "2024/25") == expected


def test_nothing_is_said_of_a_count(published, catalogue):
    """Its interval covers rounding alone."""
    table = rows(
        published,
        "local_learners",
        (1990.0, 1986.0, 1994.0),
        (2010.0, 2006.0, 2014.0),
        age="_T",
        panel="constant",
    )
    assert change_sentence(catalogue["local_learners"], table, "2024/25") == ""


def test_the_first_year_has_nothing_to_compare_with(published, catalogue):
    assert change_sentence(catalogue[KEY], published, min(published["academic_year"])) == ""


def test_the_page_says_it(published, catalogue, facts):
    table = rows(published, KEY, (4.0, 3.0, 5.0), (6.0, 5.1, 7.0))
    assert "Higher than in 2023/24 (4.0, now 6.0)." in indicator_page(catalogue[KEY], table, facts)


BASELINE = Point(year="2019/20", value=8.0, source="the first release")


@pytest.mark.parametrize(
    ("aim", "way"),
    [
        (4.0, "50 % of the way in 2024/25"),
        (7.0, "200 % of the way in 2024/25"),
        (12.0, "-50 % of the way in 2024/25"),
    ],
)
def test_progress_from_the_baseline_to_the_aim(published, catalogue, aim, way):
    """6.0 now, 8.0 at first: half of the way to 4.0, twice that to 7.0, and away from 12.0."""
    points = {"baseline": BASELINE, "aim": Point(year="2029/30", value=aim, source="the learning strategy")}
    indicator = catalogue[KEY].model_copy(update=points)
    table = rows(published, KEY, (4.0, 3.0, 5.0), (6.0, 5.1, 7.0))
    sentence = progress_sentence(indicator, table, "2024/25")
    assert (
        sentence == f"The city aims at {aim:g} by 2029/30 (the learning strategy), from 8 in 2019/20: {way}."
    )
    no_value = rows(published, KEY, (4.0, 3.0, 5.0), (None, None, None))
    assert "cannot be said for 2024/25" in progress_sentence(indicator, no_value, "2024/25")


def test_without_an_aim_there_is_no_progress(published, catalogue):
    assert progress_sentence(catalogue[KEY], published, "2024/25") == ""
