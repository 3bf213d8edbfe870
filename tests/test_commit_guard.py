"""Returns of real people cannot be committed by accident: git ignores them, and the hook refuses the rest."""

import os
import shutil
import subprocess

import pytest

from tests.conftest import REPOSITORY

RETURN = "data/raw/2024-25/MCR-001/community-learning_MCR-001_2024-25_2025-09-01.csv"
BUNDLED = "data/raw/2024-25/MCR-001/bundled.csv"


def git(root, *arguments, check=True, **environment):
    who = {
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    nothing_else = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["git", *arguments], cwd=root, env=nothing_else | who | environment,
        capture_output=True, text=True, check=check,
    )  # fmt: skip


def commit(root, **environment):
    return git(root, "commit", "-m", "a change", check=False, **environment)


@pytest.fixture
def repository(tmp_path):
    """A repository with a bundled return, the mark and the hook."""
    for name in (".gitignore", ".githooks"):
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, tmp_path / name)
    for name in (BUNDLED, "data/raw/synthetic.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("invented\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--force", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    git(tmp_path, "config", "core.hooksPath", ".githooks")
    return tmp_path


def test_the_set_up_switches_it_on():
    assert "git config core.hooksPath .githooks" in (REPOSITORY / "Makefile").read_text("utf-8")


def test_all_that_is_added_has_no_return_in_it(repository):
    (repository / RETURN).write_text("real\n")
    git(repository, "add", "--all")
    assert git(repository, "diff", "--cached", "--name-only").stdout == ""


def test_nor_can_one_be_forced_in(repository):
    (repository / RETURN).write_text("real\n")
    git(repository, "add", "--force", RETURN)
    refused = commit(repository)
    assert refused.returncode == 1
    assert RETURN in refused.stderr
    assert "real" not in refused.stderr.replace("real people", "")
    assert commit(repository, LEARNING_INDICATORS_NEW_SAMPLE="1").returncode == 0


@pytest.mark.parametrize("mark_is_staged", [True, False])
def test_without_the_mark_a_bundled_return_is_not_replaced(repository, mark_is_staged):
    """The city removes it, and puts its own file in the place of a bundled one."""
    (repository / "data/raw/synthetic.toml").unlink()
    (repository / BUNDLED).write_text("real\n")
    git(repository, "add", *(["--all"] if mark_is_staged else ["--update", BUNDLED]))
    refused = commit(repository, LEARNING_INDICATORS_NEW_SAMPLE="1")
    assert refused.returncode == 1
    assert BUNDLED in refused.stderr


def test_the_bundled_returns_can_go(repository):
    git(repository, "rm", "--quiet", "-r", "data/raw")
    assert commit(repository).returncode == 0


@pytest.mark.parametrize("name", ["var/releases.jsonl", "city.secret"])
def test_nothing_that_was_made_of_them_and_no_secret(repository, name):
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_text("x")
    git(repository, "add", "--force", name)
    assert name in commit(repository).stderr


def test_anything_else_is_committed(repository):
    (repository / "city.toml").write_text("x")
    git(repository, "add", "--all")
    assert commit(repository).returncode == 0
