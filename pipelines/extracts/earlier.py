"""What was accepted in earlier runs and has no file in the folder of returns any more.

A file that has gone, been emptied or been spoilt does not take away what was accepted before. Of a return
that held somebody who was erased, the city itself may have deleted the file: it counts as if it were there.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pipelines.extracts.returns import Receipt
from pipelines.extracts.store import Store
from pipelines.years import AcademicYear


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
        """Yield those that are not among the present ones; what a person withdrew is not kept.

        Raises:
            VaultError: what is sealed cannot be opened.
        """
        there = {receipt.return_id for receipt in present}
        kept = self._standing() | self._redacted()
        for return_id, (year, sender) in sorted(kept.items()):
            withdrawn = return_id in self.store.decisions.withdrawn
            if return_id not in there and year in self._folders and not withdrawn:
                delivery = self.store.again(year, sender, self.collection, return_id)
                receipt = self.store.receipt(delivery) or self.store.take_in(delivery)
                yield replace(receipt, kept_from_earlier=True)

    def is_deleted(self, receipt: Receipt) -> bool:
        """Say whether the city itself may have deleted its file: it is as if that were there."""
        return self.store.pinned(receipt.return_id) is not None

    def write(self, standing: Iterable[Receipt]) -> None:
        """Write down what stands, for the next run."""
        entries = {place: i for place, i in self._noted.items() if place.split("/")[0] not in self._folders}
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

    def _redacted(self) -> dict[str, tuple[str, str]]:
        """Return id → year and sender, of returns of which the source is gone for good."""
        pinned = filter(self.store.pinned, self.store.return_ids())
        receipts = (self.store.receipts_of(return_id)[-1] for return_id in pinned)
        ours = (r for r in receipts if r.collection == self.collection)
        return {r.return_id: (r.folder_year, r.folder_provider) for r in ours}

    @cached_property
    def _noted(self) -> dict[str, str]:
        return json.loads(self.store.vault.read_text(self._ledger)) if self._ledger.exists() else {}

    @property
    def _ledger(self) -> Path:
        return self.store.folder / f"{self.collection}-accepted.json"

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(year.folder for year in self.years)


def _place(receipt: Receipt) -> str:
    """Return the unit in which returns replace each other, within a collection: year, sender and part."""
    return "/".join(filter(None, (receipt.folder_year, receipt.folder_provider, receipt.part)))
