"""More postcodes for a large synthetic city: about twenty residents live in one, as in life."""

from itertools import product
from pathlib import Path

import polars as pl

RESIDENTS = 20
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def spread_postcodes(file: Path, people: int) -> None:
    """Replace a list of postcodes by one with as many as `people` need, in the same small areas.

    Each postcode gets neighbours: its own outward code and first figure with other last letters.
    """
    listed = pl.read_csv(file, infer_schema=False)
    wanted = min(people // RESIDENTS, 32_000)
    taken = set(listed["postcode"])
    rows = list(listed.iter_rows(named=True))
    for first, second in product(_LETTERS, _LETTERS):
        for row in listed.iter_rows(named=True):
            if len(rows) >= wanted:
                break
            postcode = row["postcode"][:-2] + first + second
            if postcode not in taken:
                taken.add(postcode)
                rows.append({**row, "postcode": postcode})
    pl.DataFrame(rows, schema=listed.schema).sort("postcode").write_csv(file)
