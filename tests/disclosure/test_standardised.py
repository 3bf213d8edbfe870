"""Wards beside what would be expected of them, against hand calculations."""

import polars as pl
import pytest

from pipelines.disclosure.audit import underivable_cells
from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.standardised import STRATUM_SCHEMA, Stratum, ratio_to_expected, strata_of
from tests.conftest import CATALOGUE
from tests.disclosure.test_protect import ROUNDS_UP, observation, publish

COLD_SPOTS = CATALOGUE["local_cold_spots"]
RULES = Policy()
YOUNG, OLD = Stratum(1000, 1000, 10_000), Stratum(500, 2000, 10_000)
"""1,000 people of whom a tenth would learn, and 500 of whom a fifth would: 200 are expected."""
WARD, OTHER = "E05011350", "E05011351"


def test_the_city_s_rates_make_the_expected_count():
    """150 of 200 is 75 %; rounding moves what is expected by 1,000 x 4 / 10,000 + 500 x 4 / 10,000 = 0.6.

    Byar of 146: 146 (1 - 1/1314 - 1.96/(3 x 12.083))^3 = 146 x 0.94517^3 = 123.3, over 200.6: 61.
    Byar of 154: 155 (1 - 1/1395 + 1.96/(3 x 12.450))^3 = 155 x 1.05176^3 = 180.3, over 199.4: 90.
    """
    figure = ratio_to_expected(COLD_SPOTS, 150, [YOUNG, OLD], RULES)
    assert (figure.lower, figure.value, figure.upper) == (61, 75, 90)
    assert (figure.markers, figure.obs_status) == ("", "A")


def test_who_does_as_the_city_does_has_a_hundred_whatever_the_ages():
    for strata, count in (([YOUNG], 100), ([OLD], 100), ([YOUNG, OLD, OLD], 300)):
        assert ratio_to_expected(COLD_SPOTS, count, strata, RULES).value == 100


@pytest.mark.parametrize(
    ("observed", "strata", "markers"),
    [
        (None, [YOUNG], "[x]"),
        (100, [], "[x]"),
        (100, [YOUNG, Stratum(1, None, 100)], "[x]"),
        (100, [YOUNG, Stratum(1, 5, None)], "[x]"),
        (100, [YOUNG, Stratum(1, 0, 0)], "[x]"),
        # 105 of 10,000 in 1,000: 10.5, from which rounding can take 0.4; of 100 it is 10, and then 9.6.
        (10, [Stratum(1000, 105, 10_000)], "[u]"),
        (10, [Stratum(1000, 100, 10_000)], "[x]"),
        # Of 100: 4 above and 0.4 below the line are 4.4 points; of 80 it is (4 + 0.4) / 80 = 5.5.
        (100, [YOUNG], ""),
        (80, [Stratum(1000, 800, 10_000)], "[u]"),
        (0, [YOUNG], "[low]"),
    ],
    ids=[
        "withheld", "nobody lives there", "a rate withheld", "no population", "an empty one", "ten expected",
        "fewer than ten", "rounding moves it by less than five points", "by more", "rounds to zero",
    ],
)  # fmt: skip
def test_what_is_too_little_is_marked(observed, strata, markers):
    figure = ratio_to_expected(COLD_SPOTS, observed, strata, RULES)
    assert figure.markers == markers
    assert (figure.value is None) == (markers in ("[x]", "[low]"))


def test_few_counted_have_no_lower_end():
    """Of 10 counted, 6 may be there: below ten, where Byar's interval does not hold."""
    assert ratio_to_expected(COLD_SPOTS, 10, [YOUNG], RULES).lower == 0


def strata(*rows):
    return pl.DataFrame(rows, schema=STRATUM_SCHEMA, orient="row")


LIVING = strata(
    ("2024/25", "25-34", WARD, "Q1", 1000),
    ("2024/25", "35-44", WARD, "Q2", 500),
    ("2024/25", "25-34", OTHER, "Q2", 2000),
    # Of a year without figures, and nobody.
    ("2023/24", "25-34", WARD, "Q1", 9999),
    ("2024/25", "45-54", WARD, "Q5", 0),
)


def published():
    """City: at 25 to 34 10 % in Q1, 15 % in Q2; at 35 to 44 20 % in Q2. Expected: 200, and 300."""
    return publish(
        observation(age="25-34", deprivation="Q1", numerator=1000, denominator=10_000),
        observation(age="25-34", deprivation="Q2", numerator=1500, denominator=10_000),
        observation(age="35-44", deprivation="Q2", numerator=2000, denominator=10_000),
        # Drawn up to 150 and down to 330; the last is not in the age band that is compared.
        observation(age="25-64", ward=WARD, numerator=147, denominator=1500, key=ROUNDS_UP),
        observation(age="25-64", ward=OTHER, numerator=333, denominator=2000),
        observation(age="25-34", ward=OTHER, numerator=50, denominator=2000),
        observation(age="25-64", numerator=4500, denominator=30_000),
        strata=LIVING,
    )


def test_it_is_published_for_each_ward_from_protected_counts():
    rows = published().filter(indicator="local_cold_spots")
    assert dict(rows.select("ward", "value").rows()) == {WARD: 75, OTHER: 110}
    assert set(rows["age"]) == {"25-64"}
    assert set(rows["base_indicator"]) == {"4_3_1_participation"}


def test_the_audit_finds_a_ratio_that_does_not_follow():
    right = published()
    assert underivable_cells(right, CATALOGUE, RULES, Coverage(), LIVING) == 0
    of_it = pl.col("indicator") == "local_cold_spots"
    spoilt = right.with_columns(pl.when(of_it).then(pl.col("value") + 1).otherwise("value").alias("value"))
    assert underivable_cells(spoilt, CATALOGUE, RULES, Coverage(), LIVING) == 2
    assert underivable_cells(right, CATALOGUE, RULES, Coverage(), LIVING.filter(ward=WARD)) == 1


def test_a_release_has_the_residents_of_the_ages_that_are_standardised():
    more = strata(("2024/25", "5-10", WARD, "Q1", 7), ("2024/25", "55-64", WARD, "Q1", 3))
    population = pl.concat([more, LIVING]).with_columns(other=pl.lit("left out"))
    kept = strata_of(population, CATALOGUE)
    assert dict(kept.schema) == STRATUM_SCHEMA
    assert set(kept["age"]) == {"25-34", "35-44", "45-54", "55-64"}
