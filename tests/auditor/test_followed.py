"""People who are followed are published in two years: as two numbers they are known to be what both allow."""

from types import SimpleNamespace

import pytest

from pipelines.auditor.attack import System
from pipelines.auditor.definitions import Definitions
from pipelines.auditor.followed import followed_counts
from pipelines.auditor.releases import Cell, Count, counts_of
from tests.auditor.test_attack import SHAPE, method_of

BEFORE, YEAR = "2023/24", "2024/25"
ALL, WOMEN = Cell("_T", "_T", "_T", "_T"), Cell("_T", "F", "_T", "_T")
NON_FORMAL = Cell("_T", "_T", "provision", "nonformal_only")


def follows(years, *facts):
    """Return a reading in which `u` follows those who were counted in `t` so many years before."""
    of_u = {"above": ["goes on", *facts], "below": facts, "year": years}
    return Definitions(
        {"indicators": {"u": of_u, "t": {"above": ["learns"]}}, "implies": {"both": ["learns"]}}
    )


LEARNERS = follows(1, "learns")


def release(followed, there, revised=("2024-25/1", "2024-25/1")):
    """Return what is read of a release: who is followed, and who was counted the year before."""
    said = {year: {"revised_in": name} for year, name in zip((BEFORE, YEAR), revised, strict=True)}
    return SimpleNamespace(
        name="2024-25/3",
        method=method_of(SHAPE),
        manifest={"years": said},
        years={
            YEAR: {("u", "denominator"): {cell: Count(n) for cell, n in followed.items()}},
            BEFORE: {("t", "numerator"): {cell: Count(n) for cell, n in there.items()}},
        },
    )


def found(of, definitions=LEARNERS):
    """Return the counts of the later year that are known too well: cell, least and most."""
    beside = followed_counts(of, YEAR, ["2024-25/1", "2024-25/2"], definitions)
    parts = list(System([of], counts_of(of, YEAR) | beside, definitions).apart())
    exposed = [e for part in parts for e in part.exposed(list(part.counts), 4)]
    return [(e.where.cell, e.least, e.most) for e in exposed if e.where.year == YEAR]


def test_seventeen_printed_as_fifteen_and_as_twenty_are_sixteen_to_nineteen():
    assert found(release({ALL: 20, WOMEN: 10}, {ALL: 15, WOMEN: 10})) == [(ALL, 16, 19)]
    assert found(release({ALL: 15, WOMEN: 10}, {ALL: 15, WOMEN: 10})) == []


def test_who_are_a_category_there_are_all_here():
    here = follows(1, "learns", "provision=nonformal_only")
    of = release({ALL: 0, WOMEN: 5}, {NON_FORMAL: 5, ALL: 40, WOMEN: 20})
    assert found(of, here) == [(ALL, 1, 4), (WOMEN, 1, 4)]


def test_others_are_the_same_where_the_same_categories_stand_by_themselves():
    college, adult, others = (Cell("_T", "_T", "sector", code) for code in ("college", "adult", "_O"))
    same = release({college: 30, others: 20}, {college: 30, others: 15})
    assert found(same) == [(others, 16, 19)]
    then = {college: 30, others: 35}
    assert found(release({college: 30, adult: 20, others: 15}, then)) == []


def test_of_another_year_nothing_is_known():
    assert found(release({ALL: 20}, {ALL: 15}), follows(2, "learns")) == []
    assert found(release({ALL: 20}, {ALL: 15}), follows(0, "learns others")) == []


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
    assert bool(found(release({ALL: 20}, {ALL: 15}, revised))) == known
