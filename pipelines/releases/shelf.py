"""Where candidates and releases lie, and the record beside them: what stands, and in which order it came."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from html import escape
from pathlib import Path

from pipelines.releases.folders import BUILDING, appear, clear, point, write_file, write_folder
from pipelines.releases.manifests import MANIFEST, faults, without_steps
from pipelines.releases.names import Name
from pipelines.releases.record import RECORD, Entry, Record, Step, now

INDEX, LATEST = "releases.json", "latest"
FOUND = "found at a start"
"""Who took a step that no process wrote down: it was killed, or of a version that kept no record."""
_NOTICE = """\
<!doctype html>
<html lang="en-GB">
<head><meta charset="utf-8"><title>Release {name} is withdrawn</title></head>
<body>
<h1>Release {name} is withdrawn</h1>
<p>{reason}</p>
</body>
</html>
"""


class ReleaseGoneError(Exception):
    """A release that was published is not there any more, or is another one. Says what can be done."""


class Shelf:
    """The folders of candidates, releases and withdrawn releases of a city.

    Args:
        var: holds them.
    """

    def __init__(self, var: Path) -> None:
        self.candidates, self.releases = var / "candidates", var / "releases"
        self.reviews, self._withdrawn = var / "reviews", var / "withdrawn"
        self.record = Record(var / RECORD)

    def settle(self) -> None:
        """Finish what a process that was killed began. Only for whoever holds the run lock."""
        for root in (self.candidates, self.releases, self.reviews):
            clear(root, root / LATEST)
        known = set(self.record.published())
        for name in Name.all_within(self.releases):
            if name not in known:
                begun = self.record.of(name, Step.PUBLISHING)
                found = Entry(Step.PUBLISHED, str(name), FOUND, now())
                self.record.add(replace(begun[-1], step=Step.PUBLISHED) if begun else found)
        for name in Name.all_within(self._withdrawn):
            if not self.record.of(name, Step.WITHDRAWN):
                self.record.add(Entry(Step.WITHDRAWN, str(name), FOUND, now()))
        for name in self.record.published():
            if self.record.is_withdrawn(name):
                self._take_away(name)
            else:
                self._put_back(name)
        self.show()

    def miss(self, names: Iterable[str]) -> None:
        """Refuse to go on where releases that were published are not there.

        Raises:
            ReleaseGoneError: they are not.
        """
        if gone := ", ".join(names):
            raise ReleaseGoneError(
                f"{gone} was published, and is not in {self.releases} any more: bring that folder and "
                f"{RECORD} back from a backup. What comes next is compared with it"
            )

    def check(self) -> None:
        """Refuse to go on where a release is not what was published.

        Raises:
            ReleaseGoneError: so it is.
        """
        for name in self.record.published():
            if wrong := self.faults(name):
                raise ReleaseGoneError(
                    f"release {name} is not what was published: {'; '.join(wrong)}. Bring "
                    f"{self.folder(name)} back from a backup. What comes next is compared with it"
                )

    def faults(self, name: Name) -> list[str]:
        """Return what is wrong with the files of a release or candidate, by its manifest and the record."""
        noted = self.record.of(name, Step.BUILT if name.candidate else Step.PUBLISHED)
        return faults(self.folder(name), noted[-1].manifest if noted else "")

    def show(self) -> None:
        """Bring `latest`, and the list of releases that readers find beside it, up to date."""
        standing = [name for name in self.record.published() if not self.record.is_withdrawn(name)]
        if self.releases.exists():
            point(self.releases / LATEST, max(standing).within(self.releases) if standing else None)
            listed = [self._listed(name) for name in sorted(self.record.published(), reverse=True)]
            write_file(self.releases / INDEX, json.dumps(listed, indent=1, ensure_ascii=False) + "\n")
        newest = self.newest_candidate()
        if self.candidates.exists():
            point(self.candidates / LATEST, newest.within(self.candidates) if newest else None)

    def last_published(self) -> Name | None:
        """Return the release that was published last, withdrawn or not: readers may have it."""
        return (self.record.published() or [None])[-1]

    def last_year(self) -> str | None:
        """Return the last academic year of which a release was published, as people write it: 2024/25."""
        years = [name.year for name in self.record.published()]
        return max(years).replace("-", "/") if years else None

    def newest_candidate(self) -> Name | None:
        """Return the candidate that was built last, if it is still there."""
        built = [e for e in self.record.entries if e.step is Step.BUILT]
        names = [Name.parse(entry.subject) for entry in built]
        standing = (n for n in reversed(names) if not self.record.of(n, Step.DROPPED))
        return next((n for n in standing if (self.folder(n) / MANIFEST).is_file()), None)

    def next_candidate(self, year: str) -> Name:
        """Return the name of the next candidate of an academic year's next release."""
        number = 1 + max((n.number for n in self.record.published() if n.year == year), default=0)
        built = [Name.parse(e.subject) for e in self.record.entries if e.step is Step.BUILT]
        of_it = [n.candidate for n in built if (n.year, n.number) == (year, number)]
        return Name(year, number, 1 + max(of_it, default=0))

    def folder(self, name: Name) -> Path:
        """Return where the files of a release or candidate lie; they need not be there."""
        if name.candidate:
            return name.within(self.candidates) / "release"
        return name.within(self._withdrawn if self.record.is_withdrawn(name) else self.releases)

    def manifest(self, name: Name) -> dict:
        """Return what a release or candidate says went into it, without the steps of its publication.

        Raises:
            ReleaseGoneError: it has no manifest.
        """
        file = self.folder(name) / MANIFEST
        if not file.is_file():
            raise ReleaseGoneError(
                f"release {name} was published, and {file.parent} has no {MANIFEST} any more: bring the "
                "folder back from a backup. What comes next is compared with it"
            )
        return without_steps(json.loads(file.read_text("utf-8")))

    def manifest_of_year(self, year: str) -> dict:
        """Return the manifest of the last published release that has an academic year; empty, if none has."""
        for name in reversed(self.record.published()):
            manifest = self.manifest(name)
            if year in (manifest.get("years") or {e["academic_year"] for e in manifest.get("inputs", ())}):
                return manifest
        return {}

    def status(self, name: Name) -> str:
        """Return what it is: candidate, approved, refused, published, superseded or withdrawn."""
        if name.candidate and self.record.of(name, Step.REFUSED):
            return "refused"
        if name.candidate:
            return "approved" if self.record.of(name, Step.APPROVED) else "candidate"
        if self.record.is_withdrawn(name):
            return "withdrawn"
        published = [n for n in self.record.published() if n.year == name.year]
        later = [n for n in published if n.number > name.number and not self.record.is_withdrawn(n)]
        return "superseded" if later else "published"

    def withdraw(self, name: Name, entry: Entry) -> None:
        """Write down that a release is withdrawn, and put a notice in its place."""
        self.record.add(entry)
        self._take_away(name)
        self.show()

    def reinstate(self, name: Name, entry: Entry) -> None:
        """Write down that a withdrawn release is published again, and put it in the place of the notice."""
        self.record.add(entry)
        self._put_back(name)
        self.show()

    def _take_away(self, name: Name) -> None:
        """Move a withdrawn release out of readers' sight; the audit of later ones goes on reading it."""
        there, kept = name.within(self.releases), name.within(self._withdrawn)
        if not kept.exists() and there.exists():
            appear(there, kept)
        if not there.exists():
            reason = self.record.of(name, Step.WITHDRAWN)[-1].reason
            page = _NOTICE.format(name=name, reason=escape(reason))
            building = there.with_name(BUILDING)
            write_folder(building, {"index.html": page.encode()})
            appear(building, there)

    def _put_back(self, name: Name) -> None:
        """Move a release that is not withdrawn any more to where readers find it."""
        there, kept = name.within(self.releases), name.within(self._withdrawn)
        if kept.exists():
            shutil.rmtree(there, ignore_errors=True)
            appear(kept, there)

    def _listed(self, name: Name) -> dict:
        steps = [
            {"step": str(e.step), "by": e.by, "at": e.at} | ({"reason": e.reason} if e.reason else {})
            for e in self.record.of(name)
            if e.step is not Step.PUBLISHING
        ]
        return {"release": str(name), "status": self.status(name), "steps": steps}
