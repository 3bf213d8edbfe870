"""Where the values of each column come from, by the queries: seconds, that only who looks at it need pay."""

from collections.abc import Collection, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

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


def deciding(query: str, tables: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """Return output column → the columns of `tables` that decide its value.

    Unlike `column_lineage` it follows conditions: what a row is joined by decides what is taken from there.

    Args:
        query: one SELECT.
        tables: `schema.table` → its columns; others (reference lists) decide nothing.
    """
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for table, columns in tables.items():
        db, name = table.split(".")
        schema.setdefault(db, {})[name] = dict.fromkeys(columns, "VARCHAR")
    tree = qualify(
        sqlglot.parse_one(query, dialect=DIALECT),
        schema=schema,
        dialect=DIALECT,
        validate_qualify_columns=False,
    )
    return {name: frozenset(found) for name, found in _deciding(build_scope(tree), {}).items()}


def _deciding(scope: Scope, known: dict[int, dict[str, set[str]]]) -> dict[str, set[str]]:
    if id(scope) in known:
        return known[id(scope)]
    if scope.set_operation_scopes:
        parts = [_deciding(part, known) for part in scope.set_operation_scopes]
        known[id(scope)] = {n: set().union(*(part.get(n, set()) for part in parts)) for n in parts[0]}
        return known[id(scope)]
    conditions = _conditions(scope)

    def of_column(column: exp.Column, through: frozenset[str]) -> set[str]:
        source = scope.sources.get(column.table)
        if isinstance(source, Scope):
            found = set(_deciding(source, known).get(column.name, set()))
        elif isinstance(source, exp.Table) and source.db:
            found = {f"{source.db}.{source.name}.{column.name}"}
        else:
            found = set()
        condition = conditions.get(column.table)
        if condition is not None and column.table not in through:
            found |= of_expression(condition, through | {column.table})
        return found

    def of_expression(expression: exp.Expression, through: frozenset[str] = frozenset()) -> set[str]:
        return set().union(*(of_column(column, through) for column in expression.find_all(exp.Column)))

    query = scope.expression
    if isinstance(query, exp.Lateral):
        # It reads what stands beside it.
        query = query.this.unnest()
    outputs = query.selects if isinstance(query, exp.Select) else ()
    known[id(scope)] = {output.alias_or_name: of_expression(output) for output in outputs}
    return known[id(scope)]


def _conditions(scope: Scope | None) -> dict[str, exp.Expression | None]:
    """Return source → by what it is joined, here or, for a lateral query, around it."""
    if scope is None:
        return {}
    joins = scope.expression.args.get("joins") or ()
    return _conditions(scope.parent) | {join.alias_or_name: join.args.get("on") for join in joins}
