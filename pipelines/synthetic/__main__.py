"""Writes a synthetic city: `python -m pipelines.synthetic --people 600000 --out city`."""

import argparse
from pathlib import Path

from pipelines.paths import Paths
from pipelines.synthetic import DEFAULT_FAULTS, PROFILES, SyntheticCity, write_city, write_sample
from pipelines.years import AcademicYear


def main() -> None:
    """Write the city that the command line asks for."""
    city = SyntheticCity()
    parser = argparse.ArgumentParser(prog="python -m pipelines.synthetic", description=__doc__)
    parser.add_argument("--people", type=int, default=city.people, help="residents (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=city.seed, help="another seed, another city (default: %(default)s)"
    )
    parser.add_argument("--years", type=int, default=city.years, help="academic years (default: %(default)s)")
    parser.add_argument(
        "--first-year", type=AcademicYear.parse, default=city.first_year, help="such as 2022/23"
    )
    parser.add_argument(
        "--faults", type=float, default=DEFAULT_FAULTS, help="share of rows with a planted fault"
    )
    parser.add_argument(
        "--identities",
        choices=list(PROFILES),
        default=city.identities,
        help="how much of who people are is written down wrongly (default: %(default)s)",
    )
    parser.add_argument("--out", type=Path, help="folder to write raw/, population.csv and provider.csv into")
    parser.add_argument("--sample", action="store_true", help="rebuild the city that comes with the project")
    asked = parser.parse_args()
    paths = Paths.of_repository()
    if asked.sample:
        write_sample(paths.root)
        return
    if asked.out is None:
        parser.error("--out or --sample is needed")
    wanted = SyntheticCity(
        seed=asked.seed,
        people=asked.people,
        first_year=asked.first_year,
        years=asked.years,
        faults=asked.faults,
        identities=asked.identities,
    )
    write_city(wanted, asked.out, paths.reference)


if __name__ == "__main__":
    main()
