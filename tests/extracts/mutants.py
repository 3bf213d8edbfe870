"""Rules made wrong on purpose, and the cases of the rule tests as trials that must notice.

A mutant is a rule that is switched off, or in which one comparison or one connective is another one.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from pipelines.extracts.contract import LINE, Contract
from pipelines.extracts.gathering import Gathered, gather

_SWAPS = {
    "Gt": ("GtEq",),
    "GtEq": ("Gt",),
    "Lt": ("LtEq",),
    "LtEq": ("Lt",),
    "Eq": ("NotEq",),
    "NotEq": ("Eq",),
    "And": ("Or",),
    "Or": ("And",),
}


@dataclass(frozen=True)
class Trial:
    """Rows and who must break a rule.

    Args:
        rows: of the rule's table, with typed and gathered columns.
        groups: places of rows that are judged together, and whether they must break the rule.
    """

    rows: pl.DataFrame
    groups: list[tuple[list[int], bool]]

    def notices(self, holds: pl.Expr) -> bool:
        """Say whether a rule that asks this judges some group wrongly, or cannot be asked."""
        try:
            found = self.rows.select(holds=holds.fill_null(pl.lit(True))).to_series()
        except pl.exceptions.PolarsError:
            return True
        return any(breaks is bool(found.gather(places).all()) for places, breaks in self.groups)


SWITCHED_OFF = pl.repeat(True, pl.len())


def mutants(expression: pl.Expr) -> Iterator[tuple[str, pl.Expr]]:
    """Yield what was changed and the changed expression. Parts written in Python stay as they are."""
    try:
        text = expression.meta.serialize(format="json")
    except pl.exceptions.ComputeError:
        return
    count = sum(1 for _ in _operations(json.loads(text)))
    for number in range(count):
        operator = [*_operations(json.loads(text))][number]["op"]
        for other in _SWAPS.get(operator, ()):
            changed = json.loads(text)
            [*_operations(changed)][number]["op"] = other
            mutant = pl.Expr.deserialize(io.StringIO(json.dumps(changed)), format="json")
            yield f"{operator} {number} as {other}", mutant


def of_rows(contract: Contract, passing: list[dict], breaking: list[dict]) -> Trial:
    """Return a trial of rows that are judged one by one; columns not given are null."""
    names = dict.fromkeys((*contract.columns, LINE), pl.String)
    rows = [{LINE: str(n)} | row for n, row in enumerate([*passing, *breaking], 1)]
    frame = pl.DataFrame(rows, schema=names).with_columns(**contract.typed)
    return Trial(frame, [([n], n >= len(passing)) for n in range(len(rows))])


@dataclass(frozen=True)
class Whole:
    """A whole return of which some rows must break a rule of one table, after facts were gathered for them.

    Args:
        contracts: those in force.
        batch: the return.
        table: whose rows are judged.
        groups: line → (which record the line belongs to, whether that must break the rule).
    """

    contracts: Mapping[str, Contract]
    batch: Mapping[str, pl.DataFrame]
    table: str
    groups: Callable[[int], tuple[int, bool]]

    def trial(self, gathers: tuple[Gathered, ...] | None = None) -> Trial:
        """Return the trial, with other facts gathered for the table where they are given."""
        contracts = dict(self.contracts)
        if gathers is not None:
            contracts[self.table] = replace(contracts[self.table], gathers=gathers)
        rows = gather(self.batch, contracts)[self.table]
        groups: dict[tuple[int, bool], list[int]] = {}
        for place, line in enumerate(rows[LINE].cast(pl.Int64)):
            groups.setdefault(self.groups(line), []).append(place)
        return Trial(rows, [(places, breaks) for (_, breaks), places in groups.items()])


def _operations(node: object) -> Iterator[dict]:
    """Yield the comparisons and connectives of a serialised expression."""
    if isinstance(node, dict):
        if "BinaryExpr" in node:
            yield node["BinaryExpr"]
        for value in node.values():
            yield from _operations(value)
    elif isinstance(node, list):
        for value in node:
            yield from _operations(value)
