"""The school census of each term: the CSV modules that a local authority exports from COLLECT.

Files are named `2025_spring_pupilonroll.csv` (the calendar year of the census); those of one year and term
are one return, for all schools of the authority; surrogate keys join the modules. A term's return never
replaces that of another term: the term is the return's part. Some modules have another name in autumn, and
some columns are in one term only (`school_census_contract.py`). `line` is the line of the module's file that
a record starts on. Source of columns and codes: Department for Education, school census 2024 to 2025
business and technical specification, and the columns of exports from 2015 to 2026.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipelines.extracts import collect, tabular
from pipelines.extracts.returns import Batch, Identity
from pipelines.extracts.school_census_contract import CONTRACTS, FORMER_NAMES, MODULE_OF, NAMES
from pipelines.extracts.tabular import ADDED, read_table
from pipelines.years import AcademicYear

__all__ = [
    "COLLECTION",
    "CONTRACTS",
    "COUNTED",
    "FILE_RULES",
    "NOT_COUNTED",
    "RECORDS",
    "group",
    "identify",
    "read",
]

COLLECTION = "school_census"
RECORDS = "pupilonroll"
COUNTED = (RECORDS, "pupilnolongeronroll")
NOT_COUNTED = {
    "on_another_roll": "a pupil whose main school is another (enrolstatus): that one counts the pupil",
    "left_before_year": "a pupil no longer on roll who left before the academic year began",
    "left_after_year": "a pupil no longer on roll who left in the summer holidays, after the year was over",
    "no_leaving_date": "a pupil no longer on roll of whom nobody knows when they left",
    "on_roll": "a pupil no longer on roll who is on roll, too",
    "another_term": "a pupil whom a later term's return counts, or another row of this one",
}

REQUIRED = ("schoolcensus", "pupilonroll")

_NAME = re.compile(
    r"(?P<year>[0-9]{4})_(?P<term>autumn|spring|summer)_(?P<module>[a-z]+)\.csv", re.IGNORECASE
)
_TERMS = {"autumn": "AUT", "spring": "SPR", "summer": "SUM"}
"""Term as in file names → as in the header."""
_HEAD = ("lea", "year", "term", "datetime")

FILE_RULES = (*tabular.FILE_RULES, *collect.FILE_RULES)
"""What a school census must be as a whole."""


def group(files: list[Path]) -> list[tuple[Path, ...]]:
    """Return the modules of each year and term as one return; modules that are not read belong to it too."""
    returns: dict[tuple[str, str], list[Path]] = {}
    for file in files:
        if name := _NAME.fullmatch(file.name):
            returns.setdefault((name["year"], name["term"].lower()), []).append(file)
    return [tuple(modules) for _, modules in sorted(returns.items())]


def identify(files: tuple[Path, ...]) -> Identity:
    """Read a return's identity from its `schoolcensus` module, which has a row for each school.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    census_year, part = _NAME.fullmatch(files[0].name)["year"], _term(files)
    modules = collect.by_module(files, _NAME)
    collect.require(modules, REQUIRED)
    heads = pl.concat([_no_heads(), *_heads(modules["schoolcensus"], part)]).unique()
    sender, prepared = collect.sender_and_day(heads, "schoolcensus", census_year, _TERMS[part])
    # The autumn census opens the academic year, the two others are in the calendar year in which it ends.
    return Identity(sender, AcademicYear(int(census_year) - (part != "autumn")), prepared, part=part)


def read(files: tuple[Path, ...]) -> Iterator[Batch]:
    """Read the modules that have a contract, one after the other, in batches.

    Raises:
        Refused: one of `tabular.FILE_RULES`.
    """
    modules, part = collect.by_module(files, _NAME), _term(files)
    for table in CONTRACTS:
        if (module := MODULE_OF.get((part, table), table)) in modules:
            columns = _columns(table, part)
            names = [column for column in columns if column in NAMES]
            asked = [column for column in columns if column not in names]
            for frame in read_table(modules[module], asked, former=FORMER_NAMES, optional=names):
                yield {table: collect.without_null_words(frame)}


def _term(files: tuple[Path, ...]) -> str:
    return _NAME.fullmatch(files[0].name)["term"].lower()


def _columns(table: str, part: str) -> list[str]:
    return [column for column in CONTRACTS[table].columns_of(part) if column not in ADDED]


def _heads(file: Path, part: str) -> Iterator[pl.DataFrame]:
    """Yield what the rows of the `schoolcensus` module say of the return, each once a batch."""
    for frame in read_table(file, _columns("schoolcensus", part)):
        yield collect.without_null_words(frame).select(_HEAD).unique()


def _no_heads() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(_HEAD, pl.String))
