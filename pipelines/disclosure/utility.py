"""What protection costs: how far published counts are from exact ones. For analysts only."""

import polars as pl

from pipelines.disclosure.figures import CONFIDENTIAL, LOW, UNAVAILABLE, UNRELIABLE

SHARES = {"low": LOW, "confidential": CONFIDENTIAL, "not_available": UNAVAILABLE, "unreliable": UNRELIABLE}
"""Column → the marker whose share of an indicator's figures it is."""


def utility(counts: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each indicator and academic year, and one (`_T`) for all of a year.

    Columns: `counts`, how many there are; `moved`, the share that rounding changed, and `redrawn`, that of
    those which went the other way than drawn so that sums add up; `bias`, `absolute_error` (persons) and
    `relative_error` (a share of the exact counts), means over counts; the largest error; `figures`, and the
    share of these with each marker.

    Args:
        counts: exact, drawn and published, as `rounded` returns them.
        published: the published table.
    """
    error = pl.col("published") - pl.col("persons")
    measures = {
        "counts": pl.len(),
        "moved": (error != 0).mean(),
        "redrawn": (pl.col("published") != pl.col("drawn")).mean(),
        "bias": error.mean(),
        "absolute_error": error.abs().mean(),
        "relative_error": error.abs().sum() / pl.col("persons").sum(),
        "largest_error": error.abs().max(),
    }
    marked = {
        name: pl.col("markers").str.contains(marker, literal=True).mean() for name, marker in SHARES.items()
    }
    keys = ["academic_year", "indicator"]
    everything = pl.lit("_T").alias("indicator")
    found = [
        frame.group_by(keys)
        .agg(**measures)
        .join(figures.group_by(keys).agg(figures=pl.len(), **marked), on=keys, how="left")
        for frame, figures in (
            (counts, published),
            (counts.with_columns(everything), published.with_columns(everything)),
        )
    ]
    return pl.concat(found).sort(keys)
