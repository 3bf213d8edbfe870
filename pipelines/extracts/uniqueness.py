"""Remembers which keys a return has had, so that a second row with one is found, however long the return."""

import numpy as np
import polars as pl

from pipelines.extracts.contract import Contract, no_findings
from pipelines.extracts.rules import Unique

_PLACE = "_place"


class UniquenessMemory:
    """The keys of one return so far.

    Within a batch keys are compared as they are; of earlier batches 64 bits of each key are kept, so that
    a million keys take eight megabytes. That two of a million keys share them has a chance of one in
    thirty million.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._seen = {unique.id: _Numbers() for unique in contract.unique}

    def repeats(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return one finding for each row whose key an earlier row of the return already had."""
        breaches = [(unique, self._places(unique, batch)) for unique in self._contract.unique]
        return self._contract.findings(batch, breaches) if breaches else no_findings()

    def _places(self, unique: Unique, batch: pl.DataFrame) -> pl.Series:
        judged = batch.select(unique.key).with_row_index(_PLACE).drop_nulls()
        if unique.exempt:
            judged = judged.filter(~pl.any_horizontal(pl.col(unique.key).is_in(list(unique.exempt))))
        seen, keys = self._seen[unique.id], judged.select(unique.key).hash_rows(seed=0).to_numpy()
        # In order: neighbours are found together, and the set takes them as they are.
        order = np.argsort(keys)
        keys = keys[order]
        again = np.zeros(len(keys), bool)
        again[order] = seen.has(keys)
        seen.add(keys)
        if (keys[1:] == keys[:-1]).any():
            again |= ~judged.select(pl.struct(unique.key).is_first_distinct()).to_series().to_numpy()
        return judged[_PLACE].filter(again)


class _Numbers:
    """A growing set of numbers, as sorted arrays of which each is at least twice as long as the next."""

    def __init__(self) -> None:
        self._sorted: list[np.ndarray] = []

    def has(self, numbers: np.ndarray) -> np.ndarray:
        """Say of each of these sorted numbers whether it is in the set."""
        found = np.zeros(len(numbers), bool)
        for those in self._sorted:
            places = np.searchsorted(those, numbers)
            found |= those[np.minimum(places, len(those) - 1)] == numbers
        return found

    def add(self, numbers: np.ndarray) -> None:
        """Put sorted numbers into the set."""
        if not len(numbers):
            return
        merged = numbers
        while self._sorted and len(self._sorted[-1]) < 2 * len(merged):
            # Stable: two sorted runs are merged in one pass.
            merged = np.sort(np.concatenate([self._sorted.pop(), merged]), kind="stable")
        self._sorted.append(merged)
