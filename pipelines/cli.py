"""`learning-indicators`: the city's pipeline from a terminal, and a provider's check of files before sending.

`run` goes through the same job that the scheduler runs.
"""

import argparse
import logging
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import scheduler
from pipelines.auditor.command import add_audit, run_audit
from pipelines.extracts.deliveries import stray_folders
from pipelines.identity.keys import SecretError
from pipelines.identity.sealing import VaultError
from pipelines.loss_command import add_loss_command, run_loss_command
from pipelines.paths import Paths
from pipelines.progress import LOGGER
from pipelines.release_commands import add_release_commands, run_release_command
from pipelines.run_lock import Busy
from pipelines.terminal import say

if TYPE_CHECKING:
    from pipelines.erasing import Found
    from pipelines.pipeline import Pipeline

UNUSABLE, LEFT_IN_RAW = 2, 3
"""Exit statuses of `erase`: request or number cannot be used; files of senders still hold the person."""

STATUS_WORDS = {
    "candidate": "not approved: learning-indicators approve, or refuse",
    "approved": "approved: learning-indicators publish",
    "refused": "refused: the next run that finds a change builds another",
}
"""Status of a candidate → what can be done."""

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's own log of every event stays in the scheduler; the terminal gets a line a stage."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="learning-indicators", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    plain = (
        ("run", run),
        ("train-linkage", train_linkage),
        ("rekey", rekey),
        ("prepare-scheduler", prepare_scheduler),
    )
    for name, function in plain:
        command = commands.add_parser(name, help=function.__doc__.splitlines()[0])
        command.add_argument("--root", type=Path, default=Paths.of_repository().root, help="project folder")
        command.set_defaults(function=function)
    _add_check(commands)
    _add_erase(commands)
    add_audit(commands)
    add_loss_command(commands)
    add_release_commands(commands)
    options = parser.parse_args(arguments)
    if "with_options" in options:
        return run_release_command(options.with_options, options)
    if options.command == "check":
        return check(options.files, options.reports)
    if options.command == "audit":
        return run_audit(options)
    if options.command == "accept-loss":
        return run_loss_command(options)
    if options.command == "erase":
        return erase(Paths(options.root.resolve()), options)
    return options.function(Paths(options.root.resolve()))


def _add_check(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "check",
        help="Say what would become of files if they were sent, and write a report on each.",
        epilog="Exit status: 0 accepted, 3 accepted but rows set aside, 4 not accepted.",
    )
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="files of returns")
    command.add_argument(
        "--reports", type=Path, default=Path("reports"), help="folder for the reports (default: reports)"
    )


def _add_erase(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "erase",
        help="Say how many records of a person there are; with --confirm, take them out of everything.",
        epilog="Exit status: 0 done or nothing to do, 1 failed, 2 unusable request or another number, "
        "3 done, but files in data/raw still hold the person. An example: docs/data-protection.md.",
    )
    command.add_argument("--root", type=Path, default=Paths.of_repository().root, help="project folder")
    command.add_argument(
        "--request", type=Path, help="file that says whose, as TOML (default: standard input)"
    )
    command.add_argument("--confirm", type=int, metavar="N", help="erase, if there are N records")
    command.add_argument("--inbox", action="store_true", help="delete the files in data/raw too")


def check(files: list[Path], reports: Path) -> int:
    """Judge files as the city would; show the verdict, write a page and a CSV on each, keep nothing else."""
    # The scheduler is not loaded for this.
    from pipelines.feedback import checking  # noqa: PLC0415
    from pipelines.pipeline import Pipeline  # noqa: PLC0415

    if absent := [file for file in files if not file.is_file()]:
        say(f"No such file: {', '.join(map(str, absent))}")
        return checking.NOT_ACCEPTED
    home = Pipeline(Paths.of_repository())
    limits = home.city.reception.plausibility
    found = checking.check(files, home.catalogue, reports, limits, home.staging_beside)
    for report in found:
        say(checking.as_text(report))
    say(f"Reports: {reports.resolve()}")
    return checking.status(found)


def prepare_scheduler(paths: Paths) -> int:
    """Write the scheduler's settings to var/dagster; mark runs that were killed as failed."""
    if missing := scheduler.prepare(paths):
        say(f"{paths.scheduler / 'dagster.yaml'} is not as this software wrote it, and is left alone.")
        say(f"It lacks what pipelines/scheduler.py has under {' and '.join(missing)}. Without, a run that")
        say("is killed can hold up those after it until the scheduler is started again.")
    # Dagster takes a second.
    from pipelines.ghosts import clear_ghosts_of_home  # noqa: PLC0415

    clear_ghosts_of_home()
    return 0


def rekey(paths: Paths) -> int:
    """Seal the whole vault under the first secret of the secret file; the others can go then."""
    from pipelines.identity.inventory import Inventory  # noqa: PLC0415
    from pipelines.pipeline import Pipeline  # noqa: PLC0415

    pipeline = Pipeline(paths)
    try:
        vault = pipeline.vault
        pipeline.check_vault()
        say(f"{vault.reseal():,} files sealed anew; everything is under the key {pipeline.secrets.key_id}.")
        Inventory(vault).note()
    except (SecretError, VaultError, Busy) as error:
        say(str(error))
        return 1
    say("The next run makes pseudonyms and rounding under it; secrets on later lines can go now.")
    return 0


def erase(paths: Paths, options: argparse.Namespace) -> int:
    """Erase a person on request, or say what there is to erase."""
    from pipelines import erasing  # noqa: PLC0415
    from pipelines.erasure_request import Request, RequestError  # noqa: PLC0415
    from pipelines.extracts.decisions import DecisionsError  # noqa: PLC0415
    from pipelines.identity.erasures import PENDING, ErasurePendingError  # noqa: PLC0415
    from pipelines.ledgers import LedgerError  # noqa: PLC0415
    from pipelines.pipeline import Pipeline  # noqa: PLC0415
    from pipelines.releases.record import RecordError  # noqa: PLC0415
    from pipelines.releases.shelf import ReleaseGoneError  # noqa: PLC0415

    pipeline = Pipeline(paths)
    try:
        vault = pipeline.vault
        # A ledger that is not found keeps the person.
        pipeline.settle_releases()
        if not (vault.folder / PENDING).exists():
            # What has come and was not looked at yet is searched, too.
            pipeline.receive_all()
        request = Request.read(options.request.read_text("utf-8") if options.request else sys.stdin.read())
        found = erasing.find(pipeline, request)
        _say_found(found)
        if options.confirm is None or not (found.records or found.begun):
            return 0
        if options.confirm != len(found.records):
            say(f"\nNothing was done: there are {len(found.records):,} records, not {options.confirm:,}.")
            return UNUSABLE
        erasing.erase(pipeline, found)
    except (RequestError, UnicodeDecodeError) as error:
        why = error if isinstance(error, RequestError) else "it is not UTF-8"
        say(f"The request cannot be used: {why}.")
        return UNUSABLE
    except (
        SecretError, VaultError, Busy, OSError, erasing.ErasureError, ErasurePendingError, LedgerError,
        RecordError, ReleaseGoneError, DecisionsError,
    ) as error:  # fmt: skip
        say(str(error))
        return 1
    return _finish_erasure(pipeline, found, inbox=options.inbox)


def _say_found(found: "Found") -> None:
    say(f"{len(found.records):,} {'record' if len(found.records) == 1 else 'records'}:")
    for (sender, year, collection), count in found.counts.items():
        say(f"  {sender}  {year}  {collection.replace('_', ' ')}: {count:,}")
    if found.others:
        say(f"{found.others:,} more look like theirs, but have another date of birth, or none and a number")
        say("that somebody else bears too. They stay: are they the person's, ask again with what they bear.")
    if found.records or found.begun:
        say(f"To erase them: the same request with --confirm {len(found.records)}")


def _finish_erasure(pipeline: "Pipeline", found: "Found", *, inbox: bool) -> int:
    """Build everything anew without the person; see to the senders' files."""
    from pipelines import erasing  # noqa: PLC0415

    if status := run(pipeline.paths):
        say("The records are erased from the vault; what was made from them is not. Run this again.")
        return status
    erasing.purge_refused(pipeline)
    left = erasing.left_in_raw(pipeline)
    if inbox:
        erasing.note_files(pipeline, left)
        left = [file for file in left if not erasing.delete(file)]
    erasing.log(pipeline, "done", found)
    if not left:
        return 0
    say("\nThese files hold somebody who was erased, or may. Delete them, or have them sent again without:")
    for file in left:
        say(f"  {file.relative_to(pipeline.paths.root)}")
    return LEFT_IN_RAW


def run(paths: Paths) -> int:
    """Run the whole road: take in data/raw, build, protect, publish."""
    started = time.monotonic()
    from pipelines.city import CityError  # noqa: PLC0415
    from pipelines.disclosure.policy import PolicyError  # noqa: PLC0415
    from pipelines.extracts.decisions import DecisionsError  # noqa: PLC0415
    from pipelines.identity.weights import WeightsError  # noqa: PLC0415
    from pipelines.lars import LarsError  # noqa: PLC0415
    from pipelines.ledgers import LedgerError  # noqa: PLC0415
    from pipelines.pipeline import Pipeline  # noqa: PLC0415
    from pipelines.provenance import changed_files  # noqa: PLC0415
    from pipelines.readiness import lacking  # noqa: PLC0415
    from pipelines.reference import ReferenceError  # noqa: PLC0415
    from pipelines.releases.record import RecordError  # noqa: PLC0415
    from pipelines.releases.shelf import ReleaseGoneError  # noqa: PLC0415
    from pipelines.warehouse import keep_open  # noqa: PLC0415

    pipeline = Pipeline(paths)
    try:
        # Before anything is read or written.
        _ = pipeline.city
        _ = pipeline.policy
        _ = pipeline.store
        missing = lacking(pipeline)
        pipeline.settle_releases()
        changed = changed_files(pipeline)
    except (
        SecretError, VaultError, Busy, CityError, PolicyError, LedgerError, RecordError, ReleaseGoneError,
        LarsError, WeightsError, ReferenceError, DecisionsError,
    ) as error:  # fmt: skip
        say(str(error))
        return 1
    if missing:
        say("Before anything is published of real people:")
        say("\n".join(f"  {line}." for line in missing))
    if changed:
        say("Not what the last release was made with; if nobody meant to change it, bring it back:")
        say("\n".join(f"  {file}" for file in changed))
    scheduler.prepare(paths)
    _log_stages()
    # Dagster is imported once DAGSTER_HOME is known, and takes a second.
    import dagster as dg  # noqa: PLC0415

    from pipelines.definitions import JOB, build_defs, every_year  # noqa: PLC0415
    from pipelines.ghosts import clear_ghosts  # noqa: PLC0415

    with dg.DagsterInstance.get() as instance, keep_open(paths.work_database):
        clear_ghosts(instance)
        job = build_defs(paths, lineage=False).resolve_job_def(JOB)
        tags = every_year(pipeline)
        result = job.execute_in_process(instance=instance, tags=tags, raise_on_error=False, run_config=QUIET)
    if not result.success:
        for failure in result.filter_events(lambda event: event.is_step_failure):
            error = failure.step_failure_data.error
            while error.cause:
                error = error.cause
            # An error of ours says what is wrong; which class it is of helps nobody.
            said = re.sub(r"^pipelines[.][.\w]+: ", "", error.message.strip())
            say(f"{failure.step_key}: {said}")
        say("\nNothing was published: the last release stands.")
        return 1
    _report(pipeline, time.monotonic() - started)
    return 0


def train_linkage(paths: Paths) -> int:
    """Train the linkage model on the records of the last run; write data/linkage_model.json for review."""
    from pipelines.identity.weights import Weights  # noqa: PLC0415
    from pipelines.linking import train_weights  # noqa: PLC0415
    from pipelines.pipeline import Pipeline  # noqa: PLC0415

    pipeline = Pipeline(paths)
    try:
        pipeline.check_vault()
    except (SecretError, VaultError, Busy) as error:
        say(str(error))
        return 1
    before = Weights.read(paths.linkage_model) if paths.linkage_model.exists() else None
    weights = train_weights(pipeline)
    say("\n".join(weights.changes_since(before)))
    say(f"\nReview it, then commit it: {paths.linkage_model}")
    return 0


def _log_stages() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


def _report(pipeline: "Pipeline", seconds: float) -> None:
    strays = stray_folders(pipeline.paths.raw, pipeline.city.years)
    receipts = [*pipeline.receipts(), *pipeline.missing_returns(), *strays]
    states = Counter(r.state for r in receipts)
    say(f"\nReturns: {', '.join(f'{count} {state}' for state, count in sorted(states.items()))}")
    if partly := sum(r.state == "accepted" and any(r.quarantined.values()) for r in receipts):
        say(f"  {partly} of those accepted have rows that were set aside: see their reports")
    for receipt in sorted(receipts, key=lambda r: (r.folder_year, r.folder_provider)):
        if receipt.state not in ("accepted", "superseded"):
            why = f": {receipt.rule}: {receipt.message}" if receipt.rule else ""
            what = " ".join(filter(None, (receipt.collection, receipt.part))) if not receipt.files else ""
            say(f"  {receipt.folder_year}/{receipt.folder_provider}: {receipt.state} {what}".rstrip() + why)
    years = pipeline.release_years
    say(f"\nThe release is of {years.last}.")
    for sentence in years.waiting():
        say(f"  {sentence}")
    say(f"\nDone in {seconds:.1f} s.")
    _say_release(pipeline)
    say(f"File for analysts:      {pipeline.paths.analysts_database}")
    say(f"Reports for senders:    {pipeline.paths.reports}")


def _say_release(pipeline: "Pipeline") -> None:
    """Say which release stands, what waits, and what a person can do next."""
    from pipelines.review import waiting_years  # noqa: PLC0415

    shelf = pipeline.shelf
    if (shelf.releases / "latest").exists():
        say(f"Release for readers:    {(shelf.releases / 'latest').resolve() / 'index.html'}")
    if candidate := shelf.newest_candidate():
        say(f"Candidate for review:   {candidate.within(shelf.candidates) / 'index.html'}")
        say(f"  {candidate} is {STATUS_WORDS[shelf.status(candidate)]}")
    elif (last := shelf.last_published()) and shelf.status(last) == "withdrawn":
        say(f"  {last} is withdrawn, and the next release would say the same: nothing has changed since.")
        say(f"  To publish it again as it was: learning-indicators reinstate {last} --by NAME --reason WHY")
    for year, why in waiting_years(pipeline):
        say(f"  {year} is as it was: {why}")


if __name__ == "__main__":
    sys.exit(main())
