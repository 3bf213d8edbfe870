"""The people of the synthetic city: who they are, and where they live from year to year.

Time is counted in *states*, one an academic year: a home is kept from 1 August to 31 July. State 0 is the
year before the first, so that the estimate of the June before it can be counted.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance, spread
from pipelines.synthetic.numbers import learner_numbers, pupil_numbers

CITY = "E08000003"
ABSENT = -1
OLDEST = 90
"""The last age of the census table; it means that age and over."""

FRINGE = 0.10
"""People of neighbouring districts who look to the city for learning, to each of its residents."""
_CHURN = ((0, 17, 0.02), (18, 29, 0.08), (30, 44, 0.04), (45, 120, 0.01))
"""Ages and the share that leaves in a year and is replaced by arrivals."""
_MOVES = ((0, 17, 0.06), (18, 29, 0.20), (30, 120, 0.06))
"""Ages and the share that changes address in a year."""
_OUT_OF_THE_CITY, _INTO_THE_CITY = 0.05, 0.5
"""Of those who move: residents who move to a neighbouring district, and neighbours who move in."""
_GOLDEN_RATIO = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Homes:
    """The postcodes of the reference list, city first."""

    postcode: pl.Series
    in_city: np.ndarray
    quintile: np.ndarray
    """National fifth of deprivation, 1 the most deprived; 0 where not known."""

    @classmethod
    def read(cls, reference: Path) -> "Homes":
        """Read `postcode.csv`."""
        frame = pl.read_csv(reference / "postcode.csv", infer_schema=False)
        decile = frame["imd2025_decile"].cast(pl.Int64).fill_null(0).to_numpy()
        return cls(frame["postcode"], (frame["lad_code"] == CITY).to_numpy(), (decile + 1) // 2)


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
    """

    birth: np.ndarray
    female: np.ndarray
    home: np.ndarray
    homes: Homes
    uln: np.ndarray
    upn: pl.Series

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


def settle(chance: Chance, people: int, first_year: int, states: int, reference: Path) -> People:
    """Draw the people of a city of `people` residents and the fringe around it."""
    homes = Homes.read(reference)
    census = _census(reference)
    growth = _Growth(chance, census * (people * (1 + FRINGE) / census.sum()), first_year, homes, states)
    for state in range(1, states):
        growth.pass_a_year(state)
    count = len(growth.birth)
    return People(
        growth.birth,
        growth.female,
        growth.home,
        homes,
        learner_numbers(count, chance.seed),
        pupil_numbers(count, chance.seed),
    )


def _census(reference: Path) -> np.ndarray:
    """Return persons by sex (row: F, M) and age (column: 0 to 90)."""
    frame = pl.read_csv(reference / "population_census_2021.csv", infer_schema=False)
    counts = frame.cast({"age": pl.Int64, "persons": pl.Int64}).sort("sex", "age")
    return counts["persons"].to_numpy().reshape(2, OLDEST + 1).astype(np.float64)


class _Growth:
    """The people so far. Leaving and arriving hold the census age structure steady."""

    def __init__(
        self, chance: Chance, expected: np.ndarray, first_year: int, homes: Homes, states: int
    ) -> None:
        self._chance, self._expected, self._first_year = chance, expected, first_year
        self._homes = homes
        self.birth = np.empty(0, "datetime64[D]")
        self.female = np.empty(0, bool)
        self.home = np.empty((states, 0), np.int16)
        self._city, self._fringe = np.flatnonzero(homes.in_city), np.flatnonzero(~homes.in_city)
        self._arrive(0, expected)

    def pass_a_year(self, state: int) -> None:
        """Let people leave and move, then arrive and be born."""
        year = self._first_year - 1 + state
        everyone = np.arange(len(self.birth))
        months = self.birth.astype("datetime64[M]").astype(np.int64)
        age = np.clip(year - (months // 12 + 1970) - (months % 12 > 7), 0, OLDEST)
        leaves = _leaving(self._expected)[1 - self.female.astype(int), age] + _by_age(_CHURN)[age]
        stays = self._chance.uniform(everyone, "leaves", year) >= leaves
        before = self.home[state - 1]
        moves = self._chance.happens(everyone, _by_age(_MOVES)[age], "moves", year)
        now = np.where(moves, self._new_home(everyone, before, year), before)
        self.home[state] = np.where(stays & (before != ABSENT), now, ABSENT)
        newcomers = _arriving(self._expected) + self._expected * _by_age(_CHURN)[: OLDEST + 1]
        newcomers[:, 0] = 0
        self._arrive(state, newcomers)
        self._be_born(state)

    def _new_home(self, index: np.ndarray, before: np.ndarray, year: int) -> np.ndarray:
        into_city = np.where(self._homes.in_city[before], 1 - _OUT_OF_THE_CITY, _INTO_THE_CITY)
        return self._some_home(index, into_city, "address", year)

    def _some_home(self, index: np.ndarray, into_city: float | np.ndarray, *what: object) -> np.ndarray:
        """Return a postcode for each, in the city with the given probability."""
        place = self._chance.uniform(index, "place", *what)
        city = self._city[(place * len(self._city)).astype(np.int64)]
        fringe = self._fringe[(place * len(self._fringe)).astype(np.int64)]
        return np.where(self._chance.happens(index, into_city, "district", *what), city, fringe)

    def _arrive(self, state: int, expected: np.ndarray) -> None:
        """Add people of the expected ages, spread evenly over the table so that it is met closely."""
        count = round(expected.sum())
        cell = spread(expected.ravel(), (np.arange(count) + 0.5) / count)
        age = (cell % (OLDEST + 1)).astype(np.int64)
        index = len(self.birth) + np.arange(count)
        # Over 90, each further year is reached by two in three.
        beyond = np.floor(np.log(1 - self._chance.uniform(index, "old age")) / np.log(2 / 3)).astype(np.int64)
        age = np.where(age == OLDEST, np.minimum(age + beyond, 105), age)
        self._add(state, index, _last_june(self._first_year + state - age), cell <= OLDEST)

    def _be_born(self, state: int) -> None:
        """Add those born in the twelve months to 30 June of this state."""
        count = round(self._expected[:, 0].sum())
        index = len(self.birth) + np.arange(count)
        june = _last_june(np.full(count, self._first_year + state))
        self._add(state, index, june, self._chance.happens(index, 0.49, "born a girl"))

    def _add(self, state: int, index: np.ndarray, turned_age: np.ndarray, female: np.ndarray) -> None:
        """Add people who turned their age in the twelve months to a 30 June."""
        # Spread evenly, not drawn: the alignment of estimates to 31 August rests on that, and a village is
        # too small for chance to see to it.
        since = (index * _GOLDEN_RATIO % 1 * 365).astype(np.int64)
        self.birth = np.concatenate([self.birth, turned_age - since])
        self.female = np.concatenate([self.female, female])
        home = np.full((self.home.shape[0], len(index)), ABSENT, np.int16)
        home[state] = self._some_home(index, 1 / (1 + FRINGE), "first")
        self.home = np.concatenate([self.home, home], axis=1)


def _last_june(year: np.ndarray) -> np.ndarray:
    """Return 30 June of each year."""
    return ((year - 1970) * 12 + 5).astype("datetime64[M]").astype("datetime64[D]") + 29


def _leaving(expected: np.ndarray) -> np.ndarray:
    """Return by sex and age the share that must go so that an age is no larger than the census has it."""
    younger = np.roll(expected, 1, axis=1)
    younger[:, OLDEST] += expected[:, OLDEST]
    younger[:, 0] = expected[:, 0]
    return np.clip(1 - expected / np.maximum(younger, 1e-9), 0, 1)


def _arriving(expected: np.ndarray) -> np.ndarray:
    """Return by sex and age how many must come so that an age is as large as the census has it."""
    return np.clip(expected - np.roll(expected, 1, axis=1), 0, None)


def _by_age(steps: tuple[tuple[int, int, float], ...]) -> np.ndarray:
    """Return a value for each age 0 to 120."""
    values = np.zeros(121)
    for first, last, value in steps:
        values[first : last + 1] = value
    return values
