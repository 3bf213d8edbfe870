"""The first page of a candidate: what a reviewer reads before signing. It is never published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.pages import render

SHOWN = 15
"""Changes that are listed on the page; the file beside it has all."""


@dataclass(frozen=True)
class Review:
    """What a reviewer has to know of a candidate.

    Args:
        name: of the candidate.
        previous: of the release that it is compared with; empty for the first.
        audit: what the auditor reports.
        years: academic year, what becomes of it, and why; in order.
        reasons: reason → how many figures changed for it.
        changes: rows of what changed, the largest first, labelled for reading.
        headlines: those of them that are headlines of the year of the release.
        newly: marker → what it means, and the figures that have it now and had not.
        coverage: academic year, returns received, returns expected, and the share of last year's learners.
        waiting: returns that are not accepted, and why.
        warnings: checks that warned: what each asks, and how many rows break it.
        learned: academic years that a person allowed to revise for few → what an outsider could learn.
        approval: whether a person has to approve it; `release_at`: before when it is not published.
    """

    name: str
    previous: str
    audit: str
    years: Sequence[tuple[str, str, str]] = ()
    reasons: Mapping[str, int] | None = None
    changes: Sequence[Mapping[str, str]] = ()
    headlines: Sequence[Mapping[str, str]] = ()
    newly: Sequence[tuple[str, Sequence[str]]] = ()
    coverage: Sequence[tuple[str, int, int, str]] = ()
    waiting: Sequence[str] = ()
    warnings: Sequence[tuple[str, int]] = ()
    learned: Mapping[str, Sequence[str]] | None = None
    approval: bool = True
    release_at: str = ""


def review_page(review: Review, facts: ReleaseFacts) -> str:
    """Return the page."""
    return render(
        "review.html",
        facts,
        title=f"Review of candidate {review.name}",
        crumb="",
        r=review,
        total=sum((review.reasons or {}).values()),
        shown=review.changes[:SHOWN],
        safe=review.audit.splitlines()[0].endswith(": SAFE"),
    )
