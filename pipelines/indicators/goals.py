"""The seventeen-goal matrix: what a release says of each Sustainable Development Goal."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import yaml

from pipelines.indicators.catalogue import CatalogueError, Indicator
from pipelines.indicators.terms import Entry, Text

FILE = "goals.yml"
GOALS = range(1, 18)


class Says(StrEnum):
    """How much is said of a goal."""

    MEASURED = "measured"
    CONTRIBUTES = "contributes"
    NOTHING = "nothing"


class Goal(Entry):
    """One goal.

    Args:
        goal: its number.
        title: its title.
        says: how much is said of it.
        by: keys of the indicators that say it; none where nothing is said.
        themes: themes of learning that serve it.
        why: why so much and no more.
    """

    goal: int
    title: Text
    says: Says
    by: tuple[Text, ...] = ()
    themes: tuple[Text, ...] = ()
    why: Text


def read_goals(folder: Path, catalogue: Mapping[str, Indicator]) -> tuple[Goal, ...]:
    """Read the matrix in `folder`, in the order of the goals.

    Raises:
        CatalogueError: an entry breaks the model, a goal is missing or there twice, one of which nothing is
            said has indicators or another has none, or an indicator is not there.
    """
    try:
        goals = tuple(Goal(**entry) for entry in yaml.safe_load((folder / FILE).read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise CatalogueError(f"{FILE}: {error}") from error
    if [g.goal for g in goals] != list(GOALS):
        raise CatalogueError(f"{FILE}: the goals are 1 to 17, in order and once each")
    for goal in goals:
        if bool(goal.by) == (goal.says is Says.NOTHING):
            raise CatalogueError(
                f"{FILE}: goal {goal.goal}: indicators where something is said, and only there"
            )
        if absent := set(goal.by) - set(catalogue):
            raise CatalogueError(f"{FILE}: goal {goal.goal}: no such indicator: {', '.join(sorted(absent))}")
    return goals
