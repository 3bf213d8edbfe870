"""The ILR returns of a year: what stood in each provider's records on the day it made its file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.ilr_xml import Head, write_ilr
from pipelines.synthetic.providers import Providers
from pipelines.years import AcademicYear

_SOFTWARE = (
    ("Example Systems Limited", "Example Records"),
    ("Northern Example Software", "LearnerBase"),
    ("Own software", "Own software"),
)
_AS_THEY_ARE = ("provider", "person", "purpose", "learn_aim_ref", "aim_type", "fund_model", "prog_type",
                "standard_code", "home_at_start", "countable")  # fmt: skip
_EARLY_RETURN = 5
"""One provider in so many has also sent its fourth return of the year."""
_SENT_TWICE = 9
"""One in so many, colleges left aside, has sent its last file twice, under two names."""


@dataclass(frozen=True)
class IlrReturns:
    """Makes the ILR files of a city, provider by provider."""

    chance: Chance
    providers: Providers

    def as_text(
        self, learners: pl.DataFrame, aims: pl.DataFrame, homes: pl.Series, cut: date
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return learners and aims as text, as they stood on a day.

        Args:
            learners: the year's learners.
            aims: the year's aims.
            homes: postcode of each aim's learner this year.
            cut: nothing later is known.
        """
        # Of aims carried over, providers often no longer know the postcode at the start; so do all of these.
        new = pl.col("started") > date(cut.year - (cut.month < 8), 7, 31)
        asked = pl.when(pl.col("started") >= date(2024, 8, 1)).then(pl.lit("ZZ99 9ZZ"))
        home_at_start = pl.when(new).then(homes).otherwise(asked)
        kept_aims = aims.with_columns(home_at_start=home_at_start).filter(pl.col("started") <= cut)
        key = pl.concat_str("provider", "person", separator="/")
        aims_text = kept_aims.select(
            *_AS_THEY_ARE,
            key=key,
            sequence=pl.col("sequence").cast(pl.String),
            start_date=_iso("started"),
            planned_end_date=_iso("planned"),
            delivery_postcode=self.providers.register["postcode"].gather(kept_aims["provider"]),
            supplier_id=self._supplier_ids(kept_aims),
            **_completion(cut),
        )
        learners_text = learners.with_columns(key=key, begins=_iso("begins"), postcode_prior="postcode")
        return learners_text.join(aims_text, on="key", how="semi", maintain_order="left"), aims_text

    def _supplier_ids(self, aims: pl.DataFrame) -> pl.Series:
        """Return an identifier of each aim where the provider's software gives one."""
        provider = aims["provider"].to_numpy()
        index = aims["person"].to_numpy().astype(np.uint64) * np.uint64(1 << 20) + aims[
            "started"
        ].to_physical().to_numpy().astype(np.uint64)
        gives = self.chance.whole(provider, 0, len(_SOFTWARE) - 1, "software") == 1
        wanted = np.flatnonzero(gives)
        high = self.chance.bits(index[wanted], "aim id").tolist()
        low = self.chance.bits(index[wanted] + aims["aim"].to_numpy()[wanted], "aim id", 2).tolist()
        texts = [f"{front:016x}{back:016x}" for front, back in zip(high, low, strict=True)]
        guids = [f"{t[:8]}-{t[8:12]}-4{t[13:16]}-a{t[17:20]}-{t[20:]}" for t in texts]
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(provider)).scatter(wanted, guids)

    def head(self, position: int, year: AcademicYear, *, early: bool = False, serial: int = 1) -> Head:
        """Return the head of a provider's last return of a year (R14), or of an earlier one (R04)."""
        index = np.array([position])
        day = date(year.start, 12, 2) if early else date(year.start + 1, 10, 6)
        day = day.replace(day=day.day + int(self.chance.whole(index, 0, 3 if early else 10, "day", year)[0]))
        at = time(
            int(self.chance.whole(index, 8, 17, "hour", year)[0]),
            int(self.chance.whole(index, 0, 59, "minute", year)[0]),
        )
        supplier, software = _SOFTWARE[int(self.chance.whole(index, 0, len(_SOFTWARE) - 1, "software")[0])]
        ukprn = self.providers.register["provider_id"][position]
        return Head(ukprn, year, datetime.combine(day, at), f"{serial:02d}", software, supplier)

    def extension(self, position: int) -> str:
        """Return how a provider's software spells the extension."""
        return "xml" if position % 3 == 2 else "XML"

    def sends_early(self, position: int, year: AcademicYear) -> bool:
        """Say whether a provider's fourth return is at hand too."""
        return (position + year.start) % _EARLY_RETURN == 0

    def sends_twice(self, position: int, year: AcademicYear) -> bool:
        """Say whether a provider has sent its last file twice."""
        college = position in self.providers.teaching["college"]
        return not college and (position + year.start) % _SENT_TWICE == 0

    def write(
        self, raw: Path, year: AcademicYear, learners: pl.DataFrame, aims: pl.DataFrame, *, early: bool
    ) -> Iterator[tuple[int, Path]]:
        """Write a file for each provider of `aims`; yield positions and files.

        Args:
            raw: the folder of all returns.
            year: the academic year.
            learners: as text.
            aims: as text.
            early: whether these are the year's fourth returns, which few sent.
        """
        own_learners = learners.partition_by("provider", maintain_order=True, as_dict=True)
        for (position,), own_aims in aims.partition_by("provider", maintain_order=True, as_dict=True).items():
            if early and not self.sends_early(position, year):
                continue
            head = self.head(position, year, early=early)
            folder = raw / year.folder / head.ukprn
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / head.file_name(self.extension(position))
            write_ilr(file, head, own_learners[(position,)], own_aims)
            yield position, file
            if not early and self.sends_twice(position, year):
                again = folder / self.head(position, year, serial=2).file_name(self.extension(position))
                again.write_bytes(file.read_bytes())
                yield position, again


def _completion(cut: date) -> dict[str, pl.Expr]:
    """Return how an aim stands on a day: continuing, completed or withdrawn; standards are assessed later."""
    done, withdrawn = pl.col("ended") <= cut, pl.col("withdrawn")
    standard = (pl.col("fund_model") == "36") & (pl.col("aim_type") == "1")
    assessed = pl.col("ended") + pl.duration(days=7)
    waits = done & ~withdrawn & standard & (assessed > cut)
    return {
        "end_date": pl.when(done).then(_iso("ended")),
        "achieved_date": pl.when(done & ~withdrawn & standard & ~waits).then(assessed.cast(pl.String)),
        "comp_status": _stands(~done | waits, withdrawn, "1", "3", "2"),
        "withdraw_reason": pl.when(done & withdrawn).then(pl.lit("98")),
        "outcome": pl.when(done).then(_stands(waits, withdrawn, "8", "3", "1")),
    }


def _stands(first: pl.Expr, second: pl.Expr, *codes: str) -> pl.Expr:
    one, two, three = map(pl.lit, codes)
    return pl.when(first).then(one).when(second).then(two).otherwise(three)


def _iso(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String)
