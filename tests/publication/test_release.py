"""A release is complete or absent, never changed, and the same inputs give the same bytes."""

import json
import multiprocessing
import os
from dataclasses import replace
from datetime import date

import pytest

from pipelines.publication import release
from pipelines.publication.release import faults, publish


@pytest.fixture
def releases(tmp_path):
    return tmp_path / "releases"


def test_a_release_is_a_numbered_folder_that_latest_points_at(published, catalogue, facts, releases):
    folder = publish(published, catalogue, facts, releases)
    assert folder == releases / "2024-25" / "1"
    assert (releases / "latest").resolve() == folder
    assert (releases / "latest" / "index.html").exists()
    assert faults(folder) == []


def test_the_same_inputs_make_no_new_release(published, catalogue, facts, releases):
    first = publish(published, catalogue, facts, releases)
    before = {p: p.stat().st_mtime_ns for p in first.rglob("*")}
    (releases / "latest").unlink()
    assert publish(published, catalogue, facts, releases) == first
    assert {p: p.stat().st_mtime_ns for p in first.rglob("*")} == before
    assert (releases / "latest").resolve() == first


def test_the_same_inputs_give_the_same_bytes(published, catalogue, facts, tmp_path):
    one, two = (publish(published, catalogue, facts, tmp_path / name) for name in ("a", "b"))
    assert {p.relative_to(one): p.read_bytes() for p in one.rglob("*") if p.is_file()} == {
        p.relative_to(two): p.read_bytes() for p in two.rglob("*") if p.is_file()
    }


def test_a_change_makes_a_new_release_and_leaves_the_old_one(published, catalogue, facts, releases):
    first = publish(published, catalogue, facts, releases)
    second = publish(published, catalogue, replace(facts, data_as_at=date(2025, 11, 1)), releases)
    assert second.name == "2"
    assert faults(first) == faults(second) == []
    assert (releases / "latest").resolve() == second


def test_the_manifest_says_what_went_in_and_nothing_that_discloses(published, catalogue, facts, releases):
    manifest = json.loads(
        (publish(published, catalogue, facts, releases) / "manifest.json").read_text("utf-8")
    )
    assert manifest["inputs"] == [dict(facts.inputs[0])]
    assert manifest["reference"] == [dict(facts.sources[0])]
    assert (manifest["code_version"], manifest["rule_set"], manifest["synthetic"]) == (
        "c" * 64,
        "r" * 16,
        True,
    )
    assert not {"rows", "read", "kept", "quarantined"} & set(json.dumps(manifest).replace('"', " ").split())


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "index.html").write_text("x"), "index.html: changed"),
        (lambda folder: (folder / "index.html").unlink(), "index.html: missing"),
        (lambda folder: (folder / "more.txt").write_text("x"), "more.txt: not in the manifest"),
    ],
)
def test_a_spoilt_release_is_found_out(published, catalogue, facts, releases, spoil, says):
    folder = publish(published, catalogue, facts, releases)
    spoil(folder)
    assert faults(folder) == [says]


def crash(where, published, catalogue, facts, releases):
    """Publish in a process that dies at a given step, as in a power cut."""
    setattr(release, where, lambda *_: os._exit(9))
    publish(published, catalogue, facts, releases)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["_write", "_sync", "_point"])
def test_a_crash_leaves_the_last_release_whole(published, catalogue, facts, releases, where):
    first = publish(published, catalogue, facts, releases)
    later = replace(facts, data_as_at=date(2025, 11, 1))
    process = multiprocessing.get_context("spawn").Process(
        target=crash, args=(where, published, catalogue, later, releases)
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    assert (releases / "latest").resolve() == first
    assert faults(first) == []
    second = publish(published, catalogue, later, releases)
    assert faults(second) == []
    assert (releases / "latest").resolve() == second
    assert sorted(p.name for p in (releases / "2024-25").iterdir()) == ["1", "2"]
