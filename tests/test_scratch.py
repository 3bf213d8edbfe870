"""Files of the moment: in one folder that nobody else may enter, and gone when the next run has the lock."""

import ast

from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from tests.conftest import REPOSITORY


def test_what_a_killed_run_left_is_cleared_under_the_lock(tmp_path):
    pipeline = Pipeline(Paths(tmp_path))
    for folder in (pipeline.paths.scratch / "tmpkilled", pipeline.paths.var / "tmpearlier"):
        folder.mkdir()
        (folder / "observations.parquet").write_bytes(b"exact counts")
    kept = pipeline.paths.var / "tmp.txt"
    kept.write_text("no folder of ours")
    pipeline.lock()
    assert list(pipeline.paths.scratch.iterdir()) == []
    assert [p.name for p in pipeline.paths.var.glob("tmp*")] == ["tmp.txt"]


def test_the_lock_that_a_process_has_clears_nothing_of_its_own(tmp_path):
    pipeline = Pipeline(Paths(tmp_path))
    pipeline.lock()
    with pipeline.scratch() as folder:
        (folder / "observations.parquet").write_bytes(b"exact counts")
        pipeline.lock()
        assert (folder / "observations.parquet").exists()
    assert not folder.exists()


def test_only_its_owner_may_enter(tmp_path):
    assert Paths(tmp_path).scratch.stat().st_mode & 0o077 == 0


def test_what_holds_counts_of_people_is_written_nowhere_else():
    """Read from the source: a folder of the system's choice is for what identifies and counts nobody."""
    allowed = {"feedback/checking.py", "identity/vault.py", "synthetic/sample.py", "warehouse.py"}
    for file in sorted((REPOSITORY / "pipelines").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("TemporaryDirectory", "mkdtemp"):
                place = file.relative_to(REPOSITORY / "pipelines").as_posix()
                assert place in allowed | {"pipeline.py", "kept.py"}, place
