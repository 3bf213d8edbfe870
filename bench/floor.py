"""The floor: the same SQL in plain DuckDB on the same accepted Parquet, and nothing else.

Who is who is found out by the same linkage, and timed by itself: pandas takes it as given.
"""

import sys
import tempfile
import time
from pathlib import Path

from bench.lists import load_lists
from bench.measure import report
from pipelines import warehouse
from pipelines.accepted import show_accepted
from pipelines.extracts.reception import standing_returns
from pipelines.identity.linking import Linking
from pipelines.identity.vault_files import VaultFiles
from pipelines.kept import Kept
from pipelines.linking import tiers_of
from pipelines.models import CHANGES, LINKAGE, LINKED
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline, create_plain


def main(root: str) -> None:
    """Build every model up to the observations in a new database; report the seconds."""
    pipeline = Pipeline(Paths(Path(root)))
    models = pipeline.models
    with tempfile.TemporaryDirectory(dir=pipeline.paths.var) as folder:
        started = time.monotonic()
        variables = pipeline.secrets.sql_variables()
        files = VaultFiles(pipeline.vault)
        with warehouse.connect(Path(folder) / "floor.duckdb", variables=variables, files=files) as connection:
            kept = Kept(connection)
            load_lists(kept, pipeline)
            show_accepted(kept, standing_returns(pipeline.receipts()), pipeline.store)
            linkage_seconds = 0.0
            for model in models.values():
                if model.table == LINKED:
                    before = time.monotonic()
                    Linking(connection, pipeline.linkage_models).link(tiers_of(pipeline))
                    query = f"select * from {LINKAGE}.person_link"
                    warehouse.create_table(connection, model.table, query)
                    linkage_seconds = time.monotonic() - before
                elif model.table != CHANGES:  # which looks back at the run before
                    create_plain(connection, model)
            seconds = time.monotonic() - started
            sums = connection.execute(
                "select indicator, sum(numerator), sum(cell_key) from indicators.observation group by all"
            ).fetchall()
        counts = {indicator: [int(n), int(key)] for indicator, n, key in sums}
        report(seconds=seconds, linkage_seconds=linkage_seconds, counts=counts)


if __name__ == "__main__":
    main(sys.argv[1])
