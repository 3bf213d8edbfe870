"""What people open in a spreadsheet must not run there."""

import polars as pl

_FORMULA = r"^([=+\-@\t\r])"
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV Injection)."""


def harmless(column: str | pl.Expr) -> pl.Expr:
    """Return text as text: what a spreadsheet would take for a formula has an apostrophe before it."""
    text = pl.col(column) if isinstance(column, str) else column
    return text.str.replace(_FORMULA, "'$1")
