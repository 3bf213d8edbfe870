"""Who studies at the city's universities, what, and from when to when: engagements and their sessions.

The shares are chosen so that students are mostly 18 to 25 with some of every age; they are nobody's
published figures.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.people import ABSENT, People
from pipelines.synthetic.providers import Providers
from pipelines.synthetic.spells import Spells


@dataclass(frozen=True)
class Course:
    """What can be studied.

    Args:
        title: its title.
        theme: the theme of most of it.
        subjects: HECoS code and percent of each of its subjects.
    """

    title: str
    theme: str
    subjects: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Study:
    """One kind of study.

    Args:
        level: first letter of QUALCAT.
        isced: ISCED 2011 level and orientation, by UIS's mapping of the letter's level.
        ages: first age, last age, share that starts in a year.
        years: how many sessions it has.
        days: length of each session; they begin a year apart.
        part_time: share that studies part-time.
        courses: what can be studied.
    """

    level: str
    isced: str
    ages: tuple[tuple[int, int, float], ...]
    years: int
    days: int
    part_time: float
    courses: tuple[Course, ...]


STUDIES = (
    Study("H", "6", ((18, 18, 0.22), (19, 20, 0.07), (21, 24, 0.01), (25, 39, 0.003), (40, 69, 0.0005)),
          3, 265, 0.04,
          (Course("Nursing", "health_and_wellbeing", (("100290", 100),)),
           Course("Computer Science", "digital_skills", (("100366", 100),)),
           Course("History", "languages_and_humanities", (("100302", 100),)),
           Course("Mechanical Engineering", "trades_and_engineering", (("100190", 100),)),
           Course("Psychology", "citizenship_and_community", (("100497", 100),)),
           Course("Fine Art", "arts_and_media", (("100059", 100),)),
           Course("Accounting & Finance", "work_and_enterprise", (("100105", 50), ("100107", 50))),
           Course("Biomedical Science", "health_and_wellbeing", (("100265", 60), ("100345", 40))),
           Course("Law", "work_and_enterprise", (("100485", 100),)),
           Course("Education Studies", "family_and_parenting", (("100459", 100),)))),
    Study("J", "55", ((18, 20, 0.012), (21, 24, 0.006), (25, 49, 0.002)), 2, 265, 0.35,
          (Course("Early Years", "family_and_parenting", (("100463", 100),)),
           Course("Health and Social Care", "health_and_wellbeing", (("100476", 100),)),
           Course("Digital Media", "arts_and_media", (("100440", 100),)))),
    Study("C", "55", ((18, 24, 0.004), (25, 59, 0.001)), 1, 265, 0.8,
          (Course("Engineering", "trades_and_engineering", (("100184", 100),)),
           Course("Youth Work", "health_and_wellbeing", (("100466", 100),)))),
    Study("P", "34", ((18, 20, 0.008), (21, 39, 0.001)), 1, 265, 0.0,
          (Course("Foundation Year", "other", (("101273", 100),)),)),
    # A master's year runs into September, and so into the next record.
    Study("M", "7", ((21, 24, 0.05), (25, 39, 0.008), (40, 64, 0.001)), 1, 360, 0.3,
          # Three fifths of it are science, though none of its subjects has as much as computing.
          (Course("Data Science", "science_and_environment",
                  (("100366", 40), ("100406", 35), ("100403", 25))),
           Course("Public Health", "health_and_wellbeing", (("101317", 100),)),
           Course("Management", "work_and_enterprise", (("100089", 100),)),
           Course("Creative Writing", "arts_and_media", (("100046", 100),)),
           Course("Social Work", "health_and_wellbeing", (("100503", 100),)))),
    Study("D", "8", ((22, 29, 0.004), (30, 49, 0.0008)), 4, 360, 0.2,
          (Course("Physics", "science_and_environment", (("100425", 100),)),
           Course("Sociology", "citizenship_and_community", (("100505", 100),)))),
)  # fmt: skip
_LEAVES, _DORMANT, _CHANGES_COURSE = 0.08, 0.03, 0.02
_FULL_TIME, _PART_TIME = ("01", "63"), ("31", "64")
"""Modes of those who study and of those who are dormant."""
_ALSO = 0.015
"""Of students, those who take a certificate beside their studies."""
_CERTIFICATE = next(number for number, study in enumerate(STUDIES) if study.level == "C")


@dataclass(frozen=True)
class Universities:
    """Draws the students of a city."""

    chance: Chance
    people: People
    providers: Providers
    spells: Spells

    def sessions(self, year: int) -> pl.DataFrame:
        """Return the sessions that run in an academic year, by provider and person.

        Columns: `person`, `provider`, `study` (position in `STUDIES`), `title` (position in its courses),
        `first_year`, `number` (of the session within the engagement), `begun` (the engagement), `finishes`
        (planned end of the engagement), `drops_out`, `left` (its true end), `started`, `ended`, `mode`,
        `reason` (the session ended; null where it is the planned end), `sequence`.
        """
        first, last = np.datetime64(f"{year}-08-01"), np.datetime64(f"{year + 1}-07-31")
        parts = []
        for number, study in enumerate(STUDIES):
            for start_year in range(year - study.years, year + 1):
                engaged = self._engaged(number, start_year)
                parts += [self._session(engaged, turn) for turn in range(study.years)]
        found = self._with_changes(pl.concat(parts))
        running = (pl.col("ended") >= first) & (pl.col("started") <= last)
        found = found.filter(running & (pl.col("left").is_null() | (pl.col("left") >= pl.col("started"))))
        present = self.people.home[self.spells.state(year)] != ABSENT
        found = found.filter(pl.Series(present[found["person"].to_numpy()]))
        ordered = found.sort("provider", "person", "study", "first_year", "started")
        return ordered.with_columns(sequence=pl.int_range(1, pl.len() + 1).over("provider", "person"))

    def _engaged(self, number: int, year: int) -> pl.DataFrame:
        """Return the engagements of one kind of study that begin in an academic year."""
        study, person = STUDIES[number], self._starters(number, year)
        what = (study.level, year)
        begun = np.datetime64(f"{year}-09-14") + self.chance.whole(person, 0, 14, "enrols", *what)
        finishes = _years_on(begun, study.years - 1) + study.days
        gone = (
            60 + (finishes - begun).astype(np.int64) * self.chance.uniform(person, "drops out", *what)
        ).astype(int)
        leaves = self.chance.happens(person, _LEAVES, "leaves university", *what) & (begun + gone < finishes)
        part_time = self.chance.happens(person, study.part_time, "part-time", *what)
        return pl.DataFrame(
            {
                "person": person,
                "provider": self._place(person),
                "study": np.full(len(person), number, np.uint8),
                "title": self.chance.whole(person, 0, len(study.courses) - 1, "title", *what),
                "first_year": np.full(len(person), year),
                "begun": begun,
                "finishes": finishes,
                "drops_out": leaves,
                "left": np.where(leaves, begun + gone, finishes),
                "part_time": part_time,
            }
        )

    def _session(self, engaged: pl.DataFrame, turn: int) -> pl.DataFrame:
        """Return one session of each engagement; who leaves ends it early."""
        person, begun = engaged["person"].to_numpy(), engaged["begun"].to_numpy()
        year = engaged["first_year"].to_numpy()
        index = person.astype(np.uint64) * np.uint64(10_000) + (year + turn).astype(np.uint64)
        study = STUDIES[engaged["study"][0]] if engaged.height else STUDIES[0]
        started = _years_on(begun, turn)
        planned = started + study.days
        left = engaged["left"].to_numpy()
        cut_short = left < planned
        middle = 0 < turn < study.years - 1
        dormant = self.chance.happens(index, _DORMANT, "dormant", study.level) & middle & ~cut_short
        part_time = engaged["part_time"].to_numpy()
        modes = np.array([*_FULL_TIME, *_PART_TIME])
        return engaged.drop("part_time").with_columns(
            number=pl.lit(turn + 1),
            started=pl.Series(started),
            ended=pl.Series(np.where(cut_short, left, planned)),
            mode=pl.Series(modes[part_time * 2 + dormant]),
            reason=pl.when(pl.Series(cut_short)).then(pl.lit("01")),
        )

    def _with_changes(self, sessions: pl.DataFrame) -> pl.DataFrame:
        """Let some go over to another course within a session: then it is two, one after the other."""
        person = sessions["person"].to_numpy().astype(np.uint64)
        index = person * np.uint64(10_000) + sessions["number"].to_numpy().astype(np.uint64)
        changes = pl.Series(self.chance.happens(index, _CHANGES_COURSE, "changes course"))
        long = (pl.col("ended") - pl.col("started")).dt.total_days() > 200
        several = pl.col("study").replace_strict(dict(enumerate(len(s.courses) > 1 for s in STUDIES)))
        now = changes & sessions.select(long & several & pl.col("mode").is_in(["01", "31"])).to_series()
        changing = sessions.filter(now)
        titles = pl.col("study").replace_strict(dict(enumerate(len(s.courses) for s in STUDIES)))
        day = pl.col("started") + pl.duration(days=100)
        before = changing.with_columns(ended=day, reason=pl.lit("03"))
        after = changing.with_columns(
            started=day + pl.duration(days=1),
            title=(pl.col("title") + 1) % titles,
            number=pl.col("number") + 50,
        )
        return pl.concat([sessions.filter(~now), before, after.select(before.columns)])

    def _starters(self, number: int, year: int) -> np.ndarray:
        study, state = STUDIES[number], self.spells.state(year)
        age = self.people.age_on_31_august(year)
        oldest = study.ages[-1][1]
        person = np.flatnonzero(
            (self.people.home[state] != ABSENT) & (age >= study.ages[0][0]) & (age <= oldest)
        )
        rates = np.zeros(oldest + 1)
        for first, last, rate in study.ages:
            rates[first : last + 1] = rate * self.spells.adults
        # Long studies of a person must not overlap: one start in as many years as they last.
        turn = self.chance.whole(person, 0, study.years - 1, "turn", study.level)
        due = ((year + turn) % study.years == 0) * study.years
        starts = self.chance.happens(person, rates[age[person]] * due, "starts university", study.level, year)
        if number == _CERTIFICATE:
            degree = next(n for n, s in enumerate(STUDIES) if s.level == "H")
            beside = np.isin(person, self._starters(degree, year))
            starts |= beside & self.chance.happens(person, _ALSO, "certificate beside", year)
        return person[starts]

    def _place(self, person: np.ndarray) -> np.ndarray:
        """Return where each studies; who returns, returns there."""
        at = self.providers.teaching["university"]
        return at[self.chance.pick(person, 1 / np.sqrt(np.arange(1, len(at) + 1)), "university")]


def _years_on(days: np.ndarray, years: int) -> np.ndarray:
    """Return the same day some years later; none of them is 29 February."""
    months = days.astype("datetime64[M]")
    return (months + 12 * years).astype("datetime64[D]") + (days - months.astype("datetime64[D]"))
