"""From spells to the aims of a year's ILR: one row an aim, and one row a learner of a provider."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.courses import KINDS, Catalogue, Kind, Slot, fund_model
from pipelines.synthetic.people import People
from pipelines.synthetic.providers import Providers
from pipelines.years import AcademicYear

_OLD_PURPOSES, _PURPOSES = ("ASL1", "ASL2", "ASL3", "ASL4"), tuple(f"ACL{n}" for n in range(1, 8))
FAMILY_PURPOSES = frozenset({"ASL3", "ASL4", "ACL5"})
"""Family English, maths and language; wider family learning; support for parents and carers."""
_APPRENTICESHIP, _BOOTCAMP = "25", "32"


@dataclass(frozen=True)
class Aims:
    """Turns spells into aims."""

    chance: Chance
    people: People
    providers: Providers
    catalogue: Catalogue

    def of(self, spells: pl.DataFrame, year: int) -> pl.DataFrame:
        """Return the aims of a year, numbered within each learner of a provider.

        Columns beside those of spells: `aim` (position in the catalogue), `aim_type`, `fund_model`,
        `prog_type`, `standard`, `purpose`, `sequence`, and what they mean: `countable`, `course`,
        `isced_programme`, `orientation`, `formality`, `setting`, `theme`.
        """
        parts = [
            self._slot(spells.filter(pl.col("kind") == number), kind, slot, position)
            for number, kind in enumerate(KINDS)
            for position, slot in enumerate(kind.slots)
        ]
        aims = pl.concat(parts).sort("provider", "person", "started", "kind", "slot", maintain_order=True)
        # Who comes back to the same course on the same day has not enrolled twice.
        aims = aims.unique(
            ["provider", "person", "aim", "aim_type", "started"], keep="first", maintain_order=True
        )
        aims = aims.with_columns(sequence=pl.int_range(1, pl.len() + 1).over("provider", "person"))
        return self._meaning(aims.filter(pl.col("sequence") <= 98), year)

    def _slot(self, spells: pl.DataFrame, kind: Kind, slot: Slot, position: int) -> pl.DataFrame:
        person = spells["person"].to_numpy()
        start = spells["started"].to_physical().to_numpy()
        # A spell's draws depend on its person and start, not on the year it is reported in.
        index = person.astype(np.uint64) * np.uint64(100_000) + start.astype(np.uint64)
        what = (kind.name, position)
        pool = np.array(self.catalogue.pools[slot.pool])
        # Slots of one kind with one pool take neighbours in it, so that nobody takes one subject twice.
        same = sum(earlier.pool == slot.pool for earlier in kind.slots[:position])
        chosen = self.chance.whole(index, 0, len(pool) - 1, "aim", kind.name, slot.pool)
        aims = spells.with_columns(
            aim=pl.Series(pool[(chosen + same) % len(pool)], dtype=pl.UInt16),
            aim_type=pl.lit(slot.aim_type),
            slot=pl.lit(position, pl.UInt8),
            prog_type=pl.lit(kind.prog_type, pl.String),
            fund_model=fund_model(kind.funding),
            standard=self._standard(index, kind),
            purpose=self._purpose(index, kind, start),
        )
        return aims.filter(pl.Series(self.chance.happens(index, slot.share, "has", *what)))

    def _standard(self, index: np.ndarray, kind: Kind) -> pl.Series:
        if kind.prog_type != _APPRENTICESHIP:
            return pl.Series([None], dtype=pl.UInt8).new_from_index(0, len(index))
        young = kind.name == "youth apprenticeship"
        level = self.catalogue.standards["notional_end_level"].cast(pl.Int64).to_numpy()
        suited = np.flatnonzero(level <= 3) if young else np.arange(len(level))
        return pl.Series(suited[self.chance.whole(index, 0, len(suited) - 1, "standard")], dtype=pl.UInt8)

    def _purpose(self, index: np.ndarray, kind: Kind, start: np.ndarray) -> pl.Series:
        """Return the purpose of community learning; its codes changed on 1 August 2023."""
        if kind.funding != "community":
            return pl.Series([None], dtype=pl.String).new_from_index(0, len(index))
        old = np.array(_OLD_PURPOSES)[self.chance.whole(index, 0, len(_OLD_PURPOSES) - 1, "purpose")]
        new = np.array(_PURPOSES)[self.chance.whole(index, 0, len(_PURPOSES) - 1, "purpose")]
        changed = start >= np.datetime64("2023-08-01").astype(int)
        return pl.Series(np.where(changed, new, old), dtype=pl.String)

    def _meaning(self, aims: pl.DataFrame, year: int) -> pl.DataFrame:
        """Add what an aim counts as: for the truth, worked out apart from the project's SQL."""
        known = aims.join(self._about_aims(), on="aim", how="left", maintain_order="left").join(
            self._about_standards(), on="standard", how="left", maintain_order="left"
        )
        code = pl.concat_str("learn_aim_ref", "prog_type", "standard_code", separator=":", ignore_nulls=True)
        return known.with_columns(
            academic_year=pl.lit(AcademicYear(year).label),
            isced_programme=_isced(),
            countable=_countable(),
            course=pl.when(pl.col("aim_type") == "1").then(code).otherwise("learn_aim_ref"),
            setting=_setting(),
            theme=pl.coalesce("aim_theme", "standard_theme", pl.lit("other")),
        ).with_columns(
            formality=_either(pl.col("isced_programme") == "NF", "non-formal", "formal"),
            orientation=_either(pl.col("isced_programme").is_in(_VOCATIONAL), "vocational", "general"),
        )

    def _about_aims(self) -> pl.DataFrame:
        return self.catalogue.aims.select(
            "learn_aim_ref",
            aim=pl.int_range(pl.len(), dtype=pl.UInt16),
            aim_formality="formality",
            aim_orientation="orientation",
            level="notional_nvq_level_v2",
            aim_theme=pl.col("ssa_tier1").replace_strict(self.catalogue.themes, default=None),
        )

    def _about_standards(self) -> pl.DataFrame:
        return self.catalogue.standards.select(
            "standard_code",
            standard=pl.int_range(pl.len(), dtype=pl.UInt8),
            standard_isced=pl.col("notional_end_level").replace_strict(_STANDARD_ISCED),
            standard_theme=pl.col("ssa_tier1").replace_strict(self.catalogue.themes, default=None),
        )


_STANDARD_ISCED = {"2": "35", "3": "35", "4": "55", "5": "55", "6": "6", "7": "7"}
_PROGRAMME_ISCED = {"24": "25", "31": "35"}
_LEVEL_DIGIT = {"E": "2", "1": "2", "2": "3", "3": "3", "4": "5", "5": "5"}


_VOCATIONAL = ["25", "35", "45", "55"]


def _either(condition: pl.Expr, yes: str, no: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(yes)).otherwise(pl.lit(no))


def _countable() -> pl.Expr:
    """Say which aims are enrolments: programmes, aims on their own, core aims of no programme."""
    alone = pl.col("prog_type").is_null()
    return pl.col("aim_type").is_in(["1", "4"]) | ((pl.col("aim_type") == "5") & alone)


def _setting() -> pl.Expr:
    return (
        pl.when(pl.col("purpose").is_in(sorted(FAMILY_PURPOSES)))
        .then(pl.lit("family"))
        .when(pl.col("fund_model").is_in(["10", "11"]))
        .then(pl.lit("community"))
        .when(pl.col("prog_type") == _APPRENTICESHIP)
        .then(pl.lit("workplace"))
        .otherwise(pl.lit("institution"))
    )


def _isced() -> pl.Expr:
    """Return ISCED 2011 level and orientation, or NF: of the programme, or of the aim where there is none."""
    bootcamp = (pl.col("prog_type") == _BOOTCAMP).fill_null(value=False)
    digit = pl.col("level").replace_strict(_LEVEL_DIGIT, default=None)
    return (
        pl.when((pl.col("aim_formality") == "non-formal") | bootcamp)
        .then(pl.lit("NF"))
        .when(pl.col("prog_type") == _APPRENTICESHIP)
        .then("standard_isced")
        .when(pl.col("prog_type").is_not_null())
        .then(pl.col("prog_type").replace_strict(_PROGRAMME_ISCED, default=None))
        .otherwise(digit + _either(pl.col("aim_orientation") == "vocational", "5", "4"))
    )
