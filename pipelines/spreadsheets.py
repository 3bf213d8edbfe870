"""What people open in a spreadsheet must not run there."""

import polars as pl

_FORMULA = r"^([=+\-@\t\r])"
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV Injection)."""


_MARKED = r"^'([=+\-@\t\r])"


def harmless(column: str | pl.Expr) -> pl.Expr:
    """Return text as text: what a spreadsheet would take for a formula has an apostrophe before it."""
    text = pl.col(column) if isinstance(column, str) else column
    return text.str.replace(_FORMULA, "'$1")


def as_it_was(column: str) -> pl.Expr:
    """Return text that `harmless` gave without its apostrophe."""
    return pl.col(column).str.replace(_MARKED, "$1")
