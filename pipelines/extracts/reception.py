"""The reception desk: looks at every return, reads each once, and says which ones stand.

One bad return never stops the others, and nothing takes the place of an accepted return but a later
accepted one.
"""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from pipelines.extracts import deliveries as found_there
from pipelines.extracts.counting import Stager, cannot_count, count
from pipelines.extracts.deliveries import Delivery, find_deliveries
from pipelines.extracts.earlier import Earlier
from pipelines.extracts.formats import format_of
from pipelines.extracts.holding import hold
from pipelines.extracts.judging import FAULT
from pipelines.extracts.plausibility import Limits
from pipelines.extracts.returns import Receipt, Refused, State
from pipelines.extracts.rules import FileRule
from pipelines.extracts.store import Store
from pipelines.identity.vault import leave_no_core
from pipelines.years import AcademicYear

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""

FILE_RECOGNISED = FileRule(
    "file_recognised",
    "No extract format has a file of this name.",
    "Name the file as its format's description asks; delete it here if it is no return.",
)
SENDER_REGISTERED = FileRule(
    "sender_registered",
    "The provider register has no sender of this name.",
    "Use the folder of the number that the sender has in the provider register, or have it put there.",
)
RULES = (*found_there.RULES, FILE_RECOGNISED, SENDER_REGISTERED)
"""What must hold before a return is opened."""

WORTH_A_SECOND_PROCESS = 30_000_000
"""Bytes; below, starting processes costs more than it saves."""


@dataclass(frozen=True)
class Reception:
    """The desk of one city.

    Args:
        raw: the folder of returns as they came.
        store: where they are kept once they have come.
        senders: who may send, by the provider register.
        limits: beyond which a return is held.
        stager: makes records of returns, to see whether they can count.
        settle_seconds: a return is left alone while one of its files is younger.
    """

    raw: Path
    store: Store
    senders: frozenset[str]
    limits: Limits
    stager: Stager
    settle_seconds: float = 0

    def receive(
        self, collection: str, years: Iterable[AcademicYear], progress: Progress | None = None
    ) -> list[Receipt]:
        """Look at a collection's returns of these years; return a receipt for each, in a fixed order."""
        years = list(years)
        deliveries = [
            delivery
            for year in years
            for delivery in find_deliveries(self.raw, year, collection, self.settle_seconds)
        ]
        receipts = _repeats(deliveries)
        for delivery in deliveries:
            if delivery not in receipts and (
                found := self._refuse_unread(delivery) or self.store.receipt(delivery)
            ):
                receipts[delivery] = found
        waiting = [d for d in deliveries if d not in receipts]
        total, done = sum(d.size for d in waiting), 0
        for delivery, receipt in _read_all(self.store, waiting):
            receipts[delivery] = receipt
            done += delivery.size
            if progress:
                progress(done, total)
        earlier, present = Earlier(self.store, collection, years), [receipts[d] for d in deliveries]
        # What stands is a yardstick for what comes in its place, whatever became of its file.
        gone = list(earlier.without_file(present))
        stood = earlier.stood & {receipt.return_id for receipt in gone}
        counted = count([*present, *gone], self.store, self.stager)
        return list(_kept(hold(counted, self.store, self.limits, stood), earlier))

    def _refuse_unread(self, delivery: Delivery) -> Receipt | None:
        if delivery.problem:
            return delivery.refusal(delivery.problem)
        if delivery.arriving:
            return delivery.later()
        if delivery.module is None:
            return delivery.refusal(Refused(FILE_RECOGNISED))
        if delivery.sender not in self.senders:
            return delivery.refusal(Refused(SENDER_REGISTERED))
        return None


def _repeats(deliveries: Iterable[Delivery]) -> dict[Delivery, Receipt]:
    """Return a receipt for each return whose bytes another of its sender, year and format has already."""
    first: dict[tuple, Delivery] = {}
    receipts = {}
    for delivery in deliveries:
        content = (delivery.year, delivery.sender, delivery.collection, tuple(sorted(delivery.hashes)))
        other = first.setdefault(content, delivery) if all(delivery.hashes) else delivery
        if other is not delivery:
            receipts[delivery] = delivery.repeating(other)
    return receipts


def _kept(judged: list[Receipt], earlier: Earlier) -> Iterator[Receipt]:
    """Yield the receipts of files that are there, and others where nothing stands in their place."""
    with_file = [receipt for receipt in judged if not receipt.kept_from_earlier]
    places = {receipt.unit for receipt in standing_returns(with_file)}
    # One that is prepared later, but has no file any more, makes room for one that has.
    room = [r for r in judged if r.kept_from_earlier and (r.unit not in places or earlier.is_deleted(r))]
    yield from (*with_file, *room)
    earlier.write(standing_returns([*with_file, *room]), filter(cannot_count, judged))


def settle(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Mark as superseded every accepted return that a later accepted one replaces.

    Later means prepared later, then by serial, then by content hash, so the order of arrival cannot matter.
    """
    receipts = list(receipts)
    newest: dict[tuple, Receipt] = {}
    for receipt in receipts:
        if receipt.state is State.ACCEPTED:
            newest[receipt.unit] = max(newest.get(receipt.unit, receipt), receipt, key=attrgetter("recency"))
    current = {receipt.return_id for receipt in newest.values()}
    return [
        replace(r, state=State.SUPERSEDED) if r.state is State.ACCEPTED and r.return_id not in current else r
        for r in receipts
    ]


def standing_returns(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Return the accepted returns that no later one replaces, oldest first: the order ranks their records."""
    return sorted((r for r in settle(receipts) if r.state is State.ACCEPTED), key=attrgetter("recency"))


@dataclass(frozen=True)
class Owed:
    """A return that a sender owes, from one academic year (2024/25) to another, or for good."""

    sender_id: str
    collection: str
    part: str
    first_year: str
    last_year: str | None = None

    def in_year(self, folder: str) -> bool:
        """Say whether it is owed for the year of a folder (2024-25)."""
        year = folder.replace("-", "/")
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)


def silent(receipts: Iterable[Receipt], owed: Iterable[Owed]) -> list[Receipt]:
    """Return a receipt (`no file`) for each return that did not come, in years in which others sent.

    What came and was refused did come; for which part of a year, nobody can tell then.
    """
    # What lies outside every sender's folder came from nobody.
    came = [r for r in receipts if r.folder_provider]
    there = {(r.folder_year, r.folder_provider, r.collection, r.part) for r in came}
    return [
        Receipt(
            return_id="",
            collection=due.collection,
            folder_provider=due.sender_id,
            folder_year=year,
            files={},
            state=State.NO_FILE,
            part=due.part,
        )
        for year in sorted({r.folder_year for r in came})
        for due in sorted(owed, key=attrgetter("sender_id", "collection", "part"))
        if due.in_year(year)
        and there.isdisjoint((year, due.sender_id, due.collection, part) for part in (due.part, ""))
    ]


def _read_all(store: Store, waiting: list[Delivery]) -> Iterator[tuple[Delivery, Receipt]]:
    if sum(d.size for d in waiting) < WORTH_A_SECOND_PROCESS:
        yield from ((d, store.take_in(d)) for d in waiting)
        return
    # Largest first, so that the processes end together.
    waiting = sorted(waiting, key=lambda d: -d.size)
    tasks = [(store, replace(d, module=None), d.collection) for d in waiting]
    done = 0
    try:
        with _processes() as pool:
            for delivery, receipt in zip(waiting, pool.map(_take_in_elsewhere, tasks), strict=True):
                yield delivery, receipt
                done += 1
    except BrokenProcessPool:
        # The system ended a process, most often for want of memory, and the others with it.
        for delivery, task in list(zip(waiting, tasks, strict=True))[done:]:
            yield delivery, _take_in_alone(delivery, task)


def _processes(most: int | None = None) -> ProcessPoolExecutor:
    # Not fork: polars' threads do not survive it.
    return ProcessPoolExecutor(most, mp_context=multiprocessing.get_context("forkserver"))


def _take_in_alone(delivery: Delivery, task: tuple[Store, Delivery, str]) -> Receipt:
    with _processes(1) as pool:
        try:
            return pool.submit(_take_in_elsewhere, task).result()
        except BrokenProcessPool:
            return delivery.refusal(Refused(FAULT, where="the process that read it was ended"))


def _take_in_elsewhere(task: tuple[Store, Delivery, str]) -> Receipt:
    """Take a return in, in another process: modules do not travel, their names do."""
    leave_no_core()
    store, delivery, collection = task
    return store.take_in(replace(delivery, module=format_of(collection)))
