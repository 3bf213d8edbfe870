"""What people do: `approve`, `publish`, `refuse`, `withdraw`, `reinstate`, `revise` and `diff`."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import scheduler
from pipelines.city import CityError
from pipelines.identity.keys import SecretError
from pipelines.identity.sealing import VaultError
from pipelines.ledgers import LedgerError
from pipelines.paths import Paths
from pipelines.releases import lifecycle
from pipelines.releases.differences import as_csv, differences
from pipelines.releases.lifecycle import NotNowError
from pipelines.releases.names import Name, UnknownNameError
from pipelines.releases.record import RecordError
from pipelines.releases.shelf import ReleaseGoneError, Shelf
from pipelines.run_lock import Busy
from pipelines.terminal import say
from pipelines.years import AcademicYear

if TYPE_CHECKING:
    from pipelines.pipeline import Pipeline

DONE, NOT_DONE = 0, 1
"""Exit statuses."""
CANNOT = (NotNowError, UnknownNameError, Busy, CityError, LedgerError, RecordError, ReleaseGoneError)
"""What keeps a step from being taken, and says why."""
LARGEST = 20
"""Changes that `diff` prints."""


def add_release_commands(commands: argparse._SubParsersAction) -> None:
    """Add the commands to a parser's commands."""
    for function, subject, reason in (
        (approve, "RELEASE", False),
        (publish, "RELEASE", False),
        (refuse, "RELEASE", True),
        (withdraw, "RELEASE", True),
        (reinstate, "RELEASE", True),
        (revise, "YEAR", True),
    ):
        command = commands.add_parser(function.__name__, help=function.__doc__.splitlines()[0])
        command.add_argument("subject", metavar=subject, help=_SUBJECTS[subject])
        command.add_argument("--by", required=True, type=_said, help="who does it")
        if reason:
            command.add_argument("--reason", required=True, type=_said, help="why: it is recorded and shown")
        command.set_defaults(with_options=function)
    command = commands.add_parser("diff", help=diff.__doc__.splitlines()[0])
    command.add_argument("before", metavar="A", help=_SUBJECTS["RELEASE"])
    command.add_argument("after", metavar="B", help=_SUBJECTS["RELEASE"])
    command.add_argument("--csv", type=Path, metavar="FILE", help="write all differences to a CSV file")
    command.set_defaults(with_options=diff)
    for name in ("approve", "publish", "refuse", "withdraw", "reinstate", "revise", "diff"):
        root = Paths.of_repository().root
        commands.choices[name].add_argument("--root", type=Path, default=root, help="project folder")


def _said(text: str) -> str:
    """Return what somebody said.

    Raises:
        ArgumentTypeError: they said nothing.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text.strip()


_SUBJECTS = {
    "RELEASE": "a release (2024-25/2) or a candidate (2024-25/2.1)",
    "YEAR": "an academic year (2024/25)",
}


def approve(pipeline: "Pipeline", options: argparse.Namespace) -> str:
    """Approve the candidate for a release, once you have read its review pack."""
    name = Name.parse(options.subject)
    lifecycle.approve(pipeline.shelf, name, options.by)
    _show(pipeline, name)
    return f"{name} is approved by {options.by}. To publish it: learning-indicators publish {name} --by NAME"


def publish(pipeline: "Pipeline", options: argparse.Namespace) -> str:
    """Publish a candidate, as it was reviewed to the byte."""
    # The warehouse is not loaded for other commands.
    from pipelines.readiness import refuse_unready  # noqa: PLC0415

    name = Name.parse(options.subject)
    refuse_unready(pipeline)
    released = lifecycle.publish(
        pipeline.shelf, name, options.by, pipeline.city.publication.rules, lifecycle.this_moment()
    )
    _show(pipeline, released)
    return f"{released} is published: {pipeline.shelf.folder(released) / 'index.html'}"


def refuse(pipeline: "Pipeline", options: argparse.Namespace) -> str:
    """Refuse a candidate: it can no longer be published."""
    name = Name.parse(options.subject)
    lifecycle.refuse(pipeline.shelf, name, options.by, options.reason)
    _show(pipeline, name)
    return f"{name} is refused by {options.by}. The next run that finds a change builds another candidate"


def withdraw(pipeline: "Pipeline", options: argparse.Namespace) -> str:
    """Take a published release back: readers find your reason in its place."""
    name = Name.parse(options.subject)
    lifecycle.withdraw(pipeline.shelf, name, options.by, options.reason)
    _show(pipeline, name)
    return (
        f"{name} is withdrawn. What was published of people stays known: later releases are audited with it"
    )


def reinstate(pipeline: "Pipeline", options: argparse.Namespace) -> str:
    """Publish a withdrawn release again, as it was."""
    name = Name.parse(options.subject)
    lifecycle.reinstate(pipeline.shelf, name, options.by, options.reason)
    _show(pipeline, name)
    return f"{name} is published again: {pipeline.shelf.folder(name) / 'index.html'}"


def revise(pipeline: "Pipeline", options: argparse.Namespace) -> str:
    """Let the next candidate revise an academic year though few people changed in it."""
    try:
        year = AcademicYear.parse(options.subject).label
    except ValueError as error:
        raise NotNowError(str(error)) from None
    if not pipeline.shelf.manifest_of_year(year):
        raise NotNowError(f"no release has {year}: there is nothing to revise")
    lifecycle.allow_revision(pipeline.shelf, year, options.by, options.reason)
    return (
        f"The next run revises {year}, however few people changed in it. The review pack says what an "
        "outsider could learn"
    )


def diff(pipeline: "Pipeline", options: argparse.Namespace) -> str:
    """Say what differs between two releases or candidates, figure by figure, and why."""
    before, after = (_folder(pipeline.shelf, Name.parse(text)) for text in (options.before, options.after))
    changes = differences(before, after)
    if options.csv:
        options.csv.write_text(as_csv(changes), "utf-8")
    lines = [f"{len(changes):,} figures differ between {options.before} and {options.after}."]
    for change in changes[:LARGEST]:
        of = f"{change.indicator}, {change.academic_year}, {change.place}"
        lines.append(f"  {of}: {change.before or 'none'} → {change.after or 'none'} ({change.reason})")
    if len(changes) > LARGEST:
        lines.append(f"  and {len(changes) - LARGEST:,} more: --csv FILE writes them all")
    return "\n".join(lines)


def run_release_command(
    function: Callable[["Pipeline", argparse.Namespace], str], options: argparse.Namespace
) -> int:
    """Take a step under the run lock, and say what came of it."""
    # The warehouse is not loaded for other commands.
    from pipelines.pipeline import Pipeline  # noqa: PLC0415

    pipeline = Pipeline(Paths(options.root.resolve()))
    try:
        if function in (approve, publish):
            pipeline.settle_releases()
            _check_candidate(pipeline)
        elif function is not diff:
            pipeline.check_vault()
            pipeline.shelf.settle()
        said, status = function(pipeline, options), DONE
        if function is publish:
            pipeline.remember_releases()
    except (*CANNOT, SecretError, VaultError, OSError) as error:
        said, status = str(error), NOT_DONE
    say(f"{said}." if not said.endswith(".") and "\n" not in said else said)
    return status


def _check_candidate(pipeline: "Pipeline") -> None:
    """Refuse a step where the candidate's ledger is not there, or is not what was sealed.

    Raises:
        LedgerError: so it is.
    """
    if candidate := pipeline.shelf.newest_candidate():
        pipeline.ledgers.check({str(candidate): pipeline.shelf.manifest(candidate)})


def _folder(shelf: Shelf, name: Name) -> Path:
    folder = shelf.folder(name)
    if not (folder / "manifest.json").is_file():
        there: Sequence[Name] = [*shelf.record.published(), *Name.all_within(shelf.candidates)]
        raise NotNowError(f"there is no {name}; there are {', '.join(map(str, there)) or 'none'}")
    return folder


def _show(pipeline: "Pipeline", name: Name) -> None:
    """Show the step in the scheduler, where it keeps its history."""
    scheduler.prepare(pipeline.paths)
    # Dagster is imported once DAGSTER_HOME is known, and takes a second.
    import dagster as dg  # noqa: PLC0415

    from pipelines.assets.outputs import RELEASE, release_metadata  # noqa: PLC0415

    with dg.DagsterInstance.get() as instance:
        metadata = release_metadata(pipeline.shelf, name)
        instance.report_runless_asset_event(dg.AssetObservation(RELEASE, metadata=metadata))
