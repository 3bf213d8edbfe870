"""The last step of the road: the published table and what is public about the run become a candidate."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from pipelines.auditor.audit import Verdict, audit
from pipelines.auditor.knowledge import read_known
from pipelines.auditor.releases import METHOD, Release
from pipelines.auditor.report import as_text
from pipelines.disclosure.counts import shapes_of
from pipelines.disclosure.method import described
from pipelines.disclosure.policy import PolicyError
from pipelines.extracts.reception import standing_returns
from pipelines.extracts.returns import Receipt
from pipelines.indicators.goals import read_goals
from pipelines.indicators.not_measured import read_not_measured
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.protecting import Revisions
from pipelines.provenance import as_published, provenance
from pipelines.publication.facts import ReleaseFacts, YearFacts
from pipelines.publication.population_page import published_alignment
from pipelines.publication.release import files_of
from pipelines.releases import lifecycle
from pipelines.releases.names import Name
from pipelines.releases.shelf import Shelf
from pipelines.remaking.check import check_files
from pipelines.review import review_pack
from pipelines.years import AcademicYear

ITSELF = "learning-indicators, for the city is invented"
"""Who publishes the release of a synthetic city."""


def build_candidate(pipeline: Pipeline) -> Name:
    """Build a candidate for the next release; return its name, or that of the release that says the same.

    Raises:
        ExposedError: the auditor refused it; what is published stands.
        KnownTotalsError: the list of counts that others publish cannot be used; so it does.
        PolicyError: the policy is another one than that of the last release, under the same version.
    """
    shelf, paths = pipeline.shelf, pipeline.paths
    published, linkage = pl.read_parquet(paths.published), pl.read_parquet(paths.linkage)
    facts = release_facts(pipeline)
    if last := shelf.last_published():
        refuse_unversioned(shelf.folder(last), facts.method)
    verdicts: list[Verdict] = []
    inspect = partial(inspect_candidate, pipeline, verdicts)
    review = partial(review_pack, pipeline, facts, verdicts)
    files = files_of(published, linkage, pipeline.catalogue, facts)
    year = AcademicYear.parse(facts.academic_year).folder
    return lifecycle.build(shelf, year, files, inspect, review)


def publish_by_itself(pipeline: Pipeline, candidate: Name) -> Name:
    """Publish the candidate of a synthetic city; of real people, a person does."""
    if not candidate.candidate or not pipeline.synthetic:
        return candidate
    return lifecycle.publish(pipeline.shelf, candidate, ITSELF, lifecycle.Rules(approval=False))


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


def inspect_candidate(pipeline: Pipeline, verdicts: list[Verdict], name: Name, folder: Path) -> None:
    """Audit a release before it appears, together with all that were published; add the verdict to those.

    Raises:
        ExposedError: it is not safe.
        KnownTotalsError: the list of counts that others publish cannot be used.
    """
    release, earlier = Release(folder, str(name)), published_before(pipeline.shelf)
    verdicts.append(refuse_exposed(release, pipeline.paths.known_totals, earlier))


def refuse_exposed(release: Release, known_totals: Path, earlier: Sequence[Release] = ()) -> Verdict:
    """Audit a release with the counts that others publish, where a file lists some.

    Raises:
        ExposedError: it is not safe.
        KnownTotalsError: the list cannot be used.
    """
    known = read_known(known_totals, release) if known_totals.exists() else None
    if not (verdict := audit(release, earlier, known=known, files=check_files(release))).safe:
        raise ExposedError(as_text(verdict))
    return verdict


def published_before(shelf: Shelf) -> list[Release]:
    """Return all that was published, withdrawn releases too, in the order in which it was."""
    folders = (shelf.folder(name) for name in shelf.record.published())
    return [Release(folder) for folder in folders if (folder / METHOD).is_file()]


def release_facts(pipeline: Pipeline) -> ReleaseFacts:
    """Gather what the release says of itself: public facts only, no counts of rows."""
    paths, shelf = pipeline.paths, pipeline.shelf
    revisions = Revisions.read(paths.revisions)
    basis = revisions.basis
    before = {year: basis.manifest_of_year(shelf, year) for year in revisions.years}
    of = pipeline.release_years
    academic_year, standing = of.last, of.standing(standing_returns(pipeline.receipts()))
    reporting = pl.read_parquet(paths.reporting).sort("academic_year", "provider_name")
    origin = as_published(provenance(pipeline, of.released), before, revisions.repeated)
    name = shelf.next_candidate(AcademicYear.parse(academic_year).folder).release
    years = _years(standing, revisions, before, str(name))
    return ReleaseFacts(
        city=pipeline.city.name,
        area_code=pipeline.city.area_code,
        academic_year=academic_year,
        data_as_at=date.fromisoformat(max(year.data_as_at for year in years.values())),
        synthetic=pipeline.synthetic,
        publisher=pipeline.city.publisher,
        contact=pipeline.city.contact,
        rounding_base=pipeline.policy.base,
        providers=_providers(reporting.filter(pl.col("academic_year").is_in(list(years)))),
        panel=reporting.filter(pl.col("in_panel"), academic_year=academic_year)["provider_name"].to_list(),
        inputs=origin["inputs"],
        sources=origin["reference"],
        code_version=origin["code_version"],
        rule_set=origin["rule_set"],
        key_id=origin["key_id"],
        codes=_codes(paths),
        goals=read_goals(paths.sql, pipeline.catalogue),
        not_measured=read_not_measured(paths.sql, pipeline.catalogue),
        tolerances=origin["tolerances"],
        settings=origin["settings"],
        returns={year: found for year, found in _returns(paths).items() if year in of.released},
        strata=pl.read_parquet(paths.strata),
        method=described(shapes_of(pipeline.catalogue, pipeline.policy), pipeline.catalogue, pipeline.policy),
        alignment=published_alignment(pl.read_parquet(paths.alignment)),
        definitions=origin["definitions"],
        ledger=revisions.ledger,
        years=years,
        coverage=pipeline.coverage.published(years),
        school_ages=pipeline.city.school_ages.model_dump(mode="json"),
    )


def _years(
    standing: Sequence[Receipt], revisions: Revisions, before: Mapping[str, Mapping], name: str
) -> dict[str, YearFacts]:
    """Return academic year → what is said of it; of one that is repeated, what was said."""
    years = {}
    for year, revision in revisions.years.items():
        said = before[year]
        if revision.repeats and year in said.get("years", {}):
            years[year] = YearFacts.of(said["years"][year])
            continue
        prepared = [r.prepared_at[:10] for r in standing if r.academic_year == year]
        # A release of an earlier version does not say in which one a year was revised.
        revised_in = revisions.states[year] if revision.repeats else name
        as_at = max(prepared, default=said.get("data_as_at", ""))
        years[year] = YearFacts(revised_in, as_at, revisions.far.get(year, 0))
    return years


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


def _providers(reporting: pl.DataFrame) -> dict[str, list[str]]:
    """Return academic year → names of the providers whose learning is counted, in order."""
    names: dict[str, list[str]] = {}
    for year, name in reporting.select("academic_year", "provider_name").iter_rows():
        names.setdefault(year, []).append(name)
    return names
