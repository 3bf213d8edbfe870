"""Writes staged records straight, without extracts, so that the linkage alone can be measured at any size.

People, families, names, addresses and mistakes are the synthetic city's own; who learns where is drawn more
simply: five kinds of providers, ages and shares, a reference that stays while a learner stays.
"""

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from bench.measure import report
from bench.postcodes import spread_postcodes
from pipelines import warehouse
from pipelines.models import Model
from pipelines.paths import Paths
from pipelines.pipeline import SYNTHETIC_MARK, Pipeline, create_model
from pipelines.reference_lists import REFERENCE_LISTS
from pipelines.synthetic.chance import Chance
from pipelines.synthetic.error_profile import PROFILES
from pipelines.synthetic.growth import settle
from pipelines.synthetic.people import ABSENT, People
from pipelines.synthetic.recording import Form, Recorder
from pipelines.years import AcademicYear

REPOSITORY = Paths.of_repository().root
LAST_YEAR = 2024
TRUTH = "truth.parquet"
_SEED = 7
_STAYS = 2
"""Years for which a learner goes on taking part in a sector, or in none."""


@dataclass(frozen=True)
class Sector:
    """One kind of providers and whom they teach.

    Args:
        collection: the extract format.
        ages: first age, last age, share that takes part in a year.
        residents: to each provider.
        records: a learner and year.
        learner_numbers: share of its learners who are asked for theirs, and from which age.
        pupil_numbers: whether it has those.
        stays: whether a provider's reference for a learner stays from year to year.
        form: what its records may leave out.
    """

    collection: str
    ages: tuple[tuple[int, int, float], ...]
    residents: int
    records: int = 1
    learner_numbers: tuple[float, int] = (0.0, 0)
    pupil_numbers: bool = False
    stays: bool = True
    form: Form = field(default_factory=Form)


SECTORS = (
    Sector("early_years_census", ((2, 4, 0.55),), 4_000, stays=False, form=Form(birth_date=False)),
    Sector("school_census", ((4, 15, 0.95), (16, 17, 0.45)), 4_000, 1, (1.0, 14), pupil_numbers=True),
    Sector(
        "ilr", ((16, 18, 0.55), (19, 24, 0.14), (25, 64, 0.07)), 8_000, 2, (0.97, 0), form=Form(sex=False)
    ),
    Sector("community_learning", ((19, 98, 0.03),), 15_000, 1, (0.35, 0)),
    Sector("student_record", ((18, 20, 0.33), (21, 24, 0.11), (25, 49, 0.013)), 250_000, 1, (0.5, 0)),
)


@dataclass(frozen=True)
class Roll:
    """Draws the records of a city, one year after the other."""

    chance: Chance
    people: People
    recorder: Recorder
    residents: int

    def of_year(self, year: int, state: int) -> pl.DataFrame:
        """Return the staged records of a year in the columns that linkage reads, and `truth`."""
        return pl.concat(self._of_sector(number, year, state) for number in range(len(SECTORS)))

    def _of_sector(self, number: int, year: int, state: int) -> pl.DataFrame:
        sector = SECTORS[number]
        person = self._learners(sector, year, state)
        provider = self._providers(sector, person) * len(SECTORS) + number
        order = np.lexsort((person, provider))
        person, provider = person[order], provider[order]
        known = self.recorder.write(person, provider, year, state, sector.form)
        share, youngest = sector.learner_numbers
        asked = self.chance.happens(person, share, "asked", sector.collection)
        asked &= self.people.age_on_31_august(year)[person] >= youngest
        reference = person * 7_919 % 99_999_989 + (0 if sector.stays else year * 100_000_000)
        frame = known.select(
            truth=pl.Series(person.astype(np.int64)),
            collection=pl.lit(sector.collection),
            provider_id=pl.Series(provider).cast(pl.String),
            academic_year=pl.lit(AcademicYear(year).label),
            local_ref=pl.Series(reference).cast(pl.String),
            uln=pl.when(pl.Series(asked)).then("uln"),
            upn="upn" if sector.pupil_numbers else pl.lit(None, pl.String),
            family_name="family",
            given_names=pl.concat_str("given", "middle", separator=" ", ignore_nulls=True),
            former_family_name=pl.lit(None, pl.String),
            birth_date="birth_date",
            sex="sex",
            postcode="postcode",
        )
        return pl.concat([frame] * sector.records)

    def _learners(self, sector: Sector, year: int, state: int) -> np.ndarray:
        age = self.people.age_on_31_august(year)
        rates = np.zeros(122)
        for first, last, share in sector.ages:
            rates[first : last + 1] = share
        person = np.flatnonzero((self.people.home[state] != ABSENT) & (age >= 0) & (rates[age] > 0))
        turn = self.chance.whole(person, 0, _STAYS - 1, "turn", sector.collection)
        spell = person.astype(np.uint64) * np.uint64(10_000) + ((year + turn) // _STAYS).astype(np.uint64)
        return person[self.chance.happens(spell, rates[age[person]], "learns", sector.collection)]

    def _providers(self, sector: Sector, person: np.ndarray) -> np.ndarray:
        number = max(2, self.residents // sector.residents)
        return self.chance.whole(person, 0, number - 1, "provider", sector.collection)


def write_roll(root: Path, people: int, years: int, identities: str) -> None:
    """Write a city's staged records and the truth about them into `root`."""
    make_root(root)
    spread_postcodes(root / "data" / "reference" / "postcode.csv", people)
    chance, first = Chance(_SEED), LAST_YEAR - years + 1
    drawn = settle(chance, people, first, years + 1, root / "data" / "reference")
    roll = Roll(chance, drawn, Recorder(chance, drawn, PROFILES[identities]), people)
    records = 0
    with tempfile.TemporaryDirectory(dir=root) as folder:
        for turn in range(years):
            frame = roll.of_year(first + turn, turn + 1).with_row_index("record_id", offset=records)
            records += len(frame)
            frame.cast({"record_id": pl.Int64}).write_parquet(Path(folder) / f"{turn}.parquet")
        stage(Pipeline(Paths(root)), sorted(Path(folder).glob("*.parquet")))


def make_root(root: Path) -> None:
    """Make a folder in which a pipeline can link: profile, lists, model, and no extract."""
    shutil.rmtree(root, ignore_errors=True)
    raw = root / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / SYNTHETIC_MARK).write_text("synthetic = true\n", "utf-8")
    shutil.copytree(REPOSITORY / "data" / "reference", root / "data" / "reference")
    shutil.copy(REPOSITORY / "data" / "linkage_model.json", root / "data")
    shutil.copy(REPOSITORY / "city.toml", root)


def stage(pipeline: Pipeline, files: list[Path]) -> None:
    """Seal records in the vault and show them as `staging.learning_record`, as a run does; keep the truth."""
    pipeline.load_reference(next(e for e in REFERENCE_LISTS if e.name == "given_name"))
    columns = {name: "" for name in pl.read_parquet_schema(files[0]) if name != "truth"}
    query = f"select {', '.join(columns)} from ({warehouse.select_parquet(files)})"
    with pipeline.warehouse() as connection:
        create_model(connection, Model("staging.roll", query, "", columns, frozenset()), pipeline.vault)
        warehouse.create_view(connection, "staging.learning_record", "select * from staging.roll")
    # Last: without it the records are made anew.
    pl.scan_parquet(files).select("record_id", "truth").sink_parquet(pipeline.paths.root / TRUTH)


def main(root: Path, people: int, years: int, identities: str) -> None:
    """Write the records unless they are there; report the seconds."""
    started = time.monotonic()
    if not (root / TRUTH).exists():
        write_roll(root, people, years, identities)
    report(seconds=time.monotonic() - started)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
