"""Writes the synthetic city that is measured."""

import shutil
import sys
import time
from pathlib import Path

from bench.measure import report
from bench.postcodes import spread_postcodes
from pipelines.paths import Paths
from pipelines.synthetic import SyntheticCity, write_city
from pipelines.years import AcademicYear

DATA = Paths.of_repository().root / "data"


def main(root: Path, people: int, years: int) -> None:
    """Write a city's extracts, reference lists and profile into `root`; report the seconds."""
    shutil.rmtree(root, ignore_errors=True)
    started = time.monotonic()
    city = SyntheticCity(people=people, first_year=AcademicYear(2020), years=years, identities="realistic")
    reference = root / "data" / "reference"
    shutil.copytree(DATA / "reference", reference)
    for signed in ("linkage_model.json", "disclosure_policy.toml"):
        shutil.copy(DATA / signed, root / "data")
    spread_postcodes(reference / "postcode.csv", people)
    write_city(city, root / "made", reference)
    shutil.move(root / "made" / "raw", root / "data" / "raw")
    shutil.move(root / "made" / "population.csv", reference / "population_synthetic.csv")
    for name in ("provider.csv", "expected_return.csv"):
        shutil.move(root / "made" / name, reference / name)
    shutil.copy(DATA.parent / "city.toml", root / "city.toml")
    report(seconds=time.monotonic() - started)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
