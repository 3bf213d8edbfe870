"""The catalogue as SQL sees it, which cells each indicator has: reference lists made from the `.yml`."""

from collections.abc import Callable, Mapping

import polars as pl

from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import SEX
from pipelines.reference import MadeList

SINGLE, OLDEST = 25, 130
"""Up to which age each stands for itself, whatever the bands: grades and stages go by single ages."""
OF_HOME = frozenset({"ward", "deprivation", "decile"})
"""What the population is broken down by as well; of all other breakdowns it stands whole below the line."""


Catalogue = Mapping[str, Indicator]


def _counted(catalogue: Catalogue) -> list[Indicator]:
    return [i for i in catalogue.values() if not i.derived_from]


def _of_each(rows: Callable[[Indicator], list[tuple]]) -> Callable[[Catalogue], list[tuple]]:
    """Return the rows of each indicator that is counted, its key before them."""
    return lambda catalogue: [(i.key, *row) for i in _counted(catalogue) for row in rows(i)]


def _age_groups(catalogue: Catalogue) -> list[tuple]:
    """Ages of which no indicator tells one from the next are one group; up to `SINGLE` each is its own."""
    bands = [band for i in _counted(catalogue) for age in i.ages for band in (age.counted,) if band]
    edges = {*range(SINGLE + 1), *(b.first for b in bands), *(b.last + 1 for b in bands)}
    return [(age, max(edge for edge in edges if edge <= age)) for age in range(OLDEST + 1)]


def _basis(indicator: Indicator) -> list[tuple]:
    return [(indicator.formula, indicator.numerator_basis, indicator.denominator_basis)]


def _bands(indicator: Indicator) -> list[tuple]:
    none = (None, None)
    return [(age.code, *(age.counted or none), *(age.population or none)) for age in indicator.ages]


def _breakdowns(indicator: Indicator) -> list[tuple]:
    named = [TOTAL, *(b for b in indicator.breakdowns if b != SEX)]
    crossed = {*indicator.crossed, *({TOTAL} & {TOTAL if SEX in indicator.breakdowns else ""})}
    return [(name, name in crossed, name if name in OF_HOME else TOTAL) for name in named]


def _only(indicator: Indicator) -> list[tuple]:
    return [(breakdown, code) for breakdown, codes in indicator.only.items() for code in codes]


CATALOGUE_LISTS = (
    MadeList(
        "indicator",
        "The indicators that are counted, and of whom.",
        {
            "indicator": "Stem of its files.",
            "formula": "rate, residual, ratio or count.",
            "numerator_basis": "Who is counted above the line.",
            "denominator_basis": "Who is counted below the line; null for a count.",
        },
        "catalogue",
        _of_each(_basis),
        {},
    ),
    MadeList(
        "indicator_band",
        "The age bands of each indicator, from the official age groups and the city's school ages.",
        {
            "indicator": "Stem of its files.",
            "age": "Code: 15-24, 65+, or _T.",
            "counted_from": "First age that is counted; null where every age is, the unknown too.",
            "counted_to": "Last age that is counted; 999 where open-ended.",
            "population_from": "First age of the population below the line; null where there is none.",
            "population_to": "Last age of it; 999 where open-ended.",
        },
        "catalogue",
        _of_each(_bands),
        dict.fromkeys(("counted_from", "counted_to", "population_from", "population_to"), pl.Int64()),
    ),
    MadeList(
        "indicator_breakdown",
        "By what each indicator is broken down, each alone.",
        {
            "indicator": "Stem of its files.",
            "breakdown": "ward, deprivation, level and so on; _T for none.",
            "by_sex": "Whether each category is broken down by sex too.",
            "population_breakdown": "By what the population below the line is; _T where it stands whole.",
        },
        "catalogue",
        _of_each(_breakdowns),
        {"by_sex": pl.Boolean()},
    ),
    MadeList(
        "indicator_only",
        "The categories of a breakdown in which an indicator can count anybody, where it cannot in all.",
        {
            "indicator": "Stem of its files.",
            "breakdown": "level, theme and so on.",
            "category": "Which category of it.",
        },
        "catalogue",
        _of_each(_only),
        {},
    ),
    MadeList(
        "age_group",
        "Ages that no indicator tells apart, so that persons can be counted once for all.",
        {"age": "Age in completed years on 31 August.", "first_age": "First age of its group."},
        "catalogue",
        _age_groups,
        {"age": pl.Int64(), "first_age": pl.Int64()},
    ),
)
