"""The reference lists and the catalogue, in a database of a benchmark's own."""

from pipelines.indicators.lists import CATALOGUE_LISTS
from pipelines.kept import Kept, load_frame
from pipelines.pipeline import Pipeline
from pipelines.reference_lists import REFERENCE_LISTS


def load_lists(kept: Kept, pipeline: Pipeline) -> None:
    """Load every list that models read."""
    for entry in REFERENCE_LISTS:
        load_frame(kept, entry.table, entry.load(pipeline.paths.reference, pipeline.city), entry.columns)
    for entry in CATALOGUE_LISTS:
        load_frame(kept, entry.table, entry.load(pipeline.catalogue), dict(entry.columns))
