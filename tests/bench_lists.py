"""The reference lists of the bench: the repository's own, and those that are made by hand."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipelines.city import City
from pipelines.disclosure.lists import POLICY_LISTS
from pipelines.disclosure.policy import Policy
from pipelines.indicators.catalogue import read_catalogue
from pipelines.indicators.lists import CATALOGUE_LISTS
from pipelines.kept_merging import KEPT_MERGING
from pipelines.reference_lists import REFERENCE_LISTS

if TYPE_CHECKING:
    from tests.model_bench import Bench

REPOSITORY = Path(__file__).resolve().parents[1]
CITY = City.read(REPOSITORY / "city.toml")
CATALOGUE = read_catalogue(REPOSITORY / "sql" / "indicators", CITY.school_ages)
POLICY = Policy.read(REPOSITORY / "data" / "disclosure_policy.toml")

CITY_POSTCODE, OTHER_CITY_POSTCODE, ELSEWHERE_POSTCODE = "M1 1AA", "M2 2BB", "M5 3AA"
"""In the most deprived fifth of areas; in the least; in another district."""
SEVEN_KILOMETRES_OFF, ELEVEN_KILOMETRES_OFF, PLACE_NOT_KNOWN = "SK1 1AA", "OL1 1AA", "OL1 1AB"
"""In other districts: due south and due north of the first by 0.07 and 0.10 degrees; somewhere."""

AREA_OF_QUINTILE = {1: "E01000001", 5: "E01000002"}
"""The small areas of these postcodes."""

ONLY_STAGING_READS = {
    "learning_aim", "learning_aim_orientation", "apprenticeship_standard", "isced_mapping", "ethnicity",
}  # fmt: skip


@cache
def standard_lists() -> dict[str, Path]:
    """Write the repository's reference lists and catalogue once; return name → file."""
    folder = Path(tempfile.mkdtemp(prefix="lists-"))
    atexit.register(shutil.rmtree, folder)
    lists = {
        entry.name: entry.load(REPOSITORY / "data" / "reference", CITY)
        for entry in REFERENCE_LISTS
        if entry.name not in ONLY_STAGING_READS
    }
    lists |= {entry.name: entry.load(CATALOGUE) for entry in CATALOGUE_LISTS}
    lists |= {entry.name: entry.load(POLICY) for entry in POLICY_LISTS}
    lists[KEPT_MERGING.name] = KEPT_MERGING.load([])
    files = {name: folder / f"{name}.parquet" for name in lists}
    for name, frame in lists.items():
        frame.write_parquet(files[name])
    return files


def lists_of_the_city(bench: "Bench") -> dict[str, Path]:
    """Write the reference lists that another city profile makes anew; return name → file."""
    city = bench.pipeline.city
    if (city.school_ages, city.first_year) == (CITY.school_ages, CITY.first_year):
        return {}
    of_city = ("academic_year", "stage")
    lists = {entry.name: entry.load(bench.folder, city) for entry in REFERENCE_LISTS if entry.name in of_city}
    lists |= {entry.name: entry.load(bench.pipeline.catalogue) for entry in CATALOGUE_LISTS}
    files = {name: bench.folder / f"{name}.parquet" for name in lists}
    for name, frame in lists.items():
        frame.write_parquet(files[name])
    return files


def lists_by_hand(bench: "Bench") -> dict[str, Path]:
    """Write the reference lists that are the bench's own; return name → file."""
    rows = {
        "population": bench.population,
        "postcode": [
            (CITY_POSTCODE, "E08000003", "E01000001", "E05000001", "Ward", 1, 53.48, -2.24),
            (OTHER_CITY_POSTCODE, "E08000003", "E01000002", "E05000001", "Ward", 10, 53.49, -2.24),
            (ELSEWHERE_POSTCODE, "E08000006", None, None, None, None, 53.48, -2.30),
            (SEVEN_KILOMETRES_OFF, "E08000007", None, None, None, None, 53.41, -2.24),
            (ELEVEN_KILOMETRES_OFF, "E08000004", None, None, None, None, 53.58, -2.24),
            (PLACE_NOT_KNOWN, "E08000004", None, None, None, None, None, None),
        ],
        "expected_return": [(i, "ilr", None, "2018/19", bench.last_year.get(i)) for i in bench.providers],
        "provider_class": [
            (
                i,
                *bench.kind.get(i, ("college", "further education")),
                i,
                bench.successor.get(i),
                bench.sites.get(i),
            )
            for i in bench.providers
        ],
        "provider": [
            (
                i,
                f"Provider {i}",
                *bench.kind.get(i, ("college", "further education")),
                "institution",
                i,
                None,
                None,
                bench.successor.get(i),
                bench.sites.get(i),
            )
            for i in bench.providers
        ],
    }
    if bench.release_year:
        limits = CITY.reception.coverage
        rows["release_rule"] = [(bench.release_year, limits.withheld, limits.returns)]
    files = {}
    for entry in REFERENCE_LISTS:
        if rows.get(entry.name):
            files[entry.name] = bench.folder / f"{entry.name}.parquet"
            frame = pl.DataFrame(rows[entry.name], schema=list(entry.columns), orient="row")
            frame.write_parquet(files[entry.name])
    return files
