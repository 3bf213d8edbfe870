"""Finds the published row of one cell."""

import polars as pl

from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import DIMENSIONS, LOWEST

_WHOLE = dict.fromkeys((*DIMENSIONS, "base_indicator", "comparison"), TOTAL)


def row_of(published: pl.DataFrame, indicator: str, year: str, **cell: str) -> dict | None:
    """Return an indicator's published row of a year in a cell; dimensions not given are whole."""
    found = published.filter(indicator=indicator, academic_year=year, **(_WHOLE | cell))
    return found.row(0, named=True) if found.height else None


def headline_row(indicator: Indicator, published: pl.DataFrame, year: str, **more: str) -> dict | None:
    """Return the published row that stands for an indicator in a year, or its cell with `more`.

    Where the headline is of the lowest, that is the row with the lowest value; the first of several.
    """
    cell = _WHOLE | indicator.headline | more
    free = {name for name, code in cell.items() if code == LOWEST}
    if not free:
        return row_of(published, indicator.key, year, **(indicator.headline | more))
    fixed = {name: code for name, code in cell.items() if name not in free}
    found = published.filter(
        pl.col("value").is_not_null(), indicator=indicator.key, academic_year=year, **fixed
    )
    return found.sort("value", *sorted(free)).row(0, named=True) if found.height else None
