"""Marked people are sent in every format; nothing outside the vault ever holds what they are called.

Runs that are killed and runs that fail are searched as those that end well. What the search sees into, and
what it does not, is said in `searching.py`.
"""

import gzip
import signal
import sqlite3
import zipfile

import duckdb
import polars as pl
import pytest

from pipelines.extracts.formats import FORMATS
from pipelines.pipeline import Pipeline
from tests.identity.marked_city import (
    ADULT,
    BAD,
    CANARIES,
    CHILD,
    FAMILY,
    INFANT,
    POSTCODE,
    ULN,
    UPN,
    MarkedCity,
)
from tests.identity.searching import sealed, sighted, sightings

RUN = """
import os, shutil, signal, sys
from pathlib import Path
from pipelines import cli, pipeline, warehouse
from pipelines.extracts import store
from pipelines.identity import vault
from pipelines.paths import Paths

def after(calls, owner, name, do):
    real, count = getattr(owner, name), iter(range(calls + 1))
    def counted(*args, **more):
        if next(count, calls) == calls:
            do()
        return real(*args, **more)
    setattr(owner, name, counted)

paths = Paths(Path(sys.argv[1]))
"""
KILLED_WHILE_READING = "after(40, vault.Drawer, 'put', lambda: os.kill(os.getpid(), signal.SIGKILL))"
KILLED_WHILE_SEALING = "after(30, vault.SealedWriter, 'write', lambda: os.kill(os.getpid(), signal.SIGKILL))"
ABORTED_IN_DUCKDB = """
def abort(connection, table, query, real=warehouse.create_table):
    if table == "core.enrolment":
        connection.execute(query).fetchmany(10)
        os.abort()
    return real(connection, table, query)
warehouse.create_table = abort
"""
QUOTING_A_VALUE = """
code = paths.root.parent / "code"
shutil.copytree(Path(pipeline.__file__).parents[1] / "sql", code / "sql", dirs_exist_ok=True)
model = code / "sql" / "identity" / "learning_record.sql"
text = model.read_text()
wrong = "strptime(record.postcode, '%Y') as course"
model.write_text(text.replace("record.course as course", wrong))
assert text != model.read_text()
paths = Paths(paths.root, code)
"""
FAILING_READER = """
from pipelines.extracts import judging
def fail(batches, *_):
    raise ValueError(str(next(iter(batches))))
judging.read_return = fail
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return MarkedCity(tmp_path_factory.mktemp("marked"))


def nothing_is_seen(city, result):
    beside = (city.paths.raw, city.paths.vault)
    assert sightings(city.root.parent, CANARIES, beside) == []
    assert sighted((result.stdout + result.stderr).encode(), CANARIES) == []
    for file in city.paths.vault.rglob("*"):
        if file.is_file():
            assert sighted(file.read_bytes(), CANARIES) == [], file.name


# In this order: each run finds what the one before it left.


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (KILLED_WHILE_READING, -signal.SIGKILL),
        (KILLED_WHILE_SEALING, -signal.SIGKILL),
        (FAILING_READER, 0),
        (ABORTED_IN_DUCKDB, -signal.SIGABRT),
        (QUOTING_A_VALUE, 1),
        ("", 0),
    ],
    ids=[
        "killed while reading",
        "killed while sealing",
        "a reader fails",
        "aborted",
        "a query fails",
        "a good run",
    ],
)
def test_however_a_run_ends_nobody_is_named_outside_the_vault(city, fault, status):
    result = city.command(f"{RUN}{fault}\nsys.exit(cli.run(paths))")
    assert result.returncode == status, result.stdout + result.stderr
    # A reader that fails stops no run; it says so.
    said = {
        FAILING_READER: "reader_fault",
        QUOTING_A_VALUE: "Exception: a value that the query cannot work on",
    }
    assert said.get(fault, "") in result.stdout
    nothing_is_seen(city, result)


@pytest.mark.slow
def test_the_marked_people_were_there(city, monkeypatch):
    """Counted, set aside and refused; else the search above would find nothing in an empty city."""
    monkeypatch.setenv("LEARNING_INDICATORS_SECRET_FILE", str(city.secret))
    pipeline = Pipeline(city.paths)
    held = {}
    for file in pipeline.vault.sealed_files():
        kind = file.relative_to(pipeline.vault.folder).parts[1:2]
        held.setdefault("source" if kind == ("source",) else "read", set()).update(
            sighted(pipeline.vault.read(file), CANARIES)
        )
    assert {FAMILY, POSTCODE, ULN, UPN, BAD, ADULT, CHILD} <= held["source"]
    assert {POSTCODE, ULN, UPN, ADULT, CHILD, INFANT} <= held["read"]
    with pipeline.warehouse() as connection:
        query = "select distinct collection from staging.learning_record where uln = $1 or postcode = $2"
        collections = {name for (name,) in connection.execute(query, [ULN, POSTCODE]).fetchall()}
    # A university sends no postcode, and its marked student may have been refused.
    assert collections >= {m.COLLECTION for m in FORMATS} - {"student_record"}
    receipts = pipeline.receipts()
    assert {"refused", "accepted"} <= {str(r.state) for r in receipts}
    assert sum(sum(r.quarantined.values()) for r in receipts) > 10


# The search


def parquet(file, text):
    pl.DataFrame({"name": [text] * 1000}).write_parquet(file, compression="zstd")


def database(file, text):
    with duckdb.connect(file) as connection:
        connection.execute("create schema core")
        connection.execute(f"create table core.people as select '{text}' as name from range(100000)")


def days(file, text):
    with duckdb.connect(file) as connection:
        connection.execute(
            f"create table people as select date '{text}' + cast(range as integer) as born from range(9)"
        )


def sqlite(file, text):
    with sqlite3.connect(file) as connection:
        connection.execute("create table events (body text)")
        connection.execute("insert into events values (?)", ["x" * 4000 + text])
    connection.close()


def zipped(file, text):
    inner = file.with_name("inner")
    gzipped(inner, text)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(inner, "inner")
    inner.unlink()


def gzipped(file, text):
    file.write_bytes(gzip.compress(text.encode() * 10))


@pytest.mark.parametrize(
    ("plant", "text"),
    [
        (lambda file, text: file.write_text(f"a{text}b"), FAMILY),
        (lambda file, text: file.write_text(text, "utf-16"), FAMILY),
        (gzipped, FAMILY),
        (zipped, FAMILY),
        (parquet, FAMILY),
        (database, FAMILY),
        (days, CHILD),
        (sqlite, ULN),
    ],
)
def test_the_search_finds_what_is_planted(tmp_path, plant, text):
    file = tmp_path / "a" / "file"
    file.parent.mkdir()
    plant(file, text)
    assert sightings(tmp_path, CANARIES) == [f"a/file: {text}"]
    assert sightings(tmp_path, CANARIES, [tmp_path / "a"]) == []
    file.rename(file.with_name(f"of {FAMILY}"))
    assert f"a/of {FAMILY}, its name: {FAMILY}" in sightings(tmp_path, CANARIES)


@pytest.mark.slow
def test_without_the_seal_the_search_finds_them_in_the_vault(city, monkeypatch, tmp_path):
    monkeypatch.setenv("LEARNING_INDICATORS_SECRET_FILE", str(city.secret))
    vault = Pipeline(city.paths).vault
    file = next(f for f in vault.sealed_files() if FAMILY.encode() in vault.read(f))
    assert sealed(file.read_bytes())
    (tmp_path / "plain").write_bytes(vault.read(file))
    assert f"plain: {FAMILY}" in sightings(tmp_path, CANARIES)
