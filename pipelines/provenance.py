"""What is public about where a release comes from: its returns, its settings, its code. No counts of rows."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict

from pipelines.disclosure.revisions import Grounds
from pipelines.extracts.ledger import events
from pipelines.extracts.reception import standing_returns
from pipelines.extracts.returns import Receipt
from pipelines.extracts.store import code_version as rule_set_version
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.reference import read_sources
from pipelines.release_decisions import decisions_of_release
from pipelines.versions import code_version

OF_ALL_YEARS = ("reference", "settings", "code_version", "rule_set", "key_id")
"""What a manifest says of all years alike."""


def provenance(pipeline: Pipeline, released: Collection[str]) -> dict:
    """Return what a manifest says of where a release of some academic years comes from, as of now."""
    standing = [r for r in standing_returns(pipeline.receipts()) if r.academic_year in released]
    sources = read_sources(pipeline.paths.reference)
    unused = {name for name in sources if name.startswith("population")} - {pipeline.city.population.file}
    return {
        "code_version": code_version(pipeline.paths),
        "rule_set": rule_set_version(),
        "key_id": pipeline.secrets.key_id,
        "definitions": {key: _definition(pipeline.paths, key) for key in pipeline.catalogue},
        "inputs": [
            {
                "collection": r.collection,
                "provider": r.provider,
                "academic_year": r.academic_year,
                **({"part": r.part} if r.part else {}),
                "files": r.files,
            }
            for r in sorted(standing, key=lambda r: (r.academic_year, r.collection, r.provider, r.part))
        ],
        "reference": [asdict(source) for name, source in sources.items() if name not in unused],
        "settings": [*_settings(pipeline.paths), *_decisions(pipeline, released)],
        "tolerances": _tolerances(pipeline, standing),
    }


def changed_files(pipeline: Pipeline) -> list[str]:
    """Return the reference lists and settings that are not what the last release was made with.

    By path; a new one is not among them.

    Raises:
        ReferenceError: the lists and their sources differ.
    """
    last, paths = pipeline.shelf.last_published(), pipeline.paths
    if last is None:
        return []
    now = {name: source.sha256 for name, source in read_sources(paths.reference).items()}
    manifest = pipeline.shelf.manifest(last)
    lists = _changed(manifest.get("reference", ()), now)
    places = {file.name: file for file in (paths.city, paths.policy, paths.known_totals, paths.linkage_model)}
    of_settings = [entry for entry in manifest.get("settings", ()) if entry["file"] in places]
    settings = _changed(of_settings, {entry["file"]: entry["sha256"] for entry in _settings(paths)})
    found = [*(places[name] for name in settings), *(paths.reference / name for name in lists)]
    return [str(file.relative_to(paths.root)) for file in found]


def _changed(then: Iterable[Mapping], now: Mapping[str, str]) -> list[str]:
    return sorted(entry["file"] for entry in then if now.get(entry["file"]) != entry["sha256"])


def grounds(
    now: Mapping,
    last: Mapping,
    of_years: Mapping[str, Mapping],
    allowed: Collection[str] = (),
) -> Grounds:
    """Return on what years may be revised that were published before.

    Args:
        now: where the next release would come from.
        last: the manifest of the last release.
        of_years: academic year → the manifest of the last release that has it.
        allowed: years that a person has decided to revise.
    """
    there = _by_year(now)
    inputs = {year for year, said in of_years.items() if _by_year(said).get(year) != there.get(year)}
    public = any(now[name] != last.get(name) for name in OF_ALL_YEARS)
    return Grounds(public, inputs, allowed)


def as_published(now: Mapping, of_years: Mapping[str, Mapping], repeated: Collection[str]) -> dict:
    """Return where a release comes from of which years are repeated: their returns are those of then.

    Args:
        now: where all years would come from.
        of_years: academic year → the manifest of the last release that has it.
        repeated: academic years.
    """
    found: dict[str, list] = {}
    for name in ("inputs", "tolerances"):
        then = (e for year in repeated for e in of_years[year].get(name, ()) if e["academic_year"] == year)
        others = (entry for entry in now[name] if entry["academic_year"] not in repeated)
        found[name] = sorted([*then, *others], key=lambda entry: entry["academic_year"])
    return {**now, **found}


def _by_year(described: Mapping) -> dict[str, list]:
    years: dict[str, list] = {}
    for entry in described.get("inputs", ()):
        years.setdefault(entry["academic_year"], []).append(entry)
    return years


def _definition(paths: Paths, indicator: str) -> str:
    """Return the hash of what says who counts in an indicator: its text, and its SQL where it has any."""
    files = (paths.sql / "indicators" / f"{indicator}{ending}" for ending in (".yml", ".sql"))
    content = b"\0".join(file.read_bytes() for file in files if file.is_file())
    return hashlib.sha256(content).hexdigest()[:16]


def _settings(paths: Paths) -> list[dict[str, str]]:
    """Return the files that people decide by, with hashes; not decisions on returns."""
    files = (paths.city, paths.policy, paths.known_totals, paths.linkage_model)
    return [
        {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file in files
        if file.is_file()
    ]


def _decisions(pipeline: Pipeline, released: Collection[str]) -> list[dict[str, str]]:
    """Return what people decided about returns of released years."""
    past, paths = events(pipeline.vault), pipeline.paths
    return decisions_of_release(pipeline.store.decisions, past, released, paths.decisions.name)


def _tolerances(pipeline: Pipeline, standing: Sequence[Receipt]) -> list[dict[str, str]]:
    """Return the tolerances that were used: a public fact, without the number of rows."""
    return [
        {
            "provider": receipt.provider,
            "academic_year": receipt.academic_year,
            "rule": granted.rule,
            "limit": granted.limit,
            "reason": granted.reason,
        }
        for receipt in sorted(standing, key=lambda r: (r.academic_year, r.provider, r.collection))
        for granted in pipeline.store.decisions.tolerances(receipt.folder_provider, receipt.folder_year)
        if granted.rule in receipt.tolerated
    ]
