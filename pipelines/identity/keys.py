"""The secret, and the keys made from it: for pseudonyms, for rounding and for the vault.

A plain hash of a ten-digit number is undone in minutes by trying them all, so pseudonyms are HMAC-SHA-256
(RFC 2104) under a secret that is kept outside the repository. SQL gets the secret as two padded keys in
connection variables, and computes the HMAC itself (`sql/identity/`).
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pipelines.identity.private import exposure

SECRET_FILE_VARIABLE = "LEARNING_INDICATORS_SECRET_FILE"
SCHEDULER_VARIABLE = "DAGSTER_HOME"
SMALLEST_SECRET = 32
FEWEST_CHARACTERS = 8
"""Different ones in a secret: of 32 random hexadecimal digits one in ten million has fewer."""
_BLOCK = 64


class SecretError(Exception):
    """There is no usable secret. Real learners are never processed without one."""


@dataclass(frozen=True)
class Secrets:
    """The keys of a city. Never printed.

    Args:
        person, rounding: make pseudonyms and decide how counts are rounded; of the current secret.
        key_id: names the current secret and gives nothing of it away.
        vault: key id → key of the vault, the current one first; the others only open what they sealed.
    """

    person: bytes = field(repr=False)
    rounding: bytes = field(repr=False)
    key_id: str
    vault: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def derive(cls, secret: bytes, *older: bytes) -> "Secrets":
        """Derive all keys, so that knowing one does not give another.

        Args:
            secret: the current one.
            older: those before it, which only open what they sealed.
        """
        return cls(
            person=hmac.digest(secret, b"person pseudonym", hashlib.sha256),
            rounding=hmac.digest(secret, b"rounding", hashlib.sha256),
            key_id=key_id(secret),
            vault={key_id(each): _vault_key(each) for each in (secret, *older)},
        )

    @classmethod
    def load(
        cls,
        *,
        throwaway: Path | None,
        outside: Iterable[Path] = (),
        environment: Mapping[str, str] | None = None,
    ) -> "Secrets":
        """Read the secret from the file that the environment names.

        Args:
            throwaway: for invented people: where a secret of their own lies, made at the first run, if the
                environment names none. None where people are real.
            outside: folders in which the file must not lie; the scheduler's is one of them.
            environment: that of the process.

        Raises:
            SecretError: real people and no file; or a file that cannot be used, as `read_secrets` says.
        """
        environment = os.environ if environment is None else environment
        if name := environment.get(SECRET_FILE_VARIABLE):
            if scheduler := environment.get(SCHEDULER_VARIABLE):
                outside = (*outside, Path(scheduler))
            return cls.derive(*read_secrets(Path(name), outside))
        if throwaway is None:
            raise SecretError(
                f"set {SECRET_FILE_VARIABLE} to a file that holds a secret of at least {SMALLEST_SECRET} "
                "characters, such as `openssl rand -hex 32` gives"
            )
        make_secret(throwaway)
        return cls.derive(*read_secrets(throwaway))

    @property
    def fingerprint(self) -> bytes:
        """What tells these keys from others, and gives neither away."""
        return hmac.digest(self.person + self.rounding, b"fingerprint", hashlib.sha256)

    def sql_variables(self) -> dict[str, bytes | str]:
        """Return the padded keys and the key id under the names by which the models ask for them."""
        return {
            "person_inner_key": _pad(self.person, 0x36),
            "person_outer_key": _pad(self.person, 0x5C),
            "rounding_inner_key": _pad(self.rounding, 0x36),
            "rounding_outer_key": _pad(self.rounding, 0x5C),
            "key_id": self.key_id,
        }


def key_id(secret: bytes) -> str:
    """Return eight hexadecimal digits that name a secret."""
    return hmac.digest(secret, b"key id", hashlib.sha256).hex()[:8]


def read_secrets(file: Path, outside: Iterable[Path] = ()) -> list[bytes]:
    """Return the secrets of a file, one a line, the current one first.

    Raises:
        SecretError: it cannot be read, lies in a folder where it must not, is open to others, is no text, or
            holds none, a short one, or one twice, or begins with one that could be guessed.
    """
    said = f"the file that {SECRET_FILE_VARIABLE} names"
    for folder in outside:
        # By either name: what a link in the repository points to is reached through the repository.
        if any(p.is_relative_to(folder.resolve()) for p in (file.absolute(), file.resolve())):
            raise SecretError(
                f"{said} lies in {folder.resolve()}, where copies and backups would take it along"
            )
    try:
        with file.open("rb") as stream:
            why = exposure(os.fstat(stream.fileno()))
            content = stream.read()
    except OSError as error:
        raise SecretError(f"{said} cannot be read") from error
    if why:
        raise SecretError(f"{said} is not safe: {why}")
    lines = content.split()
    if not (content.isascii() and all(line.decode("ascii").isprintable() for line in lines)):
        raise SecretError(f"{said} is no text; `openssl rand -hex 32` makes a secret that is")
    if not lines or min(map(len, lines)) < SMALLEST_SECRET:
        raise SecretError(f"a secret in {said} has fewer than {SMALLEST_SECRET} characters")
    if _is_guessable(lines[0]):
        raise SecretError(
            f"the secret in {said} could be guessed. Write one that `openssl rand -hex 32` makes in the line "
            "above it; where a vault was sealed under it, `learning-indicators rekey` seals that anew"
        )
    if len(set(map(key_id, lines))) < len(lines):
        raise SecretError(f"{said} holds a secret twice")
    return lines


def _is_guessable(secret: bytes) -> bool:
    """Say whether a secret is some characters over and over again, or of very few different ones."""
    return secret in (2 * secret)[1:-1] or len(set(secret)) < FEWEST_CHARACTERS


def make_secret(file: Path) -> None:
    """Write a random secret into a new file of the owner's, unless it is there; whole or not at all."""
    if file.exists():
        return
    building = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="ascii") as stream:  # noqa: PTH123 — a descriptor, not a path
        stream.write(secrets.token_hex(SMALLEST_SECRET) + "\n")
        stream.flush()
        os.fsync(descriptor)
    try:
        # A link, unlike a rename, takes nobody else's place: of two processes one makes the secret.
        os.link(building, file)
    except FileExistsError:
        pass
    finally:
        building.unlink()


def _vault_key(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"vault").derive(secret)


def _pad(key: bytes, byte: int) -> bytes:
    """XOR a key, filled up to a block, with RFC 2104's inner (0x36) or outer (0x5c) pad."""
    return bytes(k ^ byte for k in key.ljust(_BLOCK, b"\0"))
