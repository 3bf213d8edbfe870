"""Makes records of single returns by the models of `sql/staging/`, in memory: whether each can count."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb
import polars as pl

from pipelines import warehouse
from pipelines.accepted import ACCEPTED, receipts_frame
from pipelines.extracts.counting import COUNTS, Staged, rows_alone
from pipelines.extracts.formats import format_of
from pipelines.extracts.returns import Format, Receipt
from pipelines.identity.vault import Drawer
from pipelines.identity.vault_files import VaultFiles, address
from pipelines.models import COUNTING, RECORDS, Check, Model
from pipelines.reference import SCHEMA as REFERENCE

_OUTCOMES = f"SELECT coalesce(not_counted, '{COUNTS}'), count(*) FROM {RECORDS} GROUP BY ALL"


@dataclass(frozen=True)
class Staging:
    """The staging of single returns.

    Args:
        models: table → model.
        checks: those that stop the city; of the records that count, or of others.
        lists: gives a reference list by its table.
        lists_key: gives what the lists depend on now, as a hash.
        spill: folder for what does not fit into memory.
    """

    models: Mapping[str, Model]
    checks: Sequence[Check]
    lists: Callable[[str], pl.DataFrame] = field(repr=False)
    lists_key: Callable[[], str] = field(repr=False)
    spill: Path

    def key(self, module: Format) -> str:
        """Return what the outcome depends on, besides the return, as a hash."""
        parts = [self._model(module).query, *(check.query for check in self._checks), self.lists_key()]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def stage(self, returns: Sequence[tuple[Receipt, Drawer]]) -> list[Staged]:
        """Stage returns of one format, each as if it were the only one."""
        (receipt, drawer), *_ = returns
        module, files = format_of(receipt.collection), VaultFiles(drawer.vault)
        with warehouse.connect(None, files=files, spill=self.spill) as connection:
            read = {table for check in self._checks for table in check.depends_on}
            for table in self._model(module).depends_on | read:
                if table.startswith(f"{REFERENCE}."):
                    warehouse.load(connection, table, self.lists(table))
            for name, contract in module.CONTRACTS.items():
                if contract.keep:
                    warehouse.load(connection, f"none.{name}", pl.DataFrame(schema=contract.stored_schema))
            return [self._stage(connection, module, *each) for each in returns]

    def _stage(
        self, connection: duckdb.DuckDBPyConnection, module: Format, receipt: Receipt, drawer: Drawer
    ) -> Staged:
        warehouse.load(connection, f"{ACCEPTED}.receipt", receipts_frame([receipt]))
        for name, contract in module.CONTRACTS.items():
            if contract.keep:
                query = f"SELECT * FROM none.{warehouse.quoted(name)}"
                if files := drawer.files(name):
                    rows = warehouse.select_parquet((address(drawer.vault, f) for f in files), by_name=True)
                    query = f"{query} UNION ALL BY NAME {rows}"
                warehouse.define_view(connection, f"{ACCEPTED}.{module.COLLECTION}_{name}", query)
        try:
            warehouse.create_table(connection, RECORDS, self._model(module).query)
            warehouse.define_view(connection, COUNTING, self.models[COUNTING].query)
            outcomes = dict(connection.sql(_OUTCOMES).fetchall())
            broken = {
                check.description: warehouse.row_count(connection, check.query) for check in self._checks
            }
        except warehouse.VALUE_ERRORS as error:
            # Its text quotes the value.
            return Staged({}, {f"every value can be worked on ({type(error).__name__})": 1})
        broken = {said: number for said, number in broken.items() if number}
        return Staged(outcomes, broken, rows_alone(module, drawer))

    def _model(self, module: Format) -> Model:
        return self.models[f"staging.{module.COLLECTION}"]

    @cached_property
    def _checks(self) -> list[Check]:
        return [check for check in self.checks if check.table in (RECORDS, COUNTING) and check.blocking]
