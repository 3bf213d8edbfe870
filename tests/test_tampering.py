"""Whoever changes what the city keeps is found out by the next start, which names the file and the remedy."""

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.identity.sealing import VaultError
from pipelines.ledgers import LedgerError
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.provenance import changed_files
from pipelines.reference import ReferenceError
from pipelines.releases.record import RecordError
from pipelines.releases.shelf import ReleaseGoneError
from tests.test_changing_city import City

pytestmark = pytest.mark.slow

REFUSED = (VaultError, LedgerError, RecordError, ReleaseGoneError, ReferenceError)
KINDS = {
    "release": "var/releases/2*/*/**/*",
    "record": "var/releases.jsonl",
    "vault": "var/vault/**/*",
    "ledger": "var/vault/counts/*",
    "receipt": "var/vault/*/*/receipt.json",
    "reference list": "data/reference/**/*.csv",
}


@dataclass
class Kept:
    """A city with two releases, and what lay there after the first."""

    root: Path
    earlier: Path

    def start(self):
        """Begin a run; return what it says of what the city keeps."""
        pipeline = Pipeline(Paths(self.root))
        try:
            pipeline.settle_releases()
            return " ".join(changed_files(pipeline))
        except REFUSED as error:
            assert "back from a backup" in str(error) or isinstance(error, ReferenceError)
            return str(error)

    def files(self, kind):
        return sorted(f for f in self.root.glob(KINDS[kind]) if f.is_file() and not f.is_symlink())


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    city = City(tmp_path_factory.mktemp("tampered"))
    city.run()
    earlier = tmp_path_factory.mktemp("earlier") / "city"
    shutil.copytree(city.root, earlier, symlinks=True)
    city.correct("22", 12)
    city.run()
    # What a run leaves is noted at the next start.
    assert Kept(city.root, earlier).start() == ""
    return Kept(city.root, earlier)


def cut(dice, file, _):
    content = file.read_bytes()
    file.write_bytes(content[: dice.randrange(len(content))])


def flip(dice, file, _):
    content = bytearray(file.read_bytes())
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    file.write_bytes(content)


def delete(_, file, __):
    file.unlink()


def add(_, file, __):
    with file.open("ab") as stream:
        stream.write(b"and more\n")


def swap(dice, file, others):
    other = dice.choice([other for other in others if other.read_bytes() != file.read_bytes()] or [file])
    file.write_bytes(other.read_bytes() if other != file else b"")


WAYS = (cut, flip, delete, add, swap)


@pytest.mark.parametrize("part", range(4))
def test_two_hundred_random_changes_are_found_by_name(kept, part):
    for number in range(50):
        dice = random.Random(f"{part} {number}")
        files = kept.files(dice.choice(list(KINDS)))
        file, way = dice.choice([file for file in files if file.stat().st_size]), dice.choice(WAYS)
        content, mode = file.read_bytes(), file.stat().st_mode
        way(dice, file, files)
        said = kept.start()
        assert file.name in said, (way.__name__, file.relative_to(kept.root))
        file.write_bytes(content)
        file.chmod(mode)
    assert kept.start() == ""


def test_an_older_copy_of_whatever_changed_since_is_found_by_name(kept):
    """All that the second run wrote in the place of something: the record, logs, lists of what stands."""
    found = set()
    for file in (file for kind in ("record", "vault") for file in kept.files(kind)):
        older = kept.earlier / file.relative_to(kept.root)
        content = file.read_bytes()
        if older.is_file() and older.read_bytes() != content:
            file.write_bytes(older.read_bytes())
            assert file.name in kept.start()
            file.write_bytes(content)
            found.add(file.name)
    assert found >= {"releases.jsonl", "ledger.jsonl", "ilr-accepted.json", "releases", "inventory"}
    assert kept.start() == ""


def test_a_folder_that_has_gone_is_found_by_name(kept, tmp_path):
    for place in ("var/releases/2024-25/1", "var/vault/counts", "var/vault/persons", "var/vault/tables"):
        shutil.move(kept.root / place, tmp_path / "gone")
        said = kept.start()
        assert "/".join(Path(place).parts[-2:]).removeprefix("vault/") in said
        assert "back from a backup" in said
        shutil.move(tmp_path / "gone", kept.root / place)
    assert kept.start() == ""
