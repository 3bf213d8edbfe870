"""The scheduler's history is quicker, and just as complete."""

import subprocess
import sys

import dagster as dg
from dagster._core.storage.event_log.sqlite import sqlite_event_log

from pipelines.history import write_without_waiting

READ = """
import sys
from dagster import DagsterInstance
with DagsterInstance.local_temp(sys.argv[1]) as instance:
    print(len(instance.all_logs(sys.argv[2])))
"""


@dg.op
def speak(context):
    for number in range(20):
        context.log.info(f"line {number}")


@dg.job
def two_speakers():
    speak()
    speak.alias("again")()


def test_another_process_finds_every_event(tmp_path):
    write_without_waiting()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        result = two_speakers.execute_in_process(instance=instance)
        mine = len(instance.all_logs(result.run_id))
    assert mine > 40
    command = [sys.executable, "-c", READ, str(tmp_path), result.run_id]
    theirs = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(theirs.stdout) == mine


def test_each_file_keeps_its_own_engine(tmp_path):
    write_without_waiting()
    first, again, other = (
        sqlite_event_log.create_engine(f"sqlite:///{tmp_path}/{name}.db", connect_args={"timeout": 60})
        for name in ("a", "a", "b")
    )
    assert first is again is not other
    first.dispose()
    with first.connect() as connection:
        assert connection.exec_driver_sql("select 1").fetchall() == [(1,)]
