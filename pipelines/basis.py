"""What the next release is built on: the last one, or an earlier one that came from the same.

A correction is taken back, a decision on a return is struck out: then all returns are again what they were
two releases ago. Readers of both take the people for the same, and so they are printed as the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import polars as pl

from pipelines.auditor.releases import Release
from pipelines.disclosure.ledger import COUNT
from pipelines.disclosure.revisions import Grounds, Revision, YearRevision
from pipelines.identity.erasures import erased_since
from pipelines.ledgers import Ledger
from pipelines.paths import DECISIONS
from pipelines.pipeline import Pipeline
from pipelines.provenance import OF_ALL_YEARS, grounds
from pipelines.releases.names import Name
from pipelines.releases.reasons import differing_returns
from pipelines.releases.shelf import Shelf
from pipelines.untouched import Return


@dataclass(frozen=True)
class Basis:
    """On which releases the next one is built.

    Args:
        last: the one that was published last; None before the first.
        same: the last that came from what the next one comes from; the last one, where none did.
    """

    last: Name | None
    same: Name | None

    @classmethod
    def of(cls, shelf: Shelf, now: Mapping) -> "Basis":
        """Find them.

        Args:
            shelf: has the releases.
            now: where the next one comes from, as `provenance` says it.
        """
        published = shelf.record.published()
        last = published[-1] if published else None
        alike = [name for name in published if _comes_from_the_same(now, shelf.manifest(name))]
        return cls(last, alike[-1] if alike else last)

    def manifest_of_year(self, shelf: Shelf, year: str, base: int) -> dict:
        """Return the manifest of the release that a year is compared with; empty, where none has it.

        Args:
            shelf: has the releases.
            year: academic year.
            base: of rounding: what was published to another one says nothing.
        """
        if self.same is None:
            return {}
        return shelf.manifest_of_year(year, self.same, base) or shelf.manifest_of_year(year, self.last, base)


def ledger_of(pipeline: Pipeline, basis: Basis) -> Ledger:
    """Return what was published before the next release; an empty ledger before the first.

    Raises:
        LedgerError: a release has none.
    """
    if basis.last is None:
        return Ledger.empty()
    last = _ledger(pipeline, basis.last)
    return last if basis.same == basis.last else joined(last, _ledger(pipeline, basis.same))


def _ledger(pipeline: Pipeline, name: Name) -> Ledger:
    shelf = pipeline.shelf
    manifest = shelf.manifest(name)
    ledger = pipeline.ledgers.read(str(name), manifest)
    return ledger if "ledger" in manifest else _as_printed(ledger, Release(shelf.folder(name)))


def _as_printed(ledger: Ledger, release: Release) -> Ledger:
    """Return the ledger of an earlier version with what its release prints: it could be ahead of it."""
    printed = [
        (year, *name, *cell, count.value)
        for year, tables in release.years.items()
        for name, cells in tables.items()
        for cell, count in cells.items()
    ]
    schema = {**dict.fromkeys(COUNT, pl.String), "value": pl.Int64}
    there = pl.DataFrame(printed, schema=schema, orient="row")
    counts = ledger.counts.join(there, on=COUNT, how="left", maintain_order="left")
    # What is printed as low may be a five of a table that tells nothing below ten.
    hidden = (pl.col("value") == 0) & (pl.col("published") == pl.col("base"))
    as_printed = pl.when(hidden).then("published").otherwise(pl.coalesce("value", "published"))
    return replace(ledger, counts=counts.with_columns(published=as_printed).drop("value"))


def grounds_of(pipeline: Pipeline, basis: Basis, now: Mapping, released: Sequence[str]) -> Grounds:
    """Return on what years may be revised that were published before.

    Args:
        pipeline: of the city.
        basis: on which the next release is built.
        now: where it comes from, as `provenance` says it.
        released: academic years that it has.
    """
    if basis.same is None:
        return Grounds()
    shelf, base = pipeline.shelf, pipeline.policy.base
    of_years = {year: said for year in released if (said := basis.manifest_of_year(shelf, year, base))}
    erased = {year: erased_of(pipeline, year, said) for year, said in of_years.items()}
    allowed = shelf.record.allowed_revisions()
    return grounds(now, shelf.manifest(basis.same), of_years, allowed, erased)


def differing_of(
    pipeline: Pipeline, basis: Basis, now: Mapping, years: Mapping[str, YearRevision]
) -> dict[str, list[Return]]:
    """Return academic year → the returns that differ since it was last revised, of years that are revised.

    Under other code everything may be counted otherwise.
    """
    shelf, base = pipeline.shelf, pipeline.policy.base
    revised = (year for year, revision in years.items() if revision.what is Revision.REVISED)
    before = {year: basis.manifest_of_year(shelf, year, base) for year in revised}
    same_code = {year: said for year, said in before.items() if _same_code(said, now)}
    return {year: differing_returns(said, now) for year, said in same_code.items()}


def _same_code(then: Mapping, now: Mapping) -> bool:
    return all(then.get(name) == now[name] for name in ("code_version", "rule_set"))


def erased_of(pipeline: Pipeline, year: str, manifest: Mapping) -> int:
    """Return how many records of a year were erased since the release was built in which it was last revised.

    All that ever were, where nobody knows when that was.

    Args:
        pipeline: of the city.
        year: academic year.
        manifest: of the last release that has it.
    """
    revised_in = manifest.get("years", {}).get(year, {}).get("revised_in")
    since = pipeline.shelf.record.built_at(Name.parse(revised_in)) if revised_in else ""
    return erased_since(pipeline.paths.erasures, since).get(year, 0)


def joined(last: Ledger, same: Ledger) -> Ledger:
    """Return the ledger of the last release with the years that another one has as that has them."""
    years = same.counts["academic_year"].unique().to_list()

    def of(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
        if one.is_empty() or other.is_empty():
            return one
        return pl.concat([other, one.filter(~pl.col("academic_year").is_in(years)).select(other.columns)])

    return Ledger(*(of(getattr(last, each.name), getattr(same, each.name)) for each in fields(Ledger)))


def _comes_from_the_same(now: Mapping, manifest: Mapping) -> bool:
    """Say whether a release has the returns of now, and all else that can alter people.

    Decisions on returns alter people by the returns alone that they let stand.
    """
    return now["inputs"] == manifest.get("inputs") and all(
        _without_decisions(now[name]) == _without_decisions(manifest.get(name)) for name in OF_ALL_YEARS
    )


def _without_decisions(said: object) -> object:
    return [each for each in said if each.get("file") != DECISIONS] if isinstance(said, list) else said
