"""Each indicator, defined again in polars, agrees with the SQL on every cell of a drawn city.

The city is drawn by `bench/enrolments.sql`: every level, setting, theme and sector, people who are enrolled
several times, move, learn on and come back over five years, unknown ages, sexes, homes and outcomes. The
population is the sample's. On the sample itself they are compared in `test_road.py`.
"""

import polars as pl
import pytest

from bench.catalogue import counting_models, drawn_city
from pipelines.pipeline import create_plain
from tests.twins.agreement import COUNTED, TABLES, Counted, compared, different
from tests.twins.definitions import BY_CATEGORY, DEFINITIONS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    with drawn_city(folder / "city", 20_000) as (connection, pipeline):
        for model in counting_models(pipeline):
            create_plain(connection, model)
        for table in TABLES:
            connection.table(table).write_parquet(str(folder / f"{table}.parquet"))
    return Counted.of({table: pl.read_parquet(folder / f"{table}.parquet") for table in TABLES})


@pytest.mark.parametrize("key", sorted(COUNTED))
def test_the_definition_in_polars_agrees_on_every_cell(city, key):
    cells = compared(city, key)
    assert different(cells).is_empty(), different(cells)
    # Where nobody counts, agreement says nothing.
    in_each = cells.group_by("breakdown").agg(pl.col("numerator").sum())
    assert in_each["numerator"].min() > 0, in_each


def test_one_person_more_is_noticed(city):
    cells = compared(city, "4_3_1_participation")
    one = pl.int_range(pl.len()) == 7
    assert different(cells.with_columns(pl.col("numerator") + one)).height == 1
    assert different(cells.with_columns(pl.col("twin_denominator") - one)).height == 1
    # As many persons, and another one among them.
    assert different(cells.with_columns(pl.col("cell_key") + one)).height == 1
    assert cells["cell_key"].n_unique() > 1000


def test_every_indicator_that_is_counted_has_a_twin():
    assert {*DEFINITIONS, *BY_CATEGORY} == set(COUNTED)
