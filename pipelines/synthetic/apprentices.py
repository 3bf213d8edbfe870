"""Apprentices as some employers download them from the apprenticeship service: one CSV file an employer."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.extracts.apprenticeship_service_contract import COLUMNS, OPTIONAL
from pipelines.synthetic.chance import Chance
from pipelines.synthetic.learners import Learners
from pipelines.synthetic.people import People
from pipelines.synthetic.providers import EMPLOYER, Providers
from pipelines.synthetic.recording import Form
from pipelines.years import AcademicYear

_REPORTED = 0.3
"""Of apprentices, those whose employer sends a file."""


@dataclass(frozen=True)
class Apprentices:
    """Takes apprentices out of a year's aims and writes their employers' files."""

    chance: Chance
    people: People
    providers: Providers
    learners: Learners

    def of(self, aims: pl.DataFrame, year: AcademicYear) -> pl.DataFrame:
        """Return the apprentices of employers that report: a row a person and standard of an employer.

        Args:
            aims: of the year's ILR, in which every apprentice is.
            year: the academic year.
        """
        employers = self._employers()
        apprentices = aims.filter(
            (pl.col("prog_type") == "25").fill_null(False),
            pl.col("aim_type") == "1",
            pl.col("planned").cast(pl.Date).dt.month_end() >= year.first_day,
        )
        person = apprentices["person"].to_numpy()
        reported = self.chance.happens(person, _REPORTED if len(employers) else 0.0, "employer reports")
        found = apprentices.filter(pl.Series(reported))
        at = self.chance.whole(found["person"].to_numpy(), 0, max(len(employers) - 1, 0), "employer")
        return (
            found.with_columns(provider=pl.Series(employers[at] if len(employers) else at, dtype=pl.Int64))
            .unique(["person", "standard"], keep="last", maintain_order=True)
            .sort("provider", "person", "standard")
            .with_columns(sequence=pl.int_range(1, pl.len() + 1).over("provider", "person"))
        )

    def write(self, raw: Path, text: pl.DataFrame, year: AcademicYear) -> Iterator[tuple[int, Path]]:
        """Write a file for each employer; yield positions and files.

        Every other file has the later columns and blank rows.
        """
        for (at,), own in text.partition_by("provider", maintain_order=True, as_dict=True).items():
            sender = self.providers.register["provider_id"][at]
            name = f"apprenticeships_{sender}_{year.folder}_{year.start + 1}-08-{20 + at % 8}.csv"
            file = raw / year.folder / sender / name
            file.parent.mkdir(parents=True, exist_ok=True)
            later = at % 2 == 0
            columns = [*reversed(COLUMNS), *OPTIONAL] if later else list(COLUMNS)
            rows = [",".join(value or "" for value in row) for row in own.select(columns).iter_rows()]
            empty = ["," * (len(columns) - 1)] if later else []
            file.write_text("\n".join([",".join(columns), *rows, *empty, ""]), "utf-8", newline="")
            yield at, file

    def _employers(self) -> np.ndarray:
        kinds = self.providers.register["provider_kind"].to_list()
        return np.array(
            [at for at in self.providers.teaching["community"] if kinds[at] == EMPLOYER], np.int64
        )

    def as_text(self, apprentices: pl.DataFrame, year: int, state: int) -> pl.DataFrame:
        """Return apprentices as text in the columns of the file, with the `line` of an employer's file."""
        person, employer = apprentices["person"].to_numpy(), apprentices["provider"].to_numpy()
        known = self.learners.recorder.write(person, employer, year, state, Form(uln=False))
        price = self.chance.whole(person, 2, 18, "price").astype(np.int64) * 1_000
        nothing = [pl.lit(None, pl.String).alias(column) for column in OPTIONAL]
        return apprentices.select(
            "provider",
            "person",
            "sequence",
            *nothing,
            line=pl.int_range(2, pl.len() + 2).over("provider"),
            CohortRef=pl.lit(None, pl.String),
            AgreementID=pl.format("V{}RP", pl.col("provider").cast(pl.String).str.zfill(3)),
            ULN=known["uln"],
            FamilyName=known["family"],
            GivenNames=known["given"],
            DateOfBirth=known["birth_date"].dt.strftime("%Y-%m-%d"),
            EmailAddress=pl.Series(
                [f"apprentice{n}@example.org" for n in range(len(person))], dtype=pl.String
            ),
            StdCode=pl.col("standard_code"),
            StartDate=pl.col("started").cast(pl.Date).dt.strftime("%Y-%m-%d"),
            EndDate=pl.col("planned").cast(pl.Date).dt.strftime("%Y-%m"),
            TotalPrice=pl.Series(price).cast(pl.String),
            EPAOrgID=pl.lit("EPA0001"),
            ProviderRef=pl.lit(None, pl.String),
        ).with_columns(RecognisePriorLearning=pl.lit("FALSE"))
