"""`learning-indicators audit`: the auditor alone, on a release wherever it lies."""

import argparse
import sys
from pathlib import Path

from pipelines.auditor.audit import audit
from pipelines.auditor.knowledge import KnownTotalsError, read_known
from pipelines.auditor.releases import Release, UnreadableReleaseError, releases_before
from pipelines.auditor.report import as_text
from pipelines.remaking.check import check_files
from pipelines.terminal import say

SAFE, NOT_SAFE, UNREADABLE = 0, 1, 2
"""Exit statuses."""


def add_audit(commands: argparse._SubParsersAction) -> None:
    """Add the command to a parser's commands."""
    command = commands.add_parser(
        "audit",
        help="Attack a release with all that is published; say what it gives away.",
        epilog="Exit status: 0 it gives nothing away, 1 it does, 2 a file cannot be used.",
    )
    command.add_argument("release", type=Path, metavar="RELEASE", help="folder of a release")
    command.add_argument(
        "--every", action="store_true", help="attack every count, those that are proved safe too"
    )
    command.add_argument(
        "--alone", action="store_true", help="do not put it together with the releases before it"
    )
    command.add_argument(
        "--known",
        type=Path,
        metavar="FILE",
        help="counts that others publish, as data/known_totals.csv lists them",
    )


def run_audit(options: argparse.Namespace) -> int:
    """Audit a release, alone or with those before it beside its folder; print the report."""
    release = Release(options.release.resolve())
    files = None
    try:
        files = check_files(release)
        earlier = () if options.alone else releases_before(release)
        if options.known and not options.known.is_file():
            raise KnownTotalsError(f"{options.known}: no such file")
        known = read_known(options.known, release) if options.known else None
        verdict = audit(release, earlier, every=options.every, known=known, files=files)
    except (UnreadableReleaseError, KnownTotalsError) as error:
        found = files.faults if files else ()
        sys.stderr.write("".join(f"{line}\n" for line in (*found, error)))
        return UNREADABLE
    say(as_text(verdict))
    return SAFE if verdict.safe else NOT_SAFE
