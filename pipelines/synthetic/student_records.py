"""The student records of a year: what stood in each university's systems on the day it made its delivery."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.learners import Learners
from pipelines.synthetic.people import People
from pipelines.synthetic.providers import Providers
from pipelines.synthetic.spells import Spells
from pipelines.synthetic.student_csv import write_csv
from pipelines.synthetic.student_xml import Head, write_xml
from pipelines.synthetic.universities import STUDIES
from pipelines.years import AcademicYear

_ETHNICITIES = ("160", "179", "104", "120", "103", "100", "101", "119", "142", "141", "159", "121", "139",
                "166", "899", "998")  # fmt: skip
"""HESA's codes, in the order of `ETHNICITIES`."""
_HAS_ULN, _ONLY_ENTRY_POSTCODE, _OLD_HUSID = 0.35, 0.2, 35
"""Shares with a learner number and without a term-time postcode; the age from which identifiers are old."""
_SEXES, _LEGACY_SEXES = {"F": "10", "M": "11", "U": "99"}, {"F": "2", "M": "1", "U": "3"}
_DISABILITIES = ("95", "51", "54", "55", "96")
_SERIAL_RANGE, _STEP = 9_999_991, 48_271
_EARLY, _TWICE = 3, 4
"""One university and year in so many is also at hand as it stood in March; is sent twice."""


@dataclass(frozen=True)
class StudentRecords:
    """Makes the student records of a city, university by university."""

    chance: Chance
    people: People
    providers: Providers
    learners: Learners
    spells: Spells
    every_uln: bool

    def students(self, sessions: pl.DataFrame, year: int) -> pl.DataFrame:
        """Return the students whom sessions belong to, as text: a row a student of a university.

        Args:
            sessions: of a year, as `Universities.sessions` gives them.
            year: starting year.
        """
        state = self.spells.state(year)
        frame = sessions.group_by("provider", "person", maintain_order=True).agg(pl.len().alias("sessions"))
        person, provider = frame["person"].to_numpy(), frame["provider"].to_numpy()
        known = self.learners.recorder.write(person, provider, year, state)
        home, code = known["postcode"], _SEXES if year > 2020 else _LEGACY_SEXES
        asked = pl.Series(self.every_uln | self.chance.happens(person, _HAS_ULN, "student's number"))
        in_term = pl.Series(~self.chance.happens(person, _ONLY_ENTRY_POSTCODE, "no term address"))
        return frame.with_columns(
            key=pl.concat_str("provider", "person", separator="/"),
            sid=self._identifiers(person, provider),
            birth_date=known["birth_date"].cast(pl.String),
            sex=known["sex"].replace_strict(code, return_dtype=pl.String),
            ethnicity=pl.Series(_ETHNICITIES).gather(self.learners.ethnicity(person)),
            uln=pl.when(asked).then(known["uln"]),
            valid_uln=pl.when(asked).then(known["valid_uln"]),
            family=known["family"],
            given=known["given"],
            term_postcode=pl.select(pl.when(in_term).then(home)).to_series(),
            entry_postcode=home,
            disability=pl.Series(_DISABILITIES).gather(
                self.chance.pick(person, (84, 7, 3, 5, 1), "disability")
            ),
        )

    def sessions_as_text(self, sessions: pl.DataFrame, cut: date) -> pl.DataFrame:
        """Return sessions with their engagements as text, as they stood on a day; nothing later is known."""
        known = sessions.filter(pl.col("started") <= cut)
        over, gone = pl.col("ended") <= cut, pl.col("left") <= cut
        return known.with_columns(
            key=pl.concat_str("provider", "person", separator="/"),
            numhus=pl.format("{}{}", _study("level"), "first_year"),
            session_id=pl.format("{}-{}", "first_year", "number"),
            course=course_of(),
            engaged_from=_iso("begun"),
            expected_end=_iso("finishes"),
            engaged_to=pl.when(gone).then(_iso("left")),
            left_because=pl.when(gone).then(pl.when("drops_out").then(pl.lit("11")).otherwise(pl.lit("01"))),
            start_date=_iso("started"),
            end_date=pl.when(over).then(_iso("ended")),
            reason=pl.when(over).then("reason"),
            countable=countable(),
        )

    def head(self, position: int, year: AcademicYear, *, early: bool = False) -> Head:
        """Return whose record it is and when it was made: in November, or in March of the year itself."""
        index = np.array([position])
        day, hour = (int(self.chance.whole(index, *span, "record", year)[0]) for span in ((3, 17), (8, 17)))
        month = 3 if early else 11
        ukprn = self.providers.register["provider_id"][position]
        return Head(ukprn, year, datetime(year.start + 1, month, day, hour, 30))

    def write(
        self, raw: Path, year: AcademicYear, students: pl.DataFrame, sessions: pl.DataFrame, *, early: bool
    ) -> Iterator[tuple[int, Path]]:
        """Write a delivery for each university; yield positions and the file of the students.

        Every second university sends CSV. Where a delivery is sent twice, the second is yielded last.

        Args:
            raw: the folder of all returns.
            year: the academic year.
            students: as text.
            sessions: as text.
            early: whether these are the deliveries of March, which few sent.
        """
        for turn, position in enumerate(self.providers.teaching["university"].tolist()):
            own = sessions.filter(pl.col("provider") == position)
            if own.is_empty() or (early and (turn + year.start) % _EARLY):
                continue
            head = self.head(position, year, early=early)
            whose = students.filter(pl.col("provider") == position)
            whose = whose.join(own.select("key"), on="key", how="semi", maintain_order="left")
            folder = raw / year.folder / head.ukprn
            folder.mkdir(parents=True, exist_ok=True)
            write = write_csv if turn % 2 else write_xml
            yield position, write(folder, head, whose, own)
            if not early and (turn + year.start) % _TWICE == 0:
                yield position, write(folder, head.a_day_later(), whose, own)

    def _identifiers(self, person: np.ndarray, provider: np.ndarray) -> pl.Series:
        """Return a SID of 17 digits, or of those long known a HUSID of 13: the same each year."""
        came = self.people.birth_year[person] + 18
        ukprn = self.providers.register["provider_id"].gather(provider)
        serial = pl.Series(person * _STEP % _SERIAL_RANGE).cast(pl.String).str.zfill(7)
        old = pl.Series(came < self.spells.first_year - _OLD_HUSID + 18)
        front = pl.Series(came % 100).cast(pl.String).str.zfill(2)
        return pl.select(front + pl.when(old).then(ukprn.str.tail(4)).otherwise(ukprn) + serial).to_series()


def course_of() -> pl.Expr:
    """Return the course identifier of each session."""
    return pl.format("{}-{}", _study("level"), pl.col("title").cast(pl.String).str.zfill(2))


def countable() -> pl.Expr:
    """Say which sessions are enrolments: dormant ones are not."""
    return ~pl.col("mode").is_in(["63", "64"])


def isced() -> pl.Expr:
    """Return ISCED 2011 level and orientation of each session."""
    return _study("isced")


def theme() -> pl.Expr:
    """Return the theme of each session's course."""
    themes = [[course.theme for course in study.courses] for study in STUDIES]
    return pl.lit(pl.Series(themes)).gather(pl.col("study")).list.get(pl.col("title"))


def _study(attribute: str) -> pl.Expr:
    values = {number: getattr(study, attribute) for number, study in enumerate(STUDIES)}
    return pl.col("study").replace_strict(values, return_dtype=pl.String)


def _iso(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String)
