"""What is on offer: kinds of learning reported in the ILR, whom they attract, and the aims they consist of.

The shares are chosen so that recorded participation looks like a large English city's without its
universities; they are nobody's published figures.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.lars import FOLDER as LARS
from pipelines.lars import Lars

Ages = tuple[tuple[int, int, float], ...]
"""First age, last age, share that starts in a year; ages are completed years on 31 August."""


@dataclass(frozen=True)
class Slot:
    """One aim of a kind of learning: its aim type, the pool of aims it is drawn from, how many have it."""

    aim_type: str
    pool: str
    share: float = 1.0


@dataclass(frozen=True)
class Kind:
    """One kind of learning.

    Args:
        name: its name; keys its draws.
        slots: its aims.
        funding: key of `fund_model`.
        places: kinds of provider that offer it, with their weights.
        ages: who starts.
        days: shortest and longest planned length; drawn in steps of 30 days.
        months: months of the academic year in which it starts, 0 being August.
        prog_type: programme type, where it is a programme.
        track: part of [0, 1) of everyone aged 16 to 18 that follows this route; None where the route is open.
        women: how much likelier women are than men, against even.
        deprived: how much likelier the most deprived fifth is than the middle one.
        last_year: last academic year (starting year) in which it is offered.
        first_year: first academic year in which it is offered.
        cycle: at most one start in so many years, so that long programmes of a person do not overlap.
    """

    name: str
    slots: tuple[Slot, ...]
    funding: str
    places: dict[str, float]
    ages: Ages
    days: tuple[int, int]
    months: tuple[int, int]
    prog_type: str | None = None
    track: tuple[float, float] | None = None
    women: float = 1.0
    deprived: float = 1.0
    first_year: int = 0
    last_year: int = 9999
    cycle: int = 1

    @property
    def lookback(self) -> int:
        """How many earlier years' starters may still be learning."""
        return 1 + (self.days[1] > 400)


SIXTH_FORM = (0.0, 0.35)
"""The part of 16- to 18-year-olds that stays at school; see `Kind.track`."""
_COLLEGE, _TRAINING, _ADULT = "college", "independent training provider", "adult education"
_SEPTEMBER = (1, 1)
_TWO_YEARS, _ONE_YEAR = (640, 670), (270, 300)

KINDS = (
    Kind("a level", (Slot("5", "a_level"), Slot("4", "a_level"), Slot("4", "a_level")), "16-19",
         {_COLLEGE: 1}, ((16, 16, 1.0),), _TWO_YEARS, _SEPTEMBER, track=(0.35, 0.46)),
    Kind("level 3", (Slot("5", "vocational_3"), Slot("4", "resit", 0.2)), "16-19", {_COLLEGE: 1},
         ((16, 16, 1.0),), _TWO_YEARS, _SEPTEMBER, track=(0.46, 0.62)),
    Kind("t level", (Slot("1", "programme"), Slot("5", "t_level"), Slot("3", "t_placement")), "16-19",
         {_COLLEGE: 1}, ((16, 16, 1.0),), _TWO_YEARS, _SEPTEMBER, "31", track=(0.62, 0.66), first_year=2020),
    Kind("level 2", (Slot("5", "vocational_2"), Slot("4", "resit", 0.7)), "16-19",
         {_COLLEGE: 3, _TRAINING: 1}, ((16, 17, 1.0),), _ONE_YEAR, _SEPTEMBER, track=(0.66, 0.77)),
    Kind("level 1", (Slot("5", "vocational_1"), Slot("4", "basic", 0.8)), "16-19",
         {_COLLEGE: 2, _TRAINING: 1}, ((16, 17, 1.0),), _ONE_YEAR, _SEPTEMBER, track=(0.77, 0.86)),
    Kind("third year", (Slot("5", "vocational_3"),), "16-19", {_COLLEGE: 1},
         ((18, 18, 0.40),), _ONE_YEAR, _SEPTEMBER, track=(0.35, 0.86)),
    Kind("left sixth form", (Slot("5", "vocational_2"),), "16-19", {_COLLEGE: 1},
         ((16, 17, 0.04),), (120, 150), (6, 7), track=SIXTH_FORM),
    Kind("school link", (Slot("4", "vocational_1"),), "16-19", {_COLLEGE: 1},
         ((14, 15, 0.012),), _ONE_YEAR, _SEPTEMBER),
    Kind("youth apprenticeship", (Slot("1", "programme"), Slot("3", "vocational_2"), Slot("3", "basic", 0.3)),
         "apprenticeship", {_TRAINING: 3, _COLLEGE: 1}, ((16, 18, 0.39),), (390, 730), (0, 6), "25",
         track=(0.90, 1.0), cycle=3),
    Kind("traineeship", (Slot("1", "programme"), Slot("3", "vocational_1"), Slot("3", "placement")), "16-19",
         {_TRAINING: 1}, ((16, 18, 0.12),), (120, 180), (1, 5), "24", track=(0.86, 0.90), last_year=2022),
    Kind("apprenticeship", (Slot("1", "programme"), Slot("3", "vocational_3"), Slot("3", "basic", 0.2)),
         "apprenticeship", {_TRAINING: 3, _COLLEGE: 1}, ((19, 24, 0.035), (25, 54, 0.005), (55, 64, 0.001)),
         (390, 730), (0, 9), "25", cycle=3),
    Kind("adult vocational", (Slot("4", "vocational_adult"),), "adult",
         {_COLLEGE: 3, _TRAINING: 1, _ADULT: 1},
         ((18, 18, 0.10), (19, 24, 0.095), (25, 54, 0.018), (55, 64, 0.005)), (60, 300), (1, 9), women=1.2),
    Kind("basic skills", (Slot("4", "basic"), Slot("4", "basic", 0.4)), "adult", {_COLLEGE: 2, _ADULT: 2},
         ((18, 24, 0.05), (25, 54, 0.023), (55, 64, 0.006)), (90, 300), (1, 8), women=1.25, deprived=1.35),
    Kind("loan", (Slot("4", "higher"),), "loan", {_COLLEGE: 1},
         ((19, 24, 0.012), (25, 54, 0.0035)), (270, 300), _SEPTEMBER),
    Kind("bootcamp", (Slot("1", "programme"), Slot("3", "vocational_1")), "bootcamp", {_TRAINING: 1},
         ((19, 24, 0.004), (25, 54, 0.003)), (60, 120), (1, 9), "32", first_year=2024),
    Kind("community", (Slot("4", "community"), Slot("4", "community", 0.15)), "community",
         {_ADULT: 4, _COLLEGE: 1}, ((19, 24, 0.012), (25, 64, 0.011), (65, 95, 0.010)), (30, 120), (1, 9),
         women=1.35, deprived=1.15),
)  # fmt: skip


def fund_model(funding: str) -> pl.Expr:
    """Return the funding model of aims by their start.

    Apprenticeships have one of their own since 1 May 2017; adult skills and community learning were renamed
    on 1 August 2024. Source: ILR validation rules 2025/26, FundModel_05, 09, 17, 19 and 20.
    """
    changes = {
        "adult": ("35", date(2024, 8, 1), "38"),
        "community": ("10", date(2024, 8, 1), "11"),
        "apprenticeship": ("81", date(2017, 5, 1), "36"),
    }
    if funding in changes:
        before, day, after = changes[funding]
        return pl.when(pl.col("started") >= day).then(pl.lit(after)).otherwise(pl.lit(before))
    return pl.lit({"16-19": "25", "bootcamp": "37", "loan": "99"}[funding])


@dataclass(frozen=True)
class Catalogue:
    """The learning aims and apprenticeship standards of the reference lists, and pools of them."""

    aims: pl.DataFrame
    standards: pl.DataFrame
    themes: dict[str | None, str] = field(default_factory=dict)

    @classmethod
    def read(cls, reference: Path) -> "Catalogue":
        """Read the lists."""
        themes = pl.read_csv(reference / "theme.csv", infer_schema=False).drop_nulls("ssa_tier1")
        return cls(
            Lars(reference / LARS).aims(),
            Lars(reference / LARS).standards(),
            dict(themes.select("ssa_tier1", "theme").iter_rows()),
        )

    @cached_property
    def pools(self) -> dict[str, list[int]]:
        """Pool → positions in `aims`."""
        title, level = pl.col("title"), pl.col("notional_nvq_level_v2")
        vocational = (pl.col("orientation") == "vocational") & ~title.str.starts_with("T Level")
        return {
            name: self.aims.select(condition.arg_true()).to_series().to_list()
            for name, condition in {
                "programme": pl.col("learn_aim_ref") == "ZPROG001",
                "placement": pl.col("learn_aim_ref") == "ZWRKX001",
                "t_placement": pl.col("learn_aim_ref") == "ZWRKX003",
                "a_level": title.str.starts_with("A Level"),
                "resit": title.str.starts_with("GCSE"),
                "t_level": title.str.starts_with("T Level"),
                "vocational_1": vocational & (level == "1"),
                "vocational_2": vocational & (level == "2"),
                "vocational_3": vocational & (level == "3"),
                "vocational_adult": vocational & level.is_in(["1", "2", "3"]),
                "basic": title.str.contains("Functional Skills|ESOL"),
                "higher": vocational & (level == "4"),
                "community": pl.col("formality") == "non-formal",
            }.items()
        }
