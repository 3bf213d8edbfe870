"""All counts of a release in one table: what rounding works on, and back into the tables that they are of."""

from collections.abc import Collection, Mapping

import polars as pl

from pipelines.disclosure.policy import Policy
from pipelines.disclosure.shapes import Shape
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import CROSSED, DIMENSIONS, Counted

EVERYBODY = "people who learn"
"""The group (`sql/who.yml`) that the counts of how persons were recognised are of."""
LINKAGE = "linkage"
"""Stands in the place of an indicator for the counts of how persons were recognised."""
FIGURE_PARTS = {
    "low": "numerator_low",
    "numerator": "numerator",
    "high": "numerator_high",
    "denominator": "denominator",
}
"""Part → the column of an observation that has its count."""
LINKAGE_PARTS = {"low": "persons_low", "numerator": "persons", "high": "persons_high"}
"""Part → the column of `core.linkage`."""
_COURSES_PART = ("level", "sector", "theme")
"""A course is in one of each, however many its learner is in."""


def shapes_of(catalogue: Mapping[str, Indicator], policy: Policy) -> dict[str, Shape]:
    """Return what a reader knows of each table of a release before reading a number."""
    nested = {child: (nest.within, nest.parents) for child, nest in policy.nested.items()}
    shapes = {}
    for key, indicator in catalogue.items():
        of_sources = policy.of(indicator.collections)
        by_course = _COURSES_PART if indicator.counts is Counted.COURSES else ()
        shapes[key] = Shape(
            {age.code: age.counted for age in indicator.ages},
            parting=frozenset((*policy.parting, *by_course)),
            covering=frozenset(policy.covering),
            nested=nested,
            crossed=CROSSED,
            above=indicator.who.above,
            below=indicator.who.below,
            of_bands=indicator.who.bands,
            undivided=indicator.who.undivided,
            any_age=indicator.who.any_age,
            follows=tuple(indicator.follows.model_dump().values()) if indicator.follows else None,
            low=of_sources.low,
            keyed=of_sources.keyed,
            people=indicator.counts is Counted.PERSONS,
            who=indicator.groups,
        )
    # With one provider a person may be recognised otherwise than in the whole city: a provider's tiers are no
    # parts of the city's.
    crossed = {"provider_tier": ("provider", "tier")}
    tiers = frozenset({"linked_by", "tier"})
    of_all = policy.of(())
    shapes[LINKAGE] = Shape(
        {TOTAL: None}, parting=tiers, covering=tiers, crossed=crossed, low=of_all.low, keyed=of_all.keyed,
        above=EVERYBODY,
    )  # fmt: skip
    return shapes


def counts_of(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the counts of observations: a row for each that is published, with the `row` that it is of."""
    dimensions = [d for d in DIMENSIONS if d not in ("age", "sex")]
    divided = {d: pl.col(d) != TOTAL for d in dimensions}
    crossed = {name: pl.all_horizontal(divided[d] for d in pair) for name, pair in CROSSED.items()}
    breakdown, category = pl.lit(TOTAL), pl.lit(TOTAL)
    for name, holds in divided.items():
        breakdown, category = (
            pl.when(holds).then(pl.lit(name)).otherwise(breakdown),
            pl.when(holds).then(pl.col(name)).otherwise(category),
        )
    for name, holds in crossed.items():
        breakdown, category = (
            pl.when(holds).then(pl.lit(name)).otherwise(breakdown),
            pl.when(holds).then(pl.concat_str(CROSSED[name], separator="/")).otherwise(category),
        )
    placed = observations.with_row_index("row").with_columns(breakdown=breakdown, category=category)
    found = []
    for part, column in FIGURE_PARTS.items():
        below = part == "denominator"
        # A population is public, and has no key.
        key = pl.col("denominator_key" if below else "cell_key").cast(pl.Int64)
        counted = placed.filter(key.is_not_null())
        found.append(
            counted.select(
                "row", "academic_year", "indicator", "age", "sex", "breakdown", "category", part=pl.lit(part),
                persons=column, key=key, estimate=pl.lit(value=False) if below else pl.col("imputed"),
            )
        )  # fmt: skip
    return pl.concat(found)


def counts_of_linkage(linkage: pl.DataFrame) -> pl.DataFrame:
    """Return the counts of `core.linkage` likewise: by provider and by how persons were recognised."""
    one_provider, one_tier = pl.col("provider_id") != TOTAL, pl.col("linked_by") != TOTAL
    placed = linkage.with_row_index("row").with_columns(
        breakdown=pl.when(one_provider & one_tier)
        .then(pl.lit("provider_tier"))
        .when(one_provider)
        .then(pl.lit("provider"))
        .when(one_tier)
        .then(pl.lit("linked_by"))
        .otherwise(pl.lit(TOTAL)),
        category=pl.when(one_provider & one_tier)
        .then(pl.concat_str("provider_id", "linked_by", separator="/"))
        .when(one_provider)
        .then("provider_id")
        .otherwise("linked_by"),
    )
    return pl.concat(
        placed.select(
            "row", "academic_year", "breakdown", "category", indicator=pl.lit(LINKAGE), age=pl.lit(TOTAL),
            sex=pl.lit(TOTAL), part=pl.lit(part), persons=count, key=pl.col("cell_key").cast(pl.Int64),
            estimate=pl.lit(value=False),
        )
        for part, count in LINKAGE_PARTS.items()
    )  # fmt: skip


def all_counts(observations: pl.DataFrame, linkage: pl.DataFrame) -> pl.DataFrame:
    """Return all counts that are rounded together: those of observations, and those of the linkage."""
    return pl.concat([counts_of(observations), counts_of_linkage(linkage)], how="diagonal")


def in_place(table: pl.DataFrame, counts: pl.DataFrame, parts: Mapping[str, str]) -> pl.DataFrame:
    """Return a table with the published counts in the place of its own.

    Args:
        table: what the counts were made of.
        counts: with `row`, `part` and `published`.
        parts: part → column of the table.
    """
    table = table.with_row_index("row")
    for part, column in parts.items():
        found = counts.filter(part=part).select("row", published="published")
        table = (
            table.join(found, on="row", how="left", maintain_order="left")
            .with_columns(pl.coalesce("published", column).alias(column))
            .drop("published")
        )
    return table.drop("row")


def linkage_of(ledger: pl.DataFrame, years: Collection[str], names: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the linkage that a ledger says were published of some years.

    Args:
        ledger: of `LEDGER_SCHEMA`.
        years: academic years.
        names: of providers: `provider_id`, `provider_name`.
    """
    one_provider = pl.col("breakdown").is_in(["provider", "provider_tier"])
    one_tier = pl.col("breakdown").is_in(["linked_by", "provider_tier"])
    of_it = ledger.filter(pl.col("academic_year").is_in(list(years)), "printed", indicator=LINKAGE)
    said = of_it.with_columns(
        provider_id=pl.when(one_provider)
        .then(pl.col("category").str.split("/").list.first())
        .otherwise(pl.lit(TOTAL)),
        linked_by=pl.when(one_tier)
        .then(pl.col("category").str.split("/").list.last())
        .otherwise(pl.lit(TOTAL)),
        part=pl.col("part").replace_strict(LINKAGE_PARTS),
    )
    return said.pivot("part", index=["academic_year", "provider_id", "linked_by"], values="published").join(
        names, on="provider_id", how="left"
    )
