"""Coverage by hand: two providers of three and one learners, one of which sends nothing the year after."""

from datetime import date

import pytest

A, B, C = "10090001", "10090002", "10090003"


@pytest.fixture
def city(bench):
    for number, provider in enumerate((A, A, A, B)):
        bench.record(f"L{number}", provider_id=provider, academic_year="2023/24", start_date=date(2023, 9, 1))
    bench.record("L0", provider_id=A, academic_year="2024/25", start_date=date(2024, 9, 1))
    return bench


def coverage(bench):
    return {
        (row["academic_year"], row["collection"]): (
            row["returns_expected"],
            row["returns_standing"],
            row["share_of_last_years_learners"],
        )
        for row in bench.table("core.coverage").to_dicts()
    }


def test_the_share_is_of_last_years_learners_whose_sender_reports(city):
    city.missing = {("2024/25", B)}
    city.run()
    found = coverage(city)
    assert found["2023/24", "_T"] == (2, 2, None)
    assert found["2024/25", "_T"] == found["2024/25", "ilr"] == (2, 1, 0.75)


def test_when_all_returns_stand_all_learners_are_covered(city):
    city.run()
    assert coverage(city)["2024/25", "_T"] == (2, 2, 1.0)


def test_a_learner_counts_once_at_a_sender_however_many_courses(city):
    city.record("L3", provider_id=B, academic_year="2023/24", start_date=date(2023, 10, 1))
    city.missing = {("2024/25", B)}
    city.run()
    assert coverage(city)["2024/25", "_T"] == (2, 1, 0.75)


def test_what_is_owed_says_whether_it_stands(city):
    city.missing = {("2024/25", B)}
    city.run()
    owed = city.table("core.expected_return").filter(academic_year="2024/25").sort("sender_id")
    assert owed.select("sender_id", "stands").rows() == [(A, True), (B, False)]


@pytest.fixture
def merged(city):
    """A was merged into B after 2023/24; C has four learners of its own."""
    city.providers, city.last_year, city.successor = (A, B, C), {A: "2023/24"}, {A: B}
    for number in range(4):
        city.record(f"M{number}", provider_id=C, academic_year="2023/24", start_date=date(2023, 9, 1))
    return city


def test_learners_of_a_provider_that_was_taken_over_are_missing_with_its_successors_return(merged):
    merged.missing = {("2024/25", B)}
    merged.run()
    # Four of eight: C's. Without the merger A's three would belong to nobody, and four of five be covered.
    assert coverage(merged)["2024/25", "_T"] == (2, 1, 0.5)
    merged.successor = {}
    merged.run()
    assert coverage(merged)["2024/25", "_T"] == (2, 1, 0.8)


def test_and_covered_when_it_stands(merged):
    merged.missing = {("2024/25", C)}
    merged.run()
    # Four of eight: A's three and B's one.
    assert coverage(merged)["2024/25", "_T"] == (2, 1, 0.5)


def test_while_it_still_owes_a_return_a_provider_answers_itself(merged):
    merged.last_year, merged.missing = {}, {("2024/25", B)}
    merged.run()
    # Seven of eight: all but B's.
    assert coverage(merged)["2024/25", "_T"] == (3, 2, 0.875)


def test_two_mergers_make_a_chain(merged):
    merged.last_year, merged.successor = {A: "2023/24", B: "2023/24"}, {A: B, B: C}
    merged.run()
    assert coverage(merged)["2024/25", "_T"] == (1, 1, 1.0)
    providers = merged.table("core.provider").select("provider_id", "continuing_provider_id")
    assert sorted(providers.rows()) == [(A, C), (B, C), (C, C)]
