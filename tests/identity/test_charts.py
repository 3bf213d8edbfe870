"""The charts of the linkage's model: whole in themselves, and of the model that is read."""

import json
import re
import shutil

from pipelines.analysts import write_charts
from pipelines.identity.charts import charts
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from tests.conftest import REPOSITORY
from tests.identity.roll import MODELS, WEIGHTS
from tests.vaults import SECRETS


def test_the_charts_show_every_level_and_load_nothing():
    pages = charts(WEIGHTS, MODELS["linkage.variant"])
    assert set(pages) == {"match-weights", "m-and-u"}
    for page in pages.values():
        assert not re.search(r"""(?:src|href)\s*=\s*["']\s*(?:https?:)?//""", page)
        for levels in WEIGHTS.attributes.values():
            for level in levels:
                assert json.dumps(level.label) in page


def pipeline_of(bench, *, names):
    """Return a pipeline on the bench's folders under a city profile with linkage by names on or off."""
    profile = (REPOSITORY / "city.toml").read_text("utf-8")
    said = profile.replace("\nnames = true", f"\nnames = {str(names).lower()}")
    (bench.folder / "city.toml").write_text(said, "utf-8")
    paths = Paths(bench.folder)
    paths.linkage_model.parent.mkdir(exist_ok=True)
    shutil.copy(REPOSITORY / "data" / "linkage_model.json", paths.linkage_model)
    pipeline = Pipeline(paths)
    pipeline.__dict__["secrets"] = SECRETS
    return pipeline


def test_charts_are_there_only_while_names_link_and_are_kept(bench):
    on = pipeline_of(bench, names=True)
    folder = on.paths.linkage_charts
    made = write_charts(on)
    assert (made.number, made.kept, len(list(folder.iterdir()))) == (2, False, 2)
    assert write_charts(on).kept
    shutil.rmtree(folder)
    assert not write_charts(on).kept
    assert write_charts(pipeline_of(bench, names=False)).number == 0
    assert list(folder.iterdir()) == []
