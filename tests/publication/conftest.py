"""A small published table made by hand: three years, every kind of figure and marker."""

from datetime import date

import polars as pl
import pytest

from pipelines.disclosure.figures import BOUNDS
from pipelines.disclosure.linkage import LINKAGE_SCHEMA
from pipelines.disclosure.protect import OBSERVATION_COLUMNS
from pipelines.indicators.goals import read_goals
from pipelines.indicators.not_measured import read_not_measured
from pipelines.indicators.terms import DIMENSIONS
from pipelines.publication.facts import ReleaseFacts
from tests.conftest import CATALOGUE, REPOSITORY, protected

YEARS = ("2022/23", "2023/24", "2024/25")
NEVER = 4095
"""A cell key with which counts are rounded down."""


LINKAGE = pl.DataFrame(
    [
        ("2023/24", "_T", None, "_T", 1000, 995, 1010),
        ("2023/24", "_T", None, "uln", 600, 600, 600),
        ("2024/25", "_T", None, "_T", 1200, 1195, 1210),
        ("2024/25", "_T", None, "uln", 800, 800, 800),
        ("2024/25", "_T", None, "names", 100, 95, 110),
        ("2024/25", "_T", None, "local", 0, 0, 0),
        ("2024/25", "10", "A College", "_T", 1100, 1100, 1100),
        ("2024/25", "10", "A College", "uln", 550, 550, 550),
        ("2024/25", "11", "B <b>Library</b>", "_T", 95, 90, 95),
        ("2024/25", "11", "B <b>Library</b>", "local", 95, 90, 95),
    ],
    schema=LINKAGE_SCHEMA,
    orient="row",
)
"""How persons are recognised: two years, two providers, one of them small."""


def codes():
    """Return dimension → code → what to print, from the lists."""
    lists = {
        "category": pl.read_csv(REPOSITORY / "data/reference/category.csv"),
        "theme": pl.read_csv(REPOSITORY / "data/reference/theme.csv").sort("position"),
    }
    found = {}
    for dimension, code, label, _ in lists["category"].iter_rows():
        found.setdefault(dimension, {})[code] = label
    found["next_sector"] = found["sector"]
    of_the_city = {"ward": {"E05000001": "A Ward & Moor"}, "provider_kind": {"college": "College"}}
    return found | of_the_city | {"theme": dict(lists["theme"].select("theme", "label").iter_rows())}


CODES = codes()


def observation(indicator, numerator, denominator, year="2024/25", **cell):
    return {
        **dict.fromkeys(DIMENSIONS, "_T"),
        "indicator": indicator,
        "academic_year": year,
        "numerator": numerator,
        "numerator_low": numerator,
        "numerator_high": numerator,
        "imputed": False,
        "cell_key": NEVER,
        "denominator": denominator,
        "denominator_key": None,
        "numerator_basis": "resident",
        "denominator_basis": denominator and "resident",
        **cell,
    }


TYPES = dict.fromkeys(OBSERVATION_COLUMNS, pl.String) | {
    **dict.fromkeys(("numerator", *BOUNDS, "cell_key", "denominator", "denominator_key"), pl.Int64),
    "imputed": pl.Boolean,
}


@pytest.fixture(scope="session")
def catalogue():
    return CATALOGUE


@pytest.fixture(scope="session")
def published(catalogue):
    rows = []
    for year in YEARS:
        rows += [
            observation("4_3_1_participation", 1860, 10000, year, age="15-64"),
            observation("4_3_1_participation", 1050, 5000, year, age="15-64", sex="F"),
            observation("4_3_1_participation", 810, 5000, year, age="15-64", sex="M"),
            observation("4_3_1_participation", 3, 1000, year, age="65+"),
            observation("4_3_1_participation", 30, 300, year, age="55-64"),
            observation("4_3_1_participation", 10, 90, year, age="55-64", deprivation="Q5"),
            observation("4_2_2_before_primary", 980, 1000, year, age="4"),
            observation("4_1_4_not_found", 1020, 1000, year, age="5-10"),
            observation("local_setting_theme", 5000, None, year, numerator_low=4995, numerator_high=5010),
            observation("local_learners", 5000, None, year, numerator_low=4995, numerator_high=5010),
            observation("local_learners", 4900, None, year, place="city"),
            observation("local_learners", 250, None, year, place="elsewhere"),
            observation("local_setting_theme", 2, None, year, setting="family", theme="digital_skills"),
        ]
    return protected(pl.DataFrame(rows, schema=TYPES), catalogue=catalogue)


@pytest.fixture(scope="session")
def facts():
    return public_facts()


def public_facts():
    """Return what a release says of itself."""
    return ReleaseFacts(
        city="Manchester",
        area_code="E08000003",
        academic_year="2024/25",
        data_as_at=date(2025, 10, 16),
        synthetic=True,
        publisher="A publisher",
        contact="someone",
        rounding_base=5,
        providers={"2024/25": ["A College", "B <b>Library</b>"]},
        inputs=[{"collection": "ilr", "provider": "1", "academic_year": "2024/25", "sha256": "0" * 64}],
        sources=[
            {
                "file": "population.csv",
                "title": "P & Q",
                "publisher": "ONS",
                "licence": "OGL",
                "vintage": "2024",
            }
        ],
        code_version="c" * 64,
        rule_set="r" * 16,
        key_id="0123abcd",
        codes=CODES,
        goals=read_goals(REPOSITORY / "sql", CATALOGUE),
        not_measured=read_not_measured(REPOSITORY / "sql", CATALOGUE),
    )
