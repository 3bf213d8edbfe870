"""People who are followed are published in two years: as two numbers they are known to be what both allow."""

from types import SimpleNamespace

import pytest

from pipelines.auditor.followed import followed_twice
from pipelines.auditor.releases import Count
from pipelines.disclosure.relations import Cell, Shape
from tests.disclosure.test_controlled import BANDS

BEFORE, YEAR = "2023/24", "2024/25"
ALL, WOMEN = Cell("_T", "_T", "_T", "_T"), Cell("_T", "F", "_T", "_T")
NON_FORMAL = Cell("_T", "_T", "provision", "nonformal_only")


def release(followed, there, follows, revised=("2024-25/1", "2024-25/1")):
    """Return what is read of a release: who is followed, and who was counted the year before."""
    said = {year: {"revised_in": name} for year, name in zip((BEFORE, YEAR), revised, strict=True)}
    return SimpleNamespace(
        name="2024-25/3",
        method={"base": 5, "protection_interval": 4},
        shapes={"u": Shape(BANDS, follows=follows), "t": Shape(BANDS)},
        manifest={"years": said},
        years={
            YEAR: {("u", "denominator"): {cell: Count(n) for cell, n in followed.items()}},
            BEFORE: {("t", "numerator"): {cell: Count(n) for cell, n in there.items()}},
        },
    )


def found(of):
    return [(e.where.cell, e.least, e.most) for e in followed_twice(of, YEAR, ["2024-25/1", "2024-25/2"])]


def test_seventeen_printed_as_fifteen_and_as_twenty_are_sixteen_to_nineteen():
    of = release({ALL: 20, WOMEN: 10}, {ALL: 15, WOMEN: 10}, ("t", 1, "_T", "_T"))
    assert found(of) == [(ALL, 16, 19)]


def test_where_they_are_a_category_there_only_all_of_it_are_known():
    of = release(
        {ALL: 0, WOMEN: 5}, {NON_FORMAL: 5, ALL: 40, WOMEN: 20}, ("t", 1, "provision", "nonformal_only")
    )
    assert found(of) == [(ALL, 1, 4)]


def test_others_are_the_same_where_the_same_categories_stand_by_themselves():
    college, adult, others = (Cell("_T", "_T", "sector", code) for code in ("college", "adult", "_O"))
    follows = ("t", 1, "_T", "_T")
    assert found(release({college: 30, others: 20}, {college: 30, others: 15}, follows)) == [(others, 16, 19)]
    then = {college: 30, others: 35}
    assert found(release({college: 30, adult: 20, others: 15}, then, follows)) == []


def test_of_another_year_nothing_is_known():
    assert found(release({ALL: 20}, {ALL: 15}, ("t", 2, "_T", "_T"))) == []
    assert found(release({ALL: 20}, {ALL: 15}, None)) == []


@pytest.mark.parametrize(
    ("revised", "known"),
    [
        (("2024-25/1", "2024-25/2"), True),
        # Revised since: who is followed are those of then.
        (("2024-25/2", "2024-25/1"), False),
        # The release itself has no number among those before.
        (("2024-25/3", "2024-25/2"), False),
        (("2024-25/3", "2024-25/3"), True),
    ],
)
def test_a_year_that_was_revised_after_they_were_followed_says_nothing(revised, known):
    of = release({ALL: 20}, {ALL: 15}, ("t", 1, "_T", "_T"), revised)
    assert bool(found(of)) == known
