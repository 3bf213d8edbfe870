"""What a provider writes down about its learners in a year: one row a learner of a provider."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.error_profile import CLEAN, ErrorProfile
from pipelines.synthetic.ethnicities import ETHNICITIES
from pipelines.synthetic.numbers import NO_ULN
from pipelines.synthetic.people import People
from pipelines.synthetic.recording import Form, Recorder

UNKNOWN_POSTCODE = "ZZ99 9ZZ"
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
    profile: ErrorProfile = CLEAN
    """How often providers write down what is not so."""

    @cached_property
    def recorder(self) -> Recorder:
        """What providers write down of who people are."""
        return Recorder(self.chance, self.people, self.profile)

    def ethnicity(self, person: np.ndarray) -> np.ndarray:
        """Return positions in `ETHNICITIES`."""
        return self.people.ethnicity[person]

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
        known = self.recorder.write(person, provider, year, state, Form(sex=False))
        unnamed = frame["community_only"] & pl.Series(self.chance.happens(provider, 0.3, "names left out"))
        text = frame.with_columns(
            ref=self.references(provider, person),
            **self._number(frame, known),
            family=pl.when(~unnamed).then(known["family"]),
            given=pl.when(~unnamed).then(known["given"]),
            birth_date=known["birth_date"].cast(pl.String),
            sex=known["sex"],
            ethnicity=_coded(self.ethnicity(person), [code for code, *_ in ETHNICITIES]),
            postcode=known["postcode"].fill_null(UNKNOWN_POSTCODE),
            **self._circumstances(person, year, state),
        )
        return text.sort("provider", "ref")

    def _circumstances(self, person: np.ndarray, year: int, state: int) -> dict[str, pl.Series]:
        """Return what no figure needs, and real records are full of."""
        chance, dwelling = self.chance, self.people.dwelling(state, person)
        prior = chance.pick(person, (8, 14, 18, 16, 12, 14, 5, 13), "prior level")
        return {
            "lldd": _coded(chance.pick(person, (14, 82, 4), "lldd"), ["1", "2", "9"]),
            "lldd_category": _coded(chance.whole(person, 0, 6, "lldd category"), _LLDD_CATEGORIES),
            "hours": pl.Series(chance.whole(person, 460, 630, "hours", year)),
            "prior_level": pl.Series(prior, dtype=pl.UInt8),
            "works": pl.Series(chance.happens(person, 0.45, "works", year)),
            "free_meals": pl.Series(chance.happens(person, 0.12, "free meals in college")),
            "house": pl.Series(chance.whole(dwelling, 1, 140, "house")),
            "street": pl.Series(chance.whole(dwelling, 0, 9, "street"), dtype=pl.UInt8),
        }

    def references(self, provider: np.ndarray, person: np.ndarray) -> pl.Series:
        """Return each provider's own reference for a person: eight digits, as small as the provider likes."""
        offset = (self.chance.bits(provider, "references") % np.uint64(_REFERENCE_RANGE)).astype(np.int64)
        number = (person * 48_271 + offset) % _REFERENCE_RANGE
        return pl.Series(number).cast(pl.String).str.zfill(8)

    def _number(self, frame: pl.DataFrame, known: pl.DataFrame) -> dict[str, pl.Expr]:
        """Return the learner number as sent, and the valid one: null where there is none."""
        asked = pl.lit(value=True)
        if not self.every_uln:
            person, provider = frame["person"].to_numpy(), frame["provider"].to_numpy()
            index = person.astype(np.uint64) * np.uint64(100_000) + provider.astype(np.uint64)
            unasked = frame["community_only"] & pl.Series(self.chance.happens(index, _NO_NUMBER, "no number"))
            # A ULN belongs to learning that leads somewhere; whoever was never asked has none to give.
            asked = pl.lit(~unasked)
        return {
            "uln": pl.when(asked).then(pl.lit(known["uln"].fill_null(NO_ULN))).otherwise(pl.lit(NO_ULN)),
            "valid_uln": pl.when(asked).then(pl.lit(known["valid_uln"])),
        }


def _coded(positions: np.ndarray, codes: list[str]) -> pl.Series:
    return pl.Series(codes).gather(positions)
