"""The whole catalogue at any size, enrolments to observations: `python -m bench.catalogue FOLDER NUMBER`.

Enrolments are drawn straight (`enrolments.sql`); persons and years, the table that indicators share, each
indicator and all observations are then made by the project's own models, step after step.
"""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.lists import load_lists
from bench.measure import Stage, peak_mb, report, reset_peak
from pipelines import warehouse
from pipelines.kept import Kept
from pipelines.models import Model
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline, create_plain

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REPOSITORY = Paths.of_repository().root
YEARS = tuple(f"{year}/{(year + 1) % 100:02}" for year in range(2020, 2025))
_BEFORE = {"core.academic_year", "core.area"}
_NOT_HERE = {
    "core.enrolment", "core.panel", "core.provider", "core.provider_succession", "core.pseudonym_key",
    "core.return_event", "core.expected_return", "core.coverage", "core.reporting", "core.linkage",
    "core.person_change", "core.reconciliation", "core.refused_link", "core.shared_number",
}  # fmt: skip
"""Models that indicators do not rest on, and the one that is drawn."""


def main(folder: Path, enrolments: int) -> None:
    """Draw enrolments, build the models, report the seconds and the peak memory of each."""
    with drawn_city(folder, enrolments) as (connection, pipeline):
        stages = []
        for model in counting_models(pipeline):
            reset_peak()
            started = time.monotonic()
            rows = create_plain(connection, model)
            stages.append(Stage(model.table, rows, time.monotonic() - started, peak_mb()))
    report(
        seconds=sum(stage.seconds for stage in stages),
        peak_mb=max(stage.peak_mb for stage in stages),
        enrolments=enrolments,
        stages=stages,
    )


@contextmanager
def drawn_city(folder: Path, enrolments: int) -> Iterator[tuple["DuckDBPyConnection", Pipeline]]:
    """Open a database with drawn enrolments, the reference lists and the catalogue in it."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    shutil.copytree(REPOSITORY / "data" / "reference", folder / "data" / "reference")
    shutil.copy(REPOSITORY / "data" / "disclosure_policy.toml", folder / "data")
    shutil.copy(REPOSITORY / "city.toml", folder)
    pipeline = Pipeline(Paths(folder, REPOSITORY))
    with warehouse.connect(folder / "bench.duckdb", variables={"enrolments": enrolments}) as connection:
        _prepare(connection, pipeline)
        yield connection, pipeline


def counting_models(pipeline: Pipeline) -> list[Model]:
    """Return the models from enrolments to observations, in order."""
    counting = ("core", "indicators")
    return [
        m for m in pipeline.models.values() if m.schema in counting and m.table not in _NOT_HERE | _BEFORE
    ]


def _prepare(connection: "DuckDBPyConnection", pipeline: Pipeline) -> None:
    load_lists(Kept(connection), pipeline)
    returns = "select unnest($$years$$) as academic_year".replace("$$years$$", str(list(YEARS)))
    warehouse.create_table(connection, "accepted.receipt", returns)
    complete = (
        "select academic_year, '_T' as collection, 1 as returns_expected, 1 as returns_standing, "
        "1.0 as share_of_last_years_learners from accepted.receipt"
    )
    warehouse.create_table(connection, "core.coverage", complete)
    # Whatever is owed has come: no year is judged by its learners.
    warehouse.create_table(connection, "core.expected_return", "select academic_year from accepted.receipt")
    nobody = "select academic_year, 0 as learners from accepted.receipt"
    warehouse.create_table(connection, "identity.provider_learner", nobody)
    for table in sorted(_BEFORE):
        warehouse.create_table(connection, table, pipeline.models[table].query)
    query = Path(__file__).with_name("enrolments.sql").read_text("utf-8")
    warehouse.create_table(connection, "core.enrolment", query)
    places = (
        "select academic_year, count(distinct provider_id) as places, 0 as key_sum from core.enrolment "
        "where isced = 'NF' and place = 'city' group by academic_year"
    )
    warehouse.create_table(connection, "identity.community_site", places)
    keys = (
        "select distinct person_id, cast(hash(person_id) % (1::bigint << 40) as bigint) as record_key "
        "from core.enrolment"
    )
    warehouse.create_table(connection, "identity.rounding_key", keys)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
