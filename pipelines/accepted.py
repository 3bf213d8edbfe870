"""Schema `accepted`: returns that stand, their rows, and what became of every return, as DuckDB sees them."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import polars as pl

from pipelines import warehouse
from pipelines.extracts.contract import Contract
from pipelines.extracts.counting import kept_rows
from pipelines.extracts.formats import ACCEPTED_TABLES
from pipelines.extracts.ledger import events
from pipelines.extracts.returns import Format, Receipt
from pipelines.extracts.store import Store
from pipelines.identity.vault import Vault
from pipelines.identity.vault_files import address
from pipelines.kept import Kept, Made, load_frame

ACCEPTED = "accepted"
RECEIPT_COLUMNS = {
    "return_id": "Hash that identifies the return.",
    "return_no": "Rank among the returns that stand: one prepared later has a higher number.",
    "collection": "The extract format.",
    "provider": "Who sent it.",
    "academic_year": "Academic year it is about.",
    "part": "The part of the year it is about, where a format has several; else empty.",
    "prepared_at": "When the sender made it.",
    "kept": "Rows that were kept, of those that become records.",
}
EVENT_COLUMNS = {
    "event_no": "Order in which it was noticed.",
    "noticed_at": "Time of the run that noticed, ISO 8601, UTC.",
    "return_id": "Hash that identifies the return.",
    "collection": "The extract format.",
    "provider": "Whose folder it lay in.",
    "academic_year": "The academic year whose folder it lay in.",
    "state": "received, refused, held, accepted, superseded or withdrawn; empty or all rejected.",
    "rule": "The rule on the return as a whole that it broke.",
    "reason": "Why, in plain words.",
    "files": "Names of its files and the first 16 digits of their SHA-256.",
}


def show_accepted(kept: Kept, standing: Sequence[Receipt], store: Store) -> dict[str, Made]:
    """Make schema `accepted` in a database: the returns that stand, and views of their rows."""
    receipts = f"{ACCEPTED}.receipt"
    rows = {receipts: load_frame(kept, receipts, receipts_frame(standing), RECEIPT_COLUMNS)}
    history = f"{ACCEPTED}.return_event"
    rows[history] = load_frame(kept, history, events_frame(store.vault), EVENT_COLUMNS)
    # What is left of a redacted return is never read again, and may lack a column that is kept today.
    redacted = any(store.pinned(receipt.return_id) for receipt in standing)
    for name, (module, contract) in ACCEPTED_TABLES.items():
        files = accepted_files(store, standing, module, contract, whole=not redacted)
        query = warehouse.select_parquet((address(store.vault, file) for file in files), by_name=redacted)
        table = f"{ACCEPTED}.{name}"
        # A file of the store never changes: the names say what the rows are.
        create = partial(warehouse.create_view, kept.connection, table, query)
        rows[table] = kept.make(table, kept.fingerprint(query), create)
    return rows


def accepted_files(
    store: Store, standing: Sequence[Receipt], module: Format, contract: Contract, *, whole: bool = True
) -> list[Path]:
    """Return the sealed files of an accepted table.

    Where nothing came, or the files may lack columns (`whole` is false), one is among them that has its
    columns and no row.
    """
    files = store.accepted_files(standing, module.COLLECTION, contract.table)
    if not (files and whole):
        empty = store.vault.drawer(store.folder / "empty")
        name = f"{module.COLLECTION}_{contract.table}"
        empty.put(name, 0, pl.DataFrame(schema=contract.stored_schema))
        files = [*empty.files(name), *files]
    return files


def events_frame(vault: Vault) -> pl.DataFrame:
    """Return what became of each return as a table, in the order in which it did."""
    schema = dict.fromkeys(EVENT_COLUMNS, pl.String) | {"event_no": pl.Int64}
    rows = [{"event_no": number, **asdict(event)} for number, event in enumerate(events(vault), 1)]
    return pl.DataFrame(rows, schema=schema)


def receipts_frame(standing: Sequence[Receipt]) -> pl.DataFrame:
    """Return the returns that stand as a table, ranked."""
    return pl.DataFrame(
        {
            "return_id": [r.return_id for r in standing],
            "return_no": range(1, len(standing) + 1),
            "collection": [r.collection for r in standing],
            "provider": [r.provider for r in standing],
            "academic_year": [r.academic_year for r in standing],
            "part": [r.part for r in standing],
            "prepared_at": [r.prepared_at for r in standing],
            "kept": [kept_rows(r) for r in standing],
        },
        schema=dict.fromkeys(RECEIPT_COLUMNS, pl.String) | {"return_no": pl.Int64, "kept": pl.Int64},
    )
