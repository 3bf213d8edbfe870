"""A published figure: from a protected count and its population or whole, and the row it stands in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import polars as pl

from pipelines.disclosure.policy import Policy
from pipelines.disclosure.statistics import published_interval, ratio_interval, round_half_up
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import DIMENSIONS, Formula
from pipelines.years import AcademicYear

LOW, UNAVAILABLE, UNRELIABLE, ESTIMATED, CONFIDENTIAL = "[low]", "[x]", "[u]", "[e]", "[c]"
"""GSS shorthand: rounds to zero; not available; low reliability; estimated; confidential."""

CELL = ("indicator", "academic_year", *DIMENSIONS)
BOUNDS = ("numerator_low", "numerator_high")
"""The count if everybody doubtful were joined, and if nobody doubtful were."""
PUBLISHED_SCHEMA = {
    "indicator": pl.String,
    "academic_year": pl.String,
    "time_period": pl.Int32,
    **dict.fromkeys(DIMENSIONS, pl.String),
    "base_indicator": pl.String,
    "comparison": pl.String,
    "numerator": pl.Int64,
    **dict.fromkeys(BOUNDS, pl.Int64),
    "imputed": pl.Boolean,
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
"""The published table. `numerator` is a rounded count; 0 means less than `Policy.low`: print `[low]`."""


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


def cells_by(cells: pl.DataFrame, *dimensions: str) -> dict[tuple[str, ...], dict]:
    """Return academic year and codes of these dimensions → row, where every other dimension is whole."""
    others = [d for d in DIMENSIONS if d not in dimensions]
    plain = cells.filter(pl.all_horizontal(pl.col(d) == TOTAL for d in others))
    return {(row["academic_year"], *(row[d] for d in dimensions)): row for row in plain.iter_rows(named=True)}


def with_a_rate(*cells: Mapping | None) -> list[Mapping]:
    """Return the cells that have a rate: neither withheld nor of a year without a population."""
    return [c for c in cells if c is not None and None not in (c["numerator"], c["denominator"])]


def published_row(cell: Mapping, indicator: Indicator, figure: Figure, **more: object) -> dict:
    """Return the row of the published table in which a figure stands."""
    return {
        **{name: cell[name] for name in CELL},
        "indicator": indicator.key,
        "time_period": AcademicYear.parse(cell["academic_year"]).time_period,
        "base_indicator": TOTAL,
        "comparison": TOTAL,
        **dict.fromkeys(("numerator", *BOUNDS, "imputed", "denominator")),
        **asdict(figure),
        "unit_measure": indicator.unit_measure,
        "unit_mult": 0,
        "series": indicator.series,
        **more,
    }


def figure_of(indicator: Indicator, cell: Mapping, rules: Policy) -> Figure:
    """Return the figure of a cell with protected `numerator` and `denominator`.

    One that is `imputed` (people of unknown age are in it by their likely share) is SDMX's I.
    """
    figure = _figure_of(indicator, cell["numerator"], cell["denominator"], rules)
    if figure.value is not None and _tells_of_each(indicator, cell, rules):
        return replace(figure, value=None, obs_status="O", markers=CONFIDENTIAL)
    if not cell["imputed"] or figure.value is None:
        return figure
    status = figure.obs_status if figure.obs_status == "U" else "I"
    return replace(figure, obs_status=status, markers=f"{figure.markers} {ESTIMATED}".strip())


def _tells_of_each(indicator: Indicator, cell: Mapping, rules: Policy) -> bool:
    """Say whether a percentage holds of every one of a small sensitive group (EU handbook, 5.2)."""
    whole = indicator.formula is not Formula.COUNT and cell["numerator"] >= cell["denominator"]
    sensitive = any(cell[dimension] != TOTAL for dimension in rules.sensitive)
    return whole and sensitive and cell["denominator"] < rules.smallest_sensitive_base


def _figure_of(indicator: Indicator, count: int, population: int | None, rules: Policy) -> Figure:
    """Return the figure of a count: the count itself, a rate, a residual or a ratio."""
    if indicator.formula is Formula.COUNT:
        return _count(indicator, count, rules)
    ratio = indicator.formula is Formula.RATIO
    if population is None or population < (rules.smallest_base if ratio else rules.smallest_population):
        return Figure(None, None, None, "O", UNAVAILABLE, 0)
    error = _rounding_error(population, rules) * (2 if ratio else 1)
    decimals = indicator.decimals if error <= 0.5 else 0
    # Who is not told from nobody may be more than rounding alone says.
    base = rules.base if count else rules.low
    low, high = (ratio_interval if ratio else published_interval)(count, population, base)
    part = count
    if indicator.formula is Formula.RESIDUAL:
        low, high, part = 1 - high, 1 - low, population - count
    ends = tuple(round(indicator.per * end, decimals) for end in (low, high))
    if count == 0:
        return Figure(None, *ends, indicator.obs_status, LOW, decimals)
    value = round_half_up(indicator.per * part, population, decimals)
    if value == 0 and indicator.formula is not Formula.RESIDUAL:
        # Too small for the digits that rounding leaves: a nought would say that nobody is there.
        return Figure(None, *ends, indicator.obs_status, LOW, decimals)
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


def _count(indicator: Indicator, count: int, rules: Policy) -> Figure:
    if count == 0:
        return Figure(None, 0.0, float(rules.low - 1), indicator.obs_status, LOW, indicator.decimals)
    low, high = float(count - (rules.base - 1)), float(count + rules.base - 1)
    return Figure(float(count), low, high, indicator.obs_status, "", indicator.decimals)


def _rounding_error(population: int, rules: Policy) -> float:
    """Return the largest error that rounding the count puts into a rate, in percentage points."""
    return 100 * (rules.base - 1) / population
