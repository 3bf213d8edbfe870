"""Leaves out of a return whoever was erased: their rows, and every row that belongs to one of these."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from pipelines.extracts.contract import FINDING_COLUMNS, Contract, no_findings
from pipelines.extracts.gathering import LINE
from pipelines.extracts.returns import Batch, Receipt
from pipelines.extracts.rules import Severity
from pipelines.identity.erasures import WHO, Erasures, place
from pipelines.identity.vault import Drawer

FINDINGS = "findings"


def people_in(contract: Contract, rows: pl.DataFrame, *, accepted: bool = False) -> pl.DataFrame | None:
    """Return `line` and what each row says of who it is about (`WHO`); None where a table says nothing.

    Args:
        contract: the table's.
        rows: rows of a batch with their typed columns, or
        accepted: accepted rows.
    """
    says = contract.who or (contract.keep if "birth_date" in contract.keep else {})
    if not says:
        return None
    own = contract.learner if contract.learner not in WHO else None
    named = {name: says[name] for name in WHO if name in says} | ({"reference": says[own]} if own else {})
    if accepted:
        # Accepted rows were read by earlier code, perhaps before a column was kept.
        ours = {name: own if name == "reference" else name for name in named}
        named = {name: pl.col(column) for name, column in ours.items() if column in rows.columns}
    lines = pl.col(LINE).cast(pl.Int64)
    return rows.select(lines, **{n: named.get(n, pl.lit(None)).cast(dtype) for n, dtype in WHO.items()})


@dataclass
class Redaction:
    """The redaction of one return.

    Args:
        erasures: who is left out.
        place: whose return it is: sender and format.
        contracts: of the format.
        erased: table → rows that were left out.
    """

    erasures: Erasures
    place: str
    contracts: Mapping[str, Contract]
    erased: Counter = field(default_factory=Counter)
    _gone: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, erasures: Erasures, sender: str, collection: str, contracts: Mapping[str, Contract]
    ) -> "Redaction":
        """Return the redaction of a sender's return."""
        return cls(erasures, place(sender, collection), contracts)

    def without(self, batch: Batch, *, accepted: bool = False) -> Batch:
        """Return a batch, or the accepted rows of a return, without those who were erased."""
        if not self.erasures.people:
            return batch
        left = {}
        for table in sorted(batch, key=self._depth):
            rows = batch[table]
            about = self._about_erased(table, rows, accepted=accepted)
            if about.any():
                self._remember(table, rows.filter(about), accepted=accepted)
                self.erased[table] += int(about.sum())
                rows = rows.filter(~about)
            left[table] = rows
        return {table: left[table] for table in batch}

    def _about_erased(self, table: str, rows: pl.DataFrame, *, accepted: bool) -> pl.Series:
        contract = self.contracts[table]
        about = pl.repeat(False, rows.height, eager=True)
        if (people := people_in(contract, rows, accepted=accepted)) is not None:
            about |= self.erasures.mark(people, self.place)
        if contract.owner and (gone := self._gone.get(contract.owner[::2])):
            belongs = rows[_column(contract, contract.owner[1], accepted=accepted)].cast(pl.String)
            about |= belongs.is_in(list(gone)).fill_null(False)
        return about

    def _remember(self, table: str, gone: pl.DataFrame, *, accepted: bool) -> None:
        """Remember the rows left out by what rows of other tables call them."""
        for contract in self.contracts.values():
            if contract.owner and contract.owner[0] == table:
                key = contract.owner[::2]
                values = gone[_column(self.contracts[table], key[1], accepted=accepted)].cast(pl.String)
                self._gone.setdefault(key, set()).update(values.drop_nulls())

    def _depth(self, table: str) -> int:
        owner = self.contracts[table].owner
        return 1 + self._depth(owner[0]) if owner else 0


def redact_accepted(receipt: Receipt, old: Drawer, new: Drawer, redaction: Redaction) -> Receipt:
    """Copy what was read of a return without those who were erased; return its new receipt.

    Of rows that were set aside nothing is there but findings; those that name an erased row's record go too.
    """
    tables = {table: pl.concat(frames) for table in redaction.contracts if (frames := old.frames(table))}
    left = redaction.without(tables, accepted=True)
    for table, rows in left.items():
        new.put(table, 0, rows)
    findings = pl.concat([no_findings(), *old.frames(FINDINGS, list(FINDING_COLUMNS))])
    kept = findings.join(_gone_rows(tables, left), on=["table", "line"], how="anti")
    new.put(FINDINGS, 0, kept.with_columns(pl.lit(receipt.return_id).alias("return_id")))
    return _recounted(receipt, redaction.erased, kept)


def _gone_rows(tables: Mapping[str, pl.DataFrame], left: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    gone = [
        rows.join(left[table], on=LINE, how="anti").select(pl.lit(table).alias("table"), pl.col(LINE))
        for table, rows in tables.items()
    ]
    return pl.concat([pl.DataFrame(schema={"table": pl.String, LINE: pl.Int64}), *gone])


def _recounted(receipt: Receipt, erased: Counter, findings: pl.DataFrame) -> Receipt:
    lost = findings.filter(pl.col("severity") == Severity.QUARANTINE).select("table", "line").unique()
    aside = dict(lost["table"].value_counts().iter_rows())
    kept = {table: rows - erased[table] for table, rows in receipt.kept.items()}
    return replace(
        receipt,
        read={table: kept[table] + aside.get(table, 0) for table in receipt.read},
        kept=kept,
        quarantined={table: aside.get(table, 0) for table in receipt.quarantined},
        findings=dict(findings["rule"].value_counts().iter_rows()),
        tolerated={r: n for r, n in findings["rule"].value_counts().iter_rows() if r in receipt.tolerated},
        erased=dict(Counter(receipt.erased) + erased),
    )


def _column(contract: Contract, name: str, *, accepted: bool) -> str:
    """Return what a column of the sender's is called among the accepted ones."""
    if not accepted or name == LINE:
        return name
    return next(kept for kept, made in contract.keep.items() if made.meta.root_names() == [name])
