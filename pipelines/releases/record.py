"""The record of releases: a line for each step of each, added when it is taken, and never changed.

built → approved → published → withdrawn → reinstated; a candidate may be refused, and is dropped if it is
not published.
Steps say who took them, when and why. What is published is what lies in the folder of releases: a step that a
killed process did not write down is added at the next start (`shelf.settle`).
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pipelines.releases.names import Name

RECORD = "releases.jsonl"
"""Its file, beside the folders of releases."""


class Step(StrEnum):
    """What was done with a release, or with an academic year of the next one."""

    BUILT = "built"
    DROPPED = "dropped"
    APPROVED = "approved"
    REFUSED = "refused"
    REVISION_ALLOWED = "revision allowed"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    REINSTATED = "reinstated"
    LOSS_ACCEPTED = "loss accepted"


@dataclass(frozen=True)
class Entry:
    """One step.

    Args:
        step: what was done.
        subject: name of the release or candidate; of an allowed revision, the academic year; of an accepted
            loss, what is lost.
        by: who did it.
        at: when, ISO 8601, UTC; of a step that nobody wrote down, when it was found.
        reason: why, where a step asks for it.
        manifest: SHA-256 of the candidate's manifest.
        pack: SHA-256 of the files of its review pack; earlier versions did not note it.
    """

    step: Step
    subject: str
    by: str
    at: str
    reason: str = ""
    manifest: str = ""
    pack: str = ""


@dataclass(frozen=True)
class Extent:
    """How far a record is known.

    Args:
        length: bytes.
        sha256: of these.
    """

    length: int
    sha256: str


NOTHING = Extent(0, hashlib.sha256(b"").hexdigest())
"""Of a record that nobody knows."""


class RecordError(Exception):
    """The record cannot be read. Names file and line, and says what can be done."""


class Record:
    """The record in a file.

    Args:
        file: of lines of JSON; there need be none yet.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[int, list[Entry]] = (0, [])
        self._order: dict[str, int] = {}

    @property
    def entries(self) -> list[Entry]:
        """All steps, oldest first. A last line that a crash cut off is left out."""
        size = self._file.stat().st_size if self._file.exists() else 0
        # Lines are only ever added, by other processes too.
        if size != self._read[0]:
            lines = self._file.read_text("utf-8").split("\n")[:-1]
            self._read = size, [self._entry(number, line) for number, line in enumerate(lines, start=1)]
        return self._read[1]

    def _entry(self, number: int, line: str) -> Entry:
        try:
            fields = json.loads(line)
            return Entry(**fields | {"step": Step(fields["step"])})
        except (ValueError, TypeError, KeyError):
            raise RecordError(
                f"{self._file}, line {number} is no step of a release: bring the file back from a backup, or "
                "take the line out"
            ) from None

    def extent(self) -> Extent:
        """Return how long the record is, and its digest."""
        content = self._file.read_bytes() if self._file.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        return Extent(len(whole), hashlib.sha256(whole).hexdigest())

    def refuse_other(self, known: Extent) -> None:
        """Refuse to go on where the record does not begin as it was known to be.

        Raises:
            RecordError: lines have gone, or were changed.
        """
        content = self._file.read_bytes() if self._file.exists() else b""
        if hashlib.sha256(content[: known.length]).hexdigest() != known.sha256:
            raise RecordError(
                f"{self._file}: lines have gone, or were changed. Bring it back from a backup. Is there "
                "none, learning-indicators accept-loss says what would be lost"
            )

    def add(self, entry: Entry) -> None:
        """Write down a step."""
        _append(self._file, json.dumps(asdict(entry), ensure_ascii=False))

    def of(self, subject: Name | str, *steps: Step) -> list[Entry]:
        """Return the steps of a release or candidate, oldest first; all of them, where none is named."""
        return [e for e in self.entries if e.subject == str(subject) and (not steps or e.step in steps)]

    def published(self) -> list[Name]:
        """Return the releases in the order in which they were published, withdrawn ones too."""
        names = [Name.parse(entry.subject) for entry in self.entries if entry.step is Step.PUBLISHED]
        return sorted(names, key=lambda name: self._order.get(str(name), len(self._order)))

    def in_order(self, names: Sequence[str]) -> None:
        """Take releases for published in this order, and others after them: lines can be lost."""
        self._order = {name: number for number, name in enumerate(names)}

    def is_withdrawn(self, release: Name) -> bool:
        """Say whether a release was withdrawn, and not reinstated since."""
        steps = self.of(release, Step.WITHDRAWN, Step.REINSTATED)
        return bool(steps) and steps[-1].step is Step.WITHDRAWN

    def built_at(self, release: Name) -> str:
        """Return when the candidate was built that became a release; empty where nobody wrote it down."""
        built = [e for e in self.entries if e.step is Step.BUILT and e.subject.startswith(f"{release}.")]
        return built[-1].at if built else ""

    def allowed_revisions(self) -> dict[str, Entry]:
        """Return the academic years that may be revised for few: allowed since the last release was built."""
        allowed: dict[str, tuple[int, Entry]] = {}
        built: dict[str, int] = {}
        for number, entry in enumerate(self.entries):
            if entry.step is Step.BUILT:
                built[entry.subject.rpartition(".")[0]] = number
            elif entry.step is Step.REVISION_ALLOWED:
                allowed[entry.subject] = (number, entry)
            elif entry.step is Step.PUBLISHED:
                since = built.get(entry.subject, number)
                allowed = {year: found for year, found in allowed.items() if found[0] > since}
        return {year: entry for year, (_, entry) in allowed.items()}


def now() -> str:
    """Return the time of a step."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _append(file: Path, line: str) -> None:
    """Add a line in one write that lasts; one without its end is overwritten by the next."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("ab+") as stream:
        stream.seek(0)
        whole = stream.read().rpartition(b"\n")
        stream.truncate(len(whole[0]) + len(whole[1]))
        stream.write(f"{line}\n".encode())
        stream.flush()
        os.fsync(stream.fileno())
