"""Finds the returns that lie in `data/raw/<academic year>/<sender>/`, in a fixed order.

Anybody may put anything there. Only plain files are opened: links are not followed, and a pipe or a device
is not waited for. What is no plain file is reported, and stops nothing else.
"""

import hashlib
import re
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.extracts.files import digest_of, shown, unchanged
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.returns import Format, Receipt, Refused, State
from pipelines.extracts.rules import FileRule
from pipelines.years import AcademicYear

UNRECOGNISED = "unrecognised"
"""Stands for a collection where no format knows a file."""
STILL_ARRIVING = (
    "The file is still being written, or was a moment ago; it is looked at again at the next run."
)

PLAIN_FILE = FileRule(
    "plain_file",
    "This is no plain file but a {kind}; it was not opened.",
    "Put the return itself here, as a file; delete this.",
)
PLAIN_FOLDER = FileRule(
    "plain_folder",
    "Here stands a {kind} where only the folder of a sender or an academic year belongs; it was not opened.",
    "Put files into the folder of their sender, in the folder of their academic year; delete this.",
)
PLAIN_NAME = FileRule(
    "plain_name",
    "The name has characters that cannot be shown, or is not UTF-8, so it was not opened.",
    "Rename it with letters, digits, dots, hyphens and underscores.",
)
YEAR_FOLDER = FileRule(
    "year_folder",
    "This is not the folder of an academic year that the city takes, so nothing in it was looked at.",
    "Name the folder after its academic year, such as 2024-25; the city profile has the first and last year.",
)
READABLE = FileRule(
    "readable",
    "The file could not be read here ({why}).",
    "Nothing for now: it is tried again at the next run. Tell the city's data team if this stays.",
)
RULES = (PLAIN_FILE, PLAIN_FOLDER, PLAIN_NAME, YEAR_FOLDER, READABLE)
"""What must hold of whatever lies in the folder of returns."""

_TEMPORARY = (".part", ".partial", ".filepart", ".tmp", ".crdownload", ".download", "~")
_BESIDE_THE_YEARS = re.compile(r"\..*|.*\.(?:toml|md|txt)")
"""What may lie beside the folders of years: notes about them."""
_KINDS = {
    stat.S_IFLNK: "link",
    stat.S_IFDIR: "folder",
    stat.S_IFREG: "file",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


@dataclass(frozen=True)
class Delivery:
    """The files of one return where they lie.

    Args:
        year, sender: names of the folders it lies in.
        files: where they are.
        module: its format; None where no format knows the files.
        hashes: SHA-256 of each file; empty where a file was not read.
        size: bytes.
        problem: why it cannot be opened.
        arriving: whether it is still being written, so far as can be told.
    """

    year: str
    sender: str
    files: tuple[Path, ...]
    module: Format | None
    hashes: tuple[str, ...]
    size: int = 0
    problem: Refused | None = None
    arriving: bool = False

    @classmethod
    def of(
        cls, year: str, sender: str, files: tuple[Path, ...], module: Format | None, settle_seconds: float = 0
    ) -> "Delivery":
        """Return a delivery of these files, hashed; one that is still arriving is not read."""
        unread = cls(year, sender, files, module, ("",) * len(files))
        try:
            before = [file.lstat() for file in files]
            if any(abs(time.time() - file.st_mtime) < settle_seconds for file in before):
                return cls(*unread._place, unread.hashes, arriving=True)
            hashes = tuple(map(digest_of, files))
            still = all(unchanged(was, file.lstat()) for was, file in zip(before, files, strict=True))
        except OSError as error:
            return unread._refused(Refused(READABLE, why=error.strerror or "no reason given"))
        return cls(*unread._place, hashes, size=sum(s.st_size for s in before), arriving=not still)

    @classmethod
    def unopened(cls, year: str, sender: str, file: Path, problem: Refused) -> "Delivery":
        """Return something that must not be opened, as a delivery of its own."""
        return cls(year, sender, (file,), None, ("",), problem=problem)

    @property
    def _place(self) -> tuple:
        return self.year, self.sender, self.files, self.module

    def _refused(self, problem: Refused) -> "Delivery":
        return Delivery(*self._place, self.hashes, problem=problem)

    @property
    def collection(self) -> str:
        """The format's name."""
        return self.module.COLLECTION if self.module else UNRECOGNISED

    @property
    def return_id(self) -> str:
        """Sixteen hexadecimal digits of the hash of place, names and bytes."""
        parts = [self.year, self.sender]
        for file, digest in zip(self.files, self.hashes, strict=True):
            parts += [file.name, digest]
        # A name on disk is bytes; those that are no UTF-8 travel as surrogates.
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]

    def receipt(self, state: State, **more: object) -> Receipt:
        """Return a receipt for it."""
        return Receipt(
            return_id=self.return_id,
            collection=self.collection,
            folder_provider=shown(self.sender),
            folder_year=shown(self.year),
            files={shown(f.name): h for f, h in zip(self.files, self.hashes, strict=True)},
            state=state,
            **more,
        )

    def refusal(self, refused: Refused) -> Receipt:
        """Return the receipt of a return refused whole."""
        return self.receipt(State.REFUSED, rule=refused.rule.id, message=refused.message)

    def repeating(self, other: "Delivery") -> Receipt:
        """Return the receipt of a return that has come already, under another name."""
        names = ", ".join(shown(file.name) for file in other.files)
        return self.receipt(State.REPEATED, message=f"The same bytes as {names}; nothing new to look at.")

    def later(self) -> Receipt:
        """Return the receipt of a return that is still arriving."""
        return self.receipt(State.SETTLING, message=STILL_ARRIVING)


def find_deliveries(
    raw: Path, year: AcademicYear, collection: str, settle_seconds: float = 0
) -> Iterator[Delivery]:
    """Yield every return of one collection in a year's folder.

    Args:
        raw: the folder of returns.
        year: the academic year.
        collection: a format's name, or `UNRECOGNISED`, under which everything else comes.
        settle_seconds: a return is still arriving while one of its files is younger.
    """
    folders, strays = _sorted_out(raw / year.folder, year.folder)
    for folder in folders:
        files, problems = _files(folder, year.folder)
        strays += problems
        for module, group in by_format(files):
            if collection == (module.COLLECTION if module else UNRECOGNISED):
                yield Delivery.of(year.folder, folder.name, group, module, settle_seconds)
    if collection == UNRECOGNISED:
        yield from strays


def by_format(files: Iterable[Path]) -> Iterator[tuple[Format | None, tuple[Path, ...]]]:
    """Yield each format with the files of a return; None with each file that no format knows.

    Formats are asked in their order; a later one does not see what an earlier one took.
    """
    left = sorted(files)
    for module in FORMATS:
        found = module.group(left)
        yield from ((module, group) for group in found)
        taken = {file for group in found for file in group}
        left = [file for file in left if file not in taken]
    yield from ((None, (file,)) for file in left)


def stray_folders(raw: Path, years: tuple[AcademicYear, ...]) -> list[Receipt]:
    """Return a refusal of each thing in the folder of returns that is no folder of one of `years`."""
    known = {year.folder for year in years}
    entries = sorted(raw.iterdir()) if raw.is_dir() else []
    odd = [e for e in entries if e.name not in known and not _BESIDE_THE_YEARS.fullmatch(e.name)]
    found = [Delivery.unopened(entry.name, "", entry, Refused(YEAR_FOLDER)) for entry in odd]
    return [delivery.refusal(delivery.problem) for delivery in found]


def _sorted_out(folder: Path, year: str) -> tuple[list[Path], list[Delivery]]:
    """Return the senders' folders of a year's folder, and what else lies in it."""
    try:
        if stat.S_ISLNK(folder.lstat().st_mode):
            return [], [Delivery.unopened(year, "", folder, Refused(PLAIN_FOLDER, kind="link"))]
        entries = sorted(e for e in folder.iterdir() if not e.name.startswith("."))
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [Delivery.unopened(year, "", folder, Refused(READABLE, why=error.strerror))]
    problems = {e: _misnamed(e) or _not_of_kind(e, stat.S_IFDIR, PLAIN_FOLDER) for e in entries}
    return (
        [e for e in entries if problems[e] is None],
        [Delivery.unopened(year, "", e, problem) for e, problem in problems.items() if problem],
    )


def _files(folder: Path, year: str) -> tuple[list[Path], list[Delivery]]:
    """Return the plain files of a sender's folder, and what else lies in it."""
    try:
        entries = sorted(e for e in folder.iterdir() if not _ignored(e.name))
    except OSError as error:
        return [], [Delivery.unopened(year, folder.name, folder, Refused(READABLE, why=error.strerror))]
    problems = {e: _misnamed(e) or _not_of_kind(e, stat.S_IFREG, PLAIN_FILE) for e in entries}
    return (
        [e for e in entries if problems[e] is None],
        [Delivery.unopened(year, folder.name, e, problem) for e, problem in problems.items() if problem],
    )


def _ignored(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(_TEMPORARY)


def _misnamed(entry: Path) -> Refused | None:
    return None if shown(entry.name) == entry.name else Refused(PLAIN_NAME)


def _not_of_kind(entry: Path, wanted: int, rule: FileRule) -> Refused | None:
    try:
        kind = stat.S_IFMT(entry.lstat().st_mode)
    except OSError as error:
        return Refused(READABLE, why=error.strerror)
    return None if kind == wanted else Refused(rule, kind=_KINDS.get(kind, "special file"))
