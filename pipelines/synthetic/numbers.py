"""The numbers that people carry: learner numbers and pupil numbers, with their right check characters.

Sources: ILR specification (unique learner number) and DfE's guide to unique pupil numbers.
"""

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance

NO_ULN = "9999999999"
"""Sent for a learner who has no number yet."""

_RANGE = 899_999_963
"""A prime below the count of nine-digit numbers, so that a step through it meets no number twice."""
_STEP = 611_953_003
_FIRST = 100_000_000
_UPN_LETTERS = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"))
_UPN_STEP = 7_654_321


def learner_numbers(count: int, seed: int) -> np.ndarray:
    """Return `count` different valid unique learner numbers.

    The first nine digits weighted 10 to 2 leave a remainder modulo 11, which must not be 0; the tenth digit
    is 10 less that remainder.
    """
    wanted = count + count // 5 + 50  # one in eleven has no check digit
    stems = _FIRST + (np.arange(wanted, dtype=np.int64) * _STEP + seed * 7_919) % _RANGE
    weighted = sum((stems // 10 ** (8 - place) % 10) * (10 - place) for place in range(9))
    remainder = weighted % 11
    return (stems * 10 + 10 - remainder)[remainder > 0][:count]


def pupil_numbers(count: int, seed: int) -> pl.Series:
    """Return `count` different unique pupil numbers: a check letter, Manchester's 352 and nine digits."""
    serial = (np.arange(count, dtype=np.int64) * _UPN_STEP + seed * 104_729) % 1_000_000_000
    number = 352 * 1_000_000_000 + serial
    weighted = sum((number // 10 ** (11 - place) % 10) * (place + 2) for place in range(12))
    return pl.Series(_UPN_LETTERS[weighted % 23]) + pl.Series(number).cast(pl.String)


def temporary_pupil_numbers(index: np.ndarray, chance: Chance) -> pl.Series:
    """Return a temporary pupil number for each index: its last character is a letter."""
    serial, last, first = (chance.bits(index, "temporary pupil number", part) for part in range(3))
    digits = pl.Series(serial % np.uint64(100_000_000)).cast(pl.String).str.zfill(8)
    letters = (pl.Series(_UPN_LETTERS[(part % np.uint64(23)).astype(np.int64)]) for part in (first, last))
    return next(letters) + "352" + digits + next(letters)
