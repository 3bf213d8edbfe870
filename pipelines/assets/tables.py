"""Assets that are tables: reference lists, and one for each SQL model with its checks."""

from collections.abc import Sequence

import dagster as dg

from pipelines.assets import DATA_PROTECTION, ENGINEERS, STATISTICIANS, column_schema, data_version, key
from pipelines.changes import HISTORY
from pipelines.lineage import Sources
from pipelines.models import Check, Model
from pipelines.pipeline import Pipeline
from pipelines.progress import stage
from pipelines.reference import MadeList, ReferenceList

OWNERS = {"identity": DATA_PROTECTION, "indicators": STATISTICIANS}


def reference_asset(pipeline: Pipeline, entry: ReferenceList | MadeList) -> dg.AssetsDefinition:
    """Return the asset of one reference list. Its contract is checked before it is loaded."""

    @dg.asset(
        key=key(entry.table),
        group_name="reference",
        description=entry.description,
        owners=[STATISTICIANS],
        kinds={"csv", "duckdb"},
        metadata=column_schema(entry.types, entry.columns),
    )
    def load() -> dg.MaterializeResult:
        with stage(entry.table) as counted:
            made = pipeline.load_reference(entry)
            counted.rows, counted.kept = made.number, made.kept
        return dg.MaterializeResult(
            metadata={"dagster/row_count": made.number}, data_version=data_version(made)
        )

    return load


def model_asset(
    pipeline: Pipeline, model: Model, checks: Sequence[Check], sources: Sources
) -> dg.AssetsDefinition:
    """Return the asset of one SQL model: its file says what it depends on, means and is checked for."""
    asset_key = key(model.table)
    specs = [
        dg.AssetCheckSpec(
            "shape",
            asset=asset_key,
            blocking=True,
            description="It has rows and the columns its file documents.",
        ),
        *(
            dg.AssetCheckSpec(c.name, asset=asset_key, blocking=c.blocking, description=c.description)
            for c in checks
        ),
    ]

    @dg.asset(
        key=asset_key,
        group_name=model.schema,
        description=model.description,
        owners=[OWNERS.get(model.schema, ENGINEERS)],
        kinds={"sql", "duckdb"},
        deps=[key(table) for table in sorted(model.depends_on - HISTORY.keys())],
        metadata={**_lineage(sources), **column_schema(dict.fromkeys(model.columns, "?"), model.columns)},
        check_specs=specs,
        code_version=model.version,
    )
    def build() -> dg.MaterializeResult:
        with stage(model.table) as counted:
            made, types = pipeline.build(model)
            counted.rows, counted.kept = made.number, made.kept
            results = [shape_result(asset_key, model, made.number, types)]
            results += [_check_result(asset_key, check, pipeline.failing_rows(check)) for check in checks]
        return dg.MaterializeResult(
            metadata={"dagster/row_count": made.number, **column_schema(types, model.columns)},
            check_results=results,
            data_version=data_version(made),
        )

    return build


def shape_result(
    asset_key: dg.AssetKey, model: Model, rows: int, types: dict[str, str]
) -> dg.AssetCheckResult:
    """Return whether a table has rows and the columns its file documents, in order."""
    enough = rows > 0 or model.may_be_empty
    return dg.AssetCheckResult(
        check_name="shape",
        asset_key=asset_key,
        passed=enough and list(types) == list(model.columns),
        metadata={"rows": rows, "columns": ", ".join(types)},
    )


def _check_result(asset_key: dg.AssetKey, check: Check, failing: int) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=asset_key,
        passed=failing == 0,
        severity=severity,
        metadata={"rows": failing},
    )


def _lineage(sources: Sources) -> dict[str, dg.TableColumnLineage]:
    deps = {
        column: [
            dg.TableColumnDep(asset_key=key(source.rpartition(".")[0]), column_name=source.rpartition(".")[2])
            for source in sorted(of_column)
            if source.rpartition(".")[0] not in HISTORY
        ]
        for column, of_column in sources.items()
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}
