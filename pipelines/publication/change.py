"""What a headline did since the year before, in a sentence that says no more than its intervals bear out."""

from collections.abc import Mapping

import polars as pl

from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import LOWEST, PANEL, Formula
from pipelines.publication.cells import headline_row

CONSTANT = "constant"
"""Code of the panel of providers that have reported in every year."""


def change_sentence(indicator: Indicator, published: pl.DataFrame, year: str) -> str:
    """Return how a year's headline compares with that of the year before; empty where one has no figure.

    Like for like where the indicator is counted so: a provider more or less is no change in learning.
    Higher or lower is said where the 95 % intervals, which cover rounding too, have nothing in common: fewer
    changes are called clear than a test of the difference would call so (methodology 7). The interval of a
    plain count covers rounding alone, and the lowest of two years may be of two wards: nothing is said of
    them.
    """
    years = sorted(y for y in published["academic_year"].unique() if y < year)
    if not years or indicator.formula is Formula.COUNT or LOWEST in indicator.headline.values():
        return ""
    of_panel = {PANEL: CONSTANT} if PANEL in indicator.breakdowns else {}
    now, before = (headline_row(indicator, published, y, **of_panel) for y in (year, years[-1]))
    if any(row is None or None in (row["value"], row["lower"], row["upper"]) for row in (now, before)):
        return ""
    verdict = _verdict(now, before)
    start = f"Like for like, {verdict}" if of_panel else verdict[0].upper() + verdict[1:]
    then, new = (f"{row['value']:,.{row['decimals']}f}" for row in (before, now))
    return f"{start} {years[-1]} ({then}, now {new})."


def progress_sentence(indicator: Indicator, published: pl.DataFrame, year: str) -> str:
    """Return how far the headline has come from the city's baseline to its aim; empty where it has none.

    Progress is (value - baseline) / (aim - baseline), of the headline as published: below 0 %
    where it went the other way, above 100 % where it went further.
    """
    if indicator.aim is None:
        return ""
    start, end = indicator.baseline, indicator.aim
    aim = f"The city aims at {end.value:g} by {end.year} ({end.source}), from {start.value:g} in {start.year}"
    row = headline_row(indicator, published, year)
    if row is None or row["value"] is None:
        return f"{aim}; how far it has come cannot be said for {year}."
    share = 100 * (row["value"] - start.value) / (end.value - start.value)
    return f"{aim}: {share:.0f} % of the way in {year}."


def _verdict(now: Mapping, before: Mapping) -> str:
    if now["lower"] > before["upper"]:
        return "higher than in"
    if now["upper"] < before["lower"]:
        return "lower than in"
    return "no clear change from"
