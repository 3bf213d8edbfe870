"""Which academic year a release is of, and why of no later one. Decided in `sql/core/academic_year.sql`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.city import City, CityError
from pipelines.extracts.returns import Receipt
from pipelines.years import AcademicYear


class NothingToReleaseError(Exception):
    """Of no academic year enough has come. Says what each waits for."""


@dataclass(frozen=True)
class ReleaseYears:
    """The academic years on record, and which of them are released.

    Args:
        years: columns of `core.academic_year`, and of `core.coverage` for all formats together.
        city: whose decision it is.
    """

    years: pl.DataFrame
    city: City

    @classmethod
    def of(cls, years: pl.DataFrame, coverage: pl.DataFrame, city: City) -> "ReleaseYears":
        """Take them from `core.academic_year` and `core.coverage`."""
        of_all = coverage.filter(collection="_T").drop("collection")
        return cls(years.join(of_all, on="academic_year", how="left").sort("academic_year"), city)

    @classmethod
    def read(cls, years: Path, coverage: Path, city: City) -> "ReleaseYears":
        """Read them as the last run left them."""
        return cls.of(pl.read_parquet(years), pl.read_parquet(coverage), city)

    @property
    def released(self) -> tuple[str, ...]:
        """The academic years of which figures are published, oldest first."""
        return tuple(self.years.filter("is_released")["academic_year"])

    @property
    def last(self) -> str:
        """The year that a release is of."""
        return self.released[-1]

    def refuse_none(self) -> None:
        """Refuse that none is released.

        Raises:
            NothingToReleaseError: so it is.
        """
        if not self.released:
            raise NothingToReleaseError(
                f"no academic year can be released. {' '.join(self.waiting())} To release one as it is, name "
                'it in city.toml: release_year = "2024/25".'
            )

    def standing(self, returns: Iterable[Receipt]) -> list[Receipt]:
        """Return those of the returns on which a release rests."""
        return [receipt for receipt in returns if receipt.academic_year in self.released]

    def waiting(self) -> Iterator[str]:
        """Say of each year after the release why it is none of it, a sentence each."""
        last = max(self.released, default="")
        for year in self.years.filter(pl.col("academic_year") > last).iter_rows(named=True):
            yield f"{year['academic_year']} waits: {self._why(year)}."

    def _why(self, year: dict) -> str:
        limits, share = self.city.reception.coverage, year["share_of_last_years_learners"]
        if year["is_sufficient"]:
            return f"city.toml names {self.city.release_year} as the release year"
        if share is not None and share < limits.withheld:
            return (
                f"returns of {_percent(share)} of last year's learners stand "
                f"({_percent(limits.withheld)} are enough)"
            )
        standing, owed = year["returns_standing"] or 0, year["returns_expected"] or 0
        if not owed:
            return "no return is owed for it, or it has too few learners beside the year before"
        return (
            f"{standing} of the {owed} returns that are owed {'stands' if standing == 1 else 'stand'} "
            f"(more than {_percent(limits.returns)} are enough)"
        )


def _percent(share: float) -> str:
    """Return a share in whole percent, rounded down: 79.9 are not 80, and a few are not none."""
    return "less than 1 %" if 0 < share < 0.01 else f"{int(100 * share + 1e-9)} %"


def refuse_empty_year(city: City, standing: Iterable[Receipt]) -> None:
    """Refuse a release year of which no return stands.

    Raises:
        CityError: the city names such a year.
    """
    years = sorted({AcademicYear.parse(receipt.academic_year) for receipt in standing})
    if city.release_year is None or city.release_year in years:
        return
    named = f"name a year of which one does ({', '.join(map(str, years))})"
    raise CityError(
        f'city.toml: release_year = "{city.release_year}": no return of that year stands; '
        f"{named if years else 'put its returns into data/raw'}, or take the line out: "
        "then a release is of the last year of which enough has come"
    )
