"""The register of returns: who owes which, and since when, by what the synthetic city's providers send."""

import re
from pathlib import Path

import polars as pl

from pipelines.years import AcademicYear

_RETURNS = (
    # collection, part of the year, what its files are called
    ("ilr", "", r"ilr-.*\.xml"),
    ("school_census", "autumn", r"\d{4}_autumn_.*"),
    ("school_census", "spring", r"\d{4}_spring_(?!eyc_).*"),
    ("school_census", "summer", r"\d{4}_summer_.*"),
    ("early_years_census", "", r"\d{4}_spring_eyc_.*"),
    ("community_learning", "", r"community-learning_.*"),
    ("student_record", "", r"(c\d{5}-|hesa_).*"),
    ("apprenticeship_service", "", r"apprenticeships_.*"),
)
_COLUMNS = ("sender_id", "collection", "part", "first_year", "last_year")


def expected_returns(raw: Path, register: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each return that a registered sender has sent, from the first year in which it did.

    Args:
        raw: the extracts as they were written.
        register: has `sender_id`.
    """
    since: dict[tuple[str, str, str], str] = {}
    senders = set(register["sender_id"])
    for file in sorted(raw.glob("*/*/*")):
        year, sender = file.parts[-3:-1]
        for collection, part, name in _RETURNS:
            if sender in senders and re.fullmatch(name, file.name, re.IGNORECASE):
                since.setdefault((sender, collection, part), AcademicYear.parse(year).label)
    rows = [(*owed, first, None) for owed, first in sorted(since.items())]
    return pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
