"""Takes people who are erased out of the ledgers of releases, too.

A ledger has the exact counts of its release. Were somebody in them who has been erased, the next release
would find one person fewer, and print some count anew: readers would see somebody leave though all returns
are the same. So the ledger is of one fewer from then on, and what is printed stays until others change.

What an erasure takes out is the difference between the counts of the same returns before and after it.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.city import CityError
from pipelines.disclosure.counts import all_counts
from pipelines.disclosure.ledger import COUNT
from pipelines.disclosure.protect import OBSERVATION_COLUMNS
from pipelines.identity.erasures import PENDING, ErasurePendingError
from pipelines.pipeline import ALL_LISTS, Pipeline
from pipelines.release_year import NothingToReleaseError

NOTHING_TO_COUNT = (CityError, NothingToReleaseError)
"""What is raised where no academic year can be released any more."""
_COUNTS, _SAID = "counts.parquet", "erasure.json"


@dataclass(frozen=True)
class Erasure:
    """What is remembered of an erasure until it is done.

    Args:
        keys: hashes of what the person's records bore: the same request has some of them.
        records: how many there were.
        returns: academic year and SHA-256 of each file that has one.
        token: names it.
    """

    keys: frozenset[str]
    records: int
    returns: frozenset[tuple[str, str]]
    token: str

    def absent_years(self, manifest: Mapping) -> frozenset[str] | None:
        """Return the academic years of which a release has no return with the person; None, if it has none.

        Of a year in which the person has no record at all, counts can have them for what they did in others.
        """
        files = {digest for entry in manifest.get("inputs", ()) for digest in entry["files"].values()}
        counted = {year for year, digest in self.returns if digest in files}
        absent = {year for year, _ in self.returns} - counted
        return frozenset(absent) if counted else None


@dataclass(frozen=True)
class ErasedCounts:
    """The counts of a city before and after an erasure.

    Args:
        pipeline: of the city.
    """

    pipeline: Pipeline

    def begin(self, erasure: Erasure) -> None:
        """Keep the counts from before; where the same erasure was broken off, those from before it.

        Raises:
            ErasurePendingError: another erasure was broken off.
        """
        if self._file.exists():
            if self._read()[0].keys.isdisjoint(erasure.keys):
                raise ErasurePendingError(
                    "the erasure of somebody else was broken off before it was done: finish that one first, "
                    "with its own request"
                )
            return
        if not self.pipeline.shelf.record.published():
            return
        try:
            before = exact_counts(self.pipeline)
        except NOTHING_TO_COUNT:
            # Nobody is kept waiting for that: what is published is then of returns that are gone.
            return
        counts, packed = io.BytesIO(), io.BytesIO()
        before.write_parquet(counts)
        said = {
            "keys": sorted(erasure.keys), "records": erasure.records, "returns": sorted(erasure.returns),
            "token": erasure.token,
        }  # fmt: skip
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(_COUNTS, counts.getvalue())
            archive.writestr(_SAID, json.dumps(said))
        self.pipeline.vault.write(self._file, packed.getvalue())

    def finish(self) -> None:
        """Take out of every ledger what the erasure took out of the counts."""
        if not self._file.exists():
            return
        erasure, before = self._read()
        with suppress(*NOTHING_TO_COUNT):
            gone = differences(before, exact_counts(self.pipeline), erasure.records)
            shelf = self.pipeline.shelf
            for name in shelf.record.published():
                manifest = shelf.manifest(name)
                absent = erasure.absent_years(manifest)
                if absent is not None:
                    theirs = gone.filter(~pl.col("academic_year").is_in(list(absent)))
                    self.pipeline.ledgers.take_out(str(name), manifest, theirs, erasure.token)
        self._file.unlink()

    def _read(self) -> tuple[Erasure, pl.DataFrame]:
        with zipfile.ZipFile(io.BytesIO(self.pipeline.vault.read(self._file))) as packed:
            said, counts = json.loads(packed.read(_SAID)), pl.read_parquet(packed.read(_COUNTS))
        returns = frozenset((year, digest) for year, digest in said["returns"])
        return Erasure(frozenset(said["keys"]), said["records"], returns, said["token"]), counts

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
    return all_counts(observations, linkage).select(*COUNT, "persons")


def differences(before: pl.DataFrame, after: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return the counts that an erasure changed, and how many people are `gone` of each.

    Args:
        before, after: exact counts of the same returns.
        most: by how much one erasure changes a count, at most.
    """
    gone = pl.col("persons") - pl.col("after")
    both = before.join(after.select(*COUNT, after="persons"), on=COUNT).with_columns(gone=gone)
    return both.filter(gone != 0, gone.abs() <= most).select(*COUNT, "gone")
