"""Rates, intervals and parity against published formulas and worked examples."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.disclosure.statistics import (
    adjusted_parity,
    byar,
    percent,
    published_interval,
    round_half_up,
    wilson,
)


@pytest.mark.parametrize(
    ("numerator", "denominator", "decimals", "expected"),
    [
        (100 * 1, 8, 1, 12.5),
        (100 * 1, 16, 1, 6.3),  # 6.25: half goes up; Python's round gives 6.2
        (100 * 1, 2000, 1, 0.1),  # 0.05 goes up
        (100 * 3, 2000, 1, 0.2),  # 0.15 goes up; a binary fraction would go down
        (-100 * 1, 16, 1, -6.2),  # -6.25: towards plus infinity
        (125, 100, 0, 1.0),
        (150, 100, 0, 2.0),
    ],
)
def test_rounding_half_up_is_exact(numerator, denominator, decimals, expected):
    assert round_half_up(numerator, denominator, decimals) == expected


@given(st.integers(0, 10**7), st.integers(1, 10**6))
def test_rounding_never_strays_by_more_than_half_a_unit(numerator, denominator):
    error = Fraction(numerator, denominator) - Fraction(str(round_half_up(numerator, denominator, 2)))
    assert abs(error) <= Fraction(1, 200)


def test_wilson_equals_the_published_example():
    """Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81 of 263, and 15 of 148."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_wilson_at_the_ends():
    """Newcombe (1998): 0/20 → 0 to 0.1611; by symmetry 20/20 → 0.8389 to 1."""
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(20, 20) == pytest.approx((0.8389, 1.0), abs=5e-5)


@pytest.mark.parametrize(("count", "population"), [(-1, 10), (11, 10)])
def test_wilson_refuses_what_is_no_proportion(count, population):
    with pytest.raises(ValueError, match="between 0 and"):
        wilson(count, population)


def test_byar_by_hand():
    """x = 100: 100 (1 - 1/900 - 1.96/30)^3 = 100 × 0.93356^3; 101 (1 - 1/909 + 1.96/(3 √101))^3."""
    low, high = byar(100)
    assert low == pytest.approx(81.36, abs=0.01)
    assert high == pytest.approx(121.63, abs=0.01)
    with pytest.raises(ValueError, match="10 or more"):
        byar(9)


def test_the_published_interval_covers_every_count_the_rounded_one_can_stand_for():
    low, high = published_interval(50, 1000, 5)
    assert low == wilson(46, 1000)[0]
    assert high == wilson(54, 1000)[1]


def test_the_published_interval_does_not_clip_a_count_above_the_population():
    low, high = published_interval(110, 100, 5)
    assert low == pytest.approx(byar(106)[0] / 100)
    assert high == pytest.approx(byar(114)[1] / 100)
    assert low < 1.1 < high


class TestAdjustedParity:
    """Acceptance test T6: f(1) = 1, f(0.8) = 0.8, f(1.25) = 1.2, f(r) + f(1/r) = 2."""

    def test_known_values(self):
        assert adjusted_parity(1) == 1
        assert adjusted_parity(0.8) == 0.8
        assert adjusted_parity(1.25) == pytest.approx(1.2)

    @given(st.floats(1e-6, 1e6))
    def test_symmetric_and_within_0_to_2(self, ratio):
        assert adjusted_parity(ratio) + adjusted_parity(1 / ratio) == pytest.approx(2)
        assert 0 <= adjusted_parity(ratio) <= 2


def test_a_little_below_nought_is_nought():
    """Python's round(-0.3) is -0.0, which would be printed as such."""
    assert [str(percent(share, 0)) for share in (-0.003, 0.003, -0.006)] == ["0.0", "0.0", "-1.0"]
