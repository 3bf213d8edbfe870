"""Whether a file or folder is its owner's alone."""

import os

_OTHERS = 0o077


def exposure(found: os.stat_result) -> str | None:
    """Say why what was found is not this process's owner's alone; None where it is.

    What belongs to the system's administrator is accepted: they can open everything anyway.
    """
    if found.st_uid not in (os.geteuid(), 0):
        return "it belongs to somebody else"
    if found.st_mode & _OTHERS:
        return "others than its owner may open it (chmod go= takes that away)"
    return None
