"""Ghosts: runs that the scheduler believes to be under way, and that no process executes any more.

A run whose process is killed cannot say so. Its record stays as it was for ever, and as the scheduler lets
one run go on at a time, it would hold up every later one. The run lock knows better. A process has it before
its run is called started, and until the process ends: where a run is seen started, and after that the lock is
seen free, the run has no process.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.events import JobFailureData, RunFailureReason
from dagster._core.storage.dagster_run import ACTIVE_RUN_STATUSES, RunRecord

from pipelines.paths import RUN_LOCK
from pipelines.progress import LOGGER
from pipelines.run_lock import held_by_another

GONE = "The process of this run ended before the run did."
SUSPECT = [*ACTIVE_RUN_STATUSES, dg.DagsterRunStatus.NOT_STARTED]
"""States that a process has to bring a run out of. One that is queued waits, and needs none."""


def clear_ghosts_of_home() -> None:
    """Mark the ghosts of the scheduler's home as failed, if there is one and it is a project's own."""
    home = os.environ.get("DAGSTER_HOME")
    if home and _lock_beside(Path(home).expanduser()).exists():
        with dg.DagsterInstance.get() as instance:
            clear_ghosts(instance)


def clear_ghosts(instance: dg.DagsterInstance) -> list[str]:
    """Mark every run that no process executes as failed; return their numbers."""
    # In this order: see above.
    suspects = instance.get_run_records(dg.RunsFilter(statuses=SUSPECT))
    if not suspects or not nobody_else_runs(instance):
        return []
    ended = [record.dagster_run.run_id for record in suspects if _had_its_time(instance, record)]
    return [run_id for run_id in ended if _fail(instance, run_id)]


def nobody_else_runs(instance: dg.DagsterInstance) -> bool:
    """Say whether no process but this one can be executing a run of this scheduler's home.

    Of a home elsewhere, which has no run lock beside it, nothing is known: it may hold the runs of others.
    """
    lock = _lock_beside(Path(instance.root_directory))
    return lock.exists() and not held_by_another(lock)


def _lock_beside(home: Path) -> Path:
    return home.parent / RUN_LOCK


def _had_its_time(instance: dg.DagsterInstance, record: RunRecord) -> bool:
    """Say whether the run's process has had the lock, or would have by now.

    One that is only just being started has not got as far as the lock.
    """
    if record.start_time is not None:
        return True
    waited = datetime.now(UTC) - record.update_timestamp
    return waited >= timedelta(seconds=instance.run_monitoring_start_timeout_seconds)


def _fail(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Mark a run as failed, unless it has ended since it was looked at."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.status not in SUSPECT:
        return False
    reason = JobFailureData(error=None, failure_reason=RunFailureReason.UNEXPECTED_TERMINATION)
    instance.report_run_failed(run, GONE, reason)
    LOGGER.warning("Run %s is marked as failed: its process ended before it did.", run_id)
    return True
