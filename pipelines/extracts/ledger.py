"""What became of each return, and when: a line is added whenever its state changes, and none is ever changed.

received → refused | held | accepted → superseded | withdrawn. The times are those of the runs that noticed;
nothing that is counted or published depends on them.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from pipelines.extracts.returns import Receipt
from pipelines.identity.vault import Vault

RECEIVED = "received"
LEDGER = "ledger.jsonl"


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

    @property
    def hashes(self) -> list[str]:
        """The first 16 digits of the SHA-256 of each file; a name may have a comma in it."""
        return re.findall(r" ([0-9a-f]{16})(?:, |$)", self.files)


def events(vault: Vault) -> list[Event]:
    """Read a vault's ledger of returns, oldest first.

    Raises:
        VaultError: it is not what was sealed.
    """
    return [Event(**json.loads(line)) for line in vault.read_lines(LEDGER)]


def note(vault: Vault, receipts: Iterable[Receipt], at: datetime) -> list[Event]:
    """Add an event for each return that is new or in another state than before; return those added."""
    past = events(vault)
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
    vault.add_lines(LEDGER, [json.dumps(asdict(event)) for event in added])
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
