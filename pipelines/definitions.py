"""Assembles what Dagster shows and runs. `build_defs` is what tests call, on folders of their own."""

import warnings

import dagster as dg

from pipelines.assets import intake, outputs, tables
from pipelines.extracts.formats import FORMATS
from pipelines.ghosts import clear_ghosts_of_home
from pipelines.history import write_without_waiting
from pipelines.launching import locking_executor
from pipelines.lineage import column_lineage
from pipelines.paths import Paths
from pipelines.pipeline import ALL_LISTS, Pipeline

JOB = "annual_release"

# Backfill policies are marked beta; this one is what puts all academic years into one run.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
write_without_waiting()


def build_defs(paths: Paths, *, lineage: bool = True) -> dg.Definitions:
    """Return the whole graph, its job and its schedule, on one set of folders.

    One process runs it: a process a step would cost seconds each and fight for DuckDB's lock. The lineage of
    columns is for who looks at the graph: who only runs it need not wait for it.
    """
    pipeline = Pipeline(paths)
    sources = column_lineage(pipeline.models, pipeline.known_tables) if lineage else {}
    checks = pipeline.checks
    executor = locking_executor(pipeline.lock)
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        executor_def=executor,
        description="The whole road, all academic years: extracts to release.",
        tags={"dagster/max_runtime": "7200"},
    )
    return dg.Definitions(
        assets=[
            *(tables.reference_asset(pipeline, entry) for entry in ALL_LISTS),
            *(intake.extract_asset(pipeline, module) for module in (*FORMATS, None)),
            intake.reports_asset(pipeline),
            intake.accepted_assets(pipeline),
            *(
                tables.model_asset(
                    pipeline,
                    model,
                    [c for c in checks if c.table == model.table],
                    sources.get(model.table, {}),
                )
                for model in pipeline.models.values()
            ),
            outputs.protected_asset(pipeline),
            outputs.analysts_asset(pipeline),
            outputs.release_asset(pipeline),
        ],
        jobs=[job],
        schedules=[_daily(pipeline)],
        executor=executor,
    )


def _daily(pipeline: Pipeline) -> dg.ScheduleDefinition:
    @dg.schedule(
        job_name=JOB,
        cron_schedule="0 6 * * *",
        execution_timezone="Europe/London",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Takes in what has arrived and publishes a new release if anything changed.",
    )
    def daily() -> dg.RunRequest:
        return dg.RunRequest(tags=every_year(pipeline))

    return daily


def every_year(pipeline: Pipeline) -> dict[str, str]:
    """Return the run tags that select all partitions: one run takes all academic years."""
    years = pipeline.city.years
    return {
        "dagster/asset_partition_range_start": years[0].partition,
        "dagster/asset_partition_range_end": years[-1].partition,
    }


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions of this repository, for `workspace.yaml`."""
    # Whatever starts the scheduler comes by here, before it has a run to start.
    clear_ghosts_of_home()
    return build_defs(Paths.of_repository())
