"""What other frameworks ask for, in one file: the learning cities' biennial report, and ISO 37120."""

from collections.abc import Mapping

import polars as pl

from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import Serves
from pipelines.publication.cells import headline_row
from pipelines.publication.facts import ReleaseFacts
from pipelines.spreadsheets import harmless

SCHEMA = {
    "FRAMEWORK": pl.String,
    "CODE": pl.String,
    "TITLE": pl.String,
    "CONFIRMED": pl.Boolean,
    "INDICATOR": pl.String,
    "MEASURED_AS": pl.String,
    "CELL": pl.String,
    "REF_AREA": pl.String,
    "TIME_DETAIL": pl.String,
    "OBS_VALUE": pl.Float64,
    "PREVIOUS_VALUE": pl.Float64,
    "UNIT": pl.String,
    "OBS_STATUS": pl.String,
    "MARKERS": pl.String,
    "CAVEAT": pl.String,
    "SOURCE": pl.String,
    "SYNTHETIC": pl.Boolean,
}
"""`CONFIRMED`: whether number and wording were read in the framework's own document."""


def frameworks_csv(published: pl.DataFrame, catalogue: Mapping[str, Indicator], facts: ReleaseFacts) -> str:
    """Return a row for each feature of another framework that an indicator serves, as CSV text."""
    rows = [
        _row(indicator, served, published, facts)
        for indicator in catalogue.values()
        for served in indicator.serves
    ]
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("FRAMEWORK", "CODE")
    return table.with_columns(harmless("CAVEAT")).write_csv(line_terminator="\n")


def _row(indicator: Indicator, served: Serves, published: pl.DataFrame, facts: ReleaseFacts) -> tuple:
    """Return what is reported: the headline, but for the dimensions that the entry names."""
    reported = indicator.headline | served.cell
    years = sorted(y for y in published["academic_year"].unique() if y < facts.academic_year)
    now = headline_row(indicator, published, facts.academic_year, **served.cell)
    before = headline_row(indicator, published, years[-1], **served.cell) if years else None
    return (
        served.framework.value, served.code, served.title, served.confirmed, indicator.key, indicator.label,
        ", ".join(f"{name} {code}" for name, code in reported.items()) or "all", facts.area_code,
        facts.academic_year, now["value"] if now else None, before["value"] if before else None,
        indicator.unit, now["obs_status"] if now else "O", now["markers"] if now else "[x]",
        indicator.cannot_say[0], facts.publisher, facts.synthetic,
    )  # fmt: skip
