"""Gathers the review pack of a candidate: what changed and why, what is missing, what the auditor says."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import polars as pl

from pipelines.auditor.audit import Verdict
from pipelines.auditor.report import as_text
from pipelines.disclosure.revisions import Revision, YearRevision
from pipelines.extracts.returns import State
from pipelines.identity.erasures import erased_since
from pipelines.indicators.terms import DIMENSIONS
from pipelines.pipeline import Pipeline
from pipelines.protecting import Revisions
from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.review_page import Review, review_page
from pipelines.releases.differences import Change, as_csv, differences
from pipelines.releases.names import Name
from pipelines.releases.record import Step

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
    changes = differences(shelf.folder(last), folder, _erased_years(pipeline, last)) if last else []
    reporting = pl.read_parquet(pipeline.paths.reporting).select("provider_id", "provider_name")
    row = partial(_row, facts=facts, pipeline=pipeline, names=dict(reporting.iter_rows()))
    revisions, audit = Revisions.read(pipeline.paths.revisions), as_text(verdicts[-1])
    rules = pipeline.city.publication.rules
    review = Review(
        name=str(name),
        previous=str(last) if last else "",
        audit=audit,
        years=[(year, *_said(of, pipeline.policy.smallest_change)) for year, of in revisions.years.items()],
        reasons=dict(Counter(str(change.reason) for change in changes).most_common()),
        headlines=[row(change) for change in changes if _is_headline(change, pipeline)],
        changes=[row(change) for change in changes],
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


def waiting_years(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Return the academic years of which changes are kept back, and why."""
    smallest = pipeline.policy.smallest_change
    years = Revisions.read(pipeline.paths.revisions).years
    return [(year, f"changes wait. {_said(of, smallest)[1]}") for year, of in years.items() if of.waits]


def _erased_years(pipeline: Pipeline, last: Name) -> set[str]:
    """Return the academic years of which records were erased since a release was published."""
    published = pipeline.shelf.record.of(last, Step.PUBLISHED)[-1].at
    return set(erased_since(pipeline.paths.erasures, published))


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


def _row(change: Change, facts: ReleaseFacts, pipeline: Pipeline, names: Mapping[str, str]) -> dict[str, str]:
    return {
        "indicator": change.indicator,
        "label": _label(change, pipeline),
        "academic_year": change.academic_year,
        "place": _place(change, facts),
        "before": change.before,
        "after": change.after,
        "people": "" if change.people is None else f"{change.people:+,}",
        "reason": str(change.reason),
        "returns": _with_names(change.returns, names),
    }


def _with_names(returns: str, names: Mapping[str, str]) -> str:
    """Return what is said of returns with the names of providers in the place of their numbers."""
    return re.sub(r"[^;,: ]+(?=,)", lambda number: names.get(number[0], number[0]), returns)


def _label(change: Change, pipeline: Pipeline) -> str:
    known = pipeline.catalogue.get(change.indicator)
    return known.label if known else change.indicator


def _place(change: Change, facts: ReleaseFacts) -> str:
    """Return where a figure stands, in the words of the pages."""
    parts = (part.partition(" ") for part in change.place.split(", "))
    return ", ".join(facts.codes.get(name, {}).get(code, f"{name} {code}".strip()) for name, _, code in parts)


def _is_headline(change: Change, pipeline: Pipeline) -> bool:
    """Say whether readers see another headline of an indicator in the year that the release is of."""
    known = pipeline.catalogue.get(change.indicator)
    if known is None or change.before == change.after:
        return False
    place = ", ".join(f"{name} {known.headline[name]}" for name in DIMENSIONS if name in known.headline)
    return change.place == (place or "all") and change.academic_year == pipeline.release_years.last


def _newly(changes: Iterable[Change], pipeline: Pipeline) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        for marker in change.new_markers:
            found[marker].append(f"{_label(change, pipeline)}, {change.academic_year}, {change.place}")
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
            f"{_label(c, pipeline)}, {c.place}: {c.people:+,}"
            for c in changes
            if c.academic_year == year and c.people
        ]
        for year in sorted(few)
    }
