"""What rules need of a row besides its text: fields in their types, and facts from rows that belong to it.

Batches hold whole records: every row that belongs to another lies in the same batch as that one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pipelines.extracts.contract import Contract
    from pipelines.extracts.returns import Batch

LINE = "line"
"""Every batch carries the 1-based line (or row) of the sender's file that a record starts on."""
PARENT_LINE = "parent_line"
"""Column of a row that belongs to another: the line of that one, as text."""


@dataclass(frozen=True)
class Gathered:
    """Columns that the rows of a table gain from the rows that belong to them.

    Args:
        table: whose rows belong to the rows of this one; it has `PARENT_LINE`.
        columns: name → aggregate over the rows that belong to one row. Null where there are none. What a
            contract keeps of them is text.
    """

    table: str
    columns: Mapping[str, pl.Expr]


def gather(batch: "Batch", contracts: Mapping[str, "Contract"]) -> dict[str, pl.DataFrame]:
    """Return the tables of a batch with typed and gathered columns; a table may gather what another has."""
    done: dict[str, pl.DataFrame] = {}

    def finish(table: str) -> pl.DataFrame:
        if table not in done:
            rows = batch[table] if table in batch else _no_rows(contracts[table])
            rows = rows.with_columns(**contracts[table].typed)
            for gathered in contracts[table].gathers:
                rows = _joined(rows, finish(gathered.table), gathered.columns)
            done[table] = rows
        return done[table]

    return {table: finish(table) for table in batch}


def _joined(rows: pl.DataFrame, belonging: pl.DataFrame, columns: Mapping[str, pl.Expr]) -> pl.DataFrame:
    found = belonging.group_by(pl.col(PARENT_LINE).cast(pl.Int64).alias(LINE)).agg(**columns)
    lines = rows.select(pl.col(LINE).cast(pl.Int64))
    return pl.concat(
        [rows, lines.join(found, on=LINE, how="left", maintain_order="left").drop(LINE)], how="horizontal"
    )


def _no_rows(contract: "Contract") -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys((*contract.columns, LINE), pl.String))
