"""The life of a release: each step, what has to hold before it, and a sudden death in the midst of any."""

import json
import multiprocessing
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.releases import folders, lifecycle
from pipelines.releases.lifecycle import (
    NotNowError,
    Rules,
    allow_revision,
    approve,
    build,
    publish,
    refuse,
    reinstate,
    withdraw,
)
from pipelines.releases.manifests import digest_of, faults, manifest_text
from pipelines.releases.marks import UnmarkedError, marked, unmarked
from pipelines.releases.names import Name, UnknownNameError
from pipelines.releases.record import Entry, Record, RecordError, Step
from pipelines.releases.shelf import FOUND, ReleaseGoneError, Shelf

YEAR = "2024-25"
FIRST, SECOND = Name(YEAR, 1), Name(YEAR, 2)
FREELY = Rules(approval=False)
NOON = datetime(2026, 1, 28, 12, tzinfo=UTC)


def release(text="one", year=YEAR):
    """Return the files of a tiny release."""
    files = {
        "index.html": f"<html>\n<body>\n<p>{text}</p>\n</body>\n</html>\n".encode(),
        "data/a.csv": f"A\n{text}\n".encode(),
    }
    listed = {name: {"sha256": digest_of(content)} for name, content in files.items()}
    return files | {"manifest.json": manifest_text({"academic_year": year, "files": listed}).encode()}


def pack(*_):
    return {"index.html": b"the review pack", "changes.csv": b"", "audit.txt": b"SAFE"}


def built(shelf, text="one", year=YEAR):
    return build(shelf, year, release(text, year), lambda *_: None, pack)


def published(shelf, text="one", year=YEAR):
    return publish(shelf, built(shelf, text, year), "Ada", FREELY, NOON)


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)


def test_a_candidate_is_whole_readable_and_marked_as_not_published(shelf):
    name = built(shelf)
    assert str(name) == "2024-25/1.1"
    folder = shelf.candidates / YEAR / "1.1"
    assert (folder / "index.html").read_text() == "the review pack"
    page = (folder / "release" / "index.html").read_text()
    assert "Not published." in page
    assert "<p>one</p>" in page
    assert (folder / "release" / "data" / "a.csv").read_text() == "A\none\n"
    assert (shelf.candidates / "latest").resolve() == folder
    assert shelf.status(name) == "candidate"
    assert not (shelf.releases).exists()


def test_what_is_published_is_what_was_inspected_to_the_byte(shelf):
    seen = []
    files = release()
    name = build(
        shelf, YEAR, files, lambda name, folder: seen.append((name, folders.read_folder(folder))), pack
    )
    publish(shelf, name, "Ada", FREELY, NOON)
    assert seen == [(name, files)]
    there = folders.read_folder(shelf.releases / YEAR / "1")
    manifest = json.loads(there.pop("manifest.json"))
    assert manifest.pop("steps") == [{"step": "published", "by": "Ada", "on": "2026-01-28"}]
    assert there | {"manifest.json": manifest_text(manifest).encode()} == files
    assert (shelf.releases / "latest").resolve() == shelf.releases / YEAR / "1"
    assert (shelf.reviews / YEAR / "1" / "index.html").read_text() == "the review pack"
    assert shelf.newest_candidate() is None


def test_one_that_is_refused_leaves_nothing(shelf):
    def find_somebody(*_):
        raise ValueError("unsafe")

    with pytest.raises(ValueError, match="unsafe"):
        build(shelf, YEAR, release(), find_somebody, pack)
    assert shelf.newest_candidate() is None
    shelf.settle()
    assert list((shelf.candidates / YEAR).iterdir()) == []
    assert str(built(shelf)) == "2024-25/1.1"


def test_nothing_changed_makes_nothing(shelf):
    name = built(shelf)
    steps = len(shelf.record.entries)
    assert built(shelf) == name
    published(shelf)
    assert built(shelf) == FIRST
    assert shelf.newest_candidate() is None
    assert [e.step for e in shelf.record.entries[steps:]] == [Step.PUBLISHING, Step.PUBLISHED]


def test_a_change_makes_another_candidate_and_the_change_taken_back_none(shelf):
    published(shelf)
    assert str(built(shelf, "two")) == "2024-25/2.1"
    assert str(built(shelf, "three")) == "2024-25/2.2"
    assert [f.name for f in (shelf.candidates / YEAR).iterdir()] == ["2.2"]
    assert built(shelf) == FIRST
    assert list((shelf.candidates / YEAR).iterdir()) == []
    assert [e.step for e in shelf.record.of("2024-25/2.2")] == [Step.BUILT, Step.DROPPED]


def test_an_approval_is_of_what_was_read(shelf):
    """The run of the next morning builds another candidate: what was approved is not it."""
    name = built(shelf)
    approve(shelf, name, "Ada")
    assert shelf.status(name) == "approved"
    assert built(shelf) == name
    assert shelf.status(name) == "approved"
    other = built(shelf, "two")
    assert shelf.status(other) == "candidate"
    with pytest.raises(
        NotNowError, match=r"2024-25/1\.1 is not the candidate that stands: that is 2024-25/1\.2"
    ):
        publish(shelf, name, "Ada", Rules(), NOON)
    with pytest.raises(NotNowError, match=r"approve 2024-25/1\.2 --by NAME"):
        publish(shelf, other, "Ada", Rules(), NOON)
    approve(shelf, other, "Grace")
    publish(shelf, other, "Ada", Rules(), NOON)
    steps = json.loads((shelf.releases / YEAR / "1" / "manifest.json").read_text())["steps"]
    assert [(step["step"], step["by"]) for step in steps] == [("approved", "Grace"), ("published", "Ada")]


def test_a_refused_candidate_goes_no_further_until_something_changes(shelf):
    name = built(shelf)
    refuse(shelf, name, "Ada", "Ring the college first")
    assert shelf.status(name) == "refused"
    for step in (approve, publish):
        with pytest.raises(NotNowError, match="refused by Ada: Ring the college first"):
            step(shelf, name, "Grace", *([FREELY] if step is publish else []))
    assert built(shelf) == name
    assert shelf.status(built(shelf, "two")) == "candidate"


def test_nothing_is_published_before_its_time(shelf):
    name = built(shelf)
    at = Rules(approval=False, release_at=NOON)
    with pytest.raises(NotNowError, match="before 28 January 2026, 12:00 UTC"):
        publish(shelf, name, "Ada", at, NOON - timedelta(seconds=1))
    assert publish(shelf, name, "Ada", at, NOON) == FIRST


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "data" / "a.csv").write_text("A\ntwo\n"),
        lambda folder: (folder / "data" / "b.csv").write_text("B\n"),
        lambda folder: (folder / "data" / "a.csv").unlink(),
        lambda folder: (folder / "index.html").write_text("<body>\n"),
        lambda folder: (folder / "index.html").write_text((folder / "index.html").read_text() + " "),
        lambda folder: (folder / "manifest.json").write_text(
            (folder / "manifest.json").read_text().replace("2024-25", "2025-26")
        ),
    ],
)
def test_a_candidate_that_was_changed_since_is_not_published(shelf, spoil):
    name = built(shelf)
    spoil(shelf.folder(name))
    for step in (lambda: approve(shelf, name, "Ada"), lambda: publish(shelf, name, "Ada", FREELY, NOON)):
        with pytest.raises(NotNowError, match="is not what was built"):
            step()
    assert shelf.last_published() is None


def test_nor_one_whose_files_and_manifest_were_changed_together(shelf):
    """No audit saw them."""
    name = built(shelf)
    for place, content in marked(release("two")).items():
        (shelf.folder(name) / place).write_bytes(content)
    with pytest.raises(NotNowError, match="is not what was built"):
        approve(shelf, name, "Ada")


@pytest.mark.parametrize(
    "step", [lambda s, n: approve(s, n, "Ada"), lambda s, n: publish(s, n, "Ada", FREELY)]
)
def test_only_the_candidate_that_stands_goes_on(shelf, step):
    with pytest.raises(NotNowError, match="there is no candidate: nothing is published yet"):
        step(shelf, Name(YEAR, 1, 1))
    published(shelf)
    with pytest.raises(NotNowError, match=r"published are 2024-25/1 \(published\)"):
        step(shelf, FIRST)


def test_later_releases_supersede_those_of_their_year(shelf):
    published(shelf, "one", "2023-24")
    published(shelf)
    published(shelf, "two")
    assert {str(n): shelf.status(n) for n in shelf.record.published()} == {
        "2023-24/1": "published", "2024-25/1": "superseded", "2024-25/2": "published",
    }  # fmt: skip
    listed = json.loads((shelf.releases / "releases.json").read_text())
    assert [(entry["release"], entry["status"]) for entry in listed] == [
        ("2024-25/2", "published"), ("2024-25/1", "superseded"), ("2023-24/1", "published"),
    ]  # fmt: skip
    # A correction of an earlier year does not take readers back to it.
    published(shelf, "three", "2023-24")
    assert (shelf.releases / "latest").resolve() == shelf.releases / YEAR / "2"
    assert shelf.last_published() == Name("2023-24", 2)


def test_a_withdrawn_release_gives_way_to_a_notice_and_to_the_one_before(shelf):
    published(shelf)
    published(shelf, "two")
    withdraw(shelf, SECOND, "Ada", "A count of <b> was wrong")
    folder = shelf.releases / YEAR / "2"
    assert [f.name for f in folder.iterdir()] == ["index.html"]
    assert "A count of &lt;b&gt; was wrong" in (folder / "index.html").read_text()
    assert (shelf.releases / "latest").resolve() == shelf.releases / YEAR / "1"
    assert (shelf.folder(SECOND) / "data" / "a.csv").read_text() == "A\ntwo\n"
    assert (shelf.status(FIRST), shelf.status(SECOND)) == ("published", "withdrawn")
    listed = json.loads((shelf.releases / "releases.json").read_text())
    assert listed[0]["steps"][-1]["reason"] == "A count of <b> was wrong"
    # It was published: what comes next is compared with it, and has another number.
    assert shelf.last_published() == SECOND
    assert built(shelf, "two") == SECOND
    assert str(built(shelf, "three")) == "2024-25/3.1"
    for name, why in ((SECOND, "withdrawn already"), (Name(YEAR, 7), "is not published")):
        with pytest.raises(NotNowError, match=why):
            withdraw(shelf, name, "Ada", "again")
    withdraw(shelf, FIRST, "Ada", "too")
    assert not (shelf.releases / "latest").exists()


def test_a_withdrawn_release_is_published_again_as_it_was(shelf):
    published(shelf)
    published(shelf, "two")
    before = folders.read_folder(shelf.releases / YEAR / "2")
    with pytest.raises(NotNowError, match=r"2024-25/2 is not withdrawn: .*2024-25/2 \(published\)"):
        reinstate(shelf, SECOND, "Ada", "it was right")
    for _ in range(2):
        withdraw(shelf, SECOND, "Ada", "wrong")
        reinstate(shelf, SECOND, "Grace", "it was right")
        assert folders.read_folder(shelf.releases / YEAR / "2") == before
        assert (shelf.releases / "latest").resolve() == shelf.releases / YEAR / "2"
        assert shelf.status(SECOND) == "published"
    listed = json.loads((shelf.releases / "releases.json").read_text())
    assert [(step["step"], step["by"]) for step in listed[0]["steps"][-2:]] == [
        ("withdrawn", "Ada"), ("reinstated", "Grace"),
    ]  # fmt: skip
    shelf.settle()
    assert shelf.record.published() == [FIRST, SECOND]
    assert built(shelf, "two") == SECOND
    with pytest.raises(NotNowError, match="2024-25/7 is not withdrawn"):
        reinstate(shelf, Name(YEAR, 7), "Ada", "it was right")


def test_an_allowed_revision_holds_until_the_next_publication(shelf):
    published(shelf)
    allow_revision(shelf, "2023/24", "Ada", "an error in print")
    assert list(shelf.record.allowed_revisions()) == ["2023/24"]
    built(shelf, "two")
    assert list(shelf.record.allowed_revisions()) == ["2023/24"]
    published(shelf, "two")
    assert shelf.record.allowed_revisions() == {}


def test_one_allowed_after_a_candidate_was_built_outlives_its_publication(shelf):
    published(shelf)
    name = built(shelf, "two")
    allow_revision(shelf, "2023/24", "Ada", "an error in print")
    publish(shelf, name, "Ada", FREELY, NOON)
    assert list(shelf.record.allowed_revisions()) == ["2023/24"]
    published(shelf, "three")
    assert shelf.record.allowed_revisions() == {}


def test_a_year_is_looked_up_in_the_last_release_that_has_it(shelf):
    assert shelf.manifest_of_year("2024/25") == {}
    for number, years in enumerate((["2023/24", "2024/25"], ["2023/24"]), start=1):
        files = release(str(number))
        described = json.loads(files["manifest.json"]) | {"years": {year: {} for year in years}, "n": number}
        files["manifest.json"] = manifest_text(described).encode()
        publish(shelf, build(shelf, YEAR, files, lambda *_: None, pack), "Ada", FREELY, NOON)
    assert shelf.manifest_of_year("2023/24")["n"] == 2
    assert shelf.manifest_of_year("2024/25")["n"] == 1


def test_releases_of_a_version_without_a_record_are_published(shelf):
    for name in ("2023-24/1", "2024-25/1", "2024-25/10", "2024-25/9"):
        folders.write_folder(shelf.releases / name, release(name))
    shelf.settle()
    assert [str(n) for n in shelf.record.published()] == ["2023-24/1", "2024-25/1", "2024-25/9", "2024-25/10"]
    assert {e.by for e in shelf.record.entries} == {FOUND}
    steps = len(shelf.record.entries)
    shelf.settle()
    assert len(shelf.record.entries) == steps
    assert str(built(shelf)) == "2024-25/11.1"


def test_a_lost_record_is_made_again_from_what_lies_there(shelf, tmp_path):
    published(shelf)
    published(shelf, "two")
    withdraw(shelf, SECOND, "Ada", "wrong")
    (tmp_path / "releases.jsonl").unlink()
    again = Shelf(tmp_path)
    again.settle()
    assert [(str(n), again.status(n)) for n in again.record.published()] == [
        ("2024-25/1", "published"), ("2024-25/2", "withdrawn"),
    ]  # fmt: skip
    assert json.loads((again.folder(SECOND) / "manifest.json").read_text())["academic_year"] == YEAR


def test_a_release_whose_folder_has_gone_is_missed_by_name(shelf):
    published(shelf)
    shutil.rmtree(shelf.releases / YEAR / "1")
    with pytest.raises(
        ReleaseGoneError, match=r"release 2024-25/1 was published, and .* bring the folder back"
    ):
        shelf.manifest(FIRST)


def test_the_record_leaves_out_a_line_that_a_crash_cut_off(tmp_path):
    record = Record(tmp_path / "releases.jsonl")
    record.add(Entry(Step.APPROVED, "2024-25/1.1", "Ada", ""))
    with (tmp_path / "releases.jsonl").open("a") as stream:
        stream.write('{"step": "publ')
    again = Record(tmp_path / "releases.jsonl")
    assert [e.step for e in again.entries] == [Step.APPROVED]
    again.add(Entry(Step.PUBLISHED, "2024-25/1", "Ada", ""))
    assert [e.step for e in Record(tmp_path / "releases.jsonl").entries] == [Step.APPROVED, Step.PUBLISHED]


@pytest.mark.parametrize(
    "text", ["", "2024-25", "2024/25/1", "2024-25/0", "2024-25/1.0", "2024-25/../1", "latest"]
)
def test_what_names_no_release_is_refused(text):
    with pytest.raises(UnknownNameError, match="names no release"):
        Name.parse(text)


def test_names_are_read_as_they_are_written():
    for text in ("2024-25/1", "2024-25/12.3"):
        assert str(Name.parse(text)) == text


def test_a_mark_goes_on_once_and_comes_off():
    files = release()
    assert unmarked(marked(files)) == files
    with pytest.raises(UnmarkedError, match=r"index\.html has been changed"):
        unmarked(files)
    with pytest.raises(UnmarkedError, match="no one <body>"):
        marked({"index.html": b"<p>"})


# What was changed behind its back


def lines(shelf):
    return (shelf.releases.parent / "releases.jsonl").read_text("utf-8").splitlines(keepends=True)


def rewrite(shelf, kept):
    (shelf.releases.parent / "releases.jsonl").write_text("".join(kept), "utf-8")
    return Shelf(shelf.releases.parent)


def test_an_approval_is_of_what_was_approved_and_not_of_its_name(shelf):
    approve(shelf, built(shelf), "Ada")
    again = rewrite(shelf, [line for line in lines(shelf) if '"built"' not in line])
    shutil.rmtree(again.candidates)
    name = built(again, "another")
    assert str(name) == "2024-25/1.1"
    with pytest.raises(NotNowError, match="nobody has approved it"):
        publish(again, name, "Ada", Rules(), NOON)


def test_a_candidate_that_was_dropped_cannot_come_back(shelf, tmp_path):
    name = built(shelf)
    approve(shelf, name, "Ada")
    shutil.copytree(name.within(shelf.candidates), tmp_path / "copy")
    newer = built(shelf, "two")
    shutil.rmtree(newer.within(shelf.candidates))
    shutil.copytree(tmp_path / "copy", name.within(shelf.candidates))
    with pytest.raises(NotNowError, match="there is no candidate"):
        publish(shelf, name, "Ada", Rules(), NOON)


@pytest.mark.parametrize("file", ["audit.txt", "index.html"])
def test_a_review_pack_that_was_changed_is_not_what_was_built(shelf, file):
    name = built(shelf)
    (name.within(shelf.candidates) / file).write_text("forged", "utf-8")
    for step in (lambda: approve(shelf, name, "Ada"), lambda: publish(shelf, name, "Ada", FREELY, NOON)):
        with pytest.raises(NotNowError, match="is not what was built"):
            step()


def test_the_vaults_order_holds_where_lines_of_the_record_are_lost(shelf):
    for text in ("one", "two", "three"):
        published(shelf, text)
    again = rewrite(shelf, [line for line in lines(shelf) if '"2024-25/1"' not in line])
    again.settle()
    assert again.last_published() == FIRST, "found at its end"
    again.record.in_order(["2024-25/1", "2024-25/2", "2024-25/3"])
    assert [str(name) for name in again.record.published()] == ["2024-25/1", "2024-25/2", "2024-25/3"]
    published(again, "four")
    assert str(again.last_published()) == "2024-25/4"


def test_a_release_that_the_vault_knows_of_and_that_is_not_there_is_missed(shelf):
    shelf.miss([])
    with pytest.raises(ReleaseGoneError, match=r"2024-25/3 was published, and is not in .* from a backup"):
        shelf.miss(["2024-25/3"])


@pytest.mark.parametrize("garbage", ["{", '{"step": "sold"}', "[]", '"text"', '{"step": "built", "who": 1}'])
def test_a_line_that_is_no_step_is_named(shelf, garbage):
    built(shelf)
    again = rewrite(shelf, [*lines(shelf), garbage + "\n"])
    with pytest.raises(RecordError, match=r"releases.jsonl, line 2 is no step .* from a backup"):
        again.settle()


# A sudden death


def die(*_, **__):
    os._exit(9)


def dies_in(target, *args):
    """Call a function in a process that dies in it, as in a power cut."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=args)
    process.start()
    process.join()
    assert process.exitcode == 9


def die_at_the_end(record, entry, add=Record.add):
    return die() if entry.step is Step.PUBLISHED else add(record, entry)


STEPS = {
    "nothing written": (lifecycle, "write_folder", die, None),
    "written, the review not kept": (lifecycle, "_keep_review", die, None),
    "the review kept, without a name": (lifecycle, "appear", die, None),
    "nobody said to publish it": (Record, "add", die, None),
    "named, not in the record": (Record, "add", die_at_the_end, SECOND),
    "the candidate still there": (lifecycle, "drop_candidates", die, SECOND),
    "latest not switched": (Shelf, "show", die, SECOND),
}
"""Where publication dies, and what is published by then."""


def crash(step, root):
    owner, name, death, _ = STEPS[step]
    shelf = Shelf(root)
    candidate = shelf.newest_candidate()
    setattr(owner, name, death)
    publish(shelf, candidate, "Ada", FREELY, NOON)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_death_in_the_midst_leaves_it_published_or_not(tmp_path, step):
    shelf = Shelf(tmp_path)
    published(shelf)
    candidate = built(shelf, "two")
    dies_in(crash, step, tmp_path)
    shelf = Shelf(tmp_path)
    shelf.settle()
    expected = STEPS[step][-1]
    assert shelf.last_published() == (expected or FIRST)
    assert shelf.record.published() == sorted({FIRST, expected or FIRST})
    if expected is None:
        publish(shelf, candidate, "Ada", FREELY, NOON)
    (entry,) = shelf.record.of(SECOND, Step.PUBLISHED)
    assert (entry.by, entry.at) == ("Ada", NOON.isoformat(timespec="seconds"))
    assert (shelf.reviews / YEAR / "2" / "index.html").read_text() == "the review pack"
    assert built(shelf, "two") == SECOND
    assert (shelf.releases / "latest").resolve() == shelf.releases / YEAR / "2"
    assert not [p for p in Path(tmp_path).rglob("*") if folders.BUILDING in p.name]


def crash_withdrawing(root, name):
    owner = {"appear": "pipelines.releases.shelf", "write_folder": "pipelines.releases.shelf"}[name]
    module = __import__(owner, fromlist=["x"])
    setattr(module, name, die)
    withdraw(Shelf(root), FIRST, "Ada", "wrong")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["appear", "write_folder"])
def test_a_withdrawal_that_was_cut_off_is_finished_at_the_next_start(tmp_path, name):
    published(Shelf(tmp_path))
    dies_in(crash_withdrawing, tmp_path, name)
    shelf = Shelf(tmp_path)
    shelf.settle()
    assert [f.name for f in (shelf.releases / YEAR / "1").iterdir()] == ["index.html"]
    assert (shelf.folder(FIRST) / "manifest.json").is_file()
    assert not (shelf.releases / "latest").exists()


def crash_reinstating(root, after):
    """Die before or after the notice is taken away: a withdrawn release lies in one of two places."""
    if after:
        shelf_module = __import__("pipelines.releases.shelf", fromlist=["x"])
        shelf_module.appear = die
    else:
        shutil.rmtree = die
    reinstate(Shelf(root), FIRST, "Ada", "it was right")


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
def test_a_reinstatement_that_was_cut_off_is_finished_at_the_next_start(tmp_path, after):
    shelf = Shelf(tmp_path)
    published(shelf)
    withdraw(shelf, FIRST, "Ada", "wrong")
    dies_in(crash_reinstating, tmp_path, after)
    shelf = Shelf(tmp_path)
    shelf.settle()
    assert (shelf.releases / YEAR / "1" / "data" / "a.csv").read_text() == "A\none\n"
    assert (shelf.releases / "latest").resolve() == shelf.releases / YEAR / "1"
    assert shelf.status(FIRST) == "published"


def test_a_step_that_another_process_took_is_seen(tmp_path):
    one, other = Record(tmp_path / "releases.jsonl"), Record(tmp_path / "releases.jsonl")
    assert one.entries == []
    other.add(Entry(Step.APPROVED, "2024-25/1.1", "Ada", ""))
    assert [e.by for e in one.entries] == ["Ada"]


# What was published stays what it was


def test_a_release_that_was_changed_is_missed_by_name(shelf):
    published(shelf)
    shelf.check()
    folder = shelf.folder(FIRST)
    (folder / "index.html").write_text("another")
    with pytest.raises(ReleaseGoneError, match=r"2024-25/1 is not what was published: index.html: changed"):
        shelf.check()


def test_nor_does_it_help_to_change_its_manifest_too(shelf):
    published(shelf)
    folder = shelf.folder(FIRST)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "data" / "b.csv").write_text("B\n")
    manifest["files"]["data/b.csv"] = {"sha256": digest_of(b"B\n")}
    (folder / "manifest.json").write_text(manifest_text(manifest))
    assert faults(folder) == []
    assert shelf.faults(FIRST) == ["manifest.json: not the one that was built"]
    with pytest.raises(ReleaseGoneError, match=r"Bring .*2024-25/1 back from a backup"):
        shelf.check()


def test_a_withdrawn_release_and_a_candidate_are_looked_at_too(shelf):
    published(shelf)
    withdraw(shelf, FIRST, "Ada", "wrong")
    candidate = built(shelf, "two")
    shelf.check()
    assert shelf.faults(candidate) == []
    (shelf.folder(candidate) / "index.html").write_text("another")
    assert shelf.faults(candidate) == ["index.html: changed"]
    (shelf.folder(FIRST) / "data" / "a.csv").unlink()
    with pytest.raises(ReleaseGoneError, match=r"data/a.csv: missing"):
        shelf.check()
