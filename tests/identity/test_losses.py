"""Part of the vault is lost, and no backup has it: the city goes on with what is left, and is told what."""

import shutil

import pytest

from pipelines import cli
from pipelines.extracts.reception import standing_returns
from pipelines.identity.erasures import LIST
from pipelines.identity.inventory import FILE, Inventory, LossError
from tests.identity.small_town import COLLEGE, LIBRARY, Town


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    return Town(tmp_path_factory.mktemp("town")).settle()


@pytest.fixture
def town(settled, tmp_path):
    town = settled.copy(tmp_path / "town")
    Inventory(town.pipeline.vault).note()
    return town


def accept_loss(town, *more):
    return cli.main(["accept-loss", "--root", str(town.paths.root), *more])


DECIDED = ("--by", "A. Lovelace", "--reason", "The disk broke, and so did its copy")


def test_where_nothing_is_lost_it_says_so(town, capsys):
    assert accept_loss(town, *DECIDED) == 0
    assert capsys.readouterr().out == "Nothing is lost.\n"
    assert town.pipeline.shelf.record.entries == []


@pytest.mark.parametrize("broken", ["receipt.json", "enrolment-0000.parquet"])
def test_a_return_of_which_something_is_lost_is_read_again(town, capsys, broken):
    receipt = town.receipt(LIBRARY)
    (file,) = (town.paths.vault / receipt.return_id).rglob(broken)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(LossError):
        town.look()
    assert accept_loss(town) == 1
    said = capsys.readouterr().out
    assert f"Return {receipt.return_id} of MCR-001, 2024/25, community learning: it is read again" in said
    assert "To go on without it" in said
    with pytest.raises(LossError):
        town.look()
    assert accept_loss(town, *DECIDED) == 0
    town.look()
    assert town.receipt(LIBRARY) == receipt
    (entry,) = town.pipeline.shelf.record.entries
    assert (entry.step, entry.by) == ("loss accepted", "A. Lovelace")
    assert file.relative_to(town.paths.vault).as_posix() in entry.subject
    assert accept_loss(town) == 0


def test_a_return_that_has_no_file_any_more_is_lost_and_said_to_be(town, capsys):
    receipts = [r for r in town.receipts if r.folder_provider == COLLEGE]
    for receipt in receipts:
        shutil.rmtree(town.paths.vault / receipt.return_id)
    for file in (town.year / COLLEGE).iterdir():
        file.unlink()
    assert accept_loss(town, *DECIDED) == 0
    said = capsys.readouterr().out
    for receipt in receipts:
        assert f"Return {receipt.return_id} of 10090001, 2024/25, ilr: it is lost, and counts no more" in said
    town.look()
    assert not [r for r in standing_returns(town.receipts) if r.folder_provider == COLLEGE]


def test_without_the_list_of_the_erased_there_is_no_going_on(town, capsys):
    town.erase()
    Inventory(town.pipeline.vault).note()
    (town.paths.vault / LIST).unlink()
    assert accept_loss(town, *DECIDED) == 1
    assert "erased: it has gone. Without it somebody could be told" in capsys.readouterr().out
    with pytest.raises(LossError):
        town.look()


def test_without_the_inventory_nobody_knows_what_else_is_lost(town, capsys):
    """The list of the erased could have gone with it."""
    town.erase()
    Inventory(town.pipeline.vault).note()
    for name in (FILE, LIST):
        (town.paths.vault / name).unlink()
    assert accept_loss(town, *DECIDED) == 1
    assert "inventory: it has gone. Without it somebody could be told" in capsys.readouterr().out
    with pytest.raises(LossError):
        town.look()


def test_a_kill_in_between_leaves_the_loss_to_be_accepted_again(town, monkeypatch, capsys):
    receipt = town.receipt(LIBRARY)
    (file,) = (town.paths.vault / receipt.return_id).rglob("enrolment-0000.parquet")
    file.unlink()
    real, left = shutil.rmtree, iter(())

    def rmtree(*arguments, **more):
        if next(left, None) is None:
            raise SystemExit("killed")
        real(*arguments, **more)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    with pytest.raises(SystemExit):
        accept_loss(town, *DECIDED)
    monkeypatch.setattr(shutil, "rmtree", real)
    with pytest.raises(LossError):
        town.look()
    assert accept_loss(town, *DECIDED) == 0
    town.look()
    assert town.receipt(LIBRARY) == receipt


def test_what_stands_is_known_without_its_list(town):
    """A return without a file, which only the list named, still stands."""
    for file in (town.year / COLLEGE).iterdir():
        file.unlink()
    town.look()
    stood = [r.return_id for r in standing_returns(town.receipts)]
    Inventory(town.pipeline.vault).note()
    (town.paths.vault / "ilr-accepted.json").unlink()
    assert accept_loss(town, *DECIDED) == 0
    town.look()
    assert [r.return_id for r in standing_returns(town.receipts)] == stood


def test_without_the_ledger_of_returns_it_is_not(town, capsys):
    for name in ("ilr-accepted.json", "ledger.jsonl"):
        (town.paths.vault / name).unlink()
    assert accept_loss(town, *DECIDED) == 1
    assert "ledger.jsonl: it has gone" in capsys.readouterr().out


def test_a_file_that_others_may_read_is_no_loss(town, capsys):
    file = town.paths.vault / "ledger.jsonl"
    file.chmod(0o644)
    assert accept_loss(town, *DECIDED) == 1
    assert "chmod" in capsys.readouterr().out
    assert file.exists()
