"""What all exports from COLLECT share: CSV modules of one collection, and a header that says whose and when.

COLLECT is the Department for Education's system to which local authorities send their censuses. It exports a
file a module; the header module has a row for each school or setting of the authority.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.extracts.fields import whole
from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import FileRule

DATE = (r"[0-9]{4}-[A-Z][a-z]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", "%Y-%b-%d %H:%M:%S")
"""How an export writes dates, as for `fields.to_date`."""

_EXPORT = "Export the modules of one census of your authority again, together."
_NAMES = "Give the files the names under which they were exported."
MODULE_MISSING = FileRule("module_missing", "The return lacks the file of {modules}.", _EXPORT)
MODULE_REPEATED = FileRule(
    "module_repeated", "The return has two files of the module {module}.", "Delete the older of the two."
)
ONE_RETURN = FileRule("census_one", "The {module} file has {found} {column}.", _EXPORT)
AUTHORITY = FileRule("census_lea", "The local authority code must have three digits.", _EXPORT)
YEAR = FileRule(
    "census_year", "The census year in the file names is not the one in the {module} file.", _NAMES
)
TERM = FileRule("census_term", "The term in the {module} file is not {term}, unlike the file names.", _NAMES)
DATETIME = FileRule(
    "census_datetime", "The {module} file has no datetime such as 2025-Jan-16 09:30:00.", _EXPORT
)
FILE_RULES = (MODULE_MISSING, MODULE_REPEATED, ONE_RETURN, AUTHORITY, YEAR, TERM, DATETIME)
"""What such an export must be as a whole."""


def without_null_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows in which NULL, as some database tools write it, is blank; somebody may have that name."""
    others = [name for name, dtype in frame.schema.items() if dtype == pl.String and name not in _NAMES_OF]
    return frame.with_columns(pl.when(pl.col(others) != "NULL").then(pl.col(others)))


_NAMES_OF = ("surname", "forename")


def by_module(files: Iterable[Path], name: re.Pattern[str]) -> dict[str, Path]:
    """Return module → file, by the group `module` of the files' names.

    Raises:
        Refused: `module_repeated`.
    """
    modules: dict[str, Path] = {}
    for file in files:
        module = name.fullmatch(file.name)["module"].lower()
        if module in modules:
            raise Refused(MODULE_REPEATED, module=module)
        modules[module] = file
    return modules


def require(modules: Iterable[str], required: Iterable[str]) -> None:
    """Refuse a return without one of the modules that it must have.

    Raises:
        Refused: `module_missing`.
    """
    if missing := [module for module in required if module not in modules]:
        raise Refused(MODULE_MISSING, modules=" and ".join(missing))


def sender_and_day(heads: pl.DataFrame, module: str, year: str, term: str) -> tuple[str, datetime]:
    """Return the authority and the time of the latest row of a header, which must agree with the file names.

    Args:
        heads: the header module: `lea`, `year`, `term` and `datetime` of each school or setting.
        module: its name, for messages.
        year: as in the file names.
        term: as the header should have it: AUT, SPR or SUM.

    Raises:
        Refused: `census_one`, `census_lea`, `census_year`, `census_term`, `census_datetime`.
    """
    authority, stated, season = (_only(heads, module, column) for column in ("lea", "year", "term"))
    if not re.fullmatch(r"[0-9]{3}", authority):
        raise Refused(AUTHORITY)
    if stated != year:
        raise Refused(YEAR, module=module)
    if season != term:
        raise Refused(TERM, module=module, term=term)
    latest = heads["datetime"].str.to_datetime(DATE[1], strict=False).max()
    if latest is None:
        raise Refused(DATETIME, module=module)
    return authority, latest


def _only(heads: pl.DataFrame, module: str, column: str) -> str:
    """Return the value that all rows share."""
    values = heads.select(whole(column)).to_series().drop_nulls().unique().to_list()
    if len(values) != 1:
        raise Refused(ONE_RETURN, module=module, found="no" if not values else "more than one", column=column)
    return values[0]
