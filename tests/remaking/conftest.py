"""A small release that this code made, with something of everything that a figure can be."""

import json
import shutil
from dataclasses import replace

import polars as pl
import pytest

from pipelines.city import City
from pipelines.disclosure.counts import shapes_of
from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.linkage import LINKAGE_SCHEMA
from pipelines.disclosure.method import described
from pipelines.disclosure.protect import protect
from pipelines.paths import Paths
from pipelines.publication.facts import YearFacts
from pipelines.publication.population_page import published_alignment
from pipelines.publication.release import files_of
from pipelines.releases.folders import write_folder
from pipelines.releases.manifests import MANIFEST, digest_of, manifest_text
from pipelines.versions import code_version
from tests.conftest import CATALOGUE, POLICY, REPOSITORY
from tests.publication.conftest import TYPES, observation, public_facts

LIMITS = {"marked": 0.98, "withheld": 0.8}
COVERAGE = Coverage(
    {("2022/23", "school_census"): 0.9, ("2023/24", "_T"): 0.5, ("2024/25", "_T"): None},
    **LIMITS,
    merged={"2024/25": frozenset({("setting", "family")})},
)
WARD = "E05000001"
STRATA = pl.DataFrame(
    [("2024/25", "25-34", WARD, "Q1", 700)],
    schema=["academic_year", "age", "ward", "deprivation", "persons"],
    orient="row",
)
LINKAGE = pl.DataFrame(
    [
        ("2024/25", "_T", None, "_T", 6200, 6195, 6210),
        ("2024/25", "_T", None, "uln", 0, 0, 5),
        ("2024/25", "10", "=A College", "_T", 1100, 1100, 1100),
    ],
    schema=LINKAGE_SCHEMA,
    orient="row",
)


def _rows():
    for year in ("2022/23", "2023/24", "2024/25"):
        yield from (
            observation("4_3_1_participation", 1850, 10_000, year, age="15-64", numerator_high=1860),
            observation("4_3_1_participation", 1050, 5000, year, age="15-64", sex="F", imputed=True),
            observation("4_3_1_participation", 800, 5000, year, age="15-64", sex="M"),
            observation("4_3_1_participation", 0, 1000, year, age="65+"),
            observation("4_3_1_participation", 100, 1400, year, age="25-34", deprivation="Q1"),
            observation("4_3_1_participation", 100, 1000, year, age="25-64", ward=WARD),
            observation("4_2_2_before_primary", 980, 1000, year, age="4"),
            observation("4_1_4_not_found", 1020, 1000, year, age="5-10"),
            observation("local_learners", 5000, None, year, numerator_low=4995, numerator_high=5010),
            observation("local_community_learning", 150, 9000, year, age="19+"),
            observation("local_setting_theme", 0, None, year, setting="family", theme="digital_skills"),
            observation("local_retention", 80, 100, year, denominator_key=1, denominator_basis="resident"),
            observation(
                "local_retention",
                0,
                0,
                year,
                level="ISCED11_3",
                denominator_key=1,
                denominator_basis="resident",
            ),
        )


@pytest.fixture(scope="session")
def files():
    """The files of the release: name → content."""
    city = City.read(Paths(REPOSITORY).city)
    names = ["academic_year", "age", "alignment", "forward", "backward", "ratio"]
    ways = [
        ("2024/25", 18, "backward", 100.04, 383.333, 3.83333),
        ("2024/25", 24, "forward", 1200.0, 1180.0, None),
    ]
    years = {year: YearFacts("2024-25/1", "2025-10-16") for year in ("2022/23", "2023/24", "2024/25")}
    facts = replace(
        public_facts(),
        code_version=code_version(Paths.of_repository()),
        method=described(shapes_of(CATALOGUE, POLICY), CATALOGUE, POLICY),
        coverage=COVERAGE.published(years),
        school_ages=city.school_ages.model_dump(mode="json"),
        alignment=published_alignment(pl.DataFrame(ways, schema=names, orient="row")),
        strata=STRATA,
        years=years,
        returns=dict.fromkeys(years, (9, 10)),
        panel=["A College"],
    )
    observations = pl.DataFrame(list(_rows()), schema=TYPES)
    published = protect(observations, CATALOGUE, POLICY, COVERAGE, STRATA)
    return files_of(published, LINKAGE, CATALOGUE, facts)


@pytest.fixture
def folder(files, tmp_path):
    """The release on disk, in no city's folder."""
    folder = tmp_path / "a release"
    write_folder(folder, files)
    return folder


def list_again(folder):
    """Let the manifest list the files as they are now: whoever can change a file can change that, too."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    there = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    del there[MANIFEST]
    manifest["files"] = {
        name: {"sha256": digest_of(content), "bytes": len(content)} for name, content in sorted(there.items())
    }
    (folder / MANIFEST).write_text(manifest_text(manifest), "utf-8")


def renewed(files, folder):
    """Bring a release on disk back to what it was."""
    shutil.rmtree(folder)
    write_folder(folder, files)
