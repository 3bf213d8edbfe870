"""The CSV: every finding on its line, to sort and tick off in a spreadsheet."""

import polars as pl

from pipelines.feedback.report import Report
from pipelines.spreadsheets import harmless


def findings_csv(report: Report) -> str:
    """Return the findings as CSV, in the order of the file: all of them."""
    fixes = {(table, rule): entry.fix for (table, rule), entry in report.book.items()}
    rows = report.marked.sort("table", "line", "rule")
    fix = [fixes[table, rule] for table, rule in rows.select("table", "rule").iter_rows()]
    return (
        rows.with_columns(pl.Series("how_to_fix", fix, pl.String))
        .select("table", "line", "record", "rule", "severity", "field", "message", "how_to_fix", "since")
        .with_columns(harmless(pl.col(pl.String)))
        .write_csv()
    )
