"""What DuckDB spills to the disk is encrypted."""

import threading

import duckdb
import pytest

from pipelines import warehouse

ROWS = 3_000_000
QUERY = f"""
    select name, row_number() over (order by hash(name)) as place
    from (select 'Zzyzxcanary' || range || repeat('x', 40) as name from range({ROWS}))
    qualify place % 1000000 = 0
"""
CANARY = b"Zzyzxcanary"


def spilled(folder, connection):
    """Run a sort that does not fit into memory; return what was seen in the files it spilled to."""
    connection.execute("SET memory_limit = '150MB'")
    connection.execute("SET threads = 2")
    seen, done = {"bytes": 0, "canaries": 0}, threading.Event()

    def watch():
        while not done.wait(0.3):
            for file in folder.rglob("*.tmp"):
                try:
                    content = file.read_bytes()
                except FileNotFoundError:
                    continue
                seen["bytes"] = max(seen["bytes"], len(content))
                seen["canaries"] = max(seen["canaries"], content.count(CANARY))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        connection.execute(QUERY).fetchall()
    finally:
        done.set()
        watching.join()
    return seen


@pytest.mark.slow
def test_what_is_spilled_cannot_be_read(tmp_path):
    with warehouse.connect(tmp_path / "work.duckdb") as connection:
        seen = spilled(tmp_path / "spill", connection)
    assert seen["bytes"] > 50_000_000
    assert seen["canaries"] == 0


@pytest.mark.slow
def test_the_search_finds_what_is_spilled_without_encryption(tmp_path):
    with duckdb.connect(tmp_path / "work.duckdb") as connection:
        connection.execute(f"SET temp_directory = '{tmp_path / 'spill'}'")
        seen = spilled(tmp_path / "spill", connection)
    assert seen["canaries"] > 100_000
