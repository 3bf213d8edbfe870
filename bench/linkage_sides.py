"""One way of linking a city's staged records, measured, then held against the truth.

`every_tier` is the pipeline's step as a run does it, from sealed records to the file it hands on; the others
are plain SQL on the same records.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import polars as pl

from bench.linkage_quality import Quality
from bench.linkage_roll import TRUTH
from bench.measure import Stage, peak_mb, report, reset_peak
from pipelines import warehouse
from pipelines.identity import linking as steps
from pipelines.linking import linking, tiers_of
from pipelines.models import LINKED, OUTCOMES
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline

SIDES = ("every_tier", "number_only", "exact_names")


def every_tier(pipeline: Pipeline, file: Path) -> list[Stage]:
    """Link by all tiers; return the steps."""
    with linking(pipeline, pipeline.models[LINKED]) as session, _timed() as stages:
        session.link(tiers_of(pipeline))
        session.write_result(OUTCOMES[LINKED], file)
    return stages


def plain(pipeline: Pipeline, side: str, file: Path) -> list[Stage]:
    """Link by one query of this folder; it has no steps."""
    query = Path(__file__).with_name(f"{side}.sql").read_text("utf-8")
    with linking(pipeline, pipeline.models[LINKED]) as session:
        warehouse.create_table(session.connection, "bench.linked", query)
        # As numbers, so that no name is written: one for each person.
        numbered = "select record_id, dense_rank() over (order by person) as person_id from bench.linked"
        session.connection.sql(numbered).write_parquet(str(file))
    return []


@contextmanager
def _timed() -> Iterator[list[Stage]]:
    """Take the seconds, rows and peak memory of the steps of a linkage, named by what they make."""
    stages: list[Stage] = []

    def timed(function: Callable, name: Callable[..., str]) -> Callable:
        def call(*arguments: object) -> object:
            reset_peak()
            started = time.monotonic()
            made = function(*arguments)
            rows = made if isinstance(made, int) else len(made) if isinstance(made, pl.DataFrame) else None
            stages.append(Stage(name(*arguments), rows, time.monotonic() - started, peak_mb()))
            return made

        return call

    with ExitStack() as stack:
        for owner, function, name in (
            (warehouse, "create_table", lambda _, table, __: table.split(".")[1]),
            (steps, "join_by_identifiers", lambda *_: "join_by_identifiers"),
            (steps, "score", lambda *_: "block and score"),
            (steps, "best_links", lambda *_: "best_links"),
        ):
            stack.enter_context(patch.object(owner, function, timed(getattr(owner, function), name)))
        yield stages


def main(root: Path, side: str) -> None:
    """Link; report seconds, peak memory, steps, and how right it is."""
    pipeline = Pipeline(Paths(root))
    file = root / f"{side}.parquet"
    reset_peak()
    started, worked = time.monotonic(), time.process_time()
    stages = every_tier(pipeline, file) if side == SIDES[0] else plain(pipeline, side, file)
    seconds, cpu_seconds = time.monotonic() - started, time.process_time() - worked
    peak = max([peak_mb(), *(stage.peak_mb for stage in stages)])
    linked = pl.read_parquet(file, columns=["record_id", "person_id"])
    linked = linked.join(pl.read_parquet(root / TRUTH), on="record_id")
    report(
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_mb=peak,
        stages=stages,
        records=len(linked),
        persons=linked["truth"].n_unique(),
        quality=Quality.of(linked, "person_id"),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
