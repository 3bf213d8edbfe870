"""What the next release is built on: for each academic year, a state of it that was published.

Two releases of one year tell, by their difference, of those who changed between them, however many releases
lie between. So a year is compared with every state of it that was published. If it is but for a few people as
one of them (a correction was taken back, a decision was struck out), it is printed as that one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl

from pipelines.auditor.releases import Release
from pipelines.disclosure.ledger import COUNT, people_changed
from pipelines.disclosure.revisions import Grounds, Revision, YearRevision
from pipelines.disclosure.shapes import Shape
from pipelines.identity.erasures import erased_since
from pipelines.ledgers import TABLES, Ledger
from pipelines.pipeline import Pipeline
from pipelines.provenance import grounds
from pipelines.releases.names import Name
from pipelines.releases.reasons import differing_returns
from pipelines.releases.shelf import Shelf
from pipelines.untouched import Return


@dataclass(frozen=True)
class Basis:
    """On which releases the next one is built.

    Args:
        last: the one that was published last; None before the first.
        years: academic year → the release that it is compared with, and printed as where it is repeated.
    """

    last: Name | None
    years: Mapping[str, Name] = field(default_factory=dict)

    def manifest_of_year(self, shelf: Shelf, year: str) -> dict:
        """Return the manifest of the release that a year is compared with; empty, where none has it."""
        return shelf.manifest(self.years[year]) if year in self.years else {}


@dataclass(frozen=True)
class Published:
    """What was published of a city, to one base.

    Args:
        pipeline: of the city.
        base: of rounding: what was published to another one says nothing.
    """

    pipeline: Pipeline
    base: int

    def basis(
        self, counts: pl.DataFrame, shapes: Mapping[str, Shape], smallest: int, allowed: Collection[str]
    ) -> Basis:
        """Find the state with which each year is compared.

        That is the last one, unless enough people changed since, and fewer since an earlier one: then the
        earlier one that is nearest.

        Args:
            counts: exact, of all years.
            shapes: of the tables that they are of.
            smallest: people by whom a year must have changed, at least, to be revised.
            allowed: years that a person has decided to revise for fewer.
        """
        published = self.pipeline.shelf.record.published()
        found = {}
        for (year,), of_year in counts.partition_by("academic_year", as_dict=True).items():
            last, *earlier = self._states(year) or [None]
            if last is None:
                continue
            found[year] = last
            if year not in allowed and self._changed(of_year, last, shapes) >= smallest:
                people = {state: self._changed(of_year, state, shapes) for state in earlier}
                nearest = min(people, key=people.get, default=last)
                found[year] = nearest if people.get(nearest, smallest) < smallest else last
        return Basis(published[-1] if published else None, found)

    def _changed(self, counts: pl.DataFrame, state: Name, shapes: Mapping[str, Shape]) -> int:
        return people_changed(counts, self.ledger(state).counts, shapes, self.base)

    def ledger(self, name: Name) -> Ledger:
        """Return the ledger of a release.

        Raises:
            LedgerError: it has none.
        """
        if name not in self._ledgers:
            self._ledgers[name] = _ledger(self.pipeline, name)
        return self._ledgers[name]

    def joined(self, basis: Basis) -> Ledger:
        """Return the ledger of the last release, with each year as in the state that it is compared with.

        Raises:
            LedgerError: a release has none.
        """
        if basis.last is None:
            return Ledger.empty()
        others = {year: self.ledger(name) for year, name in basis.years.items() if name != basis.last}
        return joined(self.ledger(basis.last), others)

    def _states(self, year: str) -> list[Name]:
        """Return the last release that has each state of a year, the newest first."""
        found: dict[str, Name] = {}
        shelf = self.pipeline.shelf
        for name in reversed(shelf.record.published()):
            manifest = shelf.manifest(name)
            # An earlier version did not say in which release a year was revised.
            years = manifest.get("years") or {e["academic_year"]: {} for e in manifest.get("inputs", ())}
            if year in years and manifest.get("rounding_base", self.base) == self.base:
                found.setdefault(years[year].get("revised_in", str(name)), name)
        return list(found.values())

    @cached_property
    def _ledgers(self) -> dict[Name, Ledger]:
        return {}


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


def grounds_of(pipeline: Pipeline, basis: Basis, now: Mapping) -> Grounds:
    """Return on what years may be revised that were published before.

    Args:
        pipeline: of the city.
        basis: on which the next release is built.
        now: where it comes from, as `provenance` says it.
    """
    if basis.last is None:
        return Grounds()
    shelf = pipeline.shelf
    of_years = {year: basis.manifest_of_year(shelf, year) for year in basis.years}
    return grounds(now, shelf.manifest(basis.last), of_years, shelf.record.allowed_revisions())


def differing_of(
    pipeline: Pipeline, basis: Basis, now: Mapping, years: Mapping[str, YearRevision]
) -> dict[str, list[Return]]:
    """Return academic year → the returns that differ since it was last revised, of years that are revised.

    Under other code everything may be counted otherwise.
    """
    revised = (year for year, revision in years.items() if revision.what is Revision.REVISED)
    before = {year: basis.manifest_of_year(pipeline.shelf, year) for year in revised}
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
    return erased_since(pipeline.vault, since).get(year, 0)


def joined(last: Ledger, others: Mapping[str, Ledger]) -> Ledger:
    """Return the ledger of the last release with some years as other ledgers have them.

    Args:
        last: of the last release.
        others: academic year → the ledger that has it.
    """

    def of(name: str) -> pl.DataFrame:
        table = getattr(last, name)
        for year, ledger in others.items():
            there = getattr(ledger, name)
            if not (table.is_empty() or there.is_empty()):
                kept = table.filter(pl.col("academic_year") != year)
                table = pl.concat([there.filter(academic_year=year), kept.select(there.columns)])
        return table

    return Ledger(**{name: of(name) for name in TABLES})
