"""Apprentices of an employer, as the apprenticeship service's bulk file has them: CSV, or the same in XLSX.

One file, named `apprenticeships_<register id>_<2024-25>_<YYYY-MM-DD>.csv` or `.xlsx`, is one return. Whose it
is, for which year and when it was made stands in its name only: the file has no column for any of them.
Columns come in any order; columns without a name are skipped, and so are rows without a value. `line` is
the line of the CSV file or the row of the sheet.
"""

from collections.abc import Iterator
from pathlib import Path

from pipelines.extracts import tabular
from pipelines.extracts.apprenticeship_service_contract import (
    COLUMNS,
    CONTRACTS,
    MAY_BE_BLANK,
    NOTHING_IN,
    OPTIONAL,
)
from pipelines.extracts.organisation_file import Naming, filled_in
from pipelines.extracts.resaved import without_words_for_nothing
from pipelines.extracts.returns import Batch, Identity
from pipelines.extracts.rules import FileRule
from pipelines.extracts.tabular import read_table

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

COLLECTION = "apprenticeship_service"
RECORDS = "apprentice"
COUNTED = (RECORDS,)
NOT_COUNTED: dict[str, str] = {}
SHEET = "Apprenticeships"


FILENAME = FileRule(
    "apprenticeships_filename",
    "The file must be named apprenticeships_<register id>_<2024-25>_<YYYY-MM-DD>.csv or .xlsx.",
    "Rename the file: your number in the provider register, the academic year, the day you saved it.",
)
_NAMING = Naming("apprenticeships", FILENAME)
FILE_RULES = (*tabular.FILE_RULES, FILENAME)
"""What a file of apprentices must be as a whole."""


def group(files: list[Path]) -> list[tuple[Path, ...]]:
    """Return every CSV or XLSX file whose name begins with `apprenticeships` as a return of its own."""
    return _NAMING.group(files)


def identify(files: tuple[Path, ...]) -> Identity:
    """Read a return's identity from its name; its header is looked at too.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    (file,) = files
    name = _NAMING.parse(file)
    for _ in read_table(file, COLUMNS, sheet=SHEET):
        break
    return Identity(name.organisation, name.year, name.date)


def read(files: tuple[Path, ...]) -> Iterator[Batch]:
    """Read the rows in batches.

    Raises:
        Refused: one of `FILE_RULES`.
    """
    (file,) = files
    name = _NAMING.parse(file)
    for frame in read_table(file, COLUMNS, sheet=SHEET, optional=OPTIONAL, blank=MAY_BE_BLANK):
        known = without_words_for_nothing(frame, NOTHING_IN)
        yield {RECORDS: filled_in(known, (*COLUMNS, *OPTIONAL), (*COLUMNS, *OPTIONAL), name)}
