"""Keeps the ledger of each release in the vault: what its counts were published as, and of how many people.

A ledger is sealed before its release appears, under the digest that the release's manifest names. So a
release always has its ledger, and a ledger without a release binds nobody.
"""

import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

import polars as pl

from pipelines.disclosure.ledger import LEDGER_SCHEMA, without_erased
from pipelines.identity.inventory import Inventory
from pipelines.identity.sealing import VaultError
from pipelines.identity.vault import Vault
from pipelines.releases.record import NOTHING, Extent

_NONCE, _NAMED, _ERASURES = "nonce", "named", "erasures"
_LEGACY = "published"
"""The name of the one ledger that an earlier version kept for all releases."""
_BRING_BACK = (
    "Bring var/vault back from a backup of the same day as var/releases; of a candidate, delete it and "
    "run again"
)
_ALWAYS = (1980, 1, 1, 0, 0, 0)


class LedgerError(Exception):
    """The ledger of a release is not there, or is another one."""


@dataclass(frozen=True)
class Ledger:
    """What a release published, and what it said of the returns of each academic year.

    Args:
        counts: of `LEDGER_SCHEMA`.
        coverage, reporting: the tables `core.coverage` and `core.reporting` of when each year was last
            revised; empty where an earlier version did not note them.
        categories: by which each year is broken down, and which of them are put together with others;
            likewise.
        erasures: names of those by which people were taken out of the counts since.
    """

    counts: pl.DataFrame
    coverage: pl.DataFrame = field(default_factory=pl.DataFrame)
    reporting: pl.DataFrame = field(default_factory=pl.DataFrame)
    categories: pl.DataFrame = field(default_factory=pl.DataFrame)
    erasures: tuple[str, ...] = ()

    def says(self, other: "Ledger") -> bool:
        """Say whether it is the same as another, whatever erasures there were."""
        return all(getattr(self, name).equals(getattr(other, name)) for name in TABLES)

    @classmethod
    def empty(cls) -> "Ledger":
        """Return the ledger of a city that has published nothing."""
        return cls(pl.DataFrame(schema=LEDGER_SCHEMA))


TABLES = tuple(each.name for each in fields(Ledger) if each.name != "erasures")


def ledger_file(folder: Path, release: str, manifest: Mapping) -> Path:
    """Return where the ledger of a release lies.

    Args:
        folder: of ledgers in the vault.
        release: its name, for what is said of it.
        manifest: of the release.

    Raises:
        LedgerError: it is not there.
    """
    file = folder / (manifest.get("ledger") or _LEGACY)
    if not file.exists():
        raise LedgerError(
            f"the ledger of release {release} is not in the vault ({file.name[:16]}). Without it, the next "
            f"release would tell of people by its difference from that one. {_BRING_BACK}"
        )
    return file


@dataclass(frozen=True)
class Remembered:
    """What a vault knows of releases.

    Args:
        published: their names, in the order in which they were published.
        record: how far the record of their steps is known.
    """

    published: tuple[str, ...] = ()
    record: Extent = NOTHING


@dataclass(frozen=True)
class Ledgers:
    """The ledgers in a vault.

    Args:
        vault: has them in the folder `counts`.
        key: of rounding: with it, nobody can try out whether a ledger has the digest that a manifest names.
    """

    vault: Vault
    key: bytes

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.vault.folder / "counts"

    def keep(self, ledger: Ledger, last: Mapping | None = None) -> str:
        """Seal a ledger; return its digest. The same ledger has the same.

        Args:
            ledger: of the next release.
            last: the manifest of the last one. If its ledger says the same, its digest stays, though people
                were taken out of it since: else an erasure alone would make a release.

        Raises:
            LedgerError: the last release has none.
        """
        if last and last.get("ledger") and self.read("published last", last).says(ledger):
            return last["ledger"]
        content = self._packed(ledger)
        digest = _digest(content)
        if not (self.folder / digest).exists():
            self.vault.write(self.folder / digest, content)
        return digest

    def read(self, release: str, manifest: dict) -> Ledger:
        """Return the ledger of a release.

        Args:
            release: its name, for what is said of it.
            manifest: of the release.

        Raises:
            LedgerError: it is not there, or is another one.
            VaultError: it cannot be opened.
        """
        digest = manifest.get("ledger")
        content = self.vault.read(ledger_file(self.folder, release, manifest))
        if digest is None:
            old = pl.read_parquet(io.BytesIO(content)).with_columns(printed=pl.lit(value=True))
            return Ledger(_of_schema(old))
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if digest not in (_digest(content), _text(packed, _NAMED)):
                raise LedgerError(
                    f"the ledger of release {release} is not the one that its manifest names. {_BRING_BACK}"
                )
            there = [name for name in TABLES if name in packed.namelist()]
            tables = {name: pl.read_parquet(packed.read(name)) for name in there}
            erasures = tuple(_text(packed, _ERASURES).splitlines())
        return Ledger(**tables | {"counts": _of_schema(tables["counts"])}, erasures=erasures)

    def take_out(self, release: str, manifest: dict, gone: pl.DataFrame, token: str) -> None:
        """Take people who are erased out of the counts of a release's ledger; what it printed stays.

        Args:
            release: its name, for what is said of it.
            manifest: of the release.
            gone: as `without_erased` takes it.
            token: names the erasure: the same is never done twice.

        Raises:
            LedgerError: it is not there, or is another one.
        """
        digest, ledger = manifest.get("ledger"), self.read(release, manifest)
        # That of an earlier version has no name of its own.
        if digest is None or token in ledger.erasures:
            return
        counts = without_erased(ledger.counts, gone)
        changed = replace(ledger, counts=counts, erasures=(*ledger.erasures, token))
        self.vault.write(self.folder / digest, self._packed(changed, named=digest))

    def check(self, manifests: Mapping[str, dict]) -> None:
        """Refuse to go on where the ledger of a release is not there, or is not what was sealed.

        Args:
            manifests: release → its manifest.

        Raises:
            LedgerError: so it is.
        """
        for release, manifest in manifests.items():
            try:
                self.read(release, manifest)
            except VaultError as error:
                raise LedgerError(f"the ledger of release {release}: {error}. {_BRING_BACK}") from None

    def remembered(self) -> Remembered:
        """Return what the vault knows of releases."""
        if not self._list.exists():
            return Remembered()
        said = json.loads(self.vault.read_text(self._list))
        # An earlier version kept the names alone.
        published, record = (said, None) if isinstance(said, list) else (said["published"], said["record"])
        return Remembered(tuple(published), Extent(**record) if record else NOTHING)

    def remember(self, now: Remembered) -> None:
        """Keep what was published: what is taken away from it is missed."""
        if self.remembered() != now:
            self.vault.write_text(self._list, json.dumps(asdict(now)))

    @property
    def _list(self) -> Path:
        return self.vault.folder / "releases"

    def tidy(self, manifests: Collection[dict]) -> None:
        """Delete the ledgers that no release and no candidate names."""
        named = {manifest.get("ledger") or _LEGACY for manifest in manifests}
        Inventory(self.vault).delete(file for file in self.folder.glob("*") if file.name not in named)

    def _packed(self, ledger: Ledger, named: str = "") -> bytes:
        """Return a ledger as bytes; one that people were taken out of keeps the name that it had."""
        parts = {each: _parquet(getattr(ledger, each)) for each in TABLES}
        digests = "".join(_digest(part) for part in parts.values())
        nonce = hmac.digest(self.key, digests.encode(), hashlib.sha256)
        since = {_NAMED: named.encode(), _ERASURES: "\n".join(ledger.erasures).encode()} if named else {}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in {_NONCE: nonce, **parts, **since}.items():
                archive.writestr(zipfile.ZipInfo(name, _ALWAYS), content)
        return packed.getvalue()


def _of_schema(counts: pl.DataFrame) -> pl.DataFrame:
    """Return counts with the columns of now: what an earlier version did not note is null."""
    missing = LEDGER_SCHEMA.keys() - set(counts.columns)
    return counts.with_columns(pl.lit(None, LEDGER_SCHEMA[name]).alias(name) for name in missing).select(
        list(LEDGER_SCHEMA)
    )


def _text(packed: zipfile.ZipFile, name: str) -> str:
    return packed.read(name).decode() if name in packed.namelist() else ""


def _parquet(frame: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
