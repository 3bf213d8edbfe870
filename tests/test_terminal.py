"""What commands say reaches a person, or nobody; the work goes on."""

import subprocess
import sys

from pipelines.terminal import say


def test_a_reader_who_goes_does_not_stop_the_work():
    """As in `learning-indicators erase | head -1`."""
    script = "from pipelines.terminal import say\nfor line in range(9): say(str(line))\nraise SystemExit(7)"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as command:
        command.stdout.close()
        said = command.stderr.read()
    assert (command.returncode, said) == (7, b"")


def test_what_a_terminal_would_obey_is_not_said(capsys):
    say("one\ntwo\x1b[2J")
    assert capsys.readouterr().out == "one\ntwo?[2J\n"
