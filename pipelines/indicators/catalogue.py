"""The indicator catalogue, read from `sql/indicators/*.yml` and checked."""

from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Annotated, Self

import yaml
from pydantic import Field, model_validator

from pipelines.indicators.bands import TOTAL, Band, fills
from pipelines.indicators.terms import (
    CROSSED,
    DERIVED,
    DIMENSIONS,
    FOR_ALL,
    PANEL,
    AgeBand,
    Basis,
    Claim,
    Cluster,
    Contrast,
    Counted,
    Direction,
    Entry,
    Expectancy,
    Follows,
    Formula,
    Gap,
    Gradient,
    Parity,
    Point,
    Serves,
    Sides,
    Standardised,
    Text,
)
from pipelines.indicators.who import Who, read_who

if TYPE_CHECKING:
    from pipelines.city import SchoolAges


class Indicator(Entry):
    """One indicator. `key` is the stem of its files; the rest is its `.yml`."""

    key: Text
    goal: int
    target: Text
    code: Text
    title: Text
    label: Text
    """The honest name to print: what the figure shows."""
    direction: Direction
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
    per: int = 100
    """Of a rate: of how many."""
    obs_status: Text
    """SDMX OBS_STATUS of a normal cell: A, or D where the definition differs."""
    numerator: Text
    denominator: Text | None = None
    numerator_basis: Basis = Basis.RESIDENT
    denominator_basis: Basis | None = None
    method: tuple[Text, ...]
    source: tuple[Text, ...]
    unconfirmed: tuple[Text, ...] = ()
    """What of it is from knowledge and was not found in a source."""
    collections: tuple[Text, ...] = ()
    """Extract formats that it rests on; all of them where none is named."""
    counts: Counted = Counted.PERSONS
    """What is counted above the line, and below it where that is counted too."""
    who: Sides = Sides()
    """The groups of people above and below its line (`sql/who.yml`)."""
    groups: Who = Who()
    """All groups, and how they lie to each other."""
    follows: Follows | None = None
    """Whom it follows from an earlier year: the same people, published there too."""
    only: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    """Breakdown → the categories in which anybody can count by definition; of others there are no figures."""
    whole_of: dict[str, str] = Field(default_factory=dict)
    """Dimension → its category of which everybody counts here, and nobody else does."""
    ages: tuple[AgeBand, ...] = ()
    breakdowns: tuple[Text, ...] = ()
    """By what it is broken down, each alone, in the order of the table."""
    like_for_like: bool = True
    """Whether it is counted of the providers alone that reported in every year, too."""
    crossed: tuple[Text, ...] = ()
    """Which of them are broken down by sex too."""
    headline: dict[str, str] = Field(default_factory=dict)
    """The cell that stands for the indicator: dimension → code; `_T` for those not named."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Of a derived figure: indicator it is made of → what to print."""
    parity: Parity | None = None
    gap: Gap | None = None
    gradient: Gradient | None = None
    expectancy: Expectancy | None = None
    standardised: Standardised | None = None
    serves: tuple[Serves, ...] = ()
    """As what it is reported in other frameworks."""
    clusters: Annotated[tuple[Cluster, ...], Field(max_length=2)] = ()
    """Thematic clusters of the learning cities' network that it speaks to."""
    baseline: Point | None = None
    aim: Point | None = None
    """From where the city measures its progress, and what it aims at."""
    lowest: float | None = None
    highest: float | None = None
    """Limits of a plausible value; outside them it is marked [u] and never capped."""

    @property
    def derived_from(self) -> tuple[str, ...]:
        """The indicators it is computed from; none where it is counted itself."""
        source = self.contrast or self.gradient or self.expectancy or self.standardised
        return source.of if source else ()

    @property
    def contrast(self) -> Contrast | None:
        """The groups that it compares, where that is what it does."""
        return self.parity or self.gap

    @property
    def dimensions(self) -> frozenset[str]:
        """The dimensions in which its cells differ."""
        by_age = {"age"} if any(age.code != TOTAL for age in self.ages) else set()
        return frozenset(by_age.union(*(CROSSED.get(b, (b,)) for b in self.breakdowns)))

    @model_validator(mode="after")
    def _aims_somewhere(self) -> Self:
        if self.aim and not self.baseline:
            raise ValueError("progress is measured from a baseline: an aim has one")
        if self.aim and (self.aim.value == self.baseline.value or self.aim.year <= self.baseline.year):
            raise ValueError("an aim is another value than the baseline, of a later year")
        return self

    @model_validator(mode="after")
    def _broken_down(self) -> Self:
        if unknown := (self.dimensions | set(self.whole_of)) - set(DIMENSIONS):
            raise ValueError(f"no such dimension: {', '.join(sorted(unknown))}")
        if odd := set(self.only) - set(self.breakdowns):
            raise ValueError(f"counts only in some categories of no breakdown: {', '.join(sorted(odd))}")
        if odd := set(self.crossed) - set(self.breakdowns):
            raise ValueError(f"crossed with sex, and no breakdown: {', '.join(sorted(odd))}")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for formula, source in DERIVED.items():
            if (self.formula is formula) != (getattr(self, source) is not None):
                raise ValueError(
                    f"a figure of formula {formula}, and only that, has {source}: what it is made of"
                )
        if self.formula in (Formula.RATE, Formula.RESIDUAL, Formula.RATIO):
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
        if bool(self.derived_from) == bool(self.ages):
            raise ValueError("every indicator that is counted says in which ages")
        if odd := set(self.derived_from) ^ set(self.labels):
            raise ValueError(f"what it is made of, and its labels, differ in {', '.join(sorted(odd))}")
        if self.claim is Claim.PROXY and self.obs_status == "A":
            raise ValueError("a proxy never carries OBS_STATUS A (normal): its definition differs")
        if self.claim is Claim.LOCAL and not self.series.startswith("MCR_"):
            raise ValueError("a local series starts with MCR_")
        return self


class CatalogueError(Exception):
    """The catalogue cannot be used. Names the file."""


def read_catalogue(folder: Path, ages: "SchoolAges") -> dict[str, Indicator]:
    """Read every `.yml` of `folder`; return key → indicator in the order of their file names.

    Args:
        folder: holds an `.yml` and an `.sql` for each indicator.
        ages: of the city's stages of education.

    Raises:
        CatalogueError: a file breaks the model, has no `.sql` beside it (a parity index needs none:
            it is computed from the protected counts of others), or names an indicator that is not there.
    """
    catalogue, groups = {}, read_who(folder.parent)
    for path in sorted(folder.glob("*.yml")):
        try:
            said = _resolved(yaml.safe_load(path.read_text("utf-8")), ages)
            indicator = Indicator(key=path.stem, groups=groups, **said)
        except (ValueError, TypeError) as error:
            raise CatalogueError(f"{path.name}: {error}") from error
        has_sql = path.with_suffix(".sql").exists()
        if has_sql == bool(indicator.derived_from):
            raise CatalogueError(f"{path.name}: {'has' if has_sql else 'lacks'} an .sql of the same name")
        catalogue[path.stem] = indicator
    for indicator in catalogue.values():
        followed = {indicator.follows.indicator} if indicator.follows else set()
        if absent := {*indicator.derived_from, *followed} - set(catalogue):
            raise CatalogueError(f"{indicator.key}.yml: no such indicator: {', '.join(sorted(absent))}")
        named = {indicator.who.above, indicator.who.below, *indicator.who.bands.values()} - {""}
        if absent := named - set(groups.groups):
            raise CatalogueError(f"{indicator.key}.yml: who.yml has no group {', '.join(sorted(absent))}")
        for source in indicator.derived_from:
            _check_source(indicator, catalogue[source])
    if orphans := {p.stem for p in folder.glob("*.sql")} - set(catalogue) - {FOR_ALL}:
        raise CatalogueError(f"no .yml beside {', '.join(sorted(orphans))}.sql")
    return catalogue


def _check_source(indicator: Indicator, of: Indicator) -> None:
    """Raise an error where a figure is made of ages or groups in which its indicator is not counted."""
    ages, groups = (), ()
    if wanted := indicator.contrast:
        if not any(c.dimension in of.breakdowns for c in wanted.comparisons):
            raise CatalogueError(f"{indicator.key}.yml: {of.key} is by none of the groups that are compared")
        if indicator.gap and (of.formula not in (Formula.RATE, Formula.RATIO) or of.per != 100):
            raise CatalogueError(f"{indicator.key}.yml: {of.key} is no percentage of people counted")
        official = indicator.parity.official if indicator.parity else ()
        ages = tuple(o.age for o in official if o.of == of.key)
    elif wanted := indicator.gradient:
        ages, groups = wanted.ages, (wanted.dimension,)
    elif wanted := indicator.expectancy:
        ages = tuple(str(age) for age in range(wanted.first, wanted.last + 1))
    elif wanted := indicator.standardised:
        ages, groups = (wanted.age, *wanted.ages), ("ward", "deprivation")
    bands = {age.code: age.counted for age in of.ages}
    if absent := [*(a for a in ages if a not in bands), *(g for g in groups if g not in of.breakdowns)]:
        raise CatalogueError(f"{indicator.key}.yml: {of.key} is not counted by {', '.join(absent)}")
    if (wanted := indicator.standardised) and not fills((bands[a] for a in wanted.ages), bands[wanted.age]):
        raise CatalogueError(f"{indicator.key}.yml: its ages do not make up {wanted.age}")


def _resolved_official(entry: dict, ages: "SchoolAges") -> dict:
    """Return an entry with the ages of stages in the place of their names where the UN has a series."""
    if "official" not in (parity := entry.get("parity") or {}):
        return entry
    official = [o | {"age": Band.parse(str(o["age"]), ages).code} for o in parity["official"]]
    return entry | {"parity": parity | {"official": official}}


def _resolved(entry: dict, ages: "SchoolAges") -> dict:
    """Return an entry with the ages of stages in the place of their names, and the breakdowns by rule."""
    if "ages" not in entry:
        return _resolved_official(entry, ages)
    has_population = entry.get("formula") in (Formula.RATE, Formula.RESIDUAL)
    bands, codes = [], {}
    for given in entry["ages"]:
        more = {"band": str(given)} if not isinstance(given, dict) else dict(given)
        name = str(more.pop("band"))
        band = Band.parse(name, ages)
        counted = Band.parse(str(more.pop("counted", name)), ages)
        codes[name] = band.code if band else TOTAL
        bands.append(
            {"code": codes[name], "counted": counted, "population": band if has_population else None} | more
        )
    # The first band stands for the indicator, unless it says another.
    first = {} if bands[0]["code"] == TOTAL else {"age": bands[0]["code"]}
    named = {d: codes.get(str(code), str(code)) for d, code in entry.get("headline", {}).items()}
    by_rule = [PANEL] if entry.get("like_for_like", True) else []
    breakdowns = [*entry.get("breakdowns", ()), *by_rule]
    serves = [
        served | {"cell": {d: codes.get(str(code), str(code)) for d, code in served.get("cell", {}).items()}}
        for served in entry.get("serves", ())
    ]
    who = entry.get("who") or {}
    groups = {codes.get(name, name): group for name, group in who.get("bands", {}).items()}
    more = {"breakdowns": breakdowns, "serves": serves, "who": who | {"bands": groups}}
    return entry | {"ages": bands, "headline": first | named} | more
