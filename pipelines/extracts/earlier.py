"""What was accepted in earlier runs and has no file in the folder of returns any more.

A file that has gone, been emptied or been spoilt does not take away what was accepted before. Where the city
itself deleted the file, as it held somebody who was erased, the return counts as if the file were there.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pipelines.extracts.ledger import events
from pipelines.extracts.returns import Receipt, State
from pipelines.extracts.store import Store
from pipelines.years import AcademicYear

STANDING = "-accepted.json"
"""How the names of the lists end that say which returns of a collection stand."""
DELETED = "deleted.json"
"""The list of returns of which the city deleted the file."""


@dataclass(frozen=True)
class Earlier:
    """The returns of a collection that stood after the last run.

    Args:
        store: where they are kept.
        collection: of which.
        years: those that are looked at; of others all stays as it was.
    """

    store: Store
    collection: str
    years: Collection[AcademicYear]

    def without_file(self, present: Iterable[Receipt]) -> Iterator[Receipt]:
        """Yield those that are not among the present ones, those that a person withdrew too.

        Raises:
            VaultError: what is sealed cannot be opened.
        """
        there = {receipt.return_id for receipt in present}
        kept = self._standing() | self._deleted_by_the_city()
        for return_id, (year, sender) in sorted(kept.items()):
            if return_id not in there and year in self._folders:
                delivery = self.store.again(year, sender, self.collection, return_id)
                receipt = self.store.receipt(delivery) or self.store.take_in(delivery)
                yield replace(receipt, kept_from_earlier=True)

    def is_deleted(self, receipt: Receipt) -> bool:
        """Say whether the city itself deleted its file: it is as if that were there."""
        return receipt.return_id in self._deleted

    def write(self, standing: Iterable[Receipt], waiting: Iterable[Receipt] = ()) -> None:
        """Write down what stands, for the next run.

        One that is withdrawn, or cannot be counted for the moment, stays on the list: it may stand again.
        """
        may_return = {*self.store.decisions.withdrawn, *(receipt.return_id for receipt in waiting)}
        entries = {
            place: return_id
            for place, return_id in self._noted.items()
            if place.split("/")[0] not in self._folders or return_id in may_return
        }
        entries |= {_place(receipt): receipt.return_id for receipt in standing}
        if entries != self._noted:
            self.store.vault.write_text(self._ledger, json.dumps(dict(sorted(entries.items()))))

    @property
    def stood(self) -> frozenset[str]:
        """The returns that stood after the last run."""
        return frozenset(self._noted.values())

    def _standing(self) -> dict[str, tuple[str, str]]:
        """Return id → year and sender, of what stood."""
        places = {i: place.split("/") for place, i in self._noted.items() if self.store.holds(i)}
        return {return_id: (place[0], place[1]) for return_id, place in places.items()}

    def _deleted_by_the_city(self) -> dict[str, tuple[str, str]]:
        """Return id → year and sender, of returns of which the city deleted the file."""
        held = filter(self.store.holds, self._deleted)
        receipts = (self.store.receipts_of(return_id)[-1] for return_id in held)
        ours = (r for r in receipts if r.collection == self.collection)
        return {r.return_id: (r.folder_year, r.folder_provider) for r in ours}

    @cached_property
    def _noted(self) -> dict[str, str]:
        return json.loads(self.store.vault.read_text(self._ledger)) if self._ledger.exists() else {}

    @cached_property
    def _deleted(self) -> frozenset[str]:
        return deleted_files(self.store)

    @property
    def _ledger(self) -> Path:
        return self.store.folder / f"{self.collection}{STANDING}"

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(year.folder for year in self.years)


def _place(receipt: Receipt) -> str:
    """Return the unit in which returns replace each other, within a collection: year, sender and part."""
    return "/".join(filter(None, (receipt.folder_year, receipt.folder_provider, receipt.part)))


def deleted_files(store: Store) -> frozenset[str]:
    """Return the ids of returns of which the city deleted the file."""
    file = store.folder / DELETED
    return frozenset(json.loads(store.vault.read_text(file))) if file.exists() else frozenset()


def note_deleted(store: Store, return_ids: Iterable[str]) -> None:
    """Note, before it is done, that the city deletes the files of returns."""
    known = deleted_files(store)
    if more := known.union(return_ids) - known:
        store.vault.write_text(store.folder / DELETED, json.dumps(sorted(known | more)))


def make_again(store: Store, name: str) -> None:
    """Make a list of returns that stand again, by what the ledger of returns says of each last."""
    collection = name.removesuffix(STANDING)
    last = {event.return_id: event for event in events(store.vault) if event.collection == collection}
    stood = (return_id for return_id, event in last.items() if event.state == State.ACCEPTED)
    receipts = (store.receipts_of(return_id)[-1:] for return_id in stood)
    entries = {_place(receipt): receipt.return_id for (receipt,) in filter(None, receipts)}
    store.vault.write_text(store.folder / name, json.dumps(dict(sorted(entries.items()))))
