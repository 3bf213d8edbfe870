"""The benchmarks run, on very little: nobody notices otherwise when a change breaks them."""

import json
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow


def bench(module, *arguments):
    command = [sys.executable, "-m", f"bench.{module}", *map(str, arguments)]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stderr[-2000:]
    line = next(line for line in result.stdout.splitlines() if line.startswith("RESULT "))
    return json.loads(line.removeprefix("RESULT "))


def test_the_catalogue_from_drawn_enrolments(tmp_path):
    found = bench("catalogue", tmp_path / "city", 20_000)
    rows = {stage["name"]: stage["rows"] for stage in found["stages"]}
    assert rows["indicators.observation"] > 5_000
    assert rows["core.learner_cell"] > 1_000


def test_the_linkage_of_records_written_straight(tmp_path):
    root = tmp_path / "roll"
    bench("linkage_roll", root, 2_000, 2, "realistic")
    found = bench("linkage_sides", root, "every_tier")
    assert found["records"] > 1_000
    assert found["quality"]["precision"] > 0.9
