"""Reads the student record as a CSV delivery: a file an entity, whose rows name the records they belong to.

The files are read pass by pass: each pass takes the rows of a share of the students from all files, so that
a row meets the record it belongs to and memory stays bounded. A university's delivery is one pass.
`line` is the line of the entity's file that a record starts on.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from pipelines.extracts.gathering import LINE
from pipelines.extracts.returns import Batch
from pipelines.extracts.student_record_contract import CONTRACTS
from pipelines.extracts.student_record_entities import (
    OFFER,
    PARENT_LINE,
    PEOPLE,
    YEAR_END,
    YEAR_START,
    Entity,
)
from pipelines.extracts.tabular import read_table
from pipelines.years import AcademicYear

PASS = 1 << 26
"""Bytes of students' files that one pass takes rows from, if students are alike."""
_MISSING = "NULL"
"""Some systems write this for a missing value."""


def read_csv(files: Mapping[str, Path], year: AcademicYear) -> Iterator[Batch]:
    """Read a delivery in batches: what is on offer, then students with all that is theirs.

    Args:
        files: entity, by its name in the file names → file.
        year: the return's.

    Raises:
        Refused: one of `tabular.FILE_RULES`.
    """
    for entity in (offer for offer in OFFER if offer.file in files):
        for frame in _frames(entity, files[entity.file], year):
            yield {entity.table: _shaped(entity, frame)}
    people = [entity for entity in PEOPLE if entity.file in files]
    passes = 1 + sum(files[entity.file].stat().st_size for entity in people) // PASS
    for turn in range(passes):
        # Of any row the same number each time; rows without a student belong to one pass too.
        mine = pl.col("SID").fill_null("").hash(seed=0) % passes == turn
        yield _people({e: [f.filter(mine) for f in _frames(e, files[e.file], year)] for e in people})


def column_values(file: Path, *columns: str) -> dict[str, set[str]]:
    """Return the different values of columns of a file.

    Raises:
        Refused: one of `tabular.FILE_RULES`.
    """
    values: dict[str, set[str]] = {column: set() for column in columns}
    for frame in read_table(file, columns):
        for column in columns:
            values[column].update(frame[column].drop_nulls())
    return values


def _people(parts: Mapping[Entity, list[pl.DataFrame]]) -> Batch:
    """Return the tables of one pass, each row with the line of the record it belongs to, if there is one."""
    frames: dict[str, pl.DataFrame] = {}
    for entity, found in parts.items():
        frame = pl.concat(found) if found else None
        if frame is None or frame.is_empty():
            continue
        frames[entity.table] = _shaped(entity, _linked(entity, frame, frames.get(entity.parent)))
    return frames


def _linked(entity: Entity, rows: pl.DataFrame, parents: pl.DataFrame | None) -> pl.DataFrame:
    """Add the parent's line and the fields it hands down; of several different parents with one key, none.

    A spreadsheet rounds so long a number: then nobody can tell whose the row is.
    """
    if parents is None:
        return rows
    told_apart = [name for name in parents.columns if name not in (LINE, PARENT_LINE)]
    different = parents.unique(told_apart, keep="first", maintain_order=True)
    keyed = different.filter(~pl.struct(entity.keys).is_duplicated())
    wanted = keyed.select(*entity.keys, *entity.handed, pl.col(LINE).cast(pl.String).alias(PARENT_LINE))
    return rows.join(wanted, on=entity.keys, how="left", maintain_order="left")


def _shaped(entity: Entity, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of the table's contract and `line`; those that the file does not have are null."""
    columns = CONTRACTS[entity.table].columns
    missing = [pl.lit(None, pl.String).alias(column) for column in columns if column not in frame.columns]
    return frame.with_columns(missing).select(*columns, LINE)


def _frames(entity: Entity, file: Path, year: AcademicYear) -> Iterator[pl.DataFrame]:
    columns = (*entity.keys, *entity.fields, *entity.optional)
    for frame in read_table(file, (*entity.keys, *entity.fields), optional=entity.optional):
        yield frame.with_columns(
            pl.when(pl.col(columns) != _MISSING).then(pl.col(columns)),
            pl.lit(year.first_day.isoformat()).alias(YEAR_START),
            pl.lit(year.last_day.isoformat()).alias(YEAR_END),
        )
