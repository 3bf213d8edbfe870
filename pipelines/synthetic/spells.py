"""Who learns what, where and when, of what the ILR reports: spells, one a learner, kind and provider."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.courses import KINDS, Kind
from pipelines.synthetic.people import ABSENT, People
from pipelines.synthetic.providers import Providers

_KEEN, _KEENNESS = 0.25, (2.5, 0.5)
"""A quarter of adults does most of the learning: factors for them and for the others (mean 1)."""
_WITHDRAWS, _SWITCHES = 0.08, 0.03
_SWITCHING = frozenset({"a level", "level 3", "level 2", "apprenticeship", "adult vocational"})


@dataclass(frozen=True)
class Spells:
    """Draws the spells of a city."""

    chance: Chance
    people: People
    providers: Providers
    first_year: int
    adults: float = 1.0
    """Factor on how many of those aged 19 and over start something."""

    @cached_property
    def keenness(self) -> np.ndarray:
        """How much more, or less, adults learn than adults on average."""
        everyone = np.arange(len(self.people.birth))
        return np.where(self.chance.happens(everyone, _KEEN, "keen"), *_KEENNESS)

    @cached_property
    def track(self) -> np.ndarray:
        """Everyone's route at 16, in [0, 1): school, college, work, or (the end) nothing of these."""
        return self.chance.uniform(np.arange(len(self.people.birth)), "track")

    def routes(self, start_year: int) -> np.ndarray:
        """Return `track` as it works out: in the most deprived areas a little further towards the end."""
        return self.track * (1 + 0.025 * (2 - self.people.quintile(self.state(start_year))))

    def state(self, year: int) -> int:
        """Return the people's state in an academic year; years before the first known one are like it."""
        return max(year - self.first_year + 1, 0)

    def in_year(self, year: int) -> pl.DataFrame:
        """Return the spells that run in an academic year.

        Columns: `person`, `kind` (position in `KINDS`), `provider` (position in the register), `started`,
        `planned` end, true `ended`, `withdrawn`.
        """
        first, last = np.datetime64(f"{year}-08-01"), np.datetime64(f"{year + 1}-07-31")
        present = self.people.home[self.state(year)] != ABSENT
        parts = []
        for number, kind in enumerate(KINDS):
            for start_year in range(year - kind.lookback, year + 1):
                for part in self._started(number, kind, start_year):
                    running = (part["ended"] >= first) & (part["started"] <= last) & present[part["person"]]
                    parts.append({name: values[running] for name, values in part.items()})
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return pl.DataFrame(joined)

    def _started(self, number: int, kind: Kind, year: int) -> list[dict[str, np.ndarray]]:
        """Return the spells of one kind that start in one academic year; a switch makes two of one."""
        person = self._starters(kind, year)
        what = (kind.name, year)
        month = self.chance.whole(person, *kind.months, "month", *what)
        day = self.chance.whole(person, 0, 13 if kind.months == (1, 1) else 27, "day", *what)
        started = ((year - 1970) * 12 + 7 + month).astype("datetime64[M]").astype("datetime64[D]") + day
        shortest, longest = kind.days
        length = shortest + 30 * self.chance.whole(person, 0, (longest - shortest) // 30, "length", *what)
        planned = started + length
        withdrawn = self.chance.happens(person, _WITHDRAWS, "withdraws", *what)
        early = (length * (0.2 + 0.7 * self.chance.uniform(person, "withdrawn", *what))).astype(np.int64)
        spell = {
            "person": person,
            "kind": np.full(len(person), number, np.uint8),
            "provider": self._place(kind, person, "first"),
            "started": started,
            "planned": planned,
            "ended": np.where(withdrawn, started + early, planned),
            "withdrawn": withdrawn,
        }
        return [spell] if kind.name not in _SWITCHING else self._switched(kind, year, spell)

    def _switched(self, kind: Kind, year: int, spell: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
        """Let some go on with the same thing at another provider."""
        other = self._place(kind, spell["person"], "second")
        switches = self.chance.happens(spell["person"], _SWITCHES, "switches", kind.name, year)
        switches &= other != spell["provider"]
        left = spell["started"] + self.chance.whole(spell["person"], 50, 140, "leaves", kind.name, year)
        switches &= left + 60 < spell["planned"]
        before = {**spell, "withdrawn": spell["withdrawn"] | switches}
        before["ended"] = np.where(switches, left, spell["ended"])
        after = {name: values[switches] for name, values in spell.items()}
        after["provider"], after["started"] = other[switches], left[switches] + 10
        after["ended"], after["withdrawn"] = after["planned"], np.zeros(switches.sum(), bool)
        return [before, after]

    def _starters(self, kind: Kind, year: int) -> np.ndarray:
        if not kind.first_year <= year <= kind.last_year:
            return np.empty(0, np.int64)
        state, people = self.state(year), self.people
        age = people.age_on_31_august(year)
        oldest = kind.ages[-1][1]
        person = np.flatnonzero((people.home[state] != ABSENT) & (age >= kind.ages[0][0]) & (age <= oldest))
        rates = np.zeros(oldest + 1)
        for first, last, rate in kind.ages:
            rates[first : last + 1] = rate
        rates[19:] *= self.adults
        rate = rates[age[person]]
        if kind.track:
            route = self.routes(year)[person]
            rate = rate * ((route >= kind.track[0]) & (route < kind.track[1]))
        elif oldest > 18:
            rate = rate * self._inclination(kind, person, state)
        if kind.cycle > 1:
            turn = self.chance.whole(person, 0, kind.cycle - 1, "turn", kind.funding)
            rate = rate * kind.cycle * ((year + turn) % kind.cycle == 0)
        return person[self.chance.happens(person, rate, "starts", kind.name, year)]

    def _inclination(self, kind: Kind, person: np.ndarray, state: int) -> np.ndarray:
        """Return a factor on the rate of adults; its mean over everyone is about 1."""
        women = np.where(self.people.female[person], kind.women, 2 - kind.women)
        deprived = 1 + (kind.deprived - 1) * (3 - self.people.quintile(state)[person]) / 2
        return self.keenness[person] * women * deprived

    def _place(self, kind: Kind, person: np.ndarray, turn: str) -> np.ndarray:
        """Return where each goes: earlier entries of the register are larger; who returns, returns there."""
        positions, weights = [], []
        for place, weight in kind.places.items():
            at = self.providers.teaching[place]
            size = 1 / np.sqrt(np.arange(1, len(at) + 1))
            positions.append(at)
            weights.append(weight * size / size.sum())
        chosen = self.chance.pick(person, np.concatenate(weights), "provider", kind.funding, turn)
        return np.concatenate(positions)[chosen]
