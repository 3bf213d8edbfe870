"""What each table was made from: one whose recipe and ingredients are what they were is kept, not made again.

The fingerprint of a table is the hash of its recipe (the query) and of the fingerprints of the tables it
reads; that of a reference list, of its rows; that of an accepted table, of the files that stand. A table
replaced by any other way has none, and what reads it is always made again.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines import warehouse

SCHEMA = "pipeline"


@dataclass(frozen=True)
class Made:
    """What stands under a name.

    Args:
        number: what making it gave: rows, or bytes.
        fingerprint: of what it was made from; None where that is not known.
        kept: whether it stood already.
    """

    number: int
    fingerprint: str | None
    kept: bool = False


@dataclass(frozen=True)
class Kept:
    """What stands in a work database.

    Args:
        connection: to the database.
        salt: what else every table depends on; another salt keeps nothing.
        scratch: has files of the moment; the system's folder, where none is named.
    """

    connection: duckdb.DuckDBPyConnection
    salt: bytes = b""
    scratch: Path | None = None

    def fingerprint(self, recipe: str | bytes, ingredients: Iterable[str] = ()) -> str | None:
        """Return the fingerprint of what a recipe makes; None where an ingredient has none."""
        standing = self._standing()
        digest = hashlib.sha256(self.salt + duckdb.__version__.encode())
        for name in sorted(ingredients):
            if name not in standing:
                return None
            digest.update(f"{name}\0{standing[name].fingerprint}\0".encode())
        digest.update(recipe.encode() if isinstance(recipe, str) else recipe)
        return digest.hexdigest()

    def stands(self, name: str, fingerprint: str | None) -> Made | None:
        """Return what stands under a name if it has this fingerprint."""
        standing = self._standing().get(name)
        return standing if standing and standing.fingerprint == fingerprint else None

    def make(self, name: str, fingerprint: str | None, create: Callable[[], int]) -> Made:
        """Call `create`, which gives a number, unless what stands has this fingerprint.

        A crash while it is made leaves it without a fingerprint, so that the next run makes it.
        """
        if standing := self.stands(name, fingerprint):
            return standing
        self.forget(name)
        made = Made(create(), fingerprint)
        if fingerprint:
            values = [name, fingerprint, made.number]
            self.connection.execute(f"INSERT INTO {SCHEMA}.made VALUES ($1, $2, $3)", values).fetchall()
        return made

    def forget(self, name: str) -> None:
        """Have it made again, whatever stands."""
        self._standing()
        self.connection.execute(f"DELETE FROM {SCHEMA}.made WHERE name = $1", [name]).fetchall()

    def _standing(self) -> dict[str, Made]:
        self.connection.execute(
            f"CREATE SCHEMA IF NOT EXISTS {SCHEMA};"
            f"CREATE TABLE IF NOT EXISTS {SCHEMA}.made"
            " (name VARCHAR PRIMARY KEY, fingerprint VARCHAR, number BIGINT)"
        ).fetchall()
        rows = self.connection.execute(f"SELECT name, fingerprint, number FROM {SCHEMA}.made").fetchall()
        return {name: Made(number, fingerprint, kept=True) for name, fingerprint, number in rows}


def load_frame(
    kept: Kept,
    table: str,
    frame: pl.DataFrame,
    columns: dict[str, str],
    description: str = "Returns that stand.",
) -> Made:
    """Hand a frame to DuckDB as a Parquet file: scans of other libraries' memory are not to be trusted."""

    def create() -> int:
        rows = warehouse.create_table(kept.connection, table, warehouse.select_parquet([file]))
        warehouse.comment(kept.connection, table, description, columns)
        return rows

    with tempfile.TemporaryDirectory(dir=kept.scratch) as folder:
        file = Path(folder) / "table.parquet"
        frame.write_parquet(file)
        recipe = repr((description, columns)).encode() + file.read_bytes()
        return kept.make(table, kept.fingerprint(recipe), create)
