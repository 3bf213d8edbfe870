"""Reads one return: every row is kept or quarantined, nothing is lost, memory is bounded.

Leaves the accepted rows of each table and the findings in a drawer of the vault, and says how many rows went
where. Knows nothing of folders, years or other returns.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import polars as pl

from pipelines.extracts.contract import LINE, RETURN, Contract, ShapeError, no_findings
from pipelines.extracts.gathering import gather
from pipelines.extracts.redaction import FINDINGS, Redaction
from pipelines.extracts.returns import Batch, Refused
from pipelines.extracts.rules import FileRule, Rule, Severity
from pipelines.extracts.uniqueness import UniquenessMemory
from pipelines.identity.vault import Drawer

SHAPE = FileRule(
    "shape",
    "The {what}.",
    "Export the file again with all the columns that its format's description lists.",
)
PARENT_RULE = "parent_quarantined"


@dataclass
class Outcome:
    """Rows by table and breaches by rule."""

    read: Counter = field(default_factory=Counter)
    kept: Counter = field(default_factory=Counter)
    quarantined: Counter = field(default_factory=Counter)
    findings: Counter = field(default_factory=Counter)
    erased: Counter = field(default_factory=Counter)


def read_return(
    batches: Iterable[Batch],
    contracts: Mapping[str, Contract],
    return_id: str,
    drawer: Drawer,
    redaction: Redaction | None = None,
) -> Outcome:
    """Judge each row by its table's contract, put what is accepted into `drawer`.

    Rows that a redaction leaves out are neither judged nor kept, as if they had not come.

    Raises:
        Refused: the return breaks off, or lacks a column.
    """
    outcome = Outcome()
    memories = {table: UniquenessMemory(contract) for table, contract in contracts.items()}
    known = {rule.to: set() for contract in contracts.values() for rule in contract.refers}
    for number, batch in enumerate(_one_ahead(batches)):
        whole = gather(batch, contracts)
        left = redaction.without(whole) if redaction else whole
        _read_batch(contracts, (memories, known), left, outcome, _Writer(drawer, return_id, number))
    if redaction:
        outcome.erased = redaction.erased
    return outcome


def _one_ahead(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield batches, each while the next is being read: reading is Python's work, judging is not."""
    coming = iter(batches)
    with ThreadPoolExecutor(max_workers=1) as reader:
        batch = reader.submit(next, coming, None)
        while (ready := batch.result()) is not None:
            batch = reader.submit(next, coming, None)
            yield ready


@dataclass
class _Writer:
    drawer: Drawer
    return_id: str
    number: int

    def write(self, name: str, frame: pl.DataFrame) -> None:
        if not frame.is_empty():
            frame = frame.with_columns(pl.lit(self.return_id).alias(RETURN))
            self.drawer.put(name, self.number, frame)


def _read_batch(
    contracts: Mapping[str, Contract],
    so_far: tuple[dict[str, UniquenessMemory], dict[tuple[str, str, bool], set[str]]],
    batch: Batch,
    outcome: Outcome,
    writer: _Writer,
) -> None:
    memories, known = so_far
    bad_lines: dict[str, pl.Series] = {}
    all_findings = []
    # A parent is judged before the rows that stand or fall with it.
    for table in sorted(batch, key=lambda name: contracts[name].parent is not None):
        contract, rows = contracts[table], batch[table]
        findings = pl.concat(
            [_judge(contract, memories[table], rows, bad_lines), contract.unmet(rows, known)]
        )
        bad = findings.filter(pl.col("severity") == Severity.QUARANTINE)["line"].unique()
        bad_lines[table] = bad
        kept = rows.filter(~pl.col(LINE).cast(pl.Int64).is_in(bad.implode()))
        for to in known:
            there, column, kept_alone = to
            if there == table:
                known[to].update((kept if kept_alone else rows)[column].drop_nulls())
        if contract.keep:
            writer.write(table, kept.select(pl.col(LINE).cast(pl.Int64), **contract.keep))
        outcome.read[table] += len(rows)
        outcome.kept[table] += len(kept)
        outcome.quarantined[table] += len(rows) - len(kept)
        outcome.findings.update(dict(findings["rule"].value_counts().iter_rows()))
        all_findings.append(findings)
    writer.write(FINDINGS, pl.concat(all_findings) if all_findings else no_findings())


def _judge(
    contract: Contract, memory: UniquenessMemory, rows: pl.DataFrame, bad_lines: dict[str, pl.Series]
) -> pl.DataFrame:
    try:
        found = [contract.broken_rules(rows), memory.repeats(rows)]
    except ShapeError as error:
        raise Refused(SHAPE, what=str(error)) from None
    if contract.parent:
        found.append(_orphaned(contract, rows, bad_lines))
    return pl.concat(found)


def _orphaned(contract: Contract, rows: pl.DataFrame, bad_lines: dict[str, pl.Series]) -> pl.DataFrame:
    """Return one finding for each row whose parent was quarantined: it cannot be counted alone."""
    table, column = contract.parent
    if table not in bad_lines:
        return no_findings()
    orphans = rows.with_row_index("_row").filter(
        pl.col(column).cast(pl.Int64).is_in(bad_lines[table].implode())
    )
    return contract.findings(rows, [(orphan_rule(contract), orphans["_row"])])


def orphan_rule(contract: Contract) -> Rule:
    """Return the rule that a row breaks whose record of the contract's parent table was set aside."""
    table, column = contract.parent
    return Rule(
        PARENT_RULE,
        contract.record[0] if contract.record else column,
        pl.lit(False),
        f"The {table} record this row belongs to was set aside, so this row cannot be counted.",
        fix=f"Correct the {table} record; there is nothing to do about this row.",
    )
