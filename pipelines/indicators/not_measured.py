"""What enrolment records cannot carry: official indicators listed with the reason, and not computed."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from pipelines.indicators.catalogue import CatalogueError, Indicator

FILE = "not_measured.yml"


class NotMeasured(BaseModel):
    """One of them.

    Args:
        code: official code.
        title: official title.
        reason: why it is not measured.
        instead: keys of the indicators that say something of the kind.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(min_length=1)
    title: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    instead: tuple[str, ...] = ()


def read_not_measured(folder: Path, catalogue: Mapping[str, Indicator]) -> tuple[NotMeasured, ...]:
    """Read the list in `folder`.

    Raises:
        CatalogueError: an entry breaks the model, or names an indicator that is not there.
    """
    entries = yaml.safe_load((folder / FILE).read_text("utf-8"))
    try:
        listed = tuple(NotMeasured(**entry) for entry in entries)
    except (ValueError, TypeError) as error:
        raise CatalogueError(f"{FILE}: {error}") from error
    if absent := {key for entry in listed for key in entry.instead} - set(catalogue):
        raise CatalogueError(f"{FILE}: no such indicator: {', '.join(sorted(absent))}")
    return listed
