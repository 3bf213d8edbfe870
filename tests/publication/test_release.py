"""A release is complete or absent, never changed, and the same inputs give the same bytes."""

import hashlib
import json
import multiprocessing
import os
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipelines.publication import release
from pipelines.publication.release import faults, publish
from tests.publication.conftest import LINKAGE


@pytest.fixture
def releases(tmp_path):
    return tmp_path / "releases"


def test_a_release_is_a_numbered_folder_that_latest_points_at(published, catalogue, facts, releases):
    folder = publish(published, LINKAGE, catalogue, facts, releases)
    assert folder == releases / "2024-25" / "1"
    assert (releases / "latest").resolve() == folder
    assert (releases / "latest" / "index.html").exists()
    assert faults(folder) == []


def test_the_same_inputs_make_no_new_release(published, catalogue, facts, releases):
    first = publish(published, LINKAGE, catalogue, facts, releases)
    before = {p: p.stat().st_mtime_ns for p in first.rglob("*")}
    (releases / "latest").unlink()
    assert publish(published, LINKAGE, catalogue, facts, releases) == first
    assert {p: p.stat().st_mtime_ns for p in first.rglob("*")} == before
    assert (releases / "latest").resolve() == first


def test_the_same_inputs_give_the_same_bytes(published, catalogue, facts, tmp_path):
    one, two = (publish(published, LINKAGE, catalogue, facts, tmp_path / name) for name in ("a", "b"))
    assert {p.relative_to(one): p.read_bytes() for p in one.rglob("*") if p.is_file()} == {
        p.relative_to(two): p.read_bytes() for p in two.rglob("*") if p.is_file()
    }


def test_a_change_makes_a_new_release_and_leaves_the_old_one(published, catalogue, facts, releases):
    first = publish(published, LINKAGE, catalogue, facts, releases)
    second = publish(published, LINKAGE, catalogue, replace(facts, data_as_at=date(2025, 11, 1)), releases)
    assert second.name == "2"
    assert faults(first) == faults(second) == []
    assert (releases / "latest").resolve() == second


def test_the_manifest_says_what_went_in_and_nothing_that_discloses(published, catalogue, facts, releases):
    manifest = json.loads(
        (publish(published, LINKAGE, catalogue, facts, releases) / "manifest.json").read_text("utf-8")
    )
    assert manifest["inputs"] == [dict(facts.inputs[0])]
    assert manifest["reference"] == [dict(facts.sources[0])]
    assert manifest["key_id"] == "0123abcd"
    assert (manifest["code_version"], manifest["rule_set"], manifest["synthetic"]) == (
        "c" * 64,
        "r" * 16,
        True,
    )
    assert not {"rows", "read", "kept", "quarantined"} & set(json.dumps(manifest).replace('"', " ").split())


def test_the_manifest_lists_each_file_as_it_is_on_disk(published, catalogue, facts, releases):
    folder = publish(published, LINKAGE, catalogue, facts, releases)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    on_disk = {
        path.relative_to(folder).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert manifest["files"] == on_disk
    assert len(on_disk) > 10
    assert manifest["manifest_version"] == 1


def test_every_link_leads_somewhere(published, catalogue, facts, releases):
    """Vocational programmes have no rows in this table: the index names them and links to nothing."""
    folder = publish(published, LINKAGE, catalogue, facts, releases)
    assert not (folder / "4_3_3_vocational.html").exists()
    assert catalogue["4_3_3_vocational"].label in (folder / "index.html").read_text("utf-8")
    for page in folder.glob("*.html"):
        text = page.read_text("utf-8")
        for link in re.findall(r'href="([^"]+)"', text):
            file, _, anchor = link.partition("#")
            assert (page.parent / (file or page.name)).exists(), f"{page.name}: {link}"
            assert not anchor or f'id="{anchor}"' in text, f"{page.name}: {link}"


def test_a_correction_of_an_earlier_year_does_not_take_readers_back(published, catalogue, facts, releases):
    earlier = replace(facts, academic_year="2023/24")
    publish(published, LINKAGE, catalogue, earlier, releases)
    newest = publish(published, LINKAGE, catalogue, facts, releases)
    correction = publish(
        published, LINKAGE, catalogue, replace(earlier, data_as_at=date(2025, 11, 1)), releases
    )
    assert correction == releases / "2023-24" / "2"
    assert (releases / "latest").resolve() == newest


def test_the_tenth_release_comes_after_the_ninth(published, catalogue, facts, releases):
    for number in ("9", "10"):
        (releases / "2024-25" / number).mkdir(parents=True)
    assert publish(published, LINKAGE, catalogue, facts, releases).name == "11"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "index.html").write_text("x"), "index.html: changed"),
        (lambda folder: (folder / "index.html").unlink(), "index.html: missing"),
        (lambda folder: (folder / "more.txt").write_text("x"), "more.txt: not in the manifest"),
    ],
)
def test_a_spoilt_release_is_found_out(published, catalogue, facts, releases, spoil, says):
    folder = publish(published, LINKAGE, catalogue, facts, releases)
    spoil(folder)
    assert faults(folder) == [says]


def die(*_):
    os._exit(9)


def die_at_the_fourth_file(descriptor, synced=[]):  # noqa: B006  # the list counts the calls
    synced.append(descriptor)
    if len(synced) == 4:
        die()


STEPS = {
    "nothing written": (release, "_write", die, {"1"}),
    "half written": (release.os, "fsync", die_at_the_fourth_file, {"1", ".building"}),
    "written, without a name": (release, "_appear", die, {"1", ".building"}),
    "named, not the latest": (release, "_point", die, {"1", "2"}),
    "latest made, not in place": (Path, "replace", die, {"1", "2"}),
}
"""Step → what is replaced there by a sudden death, and what that leaves in the folder of the year."""


def crash(step, published, catalogue, facts, releases):
    """Publish in a process that dies at a given step, as in a power cut."""
    owner, name, death, _ = STEPS[step]
    setattr(owner, name, death)
    publish(published, LINKAGE, catalogue, facts, releases)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_leaves_the_last_release_whole(published, catalogue, facts, releases, step):
    first = publish(published, LINKAGE, catalogue, facts, releases)
    later = replace(facts, data_as_at=date(2025, 11, 1))
    process = multiprocessing.get_context("spawn").Process(
        target=crash, args=(step, published, catalogue, later, releases)
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    assert {p.name for p in (releases / "2024-25").iterdir()} == STEPS[step][-1]
    assert (releases / "latest").resolve() == first
    assert faults(first) == []
    second = publish(published, LINKAGE, catalogue, later, releases)
    assert faults(second) == []
    assert (releases / "latest").resolve() == second
    assert sorted(p.name for p in (releases / "2024-25").iterdir()) == ["1", "2"]
    assert sorted(p.name for p in releases.iterdir()) == ["2024-25", "latest"]
