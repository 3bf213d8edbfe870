"""Who learns in a ward beside who would, were its people as those of the whole city: cold spots.

Indirectly standardised by age and deprivation (OHID, PHEindicatormethods, calculate_ISRatio), from published
counts and public populations alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.disclosure.figures import LOW, UNAVAILABLE, UNRELIABLE, Figure, cells_by, published_row
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.statistics import byar
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator

SHAKY_RATIO = 0.05
"""Where rounding alone can move a ratio by more than this, it is marked [u]."""
SMALLEST = 10
"""Fewer, expected or counted, are too few for Byar's interval."""

STRATUM_SCHEMA = {
    "academic_year": pl.String,
    "age": pl.String,
    "ward": pl.String,
    "deprivation": pl.String,
    "persons": pl.Int64,
}
"""Residents of each ward by age band and fifth of deprivation: public, and part of each release."""


@dataclass(frozen=True)
class Stratum:
    """Residents of one age band and fifth of deprivation: those of a ward, among those of the city.

    Args:
        persons: of the ward.
        numerator: of the city: the published count; None where it is withheld.
        denominator: of the city: residents; None in a year without a population.
    """

    persons: int
    numerator: int | None
    denominator: int | None


def strata_of(population: pl.DataFrame, catalogue: Mapping[str, Indicator]) -> pl.DataFrame:
    """Return the rows of `core.population_stratum` that standardised indicators are made of."""
    ages = {age for i in catalogue.values() if i.standardised for age in i.standardised.ages}
    return (
        population.filter(pl.col("age").is_in(ages))
        .select(pl.col(name).cast(dtype) for name, dtype in STRATUM_SCHEMA.items())
        .sort("academic_year", "age", "ward", "deprivation")
    )


def standardised_rows(
    indicator: Indicator, _: Indicator, base: pl.DataFrame, rules: Policy, *, strata: pl.DataFrame
) -> Iterator[tuple[dict, Figure]]:
    """Yield a row of the published table, and its figure, for each year and ward.

    Args:
        indicator: the standardised one.
        base: protected cells of the indicator that it is made of.
        rules: of disclosure control.
        strata: of `STRATUM_SCHEMA`.
    """
    wanted = indicator.standardised
    city = cells_by(base, "age", "deprivation")
    parts: dict[tuple[str, str], list[Stratum]] = {}
    for year, age, ward, fifth, persons in strata.select(list(STRATUM_SCHEMA)).iter_rows():
        if age in wanted.ages and persons:
            cell = city.get((year, age, fifth), {"numerator": None, "denominator": None})
            stratum = Stratum(persons, cell["numerator"], cell["denominator"])
            parts.setdefault((year, ward), []).append(stratum)
    for (year, age, ward), cell in cells_by(base, "age", "ward").items():
        if ward != TOTAL and age == wanted.age:
            figure = ratio_to_expected(indicator, cell["numerator"], parts.get((year, ward), ()), rules)
            yield published_row(cell, indicator, figure, base_indicator=cell["indicator"]), figure


def ratio_to_expected(
    indicator: Indicator, observed: int | None, strata: Sequence[Stratum], rules: Policy
) -> Figure:
    """Return a ward's count in percent of what the city's rates make of its people by age and deprivation.

    The expected count is the sum of residents of the ward times the rate of the city, over strata. The
    interval is Byar's of the observed count, from the least to the most that rounding leaves possible above
    and below the line; its lower end is 0 where fewer than ten may have been counted.

    `[x]` where a stratum that somebody lives in has no rate, or fewer than ten may be expected; `[low]` where
    the count rounds to zero; `[u]` where rounding alone could move the ratio by five points.
    """
    absent = Figure(None, None, None, "O", UNAVAILABLE, indicator.decimals)
    if observed is None or any(s.numerator is None or not s.denominator for s in strata):
        return absent
    expected = sum(s.persons * s.numerator / s.denominator for s in strata)
    error = sum(s.persons * (rules.base - 1) / s.denominator for s in strata)
    if expected - error < SMALLEST:
        return absent
    least, most = observed - (rules.base - 1), observed + (rules.base - 1)
    low = byar(least)[0] / (expected + error) if least >= SMALLEST else 0.0
    high = byar(max(most, SMALLEST))[1] / (expected - error)
    ends = tuple(round(100 * end, indicator.decimals) for end in (low, high))
    if observed == 0:
        return Figure(None, *ends, indicator.obs_status, LOW, indicator.decimals)
    ratio = observed / expected
    shaky = (rules.base - 1 + ratio * error) / expected > SHAKY_RATIO
    return Figure(
        round(100 * ratio, indicator.decimals), *ends,
        "U" if shaky else indicator.obs_status, UNRELIABLE if shaky else "", indicator.decimals,
    )  # fmt: skip
