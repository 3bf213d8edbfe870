"""The report of an audit, for a data-protection officer to read."""

from collections.abc import Iterator

from pipelines.auditor.attack import Exposed
from pipelines.auditor.audit import Verdict, YearVerdict
from pipelines.indicators.bands import TOTAL

SHOWN = 20
"""Exposed counts that are listed of a year."""


def as_text(verdict: Verdict) -> str:
    """Return the report: what was put together, what it shows, and what follows."""
    return "\n".join(_lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"Audit of release {verdict.release}: {'SAFE' if verdict.safe else 'NOT SAFE'}"
    yield ""
    version = verdict.policy_version
    yield f"Counts are published as multiples of {verdict.base}. The policy, version {version}, asks that"
    yield "nobody, with all that is published, can narrow one to fewer than"
    yield f"{verdict.interval + 1} numbers, or learn of anybody where a count is printed as [low]."
    yield ""
    for year in verdict.years:
        yield from _of_year(year, verdict)
    yield ""
    yield from _of_files(verdict)
    yield ""
    if verdict.safe:
        yield "Nothing stands in the way of publication."
    else:
        yield "Do not publish it. If it is published: where files were changed since, bring them back from a"
        yield "backup; else withdraw it and tell whoever signs the policy."


def _of_files(verdict: Verdict) -> Iterator[str]:
    if verdict.leaks:
        yield "Files say more than the published counts do:"
        yield from (f"  {leak}" for leak in verdict.leaks)
    else:
        yield "Figures: every one follows from published counts; every number on a page is in the data."
    if verdict.files is None:
        return
    if verdict.files.faults:
        yield "Files are not what they should be:"
        yield from (f"  {fault}" for fault in verdict.files.faults)
    elif verdict.files.remade:
        yield "Files: made again from the published counts, each is the same to the byte."
    else:
        yield "Files: each is the one that the manifest lists. Another version of the code made them, so that"
        yield "they could not be made again."


def _of_year(year: YearVerdict, verdict: Verdict) -> Iterator[str]:
    beside = f", together with {', '.join(year.releases[:-1])}" if len(year.releases) > 1 else ""
    yield f"{year.year}: {year.counts:,} counts{beside}"
    if year.proved:
        yield "  proved: the published numbers could themselves be exact, so that every count, and every"
        yield f"  group of people, may be up to {verdict.base - 1} more, and up to {verdict.base - 1} fewer"
    elif year.known:
        yield f"  attacked with what others publish ({year.known:,}); where that is so there is no proof"
    else:
        yield "  not proved: no people whatever have exactly the numbers that are published"
    yield f"  {year.attacked:,} counts attacked one by one, {len(year.exposed):,} of them narrowed too far"
    yield from (f"    {_said(exposed)}" for exposed in year.exposed[:SHOWN])
    if len(year.exposed) > SHOWN:
        yield f"    and {len(year.exposed) - SHOWN:,} more"


def _said(exposed: Exposed) -> str:
    indicator, part = exposed.where.name
    cell = exposed.where.cell
    place = [f"age {cell.age}", f"sex {cell.sex}", f"{cell.breakdown} {cell.category}"]
    place = [text for text in place if not text.endswith(TOTAL)]
    printed = exposed.published or "[low]"
    if exposed.width < 0:
        says = "contradicts the others: it was not rounded as the method says"
    elif exposed.width == 0:
        says = f"is exactly {exposed.least}"
    else:
        says = f"is {exposed.least} to {exposed.most}"
    return f"{exposed.where.release} {indicator} {part} ({', '.join(place) or 'total'}): {printed} {says}"
