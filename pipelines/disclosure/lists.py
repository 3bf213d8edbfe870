"""The disclosure control policy as SQL sees it: reference lists made from the file that people sign."""

import polars as pl

from pipelines.disclosure.policy import Policy
from pipelines.reference import MadeList


def _dominance(policy: Policy) -> list[tuple]:
    return [(policy.dominance.fewest_providers, policy.dominance.largest_share)]


def _public(policy: Policy) -> list[tuple]:
    kinds, providers = policy.dominance.public_kinds, policy.dominance.consenting
    return [*(("kind", kind) for kind in kinds), *(("provider", number) for number in providers)]


POLICY_LISTS = (
    MadeList(
        "dominance",
        "When a category of provision says too much of one provider: one row.",
        {
            "fewest_providers": "Providers of a category that is published by itself, at least.",
            "largest_share": "Percent of its enrolments that one provider may have.",
        },
        "policy",
        _dominance,
        {"fewest_providers": pl.Int64(), "largest_share": pl.Int64()},
    ),
    MadeList(
        "public_provider",
        "Providers whose numbers of learners are published anyway, or who agreed that theirs are.",
        {"what": "kind or provider.", "code": "The kind of provider, or its number."},
        "policy",
        _public,
        {},
    ),
)
