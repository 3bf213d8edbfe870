"""The first page of a candidate: what a reviewer reads before signing. It is never published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.pages import render


@dataclass(frozen=True)
class Review:
    """What a reviewer has to know of a candidate.

    Args:
        name: of the candidate.
        previous: of the release that it is compared with; empty for the first.
        audit: what the auditor reports.
        changes: what changed, in the words of the page (`pipelines/reviewed_changes.py`).
        years: academic year, what becomes of it, and why; in order.
        returns: returns that are new, others or gone: whose, which, when prepared, and when they came.
        coverage: academic year, returns received, returns expected, and the share of last year's learners.
        waiting: returns that are not counted, and why.
        warnings: checks that warned: what each asks, how many rows break it, and what they are of.
        learned: academic years that a person allowed to revise for few → what an outsider could learn.
        approval: whether a person has to approve it.
        release_at: before when it is not published; empty where that is any time.
    """

    name: str
    previous: str
    audit: str
    changes: object
    years: Sequence[tuple[str, str, str]] = ()
    returns: Sequence[tuple[str, str, str, str]] = ()
    coverage: Sequence[tuple[str, int, int, str]] = ()
    waiting: Sequence[str] = ()
    warnings: Sequence[tuple[str, int, str]] = ()
    learned: Mapping[str, Sequence[str]] | None = None
    approval: bool = True
    release_at: str = ""


def review_page(review: Review, facts: ReleaseFacts) -> str:
    """Return the page."""
    return render(
        "review.html",
        facts,
        root="release/",
        title=f"Review of candidate {review.name}",
        crumb="",
        r=review,
        c=review.changes,
        safe=review.audit.splitlines()[0].endswith(": SAFE"),
    )
