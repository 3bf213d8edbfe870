"""The store of returns: what came in, and what was read from it, by content hash.

`<return>/source/` holds the files as they came; nobody writes to them again.
`<return>/<code>/` holds the receipt, accepted rows and findings as that version of the reading code made
them: an unchanged file is never read twice, a changed reader reads every file again. Restricted.
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
from pipelines.extracts.files import copy
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.judging import READER_FAULT, findings_in, judge
from pipelines.extracts.returns import Receipt, Refused

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
    """The store in one folder, read under these decisions."""

    folder: Path
    decisions: Decisions = field(default_factory=Decisions)

    def receipt(self, delivery: Delivery) -> Receipt | None:
        """Return the receipt of a return that this code has read before."""
        file = self.folder_of(delivery.return_id, delivery.sender, delivery.year) / "receipt.json"
        return Receipt.from_json(json.loads(file.read_text("utf-8"))) if file.exists() else None

    def again(self, year: str, sender: str, collection: str, return_id: str) -> Delivery:
        """Return a delivery of files that lie in the store only."""
        files = tuple(sorted((self.folder / return_id / SOURCE).iterdir()))
        module = next(m for m in FORMATS if collection == m.COLLECTION)
        return Delivery.of(year, sender, files, module)

    def take_in(self, delivery: Delivery) -> Receipt:
        """Copy and read one return; what is read appears whole or not at all."""
        try:
            copied = self._copy(delivery)
        except OSError as error:
            return delivery.refusal(Refused(READABLE, why=error.strerror or "no reason given"))
        if copied is None:
            return delivery.later()
        delivery = replace(delivery, files=copied)
        final = self.folder_of(delivery.return_id, delivery.sender, delivery.year)
        building = final.with_name(f".{final.name}.building")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700, parents=True)
        receipt = judge(delivery, building, self.decisions.tolerances(delivery.sender, delivery.year))
        if receipt.rule == READER_FAULT:
            return receipt
        (building / "receipt.json").write_text(json.dumps(asdict(receipt), indent=1), "utf-8")
        building.rename(final)
        return receipt

    def accepted_files(self, receipts: Iterable[Receipt], collection: str, table: str) -> list[Path]:
        """Return the Parquet files of one accepted table over these returns."""
        return [
            file
            for receipt in receipts
            if receipt.collection == collection
            for file in sorted(self.place_of(receipt).glob(f"{table}-*.parquet"))
        ]

    def accepted(self, receipt: Receipt, table: str) -> pl.DataFrame:
        """Return the accepted rows of one table of a return."""
        return pl.read_parquet(sorted(self.place_of(receipt).glob(f"{table}-*.parquet")))

    def place_of(self, receipt: Receipt) -> Path:
        """Return where what was read of a return lies."""
        return self.folder_of(receipt.return_id, receipt.folder_provider, receipt.folder_year)

    def folder_of(self, return_id: str, sender: str, year: str) -> Path:
        """Return where what this code reads of a return lies, under the tolerances of its sender and year."""
        granted = self.decisions.tolerances(sender, year)
        suffix = "-" + hashlib.sha256(repr(granted).encode()).hexdigest()[:8] if granted else ""
        return self.folder / return_id / f"{code_version()}{suffix}"

    def findings(self, receipts: Iterable[Receipt]) -> pl.DataFrame:
        """Return the findings of these returns. Restricted: they hold senders' own record keys."""
        return pl.concat([no_findings(), *(findings_in(self.place_of(r)) for r in receipts)])

    def _copy(self, delivery: Delivery) -> tuple[Path, ...] | None:
        """Keep the files as they were hashed; None where one has changed since.

        Raises:
            OSError: a file cannot be read any more, or not be written here.
        """
        source = self.folder / delivery.return_id / SOURCE
        if not source.exists():
            building = source.with_name(f".{SOURCE}.building")
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir(mode=0o700, parents=True)
            copies = tuple(copy(file, building / file.name) for file in delivery.files)
            if copies != delivery.hashes:
                shutil.rmtree(building)
                return None
            building.rename(source)
        return tuple(source / file.name for file in delivery.files)
