"""The steps of a release's life, each with what has to hold before it is taken."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipelines.releases.folders import BUILDING, appear, read_folder, write_folder
from pipelines.releases.manifests import MANIFEST, STEPS, digest_of, manifest_text
from pipelines.releases.marks import UnmarkedError, marked, unmarked
from pipelines.releases.names import Name
from pipelines.releases.record import Entry, Step, now
from pipelines.releases.shelf import Shelf

PREVIOUS = "previous.json"
"""Names the release that a candidate was built on."""


class NotNowError(Exception):
    """A step cannot be taken. Says why, and what can be done."""


@dataclass(frozen=True)
class Rules:
    """What a city asks for before it publishes.

    Args:
        approval: whether a person has to approve a candidate.
        release_at: the time before which nothing is published.
    """

    approval: bool = True
    release_at: datetime | None = None


def build(
    shelf: Shelf,
    year: str,
    files: Mapping[str, bytes],
    inspect: Callable[[Name, Path], None],
    review: Callable[[Name, Path], Mapping[str, bytes]],
) -> Name:
    """Build a candidate, or return the release or candidate that says the same already.

    Args:
        shelf: gets it.
        year: the academic year that it is of, as a folder.
        files: of the release, manifest and all.
        inspect: sees the name of the candidate and the finished release, as it would be published, and raises
            what keeps it from that.
        review: returns the files of the review pack, likewise.
    """
    last = shelf.last_published()
    if last and _says(shelf, last, files):
        drop_candidates(shelf)
        return last
    newest = shelf.newest_candidate()
    if newest and newest.year == year and _previous(shelf, newest) == last and _says(shelf, newest, files):
        return newest
    name = shelf.next_candidate(year)
    building = name.within(shelf.candidates).with_name(BUILDING)
    write_folder(building / "release", files)
    inspect(name, building / "release")
    pack = review(name, building / "release")
    on = {PREVIOUS: json.dumps(str(last) if last else None).encode()}
    # Data stays as it was written; pages are written again, with their marks.
    pages = {f"release/{p}": content for p, content in marked(files).items() if content != files[p]}
    write_folder(building, {**pages, **pack, **on})
    drop_candidates(shelf)
    appear(building, name.within(shelf.candidates))
    shelf.record.add(
        Entry(
            Step.BUILT, str(name), "", now(), manifest=digest_of(files[MANIFEST]), pack=_digest_of(pack | on)
        )
    )
    shelf.show()
    return name


def approve(shelf: Shelf, name: Name, by: str) -> None:
    """Write down that a person approves a candidate.

    Raises:
        NotNowError: it is no candidate, another has taken its place, or it is not what was built.
    """
    _check_candidate(shelf, name)
    digest = digest_of(_as_reviewed(shelf, name)[MANIFEST])
    shelf.record.add(Entry(Step.APPROVED, str(name), by, now(), manifest=digest))
    shelf.show()


def refuse(shelf: Shelf, name: Name, by: str, reason: str) -> None:
    """Write down that a person refuses a candidate: it can no longer be approved or published.

    Raises:
        NotNowError: it is no candidate, another has taken its place, or it is refused already.
    """
    _check_candidate(shelf, name)
    shelf.record.add(Entry(Step.REFUSED, str(name), by, now(), reason))
    shelf.show()


def allow_revision(shelf: Shelf, academic_year: str, by: str, reason: str) -> None:
    """Write down that the next release may revise a year, however few people that is of."""
    shelf.record.add(Entry(Step.REVISION_ALLOWED, academic_year, by, now(), reason))


def this_moment() -> datetime:
    """Return the time at which a person takes a step."""
    return datetime.now(UTC)


def publish(shelf: Shelf, name: Name, by: str, rules: Rules, at: datetime | None = None) -> Name:
    """Publish a candidate, as it was reviewed to the byte; return the name of the release.

    Args:
        shelf: has it.
        name: of the candidate.
        by: who publishes it.
        rules: of the city.
        at: when; none of what a city publishes by itself, so that the same inputs give the same bytes.

    Raises:
        NotNowError: it is no candidate, is out of date, was changed, or the rules say not yet.
    """
    _check_candidate(shelf, name)
    _check_rules(shelf, name, rules, at or this_moment())
    files = _as_reviewed(shelf, name)
    moment = (at or this_moment()).astimezone(UTC).isoformat(timespec="seconds")
    published = Entry(Step.PUBLISHED, str(name.release), by, moment, manifest=digest_of(files[MANIFEST]))
    approved = _approvals(shelf, name)
    steps = [
        {"step": str(e.step), "by": e.by} | ({"on": e.at[:10]} if at else {})
        for e in (*approved[-1:], published)
    ]
    described = json.loads(files[MANIFEST]) | {STEPS: steps}
    folder = name.release.within(shelf.releases)
    building = folder.with_name(BUILDING)
    write_folder(building, files | {MANIFEST: manifest_text(described).encode()})
    _keep_review(shelf, name)
    # Who publishes it is known, whenever this process ends.
    shelf.record.add(replace(published, step=Step.PUBLISHING))
    appear(building, folder)
    shelf.record.add(published)
    drop_candidates(shelf)
    shelf.show()
    return name.release


def _keep_review(shelf: Shelf, name: Name) -> None:
    """Keep what the reviewer read of a candidate that is published."""
    kept = name.release.within(shelf.reviews)
    building = kept.with_name(BUILDING)
    write_folder(building, _pack(shelf, name))
    shutil.rmtree(kept, ignore_errors=True)
    appear(building, kept)


def _pack(shelf: Shelf, name: Name) -> dict[str, bytes]:
    """Return the files of a candidate's review pack."""
    files = (file for file in name.within(shelf.candidates).iterdir() if file.is_file())
    return {file.name: file.read_bytes() for file in files}


def _digest_of(files: Mapping[str, bytes]) -> str:
    """Return one digest of several files."""
    return digest_of(
        "".join(f"{name} {digest_of(content)}\n" for name, content in sorted(files.items())).encode()
    )


def _approvals(shelf: Shelf, name: Name) -> list[Entry]:
    """Return the approvals of what was built under a name; others were of something else."""
    built = shelf.record.of(name, Step.BUILT)[-1].manifest
    return [entry for entry in shelf.record.of(name, Step.APPROVED) if entry.manifest == built]


def withdraw(shelf: Shelf, name: Name, by: str, reason: str) -> None:
    """Take a published release back: readers find a notice in its place, and `latest` is the one before.

    Raises:
        NotNowError: it is not published, or is withdrawn already.
    """
    if name.candidate or name not in shelf.record.published():
        raise NotNowError(f"{name} is not published: {_known(shelf)}")
    if shelf.record.is_withdrawn(name):
        raise NotNowError(f"{name} is withdrawn already")
    shelf.withdraw(name, Entry(Step.WITHDRAWN, str(name), by, now(), reason))


def reinstate(shelf: Shelf, name: Name, by: str, reason: str) -> None:
    """Publish a withdrawn release again, as it was.

    Raises:
        NotNowError: it is not withdrawn.
    """
    if name not in shelf.record.published() or not shelf.record.is_withdrawn(name):
        raise NotNowError(f"{name} is not withdrawn: {_known(shelf)}")
    shelf.reinstate(name, Entry(Step.REINSTATED, str(name), by, now(), reason))


def _check_candidate(shelf: Shelf, name: Name) -> None:
    newest = shelf.newest_candidate()
    if newest is None:
        raise NotNowError(f"there is no candidate: {_known(shelf)}. A run builds one when something changed")
    if name != newest:
        raise NotNowError(f"{name} is not the candidate that stands: that is {newest}. Review that one")
    if refused := shelf.record.of(name, Step.REFUSED):
        raise NotNowError(f"{name} was refused by {refused[-1].by}: {refused[-1].reason}")
    if _previous(shelf, name) != shelf.last_published():
        raise NotNowError(
            f"{name} was built before {shelf.last_published()} was published: run again, and review that"
        )


def _check_rules(shelf: Shelf, name: Name, rules: Rules, at: datetime) -> None:
    if rules.release_at and at < rules.release_at:
        when = f"{rules.release_at:%d %B %Y, %H:%M %Z}"
        raise NotNowError(f"nothing is published before {when}: city.toml says so (release_at)")
    if rules.approval and not _approvals(shelf, name):
        raise NotNowError(f"nobody has approved it: learning-indicators approve {name} --by NAME")


def _as_reviewed(shelf: Shelf, name: Name) -> dict[str, bytes]:
    """Return the files of a candidate without marks.

    Raises:
        NotNowError: they are not those that were built.
    """
    built = shelf.record.of(name, Step.BUILT)[-1]
    try:
        files = unmarked(read_folder(shelf.folder(name)))
    except UnmarkedError as error:
        raise NotNowError(f"{name} is not what was built: {error}") from None
    listed = {place: of["sha256"] for place, of in json.loads(files[MANIFEST])["files"].items()}
    there = {place: digest_of(content) for place, content in files.items() if place != MANIFEST}
    same_pack = built.pack in ("", _digest_of(_pack(shelf, name)))
    if digest_of(files[MANIFEST]) != built.manifest or listed != there or not same_pack:
        raise NotNowError(f"{name} is not what was built: files of it were changed. Delete it and run again")
    return files


def _says(shelf: Shelf, name: Name, files: Mapping[str, bytes]) -> bool:
    """Say whether a release or candidate has these files, the steps of its publication aside."""
    folder = shelf.folder(name)
    if not (folder / MANIFEST).is_file():
        return False
    there = read_folder(folder)
    if name.candidate:
        try:
            there = unmarked(there)
        except UnmarkedError:
            return False
    return there | {MANIFEST: manifest_text(shelf.manifest(name)).encode()} == dict(files)


def _previous(shelf: Shelf, name: Name) -> Name | None:
    text = json.loads((name.within(shelf.candidates) / PREVIOUS).read_text("utf-8"))
    return Name.parse(text) if text else None


def drop_candidates(shelf: Shelf) -> None:
    """Delete the candidates that are there: another takes their place, or there is nothing to publish."""
    for name in Name.all_within(shelf.candidates):
        if not shelf.record.of(name.release, Step.PUBLISHED):
            shelf.record.add(Entry(Step.DROPPED, str(name), "", now()))
        shutil.rmtree(name.within(shelf.candidates))


def _known(shelf: Shelf) -> str:
    names = [f"{name} ({shelf.status(name)})" for name in shelf.record.published()]
    return f"published are {', '.join(names)}" if names else "nothing is published yet"
