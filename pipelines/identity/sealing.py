"""How one file of the vault is sealed: AES-256-GCM, part by part, bound to its place.

    magic (8 bytes), key id (8), generation (8), salt (24), then parts of a mebibyte, each with a tag (16)

A file that takes the place of another has a higher generation: an older copy that is put back can be told.
Each file has a key of its own, derived from the vault's key, generation and salt, so that a part's number
can be its nonce. With every part are authenticated the header, the file's place in the vault, the part's
number and whether it is the last: no part, and no file, can be changed, moved, left out or put in another's
place. Parts are opened one at a time, in any order: a file of any size takes little memory.
"""

import io
import os
import secrets
import threading
import time
from collections import OrderedDict
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"LIVAULT1"
PART = 1 << 20
_KEY_ID, _GENERATION, _SALT, _TAG = 8, 8, 32, 16
_LAST_GENERATION = 2 ** (8 * _GENERATION) - 1
_RANDOM = _SALT - _GENERATION
HEADER = len(MAGIC) + _KEY_ID + _SALT
_REMEMBERED = 8


class VaultError(Exception):
    """The vault or a file in it cannot be used. Names the file, never what is in it."""


class ClosedError(VaultError):
    """A file of the vault cannot be opened here and now, and may be whole: its key or rights are missing."""


class Seal:
    """Seals and opens the parts of one file.

    Args:
        key: the vault's.
        header: the file's.
        place: of the file in the vault.
    """

    def __init__(self, key: bytes, header: bytes, place: str) -> None:
        salt = header[-_SALT:]
        self._cipher = AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"file").derive(key))
        self._bound = header + place.encode("utf-8", "surrogateescape") + b"\0"
        self.place = place

    def close(self, part: bytes, number: int, *, last: bool) -> bytes:
        """Return a part sealed."""
        return self._cipher.encrypt(number.to_bytes(12), part, self._with(number, last=last))

    def open(self, sealed: bytes, number: int, *, last: bool) -> bytes:
        """Return a part as it was.

        Raises:
            VaultError: it is not the part that was sealed here, or another key sealed it.
        """
        try:
            return self._cipher.decrypt(number.to_bytes(12), sealed, self._with(number, last=last))
        except InvalidTag:
            raise VaultError(
                f"{self.place}: changed, cut off or moved since it was sealed, or sealed under another key"
            ) from None

    def _with(self, number: int, *, last: bool) -> bytes:
        return self._bound + number.to_bytes(12) + bytes([last])


def new_header(key_id: str, before: bytes = b"") -> bytes:
    """Return the header of a new file.

    Args:
        key_id: of the key that seals it.
        before: the header of the file whose place it takes.
    """
    generation = time.time_ns()
    if before.startswith(MAGIC) and len(before) == HEADER:
        # Earlier versions had random bytes there.
        generation = min(max(generation, generation_in(before) + 1), _LAST_GENERATION)
    return MAGIC + key_id.encode("ascii") + generation.to_bytes(_GENERATION) + secrets.token_bytes(_RANDOM)


def generation_in(header: bytes) -> int:
    """Return the generation of a file."""
    start = len(MAGIC) + _KEY_ID
    return int.from_bytes(header[start : start + _GENERATION])


def key_id_in(header: bytes, place: str) -> str:
    """Return the id of the key under which a file is sealed.

    Raises:
        VaultError: it is no sealed file.
    """
    if len(header) < HEADER or not header.startswith(MAGIC):
        raise VaultError(f"{place}: not a sealed file")
    return header[len(MAGIC) : len(MAGIC) + _KEY_ID].decode("ascii", "replace")


class SealedWriter(io.RawIOBase):
    """Writes a sealed file aside; it appears, whole and lasting, when it is closed.

    As a context manager it leaves nothing behind where something fails.
    """

    def __init__(self, file: Path, seal: Seal, header: bytes) -> None:
        super().__init__()
        self._file, self._seal = file, seal
        # Not after the file: a sender's name may be as long as a name can be.
        self._aside = file.with_name(f".{secrets.token_hex(8)}.building")
        descriptor = os.open(self._aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._stream = open(descriptor, "wb", buffering=0)  # noqa: PTH123, SIM115 — a descriptor, closed below
        self._stream.write(header)
        self._waiting = bytearray()
        self._number = self._length = 0

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: bytes) -> int:
        """Take bytes; what makes more than a part is sealed."""
        self._waiting += data
        self._length += len(data)
        # The last part is known as such only when nothing follows.
        while len(self._waiting) > PART:
            self._put(bytes(self._waiting[:PART]), last=False)
            del self._waiting[:PART]
        return len(data)

    def tell(self) -> int:
        """Return how many bytes were taken."""
        return self._length

    def close(self) -> None:
        """Seal the rest and give the file its name."""
        if self.closed:
            return
        try:
            self._put(bytes(self._waiting), last=True)
            os.fsync(self._stream.fileno())
            self._stream.close()
            self._aside.replace(self._file)
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing of what was not closed."""
        self._stream.close()
        self._aside.unlink(missing_ok=True)
        self._waiting = bytearray()
        super().close()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            self.discard()
        self.close()

    def _put(self, part: bytes, *, last: bool) -> None:
        self._stream.write(self._seal.close(part, self._number, last=last))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Reads a sealed file from any place in it, by several threads at once: each has its own position."""

    def __init__(self, stream: io.RawIOBase, seal: Seal) -> None:
        super().__init__()
        self._stream, self._seal = stream, seal
        body = os.fstat(stream.fileno()).st_size - HEADER
        self._parts = max(1, -(-body // (PART + _TAG)))
        if 0 < body % (PART + _TAG) <= _TAG and body != _TAG:
            raise VaultError(f"{seal.place}: cut off since it was sealed")
        self.size = max(0, body - self._parts * _TAG)
        # Whoever shares a file moves to a place, then reads: another thread must not come between.
        self._at = threading.local()
        # Readers of Parquet come back to the same parts: few are remembered, as long as the file is open.
        self._open: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read from any place."""
        return True

    def tell(self) -> int:
        """Return this thread's place."""
        return getattr(self._at, "place", 0)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self.size}[whence]
        self._at.place = start + offset
        return self._at.place

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes, fewer only at the end.

        Raises:
            VaultError: they are not what was sealed.
        """
        start = self.tell()
        end = self.size if size is None or size < 0 else min(start + size, self.size)
        first, last = start // PART, max(start, end - 1) // PART
        if self.size == 0:
            self._part(0)
        if start >= end:
            return b""
        if end == self.size:
            # That nothing follows is said by the last part alone.
            self._part(self._parts - 1)
        parts = b"".join(map(self._part, range(first, last + 1)))
        self._at.place = end
        return parts[start - first * PART : end - first * PART]

    def readinto(self, buffer: bytearray) -> int:
        """Fill a buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        super().close()

    def _part(self, number: int) -> bytes:
        with self._lock:
            if number in self._open:
                self._open.move_to_end(number)
                return self._open[number]
        sealed = os.pread(self._stream.fileno(), PART + _TAG, HEADER + number * (PART + _TAG))
        part = self._seal.open(sealed, number, last=number == self._parts - 1)
        with self._lock:
            self._open[number] = part
            if len(self._open) > _REMEMBERED:
                self._open.popitem(last=False)
        return part
