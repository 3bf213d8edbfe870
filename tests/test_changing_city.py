"""The bundled city changes its mind: what is published of it, what waits, and what outsiders can tell."""

import json
import re
import subprocess
import sys

import polars as pl
import pytest

from pipelines.basis import Published
from pipelines.disclosure.ledger import COUNT
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from tests.conftest import REPOSITORY
from tests.test_road import content, copy_city, run

pytestmark = pytest.mark.slow

COLLEGE = "data/raw/2024-25/10090001/ILR-10090001-2425-{}-084100-01.XML"
LEARNER = re.compile(r"<Learner>.*?</Learner>", re.DOTALL)


class City:
    """The bundled city in a folder, and the releases of it."""

    def __init__(self, root):
        self.root = copy_city(root)
        self.sent = (self.root / COLLEGE.format("20251015")).read_text("utf-8")

    def run(self, *, check=True):
        return run(self.root, check=check)

    def releases(self):
        return sorted(p.parent.name + "/" + p.name for p in (self.root / "var/releases").glob("*-*/*"))

    def latest(self):
        return content((self.root / "var/releases/latest").resolve())

    def ledger(self):
        """Return the counts of the last release's ledger."""
        pipeline = Pipeline(Paths(self.root))
        earlier = Published(pipeline, pipeline.policy.base)
        return earlier.ledger(pipeline.shelf.last_published()).counts

    def correct(self, day, gone):
        """Have a college send its last return again, without so many learners."""
        text = self.sent
        for learner in LEARNER.findall(text)[:gone]:
            text = text.replace(learner, "", 1)
        text = text.replace("2025-10-15", f"2025-10-{day}").replace("20251015", f"202510{day}")
        (self.root / COLLEGE.format(f"202510{day}")).write_text(text, "utf-8")

    def erase(self):
        """Have the one learner erased whom a college knows by her reference alone; return the exit status.

        In its line on the page of the linkage, nobody is left then.
        """
        request = self.root / "request.toml"
        request.touch(0o600)
        request.write_text(
            'birth_date = 2007-10-23\nfamily_name = "Hogan"\ngiven_name = "Charlotte"\n', "utf-8"
        )
        command = [sys.executable, "-m", "pipelines.cli", "erase", "--root", self.root, "--request", request]
        return subprocess.run(
            [*command, "--confirm", "1", "--inbox"], cwd=REPOSITORY, capture_output=True, check=False
        ).returncode


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    made = City(tmp_path_factory.mktemp("changing"))
    made.run()
    return made


def test_changes_of_few_people_wait_and_an_erasure_with_them(city):
    """Four of the college's learners are gone from its return, and one is erased: nobody can tell."""
    before = city.latest()
    city.correct("20", gone=4)
    result = city.run()
    assert "2024/25 is as it was: changes wait. They are of fewer than 10 people" in result.stdout
    was = city.ledger()
    assert city.erase() == 0
    assert city.run().returncode == 0
    assert city.releases() == ["2024-25/1"]
    assert city.latest() == before
    beside = was.join(city.ledger(), on=COUNT, suffix="_now")
    gone = beside.filter(pl.col("persons") != pl.col("persons_now"))
    assert beside.height == was.height
    assert set(gone["persons"] - gone["persons_now"]) == {1}
    assert ("local_learners", "2024/25") in set(gone.select("indicator", "academic_year").iter_rows())
    assert beside["published"].equals(beside["published_now"])


def test_with_enough_others_they_are_published_and_nothing_says_who_was_erased(city):
    """Twenty more are gone. The next morning nothing changes."""
    city.correct("25", gone=24)
    city.run()
    assert city.releases() == ["2024-25/1", "2024-25/2"]
    after = city.latest()
    manifest = json.loads(after["manifest.json"])
    assert manifest["years"]["2024/25"]["revised_in"] == "2024-25/2"
    assert manifest["years"]["2023/24"]["revised_in"] == "2024-25/1"
    said = b"".join(after.values()).lower()
    assert b"eras" not in said
    assert city.run().returncode == 0
    assert city.latest() == after
    assert city.releases() == ["2024-25/1", "2024-25/2"]


def test_every_count_is_next_to_the_truth_of_its_last_revision(city):
    """Less than five away, and one more where she was in it. The bundled city has no estimates."""
    ledger = city.ledger()
    away = (ledger["published"] - ledger["persons"]).abs()
    assert away.max() <= 5


def test_the_correction_is_taken_back_and_she_is_missed_nowhere(city):
    """The college sends its first return again: readers of all three releases see the first in the third."""
    first = content(city.root / "var/releases/2024-25/1")
    city.correct("27", gone=0)
    city.run()
    assert city.releases()[-1] == "2024-25/3"
    now = city.latest()
    assert {name: text for name, text in now.items() if name.endswith(".csv")} == {
        name: text for name, text in first.items() if name.endswith(".csv")
    }
    said = [json.loads(of["manifest.json"]) for of in (first, now)]
    assert said[0]["inputs"] == said[1]["inputs"]
    assert said[0]["years"] == said[1]["years"]


def test_without_its_ledger_nothing_is_built_on_a_release(city):
    counts = city.root / "var/vault/counts"
    counts.rename(counts.with_name("lost"))
    result = city.run(check=False)
    assert result.returncode == 1
    name = json.loads((city.root / "var/releases/2024-25/1/manifest.json").read_text("utf-8"))["ledger"]
    assert f"counts/{name}: it has gone" in result.stdout
    counts.with_name("lost").rename(counts)
    assert city.run().returncode == 0
    assert city.releases() == ["2024-25/1", "2024-25/2", "2024-25/3"]
