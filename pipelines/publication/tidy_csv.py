"""The data of an indicator: a tidy CSV with SDMX's names, and its metadata as CSV on the Web (CSVW).

A protected count that rounds to zero is blank with the marker `[low]`, in the machine file as on the page:
a 0 would be read as a true nought, which is never asserted. (A 0 with a
flag beside it would not do: the flag is the first thing lost when someone sums a column.)

Every file has the same columns, whether or not its indicator is broken down by them: one reader reads all.
"""

import json
from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import DIMENSIONS, Formula
from pipelines.publication.facts import LICENCE, ReleaseFacts
from pipelines.publication.markers import LOW
from pipelines.spreadsheets import harmless

COLUMNS: Mapping[str, tuple[str, str, str]] = {
    "FREQ": ("Frequency: A, annual", "string", ""),
    "REPORTING_TYPE": ("N: national, that is the city's own", "string", ""),
    "SERIES": ("UN series code, or a local one (MCR_)", "string", "series"),
    "REF_AREA": ("GSS code of the area", "string", ""),
    "TIME_PERIOD": ("Year in which the academic year ends", "integer", "time_period"),
    "TIME_DETAIL": ("Academic year", "string", "academic_year"),
    "AGE": ("Age in completed years on 31 August; _T all", "string", "age"),
    "SEX": ("F, M, or _T all", "string", "sex"),
    "PROVISION": ("Kind of provision; _T all", "string", "provision"),
    "DEPRIVATION": ("Fifth of area deprivation, Q1 the most deprived; _T all", "string", "deprivation"),
    "DECILE": ("Tenth of area deprivation, D1 the most deprived; _T all", "string", "decile"),
    "WARD": ("GSS code of the ward; _T all", "string", "ward"),
    "ETHNICITY": ("Ethnic group; U not known, _T all", "string", "ethnicity"),
    "DISABILITY_STATUS": ("PD with a disability, PWD without, U not known; _T all", "string", "disability"),
    "EDUCATION_LEV": ("ISCED 2011 level; NF non-formal, _T all", "string", "level"),
    "SECTOR": ("Sector of the provider; _T all", "string", "sector"),
    "NEXT_SECTOR": ("Sector in which people learn on in the year after; _T all", "string", "next_sector"),
    "PROVIDER_KIND": ("Kind of provider; _T all", "string", "provider_kind"),
    "PANEL": ("constant: with providers that reported in every year; _T all", "string", "panel"),
    "PLACE": ("Place of learning: city or elsewhere; _T all", "string", "place"),
    "SETTING": ("Setting of the learning; _T all", "string", "setting"),
    "THEME": ("Theme of the learning; _T all", "string", "theme"),
    "BASE_INDICATOR": ("Indicator that is compared; _T where none is", "string", "base_indicator"),
    "COMPARISON": ("Groups compared; _T where none are", "string", "comparison"),
    "NUMERATOR": ("Rounded count of distinct persons; blank where it rounds to zero, and for indices",
                  "integer", "numerator"),
    "NUMERATOR_LOW": ("The count if everybody doubtful were joined; blank where it rounds to zero",
                      "integer", "numerator_low"),
    "NUMERATOR_HIGH": ("The count if nobody doubtful were joined; blank where it rounds to zero",
                       "integer", "numerator_high"),
    "DENOMINATOR": ("Resident population, or a rounded count; blank where that rounds to zero",
                    "integer", "denominator"),
    "OBS_VALUE": ("The figure; blank where there is none", "number", "value"),
    "LOWER_BOUND": ("Lower end of the interval", "number", "lower"),
    "UPPER_BOUND": ("Upper end of the interval", "number", "upper"),
    "RATIO": ("Ratio before adjustment, of parity indices", "number", "ratio"),
    "OBS_STATUS": ("SDMX: A normal, D definition differs, I imputed, O missing, P provisional, U unreliable",
                   "string", "obs_status"),
    "MARKERS": ("GSS shorthand printed beside the figure", "string", "markers"),
    "UNIT_MEASURE": ("Unit", "string", "unit_measure"),
    "UNIT_MULT": ("Power of ten of the unit", "integer", "unit_mult"),
    "DECIMALS": ("Decimals of the figure", "integer", "decimals"),
    "SYNTHETIC": ("true where every person is invented", "boolean", ""),
}  # fmt: skip
"""Column → what it is, its CSVW datatype, and the column of the published table it is (if it is one)."""

KEY = (
    "TIME_PERIOD",
    "BASE_INDICATOR",
    "COMPARISON",
    "AGE",
    "SEX",
    "PROVISION",
    "DEPRIVATION",
    "DECILE",
    "WARD",
    "ETHNICITY",
    "DISABILITY_STATUS",
    "EDUCATION_LEV",
    "SECTOR",
    "NEXT_SECTOR",
    "PROVIDER_KIND",
    "PANEL",
    "PLACE",
    "SETTING",
    "THEME",
)
"""The columns that name a row, in the order of the file."""

CODELISTS = ("DIMENSION", "CODE", "LABEL")
"""Columns of the file of codes."""


class UnsafeTextError(Exception):
    """A code begins as a spreadsheet formula does. Names the column, not the text."""


def tidy_csv(indicator: Indicator, published: pl.DataFrame, facts: ReleaseFacts) -> str:
    """Return the rows of one indicator as CSV text, in a fixed order.

    Raises:
        UnsafeTextError: a code would be a formula in a spreadsheet. Codes are ours: one that begins so is a
            fault to find, not text to neutralise.
    """
    constants = {
        "FREQ": pl.lit("A"),
        "REPORTING_TYPE": pl.lit("N"),
        "REF_AREA": pl.lit(facts.area_code),
        "SYNTHETIC": pl.lit(facts.synthetic),
    }
    columns = [
        (pl.col(source) if source else constants[name]).alias(name)
        for name, (_, _, source) in COLUMNS.items()
    ]
    counts = ["numerator", "numerator_low", "numerator_high"]
    if indicator.formula is Formula.RATIO:
        counts.append("denominator")
    rows = _without_noughts(published.filter(indicator=indicator.key), counts).select(columns).sort(KEY)
    for column in rows.select(pl.selectors.string()).get_columns():
        if column.str.contains(r"^[=+@-]").any():
            raise UnsafeTextError(f"{indicator.key}: {column.name} begins as a formula does")
    return rows.write_csv(line_terminator="\n")


def _without_noughts(rows: pl.DataFrame, counts: Sequence[str]) -> pl.DataFrame:
    """Blank counts that round to zero and every value computed from one, and mark them."""
    zero = pl.col("numerator").eq_missing(0)
    stated = zero & pl.col("value").is_not_null()
    return rows.with_columns(
        *(pl.when(pl.col(count) != 0).then(count).alias(count) for count in counts),
        pl.when(~zero).then("value").alias("value"),
        pl.when(stated).then(pl.lit(LOW)).otherwise("markers").alias("markers"),
    )


def code_lists(indicator: Indicator, facts: ReleaseFacts) -> dict[str, dict[str, str]]:
    """Return dimension → code → what it stands for, of the dimensions in which an indicator's rows differ."""
    if indicator.derived_from:
        wards = {"ward": dict(facts.codes["ward"])} if indicator.standardised else {}
        return {"base_indicator": dict(indicator.labels), **wards}
    named = {"age": {age.code: age.label for age in indicator.ages}, **facts.codes}
    return {dimension: dict(named[dimension]) for dimension in sorted(indicator.dimensions)}


def codelists_csv(facts: ReleaseFacts) -> str:
    """Return what the codes of all dimensions but age stand for, in the order in which tables print them."""
    rows = [
        (dimension, code, label) for dimension, of_it in facts.codes.items() for code, label in of_it.items()
    ]
    schema = dict.fromkeys(CODELISTS, pl.String)
    codes = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        harmless("LABEL"), SYNTHETIC=pl.lit(facts.synthetic)
    )
    return codes.write_csv(line_terminator="\n")


def csv_metadata(indicator: Indicator, facts: ReleaseFacts) -> str:
    """Return the CSVW description of `tidy_csv`'s file as JSON text."""
    description = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en-GB"}],
        "url": f"{indicator.key}.csv",
        "dc:title": f"{indicator.label} ({indicator.code}), {facts.city}, {facts.academic_year}",
        "dc:description": f"{indicator.can_say} {indicator.claim_reason}",
        "dc:publisher": facts.publisher,
        "dc:license": LICENCE,
        "dc:source": list(indicator.source),
        "dc:modified": facts.data_as_at.isoformat(),
        "synthetic": facts.synthetic,
        "notes": [*([facts.notice] if facts.notice else []), *indicator.cannot_say],
        "codeLists": code_lists(indicator, facts),
        "total": TOTAL,
        "tableSchema": {
            "columns": [
                {"name": name, "titles": name, "dc:description": text, "datatype": datatype}
                for name, (text, datatype, _) in COLUMNS.items()
            ],
            "primaryKey": list(KEY),
        },
    }
    return json.dumps(description, indent=2, ensure_ascii=False) + "\n"


def method_json(facts: ReleaseFacts) -> str:
    """Return the method as JSON text, with the column of the data in which each dimension stands."""
    dimensions = {column: source for column, (_, _, source) in COLUMNS.items() if source in DIMENSIONS}
    said = {"notice": facts.notice, "synthetic": facts.synthetic}
    description = {**said, **facts.method, "dimensions": dimensions}
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"
