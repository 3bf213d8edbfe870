"""By whose keys a count is drawn: those of the widest group that its persons are among.

Two counts of which one is among the other, drawn each by itself, cross each other now and then, and one of
them has to give way: the inner is then too often rounded down, the outer up. Drawn by one key they never do.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from pipelines.disclosure.controlled import PLACE
from pipelines.disclosure.relations import Shape
from pipelines.disclosure.rounding import KEYS
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.terms import HOME

_CELL = [name for name in PLACE if name not in ("indicator", "part")]
_DEPTH = 4
"""Steps from the innermost count to the widest: low, numerator, denominator, and what that is within."""


def with_draws(counts: pl.DataFrame, shapes: Mapping[str, Shape]) -> pl.DataFrame:
    """Return counts with `draw`: 12 bits of the key of the widest count of the cell that each is among.

    Args:
        counts: with academic year, place and key.
        shapes: of each indicator.
    """
    names = dict.fromkeys(("indicator", "part", "outer", "outer_part"), pl.String)
    wider = pl.DataFrame(list(_wider(counts, shapes)), schema=names, orient="row")
    draws = counts.select("academic_year", *PLACE, draw="key")
    for _ in range(_DEPTH):
        outer = draws.rename({"indicator": "outer", "part": "outer_part", "draw": "of_outer"})
        found = (
            draws.join(wider, on=["indicator", "part"])
            .filter((pl.col("outer") == pl.col("indicator")) | pl.col("breakdown").is_in([TOTAL, *HOME]))
            .join(outer, on=["academic_year", "outer", "outer_part", *_CELL])
            .unique(["academic_year", *PLACE], keep="first", maintain_order=True)
            .select("academic_year", *PLACE, "of_outer")
        )
        draws = draws.join(found, on=["academic_year", *PLACE], how="left", maintain_order="left").select(
            "academic_year", *PLACE, draw=pl.coalesce("of_outer", "draw")
        )
    return counts.with_columns(draws["draw"] % KEYS)


def _wider(counts: pl.DataFrame, shapes: Mapping[str, Shape]) -> Iterator[tuple[str, str, str, str]]:
    """Yield indicator and part, and those by whose keys it is drawn: of its own, or of others."""
    there = set(counts.select("indicator", "part").unique().iter_rows())
    for indicator, part in sorted(there):
        outer = {"low": "numerator", "high": "numerator", "numerator": "denominator"}.get(part)
        if (indicator, outer) in there:
            yield indicator, part, indicator, outer
        else:
            for other in shapes[indicator].within:
                yield indicator, part, other, "numerator"
