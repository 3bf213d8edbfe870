"""The synthetic city as a whole: draws it, writes its extracts, and returns the truth about it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.courses import Catalogue
from pipelines.synthetic.drawing import Drawing
from pipelines.synthetic.error_profile import PROFILES
from pipelines.synthetic.expected import expected_returns
from pipelines.synthetic.growth import settle
from pipelines.synthetic.providers import found_providers
from pipelines.synthetic.truth import Truth, homes_frame, people_frame, population
from pipelines.years import AcademicYear

VERSION = 6
"""Of the generator: another number means that the same seed gives another city."""
MARK = "synthetic.toml"
"""Lies beside the extracts and says that their people are invented."""
DEFAULT_FAULTS = 0.02
_REGISTER = ("provider_id", "provider_name", "provider_kind", "sector", "setting", "sender_id", "opened",
             "closed", "successor_id", "postcode")  # fmt: skip


@dataclass(frozen=True)
class SyntheticCity:
    """A city to draw. The same city is always written with the same bytes.

    Args:
        seed: another seed, another city.
        people: residents at the first mid-year; the fringe around the city comes on top.
        first_year: first academic year of extracts.
        years: number of academic years.
        faults: share of learners, pupils and rows with a planted fault. 0 means none, and no broken files.
        every_uln: providers ask everyone for a learner number, so that every person can be recognised.
        adults: factor on how many of those aged 19 and over start something in the ILR, and on all starts at
            universities.
        identities: name of the profile of mistakes in who people are, as providers write it down: clean,
            realistic or harsh.
    """

    seed: int = 2024
    people: int = 3_300
    first_year: AcademicYear = AcademicYear(2022)  # noqa: RUF009 — frozen
    years: int = 3
    faults: float = DEFAULT_FAULTS
    every_uln: bool = False
    adults: float = 1.0
    identities: str = "clean"


def write_city(city: SyntheticCity, out: Path, reference: Path) -> Truth:
    """Write `raw/`, `population.csv`, `provider.csv` and `expected_return.csv` into `out`; return the truth.

    Args:
        city: what to draw.
        out: a folder; a synthetic city already in it is replaced.
        reference: holds the census, the postcodes, the themes, and the lists of aims and standards.

    Raises:
        FileExistsError: `out/raw` holds something that is not marked as synthetic.
    """
    raw = out / "raw"
    clear(raw)
    raw.mkdir(parents=True)
    (raw / MARK).write_text(_mark(city), encoding="utf-8", newline="")
    chance, first = Chance(city.seed), city.first_year.start
    people = settle(chance, city.people, first, city.years + 1, reference)
    providers = found_providers(chance, city.people, people.homes)
    drawing = Drawing(
        chance=chance,
        people=people,
        providers=providers,
        catalogue=Catalogue.read(reference),
        first_year=first,
        years=city.years,
        faults=city.faults,
        every_uln=city.every_uln,
        adults=city.adults,
        profile=PROFILES[city.identities],
        raw=raw,
    )
    years = [drawing.write_year(start) for start in range(first, first + city.years)]
    providers.register.select(_REGISTER).write_csv(out / "provider.csv")
    expected_returns(raw, providers.register).write_csv(out / "expected_return.csv")
    population(people, first, city.years).write_csv(out / "population.csv")
    enrolments, faults = (pl.concat(parts) for parts in zip(*years, strict=True))
    homes = homes_frame(people, first, city.years)
    return Truth(people_frame(people), homes, enrolments, faults, pl.concat(drawing.pupil_keys))


def clear(raw: Path) -> None:
    """Remove extracts that are marked as synthetic.

    Raises:
        FileExistsError: there are others.
    """
    if not raw.exists():
        return
    if any(raw.iterdir()) and not (raw / MARK).exists():
        raise FileExistsError(f"{raw} holds extracts that are not marked as synthetic; nothing was written")
    shutil.rmtree(raw)


def _mark(city: SyntheticCity) -> str:
    return (
        "# All people in these extracts are invented: a program drew them, and any likeness is chance.\n"
        f"synthetic = true\nseed = {city.seed}\npeople = {city.people}\n"
        f'first_year = "{city.first_year}"\nyears = {city.years}\nfaults = {city.faults}\n'
        f"every_uln = {str(city.every_uln).lower()}\nadults = {city.adults}\n"
        f'identities = "{city.identities}"\ngenerator_version = {VERSION}\n'
    )
