"""What is written down of a day of the soak: the commands, how they ended, and a table of all days."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

from bench.changing_city import REPOSITORY

KILLED = "killed"
UNASKED = "nothing changed, but a release appeared"


@dataclass
class Run:
    """A command: what, how it ended, the lines it said, and seconds."""

    command: str
    status: int | str
    said: list[str]
    seconds: float

    @property
    def last(self) -> str:
        """The last that it said, in one line."""
        return " / ".join(line.strip() for line in self.said[-4:])


@dataclass
class Day:
    """What happened on a day, and what went wrong."""

    number: int
    events: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    newest: str = ""
    releases: int = 0
    made: int = 0
    audited: bool | None = None
    outside: int | None = None
    wrong: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether nothing went otherwise than it should."""
        return not self.wrong and all(run.status in (0, KILLED) for run in self.runs)

    @property
    def done(self) -> bool:
        """Whether the last run of the day ended well."""
        return [run.status for run in self.runs if run.command == "run"][-1:] == [0]


def command(*arguments: str, kill_after: float | None = None) -> Run:
    """Run the command in a process of its own; kill it and what it started where that is asked for."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DAGSTER", "LEARNING_"))}
    environment["PYTHONPATH"] = str(REPOSITORY)
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", *arguments], cwd=REPOSITORY, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        return Run(arguments[0], KILLED, [], time.monotonic() - started)
    finally:
        # Nothing goes on by itself where the soak is interrupted.
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    said = [line for line in (out if out.strip() else err).splitlines() if line.strip()]
    return Run(arguments[0], process.returncode, said, time.monotonic() - started)


def table(days: list[Day]) -> list[str]:
    """Return what is to be said of all days."""
    runs = [run for day in days for run in day.runs if run.command == "run"]
    failed = [(d.number, r) for d in days for r in d.runs if r.status not in (0, KILLED)]
    quiet = [day.number for day in days if UNASKED in day.wrong]
    outside = [day.outside for day in days if day.outside is not None]
    rows = {
        "days": len(days),
        "runs": f"{len(runs)}, of them killed: {sum(run.status == KILLED for run in runs)}",
        "seconds of a run": f"{sum(run.seconds for run in runs) / len(runs):.0f} on average",
        "releases made": sum(day.made for day in days),
        "audits failed": sum(day.audited is False for day in days),
        "counts outside promise": sum(outside) if outside else "not asked",
        "quiet days with a release": ", ".join(map(str, quiet)) or 0,
        "non-zero exits": len(failed),
    }
    lines = [f"{what:28}{value}" for what, value in rows.items()]
    said: dict[str, list[int]] = {}
    for number, what in (
        *((number, f"{run.command}, status {run.status}: {run.last}") for number, run in failed),
        *((day.number, what) for day in days for what in day.wrong),
    ):
        said.setdefault(what, []).append(number)
    return [*lines, *(f"  day {', '.join(map(str, numbers))}: {what}" for what, numbers in said.items())]
