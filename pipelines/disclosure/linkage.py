"""What may be said of the linkage: counts of persons by tier, rounded like every other count."""

import polars as pl

from pipelines.disclosure.rounding import keyed_rounding

COUNTS = ("persons", "persons_low", "persons_high")
LINKAGE_SCHEMA = {
    "academic_year": pl.String,
    "provider_id": pl.String,
    "provider_name": pl.String,
    "linked_by": pl.String,
    **dict.fromkeys(COUNTS, pl.Int64),
}
"""The published table on linkage. Counts are rounded; 0 means 0 to base - 1."""


def protect_linkage(linkage: pl.DataFrame, base: int) -> pl.DataFrame:
    """Return `core.linkage` as it may be published, in the columns of `LINKAGE_SCHEMA`.

    A row's three counts are rounded by one draw: they keep their order, and where nobody is doubtful they say
    the same thing.
    """
    rounded = (
        keyed_rounding(pl.col(count), pl.col("cell_key").cast(pl.Int64), base).alias(count)
        for count in COUNTS
    )
    return (
        linkage.with_columns(rounded)
        .select(pl.col(name).cast(dtype) for name, dtype in LINKAGE_SCHEMA.items())
        .sort("academic_year", "provider_id", "linked_by")
    )
