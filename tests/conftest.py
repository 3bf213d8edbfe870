"""Fixtures: the bench of the models, and what many tests need."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import polars as pl
import pytest

from pipelines.disclosure.counts import FIGURE_PARTS, counts_of, in_place, shapes_of
from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.ledger import LEDGER_SCHEMA
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.protect import OBSERVATION_COLUMNS, protect
from pipelines.disclosure.rounded import rounded
from pipelines.disclosure.standardised import STRATUM_SCHEMA
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.who import Who
from pipelines.models import Model
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from tests.bench_lists import (
    CATALOGUE,
    CITY,
    CITY_POSTCODE,
    ELSEWHERE_POSTCODE,
    OTHER_CITY_POSTCODE,
    POLICY,
    REPOSITORY,
)
from tests.model_bench import RECORD_TYPES, ULN_A, ULN_B, Bench
from tests.vaults import SECRETS

__all__ = [
    "CATALOGUE",
    "CITY",
    "CITY_POSTCODE",
    "ELSEWHERE_POSTCODE",
    "NO_LEDGER",
    "NO_STRATA",
    "OTHER_CITY_POSTCODE",
    "POLICY",
    "RECORD_TYPES",
    "REPOSITORY",
    "SHARED",
    "ULN_A",
    "ULN_B",
    "protected",
]  # fmt: skip
SHARED = REPOSITORY.parent / "shared"
NO_STRATA = pl.DataFrame(schema=STRATUM_SCHEMA)
"""Nobody lives in any ward."""


NO_LEDGER = pl.DataFrame(schema=LEDGER_SCHEMA)
"""Nothing was published before."""


def protected(
    observations: pl.DataFrame,
    coverage: Coverage | None = None,
    strata: pl.DataFrame = NO_STRATA,
    catalogue: Mapping[str, Indicator] = CATALOGUE,
    policy: Policy = POLICY,
) -> pl.DataFrame:
    """Return the published table of observations, as the pipeline makes it for the first release."""
    observations = observations.select(OBSERVATION_COLUMNS)
    # Observations that tests make up say of each table by itself what suits them.
    shapes = {
        key: replace(shape, above="", below="", of_bands={}, undivided="", who=Who())
        for key, shape in shapes_of(catalogue, policy).items()
    }
    counts = rounded(counts_of(observations), shapes, policy.base, NO_LEDGER)
    observations = in_place(observations, counts, FIGURE_PARTS)
    return protect(observations, catalogue, policy, coverage or Coverage(), strata)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have slow tests: no worker then waits for another's long file at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def models() -> dict[str, Model]:
    """The models, parsed once."""
    return Pipeline(Paths(REPOSITORY)).models


@pytest.fixture(scope="session")
def linkage_models() -> dict[str, Model]:
    """The models of linkage, parsed once."""
    return Pipeline(Paths(REPOSITORY)).linkage_models


@pytest.fixture(scope="session")
def make_bench(
    tmp_path_factory: pytest.TempPathFactory, models: dict[str, Model], linkage_models: dict[str, Model]
) -> Callable[..., Bench]:
    """Make an empty bench, of a city with other stages of education if these are given."""

    def make(school_ages: str = "", first_year: str = "2018/19") -> Bench:
        folder = tmp_path_factory.mktemp("bench")
        profile = (REPOSITORY / "city.toml").read_text("utf-8")
        # Persons are linked by numbers and references alone; linkage by names has a bench of its own.
        profile = profile.replace("\nnames = true", "\nnames = false").replace("2018/19", first_year)
        if school_ages:
            profile = re.sub(r"(?s)(?<=\[school_ages\]).*?(?=\n\[)", f"\n{school_ages}", profile, count=1)
        (folder / "city.toml").write_text(profile, "utf-8")
        pipeline = Pipeline(Paths(folder, REPOSITORY))
        pipeline.__dict__["models"] = models
        pipeline.__dict__["linkage_models"] = linkage_models
        pipeline.__dict__["secrets"] = SECRETS
        return Bench(folder, pipeline)

    return make


@pytest.fixture
def even_city(bench: Bench) -> Bench:
    """A bench with 24 women and 24 men of each single year of age."""
    for sex in "FM":
        bench.people(range(91), sex, 24)
    return bench


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    """An empty bench."""
    return make_bench()
