"""The commands on releases, as people type them: what they say, their exit status, and what is recorded."""

import csv
import json
import shutil
from dataclasses import replace

import polars as pl
import pytest

from pipelines import cli, release_commands
from pipelines.identity.inventory import Inventory
from pipelines.ledgers import Ledgers, ledger_file
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.publication.release import files_of
from pipelines.releases import lifecycle
from pipelines.releases.record import RecordError
from pipelines.releases.shelf import Shelf
from tests.conftest import CATALOGUE, REPOSITORY, protected
from tests.publication.conftest import LINKAGE, TYPES
from tests.releases.test_differences import FACTS, LATER, NOW, THEN


def there(ledgers, manifests):
    """Look for the ledgers of tiny releases, which have no more than a name."""
    for name, manifest in manifests.items():
        ledger_file(ledgers.folder, name, manifest)


@pytest.fixture
def city(tmp_path, monkeypatch):
    """A city's folders; the scheduler is not told of steps."""
    shutil.copy(REPOSITORY / "city.toml", tmp_path)
    shutil.copytree(REPOSITORY / "data", tmp_path / "data", ignore=shutil.ignore_patterns("raw"))
    (tmp_path / "var").mkdir(mode=0o700)
    (tmp_path / "var/vault").mkdir(mode=0o700)
    (tmp_path / "var/vault/counts").mkdir(mode=0o700)
    for digest in ("1" * 64, "2" * 64):
        (tmp_path / "var/vault/counts" / digest).touch()
    (tmp_path / "data/raw").mkdir()
    shutil.copy(REPOSITORY / "data/raw/synthetic.toml", tmp_path / "data/raw")
    monkeypatch.setattr(release_commands, "_show", lambda *_: None)
    monkeypatch.setattr(Ledgers, "check", there)
    return tmp_path


def build(city, rows=THEN, facts=FACTS):
    files = files_of(protected(pl.DataFrame(rows, schema=TYPES)), LINKAGE, CATALOGUE, facts)
    pack = {"index.html": b"the review pack"}
    return lifecycle.build(Shelf(city / "var"), "2024-25", files, lambda *_: None, lambda *_: pack)


def typed(city, *arguments):
    return cli.main([*arguments, "--root", str(city)])


def test_a_candidate_is_approved_published_and_withdrawn(city, capsys):
    build(city)
    assert typed(city, "publish", "2024-25/1.1", "--by", "Ada") == 1
    assert (
        "nobody has approved it: learning-indicators approve 2024-25/1.1 --by NAME."
        in capsys.readouterr().out
    )
    assert typed(city, "approve", "2024-25/1.1", "--by", "Grace") == 0
    assert "2024-25/1.1 is approved by Grace." in capsys.readouterr().out
    assert typed(city, "publish", "2024-25/1.1", "--by", "Ada") == 0
    assert "2024-25/1 is published" in capsys.readouterr().out
    manifest = json.loads((city / "var/releases/latest/manifest.json").read_text("utf-8"))
    assert [(step["step"], step["by"]) for step in manifest["steps"]] == [
        ("approved", "Grace"), ("published", "Ada"),
    ]  # fmt: skip
    assert typed(city, "withdraw", "2024-25/1", "--by", "Ada", "--reason", "Wrong population") == 0
    assert "2024-25/1 is withdrawn." in capsys.readouterr().out
    assert "Wrong population" in (city / "var/releases/2024-25/1/index.html").read_text("utf-8")
    assert typed(city, "reinstate", "2024-25/1", "--by", "Ada", "--reason", "It was right") == 0
    assert "2024-25/1 is published again" in capsys.readouterr().out
    assert [(e.step.value, e.by) for e in Shelf(city / "var").record.entries] == [
        ("built", ""), ("approved", "Grace"), ("publishing", "Ada"), ("published", "Ada"),
        ("withdrawn", "Ada"), ("reinstated", "Ada"),
    ]  # fmt: skip


def test_the_city_says_whether_and_when(city, capsys):
    build(city)
    profile = city / "city.toml"
    text = profile.read_text("utf-8")
    rules = "\n[publication]\napproval = false\nrelease_at = 2099-01-28T09:30:00Z\n"
    profile.write_text(text + rules, "utf-8")
    assert typed(city, "publish", "2024-25/1.1", "--by", "Ada") == 1
    assert "nothing is published before 28 January 2099, 09:30 UTC" in capsys.readouterr().out
    profile.write_text(text + rules.replace("2099", "2025"), "utf-8")
    assert typed(city, "publish", "2024-25/1.1", "--by", "Ada") == 0
    profile.write_text(text + rules.replace("09:30:00Z", "09:30:00"), "utf-8")
    assert typed(city, "publish", "2024-25/1.1", "--by", "Ada") == 1
    said = capsys.readouterr().out
    assert "city.toml: publication.release_at: Input should have timezone info" in said


def test_an_older_copy_of_the_releases_beside_a_newer_vault_is_noticed(city, capsys):
    """Of the record first; then, where somebody goes on without it, of the release."""
    assert published(city) == 0
    lines = (city / "var/releases.jsonl").read_text("utf-8").splitlines(keepends=True)
    older = "".join(line for line in lines if '"published"' not in line and '"publishing"' not in line)
    (city / "var/releases.jsonl").write_text(older, "utf-8")
    shutil.rmtree(city / "var/releases/2024-25/1")
    build(city)
    capsys.readouterr()
    assert typed(city, "approve", "2024-25/1.2", "--by", "Ada") == 1
    assert "releases.jsonl: lines have gone, or were changed. Bring it back" in capsys.readouterr().out
    assert typed(city, "accept-loss", "--by", "Ada", "--reason", "No backup") == 0
    capsys.readouterr()
    assert typed(city, "approve", "2024-25/1.2", "--by", "Ada") == 1
    assert "2024-25/1 was published, and is not in" in capsys.readouterr().out


def test_a_line_that_the_record_lost_does_not_make_an_older_release_the_last(city):
    assert published(city) == 0
    build(city, NOW, LATER)
    for step in ("approve", "publish"):
        assert typed(city, step, "2024-25/2.1", "--by", "Ada") == 0
    lines = (city / "var/releases.jsonl").read_text("utf-8").splitlines(keepends=True)
    lost = "".join(line for line in lines if '"subject": "2024-25/1"' not in line)
    (city / "var/releases.jsonl").write_text(lost, "utf-8")
    with pytest.raises(RecordError, match=r"releases\.jsonl: lines have gone"):
        Pipeline(Paths(city)).settle_releases()
    assert typed(city, "accept-loss", "--by", "Ada", "--reason", "No backup") == 0
    pipeline = Pipeline(Paths(city))
    pipeline.settle_releases()
    assert [str(name) for name in pipeline.shelf.record.published()] == ["2024-25/1", "2024-25/2"]


def test_the_vault_comes_to_know_the_releases_of_an_earlier_version(city):
    assert published(city) == 0
    pipeline = Pipeline(Paths(city))
    Inventory(pipeline.vault).delete([city / "var/vault/releases"])
    pipeline.settle_releases()
    assert pipeline.ledgers.remembered().published == ("2024-25/1",)


def published(city):
    """Build, approve and publish the first release; return the exit status."""
    build(city)
    assert typed(city, "approve", "2024-25/1.1", "--by", "Ada") == 0
    return typed(city, "publish", "2024-25/1.1", "--by", "Ada")


@pytest.mark.parametrize("release", ["2024-25/7", "2024-25/7.1", "latest", "../../etc"])
@pytest.mark.parametrize("command", ["approve", "publish", "withdraw", "reinstate", "diff"])
def test_what_is_not_there_is_said(city, capsys, command, release):
    build(city)
    why = ["--by", "A", "--reason", "Wrong"]
    more = {"diff": ["2024-25/1.1"], "withdraw": why, "reinstate": why}.get(command, ["--by", "A"])
    assert typed(city, command, release, *more) == 1
    said = capsys.readouterr().out
    assert release in said
    assert "Traceback" not in said


def test_without_its_ledger_a_candidate_goes_no_further(city, capsys):
    build(city)
    (city / "var/vault/counts" / ("1" * 64)).unlink()
    for command in ("approve", "publish"):
        assert typed(city, command, "2024-25/1.1", "--by", "Ada") == 1
        assert "the ledger of release 2024-25/1.1 is not in the vault" in capsys.readouterr().out
    assert Shelf(city / "var").last_published() is None


@pytest.mark.parametrize("by", ["", "  "])
def test_somebody_takes_a_step(city, capsys, by):
    build(city)
    with pytest.raises(SystemExit):
        typed(city, "approve", "2024-25/1.1", "--by", by)
    assert "--by: it is empty" in capsys.readouterr().err


def test_a_year_may_be_revised_for_few(city, capsys):
    assert typed(city, "revise", "2023/24", "--by", "Ada", "--reason", "A misprint") == 1
    assert "no release has 2023/24" in capsys.readouterr().out
    years = dict.fromkeys(("2023/24", "2024/25"), FACTS.years["2024/25"])
    build(city, facts=replace(FACTS, years=years))
    typed(city, "approve", "2024-25/1.1", "--by", "Grace")
    typed(city, "publish", "2024-25/1.1", "--by", "Ada")
    capsys.readouterr()
    assert typed(city, "revise", "2023/24", "--by", "Ada", "--reason", "A misprint") == 0
    assert "The next run revises 2023/24" in capsys.readouterr().out
    (entry,) = Shelf(city / "var").record.allowed_revisions().values()
    assert (entry.subject, entry.by, entry.reason) == ("2023/24", "Ada", "A misprint")
    assert typed(city, "revise", "2023", "--by", "Ada", "--reason", "A misprint") == 1
    assert "2023" in capsys.readouterr().out


def test_what_differs_is_said_to_people_and_written_for_machines(city, capsys):
    build(city)
    typed(city, "approve", "2024-25/1.1", "--by", "Grace")
    typed(city, "publish", "2024-25/1.1", "--by", "Ada")
    build(city, NOW, replace(LATER, ledger="2" * 64))
    capsys.readouterr()
    table = city / "changes.csv"
    assert typed(city, "diff", "2024-25/1", "2024-25/2.1", "--csv", str(table)) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "8 figures differ between 2024-25/1 and 2024-25/2.1."
    assert said[3] == "  4_3_1_participation, 2024/25, age 15-64: 18.6 → 19.6 (late return)"
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8
    assert (rows[2]["before"], rows[2]["after"], rows[2]["reason"]) == ("18.6", "19.6", "late return")
