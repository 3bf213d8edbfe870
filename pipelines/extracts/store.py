"""The store of returns: what came in, and what was read from it, by content hash, sealed in the vault.

`<return>/source/` holds the files as they came, and `source.json` their names and hashes once all are there.
`<return>/<code>/` holds accepted rows and findings as that version of the reading code made them, and the
receipt once they are whole: an unchanged file is never read twice, a changed reader reads every file again.
"""

import functools
import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import polars as pl

from pipelines.extracts.contract import no_findings
from pipelines.extracts.decisions import Decisions
from pipelines.extracts.deliveries import READABLE, Delivery
from pipelines.extracts.files import copy, write_whole
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.judging import READER_FAULT, findings_in, judge
from pipelines.extracts.returns import Receipt, Refused
from pipelines.identity.vault import Drawer, Vault

SOURCE = "source"


@functools.cache
def code_version() -> str:
    """Return the hash of the code that reads and judges."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.iterdir()):
        if file.suffix in (".py", ".csv"):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
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
        file = self.folder_of(delivery.return_id, delivery.sender, delivery.year) / "receipt.json"
        return Receipt.from_json(json.loads(file.read_text("utf-8"))) if file.exists() else None

    def again(self, year: str, sender: str, collection: str, return_id: str) -> Delivery:
        """Return a delivery of files that lie in the store only."""
        source = self.folder / return_id / SOURCE
        files = json.loads(_listing(source).read_text("utf-8"))
        module = next(m for m in FORMATS if collection == m.COLLECTION)
        return Delivery(year, sender, tuple(source / name for name in files), module, tuple(files.values()))

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
        drawer.empty()
        # What is read is what was sealed, whatever becomes of the sender's file meanwhile.
        with self.vault.laid_open(copied) as files:
            tolerances = self.decisions.tolerances(delivery.sender, delivery.year)
            receipt = judge(replace(delivery, files=files), drawer, tolerances)
        if receipt.rule != READER_FAULT:
            write_whole(drawer.folder / "receipt.json", json.dumps(asdict(receipt), indent=1))
        return receipt

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
        return pl.concat(self.drawer_of(receipt).frames(table))

    def drawer_of(self, receipt: Receipt) -> Drawer:
        """Return where what was read of a return lies."""
        return self._drawer(self.folder_of(receipt.return_id, receipt.folder_provider, receipt.folder_year))

    def _drawer(self, folder: Path) -> Drawer:
        return self.vault.drawer(folder)

    def folder_of(self, return_id: str, sender: str, year: str) -> Path:
        """Return where what this code reads of a return lies, under the tolerances of its sender and year."""
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
            write_whole(
                _listing(source), json.dumps(dict(zip(names, delivery.hashes, strict=True)), indent=1)
            )
        return copied


def _listing(source: Path) -> Path:
    """Return what says which files there are; it is written when all are there."""
    return source.with_name(f"{SOURCE}.json")
