"""Keeps the scheduler's history from costing more than the work it records.

Dagster writes each event to SQLite in a commit of its own, on a connection of its own. SQLite then waits for
the disk, and folds its log into the file whenever the last connection closes: with some 1,500 events a run
that is most of a run's time. The history can be made again, unlike a release, so it is written without
waiting, and one connection to each file is held open while this process lives. A crash of the process loses
nothing; a power cut may cost history that was being written.

It also makes an SQLAlchemy engine and a connection for each event: here each file keeps its own, and with
them the statements that were compiled.
"""

import sqlite3
from functools import cache

from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.sql import create_engine
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

_held_open: dict[str, sqlite3.Connection] = {}


def write_without_waiting() -> None:
    """Make SQLite connections of this process leave flushing to the operating system."""
    if not event.contains(Engine, "connect", _hurry):
        event.listen(Engine, "connect", _hurry)
    sqlite_event_log.create_engine = _engine


def _engine(url: str, **options: object) -> Engine:
    """Return the engine of a file of events, the same one each time."""
    return _engines(url, options["connect_args"]["timeout"])


@cache
def _engines(url: str, timeout: float) -> Engine:
    options = {"timeout": timeout, "check_same_thread": False}
    engine = create_engine(url, poolclass=StaticPool, connect_args=options)
    # Dagster disposes of the engine after each event; it takes a lock around each.
    engine.dispose = lambda *_, **__: None
    return engine


def _hurry(connection: object, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.execute("PRAGMA synchronous = OFF")
    file = connection.execute("PRAGMA database_list").fetchall()[0][2]
    if file and file not in _held_open:
        _held_open[file] = sqlite3.connect(file, check_same_thread=False)
        # A connection opens its file only when it first reads.
        _held_open[file].execute("SELECT count(*) FROM sqlite_master").fetchall()
