"""Keeps the scheduler's history from costing more than the work it records.

Dagster writes each event to SQLite in a commit of its own, on a connection of its own. SQLite then waits for
the disk, and folds its log into the file whenever the last connection closes: with some 800 events a run that
is most of a run's time. The history can be made again, unlike a release, so it is written without waiting,
and one connection to each file is held open while this process lives. A crash of the process loses nothing;
a power cut may cost history that was being written.
"""

import sqlite3

from sqlalchemy import event
from sqlalchemy.engine import Engine

_held_open: dict[str, sqlite3.Connection] = {}


def write_without_waiting() -> None:
    """Make SQLite connections of this process leave flushing to the operating system."""
    if not event.contains(Engine, "connect", _hurry):
        event.listen(Engine, "connect", _hurry)


def _hurry(connection: object, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.execute("PRAGMA synchronous = OFF")
    file = connection.execute("PRAGMA database_list").fetchall()[0][2]
    if file and file not in _held_open:
        _held_open[file] = sqlite3.connect(file, check_same_thread=False)
        # A connection opens its file only when it first reads.
        _held_open[file].execute("SELECT count(*) FROM sqlite_master").fetchall()
