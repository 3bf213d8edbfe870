"""The two secrets: one makes pseudonyms of learner numbers, one decides how counts are rounded.

A plain hash of a ten-digit number is undone in minutes by trying them all, so pseudonyms are HMAC-SHA-256
(RFC 2104) under a secret that is kept outside the repository. SQL gets the secret as two padded keys in
connection variables, and computes the HMAC itself (`sql/identity/`).
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SECRET_FILE_VARIABLE = "LEARNING_INDICATORS_SECRET_FILE"
SMALLEST_SECRET = 32
_BLOCK = 64
_DEMONSTRATION = b"demonstration secret for invented people only"


class SecretError(Exception):
    """There is no usable secret. Real learners are never processed without one."""


@dataclass(frozen=True)
class Secrets:
    """The pseudonym and the rounding key, both derived from one secret. Never printed."""

    person: bytes = field(repr=False)
    rounding: bytes = field(repr=False)

    @classmethod
    def derive(cls, secret: bytes) -> "Secrets":
        """Derive both keys, so that knowing one does not give the other."""
        return cls(
            person=hmac.digest(secret, b"person pseudonym", hashlib.sha256),
            rounding=hmac.digest(secret, b"rounding", hashlib.sha256),
        )

    @classmethod
    def load(cls, *, synthetic: bool, environment: Mapping[str, str] | None = None) -> "Secrets":
        """Read the secret from the file that the environment names.

        A synthetic city needs none: its people are invented, and a fixed key lets anyone rebuild the
        sample release byte for byte.

        Raises:
            SecretError: real data and no file, an unreadable one, or a secret of under 32 bytes.
        """
        name = (os.environ if environment is None else environment).get(SECRET_FILE_VARIABLE)
        if name is None:
            if synthetic:
                return cls.derive(_DEMONSTRATION)
            raise SecretError(
                f"set {SECRET_FILE_VARIABLE} to a file that holds at least {SMALLEST_SECRET} random bytes"
            )
        try:
            secret = Path(name).read_bytes().strip()
        except OSError as error:
            raise SecretError(f"the file that {SECRET_FILE_VARIABLE} names cannot be read") from error
        if len(secret) < SMALLEST_SECRET:
            raise SecretError(f"the secret has fewer than {SMALLEST_SECRET} bytes")
        return cls.derive(secret)

    @property
    def fingerprint(self) -> bytes:
        """What tells these keys from others, and gives neither away."""
        return hmac.digest(self.person + self.rounding, b"fingerprint", hashlib.sha256)

    def sql_variables(self) -> dict[str, bytes]:
        """Return the padded keys under the names by which the models ask for them."""
        return {
            "person_inner_key": _pad(self.person, 0x36),
            "person_outer_key": _pad(self.person, 0x5C),
            "rounding_inner_key": _pad(self.rounding, 0x36),
            "rounding_outer_key": _pad(self.rounding, 0x5C),
        }


def _pad(key: bytes, byte: int) -> bytes:
    """XOR a key, filled up to a block, with RFC 2104's inner (0x36) or outer (0x5c) pad."""
    return bytes(k ^ byte for k in key.ljust(_BLOCK, b"\0"))
