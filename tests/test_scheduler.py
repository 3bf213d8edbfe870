"""The scheduler's settings: kept up with this software, and a person's are a person's."""

import hashlib
import os
import re

import dagster as dg
import pytest

from pipelines import cli, scheduler
from pipelines.launching import WatchedLauncher
from pipelines.paths import Paths
from tests.conftest import REPOSITORY

FIRST = """\
# Written by learning-indicators. Nothing is reported to anyone; one run at a time.
telemetry:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
python_logs:
  managed_python_loggers: [learning_indicators]
"""
SECOND = FIRST.replace("telemetry:", "nux:\n  enabled: false\ntelemetry:")


@pytest.fixture
def paths(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "elsewhere")
    return Paths(tmp_path)


def written(paths, text=None):
    file = paths.scheduler / "dagster.yaml"
    if text is not None:
        file.parent.mkdir()
        file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize("before", [None, FIRST, SECOND])
def test_a_new_installation_and_an_old_one_get_the_same_settings(paths, before):
    file = written(paths, before)
    assert scheduler.prepare(paths) == []
    assert file.read_text("utf-8") == scheduler.SETTINGS
    assert [f.name for f in paths.scheduler.iterdir()] == ["dagster.yaml"]
    assert os.environ["DAGSTER_HOME"] == str(paths.scheduler)


def test_dagster_takes_the_settings_for_what_they_say(paths):
    scheduler.prepare(paths)
    with dg.DagsterInstance.get() as instance:
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_poll_interval_seconds <= 60
        assert isinstance(instance.run_launcher, WatchedLauncher)
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
        assert not instance.telemetry_enabled


@pytest.mark.parametrize("mine", [FIRST + "retention: {}\n", "run_monitoring: on\n", "", "telemetry: {"])
def test_settings_that_a_person_changed_are_left_alone(paths, mine):
    file = written(paths, mine)
    scheduler.prepare(paths)
    assert file.read_text("utf-8") == mine


@pytest.mark.parametrize(
    ("mine", "missing"),
    [
        (SECOND + "retention: {}\n", ["run_launcher", "run_monitoring"]),
        (SECOND + "run_monitoring: {enabled: true}\n", ["run_launcher"]),
        (scheduler.SETTINGS.replace("enabled: true", "enabled: false"), ["run_monitoring"]),
        (scheduler.SETTINGS.replace("max_concurrent_runs: 1", "max_concurrent_runs: 2"), []),
    ],
)
def test_what_changed_settings_lack_is_said(paths, capsys, mine, missing):
    written(paths, mine)
    assert cli.main(["prepare-scheduler", "--root", str(paths.root)]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in missing)
    assert bool(said) is bool(missing)


def test_settings_that_change_leave_their_hash_behind():
    """Have you changed them? Put this hash into `FORMER`, and the new one here."""
    now = hashlib.sha256(scheduler.SETTINGS.encode()).hexdigest()
    assert now == "e0fb5ef4d6b25041c27a6aef65d564c651aba42fe11fa4e2f87f7b57f1a95f28"
    assert now not in scheduler.FORMER
    assert scheduler.SETTINGS.startswith("# Written by learning-indicators")


def test_the_page_that_is_documented_is_read_only_and_keeps_history_and_telemetry_where_it_says():
    """Dagster's page asks for no login, and takes commands from any page in the same browser."""
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    targets = dict(re.findall(r"^([a-z-]+):.*\n((?:\t.*\n)+)", makefile, re.MULTILINE))
    for name in ("dagster", "dagster-dev"):
        assert "learning-indicators prepare-scheduler" in targets[name]
        assert "DAGSTER_HOME=$(CURDIR)/var/dagster" in targets[name]
    assert "dagster-webserver --read-only" in targets["dagster"]
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    assert set(re.findall(r"`([^`]*dagster[^`]*)`", readme)) == {"make dagster", "make dagster-dev"}
