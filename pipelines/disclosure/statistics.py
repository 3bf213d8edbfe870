"""Rates, intervals and parity, from protected counts and public populations only."""

import math

Z95 = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""


def round_half_up(numerator: int, denominator: int, decimals: int) -> float:
    """Return numerator / denominator, rounded half up (towards plus infinity), computed exactly.

    Python's own `round` rounds half to even on a binary fraction, and is wrong for hundreds of ratios.
    """
    scale = 10**decimals
    return (2 * scale * numerator + denominator) // (2 * denominator) / scale


def percent(share: float, decimals: int) -> float:
    """Return a share in percent, rounded; what is a little below nought is nought, and not minus nought."""
    return round(100 * share, decimals) + 0.0


def wilson(count: int, population: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of count / population (OHID, PHEindicatormethods).

    Raises:
        ValueError: the count is negative or exceeds the population.
    """
    if not 0 <= count <= population:
        raise ValueError("a proportion's count lies between 0 and its population")
    z2 = Z95 * Z95
    centre = 2 * count + z2
    spread = Z95 * math.sqrt(z2 + 4 * count * (1 - count / population))
    low = 0.0 if count == 0 else (centre - spread) / (2 * (population + z2))
    high = 1.0 if count == population else (centre + spread) / (2 * (population + z2))
    return low, high


def byar(count: int) -> tuple[float, float]:
    """Return the 95 % interval of a Poisson count of 10 or more, by Byar's approximation (OHID).

    Raises:
        ValueError: the count is below 10, where the approximation does not hold.
    """
    if count < 10:
        raise ValueError("Byar's approximation is for counts of 10 or more")
    low = count * (1 - 1 / (9 * count) - Z95 / (3 * math.sqrt(count))) ** 3
    more = count + 1
    high = more * (1 - 1 / (9 * more) + Z95 / (3 * math.sqrt(more))) ** 3
    return low, high


def published_interval(count: int, population: int, base: int) -> tuple[float, float]:
    """Return the interval of a rate that covers both rounding and chance (methodology 7).

    It uses only what is published, so it gives nothing away: the lower end is that of the smallest count
    the rounded one can stand for, the upper end that of the largest. Where the count may exceed the
    population, which is an estimate, Byar's interval for counts takes the place of Wilson's.
    """
    smallest, largest = max(count - (base - 1), 0), count + (base - 1)
    low = wilson(smallest, population)[0] if smallest <= population else byar(smallest)[0] / population
    if largest <= population:
        return low, wilson(largest, population)[1]
    return low, byar(max(largest, 10))[1] / population


def ratio_interval(count: int, of: int, base: int) -> tuple[float, float]:
    """Return the interval of a share of people of whom both numbers are rounded.

    As `published_interval`, from the least that the count and the most that the whole can stand for, to the
    most and the least.

    Raises:
        ValueError: the whole is below the base.
    """
    error = base - 1
    if of <= error:
        raise ValueError("the whole of a share is at least the rounding base")
    low = wilson(max(count - error, 0), of + error)[0] if count - error <= of + error else 1.0
    return low, wilson(min(count, of - 2 * error) + error, of - error)[1]


def difference_interval(
    one: tuple[float, float, float], other: tuple[float, float, float]
) -> tuple[float, float]:
    """Return the interval of one rate less another, each a (rate, lower, upper) of its own.

    Newcombe's hybrid score method (Statistics in Medicine 17, 1998, 873-890, method 10) where the intervals
    are Wilson's: from each end the distances to the rates are put together as independent ones are.
    """
    (rate, low, high), (rate2, low2, high2) = one, other
    below, above = math.hypot(rate - low, high2 - rate2), math.hypot(high - rate, rate2 - low2)
    return rate - rate2 - below, rate - rate2 + above


def adjusted_parity(ratio: float) -> float:
    """Return r where r is at most 1, else 2 - 1/r (UIS, adjusted parity index); between 0 and 2."""
    return ratio if ratio <= 1 else 2 - 1 / ratio
