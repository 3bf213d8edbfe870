"""Seconds and peak memory of what runs in this process, stage by stage, and of a command as a whole."""

import json
import logging
import os
import re
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.progress import LOGGER

_LINE = re.compile(r"(?P<name>\S+)\s+(?P<rows>[\d,]*)\s+(?P<seconds>[\d.]+) s")


@dataclass(frozen=True)
class Stage:
    """One stage: rows it reported, wall seconds, and the most memory the process held during it."""

    name: str
    rows: int | None
    seconds: float
    peak_mb: int


class StageRecorder(logging.Handler):
    """Turns the pipeline's stage lines into stages."""

    def __init__(self) -> None:
        super().__init__()
        self.stages: list[Stage] = []
        reset_peak()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line's name, rows and seconds; read and reset the peak."""
        found = _LINE.match(record.getMessage())
        if found:
            rows = found["rows"].replace(",", "")
            self.stages.append(
                Stage(found["name"], int(rows) if rows else None, float(found["seconds"]), peak_mb())
            )
        reset_peak()

    def install(self) -> "StageRecorder":
        """Listen to the pipeline."""
        LOGGER.addHandler(self)
        LOGGER.setLevel(logging.INFO)
        return self


def peak_mb() -> int:
    """Return the peak resident memory since the last reset, in MB (Linux)."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


def reset_peak() -> None:
    """Start measuring the peak anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", "utf-8")


def children_peak_mb() -> int:
    """Return the largest peak of a finished child process, in MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def report(**values: object) -> None:
    """Print what a measured process found, for the process that started it."""
    sys.stdout.write("RESULT " + json.dumps(values, default=asdict) + "\n")


def run(module: str, *arguments: str) -> dict:
    """Run `python -m module` and return what it reported, with the whole process's seconds and peak.

    Raises:
        SystemExit: the process failed.
    """
    command = [sys.executable, "-m", module, *arguments]
    started = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONHASHSEED": "0"}
    )
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{module} failed with status {process.returncode}")
    result = next(line for line in output.splitlines() if line.startswith("RESULT "))
    return {
        **json.loads(result.removeprefix("RESULT ")),
        "process_seconds": time.monotonic() - started,
        "process_peak_mb": usage.ru_maxrss // 1024,
    }
