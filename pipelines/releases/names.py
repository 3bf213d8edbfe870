"""What releases are called: `2024-25/2`, and a candidate for it `2024-25/2.3`."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_NAME = re.compile(r"(\d{4}-\d{2})/([1-9]\d*)(?:\.([1-9]\d*))?")


class UnknownNameError(Exception):
    """A text names no release."""


@dataclass(frozen=True, order=True)
class Name:
    """The name of a release or of a candidate for it.

    Args:
        year: the academic year that it is of, as a folder: 2024-25.
        number: of the release, from 1, in its year.
        candidate: of the candidate, from 1; 0 for a release.
    """

    year: str
    number: int
    candidate: int = 0

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.year}/{self.folder}"

    @property
    def folder(self) -> str:
        """The last part of it, which is the name of its folder."""
        return f"{self.number}.{self.candidate}" if self.candidate else str(self.number)

    @property
    def release(self) -> "Name":
        """The release that a candidate is for; of a release, itself."""
        return Name(self.year, self.number)

    def within(self, root: Path) -> Path:
        """Return where it lies in a folder of such."""
        return root / self.year / self.folder

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name.

        Raises:
            UnknownNameError: it is none.
        """
        if not (match := _NAME.fullmatch(text.strip().strip("/"))):
            raise UnknownNameError(
                f"{text!r} names no release: a release is named 2024-25/2, and a candidate for it 2024-25/2.1"
            )
        year, number, candidate = match.groups()
        return cls(year, int(number), int(candidate or 0))

    @classmethod
    def all_within(cls, root: Path) -> list[Self]:
        """Return the names of all folders of a root that have one, in order."""
        found = (f"{path.parent.name}/{path.name}" for path in root.glob("*/*") if path.is_dir())
        return sorted(cls.parse(text) for text in found if _NAME.fullmatch(text))
