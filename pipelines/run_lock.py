"""One run at a time: a lock that goes with the process that has it, however it ends."""

import fcntl
from pathlib import Path
from typing import IO

_held: dict[Path, IO] = {}


class Busy(Exception):
    """Another run is under way."""


def lock_for_this_process(file: Path) -> None:
    """Take an exclusive lock until this process ends, however it ends; a second time does nothing.

    Raises:
        Busy: another process has it.
    """
    if file in _held:
        return
    handle = file.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise Busy("another run is under way; it holds the lock, try again when it has ended") from None
    _held[file] = handle
