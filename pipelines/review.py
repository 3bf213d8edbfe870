"""Gathers the review pack of a candidate: what changed and why, what is missing, what the auditor says."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipelines.auditor.audit import Verdict
from pipelines.auditor.report import as_text
from pipelines.basis import erased_of
from pipelines.disclosure.revisions import Revision, YearRevision
from pipelines.extracts.ledger import events
from pipelines.extracts.reception import standing_returns
from pipelines.extracts.returns import State
from pipelines.models import Check
from pipelines.pipeline import Pipeline
from pipelines.protecting import Revisions
from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.review_page import Review, review_page
from pipelines.releases.differences import Change, as_csv, changed_returns, differences
from pipelines.releases.names import Name
from pipelines.reviewed_changes import ReviewedChanges

PAGE, CHANGES, AUDIT = "index.html", "changes.csv", "audit.txt"


def review_pack(
    pipeline: Pipeline, facts: ReleaseFacts, verdicts: Sequence[Verdict], name: Name, folder: Path
) -> dict[str, bytes]:
    """Return the files of the review pack: the first page, all changes, and the auditor's report.

    Args:
        pipeline: of the city.
        facts: about the release.
        verdicts: of the audit: one.
        name: of the candidate.
        folder: of the finished release.
    """
    shelf, last = pipeline.shelf, pipeline.shelf.last_published()
    changes = differences(shelf.folder(last), folder, _erased_years(pipeline)) if last else []
    revisions, audit = Revisions.read(pipeline.paths.revisions), as_text(verdicts[-1])
    rules = pipeline.city.publication.rules
    review = Review(
        name=str(name),
        previous=str(last) if last else "",
        audit=audit,
        years=[(year, *_said(of, pipeline.policy.smallest_change)) for year, of in revisions.years.items()],
        changes=ReviewedChanges.of(
            changes, pipeline.catalogue, facts, pl.read_parquet(pipeline.paths.published), _names(pipeline)
        ),
        returns=_changed_returns(pipeline, shelf.folder(last), folder) if last else [],
        coverage=_coverage(pipeline, facts),
        waiting=_waiting(pipeline),
        warnings=_warnings(pipeline),
        learned=_learned(pipeline, changes, revisions),
        approval=rules.approval,
        release_at=f"{rules.release_at:%d %B %Y, %H:%M %Z}" if rules.release_at else "",
    )
    files = {PAGE: review_page(review, facts), CHANGES: as_csv(changes), AUDIT: audit}
    return {place: text.encode() for place, text in files.items()}


def waiting_years(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Return the academic years of which changes are kept back, and why."""
    smallest = pipeline.policy.smallest_change
    years = Revisions.read(pipeline.paths.revisions).years
    return [(year, f"changes wait. {_said(of, smallest)[1]}") for year, of in years.items() if of.waits]


def _erased_years(pipeline: Pipeline) -> set[str]:
    """Return the academic years of which records were erased since they were last revised."""
    basis = Revisions.read(pipeline.paths.revisions).basis
    said = {year: basis.manifest_of_year(pipeline.shelf, year) for year in basis.years}
    return {year for year, manifest in said.items() if manifest and erased_of(pipeline, year, manifest)}


def _said(revision: YearRevision, smallest: int) -> tuple[str, str]:
    """Return what becomes of a year, and why."""
    return {
        Revision.NEW: ("Published for the first time", ""),
        Revision.UNCHANGED: ("Unchanged", "Its counts are what they were when they were published."),
        Revision.REVISED: (
            "Revised",
            f"At least {revision.people:,} people joined or left one of its counts. "
            f"The policy asks for {smallest} before a year is revised.",
        ),
        Revision.FEW: (
            "Unchanged; changes wait",
            f"They are of fewer than {smallest} people, and would tell of these.",
        ),
        Revision.NO_CAUSE: (
            "Unchanged; changes wait",
            "Nothing public would explain them. They go out with the next changes that something does.",
        ),
    }[revision.what]


def _names(pipeline: Pipeline) -> dict[str, str]:
    """Return the number of each provider that reports → its name."""
    return dict(pl.read_parquet(pipeline.paths.reporting).select("provider_id", "provider_name").iter_rows())


def _changed_returns(pipeline: Pipeline, before: Path, after: Path) -> list[tuple[str, str, str, str]]:
    """Return the returns that differ: whose, what became of it, when it was prepared, and when it came."""
    came = {event.return_id: event.noticed_at[:10] for event in reversed(events(pipeline.vault))}
    standing = {
        (r.academic_year, r.collection, r.provider, r.part): r for r in standing_returns(pipeline.receipts())
    }
    names, found = _names(pipeline), []
    for cause in changed_returns(before, after):
        receipt = standing.get((cause.academic_year, cause.collection, cause.provider, cause.part))
        prepared = (receipt.prepared_at or "")[:10] if receipt else ""
        said = str(cause).replace(cause.provider, names.get(cause.provider, cause.provider), 1)
        found.append((said, str(cause.reason), prepared, came.get(receipt.return_id, "") if receipt else ""))
    return found


def _coverage(pipeline: Pipeline, facts: ReleaseFacts) -> list[tuple[str, int, int, str]]:
    shares = dict(
        pl.read_parquet(pipeline.paths.coverage)
        .filter(collection="_T")
        .select("academic_year", "share_of_last_years_learners")
        .iter_rows()
    )
    return [
        (year, *of, "–" if shares.get(year) is None else f"{100 * shares[year]:.0f} %")
        for year, of in facts.returns.items()
    ]


def _waiting(pipeline: Pipeline) -> list[str]:
    """Return a line for each return that is not counted: whose, why, and whether another of theirs is."""
    receipts = pipeline.receipts()
    standing = {(r.folder_year, r.folder_provider) for r in standing_returns(receipts)}
    settled = (State.ACCEPTED, State.SUPERSEDED, State.WITHDRAWN, State.REPEATED)
    names = _names(pipeline)
    return [
        f"{names.get(r.folder_provider, r.folder_provider)}, {r.folder_year}: {r.state}"
        + (f". {r.message}" if r.message else ".")
        + (
            " Another return of theirs for the year is counted."
            if (r.folder_year, r.folder_provider) in standing
            else " Nothing of theirs is counted for the year."
        )
        for r in sorted(
            [*receipts, *pipeline.missing_returns()], key=lambda r: (r.folder_year, r.folder_provider)
        )
        if r.state not in settled
    ]


def _warnings(pipeline: Pipeline) -> list[tuple[str, int, str]]:
    """Return the checks that warn and do not block: what each asks, how many rows break it, and of what."""
    found = []
    for check in pipeline.checks:
        if not check.blocking and (rows := pipeline.failing_rows(check)):
            found.append((check.description, rows, _units(pipeline, check)))
    return found


def _units(pipeline: Pipeline, check: Check) -> str:
    """Return the indicators and years of the rows that break a check; nothing, where it says none."""
    with pipeline.warehouse() as connection:
        rows = connection.sql(check.query)
        if not {"indicator", "academic_year"} <= set(rows.columns):
            return ""
        years = "indicator, string_agg(distinct academic_year, ', ' order by academic_year) as years"
        found = rows.aggregate(years, "indicator").order("indicator").fetchall()
    return "; ".join(f"{pipeline.catalogue[key].label} ({years})" for key, years in found)


def _learned(pipeline: Pipeline, changes: Sequence[Change], revisions: Revisions) -> dict[str, list[str]]:
    """Return, for each year that was allowed to be revised for few, the counts that moved."""
    few = {
        year
        for year in pipeline.shelf.record.allowed_revisions()
        if year in revisions.years and revisions.years[year].people < pipeline.policy.smallest_change
    }
    return {
        year: [
            f"{c.indicator}, {c.place}: {c.people:+,}"
            for c in changes
            if c.academic_year == year and c.people
        ]
        for year in sorted(few)
    }
