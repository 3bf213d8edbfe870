"""The secrets: without one nothing runs, and SQL computes the HMAC that Python's library computes."""

import hashlib
import hmac

import duckdb
import pytest

from pipelines.identity.keys import SECRET_FILE_VARIABLE, SecretError, Secrets


def test_real_data_without_a_secret_is_refused():
    with pytest.raises(SecretError, match=SECRET_FILE_VARIABLE):
        Secrets.load(synthetic=False, environment={})


def test_a_short_or_missing_secret_file_is_refused(tmp_path):
    short = tmp_path / "short"
    short.write_bytes(b"x" * 31)
    with pytest.raises(SecretError, match="fewer than 32"):
        Secrets.load(synthetic=False, environment={SECRET_FILE_VARIABLE: str(short)})
    with pytest.raises(SecretError, match="cannot be read"):
        Secrets.load(synthetic=True, environment={SECRET_FILE_VARIABLE: str(tmp_path / "none")})


def test_another_secret_gives_other_keys_and_none_is_printed(tmp_path):
    file = tmp_path / "secret"
    file.write_bytes(b"x" * 32)
    mine = Secrets.load(synthetic=False, environment={SECRET_FILE_VARIABLE: str(file)})
    demonstration = Secrets.load(synthetic=True, environment={})
    assert mine != demonstration
    assert mine.person != mine.rounding
    assert repr(mine) == "Secrets()"


def test_the_padded_keys_make_rfc_2104_hmacs_in_sql():
    secrets = Secrets.derive(b"any secret")
    variables = secrets.sql_variables()
    connection = duckdb.connect()
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE {name} = $1", [value])
    query = """
        select sha256(cast(getvariable('person_outer_key') as blob)
            || unhex(sha256(cast(getvariable('person_inner_key') as blob) || encode('uln:9276308686'))))
    """
    assert connection.execute(query).fetchall() == [
        (hmac.new(secrets.person, b"uln:9276308686", hashlib.sha256).hexdigest(),)
    ]
