"""The probabilistic tier's decision: which entities are one person, which may be.

Links are taken best first, as a statistician would by hand: two clusters join where each is the other's best,
and no other is as good. Nothing is joined that a provider keeps apart, and no cluster grows past a limit.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.identity.components import components

SAME_WEIGHT = 1e-6
"""Weights that differ by less are a tie."""


@dataclass(frozen=True)
class Limits:
    """Where links begin and end.

    Args:
        link: probability from which a link is taken.
        sure: probability from which it is beyond doubt.
        doubtful: probability from which a link that is not taken counts as doubtful.
        largest: most entities of one person.
    """

    link: float
    sure: float
    doubtful: float
    largest: int


@dataclass(frozen=True)
class Clusters:
    """Entities by person.

    Args:
        of_entity: `entity_id`, and the least entity of its cluster: `person`; `finer` (nobody doubtful
            joined); `coarser` (everybody doubtful joined). Each finer one lies within one person, each
            person within one coarser one.
        refused: pairs of entities whose link was probable and yet not taken, with the `reason`: `tie`,
            `kept apart` (one provider has both at a time), `too many`, or `second best`.
    """

    of_entity: pl.DataFrame
    refused: pl.DataFrame


def best_links(
    entities: pl.Series, pairs: pl.DataFrame, doubts: pl.DataFrame, seats: pl.DataFrame, limits: Limits
) -> Clusters:
    """Cluster entities by their best links.

    Args:
        entities: all of them.
        pairs: `a`, `b` (entities, a < b), `weight`, `probability`: the best of each two.
        doubts: `a`, `b`: other pairs that may be one person.
        seats: `entity_id`, `unit`, `seat`: as whom (seat) a provider had it at a time (unit). Whom one
            unit has in two seats are two people.
        limits: where links begin and end.
    """
    seats = seats.join(
        pl.concat([pairs["a"], pairs["b"]]).unique().to_frame("entity_id"), on="entity_id", how="semi"
    )
    taking = _Taking(pairs.filter(pl.col("probability") >= limits.link), seats, limits.largest)
    taking.run()
    person = taking.cluster_of(entities)
    kept = _within(pairs, entities, person)
    sure = kept.filter(pl.col("probability") >= limits.sure)
    doubtful = pairs.filter(pl.col("probability") >= limits.doubtful)
    # A person is one cluster whatever its links' probabilities, and so the doubtful ones only add.
    own = pl.DataFrame({"a": entities, "b": person})
    chained = pl.concat([doubtful.select("a", "b"), doubts.select("a", "b"), own])
    return Clusters(
        pl.DataFrame(
            {
                "entity_id": entities,
                "person": person,
                "finer": components(entities, sure["a"], sure["b"]),
                "coarser": components(entities, chained["a"], chained["b"]),
            }
        ),
        taking.refused(_across(pairs.filter(pl.col("probability") >= limits.link), entities, person)),
    )


def _with_persons(pairs: pl.DataFrame, entities: pl.Series, person: pl.Series) -> pl.DataFrame:
    of = pl.DataFrame({"entity": entities, "person": person})
    return pairs.join(of.rename({"entity": "a", "person": "person_a"}), on="a").join(
        of.rename({"entity": "b", "person": "person_b"}), on="b"
    )


def _within(pairs: pl.DataFrame, entities: pl.Series, person: pl.Series) -> pl.DataFrame:
    return _with_persons(pairs, entities, person).filter(pl.col("person_a") == pl.col("person_b"))


def _across(pairs: pl.DataFrame, entities: pl.Series, person: pl.Series) -> pl.DataFrame:
    return _with_persons(pairs, entities, person).filter(pl.col("person_a") != pl.col("person_b"))


class _Taking:
    """Takes links round by round; a round joins every two clusters that are each other's best."""

    def __init__(self, pairs: pl.DataFrame, seats: pl.DataFrame, largest: int) -> None:
        members = pl.concat([pairs["a"], pairs["b"]]).unique().sort()
        self._cluster = pl.DataFrame({"entity_id": members, "cluster": members})
        self._links = pairs.select("a", "b", "weight")
        self._seats = seats
        self._largest = largest
        self._reasons: list[pl.DataFrame] = []

    def run(self) -> None:
        """Take links until none is left that may be taken."""
        while True:
            links = self._open_links()
            if links.is_empty():
                return
            chosen = self._mutual_best(links)
            if chosen.is_empty():
                return
            self._join(chosen)

    def cluster_of(self, entities: pl.Series) -> pl.Series:
        """Return the least entity of each one's cluster."""
        frame = pl.DataFrame({"entity_id": entities}).join(
            self._cluster, on="entity_id", how="left", maintain_order="left"
        )
        return frame.select(pl.coalesce("cluster", "entity_id")).to_series()

    def refused(self, across: pl.DataFrame) -> pl.DataFrame:
        """Return why links between different persons were not taken."""
        between = across.select("a", "b", "probability", pair=_pair_of("person_a", "person_b"))
        reasons = pl.concat(
            [pl.DataFrame(schema={"pair": _PAIR, "reason": pl.String}), *self._reasons]
        ).unique("pair", keep="last", maintain_order=True)
        return (
            between.join(reasons, on="pair", how="left")
            .select("a", "b", "probability", reason=pl.col("reason").fill_null("second best"))
            .sort("a", "b")
        )

    def _open_links(self) -> pl.DataFrame:
        """Return the best link of every two clusters, without those that may not be taken."""
        named = self._links.join(self._cluster.rename({"entity_id": "a", "cluster": "x"}), on="a").join(
            self._cluster.rename({"entity_id": "b", "cluster": "y"}), on="b"
        )
        links = (
            named.filter(pl.col("x") != pl.col("y"))
            .group_by(x=pl.min_horizontal("x", "y"), y=pl.max_horizontal("x", "y"))
            .agg(pl.col("weight").max())
            .sort("x", "y")
        )
        links = self._refuse(links, self._kept_apart(links), "kept apart")
        return self._refuse(links, self._too_many(links), "too many")

    def _refuse(self, links: pl.DataFrame, which: pl.DataFrame, reason: str) -> pl.DataFrame:
        if not which.is_empty():
            self._reasons.append(which.select(pair=_pair_of("x", "y"), reason=pl.lit(reason)))
        return links.join(which, on=["x", "y"], how="anti", maintain_order="left")

    def _kept_apart(self, links: pl.DataFrame) -> pl.DataFrame:
        """Return links of clusters that one unit has in different seats."""
        seats = self._seats.join(self._cluster, on="entity_id").select("cluster", "unit", "seat").unique()
        both = (
            links.select("x", "y")
            .join(seats.rename({"cluster": "x"}), on="x")
            .join(seats.rename({"cluster": "y"}), on=["y", "unit"], suffix="_y")
        )
        return both.filter(pl.col("seat") != pl.col("seat_y")).select("x", "y").unique()

    def _too_many(self, links: pl.DataFrame) -> pl.DataFrame:
        sizes = self._cluster.group_by("cluster").len("size")
        sized = links.join(sizes.rename({"cluster": "x"}), on="x").join(
            sizes.rename({"cluster": "y"}), on="y", suffix="_y"
        )
        return sized.filter(pl.col("size") + pl.col("size_y") > self._largest).select("x", "y")

    def _mutual_best(self, links: pl.DataFrame) -> pl.DataFrame:
        """Return the links that are the best of both their clusters and no tie."""
        both = pl.concat([links, links.select(x="y", y="x", weight="weight")])
        best = both.filter(pl.col("weight") >= pl.col("weight").max().over("x") - SAME_WEIGHT)
        tied = best.filter(pl.len().over("x") > 1)
        broken = self._broken(tied, links)
        if not broken.is_empty():
            dropped = tied.join(broken, on="x", how="semi").select(
                x=pl.min_horizontal("x", "y"), y=pl.max_horizontal("x", "y")
            )
            links = self._refuse(links, dropped.unique(), "tie")
            self._drop(dropped)
            return self._mutual_best(links) if not links.is_empty() else links
        first = best.group_by("x").agg(pl.col("y").min())
        mutual = first.join(first.select(x="y", y="x"), on=["x", "y"])
        return mutual.filter(pl.col("x") < pl.col("y")).sort("x")

    def _broken(self, tied: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
        """Return the clusters whose equally good partners are not all linked with one another.

        Three records that say the same are one person, and each has two best partners. Where the partners are
        strangers, one of them is the wrong one, and nobody can tell which.
        """
        partners = (
            tied.select("x", "y")
            .join(tied.select("x", other="y"), on="x")
            .filter(pl.col("y") < pl.col("other"))
        )
        known = links.select(y="x", other="y", linked=pl.lit(value=True))
        unknown = partners.join(known, on=["y", "other"], how="left").filter(pl.col("linked").is_null())
        return unknown.select("x").unique()

    def _drop(self, pairs: pl.DataFrame) -> None:
        """Forget the links between these clusters."""
        named = self._links.join(
            self._cluster.rename({"entity_id": "a", "cluster": "x"}), on="a", maintain_order="left"
        ).join(self._cluster.rename({"entity_id": "b", "cluster": "y"}), on="b", maintain_order="left")
        ordered = named.with_columns(x=pl.min_horizontal("x", "y"), y=pl.max_horizontal("x", "y"))
        self._links = ordered.join(pairs, on=["x", "y"], how="anti").select("a", "b", "weight")

    def _join(self, chosen: pl.DataFrame) -> None:
        into = chosen.select(cluster="y", into="x")
        self._cluster = self._cluster.join(into, on="cluster", how="left", maintain_order="left").select(
            "entity_id", cluster=pl.coalesce("into", "cluster")
        )


_PAIR = pl.Struct({"x": pl.Int64, "y": pl.Int64})


def _pair_of(x: str, y: str) -> pl.Expr:
    return pl.struct(x=pl.min_horizontal(x, y), y=pl.max_horizontal(x, y))
