"""The store of returns: what came in, and what was read from it, by content hash, sealed in the vault.

`<return>/source/` holds the files as they came, and `source.json` their names and hashes once all are there.
`<return>/<code>/` holds accepted rows and findings as that version of the reading code made them, and the
receipt once they are whole: an unchanged file is never read twice, a changed reader reads every file again.

A return that held somebody who was erased is *redacted*: `<return>/pinned.json` names the one folder that is
left of it. It is never read again, as its source is gone, whatever the reading code or `data/raw` become.
"""

import ast
import functools
import hashlib
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import polars as pl

from pipelines.extracts.contract import no_findings
from pipelines.extracts.decisions import Decisions
from pipelines.extracts.deliveries import READABLE, Delivery
from pipelines.extracts.files import copy
from pipelines.extracts.formats import ACCEPTED_TABLES, format_of
from pipelines.extracts.judging import READER_FAULT, findings_in, judge, people_of
from pipelines.extracts.redaction import Redaction, people_in, redact_accepted
from pipelines.extracts.returns import Receipt, Refused, State
from pipelines.identity.erasures import Erasures
from pipelines.identity.inventory import Inventory
from pipelines.identity.sealing import generation_in
from pipelines.identity.vault import PINNED, Drawer, Vault

SOURCE = "source"
RECEIPT = "receipt.json"


@functools.cache
def code_version() -> str:
    """Return the hash of the code that reads and judges, in whatever folder; not of its comments."""
    return version_of(Path(__file__).parent)


def version_of(folder: Path) -> str:
    """Return the hash of the code and lists in a folder, and in those in it, without comments."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix == ".py":
            said = ast.dump(ast.parse(file.read_bytes())).encode()
        elif file.suffix in (".csv", ".yml"):
            said = file.read_bytes()
        else:
            continue
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + said)
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Store:
    """The store in a vault, read under these decisions."""

    vault: Vault
    decisions: Decisions = field(default_factory=Decisions)

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.vault.folder

    def receipt(self, delivery: Delivery) -> Receipt | None:
        """Return the receipt of a return that this code has read before."""
        return self._receipt_in(self.folder_of(delivery.return_id, delivery.sender, delivery.year))

    def again(self, year: str, sender: str, collection: str, return_id: str) -> Delivery:
        """Return a delivery of files that lie in the store only."""
        source = self.folder / return_id / SOURCE
        if pinned := self.pinned(return_id):
            files = self._receipt_in(pinned).files
        else:
            files = json.loads(self.vault.read_text(_listing(source)))
        places = tuple(source / name for name in files)
        return Delivery(year, sender, places, format_of(collection), tuple(files.values()))

    def take_in(self, delivery: Delivery) -> Receipt:
        """Seal a copy of one return and read it; what is read counts once its receipt is there.

        Raises:
            VaultError: what is sealed cannot be opened.
        """
        try:
            copied = self._copy(delivery)
        except OSError as error:
            return delivery.refusal(Refused(READABLE, why=error.strerror or "no reason given"))
        if copied is None:
            return delivery.later()
        drawer = self._drawer(self.folder_of(delivery.return_id, delivery.sender, delivery.year))
        # What is read is what was sealed, whatever becomes of the sender's file meanwhile.
        receipt = self._judge(replace(delivery, files=copied), drawer)
        if receipt.erased:
            return self.redact(replace(delivery, files=copied))
        if receipt.rule != READER_FAULT:
            self._write_receipt(drawer.folder, receipt)
        return receipt

    def redact(self, delivery: Delivery) -> Receipt:
        """Keep of a return in the store what is about nobody on the list of the erased, and nothing else.

        What is left is written aside and pinned in one step; only then the rest is deleted. After a crash the
        return is as it was, or redacted.

        Raises:
            VaultError: what is sealed cannot be opened.
        """
        place = self.folder / delivery.return_id
        drawer = self._drawer(place / f"redacted-{secrets.token_hex(4)}")
        if old := self.pinned(delivery.return_id):
            drawer.empty()
            receipt = redact_accepted(
                self._receipt_in(old), self._drawer(old), drawer, self._redaction(delivery)
            )
        else:
            before = self.receipts_of(delivery.return_id)
            receipt = self._judge(delivery, drawer)
            if (
                before
                and before[-1].state is State.ACCEPTED
                and receipt.state in (State.EMPTY, State.ALL_REJECTED)
            ):
                # What it replaced must not come back because nobody is left in it.
                receipt = replace(receipt, state=State.ACCEPTED)
        if receipt.rule == READER_FAULT:
            shutil.rmtree(drawer.folder)
            return receipt
        self._write_receipt(drawer.folder, receipt)
        # Whether it was held is not judged anew because somebody is no longer in it.
        for memory in self.folder_of(delivery.return_id, delivery.sender, delivery.year).glob("after-*.json"):
            self.vault.write_text(drawer.folder / memory.name, self.vault.read_text(memory))
        self.vault.write_text(place / PINNED, json.dumps({"folder": drawer.folder.name}))
        self.clear(delivery.return_id)
        return receipt

    def tidy(self) -> None:
        """Delete what a crash left half-made, or of returns that were redacted.

        Only for whoever holds the run lock.
        """
        half_made: list[Path] = []
        for return_id in self.return_ids():
            self.clear(return_id)
            folders = (entry for entry in (self.folder / return_id).iterdir() if entry.is_dir())
            half_made += (folder for folder in folders if not _is_whole(folder))
        Inventory(self.vault).delete(half_made)

    def holds(self, return_id: str) -> bool:
        """Say whether a return can be read, or has been for good."""
        return bool(self.pinned(return_id)) or _listing(self.folder / return_id / SOURCE).exists()

    def clear(self, return_id: str) -> None:
        """Delete what a redacted return was made from."""
        if pinned := self.pinned(return_id):
            for entry in pinned.parent.iterdir():
                if entry.is_dir() and entry != pinned:
                    shutil.rmtree(entry)
                elif entry.name != PINNED and entry != pinned:
                    entry.unlink()

    def pinned(self, return_id: str) -> Path | None:
        """Return the one folder of a redacted return; None for others."""
        return self.vault.pinned(self.folder / return_id)

    def people(self, delivery: Delivery) -> Iterator[tuple[str, pl.DataFrame]]:
        """Yield tables of a return in the store with `line` and who each row is about, of all rows there are.

        Raises:
            Refused: it breaks off.
            VaultError: what is sealed cannot be opened.
        """
        if pinned := self.pinned(delivery.return_id):
            for table, contract in delivery.module.CONTRACTS.items():
                for rows in self._drawer(pinned).frames(table):
                    if (people := people_in(contract, rows, accepted=True)) is not None:
                        yield table, people
            return
        with self.vault.laid_open(delivery.files) as files:
            yield from people_of(replace(delivery, files=files))

    def receipts_of(self, return_id: str) -> list[Receipt]:
        """Return the receipts of a return by whatever code, the latest last."""
        files = (self.folder / return_id).glob(f"*/{RECEIPT}")
        in_order = sorted(files, key=lambda file: generation_in(self.vault.header(file)))
        return [self._receipt_in(file.parent) for file in in_order]

    def return_ids(self) -> list[str]:
        """Return all returns that are here, whatever became of them."""
        return sorted(folder.name for folder in self.folder.glob("[0-9a-f]" * 16) if folder.is_dir())

    def _judge(self, delivery: Delivery, drawer: Drawer) -> Receipt:
        drawer.empty()
        tolerances = self.decisions.tolerances(delivery.sender, delivery.year)
        with self.vault.laid_open(delivery.files) as files:
            return judge(
                replace(delivery, files=files), drawer, tolerances, erasures=Erasures.read(self.vault)
            )

    def _redaction(self, delivery: Delivery) -> Redaction:
        erasures, contracts = Erasures.read(self.vault), delivery.module.CONTRACTS
        return Redaction.of(erasures, delivery.sender, delivery.collection, contracts)

    def accepted_files(self, receipts: Iterable[Receipt], collection: str, table: str) -> list[Path]:
        """Return the sealed Parquet files of one accepted table over these returns."""
        return [
            file
            for receipt in receipts
            if receipt.collection == collection
            for file in self.drawer_of(receipt).files(table)
        ]

    def accepted(self, receipt: Receipt, table: str) -> pl.DataFrame:
        """Return the accepted rows of one table of a return."""
        _, contract = ACCEPTED_TABLES[f"{receipt.collection}_{table}"]
        none = pl.DataFrame(schema=contract.accepted_schema)
        # Of a redacted return nobody may be left, and its rows may be of earlier code.
        return pl.concat([none, *self.drawer_of(receipt).frames(table)], how="diagonal").select(none.columns)

    def drawer_of(self, receipt: Receipt) -> Drawer:
        """Return where what was read of a return lies."""
        return self._drawer(self.folder_of(receipt.return_id, receipt.folder_provider, receipt.folder_year))

    def _drawer(self, folder: Path) -> Drawer:
        return self.vault.drawer(folder)

    def folder_of(self, return_id: str, sender: str, year: str) -> Path:
        """Return where what this code reads of a return lies, under the tolerances of its sender and year."""
        if pinned := self.pinned(return_id):
            return pinned
        granted = self.decisions.tolerances(sender, year)
        suffix = "-" + hashlib.sha256(repr(granted).encode()).hexdigest()[:8] if granted else ""
        return self.folder / return_id / f"{code_version()}{suffix}"

    def findings(self, receipts: Iterable[Receipt]) -> pl.DataFrame:
        """Return the findings of these returns. Restricted: they hold senders' own record keys."""
        return pl.concat([no_findings(), *(findings_in(self.drawer_of(r)) for r in receipts)])

    def _copy(self, delivery: Delivery) -> tuple[Path, ...] | None:
        """Seal the files as they were hashed; None where one has changed since.

        Raises:
            OSError: a file cannot be read any more, or not be written here.
        """
        source = self.folder / delivery.return_id / SOURCE
        copied = tuple(source / file.name for file in delivery.files)
        if not _listing(source).exists():
            shutil.rmtree(source, ignore_errors=True)
            pairs = zip(delivery.files, copied, strict=True)
            if tuple(copy(file, self.vault, sealed) for file, sealed in pairs) != delivery.hashes:
                shutil.rmtree(source)
                return None
            names = (file.name for file in copied)
            hashes = dict(zip(names, delivery.hashes, strict=True))
            self.vault.write_text(_listing(source), json.dumps(hashes))
        return copied

    def _receipt_in(self, folder: Path) -> Receipt | None:
        file = folder / RECEIPT
        return Receipt.from_json(json.loads(self.vault.read_text(file))) if file.exists() else None

    def _write_receipt(self, folder: Path, receipt: Receipt) -> None:
        self.vault.write_text(folder / RECEIPT, json.dumps(asdict(receipt)))


def _is_whole(folder: Path) -> bool:
    return (_listing(folder) if folder.name == SOURCE else folder / RECEIPT).exists()


def _listing(source: Path) -> Path:
    """Return what says which files there are; it is written when all are there."""
    return source.with_name(f"{SOURCE}.json")
