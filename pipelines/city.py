"""The city profile: names, codes and school ages that the pipeline takes from `city.toml`."""

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pipelines.extracts.plausibility import Limits
from pipelines.releases.lifecycle import Rules
from pipelines.settings import read_settings
from pipelines.years import AcademicYear

Year = Annotated[
    AcademicYear, BeforeValidator(lambda text: AcademicYear.parse(text) if isinstance(text, str) else text)
]
AgeRange = tuple[int, int]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Population(_Model):
    """Which reference population is used and how it is aligned to 31 August."""

    file: str
    backward_first_age: int
    backward_last_age: int


class SchoolAges(_Model):
    """Academic ages (completed years on 31 August) of the stages of education; ranges are inclusive."""

    early_childhood: AgeRange
    pre_primary: AgeRange
    primary_entry: int
    primary: AgeRange
    lower_secondary: AgeRange
    upper_secondary: AgeRange
    tertiary: AgeRange

    @model_validator(mode="after")
    def _stages_follow_each_other(self) -> Self:
        stages = (
            self.early_childhood, self.pre_primary, self.primary, self.lower_secondary, self.upper_secondary,
            self.tertiary,
        )  # fmt: skip
        if self.primary[0] != self.primary_entry:
            raise ValueError("primary starts at the primary entry age")
        if any(later[0] != earlier[1] + 1 for earlier, later in pairwise(stages)):
            raise ValueError("the stages follow each other without gap or overlap")
        return self


class CoverageLimits(_Model):
    """Shares of last year's learners whose sender's return stands, below which figures change.

    Args:
        marked: below it they are marked as provisional.
        withheld: below it they are not published, and the city's release is not of the year.
        returns: share of the returns that are owed; of a year of which no more than this stand, nor is it.
    """

    marked: float = Field(ge=0, le=1)
    withheld: float = Field(ge=0, le=1)
    returns: float = Field(default=0.5, ge=0, lt=1)


class ReceptionDesk(_Model):
    """How returns are taken in.

    Args:
        settle_seconds: a return is left alone while one of its files is younger: it may still be arriving.
        plausibility: beyond these limits a return is held.
        coverage: below these limits a figure is marked or withheld.
    """

    settle_seconds: float = Field(default=60, ge=0)
    plausibility: Limits
    coverage: CoverageLimits


class LinkageTiers(_Model):
    """By what records of one person are recognised, and how far doubt goes.

    Args:
        learner_numbers: valid unique learner numbers.
        pupil_numbers: permanent unique pupil numbers.
        references: the provider's own reference.
        names: names, dates of birth, sex and postcodes, by the trained model.
        link: probability from which two are taken for one.
        sure: probability from which that is beyond doubt.
        doubtful: probability from which two that are not taken for one may be one even so.
        largest: most separately known learners that one person can be.
        memory: what the database may use while it links; beyond, it writes to disk, encrypted, and slowly.
    """

    learner_numbers: bool = True
    pupil_numbers: bool = True
    references: bool = True
    names: bool = True
    link: float = Field(gt=0, lt=1)
    sure: float = Field(gt=0, lt=1)
    doubtful: float = Field(gt=0, lt=1)
    largest: int = Field(ge=2)
    memory: str = Field(default="1500MB", pattern=r"^[1-9][0-9]*(MB|GB)$")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.doubtful <= self.link <= self.sure:
            raise ValueError("doubtful is at most link, and link at most sure")
        return self


class Publication(_Model):
    """What has to be so before a release is published.

    Args:
        approval: whether a person has to approve a candidate.
        release_at: the time before which nothing is published, with its offset from UTC.
    """

    approval: bool = True
    release_at: AwareDatetime | None = None

    @property
    def rules(self) -> Rules:
        """The same as rules of the life of a release."""
        return Rules(self.approval, self.release_at)


FORMER = frozenset({"local_authority_code", "country", "deprivation"})
"""Settings that earlier versions asked for, and nothing read: a profile that has them is read as ever."""


class City(_Model):
    """One learning city.

    A release is of its `release_year`; where it names none, of the last year of which enough has come.
    """

    name: str
    area_code: str
    first_year: Year
    last_year: Year
    release_year: Year | None = None
    publisher: str
    contact: str
    population: Population
    school_ages: SchoolAges
    reception: ReceptionDesk
    linkage: LinkageTiers
    publication: Publication = Publication()

    @model_validator(mode="before")
    @classmethod
    def _without_former_settings(cls, given: dict) -> dict:
        return {name: value for name, value in given.items() if name not in FORMER}

    @model_validator(mode="after")
    def _release_year_is_among_its_years(self) -> Self:
        if self.release_year and not self.first_year <= self.release_year <= self.last_year:
            raise ValueError(
                f'release_year = "{self.release_year}" lies outside first_year to last_year '
                f"({self.first_year} to {self.last_year}): name one of these years, or take the line out"
            )
        return self

    @property
    def years(self) -> tuple[AcademicYear, ...]:
        """The academic years that returns may be about, oldest first."""
        return tuple(AcademicYear(y) for y in range(self.first_year.start, self.last_year.start + 1))

    @classmethod
    def read(cls, path: Path) -> "City":
        """Read a profile.

        Raises:
            CityError: the file is not TOML or breaks the model; names the file and each fault.
        """
        return read_settings(cls, path, CityError)


class CityError(Exception):
    """The city profile cannot be used."""
