"""The people of the synthetic city: who they are, to whom they belong, and where they live from year to year.

Time is counted in *states*, one an academic year: a home is kept from 1 August to 31 July. State 0 is the
year before the first, so that the estimate of the June before it can be counted.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

CITY = "E08000003"
ABSENT = -1


@dataclass(frozen=True)
class Homes:
    """The postcodes of the reference list, city first."""

    postcode: pl.Series
    in_city: np.ndarray
    quintile: np.ndarray
    """National fifth of deprivation, 1 the most deprived; 0 where not known."""
    lsoa21_code: pl.Series
    """Small area; null outside the city."""

    @classmethod
    def read(cls, reference: Path) -> "Homes":
        """Read `postcode.csv`."""
        frame = pl.read_csv(reference / "postcode.csv", infer_schema=False)
        decile = frame["imd2025_decile"].cast(pl.Int64).fill_null(0).to_numpy()
        in_city = (frame["lad_code"] == CITY).to_numpy()
        return cls(frame["postcode"], in_city, (decile + 1) // 2, frame["lsoa21_code"])


@dataclass(frozen=True)
class People:
    """Everyone who lives in or around the city at some time; a person is known by their position.

    Args:
        birth: date of birth.
        female: sex.
        home: position of the postcode in each state (row) of each person (column), `ABSENT` if not there.
        homes: the postcodes.
        uln: unique learner numbers; everyone could have one.
        upn: unique pupil numbers.
        ethnicity: position in `ETHNICITIES`; a family's.
        mother, father: positions of the parents, -1 where they are not of the city.
        partner: position of the partner, whom a woman has had since she came or since some year; else -1.
        married: year in which a woman and her partner married; 0 where they did not.
        twin: whether the person before is the twin.
    """

    birth: np.ndarray
    female: np.ndarray
    home: np.ndarray
    homes: Homes
    uln: np.ndarray
    upn: pl.Series
    ethnicity: np.ndarray
    mother: np.ndarray
    father: np.ndarray
    partner: np.ndarray
    married: np.ndarray
    twin: np.ndarray

    @cached_property
    def birth_year(self) -> np.ndarray:
        """Calendar year of birth."""
        return self.birth.astype("datetime64[Y]").astype(np.int64) + 1970

    @cached_property
    def birth_month(self) -> np.ndarray:
        """Month of birth, 1 to 12."""
        return self.birth.astype("datetime64[M]").astype(np.int64) % 12 + 1

    def age_on_31_august(self, year: int) -> np.ndarray:
        """Return completed years on 31 August of a year; negative for those not born."""
        return year - self.birth_year - (self.birth_month > 8)

    def age_on_30_june(self, year: int) -> np.ndarray:
        """Return completed years on 30 June of a year; negative for those not born."""
        return year - self.birth_year - (self.birth_month > 6)

    def quintile(self, state: int) -> np.ndarray:
        """Return everyone's fifth of deprivation in a state; 3, the middle, where it is not known."""
        found = self.homes.quintile[self.home[state]]
        return np.where((self.home[state] == ABSENT) | (found == 0), 3, found)

    def dwelling(self, state: int, person: np.ndarray) -> np.ndarray:
        """Return a number for where each lives in a state; those who live together have the same."""
        # A young mother's own mother may be the head of the household.
        head = self._head(state, self._head(state, person))
        return head.astype(np.int64) * len(self.homes.postcode) + self.home[state][person]

    def _head(self, state: int, person: np.ndarray) -> np.ndarray:
        """Return the mother or the wife at whose home each lives, else themselves."""
        home, head = self.home[state], person
        for who in (self.mother[person], self.partner[person]):
            joins = (who >= 0) & (home[who] == home[person]) & self.female[who]
            head = np.where(joins & (head == person), who, head)
        return head
