"""Takes people who are erased out of the ledgers of releases, too.

A ledger has the exact counts of its release. Were somebody in them who has been erased, the next release
would find one person fewer, and print some count anew: readers would see somebody leave though all returns
are the same. So the ledger is of one fewer from then on, and what is printed stays until others change.

What an erasure takes out is the difference between the counts of the same returns before and after it.
"""

import io
import secrets
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.city import CityError
from pipelines.disclosure.counts import counts_of, counts_of_linkage
from pipelines.disclosure.ledger import COUNT
from pipelines.disclosure.protect import OBSERVATION_COLUMNS
from pipelines.extracts.deliveries import UNRECOGNISED
from pipelines.extracts.formats import FORMATS
from pipelines.pipeline import ALL_LISTS, Pipeline
from pipelines.release_year import NothingToReleaseError

PENDING = "erasing"
"""The file in the vault that has the counts from before an erasure, until it is done."""
NOTHING_TO_COUNT = (CityError, NothingToReleaseError)
"""What is raised where no academic year can be released any more."""
_COUNTS, _TOKEN = "counts.parquet", "token"


class ErasurePendingError(Exception):
    """An erasure was broken off: part of somebody's records is gone, and part is there."""


@dataclass(frozen=True)
class ErasedCounts:
    """The counts of a city before and after an erasure.

    Args:
        pipeline: of the city.
    """

    pipeline: Pipeline

    def begin(self) -> None:
        """Keep the counts from before; where an erasure was broken off, those from before it.

        Raises:
            LedgerError: a release has no ledger.
        """
        if self._file.exists() or not self.pipeline.shelf.record.published():
            return
        for collection in (*(module.COLLECTION for module in FORMATS), UNRECOGNISED):
            self.pipeline.receive(collection, self.pipeline.city.years)
        try:
            before = exact_counts(self.pipeline)
        except NOTHING_TO_COUNT:
            # Nobody is kept waiting for that: what is published is then of returns that are gone.
            return
        counts, packed = io.BytesIO(), io.BytesIO()
        before.write_parquet(counts)
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(_COUNTS, counts.getvalue())
            archive.writestr(_TOKEN, secrets.token_hex(16))
        self.pipeline.vault.write(self._file, packed.getvalue())

    def finish(self, records: int) -> None:
        """Take out of every ledger what the erasure took out of the counts.

        Args:
            records: of the person. What differs by more is no person, but a category that is put together
                with others now.
        """
        if not self._file.exists():
            return
        with zipfile.ZipFile(io.BytesIO(self.pipeline.vault.read(self._file))) as packed:
            before, token = pl.read_parquet(packed.read(_COUNTS)), packed.read(_TOKEN).decode()
        with suppress(*NOTHING_TO_COUNT):
            gone = differences(before, exact_counts(self.pipeline), records)
            shelf = self.pipeline.shelf
            for name in shelf.record.published():
                self.pipeline.ledgers.take_out(str(name), shelf.manifest(name), gone, token)
        self._file.unlink()

    def refuse_pending(self) -> None:
        """Refuse to go on where an erasure was broken off.

        Raises:
            ErasurePendingError: so it was.
        """
        if self._file.exists():
            raise ErasurePendingError(
                "an erasure was broken off before it was done: run `learning-indicators erase` again with "
                "the same request. Until then nothing is published"
            )

    @property
    def _file(self) -> Path:
        return self.pipeline.vault.folder / PENDING


def exact_counts(pipeline: Pipeline) -> pl.DataFrame:
    """Build all counts of the returns that were received last; return how many people each is of."""
    pipeline.accept()
    for entry in ALL_LISTS:
        pipeline.load_reference(entry)
    for model in pipeline.models.values():
        pipeline.build(model)
    with pipeline.warehouse() as connection:
        observations = connection.table("indicators.observation").select(*OBSERVATION_COLUMNS).pl()
        linkage = connection.table("core.linkage").pl()
    counts = pl.concat([counts_of(observations), counts_of_linkage(linkage)], how="diagonal")
    return counts.select(*COUNT, "persons")


def differences(before: pl.DataFrame, after: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return the counts that an erasure changed, and how many people are `gone` of each.

    Args:
        before, after: exact counts of the same returns.
        most: by how much one erasure changes a count, at most.
    """
    gone = pl.col("persons") - pl.col("after")
    both = before.join(after.select(*COUNT, after="persons"), on=COUNT).with_columns(gone=gone)
    return both.filter(gone != 0, gone.abs() <= most).select(*COUNT, "gone")
