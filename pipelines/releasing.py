"""The last step of the road: the published table and what is public about the run become a release."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path

import polars as pl

from pipelines.auditor.audit import audit
from pipelines.auditor.knowledge import read_known
from pipelines.auditor.releases import METHOD, Release
from pipelines.auditor.report import as_text
from pipelines.disclosure.counts import shapes_of
from pipelines.disclosure.method import described
from pipelines.disclosure.policy import PolicyError
from pipelines.extracts.ledger import events
from pipelines.extracts.reception import standing_returns
from pipelines.extracts.returns import Receipt
from pipelines.extracts.store import code_version as rule_set_version
from pipelines.indicators.goals import read_goals
from pipelines.indicators.not_measured import read_not_measured
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.protecting import note_published
from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.release import publish
from pipelines.reference import read_sources
from pipelines.release_decisions import decisions_of_release


def publish_release(pipeline: Pipeline) -> Path:
    """Publish a release of the year that is released last (`core.academic_year`); return its folder.

    Raises:
        ExposedError: the auditor refused it; the last release stands.
        KnownTotalsError: the list of counts that others publish cannot be used; so it does.
        PolicyError: the policy is another one than that of the last release, under the same version.
    """
    published = pl.read_parquet(pipeline.paths.published)
    linkage = pl.read_parquet(pipeline.paths.linkage)
    facts = release_facts(pipeline)
    refuse_unversioned(pipeline.paths.releases / "latest", facts.method)
    note_published(pipeline)
    inspect = partial(refuse_exposed, known_totals=pipeline.paths.known_totals)
    return publish(published, linkage, pipeline.catalogue, facts, pipeline.paths.releases, inspect=inspect)


def refuse_unversioned(last: Path, method: Mapping) -> None:
    """Refuse a policy that was changed and kept its version: two releases would say that they are under one.

    Raises:
        PolicyError: it was.
    """
    if not (last / METHOD).is_file():
        return
    before = Release(last).method
    changed = before.get("policy", method["policy"]) != method["policy"]
    if changed and before["policy_version"] == method["policy_version"]:
        raise PolicyError(
            f"the disclosure control policy has changed since the last release and is still version "
            f"{method['policy_version']}: raise it"
        )


class ExposedError(Exception):
    """A release would say too much of somebody. Holds the auditor's report."""


def refuse_exposed(folder: Path, known_totals: Path) -> None:
    """Audit a release before it appears, with the counts that others publish, where a file lists some.

    Raises:
        ExposedError: it is not safe.
        KnownTotalsError: the list cannot be used.
    """
    release = Release(folder)
    known = read_known(known_totals, release) if known_totals.exists() else None
    if not (verdict := audit(release, known=known)).safe:
        raise ExposedError(as_text(verdict))


def release_facts(pipeline: Pipeline) -> ReleaseFacts:
    """Gather what the release says of itself: public facts only, no counts of rows."""
    years = pipeline.release_years
    academic_year, standing = years.last, years.standing(standing_returns(pipeline.receipts()))
    reporting = pl.read_parquet(pipeline.paths.reporting).sort("academic_year", "provider_name")
    sources = read_sources(pipeline.paths.reference)
    unused = {name for name in sources if name.startswith("population")} - {pipeline.city.population.file}
    return ReleaseFacts(
        city=pipeline.city.name,
        area_code=pipeline.city.area_code,
        academic_year=academic_year,
        data_as_at=max(datetime.fromisoformat(r.prepared_at) for r in standing).date(),
        synthetic=pipeline.synthetic,
        publisher=pipeline.city.publisher,
        contact=pipeline.city.contact,
        rounding_base=pipeline.policy.base,
        providers=_providers(reporting),
        panel=reporting.filter(pl.col("in_panel"), academic_year=academic_year)["provider_name"].to_list(),
        inputs=[
            {
                "collection": r.collection,
                "provider": r.provider,
                "academic_year": r.academic_year,
                **({"part": r.part} if r.part else {}),
                "files": r.files,
            }
            for r in sorted(standing, key=lambda r: (r.academic_year, r.collection, r.provider, r.part))
        ],
        sources=[asdict(source) for name, source in sources.items() if name not in unused],
        code_version=code_version(pipeline.paths),
        rule_set=rule_set_version(),
        key_id=pipeline.secrets.key_id,
        codes=_codes(pipeline.paths),
        goals=read_goals(pipeline.paths.sql, pipeline.catalogue),
        not_measured=read_not_measured(pipeline.paths.sql, pipeline.catalogue),
        tolerances=_tolerances(pipeline, standing),
        settings=[*_settings(pipeline.paths), *_decisions(pipeline, years.released)],
        returns={year: of for year, of in _returns(pipeline.paths).items() if year in years.released},
        strata=pl.read_parquet(pipeline.paths.strata),
        method=described(shapes_of(pipeline.catalogue, pipeline.policy), pipeline.catalogue, pipeline.policy),
        alignment=pl.read_parquet(pipeline.paths.alignment).sort("academic_year", "age").to_dicts(),
    )


def _settings(paths: Paths) -> list[dict[str, str]]:
    """Return the files that people decide by, with hashes; not decisions on returns."""
    files = (paths.city, paths.policy, paths.known_totals, paths.linkage_model)
    return [
        {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file in files
        if file.is_file()
    ]


def _decisions(pipeline: Pipeline, released: Sequence[str]) -> list[dict[str, str]]:
    """Return what people decided about returns of released years."""
    past, paths = events(pipeline.paths.ledger), pipeline.paths
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


def _codes(paths: Paths) -> dict[str, dict[str, str]]:
    """Return dimension → code → what to print, in the order of printing."""
    codes: dict[str, dict[str, str]] = {}
    rows = pl.read_parquet(paths.codes).sort("dimension", "position", "code")
    for dimension, code, label in rows.select("dimension", "code", "label").iter_rows():
        codes.setdefault(dimension, {})[code] = label
    return codes


def _returns(paths: Paths) -> dict[str, tuple[int, int]]:
    """Return academic year → returns that stand, and returns that are owed."""
    coverage = pl.read_parquet(paths.coverage).filter(collection="_T").sort("academic_year")
    rows = coverage.select("academic_year", "returns_standing", "returns_expected").rows()
    return {year: (standing, owed) for year, standing, owed in rows}


def code_version(paths: Paths) -> str:
    """Return the hash of the code and SQL that make a release."""
    digest = hashlib.sha256()
    files = [*paths.code.glob("pipelines/**/*"), *paths.sql.glob("**/*")]
    for file in sorted(f for f in files if f.is_file() and "__pycache__" not in f.parts):
        digest.update(file.relative_to(paths.code).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _providers(reporting: pl.DataFrame) -> dict[str, list[str]]:
    """Return academic year → names of the providers whose learning is counted, in order."""
    names: dict[str, list[str]] = {}
    for year, name in reporting.select("academic_year", "provider_name").iter_rows():
        names.setdefault(year, []).append(name)
    return names
