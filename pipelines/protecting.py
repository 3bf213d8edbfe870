"""The step between counts and readers: everything that leaves is rounded together, then checked."""

import io
import tempfile
from pathlib import Path

import polars as pl

from pipelines import warehouse
from pipelines.disclosure.audit import misshapen_cells, unbounded_cells, underivable_cells, unrounded_cells
from pipelines.disclosure.counts import (
    FIGURE_PARTS,
    LINKAGE,
    LINKAGE_PARTS,
    counts_of,
    counts_of_linkage,
    in_place,
    rounded,
    shapes_of,
)
from pipelines.disclosure.ledger import LEDGER_SCHEMA, changed_without_cause, noted
from pipelines.disclosure.linkage import protect_linkage
from pipelines.disclosure.protect import OBSERVATION_COLUMNS, protect
from pipelines.disclosure.standardised import strata_of
from pipelines.disclosure.utility import utility
from pipelines.pipeline import Pipeline


def protect_counts(pipeline: Pipeline) -> pl.DataFrame:
    """Make the published tables, and all else that publication reads of the city; return that of figures.

    What is read of the city is of released years alone (`core.academic_year`): of others nothing is rounded.
    """
    paths = pipeline.paths
    with tempfile.TemporaryDirectory(dir=paths.var) as folder:
        file = Path(folder) / "observations.parquet"
        with pipeline.warehouse() as connection:
            connection.table("indicators.observation").write_parquet(str(file))
            connection.table("core.reporting").write_parquet(str(paths.reporting))
            connection.table("core.code_list").write_parquet(str(paths.codes))
            connection.table("core.coverage").write_parquet(str(paths.coverage))
            connection.table("core.academic_year").write_parquet(str(paths.years))
            connection.table("core.merged_category").write_parquet(str(paths.merged))
            connection.table("core.alignment").write_parquet(str(paths.alignment))
            strata = strata_of(connection.table("core.population_stratum").pl(), pipeline.catalogue)
            strata.write_parquet(paths.strata)
            linkage = connection.table("core.linkage").pl()
        observations = pl.read_parquet(file, columns=list(OBSERVATION_COLUMNS))
    counts = _rounded(pipeline, observations, linkage)
    of_linkage = pl.col("indicator") == LINKAGE
    observations = in_place(observations, counts.filter(~of_linkage), FIGURE_PARTS)
    linkage = in_place(linkage, counts.filter(of_linkage), LINKAGE_PARTS)
    published = protect(observations, pipeline.catalogue, pipeline.policy, pipeline.coverage, strata)
    for place, table in {
        paths.linkage: protect_linkage(linkage, pipeline.policy),
        paths.published: published,
    }.items():
        finished = place.with_suffix(".building")
        table.write_parquet(finished)
        warehouse.replace_file(finished, place)
    paths.utility.parent.mkdir(mode=0o700, exist_ok=True)
    utility(counts, published).write_csv(paths.utility, float_precision=4)
    return published


def _rounded(pipeline: Pipeline, observations: pl.DataFrame, linkage: pl.DataFrame) -> pl.DataFrame:
    """Return all counts, exact and rounded; keep in the vault what was rounded, until it is published."""
    policy, ledger = pipeline.policy, read_ledger(pipeline)
    counts = rounded(
        pl.concat([counts_of(observations), counts_of_linkage(linkage)], how="diagonal"),
        shapes_of(pipeline.catalogue, policy),
        policy.base,
        ledger,
    )
    _write_ledger(pipeline, pipeline.paths.unpublished_counts, noted(counts, ledger, policy.base))
    return counts


def check_published(pipeline: Pipeline, published: pl.DataFrame) -> dict[str, int]:
    """Return check → number of cells that break it."""
    catalogue, policy = pipeline.catalogue, pipeline.policy
    strata = pl.read_parquet(pipeline.paths.strata)
    rounded_now = _read_ledger(pipeline, pipeline.paths.unpublished_counts)
    return {
        "shape": misshapen_cells(published),
        "rounded": unrounded_cells(published, catalogue, policy),
        "bounded": unbounded_cells(published),
        "repeated": changed_without_cause(rounded_now, read_ledger(pipeline)),
        "recomputable": underivable_cells(published, catalogue, policy, pipeline.coverage, strata),
    }


def read_ledger(pipeline: Pipeline) -> pl.DataFrame:
    """Return what was published before; nothing, before the first release."""
    return _read_ledger(pipeline, pipeline.paths.published_counts)


def _read_ledger(pipeline: Pipeline, file: Path) -> pl.DataFrame:
    if not file.exists():
        return pl.DataFrame(schema=LEDGER_SCHEMA)
    return pl.read_parquet(io.BytesIO(pipeline.vault.read(file)))


def note_published(pipeline: Pipeline) -> None:
    """Write down that what was rounded last is published.

    Before it is: what nobody saw yet binds a later run no more than it has to, and a release that no ledger
    knows would bind none.
    """
    vault, paths = pipeline.vault, pipeline.paths
    vault.write(paths.published_counts, vault.read(paths.unpublished_counts))


def _write_ledger(pipeline: Pipeline, file: Path, ledger: pl.DataFrame) -> None:
    content = io.BytesIO()
    ledger.write_parquet(content)
    pipeline.vault.write(file, content.getvalue())
