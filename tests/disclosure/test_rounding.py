"""Keyed rounding: multiples of the base, closer than the base, unbiased, the same for the same persons."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.disclosure.rounding import keyed_rounding


def rounded(count, cell_key, base=5):
    frame = pl.DataFrame({"n": [count], "ck": [cell_key]}, schema={"n": pl.Int64, "ck": pl.Int64})
    return frame.select(keyed_rounding(pl.col("n"), pl.col("ck"), base)).item()


@pytest.mark.parametrize(
    ("count", "cell_key", "expected"),
    [
        # u = (ck + 0.5) / 4096 against r / 5: by hand. 1/5 of 4096 is 819.2, 4/5 is 3276.8.
        (0, 0, 0),
        (5, 0, 5),
        (10, 4095, 10),
        (1, 0, 5),
        (1, 818, 5),  # 818.5 < 819.2
        (1, 819, 0),  # 819.5 > 819.2
        (4, 3276, 5),  # 3276.5 < 3276.8
        (4, 3277, 0),
        (12, 1637, 15),  # 1637.5 < 1638.4
        (12, 1638, 10),  # 1638.5 > 1638.4
    ],
)
def test_the_draw_by_hand(count, cell_key, expected):
    assert rounded(count, cell_key) == expected


@given(st.integers(0, 10**6), st.integers(0, 4095))
def test_a_multiple_of_the_base_closer_than_the_base(count, cell_key):
    result = rounded(count, cell_key)
    assert result % 5 == 0
    assert abs(result - count) <= 4
    assert (count == 0) <= (result == 0)


@pytest.mark.parametrize("count", range(1, 10))
def test_unbiased_over_all_cell_keys(count):
    """The mean over the 4096 equally likely keys is the count, to within one key's share of the base."""
    frame = pl.DataFrame({"ck": range(4096)}).with_columns(n=pl.lit(count, pl.Int64))
    mean = frame.select(keyed_rounding(pl.col("n"), pl.col("ck"), 5)).to_series().mean()
    assert mean == pytest.approx(count, abs=5 / 4096)
