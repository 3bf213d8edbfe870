"""Figures made of other published figures: gradient over areas, school life expectancy.

Two groups compared are in `contrasts.py`, wards beside what would be expected of them in `standardised.py`.

They see nothing but protected counts and public populations, so that they reveal nothing that these do not.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial

import polars as pl

from pipelines.disclosure.contrasts import gaps, parities
from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.figures import UNAVAILABLE, UNRELIABLE, Figure, cells_by, published_row, with_a_rate
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.standardised import standardised_rows
from pipelines.disclosure.statistics import Z95, percent
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import SEX, Formula

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
        Formula.PARITY: parities,
        Formula.GAP: gaps,
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
    there = with_a_rate(*groups)
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
    low, high = (percent(end, indicator.decimals) for end in ends)
    shaky = rounding > SHAKY_SLOPE
    return Figure(
        percent(slope, indicator.decimals), low, high,
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
    there = with_a_rate(*ages)
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
