"""Finds the published row of one cell."""

import polars as pl

from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import DIMENSIONS

_WHOLE = dict.fromkeys((*DIMENSIONS, "base_indicator", "comparison"), TOTAL)


def row_of(published: pl.DataFrame, indicator: str, year: str, **cell: str) -> dict | None:
    """Return an indicator's published row of a year in a cell; dimensions not given are whole."""
    found = published.filter(indicator=indicator, academic_year=year, **(_WHOLE | cell))
    return found.row(0, named=True) if found.height else None


def headline_row(indicator: Indicator, published: pl.DataFrame, year: str, **more: str) -> dict | None:
    """Return the published row that stands for an indicator in a year, or its cell with `more`."""
    return row_of(published, indicator.key, year, **(indicator.headline | more))
