"""Who goes to school: registrations of pupils at the city's schools, as on the spring census day.

Independent schools and home education are missing, as they are from the census.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.courses import SIXTH_FORM
from pipelines.synthetic.people import ABSENT, People
from pipelines.synthetic.providers import Providers
from pipelines.synthetic.spells import Spells

_AT_STATE_SCHOOL = {
    2: 0.08,
    3: 0.45,
    4: 0.97,
    **dict.fromkeys(range(5, 11), 0.96),
    **dict.fromkeys(range(11, 16), 0.94),
}
"""By age on 31 August; sixth forms follow the routes of `Spells`."""
_FOURTEENTH_YEAR = 0.06
"""Of sixth-formers, those who stay for a third year."""
_CHANGES_SCHOOL, _DUAL, _GUEST, _SPECIAL = 0.04, 0.006, 0.0005, 0.025
_LEAVES = 0.01
"""Of those on roll in spring, those who have left by the summer census."""
_SOME_OTHER = 9_000
"""Stands for a year, to draw a second school of a pupil."""
_FE_COLLEGE = 0.3
"""Of pupils with a college course, those whom their school registers as at college (F)."""
_ONE_SCHOOL_LOOKBACK = 3
_PHASES = ("primary", "secondary", "special", "nursery")


def census_day(start_year: int) -> date:
    """Return the third Thursday of January in an academic year."""
    first = date(start_year + 1, 1, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 14)


def autumn_census_day(start_year: int) -> date:
    """Return the first Thursday of October in an academic year."""
    first = date(start_year, 10, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7)


@dataclass(frozen=True)
class Schooling:
    """Draws the registrations of a city's pupils."""

    chance: Chance
    people: People
    providers: Providers
    spells: Spells

    def registrations(self, year: int, at_college: np.ndarray) -> pl.DataFrame:
        """Return the registrations of a year.

        Columns: `person`, `provider` (position in the register), `status` (of enrolment; null for those no
        longer on roll), `nc_year`, `entered`, `left`, `age`.

        Args:
            year: starting year.
            at_college: pupils aged 14 or 15 with a college course.
        """
        pupil, age = self._pupils(year)
        since = self._last_change(pupil, year)
        school = self._school(pupil, age, since)
        before = self._school(pupil, age, self._last_change(pupil, year - 1))
        other = self._school(pupil, age, np.full(len(pupil), _SOME_OTHER))
        compulsory = (age > 4) & (age < 16)
        changed = self.chance.happens(pupil, _CHANGES_SCHOOL, "changes school", year) & compulsory
        changed &= before != school
        moved = _day(year, 9, 20) + self.chance.whole(pupil, 0, 80, "moves school", year)
        at_college_too = np.isin(pupil, at_college) & self.chance.happens(pupil, _FE_COLLEGE, "F", year)
        elsewhere_too = compulsory & (other != school) & ~at_college_too
        dual = self.chance.happens(pupil, _DUAL, "dual", year) & elsewhere_too
        guest = self.chance.happens(pupil, _GUEST, "guest", year) & elsewhere_too & ~dual
        main = pl.DataFrame({"person": pupil, "age": age, "provider": school}).with_columns(
            status=pl.Series(np.where(at_college_too, "F", np.where(dual, "M", "C"))),
            entered=pl.Series(np.where(changed, moved + 3, self._entry(pupil, age, year, since))),
            left=pl.lit(None, pl.Date),
        )
        second = main.with_columns(provider=pl.Series(other), entered=pl.lit(date(year, 9, 4)))
        gone = main.with_columns(
            provider=pl.Series(before),
            status=pl.lit(None, pl.String),
            entered=pl.Series(self._entry(pupil, age, year, since - 1)),
            left=pl.Series(moved),
        )
        frames = [
            main,
            second.with_columns(status=pl.lit("S")).filter(pl.Series(dual)),
            second.with_columns(status=pl.lit("O")).filter(pl.Series(guest)),
            gone.filter(pl.Series(changed)),
        ]
        found = pl.concat(frames)
        return found.with_columns(nc_year=self._nc_year(found)).sort("provider", "person", "status")

    def in_autumn(self, registrations: pl.DataFrame, year: int) -> pl.DataFrame:
        """Return the registrations as on the autumn census day: who moves later is at the school before."""
        day = autumn_census_day(year)
        moves = registrations.filter(pl.col("left") > day)
        still = moves.with_columns(status=pl.lit("C"), left=pl.lit(None, pl.Date))
        others = registrations.join(moves.select("person"), on="person", how="anti")
        return pl.concat([others, still]).sort("provider", "person", "status")

    def in_summer(self, registrations: pl.DataFrame, year: int) -> pl.DataFrame:
        """Return the registrations as on the summer census day: a few of spring have left."""
        person = registrations["person"].to_numpy()
        day = _day(year + 1, 2, 20) + self.chance.whole(person, 0, 60, "leaves school", year)
        leaves = pl.Series(self.chance.happens(person, _LEAVES, "leaves", year))
        return (
            registrations.filter(pl.col("left").is_null())
            .with_columns(leaves=leaves.filter(registrations["left"].is_null()))
            .with_columns(day=pl.Series(day).filter(registrations["left"].is_null()))
            .with_columns(left=pl.when("leaves", pl.col("status") == "C").then("day").otherwise("left"))
            .with_columns(status=pl.when(pl.col("left").is_null()).then("status"))
            .drop("leaves", "day")
        )

    def _pupils(self, year: int) -> tuple[np.ndarray, np.ndarray]:
        """Return pupils at state schools, and their ages on 31 August."""
        state = self.spells.state(year)
        ages = self.people.age_on_31_august(year)
        child = np.flatnonzero((self.people.home[state] != ABSENT) & (ages >= 2) & (ages <= 18))
        age = ages[child]
        share = np.array([_AT_STATE_SCHOOL.get(a, 0.0) for a in range(19)])[age]
        attends = self.chance.uniform(child, "state school") < share
        route = self.spells.routes(year)[child]
        sixth_form = (age >= 16) & (age <= 17) & (route >= SIXTH_FORM[0]) & (route < SIXTH_FORM[1])
        again = (
            (age == 18) & (route < SIXTH_FORM[1]) & self.chance.happens(child, _FOURTEENTH_YEAR, "year 14")
        )
        # Half of the children from outside go to school where they live.
        outside = ~self.people.homes.in_city[self.people.home[state][child]]
        elsewhere = outside & self.chance.happens(child, 0.5, "school elsewhere")
        kept = (attends | sixth_form | again) & ~elsewhere
        return child[kept], age[kept]

    def _last_change(self, pupil: np.ndarray, year: int) -> np.ndarray:
        """Return the last year, of a few, in which each changed school; 0 if in none."""
        since = np.zeros(len(pupil), np.int64)
        for past in range(year - _ONE_SCHOOL_LOOKBACK, year + 1):
            since = np.where(self.chance.happens(pupil, _CHANGES_SCHOOL, "changes school", past), past, since)
        return since

    def _school(self, pupil: np.ndarray, age: np.ndarray, since: np.ndarray) -> np.ndarray:
        """Return everyone's school: it follows from the phase and the last change."""
        special = self.chance.happens(pupil, _SPECIAL, "special school") & (age >= 4)
        in_nursery_school = (age < 4) & self.chance.happens(pupil, 0.2, "nursery school")
        phase = np.select([special, in_nursery_school, age >= 11], [2, 3, 1], 0)
        school = np.zeros(len(pupil), np.int64)
        index = pupil.astype(np.uint64) * np.uint64(10_000) + since.astype(np.uint64)
        for number, name in enumerate(_PHASES):
            at = self.providers.teaching[name]
            choice = at[self.chance.whole(index, 0, len(at) - 1, "school", name)]
            school = np.where(phase == number, choice, school)
        return school

    def _entry(self, pupil: np.ndarray, age: np.ndarray, year: int, since: np.ndarray) -> np.ndarray:
        """Return the first day at the school: the start of the phase, or the last change."""
        phase_start = np.select(
            [age >= 16, age >= 11, age >= 4], [year - age + 16, year - age + 11, year - age + 4], year
        )
        started = np.maximum(phase_start, np.where(age < 16, since, 0))
        return _days_of(started, 9, 2) + self.chance.whole(pupil, 0, 3, "first day")

    def _nc_year(self, frame: pl.DataFrame) -> pl.Series:
        """Return national curriculum years; nursery schools call theirs early years."""
        at = pl.Series(np.isin(frame["provider"].to_numpy(), self.providers.teaching["nursery"]))
        age = frame["age"]
        nursery = pl.select(
            pl.when(at).then(pl.lit("E")).otherwise(pl.lit("N")) + (age - 1).cast(pl.String)
        ).to_series()
        grown = age.cast(pl.Int64) - 4
        return pl.select(
            pl.when(age < 4).then(nursery).when(age == 4).then(pl.lit("R")).otherwise(grown.cast(pl.String))
        ).to_series()


def _day(year: int, month: int, day: int) -> np.datetime64:
    return np.datetime64(date(year, month, day))


def _days_of(year: np.ndarray, month: int, day: int) -> np.ndarray:
    return ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]") + (day - 1)
