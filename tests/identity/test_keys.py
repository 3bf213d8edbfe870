"""The secret: without a safe one nothing runs, and SQL computes the HMAC that Python's library computes."""

import hashlib
import hmac
import os
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from pipelines.identity.keys import SECRET_FILE_VARIABLE, SecretError, Secrets, key_id, make_secret
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline

ONE, TWO = "0123456789abcdef0123456789abcde1", "0123456789abcdef0123456789abcde2"


def load(file, **more):
    return Secrets.load(throwaway=None, environment={SECRET_FILE_VARIABLE: str(file)}, **more)


@pytest.fixture
def secret(tmp_path):
    """Write a secret file of the owner's."""

    def write(*lines, content=None, mode=0o600):
        file = tmp_path / "secret"
        file.write_bytes("\n".join([*lines, ""]).encode() if content is None else content)
        file.chmod(mode)
        return file

    return write


def test_real_data_without_a_secret_is_refused():
    for environment in ({}, {SECRET_FILE_VARIABLE: ""}):
        with pytest.raises(SecretError, match=SECRET_FILE_VARIABLE):
            Secrets.load(throwaway=None, environment=environment)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"lines": ("x" * 31,)}, "fewer than 32"),
        ({"lines": ()}, "fewer than 32"),
        ({"lines": (ONE, "x" * 31)}, "fewer than 32"),
        ({"lines": (ONE, ONE)}, "twice"),
        ({"lines": ("a" * 32,)}, "could be guessed"),
        ({"lines": ("password" * 5,)}, "could be guessed"),
        ({"lines": ("0123456789abcdef" * 4,)}, "could be guessed"),
        ({"lines": ("ab" * 15 + "cdefg",)}, "could be guessed"),
        ({"content": bytes(range(128, 168))}, "no text"),
        ({"content": b"\x01" * 40}, "no text"),
        ({"lines": (ONE,), "mode": 0o640}, "others than its owner"),
        ({"lines": (ONE,), "mode": 0o604}, "others than its owner"),
    ],
)
def test_a_secret_that_is_not_safe_is_refused(secret, written, why):
    lines = written.pop("lines", ())
    with pytest.raises(SecretError, match=why) as refused:
        load(secret(*lines, **written))
    assert ONE not in str(refused.value)


def test_a_vault_that_was_sealed_under_one_that_could_be_guessed_can_be_sealed_anew(secret):
    """The strong one stands above it: the other only opens."""
    weak = "a" * 32
    assert list(load(secret(ONE, weak)).vault) == [key_id(ONE.encode()), key_id(weak.encode())]


def test_a_file_that_is_not_there_is_refused_even_for_invented_people(tmp_path):
    environment = {SECRET_FILE_VARIABLE: str(tmp_path / "none")}
    with pytest.raises(SecretError, match="cannot be read"):
        Secrets.load(throwaway=tmp_path / "throwaway", environment=environment)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can give a file away")
def test_a_file_of_somebody_else_is_refused(secret):
    file = secret(ONE)
    os.chown(file, 12345, -1)
    if os.geteuid() == 0:
        with pytest.raises(SecretError, match="somebody else"):
            load(file)


def test_a_secret_in_the_repository_or_the_schedulers_home_is_refused(tmp_path, secret):
    file = secret(ONE)
    assert load(file, outside=[tmp_path / "elsewhere"])
    for place in ({"outside": [tmp_path]}, {}):
        environment = {SECRET_FILE_VARIABLE: str(file), "DAGSTER_HOME": str(tmp_path)}
        if place:
            del environment["DAGSTER_HOME"]
        with pytest.raises(SecretError, match="backups"):
            Secrets.load(throwaway=None, environment=environment, **place)


def test_a_link_out_of_the_repository_does_not_make_it_safe(tmp_path, secret):
    file, project = secret(ONE), tmp_path / "project"
    project.mkdir()
    (project / "secret").symlink_to(file)
    (tmp_path / "link").symlink_to(project / "inside")
    (project / "inside").write_text(ONE)
    for path in (project / "secret", tmp_path / "link"):
        with pytest.raises(SecretError, match="backups"):
            load(path, outside=[project])


def test_another_secret_gives_other_keys_and_none_is_printed(secret):
    mine, other = load(secret(ONE)), load(secret(TWO))
    assert len({mine.person, mine.rounding, *mine.vault.values(), other.person, *other.vault.values()}) == 5
    assert mine.key_id != other.key_id
    assert repr(mine) == f"Secrets(key_id='{mine.key_id}')"


def test_the_first_of_several_is_current_and_the_others_only_open_the_vault(secret):
    old, both = load(secret(ONE)), load(secret(TWO, ONE))
    assert (both.person, both.rounding, both.key_id) == (load(secret(TWO)).person, *_of(TWO))
    assert list(both.vault) == [both.key_id, old.key_id]
    assert both.vault[old.key_id] == old.vault[old.key_id]
    assert both.fingerprint != old.fingerprint


def _of(secret):
    keys = Secrets.derive(secret.encode())
    return keys.rounding, keys.key_id


def test_invented_people_get_a_secret_of_their_own_at_the_first_run(tmp_path):
    file = tmp_path / "throwaway"
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(make_secret, [file] * 8))
    first = Secrets.load(throwaway=file, environment={})
    assert Secrets.load(throwaway=file, environment={}) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert [f.name for f in tmp_path.iterdir()] == ["throwaway"]
    assert Secrets.load(throwaway=tmp_path / "another", environment={}) != first


def test_the_secret_of_invented_people_is_never_used_on_real_ones(tmp_path, monkeypatch):
    monkeypatch.delenv(SECRET_FILE_VARIABLE, raising=False)
    mark = tmp_path / "data" / "raw" / "synthetic.toml"
    mark.parent.mkdir(parents=True)
    mark.touch()
    assert Pipeline(Paths(tmp_path)).secrets
    mark.unlink()
    with pytest.raises(SecretError, match=SECRET_FILE_VARIABLE):
        _ = Pipeline(Paths(tmp_path)).secrets


def test_without_a_secret_no_step_reads_or_writes_anything(tmp_path, monkeypatch):
    monkeypatch.delenv(SECRET_FILE_VARIABLE, raising=False)
    pipeline = Pipeline(Paths(tmp_path))
    for step in (lambda: pipeline.receive("ilr", []), pipeline.accept, pipeline.warehouse):
        with pytest.raises(SecretError):
            step()
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_the_padded_keys_make_rfc_2104_hmacs_in_sql():
    secrets = Secrets.derive(b"any secret")
    with duckdb.connect() as connection:
        for name, value in secrets.sql_variables().items():
            connection.execute(f"SET VARIABLE {name} = $1", [value])
        query = """
            select sha256(cast(getvariable('person_outer_key') as blob)
                || unhex(sha256(cast(getvariable('person_inner_key') as blob) || encode('uln:9276308686'))))
        """
        assert connection.execute(query).fetchall() == [
            (hmac.new(secrets.person, b"uln:9276308686", hashlib.sha256).hexdigest(),)
        ]
