"""The reference lists, the catalogue and the policy, in a database of a benchmark's own."""

from pipelines.kept import Kept, load_frame
from pipelines.pipeline import ALL_LISTS, Pipeline


def load_lists(kept: Kept, pipeline: Pipeline) -> None:
    """Load every list that models read."""
    for entry in ALL_LISTS:
        load_frame(kept, entry.table, pipeline.read_list(entry), dict(entry.columns))
