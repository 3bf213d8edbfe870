"""The disclosure control policy: what the city decided may be said, read from a file that people sign."""

import hashlib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.indicators.terms import DIMENSIONS
from pipelines.settings import read_settings

Count = Annotated[int, Field(ge=1)]
Names = TypeVar("Names", bound=Collection[str])


class Nest(BaseModel):
    """How the categories of one dimension divide those of another.

    Args:
        within: the other dimension.
        parents: category → the category there that it is part of.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    within: str
    parents: dict[str, str]


class Dominance(BaseModel):
    """When a category of provision says too much of one provider (methodology 6.6).

    Args:
        fewest_providers: of a category that is published by itself, unless all of them are public.
        largest_share: percent of its enrolments that one provider may have, unless that one is public.
        public_kinds: kinds of providers whose numbers of learners are published anyway.
        consenting: further providers that agreed in writing that theirs are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fewest_providers: Count = 3
    largest_share: Annotated[int, Field(ge=1, le=100)] = 85
    public_kinds: tuple[str, ...] = ()
    consenting: tuple[str, ...] = ()


class Profile(BaseModel):
    """A rule that data-sharing agreements name.

    Args:
        smallest_count: what rounds to less is not told from nought.
        smallest_base: a percentage of people counted here is published only of at least this many.
        keyed: whether counts are drawn by key; else they go to the nearest multiple of the base, unless sums
            would not add up.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    smallest_count: Count = 1
    smallest_base: Count = 1
    keyed: bool = True


PROFILES = {
    # Keyed controlled rounding (methodology 6.4): the policy's own thresholds.
    "kcr5": Profile(),
    # HESA and Jisc: nearest 5; percentages of 22.5 people or more, in multiples of five (methodology 6.1).
    "hesa": Profile(smallest_base=25, keyed=False),
    # ONS, 10-5 rule: below 10 suppressed, else to 5.
    "ten_five": Profile(smallest_count=10, keyed=False),
}
"""Name → the rule (methodology 6.1 and 6.6)."""
OWN = "kcr5"


class Signature(BaseModel):
    """Who signed the policy.

    Args:
        by: their name.
        on: when.
        version: of the policy that they signed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Annotated[str, Field(min_length=1)]
    on: date
    version: Count


class Policy(BaseModel):
    """Parameters of disclosure control.

    Args:
        version: raised whenever anything else in it changes.
        signed: by whom, and which version; of real people nothing is published under another one.
        base: counts are published as multiples of it.
        protection_interval: least width of the range that is left of a count to whoever combines all that is
            published.
        smallest_population: a rate is published only for a population of at least this many people.
        smallest_base: a percentage of people counted here is published only of at least this many (HESA's
            22.5, in multiples of five).
        parting: dimensions in which nobody is in two groups.
        covering: dimensions in which everybody is in some group that is published.
        nested: dimension → how it divides another.
        sensitive: dimensions whose groups are sensitive.
        smallest_sensitive_base: of fewer, a percentage of a sensitive group is never said to be 100.
        dominance: when a category of provision says too much of one provider.
        smallest_change: people by whom a published academic year must have changed, at least, to be revised.
        smallest_count: what rounds to less is printed as [low].
        profiles: extract format → the rule that an agreement asks for of it; `OWN` where none is named.
        keyed: whether counts are drawn by key: set where a profile is followed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Count = 1
    signed: Signature | None = None
    base: Annotated[int, Field(ge=3)] = 5
    protection_interval: Count = 4
    smallest_population: Count = 100
    smallest_base: Count = 25
    parting: tuple[str, ...] = ()
    covering: tuple[str, ...] = ()
    nested: dict[str, Nest] = Field(default_factory=dict)
    sensitive: tuple[str, ...] = ("ethnicity", "disability")
    smallest_sensitive_base: Count = 100
    dominance: Dominance = Dominance()
    smallest_change: Count = 10
    smallest_count: Count = 1
    profiles: dict[str, str] = Field(default_factory=dict)
    keyed: bool = True

    @field_validator("sensitive", "parting", "covering", "nested")
    @classmethod
    def _are_dimensions(cls, names: Names) -> Names:
        if unknown := set(names) - set(DIMENSIONS):
            raise ValueError(f"no such dimension: {', '.join(sorted(unknown))}")
        return names

    @field_validator("profiles")
    @classmethod
    def _are_known(cls, profiles: dict[str, str]) -> dict[str, str]:
        if unknown := set(profiles.values()) - set(PROFILES):
            names = ", ".join(sorted(unknown))
            raise ValueError(f"no such profile: {names} (there are {', '.join(PROFILES)})")
        return profiles

    def of(self, collections: Collection[str]) -> "Policy":
        """Return the policy as it holds of figures that rest on extract formats; on all, where none is named.

        Of several profiles the strictest holds: the largest threshold of each kind, and a draw by key.
        """
        named = {self.profiles.get(c, OWN) for c in collections} or {OWN, *self.profiles.values()}
        profiles = [PROFILES[name] for name in named]
        return self.model_copy(
            update={
                "smallest_count": max(self.smallest_count, *(p.smallest_count for p in profiles)),
                "smallest_base": max(self.smallest_base, *(p.smallest_base for p in profiles)),
                "keyed": self.keyed and any(p.keyed for p in profiles),
            }
        )

    @property
    def fingerprint(self) -> str:
        """Hash of what it decides, but for version and signature: two that say the same have the same."""
        said = self.model_dump_json(exclude={"version", "signed"}, exclude_defaults=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def published(self) -> dict:
        """What of it figures follow from, as JSON has it; not who agreed that their learners be counted."""
        return self.model_dump(mode="json", exclude={"version", "signed", "dominance"})

    @property
    def low(self) -> int:
        """What is printed as [low] is less than this."""
        return max(self.base, self.smallest_count)

    @model_validator(mode="after")
    def _rounding_protects_enough(self) -> Self:
        if self.protection_interval >= self.base:
            raise ValueError(
                "rounding leaves a range of base - 1 at least, and no more than that can be asked"
            )
        return self

    @classmethod
    def read(cls, path: Path) -> "Policy":
        """Read a policy.

        Raises:
            PolicyError: the file is not TOML or breaks the model; names the file and each fault.
        """
        return read_settings(cls, path, PolicyError)


class PolicyError(Exception):
    """The disclosure control policy cannot be used."""
