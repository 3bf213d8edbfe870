"""Turns observations into what may be published: the only maker of published figures.

Counts are rounded first; every rate, index and interval is then computed from the rounded counts and public
populations. What comes out holds no unprotected number.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import polars as pl

from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.rounding import keyed_rounding
from pipelines.disclosure.statistics import (
    Z95,
    adjusted_parity,
    published_interval,
    ratio_interval,
    round_half_up,
)
from pipelines.indicators.catalogue import DIMENSIONS, TOTAL, Comparison, Formula, Indicator
from pipelines.years import AcademicYear

LOW, UNAVAILABLE, UNRELIABLE = "[low]", "[x]", "[u]"
"""GSS shorthand: rounds to zero; not available; low reliability."""

SHAKY_COUNT = 25
"""Below it rounding alone can move a count, and so a ratio, by a sixth: a parity index is then marked [u]."""

CELL = ("indicator", "academic_year", *DIMENSIONS)
BOUNDS = ("numerator_low", "numerator_high")
"""The count if everybody doubtful were joined, and if nobody doubtful were."""
OBSERVATION_COLUMNS = (
    *CELL, "numerator", *BOUNDS, "cell_key", "denominator", "denominator_key", "numerator_basis",
    "denominator_basis",
)  # fmt: skip

PUBLISHED_SCHEMA = {
    "indicator": pl.String,
    "academic_year": pl.String,
    "time_period": pl.Int32,
    **dict.fromkeys(DIMENSIONS, pl.String),
    "base_indicator": pl.String,
    "comparison": pl.String,
    "numerator": pl.Int64,
    **dict.fromkeys(BOUNDS, pl.Int64),
    "denominator": pl.Int64,
    "value": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "ratio": pl.Float64,
    "obs_status": pl.String,
    "markers": pl.String,
    "unit_measure": pl.String,
    "unit_mult": pl.Int8,
    "decimals": pl.Int8,
    "series": pl.String,
}
"""The published table. `numerator` is a rounded count and 0 in it means 0 to base - 1: print `[low]`."""


class ResidenceBasisError(Exception):
    """A ratio counts one kind of people above the line and another below it."""


@dataclass(frozen=True)
class Figure:
    """One published figure. `value` is None where there is none to publish; `markers` say why."""

    value: float | None
    lower: float | None
    upper: float | None
    obs_status: str
    markers: str
    decimals: int
    ratio: float | None = None


@dataclass(frozen=True)
class Rules:
    """Parameters of disclosure control.

    Args:
        base: counts are published as multiples of it.
        smallest_population: a rate is published only for a population of at least this many people.
        smallest_base: a percentage of people counted here is published only of at least this many
            (HESA's 22.5, in multiples of five).
    """

    base: int = 5
    smallest_population: int = 100
    smallest_base: int = 25


def protect(
    observations: pl.DataFrame, catalogue: Mapping[str, Indicator], rules: Rules, coverage: Coverage
) -> pl.DataFrame:
    """Return the published table for observations with the columns of `OBSERVATION_COLUMNS`.

    Raises:
        ResidenceBasisError: a row's numerator and denominator count different kinds of people.
    """
    _check_bases(observations)
    # A cell's bounds are rounded by the same draw as its count: they keep their order, and where nobody is
    # doubtful they say the same as the count, and nothing more.
    counts = ("numerator", *BOUNDS)
    protected = observations.with_columns(
        keyed_rounding(pl.col(count), pl.col("cell_key").cast(pl.Int64), rules.base).alias(count)
        for count in counts
    )
    # Whoever is below the line is counted here too, or is a public population.
    below = keyed_rounding(pl.col("denominator"), pl.col("denominator_key").cast(pl.Int64), rules.base)
    protected = protected.with_columns(
        pl.when(pl.col("denominator_key").is_null()).then("denominator").otherwise(below).alias("denominator")
    ).select(*CELL, *counts, "denominator")
    rows = [
        *_figures(protected, catalogue, rules, coverage),
        *_parities(protected, catalogue, rules, coverage),
    ]
    return pl.DataFrame(rows, schema=PUBLISHED_SCHEMA, orient="row").sort(
        *CELL, "base_indicator", "comparison"
    )


def _check_bases(observations: pl.DataFrame) -> None:
    mixed = observations.filter(
        pl.col("denominator").is_not_null()
        & pl.col("numerator_basis").ne_missing(pl.col("denominator_basis"))
    )
    if not mixed.is_empty():
        names = ", ".join(mixed["indicator"].unique().sort())
        raise ResidenceBasisError(f"{names}: numerator and denominator have different residence bases")


def _figures(
    protected: pl.DataFrame, catalogue: Mapping[str, Indicator], rules: Rules, coverage: Coverage
) -> Iterator[dict]:
    for row in protected.iter_rows(named=True):
        indicator, year = catalogue[row["indicator"]], row["academic_year"]
        figure = figure_of(indicator, row["numerator"], row["denominator"], rules)
        figure = coverage.apply(figure, indicator, year)
        withheld = coverage.withholds(indicator, year)
        counts = {name: None if withheld else row[name] for name in ("numerator", *BOUNDS)}
        yield _published(row, indicator, figure, **counts, denominator=row["denominator"])


def _published(cell: Mapping, indicator: Indicator, figure: Figure, **more: object) -> dict:
    return {
        **{name: cell[name] for name in CELL},
        "indicator": indicator.key,
        "time_period": AcademicYear.parse(cell["academic_year"]).time_period,
        "base_indicator": TOTAL,
        "comparison": TOTAL,
        **dict.fromkeys(("numerator", *BOUNDS, "denominator")),
        **asdict(figure),
        "unit_measure": indicator.unit_measure,
        "unit_mult": 0,
        "series": indicator.series,
        **more,
    }


def figure_of(indicator: Indicator, count: int, population: int | None, rules: Rules) -> Figure:
    """Return the figure of a protected count: a count, a rate, a residual or a ratio."""
    if indicator.formula is Formula.COUNT:
        return _count(indicator, count, rules)
    ratio = indicator.formula is Formula.RATIO
    if population is None or population < (rules.smallest_base if ratio else rules.smallest_population):
        return Figure(None, None, None, "O", UNAVAILABLE, 0)
    error = _rounding_error(population, rules) * (2 if ratio else 1)
    decimals = indicator.decimals if error <= 0.5 else 0
    low, high = (ratio_interval if ratio else published_interval)(count, population, rules.base)
    part = count
    if indicator.formula is Formula.RESIDUAL:
        low, high, part = 1 - high, 1 - low, population - count
    ends = tuple(round(indicator.per * end, decimals) for end in (low, high))
    if count == 0:
        return Figure(None, *ends, indicator.obs_status, LOW, decimals)
    value = round_half_up(indicator.per * part, population, decimals)
    doubtful = (
        error > 1
        or (indicator.highest is not None and value > indicator.highest)
        or (indicator.lowest is not None and value < indicator.lowest)
    )
    return Figure(
        value,
        *ends,
        "U" if doubtful else indicator.obs_status,
        UNRELIABLE if doubtful else "",
        decimals,
    )


def _count(indicator: Indicator, count: int, rules: Rules) -> Figure:
    low, high = float(max(count - (rules.base - 1), 0)), float(count + rules.base - 1)
    if count == 0:
        return Figure(None, low, high, indicator.obs_status, LOW, indicator.decimals)
    return Figure(float(count), low, high, indicator.obs_status, "", indicator.decimals)


def _rounding_error(population: int, rules: Rules) -> float:
    """Return the largest error that rounding the count puts into a rate, in percentage points."""
    return 100 * (rules.base - 1) / population


def _parities(
    protected: pl.DataFrame, catalogue: Mapping[str, Indicator], rules: Rules, coverage: Coverage
) -> Iterator[dict]:
    for indicator in catalogue.values():
        for key in indicator.parity.of if indicator.parity else ():
            base = protected.filter(pl.col("indicator") == key)
            for comparison in indicator.parity.comparisons:
                for row, figure in _parity_rows(indicator, base, comparison, rules):
                    complete = coverage.apply(figure, catalogue[key], row["academic_year"])
                    yield row | asdict(complete) | _status(row, figure, complete)


def _status(row: Mapping, figure: Figure, complete: Figure) -> dict[str, str]:
    """Keep the status that an official series gives a figure, unless missing returns change it."""
    return {"obs_status": row["obs_status"]} if complete == figure else {}


def _parity_rows(
    indicator: Indicator, base: pl.DataFrame, comparison: Comparison, rules: Rules
) -> Iterator[tuple[dict, Figure]]:
    """Yield a row for each year and age band, whether or not its two groups are there to compare."""
    others = [d for d in DIMENSIONS if d not in ("age", comparison.dimension)]
    plain = base.filter(pl.all_horizontal(pl.col(d) == TOTAL for d in others))
    groups = {
        (row["academic_year"], row["age"], row[comparison.dimension]): row
        for row in plain.iter_rows(named=True)
    }
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
        yield _published(total, indicator, figure, **codes), figure


def parity_of(indicator: Indicator, group: Mapping | None, reference: Mapping | None, rules: Rules) -> Figure:
    """Return the adjusted parity index of two groups' protected rates.

    `[x]` where a group is absent, its population too small, or both rates round to zero; `[u]` where one of
    them does (the index is then at its limit, 0 or 2) or a count is small.
    """
    smallest = max(indicator.parity.smallest_base, rules.smallest_population)
    absent = Figure(None, None, None, "O", UNAVAILABLE, indicator.decimals)
    if group is None or reference is None or min(group["denominator"], reference["denominator"]) < smallest:
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


def _relative_variance(group: Mapping) -> float:
    """Return the variance of the logarithm of a rate seen as one outcome of a process."""
    share = min(group["numerator"] / group["denominator"], 1.0)
    return (1 - share) / group["numerator"]
