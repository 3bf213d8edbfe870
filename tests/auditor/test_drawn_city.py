"""The auditor's equations on a whole catalogue: true of exact counts, and kept by the rounding of any secret.

The city is drawn by `bench/enrolments.sql`, as in `tests/twins`: people of every kind over five years.
"""

from types import SimpleNamespace

import polars as pl
import pytest

from bench.catalogue import counting_models, drawn_city
from pipelines.auditor.attack import System
from pipelines.auditor.audit import DEFINITIONS
from pipelines.auditor.releases import Cell, Count, counts_of
from pipelines.disclosure.counts import counts_of as exact_counts
from pipelines.disclosure.counts import shapes_of
from pipelines.disclosure.method import described
from pipelines.disclosure.protect import OBSERVATION_COLUMNS
from pipelines.disclosure.rounded import rounded
from pipelines.pipeline import create_plain
from tests.conftest import CATALOGUE, NO_LEDGER, POLICY

pytestmark = pytest.mark.slow
SHAPES = shapes_of(CATALOGUE, POLICY)


@pytest.fixture(scope="module")
def counts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    with drawn_city(folder / "city", 20_000) as (connection, pipeline):
        for model in counting_models(pipeline):
            create_plain(connection, model)
        connection.table("indicators.observation").write_parquet(str(folder / "observation.parquet"))
    return exact_counts(pl.read_parquet(folder / "observation.parquet", columns=list(OBSERVATION_COLUMNS)))


def release(counts, column):
    """Return a release that prints a column of counts."""
    years = {}
    places = counts.select("academic_year", "indicator", "part", *Cell._fields, column, "estimate")
    for year, indicator, part, *cell, value, estimate in places.iter_rows():
        years.setdefault(year, {}).setdefault((indicator, part), {})[Cell(*cell)] = Count(value, estimate)
    method = described(SHAPES, CATALOGUE, POLICY)
    return SimpleNamespace(name="1", years=years, method=method)


def proved(of):
    """Return academic year → whether some people would have exactly these counts."""
    return {
        year: all(part.has_witness() for part in System([of], counts_of(of, year), DEFINITIONS).apart())
        for year in sorted(of.years)
    }


def test_exact_counts_are_those_of_some_people(counts):
    """What the auditor says of counts is true of these people: no equation is wrong."""
    assert counts["persons"].sum() > 100_000
    found = proved(release(counts, "persons"))
    assert found == dict.fromkeys(found, True)


def test_one_person_in_a_part_who_is_not_in_the_whole_is_noticed(counts):
    """Every table but one has a whole in another: that table is all the auditor has of it."""
    cells = {"4_3_1_participation": "25-64", "uis_enrolment_by_age": "12", "local_learners": "_T"}
    for indicator, age in cells.items():
        one = (pl.col("indicator") == indicator) & (pl.col("age") == age) & (pl.col("breakdown") == "_T")
        here = one & (pl.col("sex") == "_T") & (pl.col("part") == "numerator")
        more = counts.with_columns(pl.when(here).then(10**6).otherwise("persons").alias("persons"))
        assert not any(proved(release(more, "persons")).values())


@pytest.mark.parametrize("secret", range(3))
def test_whatever_the_secret_the_rounded_counts_are_those_of_some_people(counts, secret):
    keyed = counts.with_columns(key=(pl.col("key").hash(secret) % 2**40).cast(pl.Int64))
    found = proved(release(rounded(keyed, SHAPES, POLICY.base, NO_LEDGER), "published"))
    assert found == dict.fromkeys(found, True)
