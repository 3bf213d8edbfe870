"""What lies sealed in a vault, noted when it was whole: so that what is lost, or put back, is noticed.

A sealed file says by itself whether it was changed (`sealing.py`). That it has gone, or is an older copy of
itself, only the inventory knows. It names every sealed file with its generation. Files that it does not name,
and newer ones, are those of a run that was killed before it could note them: nobody without the key can make
one. Whatever is deleted on purpose is taken off the inventory first.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.identity.sealing import HEADER, MAGIC, PART, ClosedError, VaultError, generation_in
from pipelines.identity.vault import PINNED, Vault

FILE = "inventory"
MISSING, OLDER = "it has gone", "an older copy of it was put back"
REMEDY = (
    "Bring {folder} back from a backup, of the same day as what lies beside it. Is there none, "
    "learning-indicators accept-loss says what would be lost"
)
_BEGUN = "."
"""In an inventory that was begun: no file has this name."""
SHOWN = 5
"""Files that a message names."""


class LossError(VaultError):
    """Sealed files have gone, or are not what they were. Names each, and says what to do."""


@dataclass(frozen=True)
class Inventory:
    """The inventory of a vault.

    Beside the vault lies the generation of the newest one, so that an older one that is put back is noticed.

    Args:
        vault: of which.
    """

    vault: Vault

    def check(self) -> None:
        """Read every sealed file, and hold all against the inventory; note it where there was none.

        Raises:
            LossError: some have gone, were changed, or are older than they were.
        """
        if faults := self.faults():
            raise LossError(f"{_listed(faults)}. {REMEDY.format(folder=self.vault.folder)}")
        self.note()

    def faults(self) -> dict[str, str]:
        """Return the place of each file that is not as it was → what is wrong with it.

        Raises:
            ClosedError: a file cannot be opened here and now, and may be whole.
        """
        noted = self._noted()
        if isinstance(noted, str):
            return {FILE: noted}
        found = {}
        for place, generation in noted.items():
            file = self.vault.folder / place
            header = self.vault.header(file)
            if not os.path.lexists(file) and not self._may_have_gone(place):
                found[place] = MISSING
            elif header.startswith(MAGIC) and len(header) == HEADER and generation_in(header) < generation:
                found[place] = OLDER
        there = [*self.vault.sealed_files(), *(self.vault.folder / place for place in noted)]
        for file in dict.fromkeys(there):
            place = self._place(file)
            if place not in found and os.path.lexists(file) and (why := self._unreadable(file)):
                found[place] = why
        return found

    def note(self) -> None:
        """Note all that lies in the vault."""
        there = {self._place(f): generation_in(self.vault.header(f)) for f in self.vault.sealed_files()}
        there.pop(FILE, None)
        if there != self._noted():
            self._write(there)

    def begin(self) -> None:
        """Write one where there never was one: of what is in the vault nothing is noted yet."""
        if self._noted() == {} and not self.vault.header(self.vault.folder / FILE):
            self._write({_BEGUN: 0})

    @property
    def is_begun(self) -> bool:
        """Say whether it was begun, and nothing has been noted since."""
        noted = self._noted()
        return not isinstance(noted, str) and _BEGUN in noted

    def delete(self, files: Iterable[Path]) -> None:
        """Delete files and folders, off the inventory first.

        Raises:
            LossError: the inventory is not as it was.
        """
        files, noted = list(files), self._noted()
        if isinstance(noted, str):
            raise LossError(f"{FILE}: {noted}. {REMEDY.format(folder=self.vault.folder)}")
        gone = {self._place(file) for file in files}
        left = {place: g for place, g in noted.items() if gone.isdisjoint(_within(place))}
        if left != noted:
            self._write(left)
        for file in files:
            if file.is_dir():
                shutil.rmtree(file)
            else:
                file.unlink(missing_ok=True)

    def _write(self, noted: Mapping[str, int]) -> None:
        file = self.vault.folder / FILE
        self.vault.write_text(file, json.dumps(noted))
        newest = self._newest
        building = newest.with_name(f".{newest.name}.building")
        building.write_text(f"{generation_in(self.vault.header(file))}\n", "utf-8")
        building.replace(newest)

    @property
    def _newest(self) -> Path:
        return self.vault.folder.with_name(f"{self.vault.folder.name}.newest")

    def _noted(self) -> dict[str, int] | str:
        """Return place → generation, or what is wrong with the inventory."""
        file = self.vault.folder / FILE
        header = self.vault.header(file)
        known = self._newest_generation()
        if not header:
            return MISSING if known or self._was_kept() else {}
        if generation_in(header) < known:
            return OLDER
        try:
            return json.loads(self.vault.read_text(file))
        except ClosedError:
            raise
        except VaultError as error:
            return _without_place(error)

    def _was_kept(self) -> bool:
        """Say whether there must have been one: receipts are sealed since there is."""
        lists = self.vault.folder.rglob("[!.]*.json")
        return any(self.vault.header(file).startswith(MAGIC) for file in lists)

    def _newest_generation(self) -> int:
        try:
            return int(self._newest.read_text("utf-8"))
        except FileNotFoundError:
            return 0
        except (ValueError, IsADirectoryError):
            raise LossError(f"{self._newest}: it holds no number. Delete it: it is written anew") from None

    def _may_have_gone(self, place: str) -> bool:
        """Say whether a file is of a folder of which only another part was to stay (`Vault.pinned`)."""
        top, *rest = place.split("/")
        try:
            pinned = self.vault.pinned(self.vault.folder / top) if rest else None
        except ClosedError:
            raise
        except VaultError:
            return False
        return pinned is not None and rest[0] not in (PINNED, pinned.name)

    def _unreadable(self, file: Path) -> str:
        """Return why a file cannot be read; nothing, where it can."""
        try:
            with self.vault.open(file) as stream:
                while stream.read(PART):
                    pass
        except ClosedError:
            raise
        except VaultError as error:
            return _without_place(error)
        except OSError as error:
            if file.is_symlink() or not file.is_file():
                return "something else is in its place"
            raise ClosedError(f"{self._place(file)}: it cannot be read: {error.strerror}") from None
        return ""

    def _place(self, file: Path) -> str:
        return file.relative_to(self.vault.folder).as_posix()


def _within(place: str) -> list[str]:
    """Return a place and the folders that it is in."""
    parts = place.split("/")
    return ["/".join(parts[:number]) for number in range(1, len(parts) + 1)]


def _listed(faults: Mapping[str, str]) -> str:
    said = [f"{place}: {what}" for place, what in sorted(faults.items())]
    more = [f"{len(said) - SHOWN:,} more"] if len(said) > SHOWN else []
    return "; ".join((*said[:SHOWN], *more))


def _without_place(error: VaultError) -> str:
    return str(error).partition(": ")[2]


def adopt(vault: Vault) -> None:
    """Seal what an earlier version left plain in a vault; where there is an inventory, that is done.

    In the order in which it was written, which tells which receipt of a return is its last. Killed in
    between, it goes on at the next start.
    """
    inventory = Inventory(vault)
    inventory.begin()
    if not inventory.is_begun:
        return
    for file in _plain(vault):
        text = file.read_text("utf-8")
        # A crash can have cut off the last line of a log.
        vault.write_text(file, text[: text.rfind("\n") + 1] if file.suffix == ".jsonl" else text)
    inventory.note()


def _plain(vault: Vault) -> list[Path]:
    """Return what is not sealed of lists and logs, the oldest first."""
    there = (file for file in vault.folder.rglob("[!.]*.json*") if file.is_file())
    plain = [file for file in there if not vault.header(file).startswith(MAGIC)]
    return sorted(plain, key=lambda file: file.stat().st_mtime_ns)
