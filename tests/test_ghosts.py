"""Runs that were killed are marked as failed; runs that live, start or wait are not."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import MagicMock

import dagster as dg
import pytest
from dagster import DagsterRunStatus as Status
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.dagster_run import ACTIVE_RUN_STATUSES
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon

from pipelines import run_lock, scheduler
from pipelines.definitions import JOB, build_defs, defs
from pipelines.ghosts import GONE, clear_ghosts
from pipelines.launching import locking_executor
from pipelines.paths import Paths
from pipelines.run_lock import held_by_another, lock_for_this_process
from tests.conftest import REPOSITORY

ORIGIN = RemoteJobOrigin(
    RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("learning_indicators"), "__repository__"), "some_job"
)
"""Where the scheduler says that a run's code is; it queues no run without."""

HOLD = """
import pathlib, sys
from pipelines.run_lock import lock_for_this_process
lock_for_this_process(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@dg.op
def work():
    pass


@dg.job
def some_job():
    work()


takes = []
"""What the job below does for a lock: Dagster keeps the job from one test to the next."""


def lock():
    for take in takes:
        take()


def locked_job():
    return dg.JobDefinition(name="locked", graph_def=some_job.graph, executor_def=locking_executor(lock))


@pytest.fixture
def paths(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setattr(run_lock, "_held", {})
    paths = Paths(tmp_path)
    scheduler.prepare(paths)
    paths.run_lock.touch()
    return paths


@pytest.fixture
def instance(paths):
    with dg.DagsterInstance.get() as instance:
        yield instance


@contextmanager
def another_process_runs(paths):
    command = [sys.executable, "-c", HOLD, str(paths.run_lock)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.stdin.close()


def recorded(instance, *events, age=0):
    """Return a run of which these events were recorded, the last of them `age` seconds ago."""
    run = instance.create_run_for_job(some_job, status=Status.NOT_STARTED, remote_job_origin=ORIGIN)
    when = datetime.now(UTC) - timedelta(seconds=age)
    for event in events:
        happened = dg.DagsterEvent(event_type_value=event.value, job_name=run.job_name)
        instance.report_dagster_event(happened, run.run_id, timestamp=when.timestamp())
    return run.run_id


def queued(instance):
    return recorded(instance, dg.DagsterEventType.PIPELINE_ENQUEUED)


def started(instance):
    return recorded(instance, dg.DagsterEventType.PIPELINE_STARTING, dg.DagsterEventType.PIPELINE_START)


def starting(instance, age):
    return recorded(instance, dg.DagsterEventType.PIPELINE_STARTING, age=age)


def status(instance, run_id):
    return instance.get_run_by_id(run_id).status


def to_launch(instance):
    """Return the runs that the scheduler would launch now."""
    daemon = QueuedRunCoordinatorDaemon(interval_seconds=1)
    return [
        run.run_id for run in daemon._get_runs_to_dequeue(instance, instance.get_concurrency_config(), None)
    ]


def monitor(instance):
    """Look at all runs as the scheduler's run monitoring does."""
    list(execute_run_monitoring_iteration(MagicMock(instance=instance), MagicMock()))


def test_a_run_without_a_process_is_marked_as_failed_and_the_next_goes_on(instance):
    ghost, waiting = started(instance), queued(instance)
    assert to_launch(instance) == []
    assert clear_ghosts(instance) == [ghost]
    assert status(instance, ghost) is Status.FAILURE
    assert instance.all_logs(ghost)[-1].dagster_event.message == GONE
    assert status(instance, waiting) is Status.QUEUED
    assert to_launch(instance) == [waiting]
    assert clear_ghosts(instance) == []


def test_a_run_that_was_being_canceled_when_it_was_killed_is_a_ghost_too(instance):
    ghost = started(instance)
    instance.report_run_canceling(instance.get_run_by_id(ghost))
    assert clear_ghosts(instance) == [ghost]


@pytest.mark.parametrize("look", [clear_ghosts, monitor])
def test_a_run_of_another_process_that_lives_is_left_alone(instance, paths, look):
    alive = started(instance)
    with another_process_runs(paths) as process:
        look(instance)
        assert status(instance, alive) is Status.STARTED
        process.kill()
        process.wait()
        look(instance)
        assert status(instance, alive) is Status.FAILURE


def test_whoever_has_the_lock_knows_that_no_other_run_lives(instance, paths):
    ghost = started(instance)
    lock_for_this_process(paths.run_lock)
    assert clear_ghosts(instance) == [ghost]


def test_a_run_that_is_just_being_started_has_not_got_the_lock_yet(instance):
    young, old = starting(instance, age=5), starting(instance, age=400)
    assert clear_ghosts(instance) == [old]
    assert status(instance, young) is Status.STARTING


def test_a_run_is_just_being_started_however_long_it_waited_for_that(instance):
    run_id = recorded(instance, dg.DagsterEventType.PIPELINE_ENQUEUED, age=40_000)
    launched = dg.DagsterEvent(dg.DagsterEventType.PIPELINE_STARTING.value, some_job.name)
    instance.report_dagster_event(launched, run_id)
    assert clear_ghosts(instance) == []


def test_a_run_that_ends_while_it_is_looked_at_keeps_its_end(instance, monkeypatch):
    run_id = started(instance)

    def ends(file):
        done = dg.DagsterEvent(dg.DagsterEventType.PIPELINE_SUCCESS.value, some_job.name)
        instance.report_dagster_event(done, run_id)
        return held_by_another(file)

    monkeypatch.setattr("pipelines.ghosts.held_by_another", ends)
    assert clear_ghosts(instance) == []
    assert status(instance, run_id) is Status.SUCCESS


@pytest.mark.parametrize("look", [clear_ghosts, monitor])
def test_of_a_home_without_a_run_lock_nothing_is_known(instance, paths, look):
    run_id = started(instance)
    paths.run_lock.unlink()
    look(instance)
    assert status(instance, run_id) is Status.STARTED


def test_loading_the_definitions_clears_whatever_started_the_scheduler(instance, monkeypatch):
    monkeypatch.setattr("pipelines.definitions.build_defs", lambda _paths: dg.Definitions())
    ghost = started(instance)
    defs()
    assert status(instance, ghost) is Status.FAILURE


def test_a_run_has_the_lock_before_it_is_called_started(instance, monkeypatch):
    """Else there would be a moment in which a run that lives looks like a ghost."""
    seen = []
    monkeypatch.setattr(sys.modules[__name__], "takes", [lambda: seen.extend(instance.get_runs())])
    with dg.execute_job(dg.reconstructable(locked_job), instance) as result:
        assert result.success
    assert [run.status for run in seen] == [Status.NOT_STARTED]


def test_a_run_that_finds_another_under_way_fails_and_says_so(instance, paths, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "takes", [lambda: lock_for_this_process(paths.run_lock)])
    with another_process_runs(paths), dg.execute_job(dg.reconstructable(locked_job), instance) as result:
        assert not result.success
    (run,) = instance.get_runs()
    assert run.status is Status.FAILURE
    assert "another run is under way" in str(instance.all_logs(run.run_id))


def test_whatever_the_scheduler_runs_takes_the_lock(monkeypatch):
    taken = []
    monkeypatch.setattr("pipelines.pipeline.lock_for_this_process", taken.append)
    definitions = build_defs(Paths(REPOSITORY), lineage=False)
    jobs = definitions.resolve_job_def(JOB), definitions.resolve_implicit_global_asset_job_def()
    for job in jobs:
        config = {"retries": {"enabled": {}}, "step_dependency_config": {}}
        job.executor_def.executor_creation_fn(MagicMock(executor_config=config))
    assert taken == [Paths(REPOSITORY).run_lock] * 2


def command_line(root):
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("DAGSTER", "LEARNING_INDICATORS"))
    }
    command = [sys.executable, "-m", "pipelines.cli", "run", "--root", str(root)]
    return subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_a_killed_run_holds_up_nobody(paths):
    """Of a city without returns."""
    shutil.copy(REPOSITORY / "city.toml", paths.root)
    for part in ("reference", "disclosure_policy.toml", "linkage_model.json", "raw/synthetic.toml"):
        place = paths.root / "data" / part
        place.parent.mkdir(parents=True, exist_ok=True)
        source = REPOSITORY / "data" / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, place)
    with command_line(paths.root) as killed:
        assert killed.stderr.readline()
        killed.kill()
    # Nothing can be made of it any more: the next run starts, too, and ends at once.
    shutil.rmtree(paths.reference)
    with dg.DagsterInstance.get() as instance:
        (ghost,) = instance.get_runs()
        assert ghost.status is Status.STARTED
        waiting = queued(instance)
        with command_line(paths.root) as following:
            _, said = following.communicate(timeout=60)
        assert f"Run {ghost.run_id} is marked as failed" in said
        assert status(instance, ghost.run_id) is Status.FAILURE
        assert instance.get_runs(dg.RunsFilter(statuses=ACTIVE_RUN_STATUSES)) == []
        assert len(instance.get_runs()) == 3
        assert to_launch(instance) == [waiting]
