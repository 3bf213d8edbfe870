"""Assets that leave the warehouse: the published table, the analysts' file and the release."""

import dagster as dg

from pipelines.analysts import analysts_tables, write_analysts_file, write_charts
from pipelines.assets import DATA_PROTECTION, ENGINEERS, STATISTICIANS, column_schema, data_version, key
from pipelines.disclosure.figures import BOUNDS, CELL, PUBLISHED_SCHEMA
from pipelines.pipeline import Pipeline
from pipelines.progress import stage
from pipelines.protecting import check_published, protect_counts
from pipelines.releases.names import Name
from pipelines.releases.shelf import Shelf
from pipelines.releasing import build_candidate, publish_by_itself

RELEASE = dg.AssetKey(["publication", "release"])


def protected_asset(pipeline: Pipeline) -> dg.AssetsDefinition:
    """Return the asset of the published table: the one door to publication."""
    asset_key = dg.AssetKey(["disclosure", "published"])

    @dg.asset(
        key=asset_key,
        group_name="disclosure",
        description=(
            "Rounded counts, and every rate, interval and index computed from them. "
            "The only table that publication reads."
        ),
        owners=[DATA_PROTECTION],
        kinds={"python", "parquet"},
        deps=[key("indicators.observation")]
        + [
            key(f"core.{name}")
            for name in (
                "academic_year",
                "code_list",
                "reporting",
                "coverage",
                "linkage",
                "alignment",
                "population_stratum",
            )
        ],
        metadata={
            **column_schema(
                {c: str(t) for c, t in PUBLISHED_SCHEMA.items()}, dict.fromkeys(PUBLISHED_SCHEMA, "")
            ),
            "dagster/column_lineage": _lineage_of_published(),
        },
        check_specs=[
            dg.AssetCheckSpec(
                "shape",
                asset=asset_key,
                blocking=True,
                description="It has the columns of the published table and no other: no key, no exact count.",
            ),
            dg.AssetCheckSpec(
                "rounded",
                asset=asset_key,
                blocking=True,
                description="Every published count is a multiple of the rounding base.",
            ),
            dg.AssetCheckSpec(
                "bounded",
                asset=asset_key,
                blocking=True,
                description="Every published count lies within its bounds from the linkage.",
            ),
            dg.AssetCheckSpec(
                "near",
                asset=asset_key,
                blocking=True,
                description="No count is published ten or more away from the people that it is of.",
            ),
            dg.AssetCheckSpec(
                "repeated",
                asset=asset_key,
                blocking=True,
                description="Of a year that is not revised, every count is published as it was.",
            ),
            dg.AssetCheckSpec(
                "recomputable",
                asset=asset_key,
                blocking=True,
                description="Every rate and index follows from the published counts and populations.",
            ),
        ],
    )
    def protect() -> dg.MaterializeResult:
        with stage("disclosure.published") as counted:
            published = protect_counts(pipeline)
            counted.rows = len(published)
            verdict = check_published(pipeline, published)
        return dg.MaterializeResult(
            metadata={"dagster/row_count": counted.rows},
            check_results=[
                dg.AssetCheckResult(check_name=name, passed=cells == 0, metadata={"cells": cells})
                for name, cells in verdict.items()
            ],
        )

    return protect


def _lineage_of_published() -> dg.TableColumnLineage:
    observation = key("indicators.observation")
    rounded = ("numerator", "cell_key")
    made_from = {name: (name,) for name in (*CELL, "imputed", "denominator")} | {
        **{name: (name, "cell_key") for name in ("numerator", *BOUNDS)},
        **dict.fromkeys(
            ("value", "lower", "upper", "ratio", "obs_status", "markers"), (*rounded, "denominator")
        ),
    }
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(observation, s) for s in sources]
            for column, sources in made_from.items()
        }
    )


def analysts_asset(pipeline: Pipeline) -> dg.AssetsDefinition:
    """Return the asset of the analysts' file."""
    tables = analysts_tables(pipeline)

    @dg.asset(
        key=dg.AssetKey(["indicators", "analysts_file"]),
        group_name="indicators",
        description=(
            "The analysts' DuckDB file: the pseudonymous star schema and the observations, commented. "
            "Replaced in one step. Beside it charts of the linkage's model."
        ),
        owners=[ENGINEERS],
        kinds={"duckdb"},
        deps=[key(table) for table in tables],
    )
    def write() -> dg.MaterializeResult:
        with stage("indicators.analysts_file") as counted:
            made = write_analysts_file(pipeline)
            charts = write_charts(pipeline)
            counted.kept = made.kept
        return dg.MaterializeResult(
            metadata={"bytes": made.number, "tables": len(tables), "charts": charts.number},
            data_version=data_version(made),
        )

    return write


def release_asset(pipeline: Pipeline) -> dg.AssetsDefinition:
    """Return the asset of the release. It depends on the published table alone."""

    @dg.asset(
        key=RELEASE,
        group_name="publication",
        description=(
            "A candidate for the next release, with a review pack as its first page: complete or absent. A "
            "person approves and publishes it (`learning-indicators approve`, `publish`); a synthetic city "
            "publishes its own."
        ),
        owners=[STATISTICIANS],
        kinds={"html", "csv"},
        deps=[dg.AssetKey(["disclosure", "published"])],
    )
    def release() -> dg.MaterializeResult:
        with stage("publication.release"):
            name = publish_by_itself(pipeline, build_candidate(pipeline))
            pipeline.remember_releases()
        return dg.MaterializeResult(metadata=release_metadata(pipeline.shelf, name))

    return release


def release_metadata(shelf: Shelf, name: Name) -> dict[str, dg.MetadataValue]:
    """Return what the scheduler shows of a release: what it is, and the steps that were taken."""
    steps = [f"| {e.step} | {e.by} | {e.at} | {e.reason} |" for e in shelf.record.of(name)]
    table = "\n".join(["| step | by | at | reason |", "|---|---|---|---|", *steps])
    return {
        "release": dg.MetadataValue.text(str(name)),
        "status": dg.MetadataValue.text(shelf.status(name)),
        "steps": dg.MetadataValue.md(table),
    }
