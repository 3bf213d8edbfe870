"""What both readers of the ILR know: which values the records inside repeat, and what is noted as unknown."""

import re

from pipelines.extracts.gathering import LINE
from pipelines.extracts.ilr_contract import CONTRACTS
from pipelines.extracts.ilr_fields import Entity
from pipelines.extracts.ilr_header import Header

ENVELOPE = frozenset({"Header", "SourceFiles", "LearningProvider"})
"""Elements under the root that are no records."""
HEAVY = 48_000_000
"""Weight of a batch's rows at which it is full: each row weighs what it repeats."""
ROW_WEIGHT = 100
HANDED_DOWN = ("LearnRefNumber", "AimSeqNumber", "DateOfBirth")

_SHOWABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}")
_MOST_UNEXPECTED = 1_000


def columns_of(entity: Entity) -> tuple[str, ...]:
    """Return the columns of an entity's table, `line` last."""
    return (*CONTRACTS[entity.table].columns, LINE)


def constants(header: Header) -> dict[str, str | None]:
    """Return the columns that have one value throughout a file."""
    year = header.academic_year
    return {
        "UKPRN": header.ukprn,
        "FilePreparationDate": header.preparation_date or None,
        "YearStart": year.first_day.isoformat(),
        "YearEnd": year.last_day.isoformat(),
    }


class Unexpected:
    """The elements that no schema knows where they stand, the first of each kind in a file."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], int] = {}
        self._reported = 0

    def note(self, parent: str, name: str, line: int) -> None:
        """Note the first of each kind: a name misspelt once is misspelt in every record."""
        full = len(self._lines) >= _MOST_UNEXPECTED
        shown = name if _SHOWABLE.fullmatch(name) and not full else "(name not shown)"
        self._lines.setdefault((parent, shown), line)

    def new(self) -> list[tuple[str, str, int]]:
        """Return entity, element and line of those noted since the last call."""
        new = [(*key, line) for key, line in self._lines.items()][self._reported :]
        self._reported = len(self._lines)
        return new
