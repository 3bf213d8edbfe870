"""The shorthand in tables: GSS letters in square brackets, each explained where it is used."""

import re
from collections.abc import Iterable

import polars as pl

MEANINGS = {
    "[low]": "Rounds to zero: the count is from 0 to {highest}. It is not a statement that nobody is there.",
    "[u]": "Low reliability: a small population, or a value that the population estimate cannot bear out.",
    "[x]": "Not available: the population is too small, or not known for this group.",
}
NOT_THERE = "[x]"


def used(texts: Iterable[str]) -> list[str]:
    """Return the markers that occur in `texts`, in the order of `MEANINGS`.

    Raises:
        KeyError: a marker has no meaning here: a table must not print what it does not explain.
    """
    found = {marker for text in texts for marker in re.findall(r"\[[^\]]*\]", text)}
    if unknown := found - set(MEANINGS):
        raise KeyError(f"no meaning for {', '.join(sorted(unknown))}")
    return [marker for marker in MEANINGS if marker in found]


def explained(texts: Iterable[str], base: int) -> list[tuple[str, str]]:
    """Return marker and meaning for each marker in `texts`."""
    return [(marker, MEANINGS[marker].format(highest=base - 1)) for marker in used(texts)]


def value_text(row: dict) -> str:
    """Return a figure as a table prints it: `14.2`, `[low]`, `105.0 [u]`."""
    if row["value"] is None:
        return row["markers"]
    return f"{row['value']:,.{row['decimals']}f} {row['markers']}".strip()


def count_text(count: int | None) -> str:
    """Return a protected count as a table prints it; what rounds to zero is never 0."""
    if count is None:
        return ""
    return f"{count:,}" if count else "[low]"


def texts_of(frame: pl.DataFrame) -> list[str]:
    """Return every text cell of a frame."""
    return [
        text for column in frame.get_columns() if column.dtype == pl.String for text in column.drop_nulls()
    ]
