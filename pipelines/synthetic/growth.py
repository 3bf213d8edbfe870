"""How the synthetic city fills: who comes, is born, finds a partner, moves and leaves, year after year."""

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance, spread
from pipelines.synthetic.ethnicities import ETHNICITIES
from pipelines.synthetic.families import (
    AT_HOME_UNTIL,
    KNOWN_TO,
    MARRIES,
    NOBODY,
    Crowd,
    couples,
    mothers,
    second_twins,
)
from pipelines.synthetic.numbers import learner_numbers, pupil_numbers
from pipelines.synthetic.people import ABSENT, Homes, People

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


def settle(chance: Chance, people: int, first_year: int, states: int, reference: Path) -> People:
    """Draw the people of a city of `people` residents and the fringe around it."""
    homes = Homes.read(reference)
    census = _census(reference)
    growth = _Growth(chance, census * (people * (1 + FRINGE) / census.sum()), first_year, homes, states)
    for state in range(1, states):
        growth.pass_a_year(state)
    count = len(growth.birth)
    return People(
        birth=growth.birth,
        female=growth.female,
        home=growth.home,
        homes=homes,
        uln=learner_numbers(count, chance.seed),
        upn=pupil_numbers(count, chance.seed),
        **growth.kin,
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
        self.kin = {name: np.empty(0, kind) for name, (kind, _) in _KIN.items()}
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
        self._pair_up(state, 0, coming=False)
        self._live_together(state)
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
        first = len(self.birth) - count
        self._pair_up(state, first, coming=True)
        self._find_mothers(state, first, self._crowd(state, first), KNOWN_TO)
        self._live_together(state)

    def _be_born(self, state: int) -> None:
        """Add those born in the twelve months to 30 June of this state."""
        count = round(self._expected[:, 0].sum())
        index = len(self.birth) + np.arange(count)
        june = _last_june(np.full(count, self._first_year + state))
        self._add(state, index, june, self._chance.happens(index, 0.49, "born a girl"))
        self._find_mothers(state, len(self.birth) - count, self._crowd(state, 0), 1)
        self._live_together(state)

    def _add(self, state: int, index: np.ndarray, turned_age: np.ndarray, female: np.ndarray) -> None:
        """Add people who turned their age in the twelve months to a 30 June."""
        # Spread evenly, not drawn: the alignment of estimates to 31 August rests on that, and a village is
        # too small for chance to see to it.
        since = (index * _GOLDEN_RATIO % 1 * 365).astype(np.int64)
        twin = second_twins(self._chance, index, turned_age)
        since[twin] = since[np.flatnonzero(twin) - 1]
        for name, (kind, nothing) in _KIN.items():
            self.kin[name] = np.concatenate([self.kin[name], np.full(len(index), nothing, kind)])
        self.kin["twin"][len(self.birth) :] = twin
        ethnicity = self._chance.pick(index, [share for *_, share in ETHNICITIES], "ethnicity")
        self.kin["ethnicity"][len(self.birth) :] = np.where(twin, np.roll(ethnicity, 1), ethnicity)
        self.birth = np.concatenate([self.birth, turned_age - since])
        self.female = np.concatenate([self.female, female])
        home = np.full((self.home.shape[0], len(index)), ABSENT, np.int16)
        home[state] = self._some_home(index, 1 / (1 + FRINGE), "first")
        self.home = np.concatenate([self.home, home], axis=1)

    def _crowd(self, state: int, first: int) -> Crowd:
        """Return those present who are from `first` on, and grown up."""
        cohort = _cohort(self.birth[first:])
        grown = self._first_year + state - cohort >= AT_HOME_UNTIL
        person = first + np.flatnonzero(grown & (self.home[state, first:] != ABSENT))
        return Crowd(person, cohort[person - first], self.female[person], self.kin["ethnicity"][person])

    def _pair_up(self, state: int, first: int, *, coming: bool) -> None:
        """Let people who have no partner find one, or come with one; most couples are, or get, married."""
        crowd = self._crowd(state, first)
        single = self.kin["partner"][crowd.person] == NOBODY
        crowd = Crowd(*(column[single] for column in vars(crowd).values()))
        year = self._first_year + state
        women, men = couples(self._chance, crowd, year - crowd.cohort, state, coming=coming)
        self.kin["partner"][women], self.kin["partner"][men] = men, women
        # Those who come as a couple have been one for some time; a wedding is before the year's first return.
        together = np.clip(year - _cohort(self.birth[women]) - 20, 1, None) if coming else 1
        since = (self._chance.uniform(women, "together") * together).astype(np.int64)
        wed = np.where(self._chance.happens(women, MARRIES, "wedding"), year - 1 - since, 0)
        self.kin["married"][women], self.kin["married"][men] = wed, wed

    def _find_mothers(self, state: int, first: int, crowd: Crowd, younger_than: int) -> None:
        """Give the young from `first` on a mother, her partner as father, her ethnicity and her home."""
        cohort = _cohort(self.birth[first:])
        child = np.flatnonzero(self._first_year + state - cohort < younger_than)
        twin = self.kin["twin"][first + child]
        twin[:1] = False
        twin[1:] &= np.diff(child) == 1
        mother = mothers(self._chance, first + child, cohort[child], twin, crowd)
        child, mother = first + child[mother != NOBODY], mother[mother != NOBODY]
        self.kin["mother"][child] = mother
        self.kin["father"][child] = self.kin["partner"][mother]
        self.kin["ethnicity"][child] = self.kin["ethnicity"][mother]
        self.home[state, child] = self.home[state, mother]

    def _live_together(self, state: int) -> None:
        """Let men live where their partners do, children where their mothers do, while both are here."""
        here = self.home[state] != ABSENT
        young = self._first_year + state - _cohort(self.birth) < AT_HOME_UNTIL
        man = ~self.female & (self.kin["partner"] != NOBODY)
        for person, head in ((man, self.kin["partner"]), (young, self.kin["mother"])):
            follows = np.flatnonzero(person & (head != NOBODY) & here)
            follows = follows[here[head[follows]]]
            self.home[state, follows] = self.home[state, head[follows]]


_KIN = {
    "ethnicity": (np.int8, 0),
    "mother": (np.int32, NOBODY),
    "father": (np.int32, NOBODY),
    "partner": (np.int32, NOBODY),
    "married": (np.int16, 0),
    "twin": (bool, False),
}
"""What `People` says of kin: type, and what stands where there is none."""


def _cohort(birth: np.ndarray) -> np.ndarray:
    """Return the year in which the twelve months to 30 June end that people were born in."""
    months = birth.astype("datetime64[M]").astype(np.int64)
    return months // 12 + 1970 + (months % 12 > 5)


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
