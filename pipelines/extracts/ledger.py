"""What became of each return, and when: a line is added whenever its state changes, and none is ever changed.

received → refused | held | accepted → superseded | withdrawn. The times are those of the runs that noticed;
nothing that is counted or published depends on them.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pipelines.extracts.returns import Receipt

RECEIVED = "received"


@dataclass(frozen=True)
class Event:
    """One change of one return's state; its fields are the columns of the table of events."""

    noticed_at: str
    """Time of the run that noticed, ISO 8601, UTC."""
    return_id: str
    collection: str
    provider: str
    """Whose folder it lay in."""
    academic_year: str
    """The academic year whose folder it lay in."""
    state: str
    rule: str | None
    """The rule that it broke, or the kind of decision that was taken."""
    reason: str | None
    files: str
    """Names of its files and the first 16 digits of their SHA-256."""


def events(file: Path) -> list[Event]:
    """Read the ledger, oldest first. A last line that a crash cut off is left out."""
    if not file.exists():
        return []
    lines = file.read_text("utf-8").split("\n")
    return [Event(**json.loads(line)) for line in lines[:-1]]


def note(file: Path, receipts: Iterable[Receipt], at: datetime) -> list[Event]:
    """Add an event for each return that is new or in another state than before; return those added."""
    past = events(file)
    last = {event.return_id: event for event in past}
    moment = at.isoformat(timespec="seconds")
    added = []
    for receipt in receipts:
        before = last.get(receipt.return_id)
        if before is None:
            added.append(_event(receipt, moment, RECEIVED))
        if before is None or (before.state, before.rule) != (str(receipt.state), receipt.rule):
            added.append(_event(receipt, moment, str(receipt.state), receipt.rule, receipt.message))
            last[receipt.return_id] = added[-1]
    append(file, [json.dumps(asdict(event)) for event in added])
    return added


def _event(
    receipt: Receipt, at: str, state: str, rule: str | None = None, reason: str | None = None
) -> Event:
    files = ", ".join(f"{name} {digest[:16]}" for name, digest in sorted(receipt.files.items()))
    return Event(
        at,
        receipt.return_id,
        receipt.collection,
        receipt.folder_provider,
        receipt.folder_year.replace("-", "/"),
        state,
        rule,
        reason,
        files,
    )


def append(file: Path, lines: Iterable[str]) -> None:
    """Add lines in one write that lasts; a line without its end is overwritten by the next."""
    text = "".join(f"{line}\n" for line in lines)
    if not text:
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("ab+") as stream:
        stream.seek(0)
        whole = stream.read().rpartition(b"\n")
        stream.truncate(len(whole[0]) + len(whole[1]))
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
