"""What may be said of the linkage: counts of persons by tier, rounded like every other count."""

import polars as pl

from pipelines.disclosure.policy import Policy

COUNTS = ("persons", "persons_low", "persons_high")
LINKAGE_SCHEMA = {
    "academic_year": pl.String,
    "provider_id": pl.String,
    "provider_name": pl.String,
    "linked_by": pl.String,
    **dict.fromkeys(COUNTS, pl.Int64),
}
"""The published table on linkage. Counts are rounded; 0 means 0 to base - 1."""


def protect_linkage(linkage: pl.DataFrame, rules: Policy) -> pl.DataFrame:
    """Return `core.linkage`, rounded already, as it may be published: in the columns of `LINKAGE_SCHEMA`.

    It is of every source, and so follows the strictest of their profiles.
    """
    columns = (pl.col(name).cast(dtype) for name, dtype in LINKAGE_SCHEMA.items())
    few = rules.of(()).smallest_count
    told = (pl.when(pl.col(c) >= few).then(c).otherwise(0).alias(c) for c in COUNTS)
    return linkage.select(columns).with_columns(told).sort("academic_year", "provider_id", "linked_by")
