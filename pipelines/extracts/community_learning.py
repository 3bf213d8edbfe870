"""Community learning: the city's own template for organisations without a national return, CSV or XLSX.

One file, named `community-learning_<organisation id>_<2024-25>_<YYYY-MM-DD>.csv` or `.xlsx`, is one return
and has a row an enrolment; docs/community-learning.md explains it to those who fill it in. `line` is the
line of the CSV file or the row of the sheet.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipelines.extracts import tabular
from pipelines.extracts.community_contract import CONTRACTS
from pipelines.extracts.community_rules import is_total, parsed_year
from pipelines.extracts.community_terms import COLUMNS, MAY_BE_BLANK, NAMES, NOTHING_IN, OWN
from pipelines.extracts.organisation_file import Naming, filled_in
from pipelines.extracts.resaved import without_words_for_nothing
from pipelines.extracts.returns import Batch, Identity, Refused
from pipelines.extracts.rules import FileRule
from pipelines.extracts.tabular import read_table
from pipelines.years import AcademicYear

__all__ = [
    "COLLECTION",
    "CONTRACTS",
    "COUNTED",
    "FILE_RULES",
    "NOT_COUNTED",
    "RECORDS",
    "SHEET",
    "group",
    "identify",
    "read",
]

COLLECTION = "community_learning"
RECORDS = "enrolment"
COUNTED = (RECORDS,)
NOT_COUNTED: dict[str, str] = {}
SHEET = "Enrolments"

FILENAME = FileRule(
    "filename",
    "The file must be named community-learning_<organisation id>_<2024-25>_<YYYY-MM-DD>.csv or .xlsx.",
    "Rename the file: your number in the provider register, the academic year, the day you saved it.",
)
ORGANISATION_MIXED = FileRule(
    "organisation_id_mixed",
    "Most rows must have the organisation_id of the file name.",
    "Send a file for each organisation.",
)
YEAR_MIXED = FileRule(
    "academic_year_mixed",
    "Most rows must have the academic_year of the file name.",
    "Send a file for each academic year.",
)
YEAR_FORMAT = FileRule(
    "academic_year_format",
    "academic_year must be written as 2024/25.",
    "Write the year in which it starts, a slash, and the last two digits of the next.",
)
FILENAME_ORGANISATION = FileRule(
    "filename_organisation",
    "The organisation_id of the rows is not the one in the file name.",
    "Correct the file name or the column organisation_id, whichever is wrong.",
)
FILENAME_YEAR = FileRule(
    "filename_year",
    "The academic_year of the rows is not the one in the file name.",
    "Correct the file name or the column academic_year, whichever is wrong.",
)
_NAMING = Naming("community-learning", FILENAME)
FILE_RULES = (
    *tabular.FILE_RULES,
    FILENAME, ORGANISATION_MIXED, YEAR_MIXED, YEAR_FORMAT, FILENAME_ORGANISATION, FILENAME_YEAR,
)  # fmt: skip
"""What a community-learning return must be as a whole."""


def group(files: list[Path]) -> list[tuple[Path, ...]]:
    """Return every CSV or XLSX file whose name begins like the template's as a return of its own."""
    return _NAMING.group(files)


def identify(files: tuple[Path, ...]) -> Identity:
    """Read a return's identity from its rows and its name, which must agree; an empty one has but its name.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    (file,) = files
    name = _NAMING.parse(file)
    organisations, years = _stated(file)
    # Single rows of another organisation or year are set aside by rules.
    if not _most(organisations, name.organisation):
        raise Refused(ORGANISATION_MIXED if len(organisations) > 1 else FILENAME_ORGANISATION)
    if not _most(years, name.year):
        wrong = YEAR_MIXED if len(years) > 1 else FILENAME_YEAR
        raise Refused(YEAR_FORMAT if None in years else wrong)
    return Identity(name.organisation, name.year, name.date)


def read(files: tuple[Path, ...]) -> Iterator[Batch]:
    """Read the rows in batches.

    Raises:
        Refused: `filename`, or one of `tabular.FILE_RULES`.
    """
    (file,) = files
    name = _NAMING.parse(file)
    for frame in _rows(file):
        known = without_words_for_nothing(frame, NOTHING_IN)
        yield {RECORDS: filled_in(known, COLUMNS, OWN, name, is_total())}


def _rows(file: Path) -> Iterator[pl.DataFrame]:
    needed = [column for column in COLUMNS if column not in NAMES]
    yield from read_table(file, needed, sheet=SHEET, optional=NAMES, blank=MAY_BE_BLANK)


def _stated(file: Path) -> tuple[Counter[str], Counter[AcademicYear | None]]:
    """Return the organisations and years that the rows state, with how many do; None where it is no year."""
    organisations, years = Counter(), Counter()
    for frame in _rows(file):
        rows = frame.filter(~is_total())
        organisations.update(rows["organisation_id"].drop_nulls())
        for (text,), number in Counter(rows.select("academic_year").drop_nulls().iter_rows()).items():
            years[parsed_year(text)] += number
    return organisations, years


def _most(stated: Counter, named: object) -> bool:
    """Say whether most rows state what the file's name does, or none states anything."""
    return not stated or 2 * stated[named] > stated.total()
