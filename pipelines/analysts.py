"""What analysts get: a pseudonymous copy of the star schema, and charts of the linkage's model."""

from typing import TYPE_CHECKING

from pipelines import warehouse
from pipelines.extracts.files import write_whole
from pipelines.identity.charts import charts
from pipelines.kept import Made
from pipelines.linking import tiers_of
from pipelines.models import LINKAGE, Model

if TYPE_CHECKING:
    from pipelines.pipeline import Pipeline

RESTRICTED_COLUMNS = frozenset({"record_key", "key_sum", "cell_key", "denominator_key", "record_id"})
"""Columns that would undo the rounding, or say on which line of a return somebody stands.

They never leave the pipeline's own file.
"""
RESTRICTED_TABLES = frozenset({"core.learner_cell", "core.ended_course"})
FILE = "analysts_file"
CHARTS = "linkage_charts"


def analysts_tables(pipeline: "Pipeline") -> dict[str, Model]:
    """Return the tables that analysts get: the star schema and the observations."""
    return {
        table: model
        for table, model in pipeline.models.items()
        if (model.schema == "core" and table not in RESTRICTED_TABLES) or table == "indicators.observation"
    }


def write_analysts_file(pipeline: "Pipeline") -> Made:
    """Put a finished, commented copy of the star schema in the analysts' place; it gives its bytes."""
    tables = {
        table: (model.description, {c: d for c, d in model.columns.items() if c not in RESTRICTED_COLUMNS})
        for table, model in analysts_tables(pipeline).items()
    }
    place = pipeline.paths.analysts_database

    def write() -> int:
        return warehouse.publish_copy(connection, place, tables)

    with pipeline.warehouse() as connection:
        kept = pipeline.kept(connection)
        if not place.exists():
            kept.forget(FILE)
        return kept.make(FILE, kept.fingerprint(repr(tables), tables), write)


def write_charts(pipeline: "Pipeline") -> Made:
    """Put charts of the linkage's model beside the file; it gives how many: none where names do not link."""
    tiers = tiers_of(pipeline)
    folder = pipeline.paths.linkage_charts

    def write() -> int:
        variant = pipeline.linkage_models[f"{LINKAGE}.variant"]
        pages = charts(tiers.weights, variant) if tiers.weights else {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, page in pages.items():
            write_whole(folder / f"{name}.html", page)
        for old in folder.glob("*.html"):
            if old.stem not in pages:
                old.unlink()
        return len(pages)

    with pipeline.warehouse() as connection:
        kept = pipeline.kept(connection)
        if not folder.exists():
            kept.forget(CHARTS)
        return kept.make(CHARTS, kept.fingerprint(repr(tiers.weights)), write)
