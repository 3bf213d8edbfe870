"""What people decided about the returns that a release rests on, as its manifest has it."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping

from pipelines.extracts.decisions import Decision, Decisions
from pipelines.extracts.ledger import Event
from pipelines.years import AcademicYear


def decisions_of_release(
    decisions: Decisions, past: Iterable[Event], released: Collection[str], file: str
) -> list[dict[str, str]]:
    """Return the file and the hash of its entries on returns of released years; nothing, where none are.

    Args:
        decisions: all of them.
        past: what became of each return: says of which year it was.
        released: academic years of which figures are published.
        file: name of the file they stand in.

    A withdrawal of a return that came early changes no release. An entry on a return of which nobody knows
    is taken to concern it.
    """
    year_of = {event.return_id: AcademicYear.parse(event.academic_year).label for event in past}
    entries = decisions.model_copy(
        update={
            "tolerance": tuple(entry for entry in decisions.tolerance if entry.year.label in released),
            "release": _of_years(decisions.release, year_of, released),
            "withdraw": _of_years(decisions.withdraw, year_of, released),
        }
    )
    if entries == Decisions():
        return []
    text = json.dumps(entries.model_dump(mode="json"), sort_keys=True)
    return [
        {
            "file": file,
            "of": "entries on returns of these years",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
    ]


def _of_years(
    entries: Iterable[Decision], year_of: Mapping[str, str], released: Collection[str]
) -> tuple[Decision, ...]:
    return tuple(
        entry for entry in entries if (year := year_of.get(entry.return_id)) is None or year in released
    )
