"""What a provider writes down about its learners in a year: one row a learner of a provider."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.names import BOYS, FAMILY, GIRLS
from pipelines.synthetic.numbers import NO_ULN
from pipelines.synthetic.people import People

ETHNICITIES = (
    # ILR code, census code, share
    ("31", "WBRI", 45.0),
    ("34", "WOTH", 8.0),
    ("40", "APKN", 12.0),
    ("44", "BAFR", 10.0),
    ("39", "AIND", 3.0),
    ("41", "ABAN", 2.0),
    ("42", "CHNE", 2.5),
    ("43", "AOTH", 2.5),
    ("35", "MWBC", 2.5),
    ("36", "MWBA", 1.5),
    ("38", "MOTH", 1.5),
    ("45", "BCRB", 2.0),
    ("46", "BOTH", 1.5),
    ("32", "WIRI", 1.5),
    ("98", "OOTH", 3.0),
    ("99", "NOBT", 1.5),
)
_LLDD_CATEGORIES = ["4", "5", "9", "10", "12", "14", "95"]
_REFERENCE_RANGE = 99_999_989
"""A prime, so that a step through it gives no two people of a provider one reference."""
_NO_NUMBER = 0.45
"""Of learners with community courses only, those for whom no ULN was asked."""


@dataclass(frozen=True)
class Learners:
    """Writes down what is known of people, as text where providers write text."""

    chance: Chance
    people: People
    every_uln: bool
    """True where every provider asks for the number, so that everyone can be recognised."""

    def names(self, person: np.ndarray) -> tuple[pl.Series, pl.Series]:
        """Return family and given names."""
        family = np.array(FAMILY)[self.chance.whole(person, 0, len(FAMILY) - 1, "family name")]
        girl = np.array(GIRLS)[self.chance.whole(person, 0, len(GIRLS) - 1, "given name")]
        boy = np.array(BOYS)[self.chance.whole(person, 0, len(BOYS) - 1, "given name")]
        return pl.Series(family), pl.Series(np.where(self.people.female[person], girl, boy))

    def ethnicity(self, person: np.ndarray) -> np.ndarray:
        """Return positions in `ETHNICITIES`."""
        return self.chance.pick(person, [share for *_, share in ETHNICITIES], "ethnicity")

    def of(self, aims: pl.DataFrame, year: int, state: int) -> pl.DataFrame:
        """Return the learners whom aims belong to, by provider and reference.

        Args:
            aims: aims of the year.
            year: starting year.
            state: of the people, in that year.
        """
        frame = (
            aims.group_by("provider", "person", maintain_order=True)
            .agg(
                begins=pl.col("started").min(),
                community_only=pl.col("purpose").is_not_null().all(),
                employed=(pl.col("prog_type") == "25").fill_null(False).any(),
                young=(pl.col("fund_model") == "25").all(),
            )
            .sort("provider", "person")
        )
        person, provider = frame["person"].to_numpy(), frame["provider"].to_numpy()
        family, given = self.names(person)
        unnamed = frame["community_only"] & pl.Series(self.chance.happens(provider, 0.3, "names left out"))
        known = frame.with_columns(
            ref=self.references(provider, person),
            uln=self._uln(frame, person, provider),
            family=pl.when(~unnamed).then(family),
            given=pl.when(~unnamed).then(given),
            birth_date=pl.Series(self.people.birth[person]).cast(pl.String),
            sex=pl.Series(np.where(self.people.female[person], "F", "M")),
            ethnicity=_coded(self.ethnicity(person), [code for code, *_ in ETHNICITIES]),
            postcode=self.people.homes.postcode.gather(self.people.home[state][person]),
            **self._circumstances(person, year, state),
        )
        return known.sort("provider", "ref")

    def _circumstances(self, person: np.ndarray, year: int, state: int) -> dict[str, pl.Series]:
        """Return what no figure needs, and real records are full of."""
        chance = self.chance
        prior = chance.pick(person, (8, 14, 18, 16, 12, 14, 5, 13), "prior level")
        return {
            "lldd": _coded(chance.pick(person, (14, 82, 4), "lldd"), ["1", "2", "9"]),
            "lldd_category": _coded(chance.whole(person, 0, 6, "lldd category"), _LLDD_CATEGORIES),
            "prior_level": pl.Series(prior, dtype=pl.UInt8),
            "works": pl.Series(chance.happens(person, 0.45, "works", year)),
            "free_meals": pl.Series(chance.happens(person, 0.12, "free meals in college")),
            "house": pl.Series(chance.whole(person, 1, 140, "house", state)),
            "street": pl.Series(chance.whole(person, 0, 9, "street", state), dtype=pl.UInt8),
        }

    def references(self, provider: np.ndarray, person: np.ndarray) -> pl.Series:
        """Return each provider's own reference for a person: eight digits, as small as the provider likes."""
        offset = (self.chance.bits(provider, "references") % np.uint64(_REFERENCE_RANGE)).astype(np.int64)
        number = (person * 48_271 + offset) % _REFERENCE_RANGE
        return pl.Series(number).cast(pl.String).str.zfill(8)

    def _uln(self, frame: pl.DataFrame, person: np.ndarray, provider: np.ndarray) -> pl.Series:
        number = pl.Series(self.people.uln[person]).cast(pl.String)
        if self.every_uln:
            return number
        index = person.astype(np.uint64) * np.uint64(100_000) + provider.astype(np.uint64)
        unasked = frame["community_only"] & pl.Series(self.chance.happens(index, _NO_NUMBER, "no number"))
        # A ULN belongs to learning that leads somewhere; whoever was never asked has none to give.
        return pl.select(pl.when(unasked).then(pl.lit(NO_ULN)).otherwise(number)).to_series()


def _coded(positions: np.ndarray, codes: list[str]) -> pl.Series:
    return pl.Series(codes).gather(positions)
