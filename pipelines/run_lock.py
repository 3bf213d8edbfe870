"""One run at a time: a lock that goes with the process that has it, however it ends."""

import fcntl
import time
from pathlib import Path
from typing import IO

_held: dict[Path, IO] = {}
_MOMENT = 0.2
"""Seconds in which whoever only asks about the lock has let go of it again, by far."""


class Busy(Exception):
    """Another run is under way."""


def lock_for_this_process(file: Path) -> bool:
    """Take an exclusive lock until this process ends, however it ends; a second time does nothing.

    Returns:
        Whether it was taken now.

    Raises:
        Busy: another process has it.
    """
    if file in _held:
        return False
    handle = file.open("w")
    if not _take(handle):
        time.sleep(_MOMENT)
        if not _take(handle):
            handle.close()
            raise Busy("another run is under way; it holds the lock, try again when it has ended")
    _held[file] = handle
    return True


def held_by_another(file: Path) -> bool:
    """Say whether a process other than this one has the lock.

    Raises:
        FileNotFoundError: nobody has ever taken it.
    """
    if file in _held:
        return False
    # Taken and let go of: there is no way to look at such a lock without.
    with file.open("r+") as handle:
        return not _take(handle)


def _take(handle: IO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
