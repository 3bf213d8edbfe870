"""Assembles a release: a folder that appears whole or not at all, and is never changed afterwards."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from pipelines.indicators.catalogue import Indicator
from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.frameworks import frameworks_csv
from pipelines.publication.linkage_page import linkage_csv
from pipelines.publication.pages import goals_page, index_page, indicator_page, linkage_page, population_page
from pipelines.publication.population_page import alignment_csv, strata_csv
from pipelines.publication.tidy_csv import csv_metadata, method_json, tidy_csv
from pipelines.years import AcademicYear

MANIFEST = "manifest.json"
MANIFEST_VERSION = 1
"""Raised when a reader of manifests would have to change."""
LATEST = "latest"
_BUILDING = ".building"


def contents(
    published: pl.DataFrame, linkage: pl.DataFrame, catalogue: Mapping[str, Indicator], facts: ReleaseFacts
) -> dict[str, str]:
    """Return every file of a release but the manifest: relative name → text."""
    files = {
        "index.html": index_page(published, catalogue, facts),
        "goals.html": goals_page(published, catalogue, facts),
        "linkage.html": linkage_page(linkage, facts),
        "data/linkage.csv": linkage_csv(linkage, facts),
        "data/frameworks.csv": frameworks_csv(published, catalogue, facts),
        "data/method.json": method_json(facts),
    }
    if facts.alignment:
        files["population.html"] = population_page(facts)
        files["data/alignment.csv"] = alignment_csv(facts)
    if not facts.strata.is_empty():
        files["data/strata.csv"] = strata_csv(facts)
    for key, indicator in catalogue.items():
        rows = published.filter(indicator=key)
        if rows.height:
            files[f"{key}.html"] = indicator_page(indicator, rows, facts)
            files[f"data/{key}.csv"] = tidy_csv(indicator, rows, facts)
            files[f"data/{key}.csv-metadata.json"] = csv_metadata(indicator, facts)
    return files


def manifest(files: Mapping[str, str], facts: ReleaseFacts) -> str:
    """Return what went in, by which code, under which rules, and what came out, with hashes.

    It holds no time of the run, so that the same inputs give the same bytes, and no row counts.
    """
    description = {
        "manifest_version": MANIFEST_VERSION,
        "title": f"Learning in {facts.city}, {facts.academic_year}",
        "notice": facts.notice,
        "synthetic": facts.synthetic,
        "area_code": facts.area_code,
        "academic_year": facts.academic_year,
        "data_as_at": facts.data_as_at.isoformat(),
        "code_version": facts.code_version,
        "rule_set": facts.rule_set,
        "key_id": facts.key_id,
        "rounding_base": facts.rounding_base,
        "inputs": [dict(entry) for entry in facts.inputs],
        "reference": [dict(entry) for entry in facts.sources],
        "settings": [dict(entry) for entry in facts.settings],
        "tolerances": [dict(entry) for entry in facts.tolerances],
        "files": {
            name: {"sha256": hashlib.sha256(text.encode()).hexdigest(), "bytes": len(text.encode())}
            for name, text in sorted(files.items())
        },
    }
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"


def publish(  # noqa: PLR0913
    published: pl.DataFrame,
    linkage: pl.DataFrame,
    catalogue: Mapping[str, Indicator],
    facts: ReleaseFacts,
    releases: Path,
    *,
    inspect: Callable[[Path], None] = lambda _: None,
) -> Path:
    """Put a release into `releases/<2024-25>/<n>/` and return its folder.

    Args:
        published: the published table.
        linkage: the published table on linkage.
        catalogue: of indicators.
        facts: about the release.
        releases: holds all of them.
        inspect: sees the finished folder before it appears, and raises what keeps it from it.

    If the newest release of the year is the same to the byte, that one is returned and nothing is written.
    `releases/latest` points at the newest release of the newest year: publishing a correction of an earlier
    year does not take readers back to it.
    """
    files = contents(published, linkage, catalogue, facts)
    files[MANIFEST] = manifest(files, facts)
    year = releases / AcademicYear.parse(facts.academic_year).folder
    year.mkdir(parents=True, exist_ok=True)
    _clear(releases)
    newest = _numbers(year)[-1:]
    if newest and _same(year / str(newest[0]), files):
        folder = year / str(newest[0])
    else:
        folder = year / str(newest[0] + 1 if newest else 1)
        _write(year / _BUILDING, files)
        inspect(year / _BUILDING)
        _appear(year / _BUILDING, folder)
    _point(releases / LATEST, _newest(releases))
    return folder


def faults(folder: Path) -> list[str]:
    """Return what is wrong with a release on disk, by its manifest: nothing, if it is whole."""
    listed = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {MANIFEST}
    wrong = [f"{name}: missing" for name in sorted(set(listed) - there)]
    wrong += [f"{name}: not in the manifest" for name in sorted(there - set(listed))]
    for name in sorted(there & set(listed)):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != listed[name]["sha256"]:
            wrong.append(f"{name}: changed")
    return wrong


def _clear(releases: Path) -> None:
    """Remove what a run that died left half-made, in any year."""
    for leftover in releases.glob(f"*/{_BUILDING}"):
        shutil.rmtree(leftover)
    _link_in_the_making(releases / LATEST).unlink(missing_ok=True)


def _numbers(year: Path) -> list[int]:
    return sorted(int(folder.name) for folder in year.iterdir() if folder.name.isdigit())


def _newest(releases: Path) -> Path:
    """Return the newest release of the newest year that has one: `2024-25` sorts as its years do."""
    years = [folder for folder in releases.iterdir() if folder.is_dir() and not folder.is_symlink()]
    year = max((folder for folder in years if _numbers(folder)), key=lambda folder: folder.name)
    return year / str(_numbers(year)[-1])


def _same(folder: Path, files: Mapping[str, str]) -> bool:
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    return there.keys() == files.keys() and all(
        there[name].read_bytes() == text.encode() for name, text in files.items()
    )


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())
    for inner in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        _sync(inner)


def _appear(building: Path, folder: Path) -> None:
    """Give a finished folder its name, in one step that lasts."""
    building.rename(folder)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Make the names in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _point(link: Path, folder: Path) -> None:
    """Switch a symbolic link in one step."""
    target = folder.relative_to(link.parent)
    if link.is_symlink() and link.readlink() == target:
        return
    building = _link_in_the_making(link)
    building.symlink_to(target)
    building.replace(link)
    _sync(link.parent)


def _link_in_the_making(link: Path) -> Path:
    return link.with_name(f".{link.name}{_BUILDING}")
