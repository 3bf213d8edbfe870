"""`learning-indicators check`: the verdict on a file before it is sent, on its provider's own computer.

It needs no warehouse, no secret, no configuration and no network, and keeps nothing of what it reads: rows
and findings are sealed meanwhile under a key that nobody keeps.
"""

import tempfile
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import polars as pl

from pipelines.extracts.counting import Stager, counted
from pipelines.extracts.deliveries import Delivery, by_format
from pipelines.extracts.files import shown
from pipelines.extracts.holding import held_by_itself
from pipelines.extracts.judging import findings_in, judge
from pipelines.extracts.plausibility import Limits
from pipelines.extracts.reception import FILE_RECOGNISED
from pipelines.extracts.returns import Refused, State
from pipelines.extracts.rules import Severity
from pipelines.feedback.mailing import write_report
from pipelines.feedback.report import Group, Report, why
from pipelines.identity.vault import Drawer, Vault
from pipelines.indicators.catalogue import Indicator

ACCEPTED, SET_ASIDE, NOT_ACCEPTED = 0, 3, 4
"""Exit statuses: everything accepted; accepted, but rows set aside; something not accepted."""
_LISTED = 5
_WIDTH = 100


def check(
    files: Sequence[Path],
    catalogue: Mapping[str, Indicator],
    out: Path | None,
    limits: Limits | None = None,
    staging: Callable[[Path], Stager] | None = None,
) -> list[Report]:
    """Judge files as the reception desk would, wherever they lie.

    Args:
        files: of one or more returns.
        catalogue: the indicators.
        out: folder to write reports into.
        limits: beyond which the city holds a return; what the return before says is not known here.
        staging: gives what tells whether a return can count, with a folder for what does not fit into memory.
    """
    reports = []
    for delivery in _deliveries(files):
        with tempfile.TemporaryDirectory() as folder:
            stager = staging(Path(folder)) if staging else None
            report = _judge(delivery, Vault.throwaway(Path(folder)), catalogue, limits, stager)
        if out:
            stem = out / f"{delivery.files[0].stem}-report"
            write_report(report, stem.with_suffix(".html"), stem.with_suffix(".csv"))
        reports.append(report)
    return reports


def status(reports: Iterable[Report]) -> int:
    """Return the exit status that says the worst that was found."""
    return max(map(_status, reports), default=NOT_ACCEPTED)


def as_text(report: Report) -> str:
    """Return what a terminal shows of a report: nothing in it can move the cursor or turn text round."""
    lines = [", ".join(report.receipt.files), "", f"  {report.sentence}"]
    if report.refusal:
        lines += [f"  What to do: {report.refusal.fix}"]
    for rows in report.rows:
        lost = "".join(
            f", {number:,} {word}"
            for number, word in ((rows.set_aside, "set aside"), (rows.duplicates, "duplicates"))
            if number
        )
        lines += [f"    {rows.table.replace('_', ' ')}: {rows.read:,} rows, {rows.kept:,} kept{lost}"]
    if report.not_counted:
        lines += [f"    {report.counting}", *(f"      {n:,} x {what}" for what, n in report.not_counted)]
    lines += [line for said in report.alone for line in _wrapped("    ", said)]
    for severity, heading in _HEADINGS.items():
        groups = [g for g in report.groups if g.entry.severity is severity]
        if groups:
            lines += ["", f"  {heading}"]
        for group in groups:
            lines += ["", *_group_lines(report, group)]
    return "\n".join(map(shown, lines)) + "\n"


_HEADINGS = {
    Severity.QUARANTINE: "SET ASIDE: these rows are not counted",
    Severity.WARN: "REMARKS: no reason to set a row aside",
}


def _group_lines(report: Report, group: Group) -> list[str]:
    entry = group.entry
    places = [f"{record} (line {line})" if record else f"line {line}" for record, line in group.rows]
    more = group.count - min(len(places), _LISTED)
    where = ", ".join(places[:_LISTED]) + (f" and {more:,} more" if more else "")
    return [
        *_wrapped(f"    {group.count:,} x ", f"{entry.message}  [{entry.id}]"),
        *_wrapped("      Why:   ", why(entry, report.changes(entry))),
        *_wrapped("      Fix:   ", entry.fix),
        *_wrapped("      Where: ", where),
    ]


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=label, subsequent_indent=" " * len(label))


def _deliveries(files: Sequence[Path]) -> list[Delivery]:
    return [Delivery.of("", "", group, module) for module, group in by_format(files)]


def _judge(
    delivery: Delivery,
    vault: Vault,
    catalogue: Mapping[str, Indicator],
    limits: Limits | None,
    stager: Stager | None,
) -> Report:
    drawer = vault.drawer(vault.folder / "return")
    if delivery.module is None:
        receipt = delivery.refusal(Refused(FILE_RECOGNISED))
    else:
        drawer.empty()
        receipt = judge(delivery, drawer, in_place=False)
        if stager and receipt.state is State.ACCEPTED:
            receipt = counted(receipt, *stager.stage([(receipt, drawer)]))
        if limits and receipt.state is State.ACCEPTED:
            receipt = held_by_itself(receipt, partial(_accepted, drawer, delivery), limits)
    return Report(receipt, findings_in(drawer), None, delivery.module, catalogue)


def _accepted(drawer: Drawer, delivery: Delivery, table: str) -> pl.DataFrame:
    none = pl.DataFrame(schema=delivery.module.CONTRACTS[table].accepted_schema)
    return pl.concat([none, *drawer.frames(table, list(none.columns))])


def _status(report: Report) -> int:
    if not report.accepted:
        return NOT_ACCEPTED
    lost = any(rows.set_aside or rows.duplicates for rows in report.rows)
    return SET_ASIDE if lost else ACCEPTED
