"""The pipeline itself: the whole of it, or the part from accepted Parquet to observations, under Dagster."""

import sys
import time
from pathlib import Path

import dagster as dg

from bench.measure import StageRecorder, children_peak_mb, report
from pipelines import scheduler
from pipelines.definitions import JOB, build_defs, every_year
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline

FROM_ACCEPTED = ("reference", "accepted", "staging", "identity", "core", "indicators")


def main(root: str, part: str) -> None:
    """Run the whole job, or only what lies between accepted rows and observations; report its stages."""
    paths = Paths(Path(root))
    scheduler.prepare(paths)
    recorder = StageRecorder().install()
    defs = build_defs(paths, lineage=False)
    job = defs.resolve_job_def(JOB)
    selection = None
    if part == "accepted":
        # Nothing made before may stand: this measures the making.
        paths.work_database.unlink(missing_ok=True)
        keys = defs.resolve_asset_graph().get_all_asset_keys()
        selection = [k for k in keys if k.path[0] in FROM_ACCEPTED and k.path[1] != "analysts_file"]
    with dg.DagsterInstance.get() as instance:
        started = time.monotonic()
        tags = every_year(Pipeline(paths)) if part == "all" else None
        result = job.execute_in_process(instance=instance, tags=tags, asset_selection=selection)
        seconds = time.monotonic() - started
    report(
        seconds=seconds, success=result.success, stages=recorder.stages, children_peak_mb=children_peak_mb()
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
