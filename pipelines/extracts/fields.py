"""Fields that several extract formats share: learner numbers, postcodes, dates, codes.

Each function takes a text column, by name or as an expression, and returns a polars expression. Where it says
whether a value holds, null (a missing value) gives null, which counts as holding: that something is missing
is a rule of its own.
"""

from collections.abc import Iterable
from functools import partial

import polars as pl

Text = str | pl.Expr
"""A text column, by name or as an expression."""

NO_ULN = "9999999999"
"""The unique learner number of a learner who has none yet (ILR specification, ULN)."""

_POSTCODE = r"^[A-Z]{1,2}([0-9]{1,2}|[0-9][A-Z]) [0-9][ABD-HJLNP-UW-Z]{2}$"


def uln_checksum_holds(column: Text) -> pl.Expr:
    """Say whether a ten-digit learner number has the right check digit; others are not judged.

    The digits times 10, 9, … 1 sum to 10 modulo 11; `NO_ULN` is exempt. Source: ILR validation rules
    2025/26, ULN_04 and derived data DD01.
    """
    return _text(column).map_batches(_checksum_holds, return_dtype=pl.Boolean, is_elementwise=True)


def is_uln(column: Text) -> pl.Expr:
    """Say whether a text is a unique learner number: ten digits with the right check digit, or `NO_ULN`."""
    number = compatible(column)
    return number.str.contains(r"^[1-9][0-9]{9}$") & uln_checksum_holds(number)


def valid_uln(column: Text) -> pl.Expr:
    """Return a learner number, null where it is none: a wrong number must never join two people."""
    return pl.when(is_uln(column)).then(compatible(column))


def compatible(column: Text) -> pl.Expr:
    """Return a text with characters that only look otherwise in their plain form: full-width digits, say.

    Source: Unicode Standard Annex 15, normalisation form KC. Digits of other scripts stay what they are.
    """
    return _text(column).str.normalize("NFKC")


def spaced_postcode(column: Text) -> pl.Expr:
    """Return a postcode in capitals with one space before its last three characters."""
    bare = compatible(column).str.to_uppercase().str.replace_all(r"\s+", "")
    return bare.str.replace(r"^(.+)(.{3})$", "$1 $2")


def postcode_holds(column: Text) -> pl.Expr:
    """Say whether a postcode has a valid form, whatever its case and spaces. `ZZ99 9ZZ` (unknown) has one.

    Source: ILR validation rules 2025/26, Postcode_15.
    """
    return _text(column).map_batches(_postcode_holds, return_dtype=pl.Boolean, is_elementwise=True)


def valid_postcode(column: Text) -> pl.Expr:
    """Return the postcode as `spaced_postcode` does, null where its form is not valid."""
    return _text(column).map_batches(_valid_postcode, return_dtype=pl.String, is_elementwise=True)


def is_date(column: Text, *patterns: tuple[str, str]) -> pl.Expr:
    """Say whether a text is a date of the calendar in one of `patterns`, as for `to_date`."""
    return _text(column).is_null() | to_date(column, *patterns).is_not_null()


def to_date(column: Text, *patterns: tuple[str, str]) -> pl.Expr:
    """Return a text as a date, null where it is none.

    Args:
        column: a text column.
        patterns: (regular expression that the whole text matches, strptime form) in order of preference.
            strptime alone would also take one-digit days and months.
    """
    parse = partial(_dates, patterns=patterns)
    return _text(column).map_batches(parse, return_dtype=pl.Date, is_elementwise=True)


def without_zone(column: Text) -> pl.Expr:
    """Return a date of XML Schema without the zone that it may have."""
    return _text(column).str.replace(r"(?:Z|[+-][0-9]{2}:[0-9]{2})$", "")


def day_is_first(column: Text) -> pl.Expr:
    """Say whether a date is no other one with day and month exchanged, as the rest of its column may be.

    Where one date of a column can only have the month first (`9/25/2001`), those that can be two days are
    doubtful. Looks at the whole column.
    """
    parts = compatible(column).str.extract_groups(r"^([0-9]{1,2})/([0-9]{1,2})/[0-9]{4}$")
    first, second = (parts.struct.field(name).cast(pl.Int64, strict=False) for name in ("1", "2"))
    some_month_first = ((first <= _MONTHS) & (second > _MONTHS)).any()
    return ~(some_month_first & (first <= _MONTHS) & (second <= _MONTHS) & (first != second))


_MONTHS = 12
OLDEST = 115
"""Years: nobody is this old."""


def plausible_birth(born: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Say whether somebody who was born on a date can learn from a day on: then alive, and not too old."""
    return (born < day) & (born > day.dt.offset_by(f"-{OLDEST}y"))


def plausible_only(born: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return a date of birth, null where it cannot be true."""
    return pl.when(plausible_birth(born, day).fill_null(True)).then(born)


def whole(column: Text) -> pl.Expr:
    """Return a number without the `.0` that exports from COLLECT add to whole ones."""
    return compatible(column).str.replace(r"^([0-9]+)\.0$", "$1")


def code_in(column: Text, codes: Iterable[str]) -> pl.Expr:
    """Say whether a value is one of a closed list of codes."""
    return _text(column).is_in(sorted(codes))


def unless(exempt: pl.Expr, holds: pl.Expr) -> pl.Expr:
    """Say whether a rule holds for a row that may be exempt from it."""
    return exempt.fill_null(False) | holds


def _text(column: Text) -> pl.Expr:
    return pl.col(column) if isinstance(column, str) else column


def _checksum_holds(text: pl.Series) -> pl.Series:
    number = text.set(~text.str.contains(r"^[1-9][0-9]{9}$"), None).cast(pl.Int64)
    weighted = sum((number // 10 ** (weight - 1) % 10) * weight for weight in range(1, 11))
    return (weighted % 11 == 10) | (text == NO_ULN)


def _postcode_holds(text: pl.Series) -> pl.Series:
    return _of_each_different(text, spaced_postcode("text").str.contains(_POSTCODE))


def _valid_postcode(text: pl.Series) -> pl.Series:
    spaced = spaced_postcode("text")
    return _of_each_different(text, pl.when(spaced.str.contains(_POSTCODE)).then(spaced))


def _dates(text: pl.Series, patterns: tuple[tuple[str, str], ...]) -> pl.Series:
    parsed = (
        pl.when(compatible("text").str.contains(f"^(?:{shape})$"))
        .then(compatible("text"))
        .str.to_datetime(form, strict=False)
        .dt.date()
        for shape, form in patterns
    )
    return _of_each_different(text, pl.coalesce(parsed))


def _of_each_different(text: pl.Series, made: pl.Expr) -> pl.Series:
    """Return what is made of each text (the column `text`); equal ones, of which there are many, once."""
    different = text.drop_nulls().unique()
    values = different.to_frame("text").select(made).to_series()
    return text.replace_strict(different, values, default=None, return_dtype=values.dtype)
