"""What to do where part of the vault is lost and no backup has it: go on with what is left, knowingly.

Returns that are damaged are taken out as a whole, and read again if their files are still in `data/raw`. What
is made of returns is made again. The city cannot go on without the list of the erased or the ledger of a
release: people could not be protected.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.extracts.earlier import STANDING, make_again
from pipelines.extracts.files import digest_of
from pipelines.extracts.ledger import LEDGER, events
from pipelines.identity.erasures import LIST, LOG, PENDING
from pipelines.identity.inventory import FILE, Inventory, adopt
from pipelines.identity.sealing import VaultError
from pipelines.kept_merging import FILE as MERGING
from pipelines.ledgers import Remembered
from pipelines.pipeline import Pipeline
from pipelines.releases.record import Entry, RecordError, Step, now

IRREPLACEABLE = frozenset({FILE, LIST, LOG, PENDING, MERGING, "counts", "releases"})
"""Places that the city cannot go on without; without the inventory, nobody knows what else is lost."""
MADE_AGAIN = ("tables", "persons", "empty")
"""Folders that a run makes of returns."""


class IrreplaceableError(Exception):
    """Something is lost without which nobody can be protected. Names it."""


@dataclass(frozen=True)
class Lost:
    """A return of which something is lost.

    Args:
        sender: whose it is, of which year and format; that nobody knows, where the ledger is lost too.
        is_there: whether its files are still in `data/raw`.
    """

    sender: str = "an unknown sender"
    is_there: bool = False


@dataclass(frozen=True)
class Loss:
    """What is lost.

    Args:
        places: in the vault → what is wrong there.
        returns: ids of returns of which something is lost → what the vault's ledger knows of each.
        record: what is wrong with the record of releases; nothing, where it is whole.
    """

    places: Mapping[str, str]
    returns: Mapping[str, Lost]
    record: str = ""


def loss_of(pipeline: Pipeline) -> Loss:
    """Find out what is lost.

    Raises:
        Busy: another run is under way.
        IrreplaceableError: the city cannot go on without it.
        SecretError, VaultError: the vault cannot be opened.
    """
    pipeline.lock()
    vault = pipeline.vault
    vault.tidy()
    adopt(vault)
    places = Inventory(vault).faults()
    # The lists of what stands can be made again from the ledger of returns: one of the two has to be there.
    lists_too = any(place.endswith(STANDING) for place in places)
    irreplaceable = IRREPLACEABLE | ({LEDGER} if lists_too else set())
    if lost := sorted(place for place in places if place.split("/")[0] in irreplaceable):
        said = "; ".join(f"{place}: {places[place]}" for place in lost)
        raise IrreplaceableError(
            f"{said}. Without it somebody could be told by the next release, or come back who was erased, or "
            f"returns go uncounted: it can only come from a backup of {vault.folder}"
        )
    hit = {place.split("/")[0] for place in places if "/" in place} - set(MADE_AGAIN)
    known = _known_returns(pipeline) if hit else {}
    return Loss(
        places, {return_id: known.get(return_id, Lost()) for return_id in sorted(hit)}, _of_record(pipeline)
    )


def accept(pipeline: Pipeline, loss: Loss, by: str, reason: str) -> None:
    """Take out what is damaged, so that the next run goes on without it; write down who decided so.

    Raises:
        VaultError: the vault cannot be written.
    """
    vault, inventory = pipeline.vault, Inventory(pipeline.vault)
    said = ", ".join((*sorted(loss.places), *(["releases.jsonl"] if loss.record else [])))
    pipeline.shelf.record.add(Entry(Step.LOSS_ACCEPTED, said, by, now(), reason))
    tops = {place.split("/")[0] for place in loss.places}
    # The inventory misses all of it until all is done: killed in between, the loss can be accepted again.
    for top in sorted({*tops, *(MADE_AGAIN if tops else ())}):
        place = vault.folder / top
        if top.endswith(STANDING):
            make_again(pipeline.store, top)
        elif place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    if tops:
        pipeline.delete_work_database()
    known = pipeline.ledgers.remembered()
    pipeline.ledgers.remember(Remembered(known.published, pipeline.shelf.record.extent()))
    inventory.note()


def _of_record(pipeline: Pipeline) -> str:
    try:
        pipeline.shelf.record.refuse_other(pipeline.ledgers.remembered().record)
    except RecordError as error:
        return str(error)
    return ""


def _known_returns(pipeline: Pipeline) -> dict[str, Lost]:
    """Return the id of each return of which the vault's ledger knows → what it knows."""
    files = (file for file in pipeline.paths.raw.rglob("*") if file.is_file() and not file.is_symlink())
    there = {digest_of(file)[:16] for file in files}
    try:
        past = events(pipeline.vault)
    except VaultError:
        return {}
    return {
        e.return_id: Lost(
            f"{e.provider}, {e.academic_year}, {e.collection.replace('_', ' ')}",
            there.issuperset(e.hashes),
        )
        for e in past
    }
