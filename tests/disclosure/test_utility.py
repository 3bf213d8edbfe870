"""What protection costs, by hand."""

import polars as pl
import pytest

from pipelines.disclosure.utility import utility

COUNTS = pl.DataFrame(
    {
        "academic_year": ["2024/25"] * 4,
        "indicator": ["a", "a", "a", "b"],
        "persons": [3, 10, 7, 20],
        "drawn": [5, 10, 5, 20],
        "published": [0, 10, 10, 20],
    }
)
PUBLISHED = pl.DataFrame(
    {"academic_year": ["2024/25"] * 3, "indicator": ["a", "a", "b"], "markers": ["[low]", "", "[u] [p]"]}
)


def test_by_hand():
    """Of a: 3, 10 and 7 are published as 0, 10 and 10. Two moved, both redrawn; errors -3, 0 and 3 of 20."""
    rows = {row["indicator"]: row for row in utility(COUNTS, PUBLISHED).iter_rows(named=True)}
    a, everything = rows["a"], rows["_T"]
    assert (a["counts"], a["bias"], a["absolute_error"], a["largest_error"]) == (3, 0, 2, 3)
    assert (a["moved"], a["redrawn"], a["relative_error"]) == pytest.approx((2 / 3, 2 / 3, 0.3))
    assert (a["figures"], a["low"], a["unreliable"]) == (2, 0.5, 0)
    assert (rows["b"]["moved"], rows["b"]["unreliable"]) == (0, 1)
    assert (everything["counts"], everything["figures"]) == (4, 3)
    assert everything["relative_error"] == pytest.approx(6 / 40)
