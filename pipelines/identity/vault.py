"""The identity vault: the one folder whose files may hold names, birth dates, numbers and postcodes.

Every file in it is sealed (`sealing.py`) and its owner's alone: receipts and logs, which hold no personal
value, too, so that nobody changes them unseen. What lies in it is noted in an inventory (`inventory.py`).
"""

import io
import json
import os
import resource
import secrets
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.identity.private import exposure
from pipelines.identity.sealing import (
    HEADER,
    MAGIC,
    PART,
    ClosedError,
    Seal,
    SealedReader,
    SealedWriter,
    VaultError,
    key_id_in,
    new_header,
)

_READING = ".reading-"
PINNED = "pinned.json"
_BUILDING = ".building"
_IN_MEMORY = 64 * PART
"""Up to this size a file is laid open in memory; a larger one takes nameless blocks of the disk."""


@dataclass(frozen=True)
class Vault:
    """A vault in one folder.

    Args:
        folder: where it is.
        keys: key id → key, the current one first.
    """

    folder: Path
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def unlock(cls, folder: Path, keys: Mapping[str, bytes]) -> "Vault":
        """Open the vault of a folder, made where there is none.

        From then on a crash of this process, or of one that it starts, leaves no image of its memory.

        Raises:
            VaultError: others than its owner may enter the folder.
        """
        leave_no_core()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if why := exposure(folder.lstat()):
            raise VaultError(f"{folder}: {why}")
        return cls(folder.resolve(), keys)

    @classmethod
    def throwaway(cls, folder: Path) -> "Vault":
        """Return a vault whose key nobody keeps."""
        return cls.unlock(folder, {"00000000": secrets.token_bytes(32)})

    def create(self, file: Path) -> SealedWriter:
        """Begin a new file, or one in the place of another."""
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        current, key = next(iter(self.keys.items()))
        header = new_header(current, self.header(file))
        return SealedWriter(file, Seal(key, header, self._place(file)), header)

    def write(self, file: Path, content: bytes) -> None:
        """Seal a whole file."""
        with self.create(file) as stream:
            stream.write(content)

    def write_text(self, file: Path, text: str) -> None:
        """Seal a text."""
        self.write(file, text.encode())

    def read_text(self, file: Path) -> str:
        """Return the text that a sealed file holds.

        Raises:
            VaultError, OSError: as `read`.
        """
        return self.read(file).decode()

    def read_lines(self, name: str) -> list[str]:
        """Return the lines of a log; none where there is none.

        Raises:
            VaultError, OSError: as `read`.
        """
        file = self.folder / name
        return self.read_text(file).split("\n")[:-1] if file.exists() else []

    def add_lines(self, name: str, lines: Collection[str]) -> None:
        """Add lines to a log, in one step that lasts."""
        if lines:
            whole = [*self.read_lines(name), *lines]
            self.write_text(self.folder / name, "".join(f"{line}\n" for line in whole))

    def header(self, file: Path) -> bytes:
        """Return the first bytes of a file, which tell which sealed file it is; none if it cannot be read."""
        try:
            with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:  # noqa: PTH123
                return stream.read(HEADER)
        except OSError:
            return b""

    def open(self, file: Path) -> SealedReader:
        """Open a sealed file for reading.

        Raises:
            VaultError: others than its owner may read it, it is no sealed file, or its key is not at hand.
            OSError: there is no such file, or it cannot be read.
        """
        place = self._place(file)
        # A link is not followed out of the vault.
        stream = open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb", buffering=0)  # noqa: PTH123, SIM115
        try:
            if why := exposure(os.fstat(stream.fileno())):
                raise ClosedError(f"{place}: {why}")
            header = stream.read(HEADER)
            sealed_under = key_id_in(header, place)
            if sealed_under not in self.keys:
                raise ClosedError(f"{place}: sealed under the key {sealed_under}, which is not at hand")
            return SealedReader(stream, Seal(self.keys[sealed_under], header, place))
        except BaseException:
            stream.close()
            raise

    def read(self, file: Path) -> bytes:
        """Return what a sealed file holds.

        Raises:
            VaultError: as `open`, or it is not what was sealed.
            OSError: as `open`.
        """
        with self.open(file) as stream:
            return stream.read()

    @contextmanager
    def laid_open(self, files: Iterable[Path]) -> Iterator[tuple[Path, ...]]:
        """Give paths to what sealed files hold, under their own names, for readers that want a path.

        The paths are links to nameless files: however this process ends, nothing readable is left.

        Raises:
            VaultError, OSError: as `read`.
        """
        with (
            tempfile.TemporaryDirectory(prefix=_READING, dir=self.folder) as folder,
            ExitStack() as stack,
        ):
            yield tuple(self._lay_open(file, Path(folder), stack) for file in files)

    def pinned(self, folder: Path) -> Path | None:
        """Return the one folder of a folder in the vault that was to stay; None where all of them do.

        Raises:
            VaultError: what says so is not what was sealed.
        """
        file = folder / PINNED
        return folder / json.loads(self.read_text(file))["folder"] if file.exists() else None

    def sealed_files(self) -> Iterator[Path]:
        """Yield every sealed file, in order; none that is half-made."""
        for file in sorted(self.folder.rglob("[!.]*")):
            if not file.is_symlink() and file.is_file() and self.header(file).startswith(MAGIC):
                yield file

    def key_id(self, file: Path) -> str:
        """Return the id of the key under which a file is sealed.

        Raises:
            VaultError: it is no sealed file.
        """
        with file.open("rb") as stream:
            return key_id_in(stream.read(HEADER), self._place(file))

    def reseal(self) -> int:
        """Seal everything under the current key; return how many files were under another.

        Raises:
            VaultError, OSError: as `read`; what was sealed anew stays so, and the rest as it was.
        """
        current = next(iter(self.keys))
        waiting = [file for file in self.sealed_files() if self.key_id(file) != current]
        for file in waiting:
            with self.open(file) as old, self.create(file) as new:
                shutil.copyfileobj(old, new, PART)
        return len(waiting)

    def tidy(self) -> None:
        """Remove what a process that died left half-made. Only for whoever holds the run lock."""
        for left in self.folder.glob(f"{_READING}*"):
            shutil.rmtree(left)
        for left in self.folder.rglob(f".*{_BUILDING}"):
            left.unlink()

    def drawer(self, folder: Path) -> "Drawer":
        """Return one folder of the vault."""
        return Drawer(self, folder)

    def _place(self, file: Path) -> str:
        return file.absolute().relative_to(self.folder).as_posix()

    def _lay_open(self, file: Path, folder: Path, stack: ExitStack) -> Path:
        with self.open(file) as sealed:
            if sealed.size <= _IN_MEMORY:
                descriptor = os.memfd_create("return")
            else:
                descriptor = os.open(self.folder, os.O_TMPFILE | os.O_RDWR, 0o600)
            stack.callback(os.close, descriptor)
            with open(descriptor, "wb", closefd=False) as plain:
                shutil.copyfileobj(sealed, plain, PART)
        link = folder / file.name
        link.symlink_to(f"/proc/self/fd/{descriptor}")
        return link


@dataclass(frozen=True)
class Drawer:
    """One folder of a vault, of tables in numbered Parquet files."""

    vault: Vault
    folder: Path

    def put(self, table: str, number: int, frame: pl.DataFrame) -> None:
        """Add rows to a table."""
        content = io.BytesIO()
        frame.write_parquet(content)
        self.vault.write(self.folder / f"{table}-{number:04d}.parquet", content.getbuffer())

    def files(self, table: str) -> list[Path]:
        """Return the files of a table, in order."""
        return sorted(self.folder.glob(f"{table}-*.parquet"))

    def frames(self, table: str, columns: list[str] | None = None) -> list[pl.DataFrame]:
        """Return what a table's files hold."""
        return [pl.read_parquet(self.vault.read(file), columns=columns) for file in self.files(table)]

    def empty(self) -> None:
        """Make it, without anything in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)


def leave_no_core() -> None:
    """See to it that this process and those it starts leave no image of their memory when they crash.

    A limit of one byte does both: no file is written, and Linux hands nothing to a program that the system
    may have for crashes, which a limit of nought does not keep it from.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    limit = 0 if hard == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
