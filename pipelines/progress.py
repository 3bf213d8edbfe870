"""Shows how a run goes: a line a stage with its count and seconds, a bar where one takes long."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

LOGGER = logging.getLogger("learning_indicators")
WORTH_A_BAR = 3.0
"""Seconds after which a stage that is still going gets a bar."""


@dataclass
class Stage:
    """What a stage reports while it runs; it sets `rows` and `kept`, and may call `progress`."""

    name: str
    rows: int | None = None
    kept: bool = False
    started: float = field(default_factory=time.monotonic)
    _bar: Progress | None = None

    def progress(self, done: int, total: int) -> None:
        """Take note that `done` of `total` bytes are behind us."""
        console = Console(stderr=True)
        if self._bar is None:
            if time.monotonic() - self.started < WORTH_A_BAR or not console.is_terminal:
                return
            columns = (TextColumn(self.name), BarColumn(), DownloadColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=console, transient=True)
            self._bar.add_task(self.name, total=total)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=done)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar:
            self._bar.stop()


@contextmanager
def stage(name: str) -> Iterator[Stage]:
    """Time a stage and log its line when it is done; a failed one says so and re-raises."""
    current = Stage(name)
    try:
        yield current
    except BaseException:
        LOGGER.error("%-34s failed after %.1f s", name, time.monotonic() - current.started)
        raise
    finally:
        current.close()
    rows = "" if current.rows is None else f"{current.rows:,}"
    kept = "  kept" if current.kept else ""
    LOGGER.info("%-34s %12s  %6.1f s%s", name, rows, time.monotonic() - current.started, kept)
