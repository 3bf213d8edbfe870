"""The page: what became of a return, what to correct first, and where. One file, loading nothing."""

import html
from pathlib import Path

import polars as pl
from great_tables import GT, loc, style
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.extracts.rules import Severity
from pipelines.feedback.report import Group, Report, why

SEVERITY_WORDS = {
    Severity.REFUSE: "The return waits",
    Severity.HOLD: "The return is held",
    Severity.QUARANTINE: "Set aside",
    Severity.WARN: "Remark",
}
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
_LOOK = {
    "table_width": "100%",
    "table_font_names": ["inherit"],
    "table_font_size": "1rem",
    "table_border_top_style": "none",
    "column_labels_font_weight": "bold",
    "data_row_padding": "6px",
}


def report_page(report: Report) -> str:
    """Return the page of one return as HTML; the same report gives the same bytes."""
    receipt = report.receipt
    return _ENVIRONMENT.get_template("report.html").render(
        title=report.title,
        sentence=report.sentence,
        accepted=report.accepted,
        receipt=receipt,
        files=list(receipt.files.items()),
        rows=_rows(report) if report.rows else "",
        counting=report.counting,
        alone=report.alone,
        not_counted=report.not_counted,
        refusal=report.refusal,
        groups=[_section(report, group) for group in report.groups],
        overview=_overview(report) if report.groups else "",
        since=_since(report),
        tolerated=report.tolerated,
    )


def _rows(report: Report) -> str:
    names = ["Records", "In the file", "Kept", "Set aside", "Duplicates"]
    rows = [
        (r.table.replace("_", " "), *(f"{n:,}" for n in (r.read, r.kept, r.set_aside, r.duplicates)))
        for r in report.rows
    ]
    return _table(pl.DataFrame(rows, schema=names, orient="row"), "rows", numbers=names[1:])


def _overview(report: Report) -> str:
    names = ["What happens", "Rule", "Field", "What is wrong", "Rows"]
    rows = [
        (SEVERITY_WORDS[g.entry.severity], g.entry.id, g.entry.field, g.entry.message, f"{g.count:,}")
        for g in report.groups
    ]
    return _table(pl.DataFrame(rows, schema=names, orient="row"), "findings", numbers=names[-1:])


def _table(frame: pl.DataFrame, identifier: str, numbers: list[str]) -> str:
    table = GT(frame, id=identifier).cols_align("right", columns=numbers).tab_options(**_LOOK)
    if identifier == "findings":
        lost = (frame["What happens"] == SEVERITY_WORDS[Severity.QUARANTINE]).arg_true().to_list()
        table = table.tab_style(style.text(weight="bold"), [loc.body(columns="What happens", rows=lost)])
    return table.as_raw_html()


def _section(report: Report, group: Group) -> dict:
    entry = group.entry
    return {
        "anchor": html.escape(f"{entry.table}-{entry.id}"),
        "entry": entry,
        "word": SEVERITY_WORDS[entry.severity],
        "why": why(entry, report.changes(entry)),
        "count": group.count,
        "rows": group.rows,
        "more": group.more,
        "new": group.new,
        "still_open": group.still_open,
    }


def _since(report: Report) -> str:
    """Say what changed since the return before."""
    if report.fixed is None:
        return ""
    new, still_open = sum(g.new for g in report.groups), sum(g.still_open for g in report.groups)
    return f"Since the return before: {report.fixed:,} fixed, {still_open:,} still open, {new:,} new."
