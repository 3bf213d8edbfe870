"""Gathers the review pack of a candidate: what changed and why, what is missing, what the auditor says."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from pipelines.auditor.audit import Verdict
from pipelines.auditor.report import as_text
from pipelines.disclosure.revisions import Revision, YearRevision
from pipelines.extracts.returns import State
from pipelines.pipeline import Pipeline
from pipelines.protecting import Revisions
from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.review_page import Review, review_page
from pipelines.releases.differences import Change, as_csv, differences
from pipelines.releases.names import Name

PAGE, CHANGES, AUDIT = "index.html", "changes.csv", "audit.txt"
MARKERS = ("[x]", "[c]", "[p]", "[u]")
"""Markers that a reviewer is told of where a figure has them anew."""


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
    changes = differences(shelf.folder(last), folder, erased_years(pipeline, last)) if last else []
    revisions, audit = Revisions.read(pipeline.paths.revisions), as_text(verdicts[-1])
    rules = pipeline.city.publication.rules
    review = Review(
        name=str(name),
        previous=str(last) if last else "",
        audit=audit,
        years=[(year, *_said(of, pipeline.policy.smallest_change)) for year, of in revisions.years.items()],
        reasons=dict(Counter(str(change.reason) for change in changes).most_common()),
        changes=[_row(change, pipeline) for change in changes],
        newly=_newly(changes, pipeline),
        coverage=_coverage(pipeline, facts),
        waiting=_waiting(pipeline),
        warnings=_warnings(pipeline),
        learned=_learned(pipeline, changes, revisions),
        approval=rules.approval,
        release_at=f"{rules.release_at:%d %B %Y, %H:%M %Z}" if rules.release_at else "",
    )
    files = {PAGE: review_page(review, facts), CHANGES: as_csv(changes), AUDIT: audit}
    return {name: text.encode() for name, text in files.items()}


def erased_years(pipeline: Pipeline, last: Name | None) -> set[str]:
    """Return the academic years of which records were erased since a release was published."""
    file = pipeline.paths.erasures
    if last is None or not file.exists():
        return set()
    published = pipeline.shelf.record.of(last)[-1].at
    entries = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return {year for entry in entries if entry["at"] >= published for _, year, _, _ in entry["records"]}


def waiting_years(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Return the academic years of which changes are kept back, and why."""
    smallest = pipeline.policy.smallest_change
    years = Revisions.read(pipeline.paths.revisions).years
    return [(year, f"changes wait. {_said(of, smallest)[1]}") for year, of in years.items() if of.waits]


def _said(revision: YearRevision, smallest: int) -> tuple[str, str]:
    """Return what becomes of a year, and why."""
    return {
        Revision.NEW: ("Published for the first time", ""),
        Revision.UNCHANGED: ("Repeated", "Its counts are what they were."),
        Revision.REVISED: ("Revised", f"Its counts differ by {revision.people:,} people or more."),
        Revision.FEW: (
            "Repeated; changes wait",
            f"They are of fewer than {smallest} people, and would tell of these.",
        ),
        Revision.NO_CAUSE: (
            "Repeated; changes wait",
            "Nothing public would explain them. They go out with the next changes that something does.",
        ),
    }[revision.what]


def _row(change: Change, pipeline: Pipeline) -> dict[str, str]:
    return {
        "indicator": change.indicator,
        "label": pipeline.catalogue[change.indicator].label,
        "academic_year": change.academic_year,
        "place": change.place,
        "before": change.before,
        "after": change.after,
        "people": "" if change.people is None else f"{change.people:+,}",
        "reason": str(change.reason),
        "returns": change.returns,
    }


def _newly(changes: Iterable[Change], pipeline: Pipeline) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        for marker in change.new_markers:
            label = pipeline.catalogue[change.indicator].label
            found[marker].append(f"{label}, {change.academic_year}, {change.place}")
    return [(marker, found[marker]) for marker in MARKERS if marker in found]


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
    """Return a line for each return that is neither counted nor replaced by one that is."""
    receipts = [*pipeline.receipts(), *pipeline.missing_returns()]
    settled = (State.ACCEPTED, State.SUPERSEDED, State.WITHDRAWN, State.REPEATED)
    return [
        f"{r.folder_year}/{r.folder_provider}: {r.state}" + (f": {r.message}" if r.message else "")
        for r in sorted(receipts, key=lambda r: (r.folder_year, r.folder_provider))
        if r.state not in settled
    ]


def _warnings(pipeline: Pipeline) -> list[tuple[str, int]]:
    """Return the checks that warn and do not block, with how many rows break each."""
    found = [
        (check.description, pipeline.failing_rows(check)) for check in pipeline.checks if not check.blocking
    ]
    return [(text, rows) for text, rows in found if rows]


def _learned(pipeline: Pipeline, changes: Sequence[Change], revisions: Revisions) -> Mapping[str, list[str]]:
    """Return, for each year that was allowed to be revised for few, the counts that moved."""
    few = {
        year
        for year in pipeline.shelf.record.allowed_revisions()
        if year in revisions.years and revisions.years[year].people < pipeline.policy.smallest_change
    }
    return {
        year: [
            f"{pipeline.catalogue[c.indicator].label}, {c.place}: {c.people:+,}"
            for c in changes
            if c.academic_year == year and c.people
        ]
        for year in sorted(few)
    }
