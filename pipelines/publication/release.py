"""Assembles the files of a release, and a manifest of what went in and what came out."""

from collections.abc import Mapping
from dataclasses import asdict

import polars as pl

from pipelines.indicators.catalogue import Indicator
from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.frameworks import frameworks_csv
from pipelines.publication.linkage_page import linkage_csv
from pipelines.publication.pages import goals_page, index_page, indicator_page, linkage_page, population_page
from pipelines.publication.population_page import alignment_csv, strata_csv
from pipelines.publication.tidy_csv import codelists_csv, csv_metadata, method_json, tidy_csv
from pipelines.releases.manifests import MANIFEST, digest_of, manifest_text

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
        "data/codelists.csv": codelists_csv(facts),
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
        "city": facts.city,
        "area_code": facts.area_code,
        "publisher": facts.publisher,
        "contact": facts.contact,
        "academic_year": facts.academic_year,
        "data_as_at": facts.data_as_at.isoformat(),
        "years": {year: asdict(said) for year, said in facts.years.items()},
        "returns": {year: list(numbers) for year, numbers in facts.returns.items()},
        "coverage": {year: dict(said) for year, said in facts.coverage.items()},
        "providers": {year: list(names) for year, names in facts.providers.items()},
        "panel": list(facts.panel),
        "school_ages": dict(facts.school_ages),
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
            name: {"sha256": digest_of(text.encode()), "bytes": len(text.encode())}
            for name, text in sorted(files.items())
        },
    }
    return manifest_text(description)


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
