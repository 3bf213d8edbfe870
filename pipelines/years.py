"""The academic year, in each of the spellings the field uses.

An academic year runs from 1 August to 31 July; ages are those on the 31 August that follows its
start (Department for Education, "age at the start of the academic year, 31st August"). SDMX's
TIME_PERIOD is the year in which it ends (UNESCO Institute for Statistics practice).
"""

import re
from dataclasses import dataclass
from datetime import date

_SPELLINGS = (
    re.compile(r"(?P<start>\d{4})[/-](?P<end>\d{2})"),  # 2024/25 and 2024-25
    re.compile(r"(?P<start>\d{4})-08-01"),  # the partition key
    re.compile(r"(?P<start>20\d{2})(?P<end>\d{2})"),  # 202425, DfE's time_period
)


@dataclass(frozen=True, order=True)
class AcademicYear:
    """An academic year, known by the calendar year it starts in."""

    start: int

    @classmethod
    def parse(cls, text: str) -> "AcademicYear":
        """Read `2024/25`, `2024-25`, `202425` or `2024-08-01`.

        Raises:
            ValueError: the text is none of these, or its two years do not follow each other.
        """
        for spelling in _SPELLINGS:
            if found := spelling.fullmatch(text.strip()):
                year = cls(int(found["start"]))
                if found.groupdict().get("end", year.label[-2:]) == year.label[-2:]:
                    return year
        raise ValueError(f"{text!r} is not an academic year; write it as 2024/25")

    @classmethod
    def from_time_period(cls, ending: int) -> "AcademicYear":
        """Return the year that ends in `ending` (SDMX TIME_PERIOD)."""
        return cls(ending - 1)

    @property
    def label(self) -> str:
        """`2024/25`, for people."""
        return f"{self.start}/{(self.start + 1) % 100:02d}"

    @property
    def folder(self) -> str:
        """`2024-25`, for file names."""
        return self.label.replace("/", "-")

    @property
    def identifier(self) -> str:
        """`202425`, DfE's six-digit time_period."""
        return self.label.replace("/", "")

    @property
    def partition(self) -> str:
        """`2024-08-01`, the partition key: the first day."""
        return self.first_day.isoformat()

    @property
    def time_period(self) -> int:
        """2025, SDMX TIME_PERIOD: the year in which it ends."""
        return self.start + 1

    @property
    def first_day(self) -> date:
        """1 August."""
        return date(self.start, 8, 1)

    @property
    def last_day(self) -> date:
        """31 July."""
        return date(self.start + 1, 7, 31)

    def __str__(self) -> str:
        return self.label
