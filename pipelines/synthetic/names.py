"""Names for invented people, as mixed as a large English city's; some with letters that plain ASCII lacks.

`names.txt` has the names, commonest first. How often one occurs falls with its rank, roughly as Zipf found:
the commonest surname of England has about one person in a hundred, and half of the people share a thousand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance

COMMUNITIES = ("english", "irish", "pakistani", "indian", "bangladeshi", "arab", "somali", "african",
               "caribbean", "european", "chinese")  # fmt: skip
"""A community is no ethnicity of a code list: it is where a family's names come from."""
GENERATIONS = (1900, 1950, 1980, 2000)
"""Lists of given names; each holds for those born from 15 years before (`GENERATION_FROM`)."""
GENERATION_FROM = (1900, 1943, 1975, 1997)

_SKEW = {
    # share of the composed tail, how flat the head is: the more, the flatter
    "english": (0.50, 8.0),
    "irish": (0.0, 6.0),
    "pakistani": (0.10, 4.0),
    "indian": (0.0, 1.5),
    "bangladeshi": (0.0, 2.0),
    "arab": (0.25, 5.0),
    "somali": (0.10, 3.0),
    "african": (0.35, 6.0),
    "caribbean": (0.0, 6.0),
    "european": (0.50, 8.0),
    "chinese": (0.0, 2.0),
}
_FALL, _TAIL_FALL, _GIVEN_FALL, _GIVEN_FLAT = 0.85, 0.6, 0.8, 4.0


@dataclass(frozen=True)
class Pool:
    """Names to draw from.

    Args:
        code: positions in the list of all names of the kind.
        edges: where the share of each in [0, 1) ends.
    """

    code: np.ndarray
    edges: np.ndarray

    @classmethod
    def of(cls, codes: list[int], weights: np.ndarray) -> "Pool":
        """Return the pool in which each code is as likely as its weight says."""
        return cls(np.array(codes, np.int32), np.cumsum(weights) / np.sum(weights))

    def at(self, places: np.ndarray) -> np.ndarray:
        """Return the code in whose share of [0, 1) each place falls."""
        found = np.searchsorted(self.edges, places, side="right")
        return self.code[np.minimum(found, len(self.code) - 1)]


@dataclass(frozen=True)
class Names:
    """All names.

    Args:
        family: every family name.
        given: every given name.
        families: community → the pool of its family names.
        girls, boys: (community, position of the generation) → the pool of given names, in the order of the
            alphabet, so that neighbours sound alike.
        same_sound: a name → other spellings of it.
        short: a given name → what people are called for short.
    """

    family: pl.Series
    given: pl.Series
    families: Mapping[str, Pool]
    girls: Mapping[tuple[str, int], Pool]
    boys: Mapping[tuple[str, int], Pool]
    same_sound: Mapping[str, tuple[str, ...]]
    short: Mapping[str, tuple[str, ...]]


@cache
def all_names() -> Names:
    """Return the names of `names.txt`, read once."""
    sections = _sections()
    words = {title: _words(lines) for title, lines in sections.items()}
    families, family = {}, {}
    for community in COMMUNITIES:
        families[community] = _family_pool(community, words, family)
    given: dict[str, int] = {}
    girls, boys = ({} for _ in range(2))
    for sort, pools in (("girls", girls), ("boys", boys)):
        for community in COMMUNITIES:
            for number, since in enumerate(GENERATIONS):
                title = f"{sort} {community}"
                pools[community, number] = _given_pool(words.get(title) or words[f"{title} {since}"], given)
    groups = [tuple(line.split()) for line in sections["same sound"]]
    others: dict[str, list[str]] = {}
    for group in groups:
        for name in group:
            others.setdefault(name, []).extend(other for other in group if other != name)
    short = {full: tuple(names) for full, *names in (line.split() for line in sections["short"])}
    same_sound = {name: tuple(dict.fromkeys(found)) for name, found in others.items()}
    return Names(pl.Series(list(family)), pl.Series(list(given)), families, girls, boys, same_sound, short)


def _sections() -> dict[str, list[str]]:
    text = (Path(__file__).parent / "names.txt").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    title = ""
    for line in text.splitlines():
        if line.startswith("["):
            title = line.strip("[]")
        elif line and not line.startswith("#"):
            sections.setdefault(title, []).append(line)
    return sections


def _words(lines: list[str]) -> list[str]:
    words = (word.replace("_", " ") for line in lines for word in line.split())
    return list(dict.fromkeys(words))


def _family_pool(community: str, words: Mapping[str, list[str]], family: dict[str, int]) -> Pool:
    """Return a community's family names: those written out, then the composed tail; all go into `family`."""
    head = words[f"family {community}"]
    tail_share, flat = _SKEW[community]
    stems, endings = (words.get(f"{part} {community}", []) for part in ("stems", "endings"))
    composed = [stem + ending for stem in stems for ending in endings if not stem.endswith(ending[0])]
    # In no order that shows how they were made.
    order = np.argsort(Chance(0).uniform(np.arange(len(composed)), "tail", community))
    tail = [composed[place] for place in order if composed[place] not in head]
    weights = _falling(len(head), flat, _FALL) * (1 - tail_share)
    if tail:
        weights = np.concatenate([weights, _falling(len(tail), 30.0, _TAIL_FALL) * tail_share])
    return Pool.of([family.setdefault(name, len(family)) for name in [*head, *tail]], weights)


def _given_pool(names: list[str], given: dict[str, int]) -> Pool:
    weights = _falling(len(names), _GIVEN_FLAT, _GIVEN_FALL)
    order = sorted(range(len(names)), key=names.__getitem__)
    codes = [given.setdefault(names[place], len(given)) for place in order]
    return Pool.of(codes, weights[order])


def _falling(count: int, flat: float, power: float) -> np.ndarray:
    """Return weights that fall with the rank and add up to 1."""
    weights = (np.arange(count) + 1 + flat) ** -power
    return weights / weights.sum()
