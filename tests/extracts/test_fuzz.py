"""Small good returns are changed at random, thousands of times: the reader must never fail, lose or tell.

Each case is known by its format and seed alone. To see what a failing case does: `KINDS[kind].mutate`.
"""

import csv
import io
import random
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.gathering import LINE, gather
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.returns import Receipt, State
from pipelines.extracts.rules import Severity
from pipelines.extracts.store import Store
from pipelines.extracts.student_record_entities import ENTITIES
from pipelines.extracts.uniqueness import UniquenessMemory
from pipelines.years import AcademicYear
from tests.extracts.fuzzed_returns import KINDS
from tests.extracts.hostile import CANARIES
from tests.extracts.transfer_files import NAME as TRANSFER_FILE
from tests.vaults import vault

STUDENT_ELEMENTS = {entity.element for entity in ENTITIES}
LOWERED = {name.casefold() for name in STUDENT_ELEMENTS}

# What must hold of every case


def check(kind: str, seed: int, folder: Path) -> State:
    """Make one case and take it in; return what became of it."""
    made = KINDS[kind]
    module, sender = made.module, made.sender
    folder.mkdir()
    files, changes = made.mutate(random.Random(f"{kind} {seed}"), folder)
    delivery = Delivery.of("2024-25", sender, files, module)
    store = Store(vault(folder / "store"))
    case = f"{kind}, seed {seed}: {'; '.join(changes)}"
    receipt = store.take_in(delivery)
    assert receipt.rule != READER_FAULT, f"{case}: {receipt.message}"
    assert receipt.state in (State.ACCEPTED, State.REFUSED, State.EMPTY, State.ALL_REJECTED), case
    for table in receipt.read:
        assert receipt.read[table] == receipt.kept[table] + receipt.quarantined[table], case
    says_nothing_personal(store, receipt, case)
    if receipt.state is not State.REFUSED:
        kept_rows_hold(module, files, store, receipt, case)
        # Of the ILR, what a schema does not know is reported; of the others, nothing may be passed over.
        counted = None if kind == "ilr" else records_in(files)
        assert counted in (None, sum(receipt.read.values())), case
    return receipt.state


def records_in(files: tuple[Path, ...]) -> int | None:
    """Count the records of a return with nothing of the readers; None of a workbook or an odd encoding."""
    if files[0].suffix == ".xml":
        root = etree.parse(files[0]).getroot()
        if files[0].name == TRANSFER_FILE:
            return sum(
                len(list(pupils.iterchildren(etree.Element))) for pupils in root.iter("{*}CTFpupilData")
            )
        named = [(element.tag.rpartition("}")[2], len(element)) for element in root.iter(etree.Element)]
        # A value may have a record's name in other letters, as DISABILITY has.
        return sum(
            name in STUDENT_ELEMENTS or (inside > 0 and name.casefold() in LOWERED) for name, inside in named
        )
    try:
        texts = [file.read_bytes().decode("utf-8-sig") for file in files]
    except UnicodeDecodeError:
        return None
    if files[0].suffix != ".csv":
        return None
    tables = [list(csv.reader(io.StringIO(text, newline=""))) for text in texts]
    # A header that is copied between the rows is none of them.
    rows = (row for header, *table in filter(None, tables) for row in table if row != header)
    return sum(any(cell.strip() for cell in row) for row in rows)


def says_nothing_personal(store: Store, receipt: Receipt, case: str) -> None:
    said = str(receipt.as_json())
    found = store.findings([receipt]).select("rule", "severity", "field", "message").unique()
    for canary in CANARIES:
        assert canary not in said, case
        assert canary not in str(found.rows()), case


def kept_rows_hold(module, files: tuple[Path, ...], store: Store, receipt: Receipt, case: str) -> None:
    """Judge the text of the kept rows again, alone, and count all rows again."""
    read, year = {}, AcademicYear.parse(receipt.academic_year)
    for batch in module.read(files):
        for table, rows in batch.items():
            read.setdefault(table, []).append(rows)
    assert {table: sum(map(len, frames)) for table, frames in read.items()} == dict(receipt.read), case
    contracts = {name: c.in_force(year, receipt.part) for name, c in module.CONTRACTS.items()}
    for table, rows in gather({t: pl.concat(frames) for t, frames in read.items()}, contracts).items():
        contract, rows = contracts[table], rows.with_columns(pl.col(LINE).cast(pl.Int64))  # noqa: PLW2901
        if not contract.keep:
            continue
        assert rows[LINE].is_unique().all(), case
        kept_files = store.accepted_files([receipt], module.COLLECTION, table)
        kept = (
            pl.concat([pl.read_parquet(store.vault.read(file)) for file in kept_files])
            if kept_files
            else None
        )
        assert (0 if kept is None else len(kept)) == receipt.kept[table], case
        if kept is None:
            continue
        if contract.parent:
            # A row whose record is set aside cannot stand.
            of_parent = store.accepted_files([receipt], module.COLLECTION, contract.parent[0])
            parents = pl.concat([pl.read_parquet(store.vault.read(file)) for file in of_parent])[LINE]
            stands = rows.join(kept.select(LINE), on=LINE, how="semi")[contract.parent[1]]
            assert stands.cast(pl.Int64).is_in(parents.implode()).all(), case
        again = rows.join(kept.select(LINE), on=LINE, how="semi")
        assert len(again) == len(kept), case
        for finding in (contract.broken_rules(again), UniquenessMemory(contract).repeats(again)):
            bad = finding.filter(pl.col("severity") == Severity.QUARANTINE)
            assert bad.is_empty(), f"{case}: {sorted(set(bad['rule']))}"


def test_every_format_is_changed_at_random():
    assert {made.module for made in KINDS.values()} == set(FORMATS)


def check_many(kind: str, seeds: range, folder: Path) -> None:
    states = [check(kind, seed, folder / str(seed)) for seed in seeds]
    # A fuzz that is always refused, or never, tests but half.
    assert {State.ACCEPTED, State.REFUSED} <= set(states)


@pytest.mark.parametrize("kind", KINDS)
def test_no_change_makes_the_reader_fail_lose_or_tell(kind, tmp_path):
    check_many(kind, range(KINDS[kind].fast), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_change_of_very_many_does_either(kind, tmp_path):
    check_many(kind, range(KINDS[kind].fast, KINDS[kind].slow), tmp_path)
