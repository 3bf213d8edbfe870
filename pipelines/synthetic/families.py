"""Who belongs to whom: couples, mothers and twins. Families live together and pass their name on."""

from dataclasses import dataclass

import numpy as np

from pipelines.synthetic.chance import Chance

NOBODY = -1
TWINS = 0.015
"""Of maternities, those of twins (Office for National Statistics: 14 to 16 in a thousand)."""
AT_HOME_UNTIL = 18
KNOWN_TO = 25
"""Age up to which people who come to the city come with their mother."""
MOTHERS = (18, 44)
_PEAK, _WIDTH = 30.5, 6.0
"""Of mothers' ages at birth."""
_FAMILY_SIZES = ((0.0, 0.2), (1.0, 0.5), (2.5, 0.3))
"""How much more, or less, than one the women of a share have children."""
_BETWEEN = 2
"""Cohorts of twelve months between siblings, at least: no two are born within nine months."""
_COUPLES = ((20, 24, 0.15), (25, 29, 0.45), (30, 74, 0.75), (75, 105, 0.45))
"""Ages, and the share who come as half of a couple."""
_PAIRS_UP = ((20, 24, 0.03), (25, 39, 0.05), (40, 59, 0.02))
"""Ages, and the share of single people who find a partner in a year."""
MARRIES = 0.7
"""Of couples."""


@dataclass(frozen=True)
class Crowd:
    """People to choose from, by position: cohort (the year in which it ends, in June), sex, ethnicity."""

    person: np.ndarray
    cohort: np.ndarray
    female: np.ndarray
    ethnicity: np.ndarray


def second_twins(chance: Chance, index: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """Say who is born minutes after the person before, who is of the same cohort."""
    twin = chance.happens(index, TWINS, "twin")
    twin[1:] &= turned[1:] == turned[:-1]
    twin[:1] = False
    twin[1:] &= ~twin[:-1]
    return twin


def mothers(
    chance: Chance, child: np.ndarray, cohort: np.ndarray, twin: np.ndarray, crowd: Crowd
) -> np.ndarray:
    """Return a mother for each child, `NOBODY` where there is none to be found.

    Args:
        chance: of the city.
        child: positions.
        cohort: of each child.
        twin: whether a child is the twin of the one before.
        crowd: holds the women.
    """
    women, born = crowd.person[crowd.female], crowd.cohort[crowd.female]
    sizes, shares = zip(*_FAMILY_SIZES, strict=True)
    fertile = np.array(sizes)[chance.pick(women, shares, "family size")]
    turn = chance.whole(women, 0, _BETWEEN - 1, "births")
    found = np.full(len(child), NOBODY, np.int32)
    for year in np.unique(cohort).tolist():
        wanted = np.flatnonzero((cohort == year) & ~twin)
        age = year - born
        able = np.flatnonzero(
            (age >= MOTHERS[0]) & (age <= MOTHERS[1]) & (fertile > 0) & ((year + turn) % _BETWEEN == 0)
        )
        weight = fertile[able] * np.exp(-(((age[able] - _PEAK) / _WIDTH) ** 2) / 2)
        # The least of exponential waiting times: a draw without putting back, as likely as the weights say.
        waits = -np.log1p(-chance.uniform(women[able], "mother", year)) / weight
        number = min(len(wanted), len(able))
        chosen = np.argsort(waits, kind="stable")[:number]
        found[wanted[:number]] = women[able[chosen]]
    second = np.flatnonzero(twin)
    found[second] = found[second - 1]
    return found


def couples(
    chance: Chance, crowd: Crowd, age: np.ndarray, *what: object, coming: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return women and men who are, or become, couples: of one ethnicity, and of about the same age.

    Args:
        chance: of the city.
        crowd: people without a partner.
        age: of each.
        what: names the draw.
        coming: whether they come to the city; else a year has passed.
    """
    rate = np.zeros(121)
    for first, last, share in _COUPLES if coming else _PAIRS_UP:
        rate[first : last + 1] = share
    ready = chance.happens(crowd.person, rate[np.clip(age, 0, 120)], "couple", *what)
    women, men = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for ethnicity in np.unique(crowd.ethnicity[ready]).tolist():
        of_it = ready & (crowd.ethnicity == ethnicity)
        by_age = [
            crowd.person[side][np.argsort(crowd.cohort[side], kind="stable")]
            for side in (of_it & crowd.female, of_it & ~crowd.female)
        ]
        number = min(map(len, by_age))
        for side, chosen in zip((women, men), by_age, strict=True):
            side.append(chosen[np.arange(number) * len(chosen) // max(number, 1)])
    return np.concatenate(women), np.concatenate(men)
