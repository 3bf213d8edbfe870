"""Assembles the files of a release, and a manifest of what went in and what came out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import polars as pl

from pipelines.indicators.catalogue import Indicator
from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.frameworks import frameworks_csv
from pipelines.publication.linkage_page import linkage_csv
from pipelines.publication.pages import goals_page, index_page, indicator_page, linkage_page, population_page
from pipelines.publication.population_page import alignment_csv, strata_csv
from pipelines.publication.tidy_csv import csv_metadata, method_json, tidy_csv

MANIFEST = "manifest.json"
MANIFEST_VERSION = 2
"""Raised when a reader of manifests would have to change."""


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
        "years": {year: asdict(said) for year, said in facts.years.items()},
        "code_version": facts.code_version,
        "rule_set": facts.rule_set,
        "key_id": facts.key_id,
        "rounding_base": facts.rounding_base,
        "ledger": facts.ledger,
        "definitions": dict(facts.definitions),
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


def files_of(
    published: pl.DataFrame, linkage: pl.DataFrame, catalogue: Mapping[str, Indicator], facts: ReleaseFacts
) -> dict[str, bytes]:
    """Return every file of a release: relative name → content.

    Args:
        published: the published table.
        linkage: the published table on linkage.
        catalogue: of indicators.
        facts: about the release.
    """
    files = contents(published, linkage, catalogue, facts)
    files[MANIFEST] = manifest(files, facts)
    return {name: text.encode() for name, text in files.items()}


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
