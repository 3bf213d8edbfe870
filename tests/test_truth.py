"""The SQL against the truth: persons and enrolments of a synthetic city, counted twice and independently."""

import shutil

import polars as pl
import pytest

from pipelines.extracts.formats import FORMATS
from pipelines.paths import Paths
from pipelines.pipeline import ALL_LISTS, Pipeline
from pipelines.synthetic import SyntheticCity, true_participation, write_city
from pipelines.years import AcademicYear
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A clean city in which everyone can be recognised, taken in and built by the pipeline's own steps."""
    root = tmp_path_factory.mktemp("city")
    reference = root / "data" / "reference"
    shutil.copy(REPOSITORY / "city.toml", root)
    shutil.copytree(REPOSITORY / "data" / "reference", reference)
    for signed in ("linkage_model.json", "disclosure_policy.toml"):
        shutil.copy(REPOSITORY / "data" / signed, root / "data")
    made = root / "made"
    drawn = SyntheticCity(
        seed=11, people=12_000, first_year=AcademicYear(2022), years=2, faults=0, every_uln=True
    )
    truth = write_city(drawn, made, reference)
    shutil.move(made / "raw", root / "data" / "raw")
    shutil.copy(made / "population.csv", reference / "population_synthetic.csv")
    for name in ("provider.csv", "expected_return.csv"):
        shutil.copy(made / name, reference / name)
    pipeline = Pipeline(Paths(root))
    for entry in ALL_LISTS:
        pipeline.load_reference(entry)
    for module in FORMATS:
        pipeline.receive(module.COLLECTION, pipeline.city.years)
    pipeline.accept()
    for model in pipeline.models.values():
        pipeline.build(model)
    return pipeline, truth


def table(pipeline, query):
    with pipeline.warehouse() as connection:
        file = pipeline.paths.var / "table.parquet"
        connection.sql(query).write_parquet(str(file))
    return pl.read_parquet(file)


def test_nothing_clean_is_set_aside(city):
    pipeline, _ = city
    assert all(not r.quarantined or not sum(r.quarantined.values()) for r in pipeline.receipts())
    assert all(not r.findings for r in pipeline.receipts())


def test_persons_are_those_of_the_truth(city):
    pipeline, truth = city
    dimensions = ["academic_year", "age", "sex", "residence", "provision"]
    counted = table(pipeline, "SELECT * FROM core.participation").group_by(dimensions).len()
    expected = (
        true_participation(truth)
        .with_columns(
            residence=pl.when("resident").then(pl.lit("city")).otherwise(pl.lit("elsewhere")),
            provision=pl.when(pl.col("formal") & pl.col("non_formal"))
            .then(pl.lit("both"))
            .when("formal")
            .then(pl.lit("formal_only"))
            .otherwise(pl.lit("nonformal_only")),
        )
        .with_columns(pl.col("age").cast(pl.Int16))
        .group_by(dimensions)
        .len()
    )
    assert expected.height > 300
    difference = counted.join(expected, on=dimensions, how="full", suffix="_true", nulls_equal=True).filter(
        pl.col("len").ne_missing(pl.col("len_true"))
    )
    assert difference.is_empty(), difference.height


def test_enrolments_are_those_of_the_truth(city):
    """No component of a programme and no second registration of a pupil counts."""
    pipeline, truth = city
    dimensions = ["academic_year", "provider_id", "isced", "setting", "theme"]
    counted = table(pipeline, "SELECT * FROM core.enrolment").group_by(dimensions).len()
    enrolment = ["person", "provider_id", "academic_year", "course", "start"]
    expected = (
        truth.enrolments.filter("countable")
        .unique(enrolment)
        .rename({"isced_programme": "isced"})
        .with_columns(pl.col(dimensions).cast(pl.String))
        .group_by(dimensions)
        .len()
    )
    assert expected.height > 100
    difference = counted.join(expected, on=dimensions, how="full", suffix="_true").filter(
        pl.col("len").ne_missing(pl.col("len_true"))
    )
    assert difference.is_empty(), difference.height


def test_vocational_participants_are_those_of_the_truth(city):
    pipeline, truth = city
    vocational = truth.enrolments.with_columns(
        pl.col("isced_programme", "academic_year").cast(pl.String)
    ).filter(pl.col("countable") & pl.col("isced_programme").is_in(["25", "35", "45", "55"]))
    expected = (
        vocational.join(
            true_participation(truth).filter(pl.col("resident") & pl.col("age").is_between(15, 24)),
            on=["person", "academic_year"],
            how="semi",
        )
        .select("person", "academic_year")
        .unique()
        .group_by("academic_year")
        .len()
    )
    counted = table(
        pipeline,
        "SELECT academic_year, numerator FROM indicators.observation "
        "WHERE indicator = '4_3_3_vocational' AND sex = '_T' AND deprivation = '_T'",
    )
    assert dict(counted.rows()) == dict(expected.rows())
    assert sum(dict(expected.rows()).values()) > 100
