"""Opens files that others put there: plain ones only, without following links or waiting for anybody."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pipelines.identity.vault import Vault

_CHUNK = 1 << 20


def open_plain(file: Path) -> BinaryIO:
    """Open a plain file for reading.

    Raises:
        OSError: it cannot be opened, is a link, or is no plain file.
    """
    # A pipe without a writer would otherwise block for ever, even before it can be seen to be one.
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a plain file")
    return open(descriptor, "rb")  # noqa: PTH123 — a descriptor, not a path


def digest_of(file: Path) -> str:
    """Return a file's SHA-256.

    Raises:
        OSError: as `open_plain`, or reading fails.
    """
    with open_plain(file) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_all(files: Iterable[Path]) -> str:
    """Return one SHA-256 of the names and the content of the city's own files, in whatever order."""
    digest = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file()):
        digest.update(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def copy(file: Path, vault: Vault, target: Path) -> str:
    """Seal a copy of a file in a vault; return the SHA-256 of what was sealed.

    Raises:
        OSError: as `open_plain`, or reading or writing fails.
    """
    digest = hashlib.sha256()
    with open_plain(file) as source, vault.create(target) as made:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            made.write(chunk)
    return digest.hexdigest()


def write_whole(file: Path, text: str) -> None:
    """Write a text file of the owner's, in one step that lasts: readers see the old one or the new one."""
    building = file.with_name(f".{file.name}.building")
    building.unlink(missing_ok=True)
    descriptor = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as stream:  # noqa: PTH123 — a descriptor, not a path
        stream.write(text)
        stream.flush()
        os.fsync(descriptor)
    building.replace(file)


def unchanged(before: os.stat_result, after: os.stat_result) -> bool:
    """Say whether a file was left alone between two looks at it."""
    return (before.st_ino, before.st_size, before.st_mtime_ns) == (
        after.st_ino,
        after.st_size,
        after.st_mtime_ns,
    )


def shown(name: str) -> str:
    """Return a file's name, or a line, as it may be shown: what is no printable character as `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
