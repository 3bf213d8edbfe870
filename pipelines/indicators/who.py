"""Who is counted: groups of people, and how they lie to each other (`sql/who.yml`)."""

from enum import StrEnum
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, model_validator

from pipelines.indicators.bands import TOTAL
from pipelines.indicators.terms import Entry, Text

FILE = "who.yml"


class Ages(StrEnum):
    """Of what the ages of a group are."""

    OWN = "own"
    """Completed years."""
    GRADE = "grade"
    """What a year group is meant for."""


class Group(Entry):
    """A group of people.

    Args:
        among: groups that everybody in it is of, too.
        same: a group, a breakdown and a category that are the same people.
        ages: of what its ages are.
        sexes: that are counted; all, where none is named.
    """

    among: tuple[Text, ...] = ()
    same: tuple[Text, ...] = ()
    ages: Ages = Ages.OWN
    sexes: tuple[Text, ...] = ()


Line = tuple[str, str, str]
"""A group, a breakdown, and one of its categories."""


class Division(Entry):
    """Parts of a group, or of a category of it.

    Args:
        whole, parts: as they are written: a group, or a group, a breakdown and a category.
        apart: whether nobody is in two of the parts.
        covers: whether everybody of the whole is in one of them, at least.
    """

    whole: tuple[Text, ...]
    parts: tuple[tuple[Text, ...], ...]
    apart: bool = False
    covers: bool = False

    @property
    def lines(self) -> tuple[Line, list[Line]]:
        """The whole, and the parts."""
        return _line(self.whole), [_line(part) for part in self.parts]


class Who(Entry):
    """All of them."""

    groups: dict[str, Group] = Field(default_factory=dict)
    divisions: tuple[Division, ...] = ()

    @model_validator(mode="after")
    def _named(self) -> Self:
        named = {name for group in self.groups.values() for name in (*group.among, *group.same[:1])}
        named |= {line[0] for division in self.divisions for line in (division.whole, *division.parts)}
        if absent := named - set(self.groups):
            raise ValueError(f"no such group: {', '.join(sorted(absent))}")
        return self


class WhoError(Exception):
    """The file of groups cannot be used."""


def read_who(folder: Path) -> Who:
    """Read `who.yml` in a folder.

    Raises:
        WhoError: it breaks the model, or names a group that is not there.
    """
    try:
        return Who(**yaml.safe_load((folder / FILE).read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise WhoError(f"{FILE}: {error}") from error


def _line(said: tuple[str, ...]) -> Line:
    group, breakdown, category = said if len(said) == 3 else (*said, TOTAL, TOTAL)
    return group, breakdown, category
