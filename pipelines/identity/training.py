"""Trains the weights on a city's own records, without labels. Done on purpose, never by a run.

u, how often two people agree, comes from random pairs. m, how often two records of one person do, comes from
expectation maximisation over pairs of two providers' records: once over those of one birth date, which
teaches all but the date, once over those of one full name, which teaches the date.
"""

import duckdb
import polars as pl

from pipelines.identity.model import untrained
from pipelines.identity.scoring import linker, score
from pipelines.identity.weights import Weights, of_settings

SEED = 1
RANDOM_PAIRS = 1e7
PAIRS_OF_ONE_DATE = 5e6
"""More would take longer and change no digit that counts."""
SAME_DATE = "l.born = r.born and l.provider_id <> r.provider_id"
SAME_NAME = "l.given_name = r.given_name and l.family_name = r.family_name and l.provider_id <> r.provider_id"


def train(connection: duckdb.DuckDBPyConnection, trained_on: str) -> Weights:
    """Train on `linkage.training`, then find the prior on `linkage.variant`.

    Args:
        connection: holds both tables.
        trained_on: what they are of, in words, for those who review the weights.

    Raises:
        WeightsError: an attribute cannot be trained, because no two records of one person have it.
    """
    learner = linker(connection, "training", untrained() | {"blocking_rules_to_generate_predictions": []})
    learner.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED)
    for rule in (SAME_DATE, SAME_NAME):
        learner.training.estimate_parameters_using_expectation_maximisation(
            rule,
            estimate_without_term_frequencies=True,
            max_pairs=PAIRS_OF_ONE_DATE,
            record_sample_proportion=0.2,
        )
    trained = learner.misc.save_model_to_json()
    attributes = of_settings(trained)
    return _with_prior(
        connection, Weights(trained_on=trained_on, links_per_variant=0.1, attributes=attributes)
    )


def _with_prior(connection: duckdb.DuckDBPyConnection, weights: Weights) -> Weights:
    """Find how many links are expected: as many as their probabilities add up to, given that many."""
    variants = connection.table("linkage.variant").count("*").fetchall()[0][0]
    pairs = score(connection, weights)
    # The evidence of a pair does not depend on the prior: it is taken out once, and put in anew each time.
    evidence = pairs["weight"] - _log_odds(weights, variants)
    for _ in range(50):
        odds = (evidence + _log_odds(weights, variants)).to_numpy()
        expected = float((1 / (1 + 2.0**-odds)).sum()) / variants
        if abs(expected - weights.links_per_variant) < 1e-6:
            break
        weights = weights.model_copy(update={"links_per_variant": float(f"{max(expected, 1e-6):.6g}")})
    return weights


def _log_odds(weights: Weights, variants: int) -> float:
    prior = weights.settings(variants)["probability_two_random_records_match"]
    return float(pl.Series([prior / (1 - prior)]).log(2)[0])
