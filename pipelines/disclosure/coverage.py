"""Figures for which too few returns have come are marked, then withheld, and never quietly lower."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator

if TYPE_CHECKING:
    from pipelines.disclosure.figures import Figure

PROVISIONAL, UNAVAILABLE = "[p]", "[x]"
"""GSS shorthand: provisional; not available."""


@dataclass(frozen=True)
class Coverage:
    """How complete the returns behind a figure are.

    Args:
        shares: academic year and extract format (or `_T`) → share of last year's learners whose sender's
            return stands; None where there is no year before.
        marked: below this share a figure is marked as provisional.
        withheld: below this one it is not published.
    """

    shares: Mapping[tuple[str, str], float | None] = field(default_factory=dict)
    marked: float = 0.98
    withheld: float = 0.8

    @classmethod
    def of(cls, table: pl.DataFrame, marked: float, withheld: float) -> "Coverage":
        """Read `core.coverage`."""
        columns = table.select("academic_year", "collection", "share_of_last_years_learners")
        return cls({(year, what): share for year, what, share in columns.iter_rows()}, marked, withheld)

    def share(self, indicator: Indicator, year: str) -> float | None:
        """Return the lowest share among the formats that an indicator rests on; None where none is known."""
        known = [self.shares.get((year, what)) for what in indicator.collections or (TOTAL,)]
        return min((share for share in known if share is not None), default=None)

    def withholds(self, indicator: Indicator, year: str) -> bool:
        """Say whether an indicator's figures of a year are not published."""
        share = self.share(indicator, year)
        return share is not None and share < self.withheld

    def apply(self, figure: "Figure", indicator: Indicator, year: str) -> "Figure":
        """Return a figure as it may be published."""
        share = self.share(indicator, year)
        if share is None or share >= self.marked:
            return figure
        if share < self.withheld:
            return replace(
                figure, value=None, lower=None, upper=None, ratio=None, obs_status="O", markers=UNAVAILABLE
            )
        if figure.markers == UNAVAILABLE:
            return figure
        status = figure.obs_status if figure.obs_status == "U" else "P"
        return replace(figure, obs_status=status, markers=f"{figure.markers} {PROVISIONAL}".strip())
