"""Community learning that no national return covers: short courses, on the city's own template."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance, spread
from pipelines.synthetic.learners import Learners
from pipelines.synthetic.people import ABSENT, People
from pipelines.synthetic.providers import Providers
from pipelines.synthetic.spells import Spells
from pipelines.years import AcademicYear

_RATES = ((19, 24, 0.010), (25, 54, 0.012), (55, 64, 0.014), (65, 98, 0.013))
"""Ages on 31 August, and the share that takes courses in a year."""
_WOMEN = 1.25
_COURSES = (0.6, 0.3, 0.1)
"""Shares of learners with one, two and three courses."""
_NO_ULN, _ACCREDITED = 0.65, 0.08

COURSES = (
    # title, theme
    ("First steps with English", "essential skills"),
    ("Maths for everyday life", "essential skills"),
    ("Staying safe online", "digital skills"),
    ("Smartphones made simple", "digital skills"),
    ("Watercolour for beginners", "arts and media"),
    ("Choir, all voices", "arts and media"),
    ("Café français", "languages and humanities"),
    ("Stories of our street", "languages and humanities"),
    ("Walking for health", "health and wellbeing"),
    ("Mindful mornings", "health and wellbeing"),
    ("Community garden", "science and environment"),
    ("Bike repair", "trades and engineering"),
    ("Interviews and CVs", "work and enterprise"),
    ("Starting a small business", "work and enterprise"),
    ("Stay, play & learn", "family and parenting"),
    ("Reading with your child", "family and parenting"),
    ("Know your rights", "citizenship and community"),
    ("Open studio", "other"),
)


@dataclass(frozen=True)
class Community:
    """Draws the community courses of a city."""

    chance: Chance
    people: People
    providers: Providers
    spells: Spells
    learners: Learners
    every_uln: bool

    def in_year(self, year: int) -> pl.DataFrame:
        """Return the enrolments of a year, a row a learner and course, by organisation and learner.

        Columns: `person`, `provider`, the columns of the template that are not the organisation's own, as
        text or dates, and what they mean for the truth.
        """
        learner = self._learners(year)
        number = spread(_COURSES, self.chance.uniform(learner, "courses", year)) + 1
        person = np.repeat(learner, number)
        turn = np.concatenate([np.arange(n) for n in number]) if len(number) else number
        index = person.astype(np.uint64) * np.uint64(10) + turn.astype(np.uint64)
        at = self.providers.teaching["community"]
        size = 1 / np.sqrt(np.arange(1, len(at) + 1))
        # A learner's courses are mostly with one organisation.
        own = at[self.chance.pick(person, size, "organisation")]
        other = at[self.chance.pick(index, size, "organisation", year)]
        provider = np.where(self.chance.happens(index, 0.15, "elsewhere", year), other, own)
        course = self.chance.whole(index, 0, len(COURSES) - 1, "course", year)
        started = np.datetime64(f"{year}-09-08") + self.chance.whole(index, 0, 270, "starts", year)
        length = 7 * self.chance.whole(index, 0, 7, "weeks", year)
        frame = pl.DataFrame({"person": person, "provider": provider, "start_date": started})
        frame = frame.with_columns(
            end_date=pl.Series(started + length),
            course_title=pl.Series([COURSES[c][0] for c in course], dtype=pl.String),
            theme=pl.Series([COURSES[c][1] for c in course], dtype=pl.String),
            setting=self.providers.register["setting"].gather(provider),
            accredited=pl.Series(self.chance.happens(index, _ACCREDITED, "accredited", year)),
        )
        frame = frame.unique(
            ["person", "provider", "course_title", "start_date"], keep="first", maintain_order=True
        )
        return self._with_learner(frame, year).sort(
            "provider", "start_date", "learner_reference", "course_title"
        )

    def _learners(self, year: int) -> np.ndarray:
        state = self.spells.state(year)
        age = self.people.age_on_31_august(year)
        person = np.flatnonzero(
            (self.people.home[state] != ABSENT) & (age >= _RATES[0][0]) & (age <= _RATES[-1][1])
        )
        rates = np.zeros(_RATES[-1][1] + 1)
        for first, last, rate in _RATES:
            rates[first : last + 1] = rate
        women = np.where(self.people.female[person], _WOMEN, 2 - _WOMEN)
        wanted = rates[age[person]] * women * self.spells.keenness[person]
        return person[self.chance.happens(person, wanted, "community template", year)]

    def _with_learner(self, frame: pl.DataFrame, year: int) -> pl.DataFrame:
        person, provider = frame["person"].to_numpy(), frame["provider"].to_numpy()
        index = person.astype(np.uint64) * np.uint64(100_000) + provider.astype(np.uint64)
        known = self.learners.recorder.write(person, provider, year, self.spells.state(year))
        asked = pl.Series(self.every_uln | ~self.chance.happens(index, _NO_ULN, "template number"))
        reference = (person * 7_919 + provider * 104_729) % 9_999_991
        return frame.with_columns(
            organisation_id=self.providers.register["provider_id"].gather(provider),
            academic_year=pl.lit(AcademicYear(year).label),
            learner_reference="L" + pl.Series(reference).cast(pl.String).str.zfill(7),
            given_names=known["given"],
            family_name=known["family"],
            date_of_birth=known["birth_date"],
            sex=known["sex"],
            postcode=known["postcode"],
            unique_learner_number=pl.when(asked).then(known["uln"]),
            valid_uln=pl.when(asked).then(known["valid_uln"]),
        )
