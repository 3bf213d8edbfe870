"""What a release holds: its files, a manifest of them, and the same bytes from the same inputs."""

import hashlib
import json
import re
from dataclasses import replace

import pytest

from pipelines.publication.facts import YearFacts
from pipelines.publication.release import files_of
from pipelines.releases.folders import write_folder
from pipelines.releases.manifests import faults
from tests.publication.conftest import LINKAGE


@pytest.fixture
def folder(published, catalogue, facts, tmp_path):
    write_folder(tmp_path / "1", files_of(published, LINKAGE, catalogue, facts))
    return tmp_path / "1"


def test_a_release_is_whole(folder):
    assert (folder / "index.html").exists()
    assert faults(folder) == []


def test_the_same_inputs_give_the_same_bytes(published, catalogue, facts):
    assert files_of(published, LINKAGE, catalogue, facts) == files_of(published, LINKAGE, catalogue, facts)


def test_the_manifest_says_what_went_in_and_nothing_that_discloses(published, catalogue, facts):
    facts = replace(
        facts,
        ledger="e" * 64,
        definitions={"4_1_2_completion": "f" * 16},
        years={"2024/25": YearFacts("2024-25/1", "2025-10-16", far=2)},
    )
    manifest = json.loads(files_of(published, LINKAGE, catalogue, facts)["manifest.json"])
    assert manifest["inputs"] == [dict(facts.inputs[0])]
    assert manifest["reference"] == [dict(facts.sources[0])]
    assert manifest["key_id"] == "0123abcd"
    assert (manifest["code_version"], manifest["rule_set"], manifest["synthetic"]) == (
        "c" * 64,
        "r" * 16,
        True,
    )
    assert manifest["ledger"] == "e" * 64
    assert manifest["definitions"] == {"4_1_2_completion": "f" * 16}
    assert manifest["years"] == {"2024/25": {"revised_in": "2024-25/1", "data_as_at": "2025-10-16", "far": 2}}
    assert YearFacts.of(manifest["years"]["2024/25"]) == facts.years["2024/25"]
    assert not {"rows", "read", "kept", "quarantined"} & set(json.dumps(manifest).replace('"', " ").split())


def test_the_manifest_lists_each_file_as_it_is_on_disk(folder):
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
    assert manifest["manifest_version"] == 2


def test_every_link_leads_somewhere(folder, catalogue):
    """Vocational programmes have no rows in this table: the index names them and links to nothing."""
    assert not (folder / "4_3_3_vocational.html").exists()
    assert catalogue["4_3_3_vocational"].label in (folder / "index.html").read_text("utf-8")
    for page in folder.glob("*.html"):
        text = page.read_text("utf-8")
        for link in re.findall(r'href="([^"]+)"', text):
            file, _, anchor = link.partition("#")
            assert (page.parent / (file or page.name)).exists(), f"{page.name}: {link}"
            assert not anchor or f'id="{anchor}"' in text, f"{page.name}: {link}"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "index.html").write_text("x"), "index.html: changed"),
        (lambda folder: (folder / "index.html").unlink(), "index.html: missing"),
        (lambda folder: (folder / "more.txt").write_text("x"), "more.txt: not in the manifest"),
    ],
)
def test_a_spoilt_release_is_found_out(folder, spoil, says):
    spoil(folder)
    assert faults(folder) == [says]
