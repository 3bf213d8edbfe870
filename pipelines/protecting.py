"""The step between counts and readers: everything that leaves is rounded together, then checked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from pipelines import warehouse
from pipelines.basis import Basis, Published, differing_of, grounds_of
from pipelines.disclosure.audit import misshapen_cells, unbounded_cells, underivable_cells, unrounded_cells
from pipelines.disclosure.counts import (
    FIGURE_PARTS,
    LINKAGE,
    LINKAGE_PARTS,
    all_counts,
    in_place,
    linkage_of,
    shapes_of,
)
from pipelines.disclosure.ledger import distant_counts, far_counts, noted, rewritten_counts
from pipelines.disclosure.linkage import protect_linkage
from pipelines.disclosure.protect import OBSERVATION_COLUMNS, protect
from pipelines.disclosure.repeated import rows_as_repeated
from pipelines.disclosure.revisions import Revision, YearRevision, revisions_of
from pipelines.disclosure.rounded import rounded
from pipelines.disclosure.standardised import strata_of
from pipelines.disclosure.utility import utility
from pipelines.identity.erasures import refuse_pending
from pipelines.identity.inventory import Inventory
from pipelines.ledgers import Ledger
from pipelines.models import RELEASED
from pipelines.pipeline import Pipeline
from pipelines.provenance import provenance
from pipelines.release_year import ReleaseYears
from pipelines.releases.names import Name
from pipelines.untouched import untouched, with_kept


@dataclass(frozen=True)
class Revisions:
    """What the next release does with each academic year.

    Args:
        previous: the release before it; None for the first.
        ledger: digest of its ledger.
        states: academic year → the release with which it is compared, and printed as where it is repeated.
        years: academic year → what it does.
        far: academic year → counts that are further from the truth than the neighbouring multiple.
    """

    previous: str | None
    ledger: str
    states: Mapping[str, str]
    years: Mapping[str, YearRevision]
    far: Mapping[str, int]

    @property
    def repeated(self) -> list[str]:
        """The years that are published as they were."""
        return [year for year, revision in self.years.items() if revision.repeats]

    @property
    def basis(self) -> Basis:
        """On which releases it is built."""
        states = {year: Name.parse(name) for year, name in self.states.items()}
        return Basis(self.previous and Name.parse(self.previous), states)

    def write(self, file: Path) -> None:
        """Leave it for the step that builds the release."""
        file.write_text(json.dumps(asdict(self), indent=1), "utf-8")

    @classmethod
    def read(cls, file: Path) -> "Revisions":
        """Read what the last rounding left."""
        said = json.loads(file.read_text("utf-8"))
        years = {year: YearRevision(Revision(of["what"]), of["people"]) for year, of in said["years"].items()}
        return cls(**said | {"years": years})


def protect_counts(pipeline: Pipeline) -> pl.DataFrame:
    """Make the published tables, and all else that publication reads of the city; return that of figures.

    What is read of the city is of released years alone (`core.academic_year`): of others nothing is rounded.
    """
    paths, policy = pipeline.paths, pipeline.policy
    pipeline.settle_releases()
    refuse_pending(pipeline.vault)
    city = _City.read(pipeline)
    origin = provenance(pipeline, city.released)
    shapes = shapes_of(pipeline.catalogue, policy)
    counts = all_counts(city.observations, city.linkage)
    earlier, allowed = Published(pipeline, policy.base), pipeline.shelf.record.allowed_revisions()
    basis = earlier.basis(counts, shapes, policy.smallest_change, allowed)
    before = earlier.joined(basis)
    grounds = grounds_of(pipeline, basis, origin)
    years = revisions_of(counts, before.counts, shapes, policy, grounds)
    repeated = [year for year, revision in years.items() if revision.repeats]
    published_before = before.counts.filter(base=policy.base)
    observations = rows_as_repeated(city.observations, published_before, repeated)
    counts = all_counts(observations, city.linkage)
    alone = untouched(city.providers, city.merged, differing_of(pipeline, basis, origin, years))
    counts = with_kept(counts, published_before, alone, shapes, policy.smallest_change)
    counts = rounded(counts, shapes, policy.base, before.counts, repeated)
    now = Ledger(counts, city.coverage, city.reporting, city.categories)
    digest = _note(pipeline, before, now, repeated)
    far = far_counts(counts, policy.base)
    states = {year: str(name) for year, name in basis.years.items()}
    Revisions(basis.last and str(basis.last), digest, states, years, far).write(paths.revisions)
    of_linkage = pl.col("indicator") == LINKAGE
    observations = in_place(observations, counts.filter(~of_linkage), FIGURE_PARTS)
    linkage = in_place(city.linkage, counts.filter(of_linkage), LINKAGE_PARTS)
    linkage = _linkage(linkage, published_before, repeated)
    published = protect(observations, pipeline.catalogue, policy, pipeline.coverage, city.strata)
    _replace(paths.linkage, protect_linkage(linkage, policy))
    _replace(paths.published, published)
    paths.utility.parent.mkdir(mode=0o700, exist_ok=True)
    utility(counts, published).write_csv(paths.utility, float_precision=4)
    # From here on nothing is sealed until the release appears.
    Inventory(pipeline.vault).note()
    return published


@dataclass(frozen=True)
class _City:
    """What is read of the warehouse: exact counts, and what is said of returns.

    Args:
        observations, linkage, coverage, reporting, providers, merged, strata: tables.
        categories: by which released years are broken down, and which of them are put together with others.
        released: academic years of which figures are published.
    """

    observations: pl.DataFrame
    linkage: pl.DataFrame
    coverage: pl.DataFrame
    reporting: pl.DataFrame
    providers: pl.DataFrame
    merged: pl.DataFrame
    categories: pl.DataFrame
    strata: pl.DataFrame
    released: list[str]

    @classmethod
    def read(cls, pipeline: Pipeline) -> "_City":
        """Read it, and leave the public tables for publication."""
        paths = pipeline.paths
        with pipeline.scratch() as folder:
            file = folder / "observations.parquet"
            with pipeline.warehouse() as connection:
                connection.table("indicators.observation").write_parquet(str(file))
                for table, place in {
                    "core.academic_year": paths.years,
                    "core.alignment": paths.alignment,
                }.items():
                    connection.table(table).write_parquet(str(place))
                names = (
                    "linkage", "coverage", "reporting", "population_stratum", "code_list", "merged_category",
                    "provider",
                )  # fmt: skip
                linkage, coverage, reporting, stratum, codes, merged, providers = (
                    connection.table(f"core.{name}").pl() for name in names
                )
                years = connection.table(RELEASED).pl()
            observations = pl.read_parquet(file, columns=list(OBSERVATION_COLUMNS))
        strata = strata_of(stratum, pipeline.catalogue)
        strata.write_parquet(paths.strata)
        released = ReleaseYears.of(years, coverage, pipeline.city).released
        categories = _categories(codes, merged, released)
        return cls(
            observations, linkage, coverage, reporting, providers, merged, categories, strata, released
        )


def _categories(codes: pl.DataFrame, merged: pl.DataFrame, released: Sequence[str]) -> pl.DataFrame:
    """Return the categories of each released year: those that stand, and those that are put together."""
    of_all = pl.concat(
        [
            codes.select("dimension", "code", "label", "position", merged=pl.lit(value=False)),
            merged.select("dimension", code="category", merged=pl.lit(value=True)),
        ],
        how="diagonal_relaxed",
    )
    years = pl.DataFrame({"academic_year": released}, schema={"academic_year": pl.String})
    return years.join(of_all, how="cross")


def _replace(place: Path, table: pl.DataFrame) -> None:
    """Put a table in the place of another, in one step."""
    finished = place.with_suffix(".building")
    table.write_parquet(finished)
    warehouse.replace_file(finished, place)


def _note(pipeline: Pipeline, before: Ledger, now: Ledger, repeated: list[str]) -> str:
    """Keep what is said of the returns of each year, and seal the ledger of the next release.

    Args:
        pipeline: of the city.
        before: the ledger of the last release.
        now: the counts as rounded, and what is said of returns as of now.
        repeated: academic years that are published as they were.

    Returns:
        The digest of the ledger.
    """
    coverage = _as_repeated(now.coverage, before.coverage, repeated)
    reporting = _with_names(_as_repeated(now.reporting, before.reporting, repeated), now.reporting)
    categories = _as_repeated(now.categories, before.categories, repeated)
    coverage.write_parquet(pipeline.paths.coverage)
    reporting.write_parquet(pipeline.paths.reporting)
    categories.filter("merged").write_parquet(pipeline.paths.merged)
    # Where years have other codes, publication has all: each is somewhere.
    codes = categories.filter(~pl.col("merged")).unique(
        ["dimension", "code"], keep="last", maintain_order=True
    )
    codes.select("dimension", "code", "label", "position").write_parquet(pipeline.paths.codes)
    # Of years that are not released, what has come is nothing that a release rests on.
    released = now.counts["academic_year"].unique().to_list()
    last = pipeline.shelf.last_published()
    return pipeline.ledgers.keep(
        Ledger(
            noted(now.counts, before.counts, pipeline.policy.base),
            _of_published(coverage, before.coverage, released),
            _of_published(reporting, before.reporting, released),
            _of_published(categories, before.categories, released),
        ),
        pipeline.shelf.manifest(last) if last else None,
    )


def _linkage(now: pl.DataFrame, before: pl.DataFrame, repeated: list[str]) -> pl.DataFrame:
    """Return the published linkage; of repeated years with the rows of then: one that has gone would tell.

    Args:
        now: the linkage, rounded.
        before: counts of the last release's ledger.
        repeated: academic years that are published as they were.
    """
    names = now.select("provider_id", "provider_name").unique("provider_id", maintain_order=True)
    again = linkage_of(before, repeated, names)
    if again.is_empty():
        return now
    columns = ["academic_year", "provider_id", "provider_name", "linked_by", *LINKAGE_PARTS.values()]
    others = now.filter(~pl.col("academic_year").is_in(again["academic_year"].unique().implode()))
    return pl.concat([others.select(columns), again.select(columns)])


def _as_repeated(now: pl.DataFrame, before: pl.DataFrame, repeated: list[str]) -> pl.DataFrame:
    """Return a table with the rows of repeated years as they were when these were last revised."""
    if before.is_empty():
        return now.sort(now.columns)
    kept = before.filter(pl.col("academic_year").is_in(repeated))
    years = kept["academic_year"].unique()
    others = now.filter(~pl.col("academic_year").is_in(years.implode()))
    return pl.concat([others, kept.select(now.columns)]).sort(now.columns)


def _of_published(now: pl.DataFrame, before: pl.DataFrame, released: list[str]) -> pl.DataFrame:
    """Return a table of released years, with what was said before of years that are no longer."""
    of_now = now.filter(pl.col("academic_year").is_in(released))
    if before.is_empty():
        return of_now
    others = before.filter(~pl.col("academic_year").is_in(released)).select(now.columns)
    return pl.concat([of_now, others]).sort(now.columns)


def _with_names(reporting: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return which providers reported, under the names that they have now."""
    names = now.select("provider_id", now="provider_name").unique("provider_id", maintain_order=True)
    return (
        reporting.join(names, on="provider_id", how="left", maintain_order="left")
        .with_columns(provider_name=pl.coalesce("now", "provider_name"))
        .drop("now")
    )


def check_published(pipeline: Pipeline, published: pl.DataFrame) -> dict[str, int]:
    """Return check → number of cells that break it."""
    catalogue, policy = pipeline.catalogue, pipeline.policy
    strata = pl.read_parquet(pipeline.paths.strata)
    revisions = Revisions.read(pipeline.paths.revisions)
    before = Published(pipeline, policy.base).joined(revisions.basis)
    now = pipeline.ledgers.read("to be published", {"ledger": revisions.ledger})
    return {
        "shape": misshapen_cells(published),
        "rounded": unrounded_cells(published, catalogue, policy),
        "bounded": unbounded_cells(published),
        "near": distant_counts(now.counts),
        "repeated": rewritten_counts(now.counts, before.counts, revisions.repeated),
        "recomputable": underivable_cells(published, catalogue, policy, pipeline.coverage, strata),
    }
