"""Writes the blank community learning templates that docs/templates holds."""

from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from pipelines.extracts.community_learning import SHEET
from pipelines.extracts.community_terms import COLUMNS, SETTINGS, THEMES

ROWS = 2_000
"""Rows of the sheet that are formatted and checked while typing."""

_LISTS = {
    "sex": ("Female", "Male", "Other", "Prefer not to say"),
    "setting": SETTINGS,
    "theme": THEMES,
    "accredited": ("yes", "no"),
}
_CREATED = datetime(2025, 8, 1, tzinfo=UTC)
"""Fixed, so that the same code writes the same bytes."""


def write_templates(folder: Path) -> list[Path]:
    """Write `community-learning.csv` and `community-learning.xlsx` into `folder`; return their paths."""
    text, workbook = folder / "community-learning.csv", folder / "community-learning.xlsx"
    text.write_text(",".join(COLUMNS) + "\n", encoding="utf-8", newline="")
    _write_workbook(workbook)
    return [text, workbook]


def _write_workbook(file: Path) -> None:
    with xlsxwriter.Workbook(file) as book:
        book.set_properties({"title": "Community learning enrolments", "created": _CREATED})
        sheet, lists = book.add_worksheet(SHEET), book.add_worksheet("Allowed values")
        header = book.add_format({"bold": True})
        # Text, so that leading zeros and ten-digit numbers stay as they are typed.
        text = book.add_format({"num_format": "@"})
        date = book.add_format({"num_format": "dd/mm/yyyy"})
        for place, column in enumerate(COLUMNS):
            form = date if column.startswith("date_") or column.endswith("_date") else text
            sheet.set_column(place, place, max(12, len(column) + 2), form)
            sheet.write_string(0, place, column, header)
        sheet.freeze_panes(1, 0)
        for place, (column, values) in enumerate(_LISTS.items()):
            lists.set_column(place, place, 28)
            lists.write_column(0, place, [column, *values])
            letter = chr(ord("A") + place)
            source = f"='Allowed values'!${letter}$2:${letter}${len(values) + 1}"
            where = COLUMNS.index(column)
            sheet.data_validation(1, where, ROWS, where, {"validate": "list", "source": source})
