"""Where the values of each column come from, by the queries: seconds, that only who looks at it need pay."""

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.lineage import lineage

from pipelines.models import DIALECT, Model

Sources = Mapping[str, frozenset[str]]
"""Output column → the `schema.table.column`s its values come from."""


def column_lineage(
    models: Mapping[str, Model], known: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, Sources]:
    """Return table → where the values of its columns come from.

    Args:
        models: table → model.
        known: tables that are not models (accepted extracts, reference lists) → column → description.
    """
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for table, columns in {**(known or {}), **{m.table: m.columns for m in models.values()}}.items():
        db, name = table.split(".")
        schema.setdefault(db, {})[name] = dict.fromkeys(columns, "VARCHAR")
    return {table: model.sources or _sources(model, schema) for table, model in models.items()}


def _sources(model: Model, schema: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Sources:
    nodes = lineage(None, model.query, schema, dialect=DIALECT)
    sources = {}
    for column in model.columns:
        leaves = (n for n in nodes[column].walk() if isinstance(n.expression, exp.Table))
        sources[column] = frozenset(
            f"{leaf.expression.db}.{leaf.expression.name}.{leaf.name.split('.')[-1]}"
            for leaf in leaves
            if leaf.expression.db
        )
    return sources
