"""The vault as DuckDB sees it: `vault://<place>` is a sealed file, opened in memory only."""

from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from fsspec import AbstractFileSystem

from pipelines.identity.sealing import SealedReader, SealedWriter
from pipelines.identity.vault import Vault

PROTOCOL = "vault"


def address(vault: Vault, file: Path) -> str:
    """Return the name under which DuckDB knows a sealed file."""
    return f"{PROTOCOL}://{file.relative_to(vault.folder).as_posix()}"


class VaultFiles(AbstractFileSystem):
    """What DuckDB asks of a file system, and no more."""

    protocol: ClassVar[str] = PROTOCOL
    # Two vaults are never the same, whatever they are called.
    cachable: ClassVar[bool] = False

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self._vault = vault

    def open(self, path: str, mode: str = "rb", **_: object) -> SealedReader | SealedWriter:
        """Open a file for reading, or for writing as a whole."""
        return self._vault.create(self._file(path)) if "w" in mode else self._vault.open(self._file(path))

    def info(self, path: str, **_: object) -> dict:
        """Say whether there is such a file, and how large it is."""
        file = self._file(path)
        with self._vault.open(file) as stream:
            return {"name": self._strip_protocol(path), "size": stream.size, "type": "file"}

    def modified(self, path: str) -> datetime:
        """Say when a file was written."""
        return datetime.fromtimestamp(self._file(path).stat().st_mtime, UTC)

    def ls(self, path: str, detail: bool = True, **_: object) -> list:
        """List nothing: files are asked for by name."""
        return []

    def _file(self, path: str) -> Path:
        return self._vault.folder / self._strip_protocol(path)
