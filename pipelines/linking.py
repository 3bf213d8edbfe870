"""The step that finds out who is the same person. How: `pipelines/identity/` and `sql/linkage/`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines import warehouse
from pipelines.identity.best_links import Limits
from pipelines.identity.linking import Linking, Tiers
from pipelines.identity.training import train
from pipelines.identity.vault_files import VaultFiles
from pipelines.identity.weights import Weights
from pipelines.kept import Made
from pipelines.models import LINKED, OUTCOMES, RELEASED, Model

if TYPE_CHECKING:
    from pipelines.pipeline import Pipeline


def link_persons(pipeline: "Pipeline", outcome: Model) -> tuple[Made, dict[str, str]]:
    """Link persons in memory, unless what stands was made from the same; keep the outcomes and nothing else.

    Records of a year that is not released do not decide who is who in those that are: what is published would
    change with each return that comes early. Who is who in such a year is found from all records.

    Args:
        pipeline: the city's.
        outcome: the one that is asked for. All are made together, and stand when `LINKED` does.

    Returns:
        What `Pipeline.build` does.

    Raises:
        WeightsError: linkage by names is on, and there is no usable model.
    """
    tiers = tiers_of(pipeline)
    model = pipeline.models[LINKED]
    with pipeline.warehouse() as connection:
        kept = pipeline.kept(connection)
        fingerprint = kept.fingerprint(f"{model.query}\n{tiers.recipe}", model.depends_on)
        if kept.stands(LINKED, fingerprint) and (made := kept.stands(outcome.table, fingerprint)):
            just_made = pipeline.linked.pop(outcome.table, None) == made.number
            return replace(made, kept=not just_made), warehouse.column_types(connection, outcome.table)
        last_year = last_released(connection)
    with pipeline.scratch() as folder:
        with linking(pipeline, model) as session:
            files = _link(session, tiers, last_year, folder)
        with pipeline.warehouse() as connection:
            kept = pipeline.kept(connection)
            made = {
                table: kept.make(
                    table, fingerprint, partial(_create, connection, pipeline.models[table], of_table)
                )
                for table, of_table in files.items()
            }
            pipeline.linked.update(
                {table: each.number for table, each in made.items() if table != outcome.table}
            )
            return made[outcome.table], warehouse.column_types(connection, outcome.table)


def _link(session: Linking, tiers: Tiers, last_year: str | None, folder: Path) -> dict[str, list[Path]]:
    """Link the records; return the files of each outcome."""
    session.link(tiers)
    files = {table: [folder / f"{name}.parquet"] for table, name in OUTCOMES.items()}
    for table, name in OUTCOMES.items():
        session.write_result(name, *files[table])
    if last_year is not None and session.years()[-1] > last_year:
        later = folder / "later_links.parquet"
        session.write_later_links(last_year, later)
        # Keys need no memory: whoever is the same person by either set of records has the same one.
        session.link(tiers, last_year)
        session.write_result(OUTCOMES[LINKED], *files[LINKED])
        files[LINKED].append(later)
    return files


def last_released(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the last academic year that is released; None where none is."""
    years = connection.table(RELEASED).filter("is_released").max("academic_year")
    return years.fetchall()[0][0]


@contextmanager
def linking(pipeline: "Pipeline", model: Model) -> Iterator[Linking]:
    """Open a database in memory in which the staged records can be linked."""
    files = VaultFiles(pipeline.vault)
    pipeline.lock()
    with warehouse.beside(
        pipeline.paths.work_database,
        model.depends_on - {RELEASED},
        variables=pipeline.secrets.sql_variables(),
        files=files,
        memory=pipeline.city.linkage.memory,
    ) as connection:
        yield Linking(connection, pipeline.linkage_models)


def train_weights(pipeline: "Pipeline") -> Weights:
    """Train the weights on the records that a run has staged last, and write them for review.

    Raises:
        WeightsError: there is not enough in the records to learn from.
        duckdb.CatalogException: nothing has been staged yet.
    """
    model = pipeline.models[LINKED]
    with linking(pipeline, model) as session:
        session.join(identifiers_of(pipeline))
        session.prepare_training()
        weights = train(session.connection, session.about())
    weights = weights.model_copy(update={"synthetic": pipeline.synthetic})
    weights.write(pipeline.paths.linkage_model)
    return weights


def identifiers_of(pipeline: "Pipeline") -> frozenset[str]:
    """Return the kinds of identifiers that join profiles, as the city profile says."""
    chosen = pipeline.city.linkage
    kinds = {"uln": chosen.learner_numbers, "upn": chosen.pupil_numbers, "local": chosen.references}
    return frozenset(kind for kind, on in kinds.items() if on)


def tiers_of(pipeline: "Pipeline") -> Tiers:
    """Return which tiers of linkage are on, as the city profile says.

    Raises:
        WeightsError: linkage by names is on, and there is no usable model.
    """
    chosen = pipeline.city.linkage
    return Tiers(
        identifiers_of(pipeline),
        Weights.read(pipeline.paths.linkage_model) if chosen.names else None,
        Limits(chosen.link, chosen.sure, chosen.doubtful, chosen.largest),
    )


def _create(connection: duckdb.DuckDBPyConnection, model: Model, files: list[Path]) -> int:
    rows = warehouse.create_table(connection, model.table, warehouse.select_parquet(files))
    warehouse.comment(connection, model.table, model.description, model.columns)
    return rows
