"""What a reference list is: its meaning, its contract, its source. The lists are in `reference_lists.py`."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandera.polars as pa
import polars as pl
import yaml
from pandera.errors import SchemaErrors

from pipelines.city import City
from pipelines.lars import FOLDER as LARS
from pipelines.lars import Lars

SCHEMA = "reference"


class ReferenceError(Exception):
    """A reference list breaks its contract. Names file, rule and row; no list holds personal data."""


@dataclass(frozen=True)
class Source:
    """Where a reference file comes from."""

    file: str
    title: str
    publisher: str
    licence: str
    vintage: str
    how: str
    """The steps that rebuild it."""
    sha256: str


@dataclass(frozen=True)
class ReferenceList:
    """One list: its meaning, its contract, and how to read it."""

    name: str
    description: str
    schema: pa.DataFrameSchema
    read: Callable[[Path, City], pl.DataFrame]

    @property
    def table(self) -> str:
        """`reference.<name>`."""
        return f"{SCHEMA}.{self.name}"

    @property
    def columns(self) -> dict[str, str]:
        """Column → description."""
        return {name: column.description for name, column in self.schema.columns.items()}

    @property
    def types(self) -> dict[str, str]:
        """Column → type."""
        return {name: str(column.dtype) for name, column in self.schema.columns.items()}

    def load(self, folder: Path, city: City) -> pl.DataFrame:
        """Read the list and hold it against its contract.

        Raises:
            ReferenceError: it breaks the contract.
        """
        frame = self.read(folder, city)
        if missing := [column for column in self.schema.columns if column not in frame.columns]:
            raise ReferenceError(f"reference list {self.name}: lacks the column {', '.join(missing)}")
        try:
            return self.schema.validate(frame, lazy=True)
        except SchemaErrors as errors:
            faults = errors.failure_cases.select("column", "check", "index").unique().sort("column", "index")
            text = "; ".join(self._fault(*fault) for fault in faults.head(20).iter_rows())
            raise ReferenceError(f"reference list {self.name}: {text}") from None

    def _fault(self, column: str | None, check: str, index: int) -> str:
        """Say which line of the file breaks what; its first line holds the columns' names."""
        said = {"not_nullable": "must not be blank", "field_uniqueness": "must not repeat"}.get(check, check)
        if check == "multiple_fields_uniqueness":
            said = f"{', '.join(self.schema.unique)} must not repeat"
        return f"{column + ': ' if column else ''}{said} (line {index + 2})"


@dataclass(frozen=True)
class MadeList:
    """A list made of what the city has decided elsewhere, and was held against a contract there."""

    name: str
    description: str
    columns: Mapping[str, str]
    of: Literal["catalogue", "policy", "kept_mergings"]
    """What it is made of: so the pipeline calls it."""
    rows: Callable[[Any], list[tuple]]
    other_types: Mapping[str, pl.DataType]
    """Of columns that are no text."""

    @property
    def table(self) -> str:
        """`reference.<name>`."""
        return f"{SCHEMA}.{self.name}"

    @property
    def types(self) -> dict[str, str]:
        """Column → type."""
        return {name: str(self.other_types.get(name, pl.String())) for name in self.columns}

    def load(self, of: object) -> pl.DataFrame:
        """Return the list, made of what it is `of`."""
        schema = {name: self.other_types.get(name, pl.String()) for name in self.columns}
        return pl.DataFrame(self.rows(of), schema=schema, orient="row")


def read_sources(folder: Path) -> dict[str, Source]:
    """Read `sources.yml`; return file name → source.

    Raises:
        ReferenceError: a CSV of the folder, or of a folder in it, has no entry, or an entry no CSV.
    """
    entries = yaml.safe_load((folder / "sources.yml").read_text("utf-8"))
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*.csv")}
    if odd := files ^ set(entries):
        raise ReferenceError(f"sources.yml and the folder differ in {', '.join(sorted(odd))}")
    sources = {
        name: Source(
            file=name, sha256=hashlib.sha256((folder / name).read_bytes()).hexdigest(), **entries[name]
        )
        for name in sorted(files)
    }
    lars = Lars(folder / LARS)
    if lars.archive is None:
        return sources
    # What the city downloaded stands for the sample.
    downloaded = Source(
        file=f"{LARS}/{lars.archive.name}",
        title="Learning Aim Reference Service",
        publisher="Department for Education",
        licence="Open Government Licence v3.0",
        vintage=f"version {lars.version}",
        how="Downloaded by the city; read as it is.",
        sha256=lars.sha256(),
    )
    return {k: v for k, v in sources.items() if not k.startswith(f"{LARS}/")} | {downloaded.file: downloaded}
