"""What DuckDB says when a query fails on somebody's value."""

import traceback

import duckdb
import pytest

from pipelines import warehouse


@pytest.mark.parametrize(
    "query",
    [
        "select cast(name as date) from people",
        "select cast(name as integer) from people",
        "select strptime(name, '%Y') from people",
        "select error(name) from people",
        "insert into people select name from people",
    ],
)
def test_an_error_quotes_no_value(query):
    def fail(connection):
        connection.execute("create table people (name varchar primary key)")
        connection.execute("insert into people values ('Zzyzxcanary')")
        connection.execute(query).fetchall()

    with duckdb.connect() as connection, pytest.raises(duckdb.Error, match="Zzyzxcanary"):
        fail(connection)
    with (
        pytest.raises(warehouse.QueryError, match="Exception: ") as found,
        warehouse.connect(None) as connection,
    ):
        fail(connection)
    assert "Zzyzxcanary" not in "".join(traceback.format_exception(found.value))


def test_an_error_in_a_query_itself_is_told():
    with pytest.raises(duckdb.BinderException, match="nosuchcolumn"), warehouse.connect(None) as connection:
        connection.execute("select nosuchcolumn from (select 1 as a)")


def test_a_database_beside_another_has_the_memory_that_it_is_given(tmp_path):
    with warehouse.connect(tmp_path / "work.duckdb") as connection:
        connection.execute("create schema staging; create table staging.one as select 1 as a")
    with warehouse.beside(tmp_path / "work.duckdb", ["staging.one"], memory="3GB") as connection:
        assert connection.table("staging.one").fetchall() == [(1,)]
        limit = connection.execute("select current_setting('memory_limit')").fetchall()[0][0]
    assert limit == "2.7 GiB"  # 3e9 / 2**30 = 2.79, which DuckDB cuts off


# Kept open


def test_a_file_that_is_kept_open_is_opened_once_and_closed_at_the_end(tmp_path):
    file = tmp_path / "city.duckdb"
    with warehouse.keep_open(file):
        with warehouse.connect(file) as first:
            first.execute("create table one as select 1")
        with warehouse.keep_open(file), warehouse.connect(file) as second:
            assert second is first
        assert first.execute("from one").fetchall() == [(1,)]
    with pytest.raises(duckdb.ConnectionException):
        first.execute("from one")
    with warehouse.connect(file) as other:
        assert other is not first
        assert other.execute("from one").fetchall() == [(1,)]


@pytest.mark.parametrize("query", ["select nosuchcolumn", "select cast('x' as integer)"])
def test_after_an_error_it_is_opened_anew(tmp_path, query):
    """A transaction that was begun is given up; what was there before stands."""
    file = tmp_path / "city.duckdb"
    with warehouse.keep_open(file):
        with warehouse.connect(file) as first:
            first.execute("create table one as select 1")
        with pytest.raises((duckdb.Error, warehouse.QueryError)), warehouse.connect(file) as connection:
            connection.execute("begin; delete from one")
            connection.execute(query).fetchall()
        with warehouse.connect(file) as second:
            assert second is not first
            assert second.execute("from one").fetchall() == [(1,)]


def test_beside_a_file_that_is_kept_open_another_database_reads_it(tmp_path):
    file = tmp_path / "city.duckdb"
    with warehouse.keep_open(file):
        with warehouse.connect(file) as connection:
            connection.execute("create schema core; create table core.one as select 1")
        with warehouse.beside(file, ["core.one"]) as connection:
            assert connection.execute("from core.one").fetchall() == [(1,)]
        with warehouse.connect(file) as connection:
            assert connection.execute("from core.one").fetchall() == [(1,)]
