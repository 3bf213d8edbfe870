"""Finds the returns that lie in `data/raw/<academic year>/<sender>/`, in a fixed order."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.extracts.formats import FORMATS
from pipelines.extracts.returns import Format, Receipt, Refused, State
from pipelines.years import AcademicYear

UNRECOGNISED = "unrecognised"
"""Stands for a collection where no format knows a file."""
_TEMPORARY = (".part", ".tmp", ".crdownload", "~")


@dataclass(frozen=True)
class Delivery:
    """The files of one return where they lie; `module` is None where no format knows them."""

    year: str
    sender: str
    files: tuple[Path, ...]
    module: Format | None
    hashes: tuple[str, ...]

    @classmethod
    def of(cls, year: str, sender: str, files: tuple[Path, ...], module: Format | None) -> "Delivery":
        """Return a delivery of these files, hashed."""
        return cls(year, sender, files, module, tuple(map(_hash, files)))

    @property
    def collection(self) -> str:
        """The format's name."""
        return self.module.COLLECTION if self.module else UNRECOGNISED

    @property
    def return_id(self) -> str:
        """Sixteen hexadecimal digits of the hash of place, names and bytes."""
        parts = [self.year, self.sender]
        for file, digest in zip(self.files, self.hashes, strict=True):
            parts += [file.name, digest]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.stat().st_size for file in self.files)

    def receipt(self, state: State, **more: object) -> Receipt:
        """Return a receipt for it."""
        return Receipt(
            return_id=self.return_id,
            collection=self.collection,
            folder_provider=self.sender,
            folder_year=self.year,
            files={f.name: h for f, h in zip(self.files, self.hashes, strict=True)},
            state=state,
            **more,
        )

    def refusal(self, refused: Refused) -> Receipt:
        """Return the receipt of a return refused whole."""
        return self.receipt(State.REFUSED, rule=refused.rule.id, message=refused.message)


def find_deliveries(raw: Path, year: AcademicYear, collection: str) -> Iterator[Delivery]:
    """Yield every return of one collection in a year's folder."""
    for folder in sorted(p for p in (raw / year.folder).glob("*") if p.is_dir()):
        files = sorted(
            p
            for p in folder.iterdir()
            if p.is_file() and not p.name.startswith(".") and not p.name.endswith(_TEMPORARY)
        )
        grouped = [(module, group) for module in FORMATS for group in module.group(files)]
        claimed = {file for _, group in grouped for file in group}
        grouped += [(None, (file,)) for file in files if file not in claimed]
        for module, group in grouped:
            if collection == (module.COLLECTION if module else UNRECOGNISED):
                yield Delivery.of(year.folder, folder.name, group, module)


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
