"""Small good returns are changed at random, thousands of times: the reader must never fail, lose or tell.

Each case is known by its format and seed alone. To see what a failing case does: `mutate(kind, seed)`.
"""

import csv
import random
import zipfile
from pathlib import Path

import polars as pl
import pytest

from pipelines.extracts import (
    apprenticeship_service,
    community_learning,
    early_years_census,
    ilr,
    school_census,
    student_record,
)
from pipelines.extracts.contract import LINE
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.gathering import gather
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.returns import Receipt, State
from pipelines.extracts.rules import Severity
from pipelines.extracts.store import Store
from pipelines.extracts.uniqueness import UniquenessMemory
from tests.extracts import test_apprenticeship_service, test_early_years_census
from tests.extracts.fuzzing import Change, as_csv, change_bytes, change_xml, changed_table, maybe_bytes
from tests.extracts.hostile import (
    AUTHORITY,
    CANARIES,
    CENSUS,
    CHARITY,
    CLUB,
    COLLEGE,
    NAME,
    POSTCODE,
    ULN,
    community_name,
    community_rows,
    csv_bytes,
    ilr_bytes,
    ilr_name,
    write_workbook,
)
from tests.extracts.student_files import OTHER, STUDENT, WHOLE, save_csv, save_xml

FAST, SLOW = 75, 625
"""Cases a format."""


def mutate_ilr(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    text, changes = ilr_bytes(COLLEGE, draw.choice((1, 2, 5))).decode(), ()
    for _ in range(draw.choice((0, 1, 1, 2, 4))):
        text, change = change_xml(draw, text)
        changes += (change,)
    content, changes = maybe_bytes(draw, text.encode(), changes)
    file = folder / ilr_name(COLLEGE)
    file.write_bytes(content)
    return (file,), changes


def mutate_census(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    files, changes = [], ()
    for module, rows in CENSUS.items():
        table, made = changed_table(draw, rows) if draw.random() < 0.6 else ([*map(list, rows)], ())
        content, made = maybe_bytes(draw, as_csv(table, draw), made) if made else (csv_bytes(rows), made)
        changes += tuple(f"{module}: {change}" for change in made)
        files.append(folder / f"2025_spring_{module}.csv")
        files[-1].write_bytes(content)
    return tuple(files), changes


def mutate_community(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    table, changes = changed_table(draw, community_rows(CHARITY))
    content, changes = maybe_bytes(draw, as_csv(table, draw), changes)
    file = folder / community_name(CHARITY)
    file.write_bytes(content)
    return (file,), changes


def mutate_workbook(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    table, changes = changed_table(draw, community_rows(CLUB))
    file = folder / community_name(CLUB, "xlsx")
    table = [[c if "://" not in c and c[:1] != "=" else f" {c}" for c in row] for row in table]
    write_workbook(file, table, draw.choice(["Enrolments", "Sheet1"]))
    if draw.random() < 0.5:
        return (file,), changes
    if draw.random() < 0.4:
        content, change = change_bytes(draw, file.read_bytes())
        file.write_bytes(content)
        return (file,), (*changes, change)
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice(list(parts))
    parts[name], change = change_bytes(draw, parts[name])
    with zipfile.ZipFile(file, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return (file,), (*changes, f"{name}: {change}")


def mutate_tables(tables: dict[str, list[list[str]]], draw: random.Random, folder: Path):
    """Change some of the CSV files of a return; return their paths and what was done."""
    changes = []
    for name, whole in tables.items():
        rows, made = changed_table(draw, whole) if draw.random() < 1 / len(tables) else (whole, ())
        content, made = maybe_bytes(draw, as_csv(rows, draw), made) if made else (csv_bytes(rows), made)
        (folder / name).write_bytes(content)
        changes += [f"{name}: {change}" for change in made]
    return tuple(folder / name for name in tables), tuple(changes)


def mutate_apprentices(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    row = test_apprenticeship_service.ROW | {"ULN": ULN, "FamilyName": NAME}
    rows = [[*row], *([*(row | {"StdCode": code}).values()] for code in ("103", "104", "105"))]
    return mutate_tables({test_apprenticeship_service.NAME: rows}, draw, folder)


def mutate_early_years(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    child, setting = test_early_years_census.CHILD, test_early_years_census.SETTING
    children = [
        child | {"eychildtableid": number, "forename": number, "surname": NAME, "postcode": POSTCODE}
        for number in ("k1", "k2", "k3")
    ]
    tables = {"eycensus": [setting], "eychild": children}
    return mutate_tables(
        {
            f"2025_spring_eyc_{name}.csv": [[*rows[0]], *([*row.values()] for row in rows)]
            for name, rows in tables.items()
        },
        draw,
        folder,
    )


_STUDENT = STUDENT | {"SURNAME": NAME, "ULN": ULN, "TTPCODE": POSTCODE}


def mutate_students(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    (file,) = save_xml(folder, *WHOLE[:2], ("Student", _STUDENT), WHOLE[3])
    text, changes = file.read_text("utf-8"), ()
    for _ in range(draw.choice((0, 1, 1, 2, 4))):
        text, change = change_xml(draw, text)
        changes += (change,)
    content, changes = maybe_bytes(draw, text.encode(), changes)
    file.write_bytes(content)
    return (file,), changes


def mutate_student_delivery(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    files = save_csv(folder, _STUDENT, OTHER)
    tables = {file.name: list(csv.reader(file.read_text("utf-8").splitlines())) for file in files}
    return mutate_tables(tables, draw, folder)


KINDS = {
    "ilr": (mutate_ilr, ilr, COLLEGE),
    "census": (mutate_census, school_census, AUTHORITY),
    "community csv": (mutate_community, community_learning, CHARITY),
    "community xlsx": (mutate_workbook, community_learning, CLUB),
    "apprentices": (mutate_apprentices, apprenticeship_service, "org-1"),
    "early years": (mutate_early_years, early_years_census, AUTHORITY),
    "student xml": (mutate_students, student_record, COLLEGE),
    "student csv": (mutate_student_delivery, student_record, COLLEGE),
}


# What must hold of every case


def check(kind: str, seed: int, folder: Path) -> State:
    """Make one case and take it in; return what became of it."""
    mutate, module, sender = KINDS[kind]
    folder.mkdir()
    files, changes = mutate(random.Random(f"{kind} {seed}"), folder)
    delivery = Delivery.of("2024-25", sender, files, module)
    store = Store(folder / "store")
    case = f"{kind}, seed {seed}: {'; '.join(changes)}"
    receipt = store.take_in(delivery)
    assert receipt.rule != READER_FAULT, f"{case}: {receipt.message}"
    assert receipt.state in (State.ACCEPTED, State.REFUSED, State.EMPTY, State.ALL_REJECTED), case
    for table in receipt.read:
        assert receipt.read[table] == receipt.kept[table] + receipt.quarantined[table], case
    says_nothing_personal(store, receipt, case)
    if receipt.state is not State.REFUSED:
        kept_rows_hold(module, files, store, receipt, case)
    return receipt.state


def says_nothing_personal(store: Store, receipt: Receipt, case: str) -> None:
    said = str(receipt.as_json())
    found = store.findings([receipt]).select("rule", "severity", "field", "message").unique()
    for canary in CANARIES:
        assert canary not in said, case
        assert canary not in str(found.rows()), case


def kept_rows_hold(module, files: tuple[Path, ...], store: Store, receipt: Receipt, case: str) -> None:
    """Judge the text of the kept rows again, alone, and count all rows again."""
    read = {}
    for batch in module.read(files):
        for table, rows in batch.items():
            read.setdefault(table, []).append(rows)
    assert {table: sum(map(len, frames)) for table, frames in read.items()} == dict(receipt.read), case
    identity = module.identify(files)
    contracts = {t: c.in_force(identity.academic_year, identity.part) for t, c in module.CONTRACTS.items()}
    for table, rows in gather({t: pl.concat(frames) for t, frames in read.items()}, contracts).items():
        contract = contracts[table]
        if not contract.keep:
            continue
        assert rows[LINE].is_unique().all(), case
        kept_files = store.accepted_files([receipt], module.COLLECTION, table)
        kept = pl.concat([pl.read_parquet(file) for file in kept_files]) if kept_files else None
        assert (0 if kept is None else len(kept)) == receipt.kept[table], case
        if kept is None:
            continue
        again = rows.with_columns(pl.col(LINE).cast(pl.Int64)).join(kept.select(LINE), on=LINE, how="semi")
        assert len(again) == len(kept), case
        for finding in (contract.broken_rules(again), UniquenessMemory(contract).repeats(again)):
            bad = finding.filter(pl.col("severity") == Severity.QUARANTINE)
            assert bad.is_empty(), f"{case}: {sorted(set(bad['rule']))}"


def check_many(kind: str, seeds: range, folder: Path) -> None:
    states = [check(kind, seed, folder / str(seed)) for seed in seeds]
    # A fuzz that is always refused, or never, tests but half.
    assert {State.ACCEPTED, State.REFUSED} <= set(states)


@pytest.mark.parametrize("kind", KINDS)
def test_no_change_makes_the_reader_fail_lose_or_tell(kind, tmp_path):
    check_many(kind, range(FAST), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_change_of_very_many_does_either(kind, tmp_path):
    check_many(kind, range(FAST, SLOW), tmp_path)
