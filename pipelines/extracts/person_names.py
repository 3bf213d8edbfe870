"""Names of persons, as formats keep them, and what their senders' programs do to the letters of names.

A program that takes UTF-8 for an older encoding and saves what it reads as UTF-8 writes JosÃ© for José. That
is undone where it can be nothing else.
"""

import re
from collections.abc import Iterator

import ftfy
import polars as pl

from pipelines.extracts.rules import Rule, Severity

_SUSPECT = re.compile("[^\x00-\x7f][^\x00-\x7fÀ-ÖØ-öø-ɏ]|[^\x00-\x7fÀ-ÖØ-öø-ɏ][^\x00-\x7f]")
"""Two signs in a row of which one is no Latin letter: what is encoded twice has such."""


def name_of(*parts: str) -> pl.Expr:
    """Return columns that are parts of a name as one, trimmed, encoded once; null where none is given."""
    joined = pl.concat_str(
        [pl.col(part).str.strip_chars() for part in parts], separator=" ", ignore_nulls=True
    )
    given = joined.str.strip_chars()
    return pl.when(given != "").then(
        given.map_batches(_encoded_once, return_dtype=pl.String, is_elementwise=True)
    )


def name_rules(*fields: str) -> Iterator[Rule]:
    """Yield a rule for each field of a name: that it is not encoded twice."""
    for name in fields:
        again = pl.col(name).map_batches(_encoded_once, return_dtype=pl.String, is_elementwise=True)
        yield Rule(
            f"{name.lower()}_encoded_twice",
            name,
            pl.col(name) == again,
            f"The letters of {name} were encoded twice, as in JosÃ© for José; they are read as José.",
            Severity.WARN,
            fix="Nothing for this file. Have your program open and save files as UTF-8.",
        )


def _encoded_once(names: pl.Series) -> pl.Series:
    if not names.str.contains(_SUSPECT.pattern).any():
        return names
    mended = [ftfy.fix_encoding(name) if name and _SUSPECT.search(name) else name for name in names]
    return pl.Series(names.name, mended, pl.String)
