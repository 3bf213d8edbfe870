"""Checks a published table from the outside: only what a reader has.

The attacker that tries to undo the rounding comes here.
"""

from collections.abc import Mapping

import polars as pl

from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.figures import BOUNDS, CELL, PUBLISHED_SCHEMA
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.protect import PROTECTED_COLUMNS, figures_of
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import Formula


def misshapen_cells(published: pl.DataFrame) -> int:
    """Return how many rows are of another shape than the published table: none, or all (at least 1)."""
    return 0 if dict(published.schema) == PUBLISHED_SCHEMA else max(published.height, 1)


def unrounded_cells(published: pl.DataFrame, catalogue: Mapping[str, Indicator], rules: Policy) -> int:
    """Return how many rows have a published count that is not a multiple of the base."""
    ratios = [key for key, indicator in catalogue.items() if indicator.formula is Formula.RATIO]
    unrounded = [pl.col(count) % rules.base != 0 for count in ("numerator", *BOUNDS)]
    below = pl.col("indicator").is_in(ratios) & (pl.col("denominator") % rules.base != 0)
    return published.filter(pl.any_horizontal(*unrounded, below)).height


def unbounded_cells(published: pl.DataFrame) -> int:
    """Return how many published counts lack a bound, or lie outside their bounds."""
    low, high = (pl.col(bound) for bound in BOUNDS)
    within = low.is_not_null() & high.is_not_null() & pl.col("numerator").is_between(low, high)
    return published.filter(pl.col("numerator").is_not_null() & ~within.fill_null(value=False)).height


def underivable_cells(
    published: pl.DataFrame,
    catalogue: Mapping[str, Indicator],
    rules: Policy,
    coverage: Coverage,
    strata: pl.DataFrame,
) -> int:
    """Return how many published values do not follow from published counts, populations and coverage."""
    counted = published.filter(base_indicator=TOTAL)
    smallest = {key: rules.of(indicator.collections).smallest_count for key, indicator in catalogue.items()}
    expected = figures_of(counted.select(PROTECTED_COLUMNS), catalogue, rules, coverage, strata)
    there = {_key(row): row for row in published.iter_rows(named=True)}
    wanted = {_key(row): row for row in expected.iter_rows(named=True)}
    wrong = there.keys() ^ wanted.keys()
    wrong |= {key for key in there.keys() & wanted.keys() if _differ(there[key], wanted[key])}
    for row in counted.iter_rows(named=True):
        withheld = coverage.withholds(catalogue[row["indicator"]], row["academic_year"])
        if not _may_be_told(row, smallest[row["indicator"]], withheld=withheld):
            wrong.add(_key(row))
    return len(wrong)


def _may_be_told(row: Mapping, smallest: int, *, withheld: bool) -> bool:
    counts = [row[name] for name in ("numerator", *BOUNDS)]
    if withheld:
        return counts == [None] * len(counts)
    return None not in counts and not any(0 < count < smallest for count in counts)


def _differ(row: Mapping, expected: Mapping) -> bool:
    return any(row[name] != expected[name] for name in ("value", "lower", "upper", "ratio", "markers"))


def _key(row: Mapping) -> tuple:
    return tuple(row[name] for name in (*CELL, "base_indicator", "comparison"))
