"""Turns observations into what may be published: the only maker of published figures.

Every rate, index and interval is computed from rounded counts and public populations alone, so that what
comes out holds no unprotected number.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.derived import derived_rows
from pipelines.disclosure.figures import (
    BOUNDS,
    CELL,
    PUBLISHED_SCHEMA,
    figure_of,
    published_row,
)
from pipelines.disclosure.policy import Policy
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import Formula

OBSERVATION_COLUMNS = (
    *CELL, "numerator", *BOUNDS, "imputed", "cell_key", "denominator", "denominator_key", "numerator_basis",
    "denominator_basis",
)  # fmt: skip


PROTECTED_COLUMNS = (*CELL, "numerator", *BOUNDS, "imputed", "denominator")
"""Of counts that may be published."""


class ResidenceBasisError(Exception):
    """A ratio counts one kind of people above the line and another below it."""


def protect(
    observations: pl.DataFrame,
    catalogue: Mapping[str, Indicator],
    rules: Policy,
    coverage: Coverage,
    strata: pl.DataFrame,
) -> pl.DataFrame:
    """Return the published table for observations with the columns of `OBSERVATION_COLUMNS`.

    Args:
        observations: their counts are rounded already.
        catalogue: the indicators.
        rules: of disclosure control.
        coverage: how complete the returns are.
        strata: residents of wards by age and deprivation, of `STRATUM_SCHEMA`.

    Raises:
        ResidenceBasisError: a row's numerator and denominator count different kinds of people.
    """
    _check_bases(observations)
    of_sources = {key: rules.of(indicator.collections) for key, indicator in catalogue.items()}
    protected = _told(observations, of_sources).select(PROTECTED_COLUMNS)
    return figures_of(_withheld(protected, catalogue, coverage), catalogue, rules, coverage, strata)


def figures_of(
    counts: pl.DataFrame,
    catalogue: Mapping[str, Indicator],
    rules: Policy,
    coverage: Coverage,
    strata: pl.DataFrame,
) -> pl.DataFrame:
    """Return the published table of counts that are published themselves: nothing else goes into it.

    Args:
        counts: of `PROTECTED_COLUMNS`; null where they are withheld.
        catalogue, rules, coverage, strata: as for `protect`.
    """
    of_sources = {key: rules.of(indicator.collections) for key, indicator in catalogue.items()}
    rows = [
        *_figures(counts, catalogue, of_sources, coverage),
        *derived_rows(counts, catalogue, rules, coverage, strata),
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


def _told(observations: pl.DataFrame, rules: Mapping[str, Policy]) -> pl.DataFrame:
    """Leave out what a source's profile does not let tell from nobody: counts that round to less become 0."""
    smallest = {key: of_sources.smallest_count for key, of_sources in rules.items()}
    few = pl.col("indicator").replace_strict(smallest, return_dtype=pl.Int64)
    counted = pl.col("denominator_key").is_not_null()
    return observations.with_columns(
        *(pl.when(pl.col(c) >= few).then(c).otherwise(0).alias(c) for c in ("numerator", *BOUNDS)),
        denominator=pl.when(counted & (pl.col("denominator") < few)).then(0).otherwise("denominator"),
    )


def _withheld(
    protected: pl.DataFrame, catalogue: Mapping[str, Indicator], coverage: Coverage
) -> pl.DataFrame:
    """Leave out the counts of indicators and years of which nothing is published."""
    pairs = protected.select("indicator", "academic_year").unique()
    gone = pairs.filter(pl.Series([coverage.withholds(catalogue[i], y) for i, y in pairs.iter_rows()]))
    ratios = [key for key, indicator in catalogue.items() if indicator.formula is Formula.RATIO]
    hidden = pl.struct("indicator", "academic_year").is_in(gone.to_struct().implode())
    counted = hidden & pl.col("indicator").is_in(ratios)
    return protected.with_columns(
        *(pl.when(~hidden).then(name).alias(name) for name in ("numerator", *BOUNDS)),
        denominator=pl.when(~counted).then("denominator"),
    )


def _figures(
    counts: pl.DataFrame,
    catalogue: Mapping[str, Indicator],
    rules: Mapping[str, Policy],
    coverage: Coverage,
) -> Iterator[dict]:
    for row in counts.iter_rows(named=True):
        indicator = catalogue[row["indicator"]]
        figure = figure_of(indicator, row | {"numerator": row["numerator"] or 0}, rules[indicator.key])
        figure = coverage.apply(figure, indicator, row["academic_year"])
        yield published_row(
            row, indicator, figure, **{name: row[name] for name in PROTECTED_COLUMNS[len(CELL) :]}
        )
