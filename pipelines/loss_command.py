"""The command `accept-loss`: says what is lost from the vault, and goes on without it if a person says so."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.identity.keys import SecretError
from pipelines.identity.sealing import VaultError
from pipelines.paths import Paths
from pipelines.run_lock import Busy
from pipelines.terminal import say

if TYPE_CHECKING:
    from pipelines.losses import Loss

DONE, NOT_DONE = 0, 1


def add_loss_command(commands: argparse._SubParsersAction) -> None:
    """Add it to the command line."""
    command = commands.add_parser(
        "accept-loss",
        help="Say what the vault has lost; with --by and --reason, go on without it.",
        epilog="First try a backup. Exit status: 0 nothing is lost, or it is accepted; 1 otherwise.",
    )
    command.add_argument("--root", type=Path, default=Paths.of_repository().root, help="project folder")
    command.add_argument("--by", metavar="NAME", help="who decides so")
    command.add_argument("--reason", metavar="WHY", help="why there is no backup, for the record")


def run_loss_command(options: argparse.Namespace) -> int:
    """Say what is lost, and take it out if a person says so; return the exit status."""
    # The warehouse is not loaded for other commands.
    from pipelines import losses  # noqa: PLC0415
    from pipelines.pipeline import Pipeline  # noqa: PLC0415

    pipeline = Pipeline(Paths(options.root.resolve()))
    try:
        loss = losses.loss_of(pipeline)
        if not loss.places and not loss.record:
            say("Nothing is lost.")
            return DONE
        _say_loss(loss)
        if not (options.by or "").strip() or not (options.reason or "").strip():
            say("\nTo go on without it: learning-indicators accept-loss --by NAME --reason WHY")
            return NOT_DONE
        losses.accept(pipeline, loss, options.by.strip(), options.reason.strip())
    except (SecretError, VaultError, Busy, losses.IrreplaceableError) as error:
        say(str(error))
        return NOT_DONE
    say("\nThe next run goes on without it.")
    return DONE


def _say_loss(loss: "Loss") -> None:
    for place, what in sorted(loss.places.items()):
        say(f"{place}: {what}")
    for return_id, whose in loss.returns.items():
        after = "it is read again" if whose.is_there else "it is lost, and counts no more"
        say(f"Return {return_id} of {whose.sender}: {after}")
    if loss.record:
        say(loss.record)
