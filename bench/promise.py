"""What the soak asks of the counts beside the audit, after each day."""

from pathlib import Path


def outside_promise(root: Path) -> int:
    """Return how many counts of a city's releases are not what was promised of them; 0 is as it should be.

    Raises:
        NotImplementedError: nobody has said yet how that is found out.
    """
    raise NotImplementedError(f"say here how the counts of {root} are held to what is promised of them")
