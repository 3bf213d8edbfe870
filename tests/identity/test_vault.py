"""The vault: what is sealed comes back whole or not at all, and nothing of it is readable meanwhile."""

import os
import pickle
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from pipelines import warehouse
from pipelines.identity.keys import Secrets
from pipelines.identity.sealing import HEADER, PART, VaultError
from pipelines.identity.vault import Vault
from pipelines.identity.vault_files import VaultFiles, address
from tests.conftest import REPOSITORY
from tests.vaults import SECRETS

CANARY = b"Zzyzxcanary"
TAG = 16


@pytest.fixture
def vault(tmp_path):
    return Vault.unlock(tmp_path / "vault", SECRETS.vault)


def text_of(size):
    return (CANARY * (size // len(CANARY) + 1))[:size]


@pytest.mark.parametrize("size", [0, 1, 15, 16, PART - 1, PART, PART + 1, 3 * PART, 3 * PART + 5])
def test_what_was_sealed_comes_back(vault, size):
    file, content = vault.folder / "a" / "b", text_of(size)
    vault.write(file, content)
    assert vault.read(file) == content
    assert CANARY not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert {p.stat().st_mode & 0o777 for p in (vault.folder, file.parent)} == {0o700}
    with vault.open(file) as stream:
        assert stream.size == size


def test_a_file_is_read_from_any_place_by_many_threads(vault):
    file = vault.folder / "file"
    content = b"".join(number.to_bytes(4) for number in range(PART))
    vault.write(file, content)
    with vault.open(file) as stream:

        def read(place):
            stream.seek(place)
            return stream.read(PART // 2) == content[place : place + PART // 2]

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(read, [n * 37_219 % len(content) for n in range(200)]))
        stream.seek(-3, os.SEEK_END)
        assert (stream.read(10), stream.read(10)) == (content[-3:], b"")


def test_no_two_files_look_alike(vault):
    for name in ("a", "b"):
        vault.write(vault.folder / name, text_of(100))
    assert (vault.folder / "a").read_bytes()[HEADER:] != (vault.folder / "b").read_bytes()[HEADER:]


# What was done to a file since


def flip(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def part(content, number):
    return content[HEADER + number * (PART + TAG) : HEADER + (number + 1) * (PART + TAG)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: flip(c, 3 * 8 + 1),
        lambda c: flip(c, HEADER),
        lambda c: flip(c, len(c) - 1),
        lambda c: c[:-1],
        lambda c: c + b"x",
        lambda c: c[: HEADER + 2 * (PART + TAG)],
        lambda c: c[: HEADER + PART + TAG],
        lambda c: c[:HEADER],
        lambda c: c[:HEADER] + part(c, 1) + part(c, 0) + part(c, 2),
        lambda c: c[:HEADER] + part(c, 0) + part(c, 2),
        lambda c: c[:HEADER] + part(c, 0) + part(c, 0) + part(c, 2),
    ],
    ids=[
        "salt", "first byte", "last byte", "cut off", "longer", "without its last part", "without two parts",
        "nothing left", "parts in another order", "a part left out", "a part twice",
    ],
)  # fmt: skip
def test_a_changed_file_is_not_read(vault, spoil):
    file = vault.folder / "file"
    vault.write(file, os.urandom(2 * PART + 10))
    assert len(vault.read(file)) == 2 * PART + 10
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(VaultError, match=r"^file: changed, cut off or moved") as error:
        vault.read(file)
    assert error.value.__cause__ is None


@pytest.mark.parametrize("left", [1, 8, 16])
@pytest.mark.parametrize("parts", [0, 1, 2])
def test_a_file_that_was_cut_within_the_tag_of_its_last_part_is_not_read(vault, parts, left):
    """What is left of that part is no content: without it the others would read as a whole, shorter file."""
    file = vault.folder / "file"
    vault.write(file, text_of(3 * PART))
    file.write_bytes(file.read_bytes()[: HEADER + parts * (PART + 16) + left])
    with pytest.raises(VaultError, match=r"^file: c"):
        vault.read(file)


def test_whoever_reads_to_the_end_reads_that_it_is_the_end(vault):
    """Three parts of four, of which the last says that one follows."""
    file = vault.folder / "file"
    vault.write(file, text_of(4 * PART))
    file.write_bytes(file.read_bytes()[: HEADER + 3 * (PART + 16)])
    with vault.open(file) as stream, pytest.raises(VaultError, match="cut off"):
        stream.read()


def test_a_file_in_the_place_of_another_is_not_read(vault):
    first, second = vault.folder / "a" / "x", vault.folder / "b" / "x"
    for file in (first, second):
        vault.write(file, text_of(10))
    first.replace(second)
    with pytest.raises(VaultError, match="b/x: changed, cut off or moved"):
        vault.read(second)


def test_another_key_under_the_same_name_does_not_open_it(vault):
    file = vault.folder / "file"
    vault.write(file, CANARY)
    assert vault.read(file) == CANARY
    other = Vault.unlock(vault.folder, {SECRETS.key_id: b"k" * 32})
    with pytest.raises(VaultError, match="another key"):
        other.read(file)


def test_a_key_that_is_not_at_hand_is_named(vault):
    file = vault.folder / "file"
    vault.write(file, CANARY)
    other = Vault.unlock(vault.folder, Secrets.derive(b"another secret").vault)
    with pytest.raises(VaultError, match=f"file: sealed under the key {SECRETS.key_id}"):
        other.read(file)


@pytest.mark.parametrize("content", [b"", b"plain text", b"LIVAULT1"])
def test_what_is_not_sealed_is_not_read(vault, content):
    (vault.folder / "plain").write_bytes(content)
    (vault.folder / "plain").chmod(0o600)
    with pytest.raises(VaultError, match="plain: not a sealed file"):
        vault.read(vault.folder / "plain")


# Who may open it


@pytest.mark.parametrize("mode", [0o710, 0o701, 0o755, 0o770])
def test_a_folder_that_others_may_enter_is_refused(vault, mode):
    vault.folder.chmod(mode)
    with pytest.raises(VaultError, match="vault: others than its owner"):
        Vault.unlock(vault.folder, SECRETS.vault)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_may_open_is_refused(vault, mode):
    file = vault.folder / "file"
    vault.write(file, CANARY)
    file.chmod(mode)
    with pytest.raises(VaultError, match="file: others than its owner"):
        vault.read(file)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can give a file away")
def test_what_belongs_to_somebody_else_is_refused(vault):
    file = vault.folder / "file"
    vault.write(file, CANARY)
    os.chown(file, 12345, -1)
    with pytest.raises(VaultError, match="file: it belongs to somebody else"):
        vault.read(file)
    os.chown(vault.folder, 12345, -1)
    with pytest.raises(VaultError, match="vault: it belongs to somebody else"):
        Vault.unlock(vault.folder, SECRETS.vault)


def test_a_link_is_not_followed(vault, tmp_path):
    vault.write(vault.folder / "file", CANARY)
    (vault.folder / "file").rename(tmp_path / "file")
    (vault.folder / "file").symlink_to(tmp_path / "file")
    with pytest.raises(OSError, match="symbolic link"):
        vault.read(vault.folder / "file")


# Crashes


def test_a_file_is_there_whole_or_as_it_was(vault):
    file = vault.folder / "file"
    vault.write(file, b"before")
    with pytest.raises(KeyboardInterrupt), vault.create(file) as stream:
        stream.write(text_of(3 * PART))
        raise KeyboardInterrupt
    assert vault.read(file) == b"before"
    assert [p.name for p in vault.folder.iterdir()] == ["file"]


def in_another_process(script, folder):
    """Run a script that ends itself while it works in a vault."""
    begin = """if True:
        import os, signal, sys
        from pathlib import Path
        from pipelines.identity.sealing import PART
        from pipelines.identity.vault import Vault
        from tests.vaults import SECRETS
        vault = Vault.unlock(Path(sys.argv[1]), SECRETS.vault)
    """
    command = [sys.executable, "-c", begin + script, str(folder)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False).returncode


@pytest.mark.parametrize("size", [1, 65], ids=["in memory", "on the disk"])
@pytest.mark.parametrize("how", ["SIGKILL", "SIGABRT"])
def test_a_crash_while_a_file_lies_open_leaves_nothing_readable(vault, how, size):
    file = vault.folder / "return.csv"
    vault.write(file, text_of(size * PART))
    script = f"""
        with vault.laid_open([vault.folder / "return.csv"]) as (path,):
            assert path.name == "return.csv" and path.read_bytes().startswith({CANARY!r})
            os.kill(os.getpid(), signal.{how})
    """
    assert in_another_process(script, vault.folder) == -getattr(signal, how)
    left = [p for p in vault.folder.rglob("*") if p.is_file() or p.is_symlink()]
    assert len(left) == 2
    # A link into the process that is gone; read from here, it would lead to a file of this one.
    (link,) = (path for path in left if path.is_symlink())
    assert link.readlink().is_relative_to("/proc/self/fd")
    assert CANARY not in file.read_bytes()
    vault.tidy()
    assert list(vault.folder.iterdir()) == [file]


def test_a_crash_while_a_file_is_sealed_leaves_nothing_readable(vault):
    script = f"""
        stream = vault.create(vault.folder / "file")
        stream.write({CANARY!r} * PART)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    assert in_another_process(script, vault.folder) == -signal.SIGKILL
    (left,) = vault.folder.iterdir()
    assert left.stat().st_size > PART
    assert CANARY not in left.read_bytes()
    vault.tidy()
    assert list(vault.folder.iterdir()) == []


def test_whoever_opens_the_vault_leaves_no_core():
    script = """if True:
        import resource, sys, tempfile
        from pathlib import Path
        from pipelines.identity.vault import Vault
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        before = resource.getrlimit(resource.RLIMIT_CORE)
        with tempfile.TemporaryDirectory() as folder:
            Vault.throwaway(Path(folder))
        print(before, resource.getrlimit(resource.RLIMIT_CORE))
    """
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    # Where nobody may leave any to begin with, it cannot be raised to one byte.
    assert said.strip().endswith(("(1, 1)", "(0, 0) (0, 0)"))


# As DuckDB and readers see it


def test_duckdb_reads_and_writes_sealed_tables(vault):
    file = vault.folder / "tables" / "t.parquet"
    with warehouse.connect(None, files=VaultFiles(vault)) as connection:
        query = "select range as number, 'Zzyzxcanary' || range as name from range(300000)"
        connection.sql(query).write_parquet(address(vault, file))
        assert CANARY not in file.read_bytes()
        seen = warehouse.select_parquet([address(vault, file)])
        assert warehouse.create_view(connection, "a.t", seen) == 300_000
        found = connection.execute("select count(distinct name), sum(number) from a.t").fetchall()
        assert found == [(300_000, 299_999 * 150_000)]
    frame = pl.read_parquet(vault.read(file)).sort("number")
    assert frame.row(299_999) == (299_999, "Zzyzxcanary299999")


def test_a_table_without_rows_keeps_its_columns(vault):
    file = vault.folder / "t.parquet"
    with warehouse.connect(None, files=VaultFiles(vault)) as connection:
        connection.sql("select 1 as number where false").write_parquet(address(vault, file))
        seen = connection.sql(warehouse.select_parquet([address(vault, file)]))
        assert (seen.columns, seen.fetchall()) == (["number"], [])


def test_a_changed_table_is_not_read_by_duckdb(vault):
    drawer = vault.drawer(vault.folder)
    drawer.put("t", 0, pl.DataFrame({"name": ["Zzyzxcanary"] * 1000}))
    (file,) = drawer.files("t")
    file.write_bytes(flip(file.read_bytes(), HEADER + 50))
    with (
        warehouse.connect(None, files=VaultFiles(vault)) as connection,
        pytest.raises(Exception, match="changed, cut off or moved") as error,
    ):
        connection.sql(warehouse.select_parquet([address(vault, file)])).fetchall()
    assert CANARY.decode() not in str(error.value)


def test_a_vault_travels_to_another_process_and_prints_no_key(vault):
    vault.write(vault.folder / "file", CANARY)
    assert pickle.loads(pickle.dumps(vault)).read(vault.folder / "file") == CANARY
    assert str(SECRETS.vault[SECRETS.key_id]) not in repr(vault)


# Rotation


def test_a_new_key_seals_and_an_old_one_opens_until_everything_is_sealed_anew(vault):
    contents = {"a": text_of(10), "b/c": text_of(2 * PART + 1), "d": b""}
    for name, content in contents.items():
        vault.write(vault.folder / name, content)
    (vault.folder / "receipt.json").write_text("{}")
    both = Vault.unlock(vault.folder, Secrets.derive(b"new", b"a secret for tests").vault)
    alone = Vault.unlock(vault.folder, Secrets.derive(b"new").vault)
    both.write(vault.folder / "d", b"new")
    assert alone.read(vault.folder / "d") == b"new"
    with pytest.raises(VaultError, match="not at hand"):
        alone.read(vault.folder / "a")
    with pytest.raises(VaultError, match="not at hand"):
        alone.reseal()
    assert both.reseal() == 2
    assert both.reseal() == 0
    assert {n: alone.read(vault.folder / n) for n in contents} == {**contents, "d": b"new"}
    with pytest.raises(VaultError, match="not at hand"):
        vault.read(vault.folder / "a")


def test_the_limit_on_cores_holds_here_too(vault):
    assert resource.getrlimit(resource.RLIMIT_CORE) in ((1, 1), (0, 0))
