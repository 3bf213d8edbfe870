"""The providers of the synthetic city: who teaches, and who sends the returns. All names are invented."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.people import Homes

AUTHORITY = "352"
"""The local authority sends the school census for its schools; its number is DfE's for Manchester."""

_FIRST_UKPRN = 10_090_001
_VILLAGE, _METROPOLIS = (9_000, 20), (600_000, 150)
"""Residents and sending organisations, at two sizes; in between the number grows with the square root."""

_RIVERS = ("Irwell", "Medlock", "Irk", "Mersey", "Tib", "Bridgewater", "Cornbrook", "Platt", "Baguley")
_PLACES = ("Bank", "Lock", "Mill", "Bridge", "Wharf", "Meadow", "Gate", "Weir", "Fold", "Clough", "Ford")

_ILR_KINDS = (
    # kind, sector, setting, what it is called
    ("college", "further education", "institution", "College"),
    ("independent training provider", "further education", "workplace", "Training"),
    ("adult education", "adult and community", "community", "Adult Education Service"),
)
EMPLOYER = "employer"
_COMMUNITY = (
    # kind, sector, setting, what it is called
    ("library", "adult and community", "community", "Library"),
    ("charity", "adult and community", "community", "Community Trust"),
    ("museum", "adult and community", "community", "Museum"),
    (EMPLOYER, "employer", "workplace", "Works"),
    ("charity", "adult and community", "family", "Family Centre"),
)
_FIRST_UNIVERSITY = 10_091_001
_RESIDENTS_A_UNIVERSITY = 150_000
_SCHOOLS_SECTOR = "early years and schools"
_SCHOOLS = (
    # phase, kind, first establishment number, what it is called, residents a school, at least
    ("nursery", "nursery", 1001, "Nursery School", 60_000, 1),
    ("primary", "school", 2001, "Primary School", 3_200, 4),
    ("secondary", "school", 4001, "High School", 9_000, 2),
    ("special", "special school", 7001, "Special School", 35_000, 1),
)


@dataclass(frozen=True)
class Providers:
    """The register, and who of it takes which learners.

    Args:
        register: one row a provider, in the columns of `provider.csv`, and `postcode` of where it teaches.
        teaching: positions in the register by kind of learning place.
    """

    register: pl.DataFrame
    teaching: dict[str, np.ndarray]


def found_providers(chance: Chance, people: int, homes: Homes) -> Providers:
    """Draw up the register for a city of `people` residents."""
    places = [
        *_ilr_places(people),
        *_community_places(people),
        *_school_places(people),
        *_nursery_places(people),
        *_university_places(people),
    ]
    names = [
        f"{name} {place.called} (synthetic)" for name, place in zip(_names(chance), places, strict=False)
    ]
    authority = (AUTHORITY, "Manchester local authority (synthetic)", "local authority", _SCHOOLS_SECTOR,
                 "institution", AUTHORITY)  # fmt: skip
    rows = [
        (place.code, name, place.kind, place.sector, place.setting, place.sender or place.code)
        for name, place in zip(names, places, strict=True)
    ]
    teaching: dict[str, list[int]] = {}
    for position, place in enumerate(places, start=1):
        teaching.setdefault(place.teaches, []).append(position)
    postcodes = homes.postcode.filter(pl.Series(homes.in_city))
    return Providers(
        _register(chance, [authority, *rows], postcodes),
        {teaches: np.array(positions) for teaches, positions in teaching.items()},
    )


@dataclass(frozen=True)
class _Place:
    """A provider without its name yet."""

    teaches: str
    code: str
    kind: str
    sector: str
    setting: str
    called: str
    sender: str = ""


def _ilr_places(people: int) -> Iterator[_Place]:
    ukprn = _FIRST_UKPRN
    for kind, sector, setting, called in _ILR_KINDS:
        for _ in range(_senders(people)[kind]):
            yield _Place(kind, str(ukprn), kind, sector, setting, called)
            ukprn += 1


def _community_places(people: int) -> Iterator[_Place]:
    for number in range(_senders(people)["community"]):
        kind, sector, setting, called = _COMMUNITY[number % len(_COMMUNITY)]
        yield _Place("community", f"MCR-{number + 1:03d}", kind, sector, setting, called)


def _school_places(people: int) -> Iterator[_Place]:
    for teaches, kind, first, called, residents, least in _SCHOOLS:
        for number in range(max(least, people // residents)):
            laestab = f"{AUTHORITY}{first + number}"
            yield _Place(teaches, laestab, kind, _SCHOOLS_SECTOR, "institution", called, AUTHORITY)


def _nursery_places(people: int) -> Iterator[_Place]:
    """Yield private nurseries, which the authority reports in the early years census."""
    for number in range(max(2, people // 4_000)):
        yield _Place(
            "private nursery", f"EY{400_001 + number}", "private nursery", _SCHOOLS_SECTOR, "institution",
            "Day Nursery", AUTHORITY,
        )  # fmt: skip


def _university_places(people: int) -> Iterator[_Place]:
    for number in range(max(1, round(people / _RESIDENTS_A_UNIVERSITY))):
        ukprn = str(_FIRST_UNIVERSITY + number)
        yield _Place("university", ukprn, "university", "higher education", "institution", "University")


def _senders(people: int) -> dict[str, int]:
    """Return how many senders there are of each kind; the authority and universities come on top."""
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


def _names(chance: Chance) -> Iterator[str]:
    """Yield every pair of a water and a place once, in a random order, then again with a number."""
    pairs = np.array([f"{river} {place}" for river in _RIVERS for place in _PLACES])
    shuffled = pairs[np.argsort(chance.uniform(np.arange(len(pairs)), "provider names"))].tolist()
    yield from shuffled
    for number in count(2):
        yield from (f"{name} {number}" for name in shuffled)


def _register(chance: Chance, rows: list[tuple], postcodes: pl.Series) -> pl.DataFrame:
    columns = ["provider_id", "provider_name", "provider_kind", "sector", "setting", "sender_id"]
    index = np.arange(len(rows))
    opened = [f"{year}-09-01" for year in chance.whole(index, 1950, 2012, "opened").tolist()]
    place = chance.whole(index, 0, len(postcodes) - 1, "provider postcode")
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        opened=pl.Series(opened),
        closed=pl.lit(None, pl.String),
        successor_id=pl.lit(None, pl.String),
        postcode=postcodes.gather(place),
    )
