"""Finds every record of one person, and takes them out of everything that the pipeline keeps.

Who is found stands on the list of the erased (`identity/erasures.py`) before anything is deleted: from then
on the same records are found again, and what a crash left undone is done by running the command again.
"""

import json
import secrets
import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from pipelines import warehouse
from pipelines.erased_counts import ErasedCounts, Erasure
from pipelines.erasure_request import Request, RequestError
from pipelines.extracts.deliveries import UNRECOGNISED, Delivery
from pipelines.extracts.earlier import note_deleted
from pipelines.extracts.files import shown
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.ledger import events
from pipelines.extracts.reception import SENDER_REGISTERED
from pipelines.extracts.returns import Receipt, Refused, State
from pipelines.extracts.store import Store
from pipelines.identity.erasures import LOG, NUMBERS, Erasures, Person, identifiers, name_of, place
from pipelines.identity.inventory import Inventory
from pipelines.models import ERASURE, LINKED
from pipelines.pipeline import Pipeline
from pipelines.releases.lifecycle import drop_candidates

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
        erasures: who was erased before.
        person: who is to be erased.
        records: theirs.
        others: records that bear a number or reference of theirs, or are linked with them, under another date
            of birth, or without one where somebody else bears the number too; they stay.
        begun: whether their erasure was begun before.
    """

    erasures: Erasures = field(repr=False)
    person: Person = field(repr=False)
    records: Sequence[Record] = field(repr=False)
    others: int
    begun: bool

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
    erasures, linked = Erasures.read(pipeline.vault), _linked(pipeline, request)
    search, asked = _Search(request, erasures, ()), None
    # Who else bears a number is looked up, so that each new number takes another look.
    while asked is None or not search.identifiers <= asked:
        asked = search.identifiers | (asked or set())
        search = _Search(request, erasures, _candidates(pipeline.store, request.birth_date, asked))
        search.grow()
        search.follow(linked)
        search.grow()
    if not request.numbers and search.is_several():
        raise RequestError(
            "these are the names of several people: give a number, a reference or the postcode"
        )
    return Found(erasures, search.person, search.found, search.others, search.begun)


class _Search:
    """The search for one person; what their records bear leads to more of their records.

    Args:
        request: who it is.
        erasures: who was erased before; this person too, where that was broken off.
        candidates: records that may be theirs.
    """

    def __init__(self, request: Request, erasures: Erasures, candidates: Iterable[Record]) -> None:
        self._request, self._erasures = request, erasures
        self.found: list[Record] = []
        self.identifiers: set[tuple[str, str]] = set()
        self._waiting = list(candidates)
        self._linked_otherwise = 0
        self._shared: dict[tuple[str, str], set[str]] = {}
        for record in self._waiting:
            if self._born_otherwise(record.says):
                for pair in identifiers(record.says, record.place).items():
                    self._shared.setdefault(pair, set()).add(name_of(record.says))
        self.person = Person(datetime.now(UTC).date().isoformat(), erasures.born(request.birth_date))
        for module in FORMATS:
            # Which of its formats a provider's reference stands in, a request need not know.
            self._claim(request.says, place(request.provider, module.COLLECTION))
        self.begun = erasures.adopt(self.person)

    def grow(self) -> None:
        """Take records as long as one leads to another."""
        while theirs := [record for record in self._waiting if self._is_theirs(record.says, record.place)]:
            for record in theirs:
                self._claim(record.says, record.place)
                self.person.senders.add(record.delivery.sender)
            self.found += theirs
            taken = set(map(id, theirs))
            self._waiting = [record for record in self._waiting if id(record) not in taken]

    def follow(self, linked: Sequence[dict]) -> None:
        """Take what the last run took for the same person, but for records of another date of birth."""
        persons = {r["person_id"] for r in linked if self._is_theirs(r, place(r["sender"], r["collection"]))}
        for row in linked:
            if row["person_id"] in persons:
                if self._born_otherwise(row):
                    self._linked_otherwise += 1
                else:
                    self._claim(row, place(row["sender"], row["collection"]))

    def is_several(self) -> bool:
        """Say whether those found bear different numbers of a kind."""
        borne = {pair for record in self.found for pair in identifiers(record.says, record.place).items()}
        return any(sum(kind == k for k, _ in borne) > 1 for kind in NUMBERS)

    @property
    def others(self) -> int:
        """Records that look like theirs, and whose they are nobody can tell."""
        borne = [identifiers(record.says, record.place).items() for record in self._waiting]
        return self._linked_otherwise + sum(not self.identifiers.isdisjoint(pairs) for pairs in borne)

    def _claim(self, row: dict, of: str) -> None:
        self.identifiers |= identifiers(row, of).items()
        self._erasures.claim(self.person, row, of, self._request.birth_date, self._shared)

    def _is_theirs(self, row: dict, of: str) -> bool:
        keys = self._erasures.keys_of(row, of)
        # A number that differs outweighs a name.
        named = self._request.names(row) and self.person.numbers.isdisjoint(keys)
        return named or self.person.bears(keys)

    def _born_otherwise(self, row: dict) -> bool:
        return row["birth_date"] not in (None, self._request.birth_date)


def _candidates(store: Store, born: date, asked: Collection[tuple[str, str]]) -> Iterator[Record]:
    """Yield the rows in the vault that bear one of these numbers, or may turn out to be the person's."""
    for delivery, accepted in _returns(store):
        of = place(delivery.sender, delivery.collection)
        near = (pl.col("birth_date") == born) | pl.col("birth_date").is_null()
        for kind, value in sorted(asked):
            near |= pl.col(kind) == (value.removeprefix(f"{of}/") if kind == "reference" else value)
        try:
            for table, people in store.people(delivery):
                yield from (Record(delivery, table, row) for row in people.filter(near).to_dicts())
        except Refused as refused:
            # One that was refused breaks off here too; what is in it beyond that goes with it as a whole.
            if accepted:
                raise ErasureError(f"{delivery.return_id} of {delivery.sender}: {refused.message}") from None


def _returns(store: Store) -> Iterator[tuple[Delivery, bool]]:
    """Yield every return in the vault that can be read at all, and whether it was accepted when last read."""
    for return_id in store.return_ids():
        if receipts := store.receipts_of(return_id):
            last = receipts[-1]
            delivery = store.again(last.folder_year, last.folder_provider, last.collection, return_id)
            yield delivery, last.state is not State.REFUSED


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
        ErasureError: fewer records were taken out of a return than were shown; the others are done.
        ErasurePendingError: another erasure was broken off; nothing was done.
        LedgerError: a release has no ledger; nothing was done.
    """
    store, counts = pipeline.store, ErasedCounts(pipeline)
    returns = {(r.unit[1], digest) for r in found.records for digest in r.delivery.hashes}
    # Broken off, the same request has to be known again.
    found.erasures.keep_key(pipeline.vault)
    counts.begin(
        Erasure(frozenset(found.person.keys), len(found.records), frozenset(returns), secrets.token_hex(16))
    )
    log(pipeline, "begun", found)
    # They count the person: none of them may be published any more.
    drop_candidates(pipeline.shelf)
    found.erasures.add(pipeline.vault, found.person)
    # A database keeps freed blocks: it goes as a whole, before the rows that its views show.
    Inventory(pipeline.vault).delete([pipeline.vault.folder / "tables"])
    pipeline.delete_work_database()
    purge_refused(pipeline)
    failed = []
    for delivery in {record.delivery.return_id: record.delivery for record in found.records}.values():
        for report in pipeline.paths.reports.rglob(f"*-{delivery.return_id}.*"):
            report.unlink()
        if store.holds(delivery.return_id) and not _redacted(store, delivery, found):
            failed.append(f"{delivery.return_id} of {delivery.sender}")
    counts.finish()
    if failed:
        raise ErasureError(f"not all records could be taken out of {', '.join(failed)}")


def _redacted(store: Store, delivery: Delivery, found: Found) -> bool:
    """Redact a return; say whether that took out as many rows as were shown."""
    shown = Counter(r.table for r in found.records if r.delivery.return_id == delivery.return_id)
    before = Counter(store.receipt(delivery).erased) if store.pinned(delivery.return_id) else Counter()
    return Counter(store.redact(delivery).erased) >= before + shown


def purge_refused(pipeline: Pipeline) -> None:
    """Delete from the vault what was refused of the senders of anybody erased, and what nobody owns up to.

    Nobody can tell who is in it, and nothing was made from it.
    """
    senders = _senders(pipeline)
    known = {event.return_id: event.provider for event in events(pipeline.vault)}
    for return_id in pipeline.store.return_ids():
        receipts = pipeline.store.receipts_of(return_id)
        sender = receipts[-1].folder_provider if receipts else known.get(return_id)
        if (not receipts or receipts[-1].state is State.REFUSED) and (sender is None or sender in senders):
            Inventory(pipeline.vault).delete([pipeline.store.folder / return_id])


def left_in_raw(pipeline: Pipeline) -> list[Path]:
    """Return the files in the folder of returns that hold somebody who was erased, or may.

    Those may that were refused, of senders of anybody erased and of strangers: nobody has looked into them.
    """
    senders = _senders(pipeline)
    said = {
        (receipt.folder_year, receipt.folder_provider, name)
        for receipt in pipeline.receipts()
        if not receipt.kept_from_earlier and _may_hold(receipt, senders)
        for name in receipt.files
    }
    # A receipt has a name as it may be shown; a file has the one that its sender gave it.
    places = (file for depth in ("*/*", "*/*/*") for file in pipeline.paths.raw.glob(depth))
    found = {file for file in places if _as_shown(file.relative_to(pipeline.paths.raw)) in said}
    return sorted(found)


def note_files(pipeline: Pipeline, files: Collection[Path]) -> None:
    """Note that the city deletes these files: the returns that they are of count as if they were there."""
    places = {_as_shown(file.relative_to(pipeline.paths.raw)) for file in files}
    returns = (
        receipt.return_id
        for receipt in pipeline.receipts()
        for name in receipt.files
        if (receipt.folder_year, receipt.folder_provider, name) in places and receipt.erased
    )
    note_deleted(pipeline.store, returns)


def delete(file: Path) -> bool:
    """Delete a file or a folder that somebody put among files; say whether it is gone."""
    try:
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _as_shown(place: Path) -> tuple[str, str, str]:
    """Return year, sender and name of what lies in the folder of returns; no sender, beside their folders."""
    year, *sender, name = map(shown, place.parts)
    return year, *(sender or [""]), name


def _senders(pipeline: Pipeline) -> set[str]:
    """Return whose returns held anybody who was erased."""
    return {sender for person in Erasures.read(pipeline.vault).people for sender in person.senders}


def _may_hold(receipt: Receipt, senders: Collection[str]) -> bool:
    unread = receipt.state is State.REFUSED or receipt.collection == UNRECOGNISED
    # Of a sender that nobody knows nothing is ever opened.
    theirs = receipt.folder_provider in senders or receipt.rule == SENDER_REGISTERED.id
    return bool(receipt.erased) or (unread and theirs)


def log(pipeline: Pipeline, what: str, found: Found) -> None:
    """Note an erasure, without anything that says whose."""
    counts = [[*unit, count] for unit, count in found.counts.items()]
    pipeline.vault.add_lines(LOG, [json.dumps({"at": _now(), "what": what, "records": counts})])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
