"""Which providers sent nothing new: what is printed of them alone stays as it was.

A year is revised when enough people changed in it, whoever's return that was. Were a count of another
provider printed anew, readers would see somebody leave a provider whose return is the same: an erasure.
"""

from collections.abc import Collection, Mapping

import polars as pl

from pipelines.disclosure.ledger import COUNT
from pipelines.disclosure.shapes import Shape

OF_OTHERS = frozenset({"apprenticeship_service", "common_transfer_file"})
"""Formats in which somebody says something of other providers' learners."""
CATEGORY = ["academic_year", "breakdown", "category"]
_SCHEMA = dict.fromkeys(CATEGORY, pl.String)
Return = tuple[str, str, str, str]
"""Academic year, format, sender and part of a year."""


def untouched(
    providers: pl.DataFrame, merged: pl.DataFrame, differing: Mapping[str, Collection[Return]]
) -> pl.DataFrame:
    """Return the categories of which all providers sent nothing new: academic year, breakdown, category.

    Args:
        providers: `core.provider`.
        merged: `core.merged_category`.
        differing: academic year → the returns, of all years, that differ since it was last revised.
    """
    put_together = merged.select("dimension", "category", "published_as")
    found = [pl.DataFrame(schema=_SCHEMA)]
    for year, returns in differing.items():
        if any(collection in OF_OTHERS for _, collection, _, _ in returns):
            continue
        senders = sorted({sender for _, _, sender, _ in returns})
        sent = pl.col("provider_id").is_in(senders) | pl.col("sender_id").is_in(senders)
        of_year = providers.with_columns(touched=sent.fill_null(value=False), provider="provider_id")
        for dimension in ("provider", "sector", "provider_kind"):
            shown = put_together.filter(dimension=dimension).select(
                pl.col("category").alias(dimension), "published_as"
            )
            category = pl.coalesce("published_as", dimension).alias("category")
            alone = (
                of_year.join(shown, on=dimension, how="left")
                .group_by(category)
                .agg(pl.col("touched").any())
                .filter(~pl.col("touched"))
                .drop_nulls("category")
            )
            found.append(
                alone.select(academic_year=pl.lit(year), breakdown=pl.lit(dimension), category="category")
            )
    return pl.concat(found).sort(CATEGORY)


def with_kept(
    counts: pl.DataFrame,
    ledger: pl.DataFrame,
    categories: pl.DataFrame,
    shapes: Mapping[str, Shape],
    smallest_change: int,
) -> pl.DataFrame:
    """Return counts with `kept`: whether each is of an untouched category, and of few other people than then.

    Args:
        counts: exact, of all years.
        ledger: of the last release, to the base of now.
        categories: as `untouched` returns them.
        shapes: of each indicator. Who is followed from another year is not of this year's categories.
        smallest_change: people by whom a count of them must have changed, at least, to be printed anew.
    """
    # How a provider's learners were recognised is of that provider.
    of_tier = pl.col("breakdown") == "provider_tier"
    category = pl.when(of_tier).then(pl.col("category").str.split("/").list.first()).otherwise("category")
    follows = [key for key, shape in shapes.items() if shape.follows]
    here = categories.rename({"breakdown": "of", "category": "of_category"}).with_columns(
        alone=pl.lit(value=True)
    )
    alone = pl.col("alone").fill_null(value=False) & ~pl.col("indicator").is_in(follows)
    # All counts of a category, or none: part of a table as of then and part as of now would not add up.
    change = (pl.col("persons") - pl.col("was")).abs().fill_null(0)
    few = change.max().over("academic_year", "of", "of_category") < smallest_change
    return (
        counts.with_columns(
            of=pl.when(of_tier).then(pl.lit("provider")).otherwise("breakdown"), of_category=category
        )
        .join(here, on=["academic_year", "of", "of_category"], how="left", maintain_order="left")
        .join(ledger.select(*COUNT, was="persons"), on=COUNT, how="left", maintain_order="left")
        .with_columns(kept=alone & few)
        .select(*counts.columns, "kept")
    )
