"""Publication has one door: what it loads, and not only what it names, lies behind disclosure control."""

import subprocess
import sys

from tests.conftest import REPOSITORY

ALLOWED = {
    "pipelines",
    "pipelines.publication",
    "pipelines.indicators",
    "pipelines.releases",
    "pipelines.aspects",
    "pipelines.spreadsheets",
    "pipelines.years",
}


def test_publishing_loads_nothing_from_before_disclosure():
    """Asked of a fresh interpreter, so that an import of an import counts as well."""
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, pipelines.publication.release; sys.stdout.write(' '.join(sys.modules))",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    ours = {".".join(name.split(".")[:2]) for name in loaded if name.split(".")[0] == "pipelines"}
    assert "pipelines.publication" in ours
    assert ours <= ALLOWED
    assert not [name for name in loaded if name.split(".")[0] in ("duckdb", "_duckdb")]
