"""The words in which an indicator is defined: formulas, claims, ages, what a derived figure is made of."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pipelines.indicators.bands import TOTAL, Band

SEX, PANEL = "sex", "panel"
DIMENSIONS = (
    "age", "sex", "provision", "deprivation", "decile", "ward", "ethnicity", "disability", "level", "sector",
    "next_sector", "provider_kind", "panel", "place", "setting", "theme",
)  # fmt: skip
"""The dimensions an observation can be broken down by; `_T` where it is not."""
HOME = ("deprivation", "decile", "ward", "ethnicity", "disability")
"""Breakdowns by where people live and who they are: of whoever is counted, whatever they learn."""
FOR_ALL = "observation"
"""The model beside them that is no indicator: what follows by rule for all."""
LOWEST = "lowest"
"""In the place of a headline's code: the one with the lowest value of the year."""
CROSSED = {"setting_theme": ("setting", "theme"), "sector_next_sector": ("sector", "next_sector")}
"""Breakdown by two dimensions at once → which."""


class Formula(StrEnum):
    """How a figure comes from its protected count x and its population N."""

    RATE = "rate"
    """100 x / N."""
    RESIDUAL = "residual"
    """100 (N - x) / N: people of the population not found in the count."""
    RATIO = "ratio"
    """100 x / N, where N is a protected count too."""
    COUNT = "count"
    """x itself."""
    PARITY = "parity"
    """Ratio of two groups' rates of another indicator, adjusted so that it lies in 0 to 2."""
    GAP = "gap"
    """Rate of one group of another indicator less that of a second: percentage points."""
    GRADIENT = "gradient"
    """What the rates of another indicator rise by from the worst off areas to the best off."""
    EXPECTANCY = "expectancy"
    """Sum of the rates of another indicator over single years of age: years."""
    STANDARDISED = "standardised"
    """Count of a ward, in percent of what the city's rates make of its residents by age and deprivation."""


DERIVED = {
    Formula.PARITY: "parity",
    Formula.GAP: "gap",
    Formula.GRADIENT: "gradient",
    Formula.EXPECTANCY: "expectancy",
    Formula.STANDARDISED: "standardised",
}
"""Formula of figures that are computed from other figures → the key that says from which."""


class Claim(StrEnum):
    """How a figure relates to the official definition of the indicator whose code it carries."""

    EXACT = "exact"
    PROXY = "proxy"
    LOCAL = "local"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    PARITY = "parity"
    CONTEXT = "context"


class Basis(StrEnum):
    """Who is counted, on one side of a ratio (methodology: residents, or learners at city sites)."""

    RESIDENT = "resident"
    PROVIDER = "provider"


class Counted(StrEnum):
    """What an indicator counts: whom or what."""

    PERSONS = "persons"
    COURSES = "courses"
    PLACES = "places"


class Entry(BaseModel):
    """Part of a `.yml`: a missing or an extra key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Text = Annotated[str, Field(min_length=1)]


class Framework(StrEnum):
    """Who else asks for indicators, beside the United Nations."""

    GNLC = "UNESCO Global Network of Learning Cities, Key Features"
    ISO_37120 = "ISO 37120:2014, Sustainable cities and communities"


class Cluster(StrEnum):
    """Thematic clusters of the UNESCO Global Network of Learning Cities (names from knowledge)."""

    EQUITY = "equity and inclusion"
    SUSTAINABLE_DEVELOPMENT = "education for sustainable development"
    LITERACY = "literacy"
    ENTREPRENEURSHIP = "entrepreneurship"
    CITIZENSHIP = "global citizenship education"
    HEALTH = "health and well-being"
    PLANNING = "educational planning, monitoring and evaluation"


class Serves(Entry):
    """What an indicator is reported as in another framework.

    Args:
        framework: whose.
        code: its number there.
        title: its wording there.
        cell: the cell that is reported, where it is another than the headline: dimension → code.
        confirmed: whether number and wording were read in the framework's own document.
    """

    framework: Framework
    code: Text
    title: Text
    cell: dict[str, str] = Field(default_factory=dict)
    confirmed: bool = False


class Point(Entry):
    """A value of the headline at a time, with who says so: where the city began, or what it aims at.

    Args:
        year: academic year.
        value: in the unit of the indicator.
        source: the document or release that says it.
    """

    year: Annotated[str, Field(pattern=r"^20\d\d/\d\d$")]
    value: float
    source: Text


class AgeBand(Entry):
    """One age band of an indicator.

    Args:
        code: `15-24`, `65+`, or `_T`: as it is published.
        counted: ages that count above the line; None for every age, the unknown too.
        population: ages of the population below the line; None where there is none.
        note: what to print behind the ages.
        uis: identifier of the UNESCO Institute for Statistics.
    """

    code: Text
    counted: Band | None
    population: Band | None
    note: str = ""
    uis: Text | None = None

    @property
    def label(self) -> str:
        """`Aged 5 to 10 (primary)`."""
        return age_text(self.code) + (f" ({self.note})" if self.note else "")


def age_text(code: str) -> str:
    """Return an age band as words: `4` → `Aged 4`, `15-24` → `Aged 15 to 24`, `65+` → `Aged 65 and over`."""
    if code == TOTAL:
        return "All ages"
    return f"Aged {code.replace('-', ' to ').replace('+', ' and over')}"


class Comparison(Entry):
    """Two groups that are compared: the one likely to be at a disadvantage with the other.

    `label` is printed behind a colon, and so begins with a small letter where it may.
    """

    dimension: Text
    disadvantaged: Text
    advantaged: Text
    label: Text

    @property
    def code(self) -> str:
        """`F/M`: the groups as one code."""
        return f"{self.disadvantaged}/{self.advantaged}"


class OfficialSeries(Entry):
    """A parity index that the UN has a series for; all others carry the indicator's local one."""

    of: Text
    age: Text
    comparison: Text
    series: Text
    obs_status: Text
    unit_measure: Text | None = None
    """Where the series has another unit than the indicator."""


class Contrast(Entry):
    """Which groups are compared, in which indicators.

    Args:
        of: the indicators. Groups by which one of them is not broken down are not compared there.
        comparisons: of groups.
        smallest_base: people of a group, at least.
    """

    of: tuple[Text, ...]
    comparisons: tuple[Comparison, ...]
    smallest_base: int = 50


class Parity(Contrast):
    """What a parity index compares, over which indicators."""

    official: tuple[OfficialSeries, ...] = ()


class Gap(Contrast):
    """Between which groups there are gaps, in which indicators."""


class Gradient(Entry):
    """Over which ordered groups, the worst off first, and at which ages which indicators' rates rise."""

    of: tuple[Text, ...]
    ages: tuple[Text, ...]
    dimension: Text
    order: tuple[Text, ...]
    smallest: int = Field(default=5, ge=3)
    """Groups that there must be."""


class Expectancy(Entry):
    """Over which single years of age the rates of which indicator add up."""

    of: tuple[Text, ...]
    first: int
    last: int


class Standardised(Entry):
    """Of which indicator a ward's count is compared with what the city's rates would make of its people.

    Args:
        of: the indicator: by ward, and by fifth of deprivation.
        age: age band whose counts are compared.
        ages: age bands that it consists of, in which the rates are taken.
    """

    of: Annotated[tuple[Text, ...], Field(min_length=1, max_length=1)]
    age: Text
    ages: tuple[Text, ...]


class Sides(Entry):
    """Which groups of people (`sql/who.yml`) an indicator counts.

    Args:
        above, below: its line; where nothing is named, a group that has nothing to do with others.
        bands: age band → the group above the line, where it differs from band to band.
        undivided: a breakdown that divides those above the line, and not those below it.
        any_age: whether people of any age are counted in each band, and it stands for something else.
    """

    above: str = ""
    below: str = ""
    bands: dict[str, Text] = Field(default_factory=dict)
    undivided: str = ""
    any_age: bool = False


class Follows(Entry):
    """Whom an indicator follows: everybody below its line was counted by another one in an earlier year.

    Args:
        indicator: the other one; it counts them above its line, in the same ages, sexes and categories.
        years_before: how many academic years before.
        breakdown, category: where they stand there; among all, where none is named.
    """

    indicator: Text
    years_before: Annotated[int, Field(ge=1)]
    breakdown: Text = TOTAL
    category: Text = TOTAL
