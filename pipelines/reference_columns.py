"""What reference lists are made of: a file and typed columns, each with what it means and must be."""

from collections.abc import Callable
from pathlib import Path

import pandera.polars as pa
import polars as pl

from pipelines.city import City
from pipelines.lars import FOLDER as LARS
from pipelines.lars import Lars, LarsError
from pipelines.reference import ReferenceError


def csv_file(file: str, **types: pl.DataType) -> Callable[[Path, City], pl.DataFrame]:
    """Return how a list is read from a CSV; columns that are no text have a type."""

    def read(folder: Path, city: City) -> pl.DataFrame:
        name = city.population.file if file == "population" else file
        try:
            return pl.read_csv(folder / name, infer_schema=False, schema_overrides=types)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise ReferenceError(f"{name}: {error}") from error

    return read


def of_lars(table: Callable[[Lars], pl.DataFrame]) -> Callable[[Path, City], pl.DataFrame]:
    """Return how a list is taken from the Learning Aim Reference Service."""

    def read(folder: Path, _: City) -> pl.DataFrame:
        try:
            return table(Lars(folder / LARS))
        except LarsError as error:
            raise ReferenceError(str(error)) from error

    return read


def column(dtype: type, description: str, *checks: pa.Check, **options: object) -> pa.Column:
    """Return a column with what it means and must be."""
    return pa.Column(dtype, list(checks), description=description, **options)


def one_of(*codes: str) -> pa.Check:
    """Return the check that a value is one of these codes."""
    return pa.Check.isin(codes, error=f"must be one of {', '.join(codes)}")


def matches(pattern: str, name: str) -> pa.Check:
    """Return the check that a text is written as a pattern says."""
    return pa.Check.str_matches(pattern, error=f"must be {name}")


POSTCODE = matches(r"^[A-Z0-9]{2,4} \d[A-Z]{2}$", "a postcode")
YEAR = matches(r"^\d{4}/\d{2}$", "an academic year such as 2024/25")
GSS = matches(r"^E\d{8}$", "a GSS code")
PLAIN = matches(r"^[A-Z]+$", "capitals without accents")
ISCED = one_of("02", "1", "24", "25", "34", "35", "44", "45", "54", "55", "6", "7", "8", "9")
