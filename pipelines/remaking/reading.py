"""Reads a release back from its files: the counts, populations and facts that its figures and pages show."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from pipelines.city import SchoolAges
from pipelines.disclosure.counts import shapes_of
from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.figures import BOUNDS, ESTIMATED
from pipelines.disclosure.linkage import COUNTS as LINKAGE_COUNTS
from pipelines.disclosure.linkage import LINKAGE_SCHEMA
from pipelines.disclosure.method import described
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.protect import PROTECTED_COLUMNS
from pipelines.disclosure.standardised import STRATUM_SCHEMA
from pipelines.indicators.catalogue import Indicator, read_catalogue
from pipelines.indicators.goals import read_goals
from pipelines.indicators.not_measured import read_not_measured
from pipelines.indicators.terms import DIMENSIONS, Formula
from pipelines.publication.facts import ReleaseFacts, YearFacts
from pipelines.publication.linkage_page import LINKAGE_COLUMNS
from pipelines.publication.population_page import ALIGNMENT_COLUMNS, STRATUM_COLUMNS
from pipelines.publication.tidy_csv import CODELISTS, COLUMNS, KEY
from pipelines.releases.manifests import MANIFEST
from pipelines.spreadsheets import as_it_was

_ALIGNMENT_TYPES = {"age": pl.Int64, "forward": pl.Float64, "backward": pl.Float64, "ratio": pl.Float64}


class StrangeFileError(Exception):
    """A file of a release is not in the form in which this code writes it. Names it."""


@dataclass(frozen=True)
class Sources:
    """All that a release is made from.

    Args:
        counts: of `PROTECTED_COLUMNS`.
        linkage: of `LINKAGE_SCHEMA`.
        facts: about the release.
        catalogue: the indicators.
        policy: of disclosure control, as far as figures follow from it.
        coverage: how complete the returns are.
    """

    counts: pl.DataFrame
    linkage: pl.DataFrame
    facts: ReleaseFacts
    catalogue: Mapping[str, Indicator]
    policy: Policy
    coverage: Coverage


def read_sources(folder: Path, sql: Path) -> Sources:
    """Read what a release is made from, out of its own files.

    Args:
        folder: of the release.
        sql: of the code that made it: has the catalogue.

    Raises:
        StrangeFileError: a file is not there, or not as this code writes it.
    """
    manifest, method = read_manifest(folder), _json(folder, "data/method.json")
    try:
        catalogue = read_catalogue(sql / "indicators", SchoolAges.model_validate(manifest["school_ages"]))
        coverage = Coverage.of_published(manifest["coverage"])
    except (AttributeError, KeyError, TypeError, ValueError):
        raise StrangeFileError(
            "manifest.json: school ages or coverage are not there, or not as usual"
        ) from None
    try:
        policy = Policy.model_validate(method["parameters"] | {"version": method["policy_version"]})
    except (KeyError, TypeError, ValidationError):
        raise StrangeFileError("data/method.json: the parameters are not there, or not as usual") from None
    described_as = described(shapes_of(catalogue, policy), catalogue, policy) | {
        "policy": method.get("policy")
    }
    facts = _facts(folder, manifest, described_as, catalogue, sql)
    counts = _counts(folder, catalogue, coverage)
    return Sources(counts, _linkage(folder), facts, catalogue, policy, coverage)


def _facts(
    folder: Path, said: Mapping, method: Mapping, catalogue: Mapping[str, Indicator], sql: Path
) -> ReleaseFacts:
    as_they_are = (
        "city", "area_code", "academic_year", "synthetic", "publisher", "contact", "rounding_base",
        "providers", "panel", "inputs", "code_version", "rule_set", "key_id", "tolerances", "settings",
        "definitions", "ledger", "coverage", "school_ages",
    )  # fmt: skip
    try:
        return ReleaseFacts(
            **{name: said[name] for name in as_they_are},
            data_as_at=date.fromisoformat(said["data_as_at"]),
            sources=said["reference"],
            years={year: YearFacts.of(of) for year, of in said["years"].items()},
            returns={year: (standing, owed) for year, (standing, owed) in said["returns"].items()},
            codes=_codes(folder),
            goals=read_goals(sql, catalogue),
            not_measured=read_not_measured(sql, catalogue),
            method=method,
            alignment=_alignment(folder),
            strata=_strata(folder),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise StrangeFileError("manifest.json: something is not there, or not as usual") from None


def _counts(folder: Path, catalogue: Mapping[str, Indicator], coverage: Coverage) -> pl.DataFrame:
    """Return the published counts of all indicators that are counted."""
    tables = [
        _counts_of(folder, name, indicator, coverage)
        for key, indicator in catalogue.items()
        if not indicator.derived_from and (folder / (name := f"data/{key}.csv")).exists()
    ]
    if not tables:
        raise StrangeFileError("data: there is no file of an indicator")
    return pl.concat(tables)


def _counts_of(folder: Path, name: str, indicator: Indicator, coverage: Coverage) -> pl.DataFrame:
    """Return the published counts of an indicator; what is blank, and not withheld, rounds to 0."""
    column = {source: pl.col(column) for column, (_, _, source) in COLUMNS.items()}
    rows = _table(folder, name, COLUMNS, KEY)
    withheld = pl.lit(pl.Series([coverage.withholds(indicator, year) for year in rows["TIME_DETAIL"]]))
    number = {count: column[count].cast(pl.Int64) for count in ("numerator", *BOUNDS, "denominator")}
    blank = ["numerator", *BOUNDS, *(["denominator"] if indicator.formula is Formula.RATIO else [])]
    number |= {count: pl.when(~withheld).then(number[count].fill_null(0)) for count in blank}
    estimated = column["markers"].fill_null("").str.contains(ESTIMATED, literal=True)
    try:
        return rows.select(
            *(column[source].alias(source) for source in ("academic_year", *DIMENSIONS)),
            indicator=pl.lit(indicator.key),
            imputed=estimated,
            **number,
        ).select(PROTECTED_COLUMNS)
    except pl.exceptions.PolarsError:
        raise StrangeFileError(f"{name}: a count is no whole number") from None


def _linkage(folder: Path) -> pl.DataFrame:
    name = "data/linkage.csv"
    columns = [*LINKAGE_COLUMNS.values(), "SHARE", "REF_AREA", "SYNTHETIC"]
    rows = _table(folder, name, columns, ["TIME_DETAIL", "PROVIDER", "LINKED_BY"])
    linkage = _renamed(name, rows, LINKAGE_COLUMNS, LINKAGE_SCHEMA)
    return linkage.with_columns(as_it_was("provider_name"), pl.col(LINKAGE_COUNTS).fill_null(0))


def _alignment(folder: Path) -> list[dict]:
    name = "data/alignment.csv"
    if not (folder / name).exists():
        return []
    rows = _table(
        folder, name, [*ALIGNMENT_COLUMNS.values(), "REF_AREA", "SYNTHETIC"], ["TIME_DETAIL", "AGE"]
    )
    return _renamed(name, rows, ALIGNMENT_COLUMNS, _ALIGNMENT_TYPES).to_dicts()


def _strata(folder: Path) -> pl.DataFrame:
    name = "data/strata.csv"
    if not (folder / name).exists():
        return pl.DataFrame(schema=STRATUM_SCHEMA)
    of_it = list(STRATUM_COLUMNS.values())
    rows = _table(folder, name, [*of_it, "REF_AREA", "SYNTHETIC"], of_it)
    return _renamed(name, rows, STRATUM_COLUMNS, STRATUM_SCHEMA)


def _codes(folder: Path) -> dict[str, dict[str, str]]:
    codes: dict[str, dict[str, str]] = {}
    rows = _table(folder, "data/codelists.csv", [*CODELISTS, "SYNTHETIC"], CODELISTS)
    for dimension, code, label in rows.select("DIMENSION", "CODE", as_it_was("LABEL")).iter_rows():
        codes.setdefault(dimension, {})[code] = label
    return codes


def _table(folder: Path, name: str, columns: Iterable[str], key: Sequence[str]) -> pl.DataFrame:
    """Return the rows of a file as text.

    Raises:
        StrangeFileError: it is not there, is no CSV, has other columns, or a row without a part of its key.
    """
    try:
        rows = pl.read_csv(folder / name, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError):
        raise StrangeFileError(f"{name}: not there, or no table in UTF-8") from None
    if rows.columns != list(columns):
        raise StrangeFileError(f"{name}: has other columns than this code writes")
    if rows.select(pl.any_horizontal(pl.col(key).is_null()).any()).item():
        raise StrangeFileError(f"{name}: has a row that this code does not write")
    return rows


def _renamed(
    name: str, rows: pl.DataFrame, columns: Mapping[str, str], types: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """Return a file's rows under the names and types that publication knows them by."""
    try:
        return rows.select(
            pl.col(column).cast(types.get(source, pl.String)).alias(source)
            for source, column in columns.items()
        )
    except pl.exceptions.PolarsError:
        raise StrangeFileError(f"{name}: a number is none") from None


def read_manifest(folder: Path) -> dict:
    """Return the manifest of a release.

    Raises:
        StrangeFileError: it is not there, or no JSON object in UTF-8.
    """
    return _json(folder, MANIFEST)


def _json(folder: Path, name: str) -> dict:
    """Return what a file says.

    Raises:
        StrangeFileError: it is not there, or no JSON object in UTF-8.
    """
    try:
        said = json.loads((folder / name).read_text("utf-8"))
    except (OSError, ValueError):
        raise StrangeFileError(f"{name}: not there, or no JSON in UTF-8") from None
    if not isinstance(said, dict):
        raise StrangeFileError(f"{name}: no JSON object")
    return said
