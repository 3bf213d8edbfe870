"""How right the linkage of whole synthetic cities is, beside plainer ways, by sector and by age."""

import shutil
import sys
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import polars as pl

from bench.linkage_city import StagedCity
from bench.linkage_quality import Quality, count_errors
from bench.linkage_sides import plain
from bench.measure import report

PROFILES = ("realistic", "harsh")
PEOPLE, YEARS, SEED = 60_000, 3, 2024
_BANDS = (0, 4, 5, 11, 14, 18, 25, 55, 65)
"""First ages of the bands: those of the indicators."""


def of_city(staged: StagedCity, folder: Path) -> dict:
    """Return the quality of each way, and the error of the count of persons by sector and by age."""
    ways = {"every tier": staged.link(), "numbers and references": staged.link(weights=None)}
    for side in ("number_only", "exact_names"):
        file = folder / f"{side}.parquet"
        plain(staged.pipeline, side, file)
        linked = pl.read_parquet(file).rename({"person_id": "person"})
        ways[side] = linked.join(staged.whose, on="record_id")
    full = ways["every tier"]
    errors = {
        way: {
            by: count_errors(frame.with_columns(band=_band(pl.col("age"))), "person", by).to_dicts()
            for by in ("collection", "band", "academic_year")
        }
        for way, frame in ways.items()
    }
    bounds = {name: Quality.of(full, name).count for name in ("coarser", "finer")}
    return {
        "records": len(full),
        "persons": full["truth"].n_unique(),
        "quality": {way: asdict(Quality.of(frame, "person")) for way, frame in ways.items()},
        "bounds": bounds,
        "errors": errors,
    }


def _band(age: pl.Expr) -> pl.Expr:
    band = pl.when(age >= _BANDS[-1]).then(pl.lit(f"{_BANDS[-1]} and over"))
    for first, after in pairwise(_BANDS):
        band = band.when(age.is_between(first, after - 1)).then(pl.lit(f"{first:02} to {after - 1:02}"))
    return band.alias("band")


def main(out: Path) -> None:
    """Write each city, link it in each way, report how right that is."""
    found = {}
    for profile in PROFILES:
        root = out / profile
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        staged = StagedCity.write(root, profile, people=PEOPLE, years=YEARS, seed=SEED)
        found[profile] = of_city(staged, root)
    report(**found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
