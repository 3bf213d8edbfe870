"""The indicator catalogue, read from `sql/indicators/*.yml` and checked."""

from enum import StrEnum
from pathlib import Path
from string import Formatter
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.aspects import Aspect

TOTAL = "_T"
"""SDMX's code for all categories of a dimension together."""

DIMENSIONS = ("age", "sex", "provision", "deprivation", "setting", "theme")
"""The dimensions an observation can be broken down by; `_T` where it is not."""


_DECIDED_BY = {
    "age": Aspect.AGE,
    "sex": Aspect.SEX,
    "provision": Aspect.LEVEL,
    "deprivation": Aspect.RESIDENCE,
    "setting": Aspect.SETTING,
    "theme": Aspect.THEME,
}
"""Dimension → what decides where in it a person is."""


class Formula(StrEnum):
    """How a figure comes from its protected count x and its population N."""

    RATE = "rate"
    """100 x / N."""
    RESIDUAL = "residual"
    """100 (N - x) / N: people of the population not found in the count."""
    COUNT = "count"
    """x itself."""
    PARITY = "parity"
    """Ratio of two groups' rates of another indicator, adjusted so that it lies in 0 to 2."""


class Claim(StrEnum):
    """How a figure relates to the official definition of the indicator whose code it carries."""

    EXACT = "exact"
    PROXY = "proxy"
    LOCAL = "local"


class Basis(StrEnum):
    """Who is counted, on one side of a ratio (methodology: residents, or learners at city sites)."""

    RESIDENT = "resident"
    PROVIDER = "provider"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Text = Annotated[str, Field(min_length=1)]


class Comparison(_Model):
    """The two groups of a parity index: the one likely to be at a disadvantage over the other."""

    dimension: Text
    disadvantaged: Text
    advantaged: Text
    label: Text

    @property
    def code(self) -> str:
        """`F/M`: the groups as one code."""
        return f"{self.disadvantaged}/{self.advantaged}"


class OfficialSeries(_Model):
    """A parity index that the UN has a series for; all others carry the indicator's local one."""

    of: Text
    age: Text
    comparison: Text
    series: Text
    obs_status: Text


class Parity(_Model):
    """What a parity index compares, over which indicators."""

    of: tuple[Text, ...]
    comparisons: tuple[Comparison, ...]
    official: tuple[OfficialSeries, ...] = ()
    smallest_base: int = 50


class Indicator(_Model):
    """One indicator. `key` is the stem of its files; the rest is its `.yml`."""

    key: Text
    goal: int
    target: Text
    code: Text
    title: Text
    label: Text
    """The honest name to print: what the figure shows."""
    claim: Claim
    claim_reason: Text
    """Why it is exact, a proxy or local."""
    finding: Text
    """The headline in a sentence, with {value}, {year} and {providers} in it."""
    can_say: Text
    cannot_say: tuple[Text, ...]
    series: Text
    """UN series code, or a local one that starts with `MCR_`."""
    formula: Formula
    unit: Text
    unit_measure: Text
    decimals: int
    obs_status: Text
    """SDMX OBS_STATUS of a normal cell: A, or D where the definition differs."""
    numerator: Text
    denominator: Text | None = None
    numerator_basis: Basis = Basis.RESIDENT
    denominator_basis: Basis | None = None
    method: tuple[Text, ...]
    source: tuple[Text, ...]
    collections: tuple[Text, ...] = ()
    """Extract formats that it rests on; all of them where none is named."""
    by_level: bool = False
    """Whether learning at some levels counts and at others does not."""
    dimensions: tuple[Text, ...] = ()
    headline: dict[str, str] = {}
    """The cell that stands for the indicator: dimension → code; `_T` for those not named."""
    labels: dict[str, dict[str, str]] = {}
    """Dimension → code → what to print. The order is the order of the table."""
    parity: Parity | None = None
    lowest: float | None = None
    highest: float | None = None
    """Limits of a plausible value; outside them it is marked [u] and never capped."""

    @property
    def rests_on(self) -> frozenset[Aspect]:
        """What must be right about a person for the figure to be right."""
        aspects = {Aspect.PERSON, Aspect.TIME}
        aspects |= {aspect for dimension, aspect in _DECIDED_BY.items() if dimension in self.dimensions}
        if self.by_level:
            aspects.add(Aspect.LEVEL)
        if self.numerator_basis is Basis.RESIDENT:
            aspects.add(Aspect.RESIDENCE)
        return frozenset(aspects)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.formula is Formula.PARITY) != (self.parity is not None):
            raise ValueError("a parity index, and only that, says what it compares")
        if self.formula in (Formula.RATE, Formula.RESIDUAL):
            if self.denominator is None or self.denominator_basis is None:
                raise ValueError("a rate names its denominator and the denominator's residence basis")
            if self.numerator_basis is not self.denominator_basis:
                raise ValueError(
                    f"a rate has one residence basis: numerator {self.numerator_basis}, "
                    f"denominator {self.denominator_basis}"
                )
        named = {name for _, name, _, _ in Formatter().parse(self.finding) if name is not None}
        if not {"value", "year"} <= named <= {"value", "year", "providers"}:
            raise ValueError("the finding has {value} and {year} in it, and nothing else but {providers}")
        if unknown := set(self.dimensions) - set(DIMENSIONS):
            raise ValueError(f"no such dimension: {', '.join(sorted(unknown))}")
        if missing := set(self.dimensions) - set(self.labels):
            raise ValueError(f"no labels for {', '.join(sorted(missing))}")
        if self.claim is Claim.PROXY and self.obs_status == "A":
            raise ValueError("a proxy never carries OBS_STATUS A (normal): its definition differs")
        if self.claim is Claim.LOCAL and not self.series.startswith("MCR_"):
            raise ValueError("a local series starts with MCR_")
        return self


class CatalogueError(Exception):
    """The catalogue cannot be used. Names the file."""


def read_catalogue(folder: Path) -> dict[str, Indicator]:
    """Read every `.yml` of `folder`; return key → indicator in the order of their file names.

    Raises:
        CatalogueError: a file breaks the model, has no `.sql` beside it (a parity index needs none:
            it is computed from the protected counts of others), or names an indicator that is not there.
    """
    catalogue = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            indicator = Indicator(key=path.stem, **yaml.safe_load(path.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise CatalogueError(f"{path.name}: {error}") from error
        has_sql = path.with_suffix(".sql").exists()
        if has_sql == (indicator.formula is Formula.PARITY):
            raise CatalogueError(f"{path.name}: {'has' if has_sql else 'lacks'} an .sql of the same name")
        catalogue[path.stem] = indicator
    for indicator in catalogue.values():
        if indicator.parity and (absent := set(indicator.parity.of) - set(catalogue)):
            raise CatalogueError(f"{indicator.key}.yml: no such indicator: {', '.join(sorted(absent))}")
    if orphans := {p.stem for p in folder.glob("*.sql")} - set(catalogue):
        raise CatalogueError(f"no .yml beside {', '.join(sorted(orphans))}.sql")
    return catalogue
