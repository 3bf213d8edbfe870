"""Figures made of other figures, against hand calculations."""

import polars as pl
import pytest

from pipelines.disclosure.audit import underivable_cells
from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.derived import expectancy_of, gradient_of
from pipelines.disclosure.policy import Policy
from tests.conftest import CATALOGUE, NO_STRATA
from tests.disclosure.test_protect import ROUNDS_DOWN, ROUNDS_UP, observation, publish

GRADIENT, EXPECTANCY = CATALOGUE["local_gradient"], CATALOGUE["uis_school_life_expectancy"]
RULES = Policy()
TENTHS = [f"D{n}" for n in range(1, 11)]


def group(count, population=1000):
    return {"numerator": count, "denominator": population}


class TestGradient:
    def test_a_line_through_equal_groups(self):
        """Ridits 0.05, 0.15 ... 0.95; rates 10 %, 11 % ... 19 %: 1 point each tenth, so 10 points in all."""
        figure = gradient_of(GRADIENT, [group(100 + 10 * n) for n in range(10)], RULES)
        assert figure.value == 10.0
        assert figure.lower < 10.0 < figure.upper

    def test_no_gap_and_a_gap_the_other_way(self):
        assert gradient_of(GRADIENT, [group(100)] * 10, RULES).value == 0.0
        assert gradient_of(GRADIENT, [group(190 - 10 * n) for n in range(10)], RULES).value == -10.0

    def test_groups_weigh_as_their_people(self):
        """Five groups of 1,000, 1,000, 1,000, 1,000 and 4,000, rates 10, 10, 10, 10 and 20 %.

        Shares 1/8, 1/8, 1/8, 1/8, 1/2; ridits 1/16, 3/16, 5/16, 7/16, 3/4; their mean is 1/2.
        Sum of share x squared distance: (49 + 25 + 9 + 1) / 256 / 8 + 1/32 = 84/2048 + 64/2048 = 148/2048.
        Sum of share x distance x rate: 0.1 x (1/2 x 1/4) = 1/80, as distances cancel but for the rise.
        Slope: (1/80) / (148/2048) = 2048 / 11840 = 0.17297.
        """
        groups = [group(100)] * 4 + [group(800, 4000)]
        assert gradient_of(GRADIENT, groups, RULES).value == 17.3

    def test_the_interval_covers_chance_and_rounding(self):
        """Ten groups of 100,000 and rates of 50 %: by hand, weights are 12 (ridit - 1/2) / (10 x 0.99).

        Sum of |weight| x 4 / 100,000: 12/9.9 x 2.5 x 0.00004 = 0.000121. Sum of weight squared: (12/9.9)^2
        x 0.825 = 1.2121; variance 1.2121 x 0.25 / 100,000 = 3.03e-6; 1.96 x 0.001741 = 0.003412. Together
        0.35 points.
        """
        figure = gradient_of(GRADIENT, [group(50_000, 100_000)] * 10, RULES)
        assert (figure.lower, figure.value, figure.upper) == (-0.4, 0.0, 0.4)

    @pytest.mark.parametrize(
        ("groups", "markers"),
        [
            ([group(100)] * 4 + [None] * 6, "[x]"),
            ([group(100)] * 9 + [group(10, 99)], "[x]"),
            ([group(100)] * 5 + [None] * 5, ""),
            ([group(20, 100)] * 10, "[u]"),
        ],
        ids=["fewer than five groups", "a small group", "five groups", "rounding alone moves it"],
    )
    def test_what_is_too_little_is_marked(self, groups, markers):
        figure = gradient_of(GRADIENT, groups, RULES)
        assert figure.markers == markers
        assert (figure.value is None) == (markers == "[x]")

    def test_it_is_published_from_protected_counts(self):
        """By turns 103 + 10 n, rounded down, and 97 + 10 n, rounded up: 100 + 10 n, together 1,450."""
        cells = [observation(age="19-64", numerator=1450, denominator=10_000)]
        cells += [
            observation(age="19-64", decile=code, numerator=10 * n + by, key=key)
            for n, code in enumerate(TENTHS)
            for by, key in [((103, ROUNDS_DOWN), (97, ROUNDS_UP))[n % 2]]
        ]
        row = publish(*cells).filter(indicator="local_gradient").row(0, named=True)
        assert (row["value"], row["base_indicator"], row["age"]) == (10.0, "4_3_1_participation", "19-64")


class TestExpectancy:
    def test_rates_of_single_ages_add_up_to_years(self):
        """Ten ages of 95 % and ten of 30 %: 9.5 + 3 years."""
        ages = [group(95_000, 100_000)] * 10 + [group(30_000, 100_000)] * 10
        figure = expectancy_of(EXPECTANCY, ages, RULES)
        assert (figure.value, figure.markers) == (12.5, "")
        assert figure.lower <= 12.5 <= figure.upper

    def test_rounding_of_small_ages_is_said(self):
        """Twenty ages of 1,000: rounding can move each rate by 0.004, the sum by 0.08; of 700 by 0.11."""
        assert expectancy_of(EXPECTANCY, [group(500)] * 20, RULES).markers == ""
        assert expectancy_of(EXPECTANCY, [group(350, 700)] * 20, RULES).markers == "[u]"

    @pytest.mark.parametrize("odd", [group(50, 99), group(None), group(50, None)])
    def test_one_age_without_a_rate_leaves_none(self, odd):
        assert expectancy_of(EXPECTANCY, [group(500)] * 19 + [odd], RULES).markers == "[x]"

    def test_it_is_published_for_each_sex_that_has_all_ages(self):
        cells = [
            observation("uis_enrolment_by_age", age=str(age), sex=sex, numerator=45_000, denominator=50_000)
            for age in range(5, 25)
            for sex in ("_T", "F")
        ]
        rows = publish(*cells).filter(indicator="uis_school_life_expectancy")
        assert {row["sex"]: row["value"] for row in rows.iter_rows(named=True)} == {"_T": 18.0, "F": 18.0}


@pytest.mark.parametrize("key", ["local_gradient", "uis_school_life_expectancy", "4_5_1_parity", "local_gap"])
def test_the_audit_finds_a_derived_figure_that_does_not_follow(key):
    published = publish(
        observation(age="19-64", numerator=2000, denominator=10_000),
        *(observation(age="19-64", sex=sex, numerator=1000, denominator=5_000) for sex in ("F", "M")),
        *(observation(age="19-64", decile=code) for code in TENTHS),
        *(
            observation("uis_enrolment_by_age", age=str(a), numerator=45_000, denominator=50_000)
            for a in range(5, 25)
        ),
    )
    assert underivable_cells(published, CATALOGUE, RULES, Coverage(), NO_STRATA) == 0
    of_it = (pl.col("indicator") == key) & pl.col("value").is_not_null()
    spoilt = published.with_columns(
        pl.when(of_it).then(pl.col("value") + 1).otherwise("value").alias("value")
    )
    assert (
        underivable_cells(spoilt, CATALOGUE, RULES, Coverage(), NO_STRATA)
        == published.filter(of_it).height
        > 0
    )
    # Nor may one be left out.
    left_out = published.filter(pl.col("indicator") != key)
    assert (
        underivable_cells(left_out, CATALOGUE, RULES, Coverage(), NO_STRATA)
        == published.filter(indicator=key).height
    )
