"""Published enrolment and population, expanded to records and run through the SQL, give the published rates.

The figures and their sources: README.md in this folder.
"""

from datetime import date

import polars as pl
import pytest

from tests.conftest import RECORD_TYPES, REPOSITORY

pytestmark = pytest.mark.slow

FIGURES = pl.read_csv(
    REPOSITORY / "tests" / "published" / "uis_gross_enrolment.csv", schema_overrides={"published": pl.String}
)
STAGES = {
    "AFG": {
        "early_childhood": (0, 5), "pre_primary": (6, 6), "primary_entry": 7, "primary": (7, 12),
        "lower_secondary": (13, 15), "upper_secondary": (16, 18), "tertiary": (19, 23),
    },
    "BTN": {
        "early_childhood": (0, 3), "pre_primary": (4, 5), "primary_entry": 6, "primary": (6, 12),
        "lower_secondary": (13, 16), "upper_secondary": (17, 18), "tertiary": (19, 23),
    },
}  # fmt: skip
"""Entrance ages and durations as published; the stages below and above fill what is left."""
ISCED = {"pre_primary": "02", "primary": "1", "lower_secondary": "24", "upper_secondary": "34"}
INDICATOR = dict.fromkeys(ISCED, "uis_enrolment_gross") | {"pre_primary": "4_2_4_gross"}
PER = {"pre_primary": 1}
"""Pre-primary education is published as school life expectancy: of one year, the ratio itself."""
MOST = 100_000
"""Records of one stage, year and sex; more would only take longer."""


def academic_year(year: int) -> str:
    """Return the academic year that ends in a year."""
    return f"{year - 1}/{year % 100:02}"


def records(figures: pl.DataFrame, stages: dict) -> pl.DataFrame:
    """Return a record for each person enrolled, all of the first age that the stage is meant for."""
    sexes = figures.filter(pl.col("sex") != "T")
    rows = []
    for stage, year, sex, enrolled in sexes.select("stage", "year", "sex", "enrolment").iter_rows():
        rows.append(
            {
                "academic_year": academic_year(year),
                "birth_date": date(year - 1 - stages[stage][0], 1, 1),
                "sex": sex,
                "isced": ISCED[stage],
                "start_date": date(year - 1, 9, 1),
                "times": enrolled,
            }
        )
    expanded = pl.DataFrame(rows).with_columns(row=pl.int_ranges("times")).explode("row").drop("times", "row")
    constant = {
        "return_no": 1, "collection": "ilr", "provider_id": "10090001", "postcode": "M1 1AA",
        "course": "school", "setting": "institution", "theme": "general_schooling",
    }  # fmt: skip
    return expanded.with_columns(
        record_id=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        local_ref=pl.int_range(1, pl.len() + 1).cast(pl.String),
        **{name: pl.lit(value) for name, value in constant.items()},
    )


def staged(frame: pl.DataFrame) -> pl.DataFrame:
    """Return records in the shape of staging, with nothing in the columns that they lack."""
    missing = [pl.lit(None, kind).alias(name) for name, kind in RECORD_TYPES.items() if name not in frame]
    return frame.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in RECORD_TYPES.items())


@pytest.fixture(scope="module", params=sorted(STAGES))
def country(request, make_bench):
    """A city with a country's stages of education, its population and its pupils."""
    figures = FIGURES.filter(pl.col("country") == request.param)
    small = figures.filter(pl.col("enrolment").max().over("stage", "year") <= MOST)
    stages = STAGES[request.param]
    profile = "".join(
        f"{stage} = {list(ages) if isinstance(ages, tuple) else ages}\n" for stage, ages in stages.items()
    )
    bench = make_bench(school_ages=profile, first_year=academic_year(small["year"].min()))
    bench.ready.append(staged(records(small, stages)))
    # A count on the first day of a year stands as it is: nothing is moved to another date.
    bench.population = [
        ("E01000001", date(year - 1, 1, 1), stages[stage][0], sex, population)
        for stage, year, sex, population in small.filter(pl.col("sex") != "T")
        .select("stage", "year", "sex", "population")
        .iter_rows()
    ]
    bench.run()
    return small, stages, bench.table("indicators.observation")


def test_every_rate_is_as_published_to_the_printed_decimal(country):
    figures, stages, observations = country
    assert figures.height >= 21
    for stage, year, sex, published in figures.select("stage", "year", "sex", "published").iter_rows():
        first, last = stages[stage]
        cell = observations.filter(
            indicator=INDICATOR[stage],
            academic_year=academic_year(year),
            age=str(first) if first == last else f"{first}-{last}",
            sex="_T" if sex == "T" else sex,
            breakdown="_T",
        )
        ((numerator, denominator),) = cell.select("numerator", "denominator").iter_rows()
        decimals = len(published.partition(".")[2])
        rate = PER.get(stage, 100) * numerator / denominator
        assert f"{rate:.{decimals}f}" == published, (stage, year, sex)
