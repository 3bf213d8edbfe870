"""What a return is: whose, for which year and collection, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import polars as pl

from pipelines.extracts.contract import Contract
from pipelines.extracts.rules import FileRule
from pipelines.years import AcademicYear


class State(StrEnum):
    """What became of a return. Only `ACCEPTED` ones are counted; none of the others replaces one."""

    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    """Accepted, and a later accepted return of the same provider, year, collection and part has its place."""
    HELD = "held"
    """Accepted, but too far from the return before it to be true: a person looks at it first."""
    REPEATED = "repeated"
    """The same bytes as another return in the folder, under another name; that one is looked at."""
    WITHDRAWN = "withdrawn"
    """Taken back by a person."""
    REFUSED = "refused"
    """The file as a whole cannot be trusted."""
    EMPTY = "empty"
    """A sound file with no records in it."""
    ALL_REJECTED = "all rejected"
    """Records in it, none of which could be accepted."""
    SETTLING = "settling"
    """Still being written, so far as can be told: it is left alone, and looked at again at the next run."""
    NO_FILE = "no file"
    """A registered sender of whom nothing has come for a year in which others have sent."""


class Refused(Exception):
    """A return is refused whole.

    Args:
        rule: the rule it breaks.
        line: where in the file, if known.
        particulars: what the rule's message leaves open; never a personal value.
    """

    def __init__(self, rule: FileRule, line: int | None = None, **particulars: str) -> None:
        self.rule, self.line = rule, line
        self.message = rule.message.format(**particulars) + (f" (line {line})" if line else "")
        super().__init__(f"{rule.id}: {self.message}")


@dataclass(frozen=True)
class Identity:
    """What a return says of itself, read from its content.

    Args:
        provider: the sender: UKPRN, three-digit local authority code, or the register's id.
        academic_year: the year it is about.
        prepared_at: when the sender made it; a later one replaces an earlier one.
        serial: breaks ties of `prepared_at`.
        part: which of the year's returns of the collection it is, where a year has several that do not
            replace each other: the term of a school census. Lower-case letters; empty where there is one.
    """

    provider: str
    academic_year: AcademicYear
    prepared_at: datetime
    serial: str = ""
    part: str = ""


Batch = Mapping[str, pl.DataFrame]
"""Some records of a return: table name → frame of text columns and `line`."""


class Format(Protocol):
    """What a module in this folder offers: an extract format."""

    COLLECTION: str
    """Its name: prefix of its accepted tables, part of the key under which returns replace each other."""
    CONTRACTS: Mapping[str, Contract]
    """Table name → contract."""
    FILE_RULES: Sequence[FileRule]
    """Rules on the return as a whole."""
    RECORDS: str
    """The table whose rows are the return's records: none of them means an empty return."""
    COUNTED: Sequence[str]
    """The tables of which each accepted row becomes one record of the staging model."""
    NOT_COUNTED: Mapping[str, str]
    """Reason why a record does not count → what such a record is, in words."""

    @staticmethod
    def group(files: list[Path]) -> list[tuple[Path, ...]]:
        """Return the files of one folder that are this format's, grouped into returns."""

    @staticmethod
    def identify(files: tuple[Path, ...]) -> Identity:
        """Read a return's identity from its content; check it against the file names.

        Raises:
            Refused: it cannot be read, or content and name disagree.
        """

    @staticmethod
    def read(files: tuple[Path, ...]) -> Iterator[Batch]:
        """Read a return in batches, in bounded memory.

        Raises:
            Refused: it breaks off or is not what it says.
        """


@dataclass(frozen=True)
class Receipt:
    """What the reception desk wrote down about one return: no personal values, no row counts per person.

    `read`, `kept` and `quarantined` count rows by table; `findings` counts breaches by rule.
    """

    return_id: str
    collection: str
    folder_provider: str
    folder_year: str
    files: dict[str, str]
    state: State
    rule: str | None = None
    message: str | None = None
    provider: str | None = None
    academic_year: str | None = None
    prepared_at: str | None = None
    serial: str = ""
    part: str = ""
    read: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    tolerated: dict[str, int] = field(default_factory=dict)
    """Rule → rows that break it and are kept, because a person granted a tolerance."""
    erased: dict[str, int] = field(default_factory=dict)
    """Table → rows that were left out, because they are about somebody who was erased on request."""
    counted: dict[str, int] = field(default_factory=dict)
    """What becomes of the kept rows of the tables that the format counts → records (`counting.py`)."""
    alone: dict[str, int] = field(default_factory=dict)
    """Table → kept rows that no record comes of, as none belongs to them: learners without an aim."""
    kept_from_earlier: bool = False
    """Its file has gone or been spoilt since it came (`earlier.py`)."""

    @property
    def unit(self) -> tuple[str | None, str | None, str, str]:
        """What replaces what: returns of one provider, academic year, collection and part of the year."""
        return self.provider, self.academic_year, self.collection, self.part

    @property
    def recency(self) -> tuple[str | None, str, bool, str]:
        """Orders returns of one provider, year and collection: prepared later, serial, has a file, hash."""
        return self.prepared_at, self.serial, not self.kept_from_earlier, self.return_id

    def as_json(self) -> dict:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict) -> "Receipt":
        """Read it back."""
        return cls(**{**data, "state": State(data["state"])})
