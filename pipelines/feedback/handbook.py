"""Writes the rules of each format into `docs/rules/`, from the rules themselves.

python -m pipelines.feedback.handbook docs/rules
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from pipelines.extracts.formats import FORMATS
from pipelines.extracts.returns import Format
from pipelines.feedback.rulebook import Entry, rulebook

_WHAT = {
    "refuse": "refuses the return",
    "hold": "holds the return",
    "quarantine": "sets the row aside",
    "warn": "remark",
}


def chapter(module: Format) -> str:
    """Return the rules of a format as Markdown."""
    entries = list(rulebook(module).values())
    whole = [entry for entry in entries if entry.table is None]
    parts = [
        f"# Rules of the format `{module.COLLECTION}`",
        "Written by `make docs` from the contracts; do not edit. The column `decides` says what the field "
        "decides about a person's place in the figures; `…` stands for particulars of the file.",
        "## The return as a whole",
        _table(whole),
    ]
    for table in module.CONTRACTS:
        of_table = [entry for entry in entries if entry.table == table]
        if of_table:
            parts += [f"## {table.replace('_', ' ').capitalize()}", _table(of_table)]
    if module.NOT_COUNTED:
        parts += ["## Kept, but not counted", _reasons(module)]
    return "\n\n".join(parts) + "\n"


def write(folder: Path) -> None:
    """Write a chapter a format; others are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    chapters = {f"{module.COLLECTION}.md": chapter(module) for module in FORMATS}
    for old in folder.glob("*.md"):
        if old.name not in chapters:
            old.unlink()
    for name, text in chapters.items():
        (folder / name).write_text(text, "utf-8")


def _table(entries: Iterable[Entry]) -> str:
    rows = [
        "| rule | field | what it asks | a breach | how to fix it | years | decides | source |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for e in entries:
        message = re.sub(r"\{\w+\}", "…", e.message)
        cells = [f"`{e.id}`", e.field, message, _WHAT[e.severity], e.fix, e.years or "all"]
        cells += ["; ".join(e.aspects), e.source]
        rows.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(rows)


def _reasons(module: Format) -> str:
    rows = [f"| `{why}` | {_cell(what)} |" for why, what in module.NOT_COUNTED.items()]
    return "\n".join(["| reason | what it is |", "|---|---|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
