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
from pipelines.identity.inventory import Inventory
from pipelines.kept_merging import KEPT_MERGING, Merging, kept_mergings, note
from pipelines.models import MERGED, Model
from pipelines.pipeline import ALL_LISTS, Pipeline
from pipelines.release_year import NothingToReleaseError

NOTHING_TO_COUNT = (CityError, NothingToReleaseError)
"""What is raised where no academic year can be released any more."""
_TABLES, _SAID = ("counts.parquet", "rule.parquet", "together.parquet"), "erasure.json"


@dataclass(frozen=True)
class Counted:
    """The exact counts of a city.

    Args:
        counts: `COUNT`, and of how many people each is.
        merging: which categories of provision are put together.
    """

    counts: pl.DataFrame
    merging: Merging


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
        before = None
        # Of a city that published nothing, and of returns that are gone, there are no counts to take out of.
        with suppress(*NOTHING_TO_COUNT):
            before = exact_counts(self.pipeline) if self.pipeline.shelf.record.published() else None
        said = {
            "keys": sorted(erasure.keys), "records": erasure.records, "returns": sorted(erasure.returns),
            "token": erasure.token,
        }  # fmt: skip
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            tables = (before.counts, before.merging.rule, before.merging.published) if before else ()
            for name, table in zip(_TABLES, tables, strict=False):
                with archive.open(name, "w") as stream:
                    table.write_parquet(stream)
            archive.writestr(_SAID, json.dumps(said))
        self.pipeline.vault.write(self._file, packed.getvalue())

    def finish(self) -> None:
        """Take out of every ledger what the erasure took out of the counts.

        What is put together with others stays so.
        """
        if not self._file.exists():
            return
        erasure, before = self._read()
        if before is not None:
            with suppress(*NOTHING_TO_COUNT):
                self._take_out(erasure, before)
        Inventory(self.pipeline.vault).delete([self._file])

    def _take_out(self, erasure: Erasure, before: Counted) -> None:
        after = exact_counts(self.pipeline, before.merging)
        gone = differences(before.counts, after.counts, erasure.records)
        shelf = self.pipeline.shelf
        for name in shelf.record.published():
            manifest = shelf.manifest(name)
            absent = erasure.absent_years(manifest)
            if absent is not None:
                theirs = gone.filter(~pl.col("academic_year").is_in(list(absent)))
                self.pipeline.ledgers.take_out(str(name), manifest, theirs, erasure.token)

    def _read(self) -> tuple[Erasure, Counted | None]:
        with zipfile.ZipFile(io.BytesIO(self.pipeline.vault.read(self._file))) as packed:
            said = json.loads(packed.read(_SAID))
            there = [name for name in _TABLES if name in packed.namelist()]
            tables = [pl.read_parquet(packed.read(name)) for name in there]
        returns = frozenset((year, digest) for year, digest in said["returns"])
        erasure = Erasure(frozenset(said["keys"]), said["records"], returns, said["token"])
        return erasure, Counted(tables[0], Merging(*tables[1:])) if tables else None

    @property
    def _file(self) -> Path:
        return self.pipeline.vault.folder / PENDING


def exact_counts(pipeline: Pipeline, before: Merging | None = None) -> Counted:
    """Build all counts of the returns that were received last; return how many people each is of.

    Args:
        pipeline: of the city.
        before: what was put together, and stays so; None: what has to be.
    """
    pipeline.accept()
    for entry in ALL_LISTS:
        pipeline.load_reference(entry)
    for model in pipeline.models.values():
        pipeline.build(model)
        if model.table == MERGED and before is not None:
            _keep_together(pipeline, model, before)
    with pipeline.warehouse() as connection:
        observations = connection.table("indicators.observation").select(*OBSERVATION_COLUMNS).pl()
        linkage = connection.table("core.linkage").pl()
        merging = Merging.of(connection)
    return Counted(all_counts(observations, linkage).select(*COUNT, "persons"), merging)


def _keep_together(pipeline: Pipeline, merged: Model, before: Merging) -> None:
    with pipeline.warehouse() as connection:
        after = Merging.of(connection)
    if found := kept_mergings(before, after):
        note(pipeline.vault, found)
        pipeline.load_reference(KEPT_MERGING)
        pipeline.build(merged)


def differences(before: pl.DataFrame, after: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return the counts that an erasure changed, and how many people are `gone` of each.

    Args:
        before, after: exact counts of the same returns.
        most: by how much one erasure changes a count, at most.
    """
    gone = pl.col("persons") - pl.col("after")
    both = before.join(after.select(*COUNT, after="persons"), on=COUNT).with_columns(gone=gone)
    return both.filter(gone != 0, gone.abs() <= most).select(*COUNT, "gone")
