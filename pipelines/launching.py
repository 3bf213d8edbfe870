"""How the scheduler starts runs, and sees that they live: both ask the run lock.

`pipelines/ghosts.py` says what the lock proves.
"""

from collections.abc import Callable

import dagster as dg
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus

from pipelines.ghosts import GONE, nobody_else_runs
from pipelines.run_lock import Busy


class WatchedLauncher(dg.DefaultRunLauncher):
    """Dagster's own launcher, which can also say whether a run that has started still has a process.

    The scheduler's settings name it (`pipelines/scheduler.py`). Without it, run monitoring would see that a
    run from a terminal was killed only when the longest time that a run may take is over.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Say whether the process of a run that has started lives."""
        if nobody_else_runs(self._instance):
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, GONE)
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def locking_executor(lock: Callable[[], None]) -> dg.ExecutorDefinition:
    """Return Dagster's executor in one process, which takes the run lock before its run is called started.

    A step would take it a little later, and a run without it looks as if its process were gone.
    """

    @dg.executor(name="in_process", config_schema=dg.in_process_executor.config_schema)
    def in_process(context: dg.InitExecutorContext) -> dg.Executor:
        try:
            lock()
        except Busy as error:
            # Of Dagster's own errors it makes an end of the run; of others, a fault of its own.
            raise dg.DagsterInvariantViolationError(str(error)) from error
        return dg.in_process_executor.executor_creation_fn(context)

    return in_process
