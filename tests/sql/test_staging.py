"""No return stops the city: whatever is accepted can be staged, and breaks no check that stops a run.

Small good returns of every format are changed at random (`tests/extracts/fuzzed_returns.py`), taken in, and
staged by the models. What stays of a return is counted, or a rule of its staging model says why not.
"""

import csv
import io
import random
import re

import duckdb
import polars as pl
import pytest

from pipelines.accepted import receipts_frame
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.reading import RETURN
from pipelines.extracts.returns import State
from pipelines.extracts.store import Store
from pipelines.models import read_checks
from pipelines.reference_lists import REFERENCE_LISTS
from tests.conftest import CITY, REPOSITORY
from tests.extracts import student_files
from tests.extracts.fuzzed_returns import APPRENTICES, EYC, KINDS, apprentice_rows
from tests.extracts.hostile import (
    CENSUS,
    CHARITY,
    COLLEGE,
    community_name,
    community_rows,
    ilr_bytes,
    ilr_name,
)
from tests.vaults import vault

CHECKS = [
    check
    for check in read_checks(REPOSITORY / "sql")
    if check.table == "staging.learning_record" and check.blocking
]
COUNTED = {"community csv": "enrolment", "community xlsx": "enrolment", "early years": "eychild"}
"""Formats of which every accepted record is staged → the table of records."""


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    """A database with the reference lists that staging reads."""
    folder = tmp_path_factory.mktemp("lists")
    with duckdb.connect(folder / "lists.duckdb") as connection:
        connection.execute("create schema reference; create schema accepted; create schema staging")
        for entry in REFERENCE_LISTS:
            frame = entry.load(REPOSITORY / "data" / "reference", CITY)
            connection.register("frame", frame)
            connection.execute(f"create table {entry.table} as select * from frame")
        yield connection


def stage(connection, models, store, receipt, module):
    """Stage one accepted return, as if it were the only one; return the records."""
    tables = {"accepted.receipt": receipts_frame([receipt])}
    for name, contract in module.CONTRACTS.items():
        if contract.keep:
            rows = store.accepted(receipt, name)
            schema = {"line": pl.Int64, RETURN: pl.String}
            placed = [frame.select(*schema) for frame in store.drawer_of(receipt).frames(name)]
            tables[f"accepted.{module.COLLECTION}_{name}"] = pl.concat(
                [rows, pl.concat([pl.DataFrame(schema=schema), *placed])], how="horizontal"
            )
    for table, frame in tables.items():
        connection.register("frame", frame)
        connection.execute(f"create or replace table {table} as select * from frame")
    model = models[f"staging.{module.COLLECTION}"]
    connection.execute(f"create or replace table staging.learning_record as {model.query}")
    return connection.table("staging.learning_record").pl()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", range(12))
def test_what_is_accepted_is_staged_and_stops_nothing(lists, models, tmp_path, kind, seed):
    made = KINDS[kind]
    (tmp_path / "sent").mkdir()
    files, changes = made.mutate(random.Random(f"staged {kind} {seed}"), tmp_path / "sent")
    store = Store(vault(tmp_path / "store"))
    receipt = store.take_in(Delivery.of("2024-25", made.sender, files, made.module))
    if receipt.state is not State.ACCEPTED:
        return
    records = stage(lists, models, store, receipt, made.module)
    for check in CHECKS:
        assert lists.execute(check.query).fetchall() == [], (check.name, changes)
    if kind in COUNTED:
        assert records.height == receipt.kept[COUNTED[kind]], changes


def test_a_code_that_is_missing_stops_the_city(lists, models, tmp_path):
    """The check itself is no blank: `not in` would let a null pass."""
    made = KINDS["community csv"]
    (tmp_path / "sent").mkdir()
    seeds = iter(range(99))
    receipt = None
    while receipt is None or receipt.state is not State.ACCEPTED:
        folder = tmp_path / "sent" / str(seed := next(seeds))
        folder.mkdir()
        files, _ = made.mutate(random.Random(f"code {seed}"), folder)
        store = Store(vault(tmp_path / f"store{seed}"))
        receipt = store.take_in(Delivery.of("2024-25", made.sender, files, made.module))
    stage(lists, models, store, receipt, made.module)
    (code_known,) = (check for check in CHECKS if check.name == "code_known")
    for column in ("setting", "theme", "isced", "sex"):
        lists.execute("begin")
        lists.execute(f"update staging.learning_record set {column} = null")
        assert lists.execute(code_known.query).fetchall()
        lists.execute("rollback")


# Every field of every format, blank or nonsense in the whole return

STUDENT_FILES = {"student csv": student_files.save_csv, "student xml": student_files.save_xml}


def sent(kind, folder):
    """Save a small good return; return its format, its sender and its files."""
    tables = {
        "community csv": {community_name(CHARITY): community_rows(CHARITY)},
        "apprentices csv": {APPRENTICES.format(CHARITY, "csv"): apprentice_rows()},
        "census": {f"2025_spring_{module}.csv": rows for module, rows in CENSUS.items()},
        "early years": {f"2025_spring_eyc_{module}.csv": rows for module, rows in EYC.items()},
    }
    if kind in tables:
        for name, rows in tables[kind].items():
            with (folder / name).open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows(rows)
        files = tuple(sorted(folder.iterdir()))
    elif kind == "ilr":
        files = (folder / ilr_name(COLLEGE),)
        files[0].write_bytes(ilr_bytes(COLLEGE, 5))
    else:
        files = STUDENT_FILES[kind](folder)
    return KINDS[kind].module, KINDS[kind].sender, files


def fields(files):
    """Yield each file of a return with each of its fields: a column of a table, an element with a text."""
    for file in files:
        text = file.read_text("utf-8")
        columns, elements = text.split("\n")[0].strip().split(","), set(re.findall(r"<(\w+)>[^<]+</", text))
        names = columns if file.suffix == ".csv" else elements
        yield from ((file, name) for name in sorted(names))


def with_field(text, suffix, name, value):
    """Return a file with another value of a field in every record."""
    if suffix != ".csv":
        return re.sub(rf"<{name}>[^<]+</", f"<{name}>{value}</", text)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    place = rows[0].index(name)
    made = io.StringIO()
    csv.writer(made).writerows([rows[0], *([*row[:place], value, *row[place + 1 :]] for row in rows[1:])])
    return made.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("value", ["", "zz", "٣٣", "#N/A", "2029-02-30"])
@pytest.mark.parametrize(
    "kind", ["community csv", "apprentices csv", "census", "early years", "ilr", "student csv", "student xml"]
)
def test_no_field_whatever_stands_in_it_stops_the_city(lists, models, tmp_path, kind, value):
    (tmp_path / "sent").mkdir()
    module, sender, files = sent(kind, tmp_path / "sent")
    original = {file: file.read_text("utf-8") for file in files}
    accepted = 0
    for number, (file, name) in enumerate(fields(files)):
        file.write_text(with_field(original[file], file.suffix, name, value), "utf-8")
        store = Store(vault(tmp_path / f"store{number}"))
        receipt = store.take_in(Delivery.of("2024-25", sender, files, module))
        file.write_text(original[file], "utf-8")
        assert receipt.rule != READER_FAULT, (file.name, name)
        if receipt.state is State.ACCEPTED:
            accepted += 1
            records = stage(lists, models, store, receipt, module)
            for check in CHECKS:
                assert lists.execute(check.query).fetchall() == [], (check.name, file.name, name)
            if kind in COUNTED:
                assert records.height == receipt.kept[COUNTED[kind]], (file.name, name)
    # Most fields are no reason to lose a return.
    assert accepted > 3
