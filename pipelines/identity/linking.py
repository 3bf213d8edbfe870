"""Who is the same person: the tiers one after the other, in memory only.

Takes staged records, gives `identity.person_link`. The SQL is in `sql/linkage/`; what lies between its tables
is done here: joining by identifiers, scoring, and choosing the best links.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines import warehouse
from pipelines.identity.best_links import Limits, best_links
from pipelines.identity.entities import Entities, join_by_identifiers
from pipelines.identity.scoring import PAIRS, score
from pipelines.identity.weights import Weights
from pipelines.models import LINKAGE, OUTCOMES, Model


@dataclass(frozen=True)
class Tiers:
    """Which tiers link.

    Args:
        identifiers: kinds of identifiers that join: `uln`, `upn`, `local`.
        weights: the trained model; None links nobody by names.
        limits: where links by names begin and end.
    """

    identifiers: frozenset[str]
    weights: Weights | None
    limits: Limits

    @property
    def recipe(self) -> str:
        """The same text for the same tiers, in every process: a set alone has no order."""
        return repr((sorted(self.identifiers), self.weights, self.limits))


@dataclass
class Linking:
    """The linkage of one set of staged records.

    Args:
        connection: an in-memory database in which the models of `sql/linkage` find what they read.
        models: these models, by table.
    """

    connection: duckdb.DuckDBPyConnection
    models: Mapping[str, Model]

    def link(self, tiers: Tiers, last_year: str | None = None) -> None:
        """Make every table of schema `linkage`, of the records up to an academic year, or of all."""
        self.connection.execute("SET VARIABLE last_linked_year = $1", [last_year])
        entities = self.join(tiers.identifiers)
        pairs = score(self.connection, tiers.weights) if tiers.weights else pl.DataFrame(schema=PAIRS)
        for name in ("seat", "doubt"):
            self._make(name)
        seats = self._fetch("seat", "entity_id", "unit", "seat")
        every = entities.of_profile["entity_id"].unique().sort()
        clusters = best_links(every, pairs, self._fetch("doubt", "a", "b"), seats, tiers.limits)
        warehouse.load(self.connection, f"{LINKAGE}.cluster", clusters.of_entity)
        warehouse.load(self.connection, f"{LINKAGE}.refused", clusters.refused)
        # The others read who is who, which is stored last.
        for name in reversed(OUTCOMES.values()):
            self._make(name)

    def join(self, identifiers: frozenset[str]) -> Entities:
        """Make the tables up to `linkage.variant`: entities, joined by identifiers of these kinds."""
        for name in ("profile", "bearer", "bearer_pair"):
            self._make(name)
        bearers = self._fetch(
            "bearer", "bearer_id", "kind", "identifier", "distinct_enough", "bearers", "profile_ids"
        )
        bearers = bearers.filter(pl.col("kind").is_in(sorted(identifiers)))
        pairs = self._fetch("bearer_pair", "kind", "identifier", "bearer_a", "bearer_b", "verdict")
        pairs = pairs.filter(pl.col("kind").is_in(sorted(identifiers)))
        entities = join_by_identifiers(self._fetch("profile", "profile_id")["profile_id"], bearers, pairs)
        warehouse.load(self.connection, f"{LINKAGE}.entity", entities.of_profile)
        warehouse.load(
            self.connection,
            f"{LINKAGE}.holder",
            entities.of_bearer.select("bearer_id", "holder", "holders", "kept"),
        )
        self._make("variant")
        return entities

    def write_result(self, name: str, file: Path) -> None:
        """Write a table of schema `linkage` that identifies nobody as Parquet."""
        self.connection.table(f"{LINKAGE}.{name}").write_parquet(str(file))

    def years(self) -> list[str]:
        """Return the academic years of the staged records, in order."""
        years = self.connection.table("staging.learning_record").select("academic_year").distinct()
        return sorted(year for (year,) in years.fetchall())

    def write_later_links(self, last_year: str, file: Path) -> None:
        """Write who is who in the years after one as Parquet, as found from all records."""
        later = duckdb.ColumnExpression("academic_year") > duckdb.ConstantExpression(last_year)
        records = self.connection.table("staging.learning_record").filter(later).select("record_id")
        links = self.connection.table(f"{LINKAGE}.person_link")
        links.join(records, "record_id", how="semi").write_parquet(str(file))

    def clusters(self) -> pl.DataFrame:
        """Return `record_id`, and the least entity of its `person`, `finer` and `coarser` cluster."""
        profiles = self._fetch("profile", "profile_id", "record_ids").explode("record_ids")
        return (
            profiles.rename({"record_ids": "record_id"})
            .join(self._fetch("entity", "profile_id", "entity_id"), on="profile_id")
            .join(self._fetch("cluster", "entity_id", "person", "finer", "coarser"), on="entity_id")
            .drop("profile_id")
        )

    def about(self) -> str:
        """Say in words of what the profiles are: nothing of anybody."""
        profiles = self._fetch("profile", "provider_id", "academic_years")
        years = profiles["academic_years"].explode()
        providers = profiles["provider_id"].n_unique()
        return f"{len(profiles):,} profiles of {providers:,} providers, {years.min()} to {years.max()}"

    def prepare_training(self) -> None:
        """Make the table to train on."""
        self._make("training")

    def _make(self, name: str) -> None:
        model = self.models[f"{LINKAGE}.{name}"]
        warehouse.create_table(self.connection, model.table, model.query)

    def _fetch(self, name: str, *columns: str) -> pl.DataFrame:
        return self.connection.table(f"{LINKAGE}.{name}").select(*columns).pl()
