"""Scores pairs of descriptions with a trained model, and makes Splink's linker for whoever trains one."""

import logging

import duckdb
import polars as pl
from splink import Linker
from splink.backends.duckdb import DuckDBAPI

from pipelines.identity.model import POSSIBLY_ONE
from pipelines.identity.weights import Weights

LEAST_WEIGHT = -10.0
"""Match weight below which a pair is no candidate for any figure: one in a thousand."""
PAIRS = {"a": pl.Int64, "b": pl.Int64, "weight": pl.Float64, "probability": pl.Float64}


def linker(connection: duckdb.DuckDBPyConnection, table: str, settings: dict) -> Linker:
    """Return Splink's linker over a table of schema `linkage`; its own log stays silent."""
    # Splink takes no table of another schema than the current one.
    connection.table(f"linkage.{table}").create_view(table, replace=True)
    logging.getLogger("splink").setLevel(logging.ERROR)
    return Linker(DuckDBAPI(connection=connection).register(table), settings, log_level=logging.ERROR)


def score(connection: duckdb.DuckDBPyConnection, weights: Weights) -> pl.DataFrame:
    """Return the probable pairs of entities, a < b, by their best variants, in the columns of `PAIRS`."""
    variants = connection.table("linkage.variant").count("*").fetchall()[0][0]
    if variants < 2:
        return pl.DataFrame(schema=PAIRS)
    inference = linker(connection, "variant", weights.settings(variants)).inference
    predicted = inference.predict(threshold_match_weight=LEAST_WEIGHT).physical_name
    possible = connection.table(predicted).filter(POSSIBLY_ONE)
    pairs = possible.select("entity_id_l", "entity_id_r", "match_weight", "match_probability")
    return (
        pairs.pl()
        .group_by(
            a=pl.min_horizontal("entity_id_l", "entity_id_r"),
            b=pl.max_horizontal("entity_id_l", "entity_id_r"),
        )
        .agg(weight=pl.col("match_weight").max(), probability=pl.col("match_probability").max())
        .sort("a", "b")
    )
