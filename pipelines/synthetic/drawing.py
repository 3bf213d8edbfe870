"""A synthetic city while it is drawn: its people and providers, and one year of returns after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic import enrolments
from pipelines.synthetic.aims import Aims
from pipelines.synthetic.apprentices import Apprentices
from pipelines.synthetic.broken_files import Occasion, broken_files, write_broken
from pipelines.synthetic.census_csv import SchoolCensus
from pipelines.synthetic.census_terms import AUTUMN, SPRING, SUMMER, Term
from pipelines.synthetic.chance import Chance
from pipelines.synthetic.community import Community
from pipelines.synthetic.community_files import Habit, as_text, file_name, write_return
from pipelines.synthetic.courses import KINDS, Catalogue
from pipelines.synthetic.early_years import EarlyYears
from pipelines.synthetic.error_profile import ErrorProfile
from pipelines.synthetic.ilr_returns import IlrReturns
from pipelines.synthetic.learners import Learners
from pipelines.synthetic.people import People
from pipelines.synthetic.planting import (
    as_faults,
    plant_in_apprenticeships,
    plant_in_census,
    plant_in_community,
    plant_in_early_years,
    plant_in_ilr,
    plant_in_student_record,
    planted,
)
from pipelines.synthetic.providers import AUTHORITY, Providers
from pipelines.synthetic.schooling import Schooling
from pipelines.synthetic.spells import Spells
from pipelines.synthetic.student_records import StudentRecords
from pipelines.synthetic.truth import FAULTS, compact
from pipelines.synthetic.universities import Universities
from pipelines.years import AcademicYear

Year = tuple[pl.DataFrame, pl.DataFrame]
"""Enrolments and planted faults, as the truth has them."""
_R04_CUT, _YEAR_END = (11, 30), (7, 31)
_MARCH_CUT = (2, 28)
_FILE_OF = {
    "student": "students",
    "engagement": "engagements",
    "leaver": "leavers",
    "student_course_session": "studentcoursesessions",
}
"""Tables of the student record and their files in a CSV delivery."""


@dataclass(frozen=True)
class Drawing:
    """Writes years of returns.

    Args:
        chance: of the city.
        people: of the city and the fringe around it.
        providers: the register.
        catalogue: aims and standards.
        first_year: starting year of the first year that is written.
        years: how many are written.
        faults: share of rows with a planted fault.
        every_uln: everyone is asked for a learner number.
        adults: factor on how many adults start something.
        profile: how often providers write down what is not so.
        raw: the folder of all returns.
    """

    chance: Chance
    people: People
    providers: Providers
    catalogue: Catalogue
    first_year: int
    years: int
    faults: float
    every_uln: bool
    adults: float
    profile: ErrorProfile
    raw: Path
    pupil_keys: list[pl.DataFrame] = field(default_factory=list)
    """Of every school census so far; for the truth."""

    @cached_property
    def _ids(self) -> pl.Series:
        return self.providers.register["provider_id"]

    @cached_property
    def _spells(self) -> Spells:
        return Spells(self.chance, self.people, self.providers, self.first_year, self.adults)

    @cached_property
    def _learners(self) -> Learners:
        return Learners(self.chance, self.people, self.every_uln, self.profile)

    @cached_property
    def _returns(self) -> IlrReturns:
        return IlrReturns(self.chance, self.providers)

    @cached_property
    def _records(self) -> StudentRecords:
        return StudentRecords(
            self.chance, self.people, self.providers, self._learners, self._spells, self.every_uln
        )

    def write_year(self, start: int) -> Year:
        """Write all returns of the academic year that starts in `start`."""
        year = AcademicYear(start)
        spells = self._spells.in_year(start)
        link = next(number for number, kind in enumerate(KINDS) if kind.name == "school link")
        at_college = spells.filter(pl.col("kind") == link)["person"].to_numpy()
        parts = [
            self._write_ilr(year, spells),
            self._write_census(year, at_college),
            self._write_community(year),
            self._write_student_records(year),
        ]
        parts += self._write_early_years(year, parts[1][0])
        faults = [faults for _, faults in parts]
        if self.faults:
            faults.append(self._write_broken(year))
        return pl.concat(compact(found) for found, _ in parts), pl.concat(faults)

    def _write_ilr(self, year: AcademicYear, spells: pl.DataFrame) -> Year:
        state = self._spells.state(year.start)
        aims = Aims(self.chance, self.people, self.providers, self.catalogue).of(spells, year.start)
        learners = self._learners.of(aims, year.start, state)
        written = learners.select("provider", "person", "postcode")
        homes = aims.join(written, on=["provider", "person"], how="left", maintain_order="left")["postcode"]
        early = self._returns.as_text(learners, aims, homes, date(year.start, *_R04_CUT))
        list(self._returns.write(self.raw, year, *early, early=True))
        year_end = date(year.start + 1, *_YEAR_END)
        last = self._returns.as_text(learners, aims, homes, year_end)
        *spoilt, notes = plant_in_ilr(self.chance, self.faults, year.start, *last)
        # Of a file sent twice, the second is the one that stands.
        files = dict(self._returns.write(self.raw, year, *spoilt, early=False))
        places = {at: (self._ids[at], self._place(file)) for at, file in files.items()}
        found = enrolments.of_aims(aims, learners, self._ids, year_end)
        in_ilr = compact(planted(found, notes))
        at_work, faults = self._write_apprentices(year, aims)
        in_ilr_faults = as_faults(notes, "ilr", year, places)
        return pl.concat([in_ilr, compact(at_work)]), pl.concat([in_ilr_faults, faults])

    def _write_apprentices(self, year: AcademicYear, aims: pl.DataFrame) -> Year:
        writer = Apprentices(self.chance, self.people, self.providers, self._learners)
        apprentices = writer.of(aims, year)
        text = writer.as_text(apprentices, year.start, self._spells.state(year.start))
        spoilt, notes = plant_in_apprenticeships(self.chance, self.faults, year.start, text)
        files = dict(writer.write(self.raw, spoilt, year))
        places = {at: (self._ids[at], self._place(file)) for at, file in files.items()}
        found = enrolments.of_apprentices(apprentices, self._ids, text["ULN"])
        return planted(found, notes), as_faults(notes, "apprenticeship_service", year, places)

    def _write_early_years(self, year: AcademicYear, pupils: pl.DataFrame) -> Iterator[Year]:
        """Write the early years census, if there are children who are at no school; yield what it holds."""
        writer = EarlyYears(self.chance, self.people, self.providers, self._learners)
        state = self._spells.state(year.start)
        children = writer.children(year.start, state, pupils["person"].to_numpy())
        if children.height:
            text = writer.as_text(children, year.start, state)
            spoilt, notes = plant_in_early_years(self.chance, self.faults, year.start, text)
            files = writer.write(self.raw / year.folder / AUTHORITY, spoilt, year.start)
            places = {note.provider: (AUTHORITY, self._place(files["eychild"])) for note in notes}
            found = planted(enrolments.of_children(children, self._ids, year), notes)
            yield found, as_faults(notes, "early_years_census", year, places)

    def _write_census(self, year: AcademicYear, at_college: np.ndarray) -> Year:
        schooling = Schooling(self.chance, self.people, self.providers, self._spells)
        census = SchoolCensus(self.chance, self.people, self.providers, self._learners)
        registrations = schooling.registrations(year.start, at_college)
        pupils = census.pupils(registrations, year.start, self._spells.state(year.start))
        # The header is line 1; pupils no longer on roll are in a file of their own.
        on_roll = pupils.filter(pl.col("left").is_null()).with_columns(line=pl.int_range(2, pl.len() + 2))
        off_roll = pupils.filter(pl.col("left").is_not_null())
        spoilt, notes = plant_in_census(self.chance, self.faults, year.start, on_roll)
        files = census.write(self.raw / year.folder / AUTHORITY, spoilt, off_roll, year.start)
        self.pupil_keys.append(_keys(pupils, year, SPRING))
        places = {note.provider: (AUTHORITY, self._place(files["pupilonroll"])) for note in notes}
        found = planted(enrolments.of_pupils(on_roll, self._ids, year), notes)
        faults = as_faults(notes, "school_census", year, places)
        if year.start == self.first_year + self.years - 1:
            more, others = self._write_other_terms(year, schooling, census, registrations)
            found, faults = pl.concat([compact(found), compact(more)]), pl.concat([faults, others])
        return found, faults

    def _write_other_terms(
        self, year: AcademicYear, schooling: Schooling, census: SchoolCensus, registrations: pl.DataFrame
    ) -> Year:
        """Write the censuses of autumn and summer; return the enrolments that spring lacks, and the faults.

        Only of the last year, to keep what is written small.
        """
        folder, state = self.raw / year.folder / AUTHORITY, self._spells.state(year.start)
        autumn = schooling.in_autumn(registrations, year.start)
        notes, faults = {}, []
        for term, found in ((AUTUMN, autumn), (SUMMER, schooling.in_summer(registrations, year.start))):
            pupils = census.pupils(found, year.start, state, term)
            there, gone = pupils.filter(pl.col("left").is_null()), pupils.filter(pl.col("left").is_not_null())
            there = there.with_columns(line=pl.int_range(2, pl.len() + 2))
            spoilt, own = plant_in_census(self.chance, self.faults, year.start, there, term)
            files = census.write(folder, spoilt, gone, year.start, term)
            self.pupil_keys.append(_keys(pupils, year, term))
            places = {note.provider: (AUTHORITY, self._place(files["pupilonroll"])) for note in own}
            notes[term.name] = own
            faults.append(as_faults(own, "school_census", year, places))
        key = ["person", "provider"]
        in_spring = registrations.filter(pl.col("status").is_in(["C", "M"]))
        before = autumn.filter(pl.col("left").is_null()).join(in_spring, on=key, how="anti")
        pupils = census.pupils(before, year.start, state, AUTUMN)
        found_before = enrolments.of_pupils(pupils, self._ids, year)
        return planted(found_before, notes[AUTUMN.name]), pl.concat(faults)

    def _write_community(self, year: AcademicYear) -> Year:
        courses = Community(
            self.chance, self.people, self.providers, self._spells, self._learners, self.every_uln
        )
        drawn = courses.in_year(year.start).with_columns(
            sequence=pl.int_range(1, pl.len() + 1).over("provider", "person"),
            line=pl.int_range(2, pl.len() + 2).over("provider"),
        )
        by_provider = drawn.partition_by("provider", maintain_order=True)
        # A hamlet may have no courses at all in a year.
        texts = [as_text(part, Habit.of(part["provider"][0])) for part in by_provider if part.height]
        text = pl.concat([as_text(drawn.clear(), Habit()), *texts])
        spoilt, notes = plant_in_community(self.chance, self.faults, year.start, text)
        places = {}
        for (at,), own in spoilt.partition_by("provider", maintain_order=True, as_dict=True).items():
            habit, sender = Habit.of(at), self._ids[at]
            day = date(year.start + 1, 8, 20 + at % 11)
            file = self.raw / year.folder / sender / file_name(sender, year, day, habit.extension)
            write_return(file, own, habit, day)
            places[at] = (sender, self._place(file))
        found = enrolments.of_courses(drawn)
        return planted(found, notes), as_faults(notes, "community_learning", year, places)

    def _write_student_records(self, year: AcademicYear) -> Year:
        drawn = Universities(self.chance, self.people, self.providers, self._spells).sessions(year.start)
        students = self._records.students(drawn, year.start)
        early = self._records.sessions_as_text(drawn, date(year.start + 1, *_MARCH_CUT))
        list(self._records.write(self.raw, year, students, early, early=True))
        last = self._records.sessions_as_text(drawn, date(year.start + 1, *_YEAR_END))
        *spoilt, notes = plant_in_student_record(self.chance, self.faults, year.start, students, last)
        files = dict(self._records.write(self.raw, year, *spoilt, early=False))
        places = {at: (self._ids[at], self._place(file)) for at, file in files.items()}
        faults = as_faults(notes, "student_record", year, places).with_columns(
            file=pl.when(pl.col("file").str.ends_with("_students.csv"))
            .then(pl.col("file").str.head(-12) + pl.col("table").replace(_FILE_OF) + ".csv")
            .otherwise("file")
        )
        found = enrolments.of_sessions(drawn, students, self._ids, year)
        return planted(found, notes), faults

    def _write_broken(self, year: AcademicYear) -> pl.DataFrame:
        """Write the year's broken files, each beside a good one."""
        teaching = self.providers.teaching
        positions = np.concatenate([teaching["college"], teaching["independent training provider"]])
        heads = [self._returns.head(int(position), year) for position in positions]
        organisations = self._ids.gather(teaching["community"])
        university = self._records.head(int(teaching["university"][0]), year)
        occasions = [
            Occasion(year, head, heads[number - 1], organisations[number % len(organisations)], university)
            for number, head in enumerate(heads)
        ]
        rows = []
        for file in broken_files(year.start - self.first_year, self.years, occasions):
            number = f"{year.start}-file-{len(rows) + 1:02d}"
            place = self._place(write_broken(self.raw, year, file))
            nowhere = (None, None, None)
            rows.append(
                (number, year.label, file.folder, file.collection, place, *nowhere, file.rule, file.effect)
            )
        return pl.DataFrame(rows, schema=FAULTS, orient="row")

    def _place(self, file: Path) -> str:
        return file.relative_to(self.raw).as_posix()


def _keys(pupils: pl.DataFrame, year: AcademicYear, term: Term) -> pl.DataFrame:
    """Return whom the keys of a census mean."""
    return pupils.select(
        pl.col("person").cast(pl.UInt32),
        academic_year=pl.lit(year.label),
        term=pl.lit(term.name),
        on_roll=pl.col("left").is_null(),
        local_ref="table_id",
    )
