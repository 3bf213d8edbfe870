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
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.extracts.contract import no_findings
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.judging import READER_FAULT, findings_in, judge
from pipelines.extracts.returns import Receipt

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
    """The store in one folder."""

    folder: Path

    def receipt(self, delivery: Delivery) -> Receipt | None:
        """Return the receipt of a return that this code has read before."""
        file = self._read_by_this_code(delivery.return_id) / "receipt.json"
        return Receipt.from_json(json.loads(file.read_text("utf-8"))) if file.exists() else None

    def again(self, year: str, sender: str, collection: str, return_id: str) -> Delivery:
        """Return a delivery of files that lie in the store only."""
        files = tuple(sorted((self.folder / return_id / SOURCE).iterdir()))
        module = next(m for m in FORMATS if collection == m.COLLECTION)
        return Delivery.of(year, sender, files, module)

    def take_in(self, delivery: Delivery) -> Receipt:
        """Copy and read one return; what is read appears whole or not at all."""
        delivery = replace(delivery, files=self._copy(delivery))
        final = self._read_by_this_code(delivery.return_id)
        building = final.with_name(f".{final.name}.building")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700, parents=True)
        receipt = judge(delivery, building)
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
            for file in sorted(self._read_by_this_code(receipt.return_id).glob(f"{table}-*.parquet"))
        ]

    def findings(self, receipts: Iterable[Receipt]) -> pl.DataFrame:
        """Return the findings of these returns. Restricted: they hold senders' own record keys."""
        return pl.concat(
            [no_findings(), *(findings_in(self._read_by_this_code(r.return_id)) for r in receipts)]
        )

    def _read_by_this_code(self, return_id: str) -> Path:
        return self.folder / return_id / code_version()

    def _copy(self, delivery: Delivery) -> tuple[Path, ...]:
        source = self.folder / delivery.return_id / SOURCE
        if not source.exists():
            building = source.with_name(f".{SOURCE}.building")
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir(mode=0o700, parents=True)
            for file in delivery.files:
                shutil.copyfile(file, building / file.name)
            building.rename(source)
        return tuple(source / file.name for file in delivery.files)
