"""What was published before, so that it is published again, and so that what changes does so the right way.

Persons who were published as a number are published as the same one. Where others came to them or some left,
the number is drawn as it was the first time, and is never less where they are more: two releases together
then say no more of anybody than each does alone.
"""

import polars as pl

from pipelines.disclosure.controlled import HEADLINE, LIGHT, PLACE
from pipelines.disclosure.rounding import keyed_rounding, price
from pipelines.indicators.bands import TOTAL

UNCHANGED = 100.0
"""Weight of a count whose persons were published before."""
FORGOTTEN = -1
"""In the place of a key: no persons have it."""
LEDGER_SCHEMA = {
    "academic_year": pl.String,
    **dict.fromkeys(PLACE, pl.String),
    "persons": pl.Int64,
    "key": pl.Int64,
    "draw": pl.Int64,
    "base": pl.Int64,
    "published": pl.Int64,
}
"""What was published of each count last: of how many, drawn by what. Exact, so it never leaves the vault."""
_COUNT = ["academic_year", *PLACE]


def anchored(counts: pl.DataFrame, ledger: pl.DataFrame, base: int) -> pl.DataFrame:
    """Return counts with what they may be published as, what was drawn for them, and what another one costs.

    Args:
        counts: with academic year, place, persons, key, and `draw`, by which each is drawn if it is `keyed`.
        ledger: of `LEDGER_SCHEMA`.
        base: of rounding; what was published to another one says nothing here.
    """
    before = ledger.filter(base=base).select(
        *_COUNT, was="persons", was_key="key", was_drawn_by="draw", was_published="published"
    )
    floor = pl.col("persons") // base * base
    ceiling = -(-pl.col("persons") // base) * base
    same = (pl.col("persons") == pl.col("was")) & (pl.col("key") == pl.col("was_key"))
    # What others cost is no reason to say less of more people, or more of fewer.
    more, fewer = pl.col("persons") >= pl.col("was"), pl.col("persons") <= pl.col("was")
    total = (pl.col("breakdown") == TOTAL) & (pl.col("sex") == TOTAL)
    within = pl.col("was_published").is_between(floor, ceiling)
    return (
        counts.join(before, on=_COUNT, how="left", maintain_order="left")
        .with_columns(draw=pl.coalesce("was_drawn_by", "draw"))
        .with_columns(
            least=pl.when(more & within).then("was_published").otherwise(floor),
            most=pl.when(fewer & within).then("was_published").otherwise(ceiling),
            drawn=pl.when(same)
            .then("was_published")
            .when("keyed")
            .then(keyed_rounding(pl.col("persons"), pl.col("draw"), base))
            .otherwise((2 * pl.col("persons") + base) // (2 * base) * base),
            weight=pl.when(same)
            .then(UNCHANGED)
            .otherwise(pl.when(total).then(HEADLINE).otherwise(LIGHT) * price(pl.col("key"))),
        )
        .drop("was", "was_key", "was_drawn_by", "was_published", "keyed")
    )


def noted(rounded: pl.DataFrame, ledger: pl.DataFrame, base: int) -> pl.DataFrame:
    """Return the ledger after these counts were published.

    What is no longer published stays, but for the keys of its persons: one of them may have been erased.
    """
    now = rounded.with_columns(base=pl.lit(base, pl.Int64)).select(
        pl.col(name).cast(dtype) for name, dtype in LEDGER_SCHEMA.items()
    )
    gone = ledger.join(now, on=_COUNT, how="anti").with_columns(key=pl.lit(FORGOTTEN, pl.Int64))
    return pl.concat([now, gone]).sort(_COUNT)


def changed_without_cause(now: pl.DataFrame, before: pl.DataFrame) -> int:
    """Return how many counts of the same persons are published as another number than before.

    Args:
        now, before: ledgers; of different bases there is nothing to compare.
    """
    same = now.join(before, on=[*_COUNT, "persons", "key", "base"])
    return same.filter(pl.col("published") != pl.col("published_right")).height
