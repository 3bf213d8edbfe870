"""A synthetic city whose providers get identities wrong, staged, with the truth about its records."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from bench.linkage_quality import whose_records
from bench.postcodes import spread_postcodes
from pipelines.extracts.formats import FORMATS
from pipelines.linking import linking, tiers_of
from pipelines.models import LINKED
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.reference_lists import REFERENCE_LISTS
from pipelines.synthetic import SyntheticCity, write_city
from pipelines.years import AcademicYear

REPOSITORY = Paths.of_repository().root
LAST_YEAR = 2024


@dataclass(frozen=True)
class StagedCity:
    """A city up to its staged records.

    Args:
        pipeline: over its folders.
        whose: `record_id`, `truth` (the person), `collection`, `academic_year`, and the true `age` on its
            31 August, of every staged record.
    """

    pipeline: Pipeline
    whose: pl.DataFrame

    @classmethod
    def write(cls, root: Path, identities: str, people: int, years: int, seed: int) -> "StagedCity":
        """Write a city without planted faults into `root`, take it in, and stage it."""
        reference = root / "data" / "reference"
        shutil.copytree(REPOSITORY / "data" / "reference", reference)
        shutil.copy(REPOSITORY / "city.toml", root)
        shutil.copy(REPOSITORY / "data" / "linkage_model.json", root / "data")
        spread_postcodes(reference / "postcode.csv", people)
        city = SyntheticCity(
            seed=seed,
            people=people,
            first_year=AcademicYear(LAST_YEAR - years + 1),
            years=years,
            faults=0,
            identities=identities,
        )
        truth = write_city(city, root / "made", reference)
        shutil.move(root / "made" / "raw", root / "data" / "raw")
        shutil.move(root / "made" / "population.csv", reference / "population_synthetic.csv")
        for name in ("provider.csv", "expected_return.csv"):
            shutil.move(root / "made" / name, reference / name)
        pipeline = Pipeline(Paths(root))
        _stage(pipeline)
        with pipeline.warehouse() as connection:
            return cls(pipeline, whose_records(connection, truth))

    def link(self, **switched: object) -> pl.DataFrame:
        """Link with the city's tiers; return `whose` with `person`, `finer` and `coarser`.

        Args:
            switched: fields of `Tiers` to replace.
        """
        tiers = replace(tiers_of(self.pipeline), **switched)
        with linking(self.pipeline, self.pipeline.models[LINKED]) as session:
            session.link(tiers)
            return session.clusters().join(self.whose, on="record_id")


def _stage(pipeline: Pipeline) -> None:
    for entry in REFERENCE_LISTS:
        pipeline.load_reference(entry)
    for module in FORMATS:
        pipeline.receive(module.COLLECTION, pipeline.city.years)
    pipeline.accept()
    for model in pipeline.models.values():
        if model.schema == "staging":
            pipeline.build(model)
