"""The one place that opens DuckDB.

Belongs here: connections and their settings, loading Parquet, comments, copying a finished file into
place. Does not: any model (`sql/`), any rule of the statistics.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
from fsspec import AbstractFileSystem
from sqlglot import exp

MEMORY_LIMIT = "1500MB"
OLDEST_READER = "v1.4.0"
"""The oldest DuckDB that can read what analysts get."""


_kept_open: dict[Path, duckdb.DuckDBPyConnection | None] = {}
"""Database files that are opened once → the connection, from the first who needs it on."""


class QueryError(Exception):
    """A query failed on a value. DuckDB's message quotes it, and would carry it into logs, so it is left out.

    Args:
        kind: the name of DuckDB's error.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind}: a value that the query cannot work on; its text is left out of logs")


VALUE_ERRORS = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)
"""What DuckDB raises where a query fails on a value, and quotes it."""


@contextmanager
def keep_open(path: Path) -> Iterator[None]:
    """Open a database file once for all who connect to it in here, one after the other.

    To open one takes longer than most models do.
    """
    if path in _kept_open:
        yield
        return
    _kept_open[path] = None
    try:
        yield
    finally:
        _let_go(path)
        del _kept_open[path]


def _let_go(path: Path | None) -> None:
    """Close a file that is kept open; who connects next opens it again."""
    if connection := _kept_open.get(path):
        _kept_open[path] = None
        connection.close()


@contextmanager
def connect(
    path: Path | None,
    *,
    read_only: bool = False,
    variables: Mapping[str, bytes | str | int | None] | None = None,
    files: AbstractFileSystem | None = None,
    spill: Path | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open `path` (None: a database in memory), closing it on the way out whatever happens.

    One that is kept open is handed on instead, and closed where something happens.

    Variables can be read in SQL by `getvariable('name')`; they live in memory only, which is how keys
    reach a model without being written anywhere. `files` are reached by the name of their protocol.

    What does not fit into memory is spilled into `spill`, or beside `path`, encrypted under a key that lives
    in memory only.

    Raises:
        duckdb.IOException: another process has the file open for writing.
        QueryError: a query failed on a value.
    """
    connection = _kept_open.get(path) or _open(path, read_only, files, spill)
    if path in _kept_open:
        _kept_open[path] = connection
    try:
        for name, value in (variables or {}).items():
            connection.execute(f"SET VARIABLE {quoted(name)} = $1", [value])
        yield connection
    except VALUE_ERRORS as error:
        _let_go(path)
        raise QueryError(type(error).__name__) from None
    except BaseException:
        # What state it is in, nobody knows.
        _let_go(path)
        raise
    finally:
        if path not in _kept_open:
            connection.close()


def _open(
    path: Path | None, read_only: bool, files: AbstractFileSystem | None, spill: Path | None
) -> duckdb.DuckDBPyConnection:
    config = {
        "memory_limit": MEMORY_LIMIT,
        "python_enable_replacements": False,
        "preserve_insertion_order": False,
        # Models join from the largest table to the smallest, as they are written: estimates of filtered text
        # columns are so far off that the optimiser would build hash tables of the largest.
        "disabled_optimizers": "join_order,build_side_probe_side",
    }
    if path:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        spill = spill or path.parent / "spill"
    if spill:
        config["temp_directory"] = str(spill)
        # Rows with identities in them pass through joins and sorts that may spill. DuckDB calls its own
        # cryptography unsafe because of how it draws random numbers; the alternative is an extension that has
        # to be downloaded. It guards files that live for seconds, not what is kept: that is the vault's.
        config["force_mbedtls_unsafe"] = True
        config["temp_file_encryption"] = True
    connection = duckdb.connect(path or ":memory:", read_only=read_only, config=config)
    if files is not None:
        connection.register_filesystem(files)
    return connection


@contextmanager
def beside(
    path: Path,
    tables: Iterable[str],
    *,
    variables: Mapping[str, bytes | str | int | None] | None = None,
    files: AbstractFileSystem | None = None,
    memory: str = MEMORY_LIMIT,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that reads these tables (`schema.table`) of a database file.

    What is made in it is gone with the connection, and never was in a file but as encrypted spill, which is
    what does not fit into `memory`. A file that is kept open is let go first: nobody could attach it.
    """
    _let_go(path)
    with connect(None, variables=variables, files=files, spill=path.parent / "spill") as connection:
        connection.execute(f"SET memory_limit = {_literal(memory)}")
        connection.execute(f"ATTACH {_literal(str(path))} AS stored (READ_ONLY)")
        for table in tables:
            _create_schema_of(connection, table)
            connection.execute(f"CREATE VIEW {quoted(table)} AS SELECT * FROM {quoted(f'stored.{table}')}")
        yield connection


def row_count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return how many rows a SELECT gives."""
    return connection.sql(query).count("*").fetchall()[0][0]


def has_table(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Say whether there is a table or a view `schema.table`."""
    find = "SELECT count(*) FROM information_schema.tables WHERE table_schema = $1 AND table_name = $2"
    return bool(connection.execute(find, table.split(".")).fetchall()[0][0])


def create_table(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> int:
    """Replace `schema.table` by what a SELECT gives; return its number of rows."""
    _create_schema_of(connection, table)
    connection.execute("BEGIN")
    try:
        _drop(connection, table)
        connection.sql(query).create(quoted(table))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return connection.table(quoted(table)).count("*").fetchall()[0][0]


def load(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> int:
    """Replace `schema.table` by a frame that identifies nobody; return its number of rows.

    It goes through a Parquet file: scans of other libraries' memory are not to be trusted.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.parquet"
        frame.write_parquet(file)
        return create_table(connection, table, select_parquet([file]))


def define_view(connection: duckdb.DuckDBPyConnection, view: str, query: str) -> None:
    """Replace `schema.view` by a view of what a SELECT gives, which is not asked yet."""
    _create_schema_of(connection, view)
    _drop(connection, view)
    connection.execute(f"CREATE VIEW {quoted(view)} AS {query}")


def create_view(connection: duckdb.DuckDBPyConnection, view: str, query: str) -> int:
    """Replace `schema.view` by a view of what a SELECT gives; return its number of rows."""
    define_view(connection, view, query)
    return connection.table(quoted(view)).count("*").fetchall()[0][0]


def comment(
    connection: duckdb.DuckDBPyConnection, table: str, description: str, columns: Mapping[str, str]
) -> None:
    """Put descriptions on a table and its columns, where analysts' tools show them."""
    find = "SELECT count(*) FROM duckdb_views() WHERE schema_name = $1 AND view_name = $2"
    kind = "VIEW" if connection.execute(find, table.split(".")).fetchall()[0][0] else "TABLE"
    connection.execute(f"COMMENT ON {kind} {quoted(table)} IS {_literal(description)}")
    for column, text in columns.items():
        connection.execute(f"COMMENT ON COLUMN {quoted(f'{table}.{column}')} IS {_literal(text)}")


def quoted(name: str) -> str:
    """Return a dotted name with each part quoted."""
    return ".".join(exp.to_identifier(part, quoted=True).sql("duckdb") for part in name.split("."))


def _literal(text: str) -> str:
    return exp.Literal.string(text).sql("duckdb")


def _drop(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Drop a table or a view, if there is one of the name."""
    find = "SELECT table_type FROM information_schema.tables WHERE table_schema = $1 AND table_name = $2"
    for (kind,) in connection.execute(find, name.split(".")).fetchall():
        connection.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {quoted(name)}")


def _create_schema_of(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.split('.')[0])}")


def select_parquet(files: Iterable[Path | str], *, by_name: bool = False) -> str:
    """Return the SELECT of all rows of Parquet files, by path or by address.

    Args:
        files: of one shape, or
        by_name: of which some lack columns; these are null.
    """
    named = ", union_by_name = true" if by_name else ""
    return f"SELECT * FROM read_parquet([{', '.join(_literal(str(file)) for file in files)}]{named})"


def column_types(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Return column name → DuckDB type, in order."""
    relation = connection.table(quoted(table))
    return {name: str(dtype) for name, dtype in zip(relation.columns, relation.types, strict=True)}


def publish_copy(
    connection: duckdb.DuckDBPyConnection, place: Path, tables: Mapping[str, tuple[str, Mapping[str, str]]]
) -> int:
    """Write these tables and columns, commented, to a new file and put it in `place` in one step.

    A new file holds no trace of deleted rows, as a database that rows were deleted from would. It is
    written in the storage format of DuckDB 1.4, which later versions read too.

    Args:
        connection: to the database to copy from.
        place: where readers look; those who have the old file open keep it.
        tables: `schema.table` → description and column → description; other columns stay behind.

    Returns:
        Bytes of the file.
    """
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    building = place.with_name(f".{place.name}.building")
    building.unlink(missing_ok=True)
    source = connection.execute("SELECT current_database()").fetchall()[0][0]
    connection.execute(
        f"ATTACH {_literal(str(building))} AS copy (STORAGE_VERSION {_literal(OLDEST_READER)})"
    )
    try:
        connection.execute("USE copy")
        for table, (description, columns) in tables.items():
            _create_schema_of(connection, table)
            kept = ", ".join(quoted(column) for column in columns)
            # By their first column: the order in which rows were read says where they stood in a return.
            rows = connection.sql(f"SELECT {kept} FROM {quoted(f'{source}.{table}')} ORDER BY 1")
            rows.create(quoted(table))
            comment(connection, table, description, columns)
    finally:
        connection.execute(f"USE {quoted(source)}")
        connection.execute("DETACH copy")
    replace_file(building, place)
    return place.stat().st_size


def replace_file(finished: Path, place: Path) -> None:
    """Move a finished file into place in one step: readers see the old one or the new one."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with finished.open("rb") as file:
        os.fsync(file.fileno())
    finished.replace(place)
