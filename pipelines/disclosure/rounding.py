"""Keyed random rounding to a base (methodology 6.4, steps 2 and 3).

Each person has a record key, made from a secret. The keys of the distinct persons of a cell add up to its
cell key, whose last twelve bits draw whether the count goes up or down: unbiased, and the same for the same
persons wherever and whenever they are counted, so that asking twice reveals nothing more.
"""

import polars as pl

KEYS = 4096


def keyed_rounding(count: pl.Expr, cell_key: pl.Expr, base: int) -> pl.Expr:
    """Return `count` rounded to a multiple of `base`: up with probability remainder / base.

    Args:
        count: distinct persons in a cell.
        cell_key: sum of their record keys; what is above twelve bits of it does not count.
        base: 5 in this project; results differ from the count by less than it.

    The draw is u = (cell_key mod 4096 + 1/2) / 4096; the count goes up where u < remainder / base. Both sides
    are multiplied out, so that the comparison is of whole numbers.
    """
    remainder = count % base
    goes_up = (2 * (cell_key % KEYS) + 1) * base < 2 * KEYS * remainder
    return (count // base + goes_up.cast(pl.Int64)) * base


def price(cell_key: pl.Expr) -> pl.Expr:
    """Return what it costs to let a count go the other way than drawn: 1, and up to twice that by its key.

    Where counts are to add up, as few as can be go the other way; of several choices that are as good, keys
    decide, so that no residue is sent one way more often than another.
    """
    return 1 + (cell_key // KEYS % KEYS) / KEYS
