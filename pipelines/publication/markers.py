"""The shorthand in tables: GSS letters in square brackets, each explained where it is used."""

import re
from collections.abc import Iterable

import polars as pl

MEANINGS = {
    "[low]": "Rounds to zero: the count behind it is from 0 to {highest}, or it is too small for its digits. "
    "It is not a statement that nobody is there.",
    "[u]": "Low reliability: a small population, a value that the population estimate cannot bear out, "
    "or an index of which one side rounds to zero.",
    "[e]": "Estimated: more than one in twenty is of unknown age; they are in it by their likely share.",
    "[p]": "Provisional: of the learners that providers had the year before, some are with providers whose "
    "returns have not come. The figure is too low by an unknown amount.",
    "[x]": "Not available: the population is too small or not known for this group, or too few returns "
    "have come.",
    "[c]": "Withheld to keep people's information confidential: it would hold of everybody in a small group.",
    "[d]": "The definition differs from the official one.",
    "[z]": "Not applicable.",
}
LOW, NOT_THERE = "[low]", "[x]"
PUT_TOGETHER = "Others, put together"
"""The label of others (core.code_list)."""
WHY_TOGETHER = "Each alone would say how many learners one provider has, or helps to hide one that would."


def used(texts: Iterable[str]) -> list[str]:
    """Return the markers that occur in `texts`, in the order of `MEANINGS`.

    Raises:
        KeyError: a marker has no meaning here: a table must not print what it does not explain.
    """
    found = {marker for text in texts for marker in re.findall(r"\[[^\]]*\]", text)}
    if unknown := found - set(MEANINGS):
        raise KeyError(f"no meaning for {', '.join(sorted(unknown))}")
    return [marker for marker in MEANINGS if marker in found]


def explained(texts: Iterable[str], low: int) -> list[tuple[str, str]]:
    """Return marker and meaning for each marker in `texts`, and why others are put together, if some are."""
    texts = list(texts)
    others = [("Others", WHY_TOGETHER)] if any(text.endswith(PUT_TOGETHER) for text in texts) else []
    return [(marker, MEANINGS[marker].format(highest=low - 1)) for marker in used(texts)] + others


def rounds_to_zero(row: dict) -> bool:
    """Return whether the protected count behind a figure is 0, which no product may print as a figure.

    Disclosure control leaves such a value out already. Publication asks again: a 0 % (or, of the people not
    found, a 100 %) would state that nobody is there, and it is the one error that cannot be taken back.
    """
    return row["numerator"] == 0


def value_text(row: dict) -> str:
    """Return a figure as a table prints it: `14.2`, `[low]`, `105.0 [u]`; never blank, never a nought."""
    if row["value"] is None:
        return row["markers"] or NOT_THERE
    if rounds_to_zero(row):
        return LOW
    return f"{row['value']:,.{row['decimals']}f} {row['markers']}".strip()


def count_text(count: int | None) -> str:
    """Return a protected count as a table prints it; what rounds to zero is never 0."""
    if count is None:
        return ""
    return f"{count:,}" if count else LOW


def texts_of(frame: pl.DataFrame) -> list[str]:
    """Return every text cell of a frame."""
    return [
        text for column in frame.get_columns() if column.dtype == pl.String for text in column.drop_nulls()
    ]
