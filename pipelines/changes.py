"""The step that notes whose pseudonym has changed since the last run, by `sql/core/person_change.sql`.

What was noted, and who was who in the last run, stand sealed in the vault: they outlive the work database.
"""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines import warehouse
from pipelines.identity.vault import Drawer
from pipelines.identity.vault_files import address
from pipelines.kept import Made
from pipelines.models import LINKED, Model

if TYPE_CHECKING:
    from pipelines.pipeline import Pipeline

FORMER_LINK, PERSON_CHANGE = "former_link", "person_change"
_SCHEMAS = {
    FORMER_LINK: {"profile_key": pl.UInt64, "person_id": pl.UInt64},
    PERSON_CHANGE: {
        "noticed_at": pl.Datetime("us", "UTC"),
        "change": pl.String,
        "former_person_id": pl.UInt64,
        "person_id": pl.UInt64,
    },
}
HISTORY = {f"history.{name}": dict.fromkeys(schema, "") for name, schema in _SCHEMAS.items()}
"""Tables of the last run that the model reads → their columns."""


def note_changes(pipeline: "Pipeline", model: Model) -> tuple[Made, dict[str, str]]:
    """Compare who is who with the last run, unless that is what it was.

    Returns:
        What `Pipeline.build` does.
    """
    drawer = pipeline.vault.drawer(pipeline.paths.vault / "persons")
    with pipeline.warehouse() as connection:
        kept = pipeline.kept(connection)
        fingerprint = kept.fingerprint(model.query, [LINKED])
        made = kept.make(model.table, fingerprint, partial(_compare, connection, model, drawer))
        return made, warehouse.column_types(connection, model.table)


def _compare(connection: duckdb.DuckDBPyConnection, model: Model, drawer: Drawer) -> int:
    for name, schema in _SCHEMAS.items():
        if not drawer.files(name):
            drawer.put(name, 0, pl.DataFrame(schema=schema))
        (file,) = drawer.files(name)
        query = warehouse.select_parquet([address(drawer.vault, file)])
        warehouse.create_view(connection, f"history.{name}", query)
    connection.execute("SET VARIABLE noticed_at = $1", [datetime.now(UTC)])
    rows = warehouse.create_table(connection, model.table, model.query)
    warehouse.comment(connection, model.table, model.description, model.columns)
    # In this order: a crash between the two leads to the same comparison again, which finds these noted.
    drawer.put(PERSON_CHANGE, 0, connection.table(model.table).pl().cast(_SCHEMAS[PERSON_CHANGE]))
    present = connection.table(LINKED).select("profile_key", "person_id").distinct()
    drawer.put(FORMER_LINK, 0, present.pl())
    return rows
