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
