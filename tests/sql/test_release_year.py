"""Which academic years are released, by hand; and that another one changes nothing of those that are."""

from datetime import date

import pytest

from pipelines.release_year import NothingToReleaseError
from pipelines.releases.record import Entry, Step
from tests.conftest import ULN_A

COLLEGE, LIBRARY, ACADEMY, BAKERY = "10090001", "10090002", "10090003", "MCR-101"
OTHERS = (COLLEGE, ACADEMY, BAKERY)
BEFORE, LAST, NEXT = "2023/24", "2024/25", "2025/26"
UPN = "A352999900001"


def attend(city, provider, year, *names, **more):
    start = date(int(year[:4]), 9, 2)
    for name in names:
        city.record(name, provider_id=provider, academic_year=year, start_date=start, **more)


@pytest.fixture
def city(even_city):
    """Two years: four learners at the college, three at the library, two at an academy, one at a baker's."""
    even_city.providers = (COLLEGE, LIBRARY, ACADEMY, BAKERY)
    even_city.kind |= {LIBRARY: ("library", "adult and community"), BAKERY: ("employer", "employer")}
    for year in (BEFORE, LAST):
        attend(even_city, COLLEGE, year, "a", "b", "c", "d")
        attend(even_city, LIBRARY, year, "e", "f", "g")
        attend(even_city, ACADEMY, year, "h", "i")
        attend(even_city, BAKERY, year, "j")
    return even_city


def report_early(city, *names, **more):
    """Have the library, and nobody else, report of the next year."""
    attend(city, LIBRARY, NEXT, *names, **more)
    city.missing |= {(NEXT, provider) for provider in OTHERS}


def years(city, column="is_released"):
    return [
        year
        for (year,) in city.rows(f"select academic_year from core.academic_year where {column} order by 1")
    ]


PUBLISHED = (
    "indicators.observation", "core.reporting", "core.linkage", "core.alignment", "core.population_stratum",
    "core.merged_category", "core.code_list", "core.panel",
)  # fmt: skip
"""Whatever a release is made of."""


def test_an_early_return_of_the_next_year_changes_nothing_that_is_published(city):
    """Of 13 learners the library's four are 31 %: the year waits. It has what indicators over years look for.

    A pupil moves from the last grade of primary education to the next, somebody from non-formal learning to a
    course, somebody achieves a qualification, and one is new, in a setting of their own.
    """
    # Estimates of the residents of that year are there already.
    city.population += [
        (area, date(2026, 6, 30), *counted) for area, day, *counted in city.population if day.year == 2025
    ]
    attend(city, LIBRARY, LAST, "q", isced="NF")
    attend(city, ACADEMY, LAST, "p", "r", isced="1", intended_age=10, birth_date=date(2014, 1, 1))
    city.run()
    before = {table: sorted(map(repr, city.table(table).rows())) for table in PUBLISHED}
    assert before["core.panel"] == sorted(repr((provider,)) for provider in city.providers)
    report_early(city, "p", isced="24", intended_age=11, birth_date=date(2014, 1, 1), upn=UPN)
    attend(city, LIBRARY, NEXT, "q")
    attend(city, LIBRARY, NEXT, "e", outcome="achieved")
    attend(city, LIBRARY, NEXT, "z", isced="6", setting="family", theme="digital_skills")
    city.run()
    assert years(city) == [BEFORE, LAST]
    for table in PUBLISHED:
        assert sorted(map(repr, city.table(table).rows())) == before[table], table
    # Analysts see what has come.
    assert city.rows(f"select count(*) from core.enrolment where academic_year = '{NEXT}'") == [(4,)]


def test_like_for_like_stays_what_it_was(city):
    report_early(city, "e")
    city.run()
    panel = [
        city.count("local_learners", age="_T", panel="constant", academic_year=year)[0]
        for year in (BEFORE, LAST)
    ]
    assert panel == [10, 10]


def test_categories_are_not_put_together_because_of_an_early_return(city):
    """Three charities have learners; in the next year one alone, which could be told by it.

    The employer's one learner stands with the six of two colleges in either case: seven are the charities'.
    """
    city.providers += ("10090004", "10090005")
    city.kind |= dict.fromkeys((LIBRARY, "10090004", "10090005"), ("charity", "adult and community"))
    for year in (BEFORE, LAST):
        for provider in ("10090004", "10090005"):
            attend(city, provider, year, "k", "l")
    report_early(city, "e")
    city.missing |= {(NEXT, "10090004"), (NEXT, "10090005")}
    merged = "select category from core.merged_category where dimension = 'provider_kind' order by 1"
    city.run()
    assert city.rows(merged) == [("college",), ("employer",)]
    city.release_year = NEXT
    city.run()
    assert city.rows(merged) == [("charity",), ("college",), ("employer",)]


def test_who_is_who_in_a_released_year_is_not_found_out_from_one_that_is_not(city):
    """Two records of 2024/25, one under a learner and one under a pupil number; an early one has both."""
    attend(city, COLLEGE, LAST, "m", uln=ULN_A)
    attend(city, ACADEMY, LAST, "n", upn=UPN)
    report_early(city, "o", uln=ULN_A, upn=UPN)
    found = "select count(distinct person_id) from core.participation where academic_year = '2024/25'"
    city.run()
    assert city.rows(found) == [(12,)]
    assert city.rows("select count(*), count(distinct record_id) from identity.person_link") == [(23, 23)]
    # The early record is one of the two's: whose key it has, a person's earliest record says.
    early = "select person_id from core.participation where academic_year = '2025/26'"
    known = "select person_id from core.participation where academic_year = '2024/25'"
    assert city.rows(f"select count(*) from ({early} intersect {known})") == [(1,)]
    city.release_year = NEXT
    city.run()
    assert city.rows(found) == [(11,)]


def test_indicators_that_follow_persons_are_counted_once_the_year_is_released(city):
    attend(city, COLLEGE, NEXT, "a", "b", "c", "d")
    attend(city, LIBRARY, NEXT, "e", "f", "g")
    attend(city, ACADEMY, NEXT, "h")
    city.missing = {(NEXT, BAKERY)}
    city.run()
    assert years(city) == [BEFORE, LAST, NEXT]
    assert city.count("local_learning_on", age="_T", academic_year=NEXT) == (8, 10)


class TestEnoughHasCome:
    """Of last year's learners the college has 40 %, the library 30 %, the academy 20 %, the baker's 10 %."""

    @pytest.mark.parametrize(
        ("missing", "released"),
        [
            # 80 % are enough, 70 are not; three returns of four are more than half.
            ({ACADEMY}, True),
            ({BAKERY}, True),
            ({LIBRARY}, False),
            ({COLLEGE, LIBRARY, ACADEMY}, False),
        ],
    )
    def test_a_years_returns_stand_for_four_in_five_of_last_years_learners(self, city, missing, released):
        attend(city, next(p for p in city.providers if p not in missing), NEXT, "a")
        city.missing = {(NEXT, provider) for provider in missing}
        city.run()
        assert (NEXT in years(city)) == released

    def test_one_return_of_many_learners_is_not_a_year(self, city):
        """The college's 46 of 52 are 88 % of learners, and one return of four."""
        attend(city, COLLEGE, LAST, *(f"x{n}" for n in range(42)))
        attend(city, COLLEGE, NEXT, "a")
        city.missing = {(NEXT, provider) for provider in city.providers if provider != COLLEGE}
        city.run()
        assert years(city) == [BEFORE, LAST]

    def test_more_than_half_of_what_is_owed(self, city):
        """Two returns of four are not; 49 of 52 learners are 94 %."""
        attend(city, COLLEGE, LAST, *(f"x{n}" for n in range(42)))
        attend(city, COLLEGE, NEXT, "a")
        city.missing = {(NEXT, ACADEMY), (NEXT, BAKERY)}
        city.run()
        assert years(city) == [BEFORE, LAST]
        city.missing = {(NEXT, BAKERY)}
        city.run()
        assert years(city) == [BEFORE, LAST, NEXT]

    def test_a_year_after_an_early_one_is_not_measured_by_it_alone(self, city):
        """The library reports of the last two years, alone: of all learners of the year between, its own."""
        city.records = [r for r in city.records if r["academic_year"] == BEFORE]
        attend(city, LIBRARY, LAST, "e")
        report_early(city, "e")
        city.missing |= {(LAST, provider) for provider in OTHERS}
        city.run()
        coverage = "select share_of_last_years_learners from core.coverage where academic_year = '2025/26'"
        assert city.rows(f"{coverage} and collection = '_T'") == [(1.0,)]
        assert years(city) == [BEFORE]


class TestFirstYear:
    """A first year has no share of last year's learners."""

    @pytest.fixture
    def first(self, even_city):
        even_city.providers = (COLLEGE, LIBRARY, ACADEMY)
        attend(even_city, LIBRARY, LAST, "e", "f")
        return even_city

    def test_it_is_released_once_more_than_half_of_what_is_owed_stands(self, first):
        first.missing = {(LAST, COLLEGE)}
        first.run()
        assert years(first) == [LAST]

    def test_the_first_file_ever_makes_no_release(self, first):
        first.missing = {(LAST, COLLEGE), (LAST, ACADEMY)}
        with pytest.raises(
            NothingToReleaseError, match=r"2024/25 waits: 1 of the 3 returns that are owed stands"
        ):
            first.run()

    def test_unless_the_city_says_so(self, first):
        first.missing = {(LAST, COLLEGE), (LAST, ACADEMY)}
        first.release_year = LAST
        first.run()
        assert years(first) == years(first, "is_compared") == [LAST]
        assert first.count("local_learners", age="_T", panel="constant")[0] == 2

    def test_an_early_file_before_the_first_year_is_not_released_either(self, first):
        """One library's old file: its year is none of the release, and takes nobody out of the panel."""
        attend(first, LIBRARY, BEFORE, "e")
        attend(first, COLLEGE, LAST, "a")
        first.missing = {(BEFORE, COLLEGE), (BEFORE, ACADEMY)}
        first.run()
        assert years(first) == [LAST]
        assert first.count("local_learners", age="_T", panel="constant")[0] == 3


class TestFromTheFirstReleasedYear:
    """The library alone reports of the year before the first that is released: nobody is followed from it."""

    @pytest.fixture
    def late(self, even_city):
        even_city.providers = (COLLEGE, LIBRARY, ACADEMY)
        even_city.missing = {(BEFORE, COLLEGE), (BEFORE, ACADEMY)}
        for year in (LAST, NEXT):
            attend(even_city, COLLEGE, year, "a")
        return even_city

    def test_who_learned_then_does_not_learn_on(self, late):
        attend(late, LIBRARY, BEFORE, "e")
        attend(late, LIBRARY, LAST, "e")
        late.run()
        assert years(late) == [LAST, NEXT]
        assert late.count("local_learning_on", age="_T", academic_year=LAST) == (0, 0)
        assert late.count("local_learning_on", age="_T", academic_year=NEXT) == (1, 2)

    def test_nor_moves_into_formal_learning(self, late):
        attend(late, LIBRARY, BEFORE, "e", isced="NF")
        attend(late, LIBRARY, LAST, "e")
        late.run()
        assert late.count("local_into_formal_learning", age="19+", academic_year=NEXT) == (0, 0)

    def test_nor_makes_the_transition(self, late):
        pupil = {"birth_date": date(2013, 1, 1)}
        attend(late, LIBRARY, BEFORE, "e", isced="1", intended_age=10, **pupil)
        attend(late, LIBRARY, LAST, "e", isced="24", intended_age=11, **pupil)
        late.run()
        assert late.count("uis_transition", age="_T", academic_year=LAST) == (0, 0)

    def test_nearly_everybody_would_be_new_in_the_first_released_year(self, late):
        """Who learned with the library before is not new in the year after, though: the record is there."""
        attend(late, LIBRARY, BEFORE, "e")
        attend(late, LIBRARY, NEXT, "e", "f")
        late.run()
        assert late.count("local_new_learners", age="19+", academic_year=LAST) == (0, 0)
        assert late.count("local_new_learners", age="19+", academic_year=NEXT) == (1, 3)


def was_published(city, year):
    city.pipeline.shelf.record.add(Entry(Step.PUBLISHED, f"{year.replace('/', '-')}/1", "Ada", ""))


def nothing_owed(city):
    """Take away the list of the returns that are owed."""
    city.last_year = dict.fromkeys(city.providers, "2017/18")


@pytest.mark.parametrize(
    ("learners", "released"), [("efghi", [BEFORE, LAST]), ("efghij", [BEFORE, LAST, NEXT])]
)
def test_without_a_list_of_what_is_owed_a_year_needs_more_than_half_of_the_learners_before(
    city, learners, released
):
    """Ten learned in the year before: five are half of them, and six are more."""
    nothing_owed(city)
    attend(city, LIBRARY, NEXT, *learners)
    city.run()
    assert years(city) == released


def test_a_year_that_was_published_stays_released_when_returns_of_it_are_withdrawn(city):
    """Of 2025/26 the library's return alone stands, 30 %: figures are withheld, and no release goes back."""
    report_early(city, "e", "f", "g")
    was_published(city, NEXT)
    city.run()
    assert years(city) == [BEFORE, LAST, NEXT]
    assert years(city, "is_sufficient") == [BEFORE, LAST]


def test_of_a_year_before_the_last_sufficient_it_says_nothing(city):
    was_published(city, BEFORE)
    city.run()
    assert years(city) == [BEFORE, LAST]


class TestReleaseYear:
    """The city's word goes before what has come."""

    def test_of_an_earlier_year(self, city):
        city.release_year = BEFORE
        city.run()
        assert years(city) == [BEFORE]

    def test_of_one_of_which_little_has_come(self, city):
        """Its figures are withheld, as returns of 30 % stand; like for like of the others rests on theirs."""
        report_early(city, "e")
        city.release_year = NEXT
        city.run()
        assert years(city) == [BEFORE, LAST, NEXT]
        assert years(city, "is_compared") == [BEFORE, LAST]
        assert city.count("local_learners", age="_T", panel="constant", academic_year=LAST)[0] == 10
        told = (
            "select distinct academic_year from indicators.observation where breakdown = 'panel' order by 1"
        )
        assert city.rows(told) == [(BEFORE,), (LAST,)]


def test_a_year_between_of_which_too_little_has_come_takes_nobody_out_of_the_panel(even_city):
    """The college's return of 2024/25 is missing: its figures are withheld, like for like is of others."""
    even_city.providers = (COLLEGE, LIBRARY)
    for year in (BEFORE, NEXT):
        attend(even_city, COLLEGE, year, "a", "b", "c")
    for year in (BEFORE, LAST, NEXT):
        attend(even_city, LIBRARY, year, "e", "f")
    even_city.missing = {(LAST, COLLEGE)}
    even_city.run()
    assert years(even_city) == [BEFORE, LAST, NEXT]
    assert years(even_city, "is_compared") == [BEFORE, NEXT]
    assert even_city.count("local_learners", age="_T", panel="constant", academic_year=NEXT)[0] == 5
