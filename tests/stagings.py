"""The staging of single returns, as tests of reception need it."""

import functools
import tempfile
from pathlib import Path

from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.staging import Staging

REPOSITORY = Path(__file__).resolve().parents[1]


@functools.cache
def staging() -> Staging:
    """Return the staging of the bundled city; nothing that tests send needs more than the memory."""
    return Pipeline(Paths(REPOSITORY)).staging_beside(Path(tempfile.gettempdir()))
