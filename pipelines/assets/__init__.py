"""Dagster assets: a few lines each around the steps of `pipeline.py`, and nothing else.

Groups follow the road: reference, extracts, staging, identity, core, indicators, disclosure, publication.
"""

import dagster as dg

from pipelines.kept import Made

ENGINEERS, STATISTICIANS, DATA_PROTECTION = (
    "team:city-data-engineers",
    "team:city-statisticians",
    "team:city-data-protection",
)


def key(table: str) -> dg.AssetKey:
    """Return the asset key of `schema.table`."""
    return dg.AssetKey(table.split("."))


def data_version(made: Made) -> dg.DataVersion | None:
    """Return what tells the scheduler that a table is what it was."""
    return dg.DataVersion(made.fingerprint) if made.fingerprint else None


def column_schema(types: dict[str, str], descriptions: dict[str, str]) -> dict[str, dg.TableSchema]:
    """Return the metadata that shows names, types and descriptions of a table's columns."""
    columns = [
        dg.TableColumn(name, types.get(name, "?"), description=text or None)
        for name, text in descriptions.items()
    ]
    return {"dagster/column_schema": dg.TableSchema(columns=columns)}
