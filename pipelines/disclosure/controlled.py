"""Keyed controlled rounding (methodology 6.4, steps 4 and 5): counts that are rounded so that they add up.

Each count goes to the multiple of the base below or above it that was drawn for it, unless sums would then
not be those of their parts: as few as can be go the other way. The same persons are one unknown wherever they
are counted, and so are published as one number.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, combinations

import numpy as np
import polars as pl

from pipelines.disclosure.diving import whole_solution
from pipelines.disclosure.programs import INFINITY, Program
from pipelines.disclosure.relations import relate
from pipelines.disclosure.shapes import Cell, Shape, Tables
from pipelines.indicators.bands import TOTAL

PLACE = ("indicator", "part", *Cell._fields)
COUNT_SCHEMA = {
    **dict.fromkeys(PLACE, pl.String),
    "persons": pl.Int64,
    "key": pl.Int64,
    "estimate": pl.Boolean,
    "least": pl.Int64,
    "most": pl.Int64,
    "drawn": pl.Int64,
    "weight": pl.Float64,
    "given": pl.Boolean,
}
"""A count of an academic year.

`key` is the sum of the keys of its persons: the same persons have the same. It is published as a multiple of
the base from `least` to `most`, and as `drawn` if it can be: `weight` is what another one costs. An
`estimate` is no count of persons, and need not add up before it is rounded. One that is `given` is
published as `drawn`, whatever the others do.
"""
LIGHT, HEADLINE, FAR = 1.0, 10.0, 10_000.0
"""Weight of a count that nothing rests on; of one that is broken down by nothing but age; of moving any by
the base or more."""


class UnroundableError(Exception):
    """No rounding of the counts of a year adds up. Says which tables contradict what is said of them."""


class ContradictionError(UnroundableError):
    """The exact counts of some tables cannot be those of any people.

    Args:
        indicators: among which they are.
        fit: says whether the counts of some indicators are those of some people.
    """

    def __init__(self, indicators: Sequence[str], fit: Callable[[Collection[str]], bool]) -> None:
        super().__init__(indicators, fit)

    @property
    def alone(self) -> list[str]:
        """Those that contradict themselves; none where only several together do."""
        indicators, fit = self.args
        return [indicator for indicator in indicators if not fit([indicator])]

    def __str__(self) -> str:
        """Return which: the fewest that contradict each other. That is looked for when somebody asks."""
        indicators, fit = self.args
        groups = ((one,) for one in indicators), combinations(indicators, 2), (tuple(indicators),)
        found = next(group for group in chain(*groups) if not fit(group))
        return f"the exact counts of {' and '.join(found)} contradict each other"


def round_together(counts: pl.DataFrame, shapes: Mapping[str, Shape], base: int) -> pl.Series:
    """Return what to publish for each count of an academic year, in their order: multiples of the base.

    Args:
        counts: all that is published of the year, of `COUNT_SCHEMA`.
        shapes: of each indicator.
        base: of rounding. Counts move by less. Estimates move by less than twice the base; so do, where
            nothing else adds up, as few of the others as can be, and headlines last of all.

    Raises:
        UnroundableError: nothing adds up even then.
    """
    counts = counts.with_row_index("_order").sort(PLACE)
    # What is given was published of others: it need not be what the same persons are elsewhere now.
    same = pl.struct("persons", "key", "given", "least").rank("dense") - 1
    # Of several places of the same persons, the one that weighs most says what was drawn.
    classes = (
        counts.with_columns(same=same)
        .sort("weight", descending=True, maintain_order=True)
        .group_by("same", maintain_order=True)
        .agg(
            pl.col("persons", "drawn", "weight", "least", "most", "given").first(),
            pl.col("estimate").any(),
            headline=((pl.col("breakdown") == TOTAL) & (pl.col("sex") == TOTAL)).any(),
        )
        .sort("same")
    )
    of_count = counts.select(same=same)["same"].to_numpy()
    persons = classes["persons"].to_list()
    estimated = set(counts.filter("estimate")["indicator"])

    def slack(whole: int, parts: Sequence[int]) -> int:
        """Whoever is in no published part is a count, too, that moves to a neighbouring multiple."""
        return -(-(persons[whole] - sum(persons[part] for part in parts)) // base)

    estimate, headline = pl.col("estimate"), pl.col("headline")
    for loose in (estimate, estimate | ~headline, pl.lit(value=True)):
        program = Program()
        free = loose & (pl.col("persons") > 0) & ~pl.col("given")
        _add_classes(program, classes.with_columns(loose=free), base)
        relate(program, _tables(counts, of_count), shapes, slack, estimated)
        if (found := whole_solution(program)) is not None:
            values = pl.Series("published", np.rint(found[of_count]).astype(np.int64) * base)
            return counts.select("_order", values).sort("_order")["published"]
        _refuse_contradictions(counts, shapes)
    raise UnroundableError("no rounding of the counts adds up, though they do")


def _add_classes(program: Program, classes: pl.DataFrame, base: int) -> None:
    """Add an unknown for each class of equal counts, in their order: how many times the base is published."""
    loose_ones = []
    for least, most, drawn, weight, loose in classes.select(
        "least", "most", "drawn", "weight", "loose"
    ).iter_rows():
        low, high = least // base, most // base
        if loose:
            number = program.unknown(max(low - 1, 0), high + 1, whole=True)
            loose_ones.append((number, low, high, drawn // base, weight))
        else:
            # Between two neighbours, what the one that was not drawn costs is a plain weight.
            sign = 1 if drawn // base <= low else -1
            program.unknown(low, high, cost=sign * weight, whole=True)
    for number, low, high, drawn, weight in loose_ones:
        away, beyond = program.unknown(cost=weight), program.unknown(cost=FAR)
        # away >= |published - drawn|, and beyond >= what is above the upper neighbour or below the lower.
        for unknown, sign, bound in (
            (away, 1, drawn),
            (away, -1, drawn),
            (beyond, 1, low),
            (beyond, -1, high),
        ):
            program.row([(unknown, 1), (number, sign)], sign * bound, INFINITY)


def _tables(counts: pl.DataFrame, values: Iterable[int]) -> Tables:
    """Return indicator and part → cell → value."""
    tables: dict[tuple[str, str], dict[Cell, int]] = {}
    for (indicator, part, *place), value in zip(counts.select(PLACE).iter_rows(), values, strict=True):
        tables.setdefault((indicator, part), {})[Cell(*place)] = int(value)
    return tables


def _refuse_contradictions(counts: pl.DataFrame, shapes: Mapping[str, Shape]) -> None:
    """Raise an error where the exact counts are not as the catalogue says they are.

    Estimates do not have to be.
    """
    exact = _tables(counts, counts["persons"])
    estimated = set(counts.filter("estimate")["indicator"])
    indicators = sorted({indicator for indicator, _ in exact} - estimated)

    def fit(group: Collection[str]) -> bool:
        program = Program()
        unknowns = {
            name: {cell: program.unknown(persons, persons) for cell, persons in cells.items()}
            for name, cells in exact.items()
            if name[0] in group
        }
        relate(program, unknowns, shapes, lambda *_: INFINITY)
        return program.solver().solution() is not None

    if not fit(indicators):
        raise ContradictionError(indicators, fit)
