"""What comes with the code is a sample's: with it nothing is published of real people."""

import json
import shutil

import pytest

from pipelines import cli
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.readiness import lacking, refuse_unready
from pipelines.releases.lifecycle import NotNowError
from tests.conftest import REPOSITORY

SIGNED = '\n[signed]\nby = "Ada, data protection officer"\non = 2026-01-12\nversion = {}\n'
POLICY, MODEL = "data/disclosure_policy.toml", "data/linkage_model.json"


@pytest.fixture
def root(tmp_path):
    """A city of real people that changed nothing yet."""
    shutil.copy(REPOSITORY / "city.toml", tmp_path)
    shutil.copytree(REPOSITORY / "data", tmp_path / "data", ignore=shutil.ignore_patterns("raw"))
    (tmp_path / "data/raw").mkdir()
    return tmp_path


def lines(root):
    return lacking(Pipeline(Paths(root)))


def sign(root, version):
    with (root / POLICY).open("a") as stream:
        stream.write(SIGNED.format(version))


def with_own_lars(root):
    (root / "data/reference/lars/LearningDelivery_V006_CSV.zip").write_bytes(b"PK")


def with_own_model(root):
    model = json.loads((root / MODEL).read_text()) | {"synthetic": False}
    (root / MODEL).write_text(json.dumps(model))


def test_each_thing_is_named_with_its_remedy(root):
    policy, lars, model = lines(root)
    assert "nobody has signed the disclosure control policy" in policy
    assert "Put DfE's zip of the Learning Aim Reference Service there" in lars
    assert "learning-indicators train-linkage" in model
    with pytest.raises(NotNowError, match="nothing is published of real people yet"):
        refuse_unready(Pipeline(Paths(root)))


def test_a_city_with_its_own_publishes(root):
    sign(root, 3)
    with_own_lars(root)
    with_own_model(root)
    assert lines(root) == []
    refuse_unready(Pipeline(Paths(root)))


def test_a_policy_that_was_changed_since_is_signed_again(root):
    sign(root, 2)
    assert "version 2 of the policy is signed, and it is version 3 now" in lines(root)[0]


def test_a_model_is_asked_of_nobody_who_links_by_no_names(root):
    profile = (root / "city.toml").read_text()
    (root / "city.toml").write_text(profile.replace("names = true", "names = false"))
    assert len(lines(root)) == 2


def test_an_invented_city_needs_nothing(root):
    shutil.copy(REPOSITORY / "data/raw/synthetic.toml", root / "data/raw")
    assert lines(root) == []


def test_the_command_refuses(root, capsys, monkeypatch, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.touch(0o600)
    secret.write_text("0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c")
    monkeypatch.setenv("LEARNING_INDICATORS_SECRET_FILE", str(secret))
    assert cli.main(["publish", "2024-25/1.1", "--by", "Ada", "--root", str(root)]) == 1
    assert "nobody has signed" in capsys.readouterr().out
