"""Assets up to the accepted rows: extracts by format and academic year, and what DuckDB sees of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import dagster as dg

from pipelines.accepted import ACCEPTED
from pipelines.assets import ENGINEERS, column_schema, data_version, key
from pipelines.extracts.counting import CAN_COUNT, cannot_count
from pipelines.extracts.deliveries import UNRECOGNISED, stray_folders
from pipelines.extracts.formats import ACCEPTED_TABLES, FORMATS
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.reading import PARENT_RULE
from pipelines.extracts.returns import Format, Receipt, State
from pipelines.pipeline import Pipeline
from pipelines.progress import stage
from pipelines.reference import SCHEMA as REFERENCE


def year_partitions(pipeline: Pipeline) -> dg.StaticPartitionsDefinition:
    """Return the academic years of the city profile, each by its first day."""
    return dg.StaticPartitionsDefinition([year.partition for year in pipeline.city.years])


def extract_asset(pipeline: Pipeline, module: Format | None) -> dg.AssetsDefinition:
    """Return the asset that looks at all returns of one format (None: files that no format knows)."""
    collection = module.COLLECTION if module else UNRECOGNISED
    asset_key = dg.AssetKey(["extracts", collection])
    rules = _rules(module) if module else {}
    specs = [
        dg.AssetCheckSpec("returns", asset=asset_key, description="Every return was accepted."),
        dg.AssetCheckSpec(
            READER_FAULT, asset=asset_key, description="No return was lost to a fault of this software."
        ),
        dg.AssetCheckSpec(
            CAN_COUNT.id,
            asset=asset_key,
            description="What was kept of each return counts, or a documented rule says why not.",
        ),
        *(dg.AssetCheckSpec(name, asset=asset_key, description=text) for name, text in rules.items()),
    ]

    @dg.asset(
        key=asset_key,
        group_name="extracts",
        description=(module.__doc__ if module else "Files in the extracts' folders that no format knows."),
        owners=[ENGINEERS],
        kinds={"python", "parquet"},
        deps=[key(table) for table in sorted({"reference.provider", *_lists_of(pipeline, collection)})],
        partitions_def=year_partitions(pipeline),
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=specs,
        metadata=_source_columns(module) if module else None,
    )
    def receive(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        years = [y for y in pipeline.city.years if y.partition in context.partition_keys]
        with stage(f"extracts.{collection}") as counted:
            receipts = pipeline.receive(collection, years, counted.progress)
            if module is None:
                receipts += stray_folders(pipeline.paths.raw, pipeline.city.years)
            counted.rows = sum(sum(r.kept.values()) for r in receipts)
        return dg.MaterializeResult(
            metadata={"dagster/row_count": counted.rows, "returns": len(receipts)},
            check_results=list(extract_results(asset_key, receipts, rules)),
        )

    return receive


def _lists_of(pipeline: Pipeline, collection: str) -> set[str]:
    """Return the reference lists that decide whether a return of a format can count."""
    model = pipeline.models.get(f"staging.{collection}")
    return {table for table in (model.depends_on if model else ()) if table.startswith(f"{REFERENCE}.")}


def _source_columns(module: Format) -> dict:
    """Return the fields of a format, as its senders spell them, each after its table."""
    fields = [
        f"{table}.{column}" for table, contract in module.CONTRACTS.items() for column in contract.columns
    ]
    return column_schema(dict.fromkeys(fields, "text"), dict.fromkeys(fields, ""))


def _rules(module: Format) -> dict[str, str]:
    """Return rule → what it says, of a format's contracts: one check each."""
    rules = {rule.id: rule.message for contract in module.CONTRACTS.values() for rule in contract.every_rule}
    if any(contract.parent for contract in module.CONTRACTS.values()):
        rules[PARENT_RULE] = "No row belongs to a record that was set aside."
    return rules


def extract_results(
    asset_key: dg.AssetKey, receipts: Sequence[Receipt], rules: Iterable[str]
) -> Iterator[dg.AssetCheckResult]:
    """Yield the results of the checks of a format's returns."""
    states = Counter(str(r.state) for r in receipts)
    unaccepted = [r for r in receipts if r.state not in (State.ACCEPTED, State.SUPERSEDED)]
    faults = [r for r in receipts if r.rule == READER_FAULT]
    yield dg.AssetCheckResult(
        check_name="returns",
        asset_key=asset_key,
        passed=not unaccepted,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={**states, "not accepted": dg.MetadataValue.md(_list_returns(unaccepted))},
    )
    yield dg.AssetCheckResult(
        check_name=READER_FAULT,
        asset_key=asset_key,
        passed=not faults,
        metadata={"returns": [f"{r.folder_year}/{r.folder_provider}: {r.message}" for r in faults]},
    )
    uncounted = [r for r in receipts if cannot_count(r)]
    yield dg.AssetCheckResult(
        check_name=CAN_COUNT.id,
        asset_key=asset_key,
        passed=not uncounted,
        metadata={
            "returns held": [f"{r.folder_year}/{r.folder_provider}: {r.message}" for r in uncounted],
            **_outcomes(receipts),
        },
    )
    found = Counter()
    for receipt in receipts:
        found.update(receipt.findings)
    for rule in rules:
        yield dg.AssetCheckResult(
            check_name=rule,
            asset_key=asset_key,
            passed=not found[rule],
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"rows": found[rule]},
        )


def _outcomes(receipts: Sequence[Receipt]) -> dict[str, int]:
    """Return what became of the rows that were kept, over all returns that were accepted."""
    outcomes = Counter()
    for receipt in receipts:
        outcomes.update(receipt.counted)
    return dict(sorted(outcomes.items()))


def _list_returns(receipts: Sequence[Receipt]) -> str:
    """Say what is wrong with each return: folder, state, rule and reason; never a row."""
    return "\n".join(
        f"* {r.folder_year}/{r.folder_provider}: {r.state}" + (f": {r.rule}: {r.message}" if r.rule else "")
        for r in receipts
    )


def reports_asset(pipeline: Pipeline) -> dg.AssetsDefinition:
    """Return the asset of the reports on returns."""

    @dg.asset(
        key=dg.AssetKey(["extracts", "reports"]),
        group_name="extracts",
        description=(
            "What each sender gets back about each return: a page and a CSV, in that sender's own folder."
        ),
        owners=[ENGINEERS],
        kinds={"html", "csv"},
        deps=[dg.AssetKey(["extracts", c]) for c in (*(m.COLLECTION for m in FORMATS), UNRECOGNISED)],
    )
    def report() -> dg.MaterializeResult:
        with stage("extracts.reports") as counted:
            counted.rows = pipeline.write_reports()
        return dg.MaterializeResult(metadata={"written": counted.rows})

    return report


def accepted_assets(pipeline: Pipeline) -> dg.AssetsDefinition:
    """Return the assets of the accepted tables: the rows of the returns that stand, as DuckDB sees them."""
    tables = {
        f"{ACCEPTED}.receipt": "Returns that stand: accepted, and not replaced by a later one.",
        f"{ACCEPTED}.return_event": "What became of each return, and when.",
    } | {
        f"{ACCEPTED}.{name}": f"Accepted rows of {contract.table} over all returns that stand."
        for name, (_, contract) in ACCEPTED_TABLES.items()
    }
    sources = {
        f"{ACCEPTED}.{name}": [dg.AssetKey(["extracts", module.COLLECTION])]
        for name, (module, _) in ACCEPTED_TABLES.items()
    }
    everything = [dg.AssetKey(["extracts", module.COLLECTION]) for module in FORMATS]
    types = {
        f"{ACCEPTED}.{name}": {c: str(t) for c, t in contract.accepted_schema.items()}
        for name, (_, contract) in ACCEPTED_TABLES.items()
    }

    @dg.multi_asset(
        name="accepted",
        specs=[
            dg.AssetSpec(
                key(table),
                deps=sources.get(table, everything),
                group_name="extracts",
                description=text,
                owners=[ENGINEERS],
                kinds={"duckdb", "parquet"},
                metadata={
                    **column_schema(types.get(table, {}), pipeline.known_tables[table]),
                    **_source_lineage(table.removeprefix(f"{ACCEPTED}.")),
                },
            )
            for table, text in tables.items()
        ],
    )
    def accept() -> Iterator[dg.MaterializeResult]:
        with stage(ACCEPTED) as counted:
            accepted = pipeline.accept()
            counted.rows = sum(made.number for made in accepted.values())
            counted.kept = all(made.kept for made in accepted.values())
        for table, made in accepted.items():
            yield dg.MaterializeResult(
                asset_key=key(table),
                metadata={"dagster/row_count": made.number},
                data_version=data_version(made),
            )

    return accept


def _source_lineage(name: str) -> dict[str, dg.TableColumnLineage]:
    """Return which fields of the extract each accepted column is made from."""
    if name not in ACCEPTED_TABLES:
        return {}
    module, contract = ACCEPTED_TABLES[name]
    source = dg.AssetKey(["extracts", module.COLLECTION])
    deps = {
        column: [dg.TableColumnDep(source, field) for field in sorted(contract.sources(kept))]
        for column, kept in contract.keep.items()
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}
