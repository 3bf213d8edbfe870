"""Chance without a generator's state: every draw is a hash of the seed, of what is drawn, and for whom.

So a draw depends neither on the order in which things are drawn nor on how many others are, and a later
numpy cannot change it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def _key(*what: object) -> np.uint64:
    digest = blake2b("\0".join(map(str, what)).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


@dataclass(frozen=True)
class Chance:
    """Draws for whole arrays of people (or schools, or rows), each known by a whole number."""

    seed: int

    def bits(self, index: np.ndarray, *what: object) -> np.ndarray:
        """Return 64 random bits for each index (splitmix64)."""
        with np.errstate(over="ignore"):
            x = (index.astype(np.uint64) + np.uint64(1)) * _GOLDEN + _key(self.seed, *what)
            x = (x ^ (x >> np.uint64(30))) * _MIX_1
            x = (x ^ (x >> np.uint64(27))) * _MIX_2
        return x ^ (x >> np.uint64(31))

    def uniform(self, index: np.ndarray, *what: object) -> np.ndarray:
        """Return a number in [0, 1) for each index."""
        return (self.bits(index, *what) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def happens(self, index: np.ndarray, probability: float | np.ndarray, *what: object) -> np.ndarray:
        """Say for each index whether something of this probability happens."""
        return self.uniform(index, *what) < probability

    def whole(self, index: np.ndarray, first: int, last: int, *what: object) -> np.ndarray:
        """Return a whole number from `first` to `last`, both included."""
        return first + (self.uniform(index, *what) * (last - first + 1)).astype(np.int64)

    def pick(self, index: np.ndarray, weights: Sequence[float], *what: object) -> np.ndarray:
        """Return the position of one of `weights` for each index, as likely as its weight."""
        return spread(weights, self.uniform(index, *what))


def spread(weights: Sequence[float] | np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the weight in whose share of [0, 1) each place falls."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.minimum(np.searchsorted(edges / edges[-1], places, side="right"), len(edges) - 1)


def shuffled(count: int, bits: int, *what: object) -> np.ndarray:
    """Return `count` different numbers of `bits` bits that look random: an odd multiplier loses nothing."""
    mask = np.uint64((1 << bits) - 1)
    with np.errstate(over="ignore"):
        return (np.arange(count, dtype=np.uint64) * (_key(*what) | np.uint64(1)) + _key("from", *what)) & mask


def hexadecimal(numbers: np.ndarray, digits: int) -> list[str]:
    """Return numbers as hexadecimal text of fixed length."""
    return [f"{number:0{digits}x}" for number in numbers.tolist()]
