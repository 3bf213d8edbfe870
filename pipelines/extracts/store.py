"""The store of returns: what came in, and what was read from it, by content hash.

`<return>/source/` holds the files as they came; nobody writes to them again.
`<return>/<code>/` holds the receipt, accepted rows and findings as that version of the reading code made
them: an unchanged file is never read twice, a changed reader reads every file again. Restricted.
"""

import functools
import hashlib
import json
import shutil
import traceback
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.extracts.contract import FINDING_COLUMNS
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.reading import RETURN, read_return
from pipelines.extracts.returns import Identity, Receipt, Refused, State
from pipelines.extracts.rules import FileRule

SOURCE = "source"
READER_FAULT = "reader_fault"
FAULT = FileRule(
    READER_FAULT,
    "This software failed on the return ({where}); that is its fault, not yours.",
    "Nothing for now: it is tried again at the next run. Tell the city's data team.",
)
"""A return that could not be read through a fault of this software. Tried again at the next run."""
FOLDER_YEAR = FileRule(
    "folder_year",
    "The return is about {year}, but lies in the folder of {folder}.",
    "Put it into the folder of the academic year it is about.",
)
FOLDER_PROVIDER = FileRule(
    "folder_provider",
    "The provider named in the return is not the one whose folder it lies in.",
    "Put it into the folder of the provider it is from.",
)
PLACE_RULES = (FOLDER_YEAR, FOLDER_PROVIDER, FAULT)
"""What must hold of where a return lies, whatever its format."""


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
        try:
            receipt = _read(delivery, building)
        except Refused as refused:
            receipt = _refuse(delivery, building, refused)
        except Exception as error:  # noqa: BLE001 — a fault of ours on one return must not stop the others
            return _refuse(delivery, building, Refused(FAULT, where=_where(error)))
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
        files = [
            file
            for receipt in receipts
            for file in sorted(self._read_by_this_code(receipt.return_id).glob("findings-*.parquet"))
        ]
        if not files:
            return pl.DataFrame(schema={**FINDING_COLUMNS, RETURN: pl.String})
        return pl.concat([pl.read_parquet(file) for file in files])

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


def _read(delivery: Delivery, folder: Path) -> Receipt:
    module = delivery.module
    identity = module.identify(delivery.files)
    _check_place(delivery, identity)
    outcome = read_return(module, delivery.files, identity.academic_year, delivery.return_id, folder)
    state = State.ACCEPTED
    if not outcome.read[module.RECORDS]:
        state = State.EMPTY
    elif not outcome.kept[module.RECORDS]:
        state = State.ALL_REJECTED
    return delivery.receipt(
        state,
        provider=identity.provider,
        academic_year=identity.academic_year.label,
        prepared_at=identity.prepared_at.isoformat(),
        serial=identity.serial,
        read=dict(outcome.read),
        kept=dict(outcome.kept),
        quarantined=dict(outcome.quarantined),
        findings=dict(outcome.findings),
    )


def _check_place(delivery: Delivery, identity: Identity) -> None:
    if identity.academic_year.folder != delivery.year:
        raise Refused(FOLDER_YEAR, year=identity.academic_year.label, folder=delivery.year)
    if identity.provider != delivery.sender:
        raise Refused(FOLDER_PROVIDER)


def _refuse(delivery: Delivery, folder: Path, refused: Refused) -> Receipt:
    """Leave nothing of what was read; say why."""
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    return delivery.refusal(refused)


def _where(error: Exception) -> str:
    """Say what kind of fault, and where in the code; the error's own text may hold what was being read."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
