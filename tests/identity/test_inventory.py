"""What the vault has lost, or has back from before, is noticed; what is deleted on purpose is not missed."""

import contextlib
import json
import os
import shutil

import pytest

from pipelines.identity.inventory import FILE, MISSING, OLDER, Inventory, LossError, adopt
from pipelines.identity.sealing import ClosedError
from pipelines.identity.vault import PINNED, Vault
from tests.vaults import vault as vault_of

PLACES = ("erased", "counts/1", "0123456789abcdef/source.json", "0123456789abcdef/code/receipt.json")


@pytest.fixture
def vault(tmp_path):
    """A vault with four files, noted."""
    vault = vault_of(tmp_path / "vault")
    adopt(vault)
    for place in PLACES:
        vault.write_text(vault.folder / place, f"what {place} holds")
    Inventory(vault).check()
    return vault


def faults(vault):
    return Inventory(vault).faults()


def test_what_is_whole_has_no_fault(vault):
    assert faults(vault) == {}
    Inventory(vault).check()


@pytest.mark.parametrize("place", PLACES)
def test_what_has_gone_is_missed_by_name(vault, place):
    (vault.folder / place).unlink()
    assert faults(vault) == {place: MISSING}
    with pytest.raises(LossError, match=f"{place}: it has gone. Bring .*/vault back from a backup"):
        Inventory(vault).check()


@pytest.mark.parametrize("place", PLACES)
def test_an_older_copy_is_noticed_once_it_is_put_back(vault, place):
    file = vault.folder / place
    old, times = file.read_bytes(), file.stat()
    vault.write_text(file, "newer")
    Inventory(vault).note()
    file.write_bytes(old)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert faults(vault) == {place: OLDER}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text[:-1], "changed, cut off or moved"),
        (lambda text: text[:20], "not a sealed file"),
        (lambda text: b"", "not a sealed file"),
        (lambda text: text[:-3] + bytes([text[-3] ^ 1]) + text[-2:], "changed, cut off or moved"),
        (lambda text: b"{}" + text, "not a sealed file"),
    ],
)
def test_what_was_changed_is_named(vault, place, spoil, said):
    file = vault.folder / place
    file.write_bytes(spoil(file.read_bytes()))
    found = faults(vault)
    assert list(found) == [place]
    assert said in found[place]


def test_a_link_in_the_place_of_a_file_is_named(vault):
    file = vault.folder / "erased"
    file.rename(vault.folder.with_name("elsewhere"))
    file.symlink_to(vault.folder.with_name("elsewhere"))
    assert list(faults(vault)) == ["erased"]


def test_a_file_in_the_place_of_another_is_named(vault):
    first, second = (vault.folder / place for place in PLACES[2:])
    shutil.copy(first, second)
    assert list(faults(vault)) == [PLACES[3]]


def test_what_a_killed_run_had_not_noted_yet_is_taken_as_it_is(vault):
    vault.write_text(vault.folder / "new", "made")
    vault.write_text(vault.folder / "erased", "made anew")
    Inventory(vault).check()
    (vault.folder / "new").unlink()
    assert faults(vault) == {"new": MISSING}


def test_what_is_deleted_on_purpose_is_not_missed(vault):
    Inventory(vault).delete([vault.folder / "erased", vault.folder / "0123456789abcdef/code"])
    assert faults(vault) == {}
    assert not (vault.folder / "0123456789abcdef/code").exists()


def test_a_kill_between_the_note_and_the_deletion_leaves_it_there(vault, monkeypatch):
    monkeypatch.setattr("pathlib.Path.unlink", None)
    with pytest.raises(TypeError):
        Inventory(vault).delete([vault.folder / "erased"])
    assert faults(vault) == {}
    assert vault.read_text(vault.folder / "erased") == "what erased holds"


def test_of_a_folder_of_which_one_part_was_to_stay_the_others_may_go(vault):
    """So a return is redacted, in whatever process."""
    folder = vault.folder / "0123456789abcdef"
    vault.write_text(folder / "kept/receipt.json", "kept")
    vault.write_text(folder / PINNED, json.dumps({"folder": "kept"}))
    Inventory(vault).note()
    shutil.rmtree(folder / "code")
    (folder / "source.json").unlink()
    assert faults(vault) == {}
    (folder / "kept/receipt.json").unlink()
    assert faults(vault) == {"0123456789abcdef/kept/receipt.json": MISSING}


def test_the_inventory_itself_is_missed(vault):
    (vault.folder / FILE).unlink()
    assert faults(vault) == {FILE: MISSING}
    with pytest.raises(LossError, match="inventory: it has gone"):
        Inventory(vault).delete([vault.folder / "erased"])


def test_an_older_inventory_is_noticed(vault):
    old = (vault.folder / FILE).read_bytes()
    Inventory(vault).delete([vault.folder / "erased"])
    (vault.folder / FILE).write_bytes(old)
    assert faults(vault) == {FILE: OLDER}


def test_a_whole_vault_of_an_earlier_day_is_noticed(vault):
    """Put back from a backup alone, without what lies beside it."""
    shutil.copytree(vault.folder, earlier := vault.folder.with_name("earlier"))
    vault.write_text(vault.folder / "new", "made since")
    Inventory(vault).note()
    shutil.rmtree(vault.folder)
    shutil.copytree(earlier, vault.folder)
    assert faults(vault) == {FILE: OLDER}


def test_the_inventory_and_its_generation_beside_the_vault_are_missed_together(vault):
    """Receipts are sealed since there is an inventory: a vault with some must have had one."""
    (vault.folder / FILE).unlink()
    vault.folder.with_name("vault.newest").unlink()
    adopt(vault)
    assert faults(vault) == {FILE: MISSING}


def test_a_first_run_that_is_killed_has_lost_nothing(tmp_path):
    vault = vault_of(tmp_path / "vault")
    adopt(vault)
    vault.write_text(vault.folder / "0123456789abcdef/source.json", "{}")
    Inventory(vault).check()


@pytest.mark.parametrize("left", range(5))
def test_sealing_what_an_earlier_version_left_plain_can_be_killed_at_any_moment(tmp_path, monkeypatch, left):
    vault = vault_of(tmp_path / "vault")
    for place in PLACES[2:]:
        (vault.folder / place).parent.mkdir(parents=True, exist_ok=True)
        (vault.folder / place).write_text("{}")
        (vault.folder / place).chmod(0o600)
    real, writes = Vault.write, iter(range(left))

    def write(self, file, content):
        if next(writes, None) is None:
            raise SystemExit("killed")
        real(self, file, content)

    monkeypatch.setattr(Vault, "write", write)
    with contextlib.suppress(SystemExit):
        adopt(vault)
    monkeypatch.setattr(Vault, "write", real)
    adopt(vault)
    Inventory(vault).check()
    assert {vault.read_text(vault.folder / place) for place in PLACES[2:]} == {"{}"}


def test_a_file_that_others_may_read_or_whose_key_is_missing_is_no_loss(vault):
    (vault.folder / "erased").chmod(0o644)
    with pytest.raises(ClosedError, match="chmod"):
        faults(vault)
    (vault.folder / "erased").chmod(0o600)
    with pytest.raises(ClosedError, match="not at hand"):
        faults(Vault.throwaway(vault.folder))


def test_a_damaged_pin_beside_another_loss_is_named(vault):
    folder = vault.folder / "0123456789abcdef"
    vault.write_text(folder / "kept/receipt.json", "kept")
    vault.write_text(folder / PINNED, json.dumps({"folder": "kept"}))
    Inventory(vault).note()
    (folder / "kept/receipt.json").unlink()
    (folder / PINNED).write_bytes((folder / PINNED).read_bytes()[:60])
    assert set(faults(vault)) == {f"0123456789abcdef/{name}" for name in (PINNED, "kept/receipt.json")}


@pytest.mark.parametrize(
    "spoil", [lambda file: file.write_text("soon"), lambda file: (file.unlink(), file.mkdir())]
)
def test_what_lies_beside_the_vault_and_is_no_number_is_named(vault, spoil):
    spoil(vault.folder.with_name("vault.newest"))
    with pytest.raises(LossError, match=r"vault\.newest: it holds no number. Delete it"):
        faults(vault)


def test_many_faults_are_counted(vault):
    for number in range(9):
        vault.write_text(vault.folder / f"more/{number}", "")
    Inventory(vault).note()
    shutil.rmtree(vault.folder / "more")
    with pytest.raises(LossError, match=r"more/4: it has gone; 4 more\. Bring"):
        Inventory(vault).check()


def test_what_an_earlier_version_left_plain_is_sealed_once(tmp_path):
    """The later receipt stays the later one; the last line of a log was cut off by a crash."""
    vault = vault_of(tmp_path / "vault")
    later, earlier = (vault.folder / f"0123456789abcdef/{code}/receipt.json" for code in "ab")
    log = vault.folder / "ledger.jsonl"
    for number, (file, text) in enumerate([(earlier, "{}"), (later, "[]"), (log, '{"a": 1}\n{"b": ')]):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)
        os.utime(file, (number, number))
    adopt(vault)
    Inventory(vault).check()
    assert [vault.read_text(file) for file in (earlier, later)] == ["{}", "[]"]
    assert vault.header(earlier) < vault.header(later)
    assert vault.read_lines("ledger.jsonl") == ['{"a": 1}']
    # A plain one that is put there later is none of an earlier version.
    earlier.write_text("{}")
    adopt(vault)
    assert list(faults(vault)) == ["0123456789abcdef/b/receipt.json"]
