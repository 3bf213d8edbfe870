"""Figures that are withheld as wholes: too few returns have come, or one provider can be told.

Figures for which too few returns have come are marked, then withheld, and never quietly lower.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from pipelines.disclosure.figures import CONFIDENTIAL, UNAVAILABLE, Figure
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator

PROVISIONAL = "[p]"
"""GSS shorthand: provisional."""
_NOTHING = {"value": None, "lower": None, "upper": None, "ratio": None, "obs_status": "O"}


@dataclass(frozen=True)
class Coverage:
    """How complete the returns behind a figure are.

    Args:
        shares: academic year and extract format (or `_T`) → share of last year's learners whose sender's
            return stands; None where there is no year before.
        marked: below this share a figure is marked as provisional.
        withheld: below this one it is not published.
        merged: academic year → dimension and category of provision that is published with others, so that no
            provider can be told: nor is an indicator published that is all of it.
    """

    shares: Mapping[tuple[str, str], float | None] = field(default_factory=dict)
    marked: float = 0.98
    withheld: float = 0.8
    merged: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: pl.DataFrame, marked: float, withheld: float, merged: pl.DataFrame) -> "Coverage":
        """Read `core.coverage`, and which categories are merged in which academic year."""
        columns = table.select("academic_year", "collection", "share_of_last_years_learners")
        shares = {(year, what): share for year, what, share in columns.iter_rows()}
        of_years: dict[str, set[tuple[str, str]]] = {}
        for year, *category in merged.select("academic_year", "dimension", "code").iter_rows():
            of_years.setdefault(year, set()).add(tuple(category))
        return cls(shares, marked, withheld, {year: frozenset(found) for year, found in of_years.items()})

    @classmethod
    def of_published(cls, years: Mapping[str, Mapping]) -> "Coverage":
        """Return what a release says of its years (`published`): which formats lack returns, and how far.

        Shares of learners are not published: one stands here for all that have the same consequence.
        """
        limits = cls()
        share = {PROVISIONAL: limits.withheld, UNAVAILABLE: 0.0}
        lacking = {
            (year, what): share[marker]
            for year, said in years.items()
            for what, marker in said["lacking"].items()
        }
        merged = {year: frozenset(map(tuple, said["merged"])) for year, said in years.items()}
        return replace(limits, shares=lacking, merged=merged)

    def published(self, years: Iterable[str]) -> dict[str, dict]:
        """Return academic year → what may be said: the mark that each format's figures have for returns that
        have not come, and the categories that are published with others.
        """
        return {
            year: {
                "lacking": {
                    what: UNAVAILABLE if share < self.withheld else PROVISIONAL
                    for (of, what), share in sorted(self.shares.items())
                    if of == year and share is not None and share < self.marked
                },
                "merged": sorted(map(list, self.merged.get(year, ()))),
            }
            for year in sorted(years)
        }

    def share(self, indicator: Indicator, year: str) -> float | None:
        """Return the lowest share among the formats that an indicator rests on; None where none is known."""
        known = [self.shares.get((year, what)) for what in indicator.collections or (TOTAL,)]
        return min((share for share in known if share is not None), default=None)

    def withholds(self, indicator: Indicator, year: str) -> bool:
        """Say whether an indicator's figures of a year are not published."""
        share = self.share(indicator, year)
        return self.is_confidential(indicator, year) or (share is not None and share < self.withheld)

    def is_confidential(self, indicator: Indicator, year: str) -> bool:
        """Say whether an indicator's figures of a year would say how many learners one provider has."""
        return not self.merged.get(year, frozenset()).isdisjoint(indicator.whole_of.items())

    def apply(self, figure: Figure, indicator: Indicator, year: str) -> Figure:
        """Return a figure as it may be published."""
        if self.is_confidential(indicator, year):
            return replace(figure, **_NOTHING, markers=CONFIDENTIAL)
        share = self.share(indicator, year)
        if share is None or share >= self.marked:
            return figure
        if share < self.withheld:
            return replace(figure, **_NOTHING, markers=UNAVAILABLE)
        if figure.markers == UNAVAILABLE:
            return figure
        status = figure.obs_status if figure.obs_status == "U" else "P"
        return replace(figure, obs_status=status, markers=f"{figure.markers} {PROVISIONAL}".strip())
