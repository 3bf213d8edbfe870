"""Two groups compared: how many times the one's rate is the other's, and how many points it is above.

Made of protected counts and public populations, as everything in `derived.py` is.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import polars as pl

from pipelines.disclosure.figures import (
    UNAVAILABLE,
    UNRELIABLE,
    Figure,
    cells_by,
    published_row,
    with_a_rate,
)
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.statistics import (
    Z95,
    adjusted_parity,
    difference_interval,
    percent,
    published_interval,
    round_half_up,
)
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import Comparison, Formula

SHAKY_COUNT = 25
"""Below it rounding alone can move a count, and so a ratio, by a sixth: a parity index is then marked [u]."""
SHAKY_GAP, COARSE_GAP = 0.02, 0.01
"""Beyond these (shares) rounding alone can move a gap too far: it is marked [u]; it has whole points."""

Maker = Callable[[Mapping, Mapping], Figure]
"""Makes a figure of two groups' protected counts."""


def parities(
    indicator: Indicator, of: Indicator, base: pl.DataFrame, rules: Policy
) -> Iterator[tuple[dict, Figure]]:
    """Yield a row for each comparison, year and age band, and its adjusted parity index.

    The UN's series and unit stand in those rows for which it has one.
    """
    official = {(o.of, o.age, o.comparison): o for o in indicator.parity.official}
    for row, figure in _compared(indicator, of, base, rules, partial(parity_of, indicator)):
        if known := official.get((of.key, row["age"], row["comparison"])):
            row |= {"series": known.series, "unit_measure": known.unit_measure or row["unit_measure"]}
            if figure.obs_status == indicator.obs_status:
                row["obs_status"] = known.obs_status
        yield row, figure


def gaps(
    indicator: Indicator, of: Indicator, base: pl.DataFrame, rules: Policy
) -> Iterator[tuple[dict, Figure]]:
    """Yield a row for each comparison, year and age band, and the gap in percentage points."""
    make = partial(gap_of, indicator, of, rules=rules)
    return _compared(indicator, of, base, rules, make)


def comparisons(indicator: Indicator, of: Indicator) -> list[Comparison]:
    """Return the pairs of groups that are compared in an indicator: those by which it is broken down."""
    return [c for c in indicator.contrast.comparisons if c.dimension in of.breakdowns]


def _compared(
    indicator: Indicator, of: Indicator, base: pl.DataFrame, rules: Policy, make: Maker
) -> Iterator[tuple[dict, Figure]]:
    """Yield a row whether or not its groups are there to compare: `[x]` where one is absent or too small."""
    for comparison in comparisons(indicator, of):
        # As many as a percentage of all of a sensitive group asks for: a comparison with it would tell it.
        sensitive = rules.smallest_sensitive_base if comparison.dimension in rules.sensitive else 0
        smallest = max(indicator.contrast.smallest_base, rules.smallest_population, sensitive)
        cells = cells_by(base, "age", comparison.dimension)
        for (year, age, code), total in cells.items():
            if code != TOTAL:
                continue
            pair = with_a_rate(
                *(cells.get((year, age, c)) for c in (comparison.disadvantaged, comparison.advantaged))
            )
            if len(pair) < 2 or min(group["denominator"] for group in pair) < smallest:
                figure = _absent(indicator)
            else:
                figure = make(*pair)
            codes = {"base_indicator": of.key, "comparison": comparison.code}
            yield published_row(total, indicator, figure, **codes), figure


def _absent(indicator: Indicator) -> Figure:
    return Figure(None, None, None, "O", UNAVAILABLE, indicator.decimals)


def parity_of(indicator: Indicator, group: Mapping, reference: Mapping) -> Figure:
    """Return the adjusted parity index of two groups' protected rates (UIS; methodology 2.11).

    `[x]` where both rates round to zero; `[u]` where one of them does (the index is then at its limit, 0 or
    2) or a count is small.
    """
    above = group["numerator"] * reference["denominator"]
    below = reference["numerator"] * group["denominator"]
    if above == below == 0:
        return _absent(indicator)
    if above == 0 or below == 0:
        return Figure(0.0 if above == 0 else 2.0, None, None, "U", UNRELIABLE, indicator.decimals)
    spread = Z95 * math.sqrt(_relative_variance(group) + _relative_variance(reference))
    low, high = (adjusted_parity(above / below * math.exp(s)) for s in (-spread, spread))
    # 2 - below/above is (2 above - below) / above: exact, so that rounding half up is too.
    value = (
        round_half_up(above, below, indicator.decimals)
        if above <= below
        else round_half_up(2 * above - below, above, indicator.decimals)
    )
    shaky = min(group["numerator"], reference["numerator"]) < SHAKY_COUNT
    return Figure(
        value,
        round(low, indicator.decimals),
        round(high, indicator.decimals),
        "U" if shaky else indicator.obs_status,
        UNRELIABLE if shaky else "",
        indicator.decimals,
        ratio=round_half_up(above, below, indicator.decimals),
    )


def _relative_variance(group: Mapping) -> float:
    """Return the variance of the logarithm of a rate seen as one outcome of a process."""
    share = min(group["numerator"] / group["denominator"], 1.0)
    return (1 - share) / group["numerator"]


def gap_of(indicator: Indicator, of: Indicator, group: Mapping, reference: Mapping, rules: Policy) -> Figure:
    """Return by how many percentage points a group's protected rate is above another's; below 0 under it.

    The interval is that of a difference between two rates, and on either side as much wider as rounding can
    move it. `[x]` where both rates round to zero; `[u]` where one of them does, or rounding alone can move
    the gap by two points.
    """
    if group["numerator"] == reference["numerator"] == 0:
        return _absent(indicator)
    rounding = sum(_rounding(cell, of, rules) for cell in (group, reference))
    low, high = difference_interval(_rate(group), _rate(reference))
    decimals = indicator.decimals if rounding <= COARSE_GAP else 0
    between = group["numerator"] * reference["denominator"] - reference["numerator"] * group["denominator"]
    value = round_half_up(100 * between, group["denominator"] * reference["denominator"], decimals)
    shaky = rounding > SHAKY_GAP or 0 in (group["numerator"], reference["numerator"])
    return Figure(
        value, percent(low - rounding, decimals), percent(high + rounding, decimals),
        "U" if shaky else indicator.obs_status, UNRELIABLE if shaky else "", decimals,
    )  # fmt: skip


def _rate(cell: Mapping) -> tuple[float, float, float]:
    """Return the rate of a cell and its interval, which covers chance."""
    count, people = cell["numerator"], cell["denominator"]
    return count / people, *published_interval(count, people, base=1)


def _rounding(cell: Mapping, of: Indicator, rules: Policy) -> float:
    """Return how far the rate of a cell can be from the true one because its counts are rounded."""
    # Who is not told from nobody may be more than rounding alone says.
    moved = (rules.base if cell["numerator"] else rules.low) - 1
    both = 2 if of.formula is Formula.RATIO else 1
    return both * moved / cell["denominator"]
