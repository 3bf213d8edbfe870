"""Figures made of other published figures: parity of groups, gradient over areas, school life expectancy.

Wards beside what would be expected of them are in `standardised.py`.

They see nothing but protected counts and public populations, so that they reveal nothing that these do not.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial

import polars as pl

from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.figures import UNAVAILABLE, UNRELIABLE, Figure, cells_by, published_row
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.standardised import standardised_rows
from pipelines.disclosure.statistics import Z95, adjusted_parity, round_half_up
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import SEX, Comparison, Formula

SHAKY_COUNT = 25
"""Below it rounding alone can move a count, and so a ratio, by a sixth: a parity index is then marked [u]."""
SHAKY_SLOPE, SHAKY_YEARS = 0.05, 0.1
"""Beyond these, rounding alone can move a gradient (a share), or an expectancy, too far: it is marked [u]."""


def derived_rows(
    protected: pl.DataFrame,
    catalogue: Mapping[str, Indicator],
    rules: Policy,
    coverage: Coverage,
    strata: pl.DataFrame,
) -> Iterator[dict]:
    """Yield a row of the published table for each derived figure.

    Args:
        protected: of indicators that are counted: the columns of a cell, protected `numerator`, denominator.
        catalogue: the indicators.
        rules: of disclosure control.
        coverage: how complete the returns are on which the compared figures rest.
        strata: residents of wards by age and deprivation, of `STRATUM_SCHEMA`.
    """
    makers = {
        Formula.PARITY: _parities,
        Formula.GRADIENT: _gradients,
        Formula.EXPECTANCY: _expectancies,
        Formula.STANDARDISED: partial(standardised_rows, strata=strata),
    }
    for indicator in catalogue.values():
        if indicator.formula not in makers:
            continue
        for key in indicator.derived_from:
            base = protected.filter(pl.col("indicator") == key)
            of_base = rules.of(catalogue[key].collections)
            for row, figure in makers[indicator.formula](indicator, catalogue[key], base, of_base):
                complete = coverage.apply(figure, catalogue[key], row["academic_year"])
                yield row | asdict(complete) | _status(row, figure, complete)


def _status(row: Mapping, figure: Figure, complete: Figure) -> dict[str, str]:
    """Keep the status that an official series gives a figure, unless missing returns change it."""
    return {"obs_status": row["obs_status"]} if complete == figure else {}


def _parities(
    indicator: Indicator, of: Indicator, base: pl.DataFrame, rules: Policy
) -> Iterator[tuple[dict, Figure]]:
    for comparison in comparisons(indicator, of):
        yield from _parity_rows(indicator, base, comparison, rules)


def comparisons(indicator: Indicator, of: Indicator) -> list[Comparison]:
    """Return the pairs of groups that a parity index compares of an indicator: those it is broken down by."""
    return [c for c in indicator.parity.comparisons if c.dimension in of.breakdowns]


def _parity_rows(
    indicator: Indicator, base: pl.DataFrame, comparison: Comparison, rules: Policy
) -> Iterator[tuple[dict, Figure]]:
    """Yield a row for each year and age band, whether or not its two groups are there to compare."""
    groups = cells_by(base, "age", comparison.dimension)
    for year, age, code in groups:
        if code != TOTAL:
            continue
        total = groups[year, age, TOTAL]
        pair = [groups.get((year, age, c)) for c in (comparison.disadvantaged, comparison.advantaged)]
        figure = parity_of(indicator, *pair, rules)
        codes = {"base_indicator": total["indicator"], "comparison": comparison.code}
        for official in indicator.parity.official:
            if (official.of, official.age, official.comparison) == (total["indicator"], age, comparison.code):
                codes["series"] = official.series
                if figure.obs_status == indicator.obs_status:
                    codes["obs_status"] = official.obs_status
        yield published_row(total, indicator, figure, **codes), figure


def parity_of(
    indicator: Indicator, group: Mapping | None, reference: Mapping | None, rules: Policy
) -> Figure:
    """Return the adjusted parity index of two groups' protected rates.

    `[x]` where a group is absent, its population too small, or both rates round to zero; `[u]` where one of
    them does (the index is then at its limit, 0 or 2) or a count is small.
    """
    smallest = max(indicator.parity.smallest_base, rules.smallest_population)
    absent = Figure(None, None, None, "O", UNAVAILABLE, indicator.decimals)
    pair = _there(group, reference)
    if len(pair) < 2 or min(g["denominator"] for g in pair) < smallest:
        return absent
    above = group["numerator"] * reference["denominator"]
    below = reference["numerator"] * group["denominator"]
    if above == below == 0:
        return absent
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


def _there(*groups: Mapping | None) -> list[Mapping]:
    """Return the groups that have a rate: neither withheld nor of a year without a population."""
    return [g for g in groups if g is not None and None not in (g["numerator"], g["denominator"])]


def _relative_variance(group: Mapping) -> float:
    """Return the variance of the logarithm of a rate seen as one outcome of a process."""
    share = min(group["numerator"] / group["denominator"], 1.0)
    return (1 - share) / group["numerator"]


def _variance(cell: Mapping) -> float:
    """Return the variance of a rate seen as one outcome of a process."""
    share = min(cell["numerator"] / cell["denominator"], 1.0)
    return share * (1 - share) / cell["denominator"]


def _gradients(
    indicator: Indicator, _: Indicator, base: pl.DataFrame, rules: Policy
) -> Iterator[tuple[dict, Figure]]:
    """Yield a row for each year and age band that is wanted."""
    wanted = indicator.gradient
    groups = cells_by(base, "age", wanted.dimension)
    for (year, age, code), total in groups.items():
        if code == TOTAL and age in wanted.ages:
            parts = [groups.get((year, age, part)) for part in wanted.order]
            figure = gradient_of(indicator, parts, rules)
            yield published_row(total, indicator, figure, base_indicator=total["indicator"]), figure


def gradient_of(indicator: Indicator, groups: Sequence[Mapping | None], rules: Policy) -> Figure:
    """Return the slope index of inequality over ordered groups, the worst off first, in percentage points.

    The rates are regressed on the ridit (the middle of a group in the cumulated population), weighted by
    population; the index is what the line rises from the worst off (0) to the best off (1) (OHID,
    PHEindicatormethods, phe_sii, without its simulation: the slope is a sum of rates, its interval exact).

    `[x]` with fewer groups than the indicator wants, or one too small for a rate; `[u]` where rounding alone
    could move it by more than five points.
    """
    there = _there(*groups)
    absent = Figure(None, None, None, "O", UNAVAILABLE, indicator.decimals)
    if len(there) < indicator.gradient.smallest or any(
        g["denominator"] < rules.smallest_population for g in there
    ):
        return absent
    people = sum(g["denominator"] for g in there)
    shares = [g["denominator"] / people for g in there]
    ridits = [sum(shares[:n]) + share / 2 for n, share in enumerate(shares)]
    middle = sum(share * ridit for share, ridit in zip(shares, ridits, strict=True))
    spread = sum(share * (ridit - middle) ** 2 for share, ridit in zip(shares, ridits, strict=True))
    weights = [share * (ridit - middle) / spread for share, ridit in zip(shares, ridits, strict=True)]
    rates = [g["numerator"] / g["denominator"] for g in there]
    slope = sum(weight * rate for weight, rate in zip(weights, rates, strict=True))
    variance = sum(weight**2 * _variance(g) for weight, g in zip(weights, there, strict=True))
    rounding = sum(
        abs(weight) * (rules.base - 1) / g["denominator"] for weight, g in zip(weights, there, strict=True)
    )
    ends = (slope + sign * (Z95 * math.sqrt(variance) + rounding) for sign in (-1, 1))
    low, high = (round(100 * end, indicator.decimals) for end in ends)
    shaky = rounding > SHAKY_SLOPE
    return Figure(
        round(100 * slope, indicator.decimals), low, high,
        "U" if shaky else indicator.obs_status, UNRELIABLE if shaky else "", indicator.decimals,
    )  # fmt: skip


def _expectancies(
    indicator: Indicator, _: Indicator, base: pl.DataFrame, rules: Policy
) -> Iterator[tuple[dict, Figure]]:
    """Yield a row for each year and sex."""
    wanted = indicator.expectancy
    ages = cells_by(base, "age", SEX)
    years = sorted({year for year, _, _ in ages})
    for year in years:
        for sex in (TOTAL, "F", "M"):
            parts = [ages.get((year, str(age), sex)) for age in range(wanted.first, wanted.last + 1)]
            if any(part is None for part in parts):
                continue
            figure = expectancy_of(indicator, parts, rules)
            cell = {**parts[0], "age": TOTAL}
            yield published_row(cell, indicator, figure, base_indicator=cell["indicator"]), figure


def expectancy_of(indicator: Indicator, ages: Sequence[Mapping], rules: Policy) -> Figure:
    """Return the years that the enrolment rates of single ages add up to (UIS, school life expectancy).

    `[x]` where one age has too few people for a rate; `[u]` where rounding could move it by 0.1 years.
    """
    there = _there(*ages)
    if len(there) < len(ages) or any(a["denominator"] < rules.smallest_population for a in there):
        return Figure(None, None, None, "O", UNAVAILABLE, indicator.decimals)
    rates = [a["numerator"] / a["denominator"] for a in ages]
    variance = sum(map(_variance, ages))
    rounding = sum((rules.base - 1) / a["denominator"] for a in ages)
    spread = Z95 * math.sqrt(variance) + rounding
    shaky = rounding > SHAKY_YEARS
    return Figure(
        round(sum(rates), indicator.decimals), round(sum(rates) - spread, indicator.decimals),
        round(sum(rates) + spread, indicator.decimals), "U" if shaky else indicator.obs_status,
        UNRELIABLE if shaky else "", indicator.decimals,
    )  # fmt: skip
