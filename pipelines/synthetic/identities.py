"""Who is called what: names that families share, and that some women change when they marry."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.ethnicities import ETHNICITIES
from pipelines.synthetic.families import NOBODY
from pipelines.synthetic.names import COMMUNITIES, GENERATION_FROM, all_names
from pipelines.synthetic.people import People

_NAMES_FROM = {
    # census code of the ethnicity → communities, as likely as their weights
    "WBRI": {"english": 96, "irish": 3, "european": 1},
    "WIRI": {"irish": 90, "english": 10},
    "WOTH": {"european": 92, "arab": 4, "english": 4},
    "APKN": {"pakistani": 100},
    "BAFR": {"african": 55, "somali": 45},
    "AIND": {"indian": 90, "pakistani": 10},
    "ABAN": {"bangladeshi": 100},
    "CHNE": {"chinese": 100},
    "AOTH": {"arab": 50, "pakistani": 20, "chinese": 20, "indian": 10},
    "MWBC": {"caribbean": 60, "english": 40},
    "MWBA": {"african": 60, "english": 40},
    "MOTH": {"english": 50, "pakistani": 20, "arab": 15, "chinese": 15},
    "BCRB": {"caribbean": 100},
    "BOTH": {"somali": 40, "african": 40, "caribbean": 20},
    "OOTH": {"arab": 80, "european": 20},
    "NOBT": {"english": 60, "pakistani": 20, "european": 20},
}
_HABITS = {
    # English given name, middle name, wife takes the husband's name
    "english": (1.0, 0.75, 0.75),
    "irish": (0.5, 0.6, 0.7),
    "pakistani": (0.0, 0.25, 0.3),
    "indian": (0.05, 0.3, 0.6),
    "bangladeshi": (0.0, 0.2, 0.15),
    "arab": (0.02, 0.4, 0.1),
    "somali": (0.0, 0.7, 0.0),
    "african": (0.25, 0.6, 0.6),
    "caribbean": (0.5, 0.6, 0.6),
    "european": (0.1, 0.35, 0.8),
    "chinese": (0.2, 0.2, 0.1),
}
"""Shares by community. Most British women who marry take the name; few Muslim or Chinese women do."""
_HYPHENATES = 0.06
_FATHERS_NAME = 0.85
"""Of families in which the father is known, those whose children have his name."""
_NAMED_ALIKE, _ALIKE = 0.1, 0.06
"""Families whose children's names are neighbours in the alphabet, and how near they are."""
_AFTER_FATHER, _AFTER_MOTHER, _AFTER_SISTER_OR_BROTHER = 0.01, 0.003, 0.003
"""Children who are given a parent's name, or in a family the one of a child before."""
_OTHER_PLACES = (0.5, 0.25, 0.75, 0.4)
"""How far in the pool another name is looked for."""
_GENERATIONS = 4
"""Steps from a child to the one who brought the family name to the city; more do not occur."""


@dataclass(frozen=True)
class Identities:
    """The names of the people of a city."""

    chance: Chance
    people: People

    def family(self, person: np.ndarray, year: int) -> pl.Series:
        """Return everyone's family name as it is when an academic year begins."""
        names = all_names().family
        own = names.gather(self.family_at_birth[person])
        changed = np.flatnonzero(self.has_changed(person, year))
        if not len(changed):
            return own
        whose = self.people.partner[person[changed]]
        his = names.gather(self.family_at_birth[whose])
        hyphenated = pl.Series(self._hyphenates[person[changed]])
        both = own.gather(changed) + "-" + his
        return own.scatter(changed, both.zip_with(hyphenated, his))

    def has_changed(self, person: np.ndarray, year: int) -> np.ndarray:
        """Say who has another family name than at birth when an academic year begins."""
        married = self.people.married[person]
        return self._changes[person] & (married > 0) & (married < year)

    def given(self, person: np.ndarray) -> pl.Series:
        """Return everyone's first name."""
        return all_names().given.gather(self._given[person])

    def middle(self, person: np.ndarray) -> pl.Series:
        """Return everyone's middle name, null for those who have none."""
        code = pl.Series(self._middle[person])
        return all_names().given.gather(pl.select(pl.when(code >= 0).then(code)).to_series())

    @cached_property
    def family_at_birth(self) -> np.ndarray:
        """Positions of the family names at birth: the father's or the mother's, as far back as is known."""
        everyone = self._everyone
        places = self.chance.uniform(everyone, "family name")
        pools = all_names().families
        code = np.zeros(len(everyone), np.int32)
        for number, community in enumerate(COMMUNITIES):
            of_it = self._community == number
            code[of_it] = pools[community].at(places[of_it])
        return code[self._origin]

    @cached_property
    def _everyone(self) -> np.ndarray:
        return np.arange(len(self.people.birth))

    @cached_property
    def _origin(self) -> np.ndarray:
        """Who brought everyone's family name to the city: they themselves, or someone before them."""
        people, everyone = self.people, self._everyone
        mother, father = people.mother, people.father
        his = (father != NOBODY) & self.chance.happens(np.maximum(mother, 0), _FATHERS_NAME, "father's name")
        source = np.where(his, father, np.where(mother != NOBODY, mother, everyone))
        orphan = people.twin & (mother == NOBODY)
        source = np.where(orphan, everyone - 1, source)
        for _ in range(_GENERATIONS):
            source = source[source]
        return source

    @cached_property
    def _community(self) -> np.ndarray:
        """Positions in `COMMUNITIES`: of the one who brought the family name."""
        place = self.chance.uniform(self._everyone, "community")
        community = np.zeros(len(place), np.int8)
        for number, (_, code, _) in enumerate(ETHNICITIES):
            shares = _NAMES_FROM[code]
            of_it = np.flatnonzero(self.people.ethnicity == number)
            edges = np.cumsum(list(shares.values())) / sum(shares.values())
            names = np.array([COMMUNITIES.index(name) for name in shares])
            found = np.searchsorted(edges, place[of_it], side="right")
            community[of_it] = names[np.minimum(found, len(names) - 1)]
        return community[self._origin]

    def _habit(self, column: int) -> np.ndarray:
        return np.array([_HABITS[name][column] for name in COMMUNITIES])[self._community]

    @cached_property
    def _changes(self) -> np.ndarray:
        """Women who change their name when they marry."""
        people, wanted = self.people, self._habit(2)
        takes = self.chance.happens(self._everyone, wanted, "takes the name") | self._hyphenates
        # To marry someone of one's own name changes nothing.
        same = self.family_at_birth == self.family_at_birth[people.partner]
        return people.female & (people.partner != NOBODY) & takes & ~same

    @cached_property
    def _hyphenates(self) -> np.ndarray:
        return self.chance.happens(self._everyone, _HYPHENATES, "hyphenates")

    @cached_property
    def _given(self) -> np.ndarray:
        """Positions of the first names."""
        people, mother = self.people, self.people.mother
        places = self.chance.uniform(self._everyone, "given name")
        index = np.maximum(mother, 0)
        start = self.chance.uniform(index, "children's names") * (1 - _ALIKE)
        alike = (mother != NOBODY) & self.chance.happens(index, _NAMED_ALIKE, "named alike")
        given = self._given_at(self._everyone, np.where(alike, start + places * _ALIKE, places))
        for elder in (self._elder, np.where(self._elder != NOBODY, self._elder[self._elder], NOBODY)):
            self._rename_the_younger(given, elder, places)
        given = self._named_after(given)
        self._rename_the_younger(given, np.where(people.twin, self._everyone - 1, NOBODY), places)
        return given

    def _rename_the_younger(self, given: np.ndarray, elder: np.ndarray, places: np.ndarray) -> None:
        """Give other names to those who have the same one as a sister or brother."""
        for step in _OTHER_PLACES:
            same = np.flatnonzero((elder != NOBODY) & (given == given[elder]))
            given[same] = self._given_at(same, (places[same] + step) % 1)

    def _named_after(self, given: np.ndarray) -> np.ndarray:
        """Return given names, for a few children those of a parent, a sister or a brother."""
        people, named = self.people, given.copy()
        for what, who, share, suits in (
            ("father", people.father, _AFTER_FATHER, ~people.female),
            ("mother", people.mother, _AFTER_MOTHER, people.female),
            ("elder", self._elder, _AFTER_SISTER_OR_BROTHER, people.female == people.female[self._elder]),
        ):
            wanted = suits & (who != NOBODY) & ~people.twin
            wanted &= self.chance.happens(self._everyone, share, "named after", what)
            named[wanted] = given[who[wanted]]
        return named

    @cached_property
    def _elder(self) -> np.ndarray:
        """The one before everyone among the mother's children, `NOBODY` where there is none."""
        child = np.flatnonzero(self.people.mother != NOBODY)
        ordered = child[np.lexsort((self.people.birth[child], self.people.mother[child]))]
        before = np.roll(ordered, 1)
        same = self.people.mother[before] == self.people.mother[ordered]
        same[:1] = False
        elder = np.full(len(self._everyone), NOBODY, np.int64)
        elder[ordered] = np.where(same, before, NOBODY)
        return elder

    @cached_property
    def _middle(self) -> np.ndarray:
        """Positions of the middle names; -1 for those who have none."""
        code = self._given_at(self._everyone, self.chance.uniform(self._everyone, "middle name"))
        has = self.chance.happens(self._everyone, self._habit(1), "has middle name")
        return np.where(has & (code != self._given), code, -1)

    def _given_at(self, who: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Return the given name at each place of the pool of one's community, sex and generation."""
        key = self._given_pool[who]
        order = np.argsort(key, kind="stable")
        edges = np.searchsorted(key[order], np.arange(len(COMMUNITIES) * len(GENERATION_FROM) * 2 + 1))
        code = np.zeros(len(who), np.int32)
        for number, (low, high) in enumerate(pairwise(edges.tolist())):
            pools = all_names().girls if number % 2 else all_names().boys
            community, since = divmod(number // 2, len(GENERATION_FROM))
            own = order[low:high]
            code[own] = pools[COMMUNITIES[community], since].at(places[own])
        return code

    @cached_property
    def _given_pool(self) -> np.ndarray:
        """Number of the pool of given names: by community, generation and sex."""
        english = COMMUNITIES.index("english")
        in_english = self.chance.happens(self._everyone, self._habit(0), "English name")
        community = np.where(in_english, english, self._community)
        generation = np.searchsorted(GENERATION_FROM[1:], self.people.birth_year, side="right")
        return (community * len(GENERATION_FROM) + generation) * 2 + self.people.female
