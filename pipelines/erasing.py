"""Finds every record of one person, and takes them out of everything that the pipeline keeps.

Who is found stands on the list of the erased (`identity/erasures.py`) before anything is deleted: from then
on the same records are found again, and what a crash left undone is done by running the command again.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipelines import warehouse
from pipelines.erasure_request import Request, RequestError
from pipelines.extracts.deliveries import UNRECOGNISED, Delivery
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.ledger import append, events
from pipelines.extracts.reception import SENDER_REGISTERED
from pipelines.extracts.returns import Receipt, Refused, State
from pipelines.extracts.store import Store
from pipelines.identity.erasures import NUMBERS, Erasures, Person, identifiers, place
from pipelines.models import ERASURE, LINKED
from pipelines.pipeline import Pipeline

SAME_PERSON = Path(ERASURE) / "same_person.sql"
_KEEPS_REFERENCE = frozenset(
    m.COLLECTION for m in FORMATS for c in m.CONTRACTS.values() if c.learner not in ("upn", "uln", None)
)
"""Formats whose records stand under the sender's own reference in the work database too."""


class ErasureError(Exception):
    """Something is in the way of an erasure. Names returns, never people."""


@dataclass(frozen=True)
class Record:
    """A row of a return, good or bad, that is about a person."""

    delivery: Delivery
    table: str
    says: dict = field(repr=False)

    @property
    def place(self) -> str:
        """Sender and format."""
        return place(self.delivery.sender, self.delivery.collection)

    @property
    def unit(self) -> tuple[str, str, str]:
        """By what records are counted: sender, academic year, format."""
        return self.delivery.sender, self.delivery.year.replace("-", "/"), self.delivery.collection


@dataclass(frozen=True)
class Found:
    """What an erasure would take out.

    Args:
        person: who is to be erased.
        records: theirs.
        others: records that bear their number or reference, or are linked with them, under another date of
            birth; they stay.
        begun: whether their erasure was begun before.
        erasures: the list that the person is to be put on; its key made the person's hashes.
    """

    person: Person = field(repr=False)
    records: Sequence[Record] = field(repr=False)
    others: int
    begun: bool
    erasures: Erasures = field(repr=False)

    @property
    def counts(self) -> dict[tuple[str, str, str], int]:
        """Sender, academic year and format → records."""
        return dict(sorted(Counter(record.unit for record in self.records).items()))


def find(pipeline: Pipeline, request: Request) -> Found:
    """Find the records of a person in all returns in the vault, whether they stand or not.

    Raises:
        RequestError: the names are those of several people.
        ErasureError: an accepted return cannot be read.
        VaultError: what is sealed cannot be opened.
    """
    search = _Search(request, Erasures.read(pipeline.vault))
    for delivery, accepted in _returns(pipeline.store):
        search.waiting += _candidates(pipeline.store, delivery, request, accepted=accepted)
    search.grow()
    linked = _linked(pipeline, request)
    search.follow(linked)
    search.grow()
    if not request.numbers and search.is_several():
        raise RequestError(
            "these are the names of several people: give a number, a reference or the postcode"
        )
    return Found(search.person, search.found, search.others, search.begun, search.erasures)


@dataclass
class _Search:
    """The search for one person; what their records bear leads to more of their records."""

    request: Request
    erasures: Erasures
    waiting: list[Record] = field(default_factory=list)
    found: list[Record] = field(default_factory=list)
    linked_otherwise: int = 0

    def __post_init__(self) -> None:
        born = self.request.birth_date
        self.person = Person(datetime.now(UTC).date().isoformat(), self.erasures.born(born))
        says = {
            "birth_date": born,
            "family_name": self.request.family_name,
            "given_names": self.request.given_name,
        }
        says |= dict.fromkeys(("uln", "upn", "reference")) | self.request.numbers
        for module in FORMATS:
            # Which of its formats a provider's reference stands in, a request need not know.
            self.erasures.claim(self.person, says, place(self.request.provider, module.COLLECTION), born)
        self.begun = self.erasures.adopt(self.person)

    def grow(self) -> None:
        """Take records as long as one leads to another."""
        while theirs := [record for record in self.waiting if self._is_theirs(record.says, record.place)]:
            for record in theirs:
                self._claim(record.says, record.place)
                self.person.senders.add(record.delivery.sender)
            self.found += theirs
            self.waiting = [record for record in self.waiting if not any(record is t for t in theirs)]

    def follow(self, linked: Sequence[dict]) -> None:
        """Take what the last run took for the same person, but for records of another date of birth."""
        persons = {r["person_id"] for r in linked if self._is_theirs(r, place(r["sender"], r["collection"]))}
        for row in linked:
            if row["person_id"] in persons:
                if self._born_otherwise(row):
                    self.linked_otherwise += 1
                else:
                    self._claim(row, place(row["sender"], row["collection"]))

    def is_several(self) -> bool:
        """Say whether those found bear different numbers of a kind."""
        borne = {pair for record in self.found for pair in identifiers(record.says, record.place).items()}
        return any(count > 1 for kind, count in Counter(k for k, _ in borne).items() if kind in NUMBERS)

    @property
    def others(self) -> int:
        """Records under another date of birth that look like theirs."""
        return self.linked_otherwise + sum(self._born_otherwise(record.says) for record in self.waiting)

    def _claim(self, row: dict, of: str) -> None:
        self.erasures.claim(self.person, row, of, self.request.birth_date)

    def _is_theirs(self, row: dict, of: str) -> bool:
        if self._born_otherwise(row):
            return False
        keys = self.erasures.keys_of(row, of)
        # A number that differs outweighs a name.
        named = self.request.names(row) and self.person.numbers.isdisjoint(keys)
        return named or self.person.bears(keys)

    def _born_otherwise(self, row: dict) -> bool:
        return row["birth_date"] not in (None, self.request.birth_date)


def _returns(store: Store) -> Iterator[tuple[Delivery, bool]]:
    """Yield every return in the vault that can be read at all, and whether it was accepted when last read."""
    for return_id in store.return_ids():
        if receipts := store.receipts_of(return_id):
            last = receipts[-1]
            delivery = store.again(last.folder_year, last.folder_provider, last.collection, return_id)
            yield delivery, last.state is not State.REFUSED


def _candidates(store: Store, delivery: Delivery, request: Request, *, accepted: bool) -> list[Record]:
    """Return the rows of a return that are the person's or could turn out to be."""
    near = (pl.col("birth_date") == request.birth_date) | pl.col("birth_date").is_null()
    for kind, value in request.numbers.items():
        if kind != "reference" or delivery.sender == request.provider:
            near |= pl.col(kind) == value
    records = []
    try:
        for table, people in store.people(delivery):
            records += [Record(delivery, table, row) for row in people.filter(near).to_dicts()]
    except Refused as refused:
        # One that was refused breaks off here too; what is in it beyond that goes with it as a whole.
        if accepted:
            raise ErasureError(f"{delivery.return_id} of {delivery.sender}: {refused.message}") from None
    return records


def _linked(pipeline: Pipeline, request: Request) -> list[dict]:
    """Return the records of all persons of whom the last run has one with the date of birth."""
    if not pipeline.paths.work_database.exists():
        return []
    with pipeline.warehouse() as connection:
        if not warehouse.has_table(connection, LINKED):
            return []
        query = (pipeline.paths.sql / SAME_PERSON).read_text("utf-8")
        asked = connection.execute(query, {"birth_date": request.birth_date})
        columns = [column[0] for column in asked.description]
        rows = [dict(zip(columns, row, strict=True)) for row in asked.fetchall()]
    return [row if row["collection"] in _KEEPS_REFERENCE else row | {"reference": None} for row in rows]


def erase(pipeline: Pipeline, found: Found) -> None:
    """Take what was found out of the vault, and remove what was made from it.

    Raises:
        ErasureError: a return could not be read; the others are done.
    """
    store = pipeline.store
    log(pipeline, "begun", found)
    found.erasures.add(pipeline.vault, found.person)
    # A database keeps freed blocks: it goes as a whole, before the rows that its views show.
    shutil.rmtree(pipeline.vault.folder / "tables", ignore_errors=True)
    for file in pipeline.paths.work_database.parent.glob("work.duckdb*"):
        file.unlink()
    purge_refused(pipeline, found.person.senders)
    failed = []
    for delivery in {record.delivery.return_id: record.delivery for record in found.records}.values():
        for report in pipeline.paths.reports.rglob(f"*-{delivery.return_id}.*"):
            report.unlink()
        if delivery.return_id in store.return_ids() and store.redact(delivery).rule == READER_FAULT:
            failed.append(f"{delivery.return_id} of {delivery.sender}")
    if failed:
        raise ErasureError(f"this software failed on {', '.join(failed)}: it is as it was")


def purge_refused(pipeline: Pipeline, senders: Iterable[str]) -> None:
    """Delete from the vault the returns of these senders that were refused, and those that nobody owns up to.

    Nobody can tell who is in them, and nothing was made from them.
    """
    known = {event.return_id: event.provider for event in events(pipeline.paths.ledger)}
    for return_id in pipeline.store.return_ids():
        receipts = pipeline.store.receipts_of(return_id)
        sender = receipts[-1].folder_provider if receipts else known.get(return_id)
        if (not receipts or receipts[-1].state is State.REFUSED) and (sender is None or sender in senders):
            shutil.rmtree(pipeline.store.folder / return_id)


def left_in_raw(pipeline: Pipeline, senders: Iterable[str]) -> list[Path]:
    """Return the files in the folder of returns that hold somebody who was erased, or may.

    Those may that were refused, of the same senders and of strangers: nobody has looked into them.
    """
    return sorted(
        pipeline.paths.raw / receipt.folder_year / receipt.folder_provider / name
        for receipt in pipeline.receipts()
        if not receipt.kept_from_earlier and _may_hold(receipt, senders)
        for name in receipt.files
    )


def _may_hold(receipt: Receipt, senders: Iterable[str]) -> bool:
    unread = receipt.state is State.REFUSED or receipt.collection == UNRECOGNISED
    theirs = receipt.folder_provider in senders or receipt.rule == SENDER_REGISTERED.id
    return bool(receipt.erased) or (unread and theirs)


def log(pipeline: Pipeline, what: str, found: Found) -> None:
    """Note an erasure, without anything that says whose."""
    counts = [[*unit, count] for unit, count in found.counts.items()]
    append(pipeline.paths.erasures, [json.dumps({"at": _now(), "what": what, "records": counts})])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
