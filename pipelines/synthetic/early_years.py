"""Young children at private nurseries, and the early years census that the authority exports of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance, hexadecimal, shuffled
from pipelines.synthetic.ethnicities import ETHNICITIES
from pipelines.synthetic.learners import Learners
from pipelines.synthetic.people import ABSENT, People
from pipelines.synthetic.providers import AUTHORITY, Providers
from pipelines.synthetic.recording import Form

_AT_PRIVATE_NURSERY = {2: 0.35, 3: 0.8, 4: 0.3}
"""By age on 31 August, of those at no school."""
_DATE = "%Y-%b-%d 00:00:00"


@dataclass(frozen=True)
class EarlyYears:
    """Draws the children at a city's private nurseries and writes their census."""

    chance: Chance
    people: People
    providers: Providers
    learners: Learners

    def children(self, year: int, state: int, at_school: np.ndarray) -> pl.DataFrame:
        """Return `person`, `provider`, `age` and `child_id` of each child, by provider."""
        home, ages = self.people.home[state], self.people.age_on_31_august(year)
        resident = (home != ABSENT) & self.people.homes.in_city[home]
        child = np.flatnonzero(resident & (ages >= 2) & (ages <= 4))
        child = child[~np.isin(child, at_school)]
        share = np.array([_AT_PRIVATE_NURSERY.get(age, 0.0) for age in range(5)])[ages[child]]
        child = child[self.chance.uniform(child, "private nursery", year) < share]
        places = self.providers.teaching["private nursery"]
        at = places[self.chance.whole(child, 0, len(places) - 1, "which nursery")]
        found = pl.DataFrame({"person": child, "provider": at, "age": ages[child]})
        keys = hexadecimal(shuffled(len(child), 44, self.chance.seed, "child keys", year), 11)
        return found.sort("provider", "person").with_columns(child_id=pl.Series(keys, dtype=pl.String))

    def write(self, folder: Path, rows: pl.DataFrame, year: int) -> dict[str, Path]:
        """Write the two modules of the census in `year + 1`, from rows as text; return module → file."""
        folder.mkdir(parents=True, exist_ok=True)
        modules = {"eycensus": self._settings(year), "eychild": rows.drop("person", "provider", "line")}
        files = {module: folder / f"{year + 1}_spring_eyc_{module}.csv" for module in modules}
        for module, frame in modules.items():
            frame.write_csv(files[module])
        return files

    def _settings(self, year: int) -> pl.DataFrame:
        places = self.providers.teaching["private nursery"]
        return pl.DataFrame({"urn": self.providers.register["provider_id"].gather(places)}).select(
            eycensustableid=pl.Series([f"c{place}" for place in places]),
            NativeId=pl.Series([f"EYS{place}" for place in places]),
            lea=pl.lit(AUTHORITY),
            urn="urn",
            term=pl.lit("SPR"),
            year=pl.lit(str(year + 1)),
            datetime=pl.lit(f"{year + 1}-Feb-13 11:20:00"),
        )

    def as_text(self, children: pl.DataFrame, year: int, state: int) -> pl.DataFrame:
        """Return children as text in the columns of `eychild`, with `person`, `provider` and `line`."""
        person = children["person"].to_numpy()
        at = children["provider"].to_numpy()
        known = self.learners.recorder.write(person, at, year, state, Form(birth_date=False))
        codes = np.array([code for _, code, _ in ETHNICITIES])
        entitled = pl.Series(self.chance.happens(person, 0.4, "working parents", year))
        numbers = self.chance.whole(person, 0, 999_999_999, "eligibility")
        older = children["age"] >= 3
        columns = {
            "eychildtableid": children["child_id"],
            "NativeId": "EYS" + children["provider"].cast(pl.String),
            "eycensustableid": "c" + children["provider"].cast(pl.String),
            "surname": known["family"],
            "forename": known["given"],
            "dob": known["birth_date"].dt.strftime(_DATE),
            "sex": known["sex"],
            "ethnicity": pl.Series(codes[self.learners.ethnicity(person)]),
            "postcode": known["postcode"],
            "fundedhours": pl.Series(["15.0"] * len(person), dtype=pl.String),
            "extendedhours": pl.select(pl.when(entitled & older).then(pl.lit("15.0"))).to_series(),
            "expandedhours": pl.select(pl.when(entitled & ~older).then(pl.lit("15.0"))).to_series(),
            "eligibilitycode": pl.select(
                pl.when(entitled).then(pl.Series([f"50{n:09d}" for n in numbers.tolist()], dtype=pl.String))
            ).to_series(),
        }
        later = [] if year + 1 >= 2025 else ["expandedhours"]
        return (
            pl.DataFrame(columns)
            .drop(later)
            .with_columns(children["person"], children["provider"], line=pl.int_range(2, pl.len() + 2))
        )
