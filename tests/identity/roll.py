"""A roll of records made by hand, linked in memory as the pipeline links those of a city."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pipelines import warehouse
from pipelines.identity.best_links import Limits
from pipelines.identity.linking import Linking, Tiers
from pipelines.identity.weights import Weights
from pipelines.models import read_linkage
from tests.conftest import RECORD_TYPES, REPOSITORY
from tests.vaults import SECRETS

MODELS = read_linkage(REPOSITORY / "sql")
WEIGHTS = Weights.read(REPOSITORY / "data" / "linkage_model.json")
LIMITS = Limits(link=0.8, sure=0.999, doubtful=0.05, largest=8)
EVERY_KIND = frozenset({"uln", "upn", "local"})
BY_NUMBERS = Tiers(EVERY_KIND, None, LIMITS)
BY_NAMES = Tiers(EVERY_KIND, WEIGHTS, LIMITS)

ULN_A, ULN_B = "9276308686", "1000000027"
"""HESA's example, and 10*1 + 2*2 + 1*7 = 21, 21 mod 11 = 10: both pass the check digit."""
UPN_A = "B352200123456"
"""3*2 + 5*3 + 2*4 + 2*5 + 0 + 0 + 1*8 + 2*9 + 3*10 + 4*11 + 5*12 + 6*13 = 277, 277 mod 23 = 1: letter B."""


@dataclass
class Roll:
    """Records, each named by the order in which it was added."""

    records: list[dict] = field(default_factory=list)

    def add(self, given: str | None, family: str | None, born: str | None, **fields: object) -> int:
        """Add a record of a new reference at a provider of its own; return its number."""
        number = len(self.records) + 1
        self.records.append(
            {
                "record_id": number,
                "return_no": 1,
                "collection": "ilr",
                "provider_id": f"P{number}",
                "academic_year": "2024/25",
                "local_ref": f"L{number}",
                "given_names": given,
                "family_name": family,
                "birth_date": born and date.fromisoformat(born),
                "sex": "F",
                "postcode": "M1 1AA",
                **fields,
            }
        )
        return number

    def link(self, tiers: Tiers) -> dict[int, dict]:
        """Return record → its row of `linkage.person_link`."""
        rows = self.tables(tiers, "person_link")["person_link"].sort("record_id").to_dicts()
        return {row["record_id"]: row for row in rows}

    def persons(self, tiers: Tiers) -> list[set[int]]:
        """Return the records of each person, in order."""
        persons: dict[int, set[int]] = {}
        for record, row in self.link(tiers).items():
            persons.setdefault(row["person_id"], set()).add(record)
        return sorted(persons.values(), key=min)

    def tables(self, tiers: Tiers, *names: str) -> dict[str, pl.DataFrame]:
        """Link, and return tables of schema `linkage`."""
        with warehouse.connect(None, variables=SECRETS.sql_variables()) as connection:
            staged = pl.DataFrame(self.records, schema=RECORD_TYPES)
            names_list = pl.read_csv(REPOSITORY / "data" / "reference" / "given_name.csv")
            for table, frame in (("staging.learning_record", staged), ("reference.given_name", names_list)):
                load(connection, table, frame)
            Linking(connection, MODELS).link(tiers)
            return {name: connection.table(f"linkage.{name}").pl() for name in names}


def load(connection, table: str, frame: pl.DataFrame) -> None:
    """Create a table by INSERT: what is loaded here is small and in no file."""
    schema = table.split(".")[0]
    types = {
        pl.String: "VARCHAR",
        pl.Int64: "BIGINT",
        pl.Int32: "INTEGER",
        pl.Int16: "SMALLINT",
        pl.Date: "DATE",
    }
    columns = ", ".join(f'"{name}" {types[dtype]}' for name, dtype in frame.schema.items())
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    rows = f"SELECT unnest(CAST($1 AS STRUCT({columns})[]), recursive := true)"
    connection.execute(f"CREATE TABLE {table} AS {rows}", [frame.to_dicts()])
