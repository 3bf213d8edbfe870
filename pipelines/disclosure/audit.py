"""Checks a published table from the outside: only what a reader has.

The attacker that tries to undo the rounding comes here.
"""

from collections.abc import Mapping
from dataclasses import asdict

import polars as pl

from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.derived import derived_rows
from pipelines.disclosure.figures import BOUNDS, CELL, PUBLISHED_SCHEMA, figure_of
from pipelines.disclosure.policy import Policy
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
    of_sources = {key: rules.of(indicator.collections) for key, indicator in catalogue.items()}
    wrong = sum(
        _is_underivable(row, catalogue[row["indicator"]], of_sources[row["indicator"]], coverage)
        for row in counted.iter_rows(named=True)
    )
    derived = {
        _key(row): row for row in published.filter(pl.col("base_indicator") != TOTAL).iter_rows(named=True)
    }
    expected = {_key(row): row for row in derived_rows(counted, catalogue, rules, coverage, strata)}
    return wrong + sum(
        key not in derived or key not in expected or _differ(derived[key], expected[key])
        for key in derived.keys() | expected.keys()
    )


def _is_underivable(row: Mapping, indicator: Indicator, rules: Policy, coverage: Coverage) -> bool:
    if coverage.withholds(indicator, row["academic_year"]):
        return any(row[name] is not None for name in ("numerator", "value", "lower", "upper"))
    if row["numerator"] is None:
        return True
    if any(0 < row[name] < rules.smallest_count for name in ("numerator", *BOUNDS)):
        return True
    figure = coverage.apply(figure_of(indicator, row, rules), indicator, row["academic_year"])
    return _differ(row, asdict(figure))


def _differ(row: Mapping, expected: Mapping) -> bool:
    return any(row[name] != expected[name] for name in ("value", "lower", "upper", "ratio", "markers"))


def _key(row: Mapping) -> tuple:
    return tuple(row[name] for name in (*CELL, "base_indicator", "comparison"))
