"""What may be said of the linkage: counts of persons by tier, rounded like every other count."""

import polars as pl

LINKAGE_SCHEMA = {
    "academic_year": pl.String,
    "provider_id": pl.String,
    "provider_name": pl.String,
    "linked_by": pl.String,
    **dict.fromkeys(("persons", "persons_low", "persons_high"), pl.Int64),
}
"""The published table on linkage. Counts are rounded; 0 means 0 to base - 1."""


def protect_linkage(linkage: pl.DataFrame) -> pl.DataFrame:
    """Return `core.linkage`, rounded already, as it may be published: in the columns of `LINKAGE_SCHEMA`."""
    columns = (pl.col(name).cast(dtype) for name, dtype in LINKAGE_SCHEMA.items())
    return linkage.select(columns).sort("academic_year", "provider_id", "linked_by")
