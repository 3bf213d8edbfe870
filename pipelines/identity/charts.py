"""Splink's own charts of a trained model: what each agreement weighs, and why. Nobody is in them."""

from collections.abc import Mapping

import polars as pl

from pipelines import warehouse
from pipelines.identity.scoring import linker
from pipelines.identity.weights import Weights
from pipelines.models import Model

ENOUGH = 1_000_000
"""Variants for which the prior is shown: it is lower in a larger city."""


def charts(weights: Weights, variant: Model) -> Mapping[str, str]:
    """Return name → a page that is whole in itself.

    Args:
        weights: the trained model.
        variant: `linkage.variant`, for its columns.
    """
    with warehouse.connect(None) as connection:
        columns = dict.fromkeys(variant.columns, pl.String)
        warehouse.load(connection, variant.table, pl.DataFrame(schema=columns))
        shown = linker(connection, "variant", weights.settings(ENOUGH)).visualisations
        return {
            "match-weights": shown.match_weights_chart().to_html(inline=True),
            "m-and-u": shown.m_u_parameters_chart().to_html(inline=True),
        }
