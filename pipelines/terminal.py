"""What commands say to a person."""

import os
import sys

from pipelines.extracts.files import shown


def say(text: str) -> None:
    """Write lines, without characters of senders that a terminal would obey.

    Where nobody reads on (`learning-indicators run | head`), the rest is not written, and the work goes on.
    """
    try:
        sys.stdout.write("\n".join(map(shown, text.split("\n"))) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
