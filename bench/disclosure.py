"""How long it takes to round all counts of a release together and to audit them, and how that grows.

`python -m bench.disclosure [CELLS ...]`: drawn people of eight academic years in indicators that are within
one of them, by age band, sex, ward, tenth and fifth of deprivation, ethnic group, disability and level.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from types import SimpleNamespace

import numpy as np
import polars as pl

from pipelines.auditor.attack import System
from pipelines.auditor.definitions import Definitions
from pipelines.auditor.releases import Cell, Count, Where
from pipelines.disclosure.ledger import LEDGER_SCHEMA
from pipelines.disclosure.programs import side_by_side
from pipelines.disclosure.rounded import rounded
from pipelines.disclosure.shapes import Shape
from pipelines.indicators.bands import Band
from pipelines.indicators.who import Group, Who

YEARS, PEOPLE, BASE = 8, 60_000, 5
BANDS = {"15-24": (15, 24), "25-34": (25, 34), "35-54": (35, 54), "55-64": (55, 64), "25-64": (25, 64),
         "15-64": (15, 64), "19+": (19, 99), "65+": (65, 99)}  # fmt: skip
GROUPS = {"ward": 33, "decile": 10, "ethnicity": 6, "disability": 3, "level": 9}
PARENTS = {f"decile {n}": f"deprivation {n // 2}" for n in range(GROUPS["decile"])}
CELLS_OF_ONE = len(BANDS) * 3 * (1 + sum(GROUPS.values()) + 5)
"""Cells of one indicator in one year."""


def shapes(indicators: int) -> dict[str, Shape]:
    """Return the shape of each indicator; everybody who is counted in another is counted in the first."""
    bands = {code: Band(*ages) for code, ages in BANDS.items()}
    parting = frozenset(GROUPS) - {"level"} | {"deprivation"}
    among = {f"i{n}": Group(among=("i0",) if n else ()) for n in range(indicators)}
    nested = {"decile": ("deprivation", PARENTS)}
    first = Shape(bands, parting=parting, nested=nested, above="i0", who=Who(groups=among))
    return {name: replace(first, above=name) for name in among}


def read(of: dict[str, Shape]) -> Definitions:
    """Return what the auditor reads of the same indicators."""
    return Definitions(
        {
            "indicators": {name: {"above": [name]} for name in of},
            "implies": {name: ["i0"] for name in of if name != "i0"},
        }
    )


def method(of: dict[str, Shape]) -> dict:
    """Return what a release says of them."""
    tables = {
        name: {
            "ages": {code: list(band) for code, band in shape.bands.items()},
            "parting": sorted(shape.parting), "covering": [], "counts": "persons",
        }
        for name, shape in of.items()
    }  # fmt: skip
    nested = {"decile": {"within": "deprivation", "parents": PARENTS}}
    return {"base": BASE, "tables": tables, "crossed": {}, "nested": nested}


def drawn(year: int, indicators: int) -> pl.DataFrame:
    """Return the counts of a year: of persons drawn at random, some of whom each indicator counts."""
    draw = np.random.default_rng(year)
    age, sex = draw.integers(10, 90, PEOPLE), draw.choice(3, PEOPLE, p=[0.49, 0.49, 0.02])
    key = draw.integers(0, 2**40, PEOPLE)
    group = {name: draw.integers(0, size, PEOPLE) for name, size in GROUPS.items()}
    group["deprivation"] = group["decile"] // 2
    everybody = draw.random(PEOPLE) < 0.9
    rows = []
    for n in range(indicators):
        counted = everybody & (draw.random(PEOPLE) < draw.uniform(0.02, 0.9)) if n else everybody
        for (code, (first, last)), (label, of_sex) in product(
            BANDS.items(), (("_T", sex >= 0), ("F", sex == 0), ("M", sex == 1))
        ):
            there = counted & of_sex & (age >= first) & (age <= last)
            rows.append((f"i{n}", code, label, "_T", "_T", int(there.sum()), int(key[there].sum() % 2**40)))
            for name, of in group.items():
                persons = np.bincount(of[there], minlength=of.max() + 1)
                keys = np.bincount(of[there], weights=key[there] % 2**32, minlength=of.max() + 1)
                rows += [
                    (f"i{n}", code, label, name, f"{name} {c}", int(persons[c]), int(keys[c]) % 2**40)
                    for c in range(len(persons))
                ]
    names = ["indicator", "age", "sex", "breakdown", "category", "persons", "key"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        academic_year=pl.lit(f"{2017 + year}/{18 + year}"),
        part=pl.lit("numerator"),
        estimate=pl.lit(value=False),
        key=pl.when(pl.col("persons") > 0).then("key").otherwise(0),
    )


def audited(year: pl.DataFrame, of: dict[str, Shape], sample: int) -> bool:
    """Prove a year, attack some counts; return whether nothing was found."""
    columns = ["academic_year", "indicator", "part", *Cell._fields, "published"]
    counts = {
        Where("release", name, (indicator, part), Cell(*cell)): Count(value)
        for name, indicator, part, *cell, value in year.select(columns).iter_rows()
    }
    release = SimpleNamespace(name="release", method=method(of))
    for part in System([release], counts, read(of)).apart():
        places = sorted(part.counts, key=lambda where: part.counts[where].value)
        wanted = places[:: max(len(places) // sample, 1)]
        if not part.has_witness() or list(part.exposed(wanted, BASE - 1)):
            return False
    return True


def measure_disclosure(sizes: Sequence[int]) -> list[dict[str, float]]:
    """Print a line a size; return cells and seconds of each."""
    sys.stdout.write(f"{'cells':>9} {'rounded':>9} {'proved':>9} {'a thousand cells':>17}\n")
    results = []
    for cells in sizes:
        indicators = max(round(cells / YEARS / CELLS_OF_ONE), 1)
        of = shapes(indicators)
        counts = pl.concat(drawn(year, indicators) for year in range(YEARS))
        began = time.perf_counter()
        made = rounded(counts, of, BASE, pl.DataFrame(schema=LEDGER_SCHEMA))
        done = time.perf_counter()
        if not all(side_by_side(partial(audited, of=of, sample=5), made.partition_by("academic_year"))):
            sys.exit("an attack found something")
        end = time.perf_counter()
        each = 1000 * (end - began) / made.height
        sys.stdout.write(f"{made.height:>9,} {done - began:>7.1f} s {end - done:>7.1f} s {each:>15.2f} s\n")
        sys.stdout.flush()
        results.append({"cells": made.height, "rounded": done - began, "proved": end - done})
    return results


if __name__ == "__main__":
    measure_disclosure([int(size) for size in sys.argv[1:]] or [20_000, 200_000])
