"""What is kept of a return counts, or it is said why not: each return is tried by itself before it stands.

`sql/staging/` makes records of the accepted rows of a return: one of each row of the tables that its format
counts. A record that does not count says why, by a reason that the format documents. A return of which a row
is lost there, or of which a record breaks a check that would stop the city, is held.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

import polars as pl

from pipelines.extracts.formats import format_of
from pipelines.extracts.gathering import LINE, PARENT_LINE
from pipelines.extracts.returns import Format, Receipt, State
from pipelines.extracts.rules import FileRule, Severity, Stage
from pipelines.extracts.store import Store
from pipelines.identity.vault import Drawer

_NO_LINES = pl.Series(dtype=pl.Int64)
COUNTS = "counts"
"""The outcome of a record that counts."""
MEMORY = "staged.json"
"""Beside what was read of a return: what becomes of its rows."""

CAN_COUNT = FileRule(
    "counted",
    "The city cannot count it as it is: {why}.",
    "Nothing for now: the city's data team looks at it, and writes to you if something in it has to change.",
    "docs/extracts.md, what is kept is counted",
    Stage.CROSS_RETURN,
    Severity.HOLD,
)


@dataclass(frozen=True)
class Staged:
    """What becomes of the accepted rows of a return.

    Args:
        outcomes: `COUNTS`, or the reason why a record does not → records.
        broken: what a check that stops the city asks → records that break it.
        alone: table → rows to which no row belongs that became a record: learners without an aim.
    """

    outcomes: Mapping[str, int]
    broken: Mapping[str, int] = field(default_factory=dict)
    alone: Mapping[str, int] = field(default_factory=dict)


class Stager(Protocol):
    """Makes records of returns."""

    def key(self, module: Format) -> str:
        """Return what the outcome depends on now, besides the return, as a hash."""

    def stage(self, returns: Sequence[tuple[Receipt, Drawer]]) -> list[Staged]:
        """Stage returns of one format, each as if it were the only one."""


def count(receipts: Iterable[Receipt], store: Store, stager: Stager) -> list[Receipt]:
    """Return the receipts with what becomes of the rows that are kept; returns that cannot count are held.

    What is found is remembered beside the return.

    Args:
        receipts: of one format, or of none.
        store: where the returns are kept.
        stager: makes records of them.
    """
    receipts = list(receipts)
    accepted = [receipt for receipt in receipts if receipt.state is State.ACCEPTED]
    if not accepted:
        return receipts
    module = format_of(accepted[0].collection)
    key = stager.key(module)
    known = {receipt.return_id: _remembered(receipt, store, key) for receipt in accepted}
    new = [receipt for receipt in accepted if known[receipt.return_id] is None]
    if new:
        found = stager.stage([(receipt, store.drawer_of(receipt)) for receipt in new])
        # A list that somebody edits meanwhile may have been read, or not.
        is_sure = stager.key(module) == key
        for receipt, staged in zip(new, found, strict=True):
            known[receipt.return_id] = staged
            if is_sure:
                memory = store.drawer_of(receipt).folder / MEMORY
                store.vault.write_text(memory, json.dumps({"key": key, **asdict(staged)}))
    return [
        counted(receipt, known[receipt.return_id]) if receipt.return_id in known else receipt
        for receipt in receipts
    ]


def counted(receipt: Receipt, staged: Staged) -> Receipt:
    """Return the receipt of an accepted return with what becomes of its rows; held, if it cannot count."""
    module = format_of(receipt.collection)
    outcomes = dict(sorted(staged.outcomes.items()))
    kept = kept_rows(receipt)
    records, undocumented = sum(outcomes.values()), outcomes.keys() - {COUNTS} - module.NOT_COUNTED.keys()
    why = [f"of {kept:,} rows kept {records:,} become records"] if kept != records else []
    why += [f"{outcomes[reason]:,} are left out for no documented reason" for reason in sorted(undocumented)]
    why += [f"{number:,} do not hold to “{check}”" for check, number in sorted(staged.broken.items())]
    receipt = replace(receipt, counted=outcomes, alone=dict(staged.alone))
    if not why:
        return receipt
    message = CAN_COUNT.message.format(why="; ".join(why))
    return replace(receipt, state=State.HELD, rule=CAN_COUNT.id, message=message)


def kept_rows(receipt: Receipt) -> int:
    """Return how many rows were kept of the tables that the format counts."""
    return sum(receipt.kept.get(table, 0) for table in format_of(receipt.collection).COUNTED)


def cannot_count(receipt: Receipt) -> bool:
    """Say whether a return is held for nothing but that it cannot be counted."""
    return receipt.state is State.HELD and receipt.rule == CAN_COUNT.id


def rows_alone(module: Format, drawer: Drawer) -> dict[str, int]:
    """Return table → kept rows that no record comes of, as no row that was kept belongs to them."""
    found = {}
    for counted_table in module.COUNTED:
        table = counted_table
        while parent := module.CONTRACTS[table].parent:
            owner, _ = parent
            lines = pl.concat([_NO_LINES, *(f[LINE] for f in drawer.frames(owner, [LINE]))])
            taken = pl.concat([_NO_LINES, *(f[PARENT_LINE] for f in drawer.frames(table, [PARENT_LINE]))])
            if number := int((~lines.is_in(taken.implode())).sum()):
                found[owner] = number
            table = owner
    return found


def _remembered(receipt: Receipt, store: Store, key: str) -> Staged | None:
    memory = store.drawer_of(receipt).folder / MEMORY
    if not memory.exists():
        return None
    known = json.loads(store.vault.read_text(memory))
    return Staged(known["outcomes"], known["broken"], known["alone"]) if known["key"] == key else None
