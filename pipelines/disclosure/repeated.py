"""The rows of academic years that are published as they were: those of then, no more and no fewer.

A category may stand by itself now that was among others then, or the other way round. A year that is repeated
goes on as it was: else its others would be told apart by the difference.
"""

from collections.abc import Collection

import polars as pl

from pipelines.disclosure.counts import FIGURE_PARTS, counts_of
from pipelines.disclosure.ledger import COUNT
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.terms import CROSSED, DIMENSIONS

_TABLE = ["academic_year", "indicator", "breakdown"]
_CELL = ["academic_year", "indicator", "age", "sex", "breakdown", "category"]


def rows_as_repeated(
    observations: pl.DataFrame, ledger: pl.DataFrame, years: Collection[str]
) -> pl.DataFrame:
    """Return observations with the rows of repeated years that the last release has of them.

    Args:
        observations: exact, with the columns of `OBSERVATION_COLUMNS`.
        ledger: what the last release printed, of `LEDGER_SCHEMA`, to the base of now.
        years: those that are repeated.
    """
    printed = ledger.filter("printed", pl.col("academic_year").is_in(list(years)))
    placed = counts_of(observations).filter(pl.col("academic_year").is_in(list(years)))
    # A table that is new has all its rows: of it nothing was published.
    new = placed.join(printed, on=_TABLE, how="semi").join(printed, on=COUNT, how="anti")
    rows = observations.with_row_index("row")
    kept = rows.join(new, on="row", how="anti").drop("row")
    gone = printed.filter(pl.col("part").is_in(list(FIGURE_PARTS))).join(placed, on=COUNT, how="anti")
    again = _printed_again(gone, placed, rows)
    return _marked_as_then(pl.concat([kept, again.select(kept.columns)]), printed)


def _marked_as_then(observations: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """Return observations with the mark of an estimate where it was printed, and nowhere else."""
    rows = observations.with_row_index("row")
    then = (
        counts_of(observations)
        .filter(part="numerator")
        .join(printed.select(*COUNT, was_estimate="estimate"), on=COUNT)
        .select("row", "was_estimate")
    )
    return (
        rows.join(then, on="row", how="left", maintain_order="left")
        .with_columns(imputed=pl.coalesce("was_estimate", "imputed"))
        .select(observations.columns)
    )


def _printed_again(gone: pl.DataFrame, placed: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows for counts that are not counted any more: like the whole of their table, counted as then.

    Args:
        gone: of the ledger.
        placed: the counts that there are, with the `row` of each.
        rows: observations, numbered.
    """
    like = ["academic_year", "indicator", "age", "sex"]
    # Residents below the line are those of all: what is put together with others divides what people learn.
    whole = placed.filter(pl.col("breakdown") == TOTAL).unique(like, keep="first", maintain_order=True)
    counts = gone.pivot("part", index=_CELL, values="persons").join(
        whole.select(*like, "row"), on=like, how="inner", maintain_order="left"
    )
    made = counts.join(rows.drop(like), on="row", how="left", maintain_order="left")
    parts = {column: pl.col(part) for part, column in FIGURE_PARTS.items() if part in counts.columns}
    return made.with_columns(
        *(
            _category(dimension).alias(dimension)
            for dimension in DIMENSIONS
            if dimension not in ("age", "sex")
        ),
        **{column: pl.coalesce(count, column) for column, count in parts.items()},
        # They are drawn no more: they are printed as they were.
        cell_key=pl.lit(0, pl.Int64),
        denominator_key=pl.when(pl.col("denominator_key").is_not_null()).then(pl.lit(0, pl.Int64)),
    )


def _category(dimension: str) -> pl.Expr:
    """Return the code in a dimension's column of a row of a breakdown, of one dimension or of two."""
    code = pl.when(pl.col("breakdown") == dimension).then("category")
    for crossed, pair in CROSSED.items():
        if dimension in pair:
            side = pl.col("category").str.split("/").list.get(pair.index(dimension), null_on_oob=True)
            code = code.when(pl.col("breakdown") == crossed).then(side)
    return code.otherwise(pl.lit(TOTAL))
