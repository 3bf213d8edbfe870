"""A search for what somebody is called in everything that lies on a disk.

It sees the bytes of every plain file, as UTF-8 and as UTF-16; what is inside gzip and zip files, zip in zip
included; every value of every Parquet file, of every table of a DuckDB file and of every table of an SQLite
file, as text, so that neither compression nor the layout of pages hides one. It does not see into sealed
files without their key, nor into pictures, nor values that somebody encoded on purpose.
"""

import gzip
import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import duckdb
import polars as pl

from pipelines.identity.sealing import MAGIC

SQLITE = b"SQLite format 3\0"


def sightings(folder: Path, wanted: Collection[str], beside: Collection[Path] = ()) -> list[str]:
    """Return `file: what` for all that is found under a folder, except in the folders `beside`."""
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_symlink() or not file.is_file() or any(file.is_relative_to(b) for b in beside):
            continue
        found += [f"{file.relative_to(folder)}: {what}" for what in sighted(file.read_bytes(), wanted)]
        found += [f"{file.relative_to(folder)}, its name: {what}" for what in wanted if what in file.name]
    return found


def sighted(content: bytes, wanted: Collection[str]) -> list[str]:
    """Return what is found in a file's bytes, or in what they unpack to."""
    found = set()
    for layer in unpacked(content):
        found |= {w for w in wanted if w.encode() in layer or w.encode("utf-16-le") in layer}
    return sorted(found)


def unpacked(content: bytes) -> Iterator[bytes]:
    """Yield a file's bytes, and what is in it if it is a container."""
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield from unpacked(gzip.decompress(content))
    elif content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from unpacked(archive.read(name))
    elif content.startswith(b"PAR1"):
        yield _text(pl.read_parquet(content).rows())
    elif content[8:12] == b"DUCK":
        yield from _on_disk(content, _duckdb_rows)
    elif content.startswith(SQLITE):
        yield from _on_disk(content, _sqlite_rows)


def sealed(content: bytes) -> bool:
    """Say whether a file is sealed."""
    return content.startswith(MAGIC)


def _on_disk(content: bytes, rows) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "copy"
        file.write_bytes(content)
        yield from map(_text, rows(file))


def _duckdb_rows(file: Path) -> Iterator[list[tuple]]:
    with duckdb.connect(file, read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            yield connection.execute(f'select columns(*)::varchar from "{schema}"."{table}"').fetchall()
        yield connection.execute("select sql from duckdb_views() where not internal").fetchall()


def _sqlite_rows(file: Path) -> Iterator[list[tuple]]:
    connection = sqlite3.connect(f"file:{file}?immutable=1", uri=True)
    try:
        for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            yield connection.execute(f'select * from "{table}"').fetchall()
    finally:
        connection.close()


def _text(rows: Iterable[tuple]) -> bytes:
    return "\n".join("\t".join(map(str, row)) for row in rows).encode("utf-8", "surrogateescape")
