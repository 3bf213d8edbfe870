"""The deterministic tiers: profiles that bear the same number, or that one provider calls the same, are one.

An identifier that people of conflicting name or date of birth bear is split between them, and listed.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.identity.components import components


@dataclass(frozen=True)
class Entities:
    """What the deterministic tiers make of profiles.

    Args:
        of_profile: `profile_id`, `entity_id` (the least profile of the entity).
        of_bearer: `bearer_id`, `kind`, `identifier`, `holder` (the least bearer of those taken for one),
            `holders` (how many the identifier has), `kept` (whether the identifier may join profiles).
    """

    of_profile: pl.DataFrame
    of_bearer: pl.DataFrame


def join_by_identifiers(profiles: pl.Series, bearers: pl.DataFrame, pairs: pl.DataFrame) -> Entities:
    """Join profiles by what they bear.

    Args:
        profiles: all of them.
        bearers: columns of `linkage.bearer`.
        pairs: columns of `linkage.bearer_pair`.
    """
    held = _holders(bearers, pairs)
    claims = held.filter("kept").explode("profile_ids").select("holder", profile_id="profile_ids")
    # A holder is a node beside the profiles: its number is shifted past all of theirs.
    shift = (profiles.max() or 0) + 1
    holders = claims["holder"] + shift
    nodes = pl.concat([profiles.cast(pl.Int64), holders.unique()])
    entity = components(nodes, claims["profile_id"], holders)
    return Entities(
        pl.DataFrame({"profile_id": profiles.cast(pl.Int64), "entity_id": entity[: len(profiles)]}),
        held.drop("profile_ids"),
    )


def _holders(bearers: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Say which bearers of an identifier are taken for one."""
    same = pairs.filter(pl.col("verdict") == "same")
    holder = components(bearers["bearer_id"], same["bearer_a"], same["bearer_b"])
    known = bearers.with_columns(holder=holder, own=pl.col("bearer_id"))
    vague = _holders_of_vague(known, pairs)
    known = known.join(vague, on="bearer_id", how="left", maintain_order="left").with_columns(
        holder=pl.coalesce("attached", "holder")
    )
    return known.select(
        "bearer_id",
        "kind",
        "identifier",
        "holder",
        "profile_ids",
        holders=pl.col("holder").n_unique().over("kind", "identifier"),
        # One with too many bearers was compared with nobody.
        kept=pl.col("bearers") <= MOST_BEARERS,
    )


MOST_BEARERS = 20
"""An identifier with more different bearers is a default of somebody's software: it joins no one."""


def _holders_of_vague(known: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return `bearer_id`, `attached` for bearers without name or date of birth that can be only one holder.

    Who could be several stays alone: to guess would join two people.
    """
    names = known.select("bearer_id", "holder", "distinct_enough")
    both = pl.concat(
        pairs.select("kind", "identifier", "verdict", bearer_id=a, other=b)
        for a, b in (("bearer_a", "bearer_b"), ("bearer_b", "bearer_a"))
    )
    vague = both.join(names.filter(~pl.col("distinct_enough")), on="bearer_id").drop("holder")
    against = vague.join(names.rename({"bearer_id": "other"}), on="other", suffix="_other")
    possible = (
        against.filter("distinct_enough_other")
        .group_by("bearer_id", "holder")
        .agg(differs=(pl.col("verdict") == "differ").any())
        .filter(~pl.col("differs"))
        .group_by("bearer_id")
        .agg(attached=pl.col("holder").min(), count=pl.len())
        .filter(pl.col("count") == 1)
        .select("bearer_id", "attached")
    )
    # Where nobody is known well enough, all are one, unless two of them contradict each other.
    alone = against.filter(~pl.col("distinct_enough_other").any().over("kind", "identifier"))
    contradicts = (pl.col("verdict") == "differ").any().over("kind", "identifier")
    agreeing = alone.filter(~contradicts)
    members = alone["bearer_id"].unique()
    together = pl.DataFrame(
        {"bearer_id": members, "attached": components(members, agreeing["bearer_id"], agreeing["other"])}
    )
    return pl.concat([possible, together])
