"""The providers of the synthetic city: who teaches, and who sends the returns. All names are invented."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance

AUTHORITY = "352"
"""The local authority sends the school census for its schools; its number is DfE's for Manchester."""

_FIRST_UKPRN = 10_090_001
_VILLAGE, _METROPOLIS = (3_300, 20), (600_000, 150)
"""Residents and sending organisations, at two sizes; in between the number grows with the square root."""

_RIVERS = ("Irwell", "Medlock", "Irk", "Mersey", "Tib", "Bridgewater", "Cornbrook", "Platt", "Baguley")
_PLACES = ("Bank", "Lock", "Mill", "Bridge", "Wharf", "Meadow", "Gate", "Weir", "Fold", "Clough", "Ford")

_ILR_KINDS = ("college", "independent training provider", "adult education")
_COMMUNITY = (
    # kind, sector, setting, what it is called
    ("library", "adult and community", "community", "Library"),
    ("charity", "adult and community", "community", "Community Trust"),
    ("museum", "adult and community", "community", "Museum"),
    ("employer", "employer", "workplace", "Works"),
    ("charity", "adult and community", "family", "Family Centre"),
)
_SCHOOLS = (
    # kind, first establishment number, called, pupils a school, at least
    ("nursery", 1001, "Nursery School", 60_000, 1),
    ("primary", 2001, "Primary School", 3_200, 4),
    ("secondary", 4001, "High School", 9_000, 2),
    ("special", 7001, "Special School", 35_000, 1),
)
"""One school of a kind to so many residents."""


@dataclass(frozen=True)
class Providers:
    """The register, and who of it takes which learners.

    Args:
        register: one row a provider, in the columns of `provider.csv`, and `postcode` of where it teaches.
        teaching: positions in the register by kind of learning place.
    """

    register: pl.DataFrame
    teaching: dict[str, np.ndarray]

    def ids(self) -> np.ndarray:
        """Return the identifiers, by position."""
        return self.register["provider_id"].to_numpy()


def found_providers(chance: Chance, people: int, postcodes: pl.Series) -> Providers:
    """Draw up the register for a city of `people` residents."""
    counts = _senders(people)
    rows = [(AUTHORITY, "Manchester local authority (synthetic)", "local authority", _SECTOR["school"])]
    rows = [(*rows[0], "institution", AUTHORITY)]
    names = iter(_names(chance))
    teaching: dict[str, list[int]] = {}
    ukprn = _FIRST_UKPRN
    for kind in _ILR_KINDS:
        for _ in range(counts[kind]):
            teaching.setdefault(kind, []).append(len(rows))
            name = f"{next(names)} {_CALLED[kind]} (synthetic)"
            rows.append((str(ukprn), name, kind, _SECTOR[kind], _SETTING[kind], str(ukprn)))
            ukprn += 1
    for number in range(counts["community"]):
        kind, sector, setting, called = _COMMUNITY[number % len(_COMMUNITY)]
        teaching.setdefault("community", []).append(len(rows))
        code = f"MCR-{number + 1:03d}"
        rows.append((code, f"{next(names)} {called} (synthetic)", kind, sector, setting, code))
    for kind, first, called, residents, least in _SCHOOLS:
        for number in range(max(least, people // residents)):
            teaching.setdefault(kind, []).append(len(rows))
            shown = {"nursery": "nursery", "special": "special school"}.get(kind, "school")
            laestab = f"{AUTHORITY}{first + number}"
            name = f"{next(names)} {called} (synthetic)"
            rows.append((laestab, name, shown, _SECTOR["school"], "institution", AUTHORITY))
    return Providers(_register(chance, rows, postcodes), {k: np.array(v) for k, v in teaching.items()})


_SECTOR = {
    "school": "early years and schools",
    "college": "further education",
    "independent training provider": "further education",
    "adult education": "adult and community",
}
_SETTING = {
    "college": "institution",
    "independent training provider": "workplace",
    "adult education": "community",
}
_CALLED = {
    "college": "College",
    "independent training provider": "Training",
    "adult education": "Adult Education Service",
}


def _senders(people: int) -> dict[str, int]:
    """Return how many organisations of each kind send returns; the local authority is one more."""
    (small, few), (large, many) = _VILLAGE, _METROPOLIS
    grown = np.clip((people - small) / (large - small), 0, 1) ** 0.5
    total = few + round((many - few) * grown)
    colleges, adult = max(2, total // 18), max(1, total // 60)
    training = max(4, total * 2 // 5 - 2)
    return {
        "college": colleges,
        "independent training provider": training,
        "adult education": adult,
        "community": total - 1 - colleges - adult - training,
    }


def _names(chance: Chance) -> list[str]:
    """Return every pair of a water and a place once, in a random order, then again with a number."""
    pairs = np.array([f"{river} {place}" for river in _RIVERS for place in _PLACES])
    order = np.argsort(chance.uniform(np.arange(len(pairs)), "provider names"))
    again = [f"{name} {number}" for number in range(2, 12) for name in pairs[order]]
    return [*pairs[order].tolist(), *again]


def _register(chance: Chance, rows: list[tuple], postcodes: pl.Series) -> pl.DataFrame:
    columns = ["provider_id", "provider_name", "provider_kind", "sector", "setting", "sender_id"]
    index = np.arange(len(rows))
    opened = [f"{year}-09-01" for year in chance.whole(index, 1950, 2012, "opened").tolist()]
    place = chance.whole(index, 0, len(postcodes) - 1, "provider postcode")
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        opened=pl.Series(opened),
        closed=pl.lit(None, pl.String),
        postcode=postcodes.gather(place),
    )
