"""A bench on which the SQL models run over a handful of records made by hand."""

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from pathlib import Path

import polars as pl

from pipelines import warehouse
from pipelines.accepted import EVENT_COLUMNS, RECEIPT_COLUMNS, events_frame
from pipelines.city import City
from pipelines.disclosure.policy import Policy
from pipelines.indicators.catalogue import read_catalogue
from pipelines.indicators.lists import CATALOGUE_LISTS
from pipelines.indicators.terms import DIMENSIONS
from pipelines.kept import load_frame
from pipelines.models import CHANGES, LINKED, OUTCOMES
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.reference_lists import REFERENCE_LISTS

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

ULN_A, ULN_B = "9276308686", "1000000027"
"""Two numbers that pass the check digit: HESA's published example, and one worked out by hand below."""
# 1000000027: 10*1 + 2*2 + 1*7 = 21, 21 mod 11 = 10, as it must be.

PROVIDERS = ("10090001", "10090002")
ONLY_STAGING_READS = {
    "learning_aim", "learning_aim_orientation", "apprenticeship_standard", "isced_mapping", "ethnicity",
}  # fmt: skip

RECORD_TYPES = {
    "record_id": pl.Int64,
    "return_no": pl.Int64,
    "collection": pl.String,
    "provider_id": pl.String,
    "academic_year": pl.String,
    "local_ref": pl.String,
    "uln": pl.String,
    "upn": pl.String,
    "family_name": pl.String,
    "given_names": pl.String,
    "former_family_name": pl.String,
    "birth_date": pl.Date,
    "sex": pl.String,
    "postcode": pl.String,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "course": pl.String,
    "isced": pl.String,
    "setting": pl.String,
    "theme": pl.String,
    "ethnicity": pl.String,
    "disability": pl.String,
    "intended_age": pl.Int16,
    "delivery_postcode": pl.String,
    "planned_end_date": pl.Date,
    "outcome": pl.String,
    "planned_hours": pl.Int32,
}


@cache
def standard_lists() -> dict[str, Path]:
    """Write the repository's reference lists and catalogue once; return name → file."""
    folder = Path(tempfile.mkdtemp(prefix="lists-"))
    atexit.register(shutil.rmtree, folder)
    lists = {
        entry.name: entry.load(REPOSITORY / "data" / "reference", CITY)
        for entry in REFERENCE_LISTS
        if entry.name not in ONLY_STAGING_READS
    } | {entry.name: entry.load(CATALOGUE) for entry in CATALOGUE_LISTS}
    files = {name: folder / f"{name}.parquet" for name in lists}
    for name, frame in lists.items():
        frame.write_parquet(files[name])
    return files


@dataclass
class Bench:
    """A work database whose records and population are made by hand."""

    folder: Path
    pipeline: Pipeline
    records: list[dict] = field(default_factory=list)
    ready: list[pl.DataFrame] = field(default_factory=list)
    """More records, in the shape of staging."""
    population: list[tuple] = field(default_factory=list)
    missing: set[tuple[str, str]] = field(default_factory=set)
    """Academic year and provider of returns that did not come."""
    kind: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Provider → its kind and sector, where they are not those of a college."""
    sites: dict[str, str] = field(default_factory=dict)
    """Provider → postcode of its main site, where that is known."""
    successor: dict[str, str] = field(default_factory=dict)
    """Provider → who took it over."""
    providers: tuple[str, ...] = PROVIDERS
    last_year: dict[str, str] = field(default_factory=dict)
    """Provider → the last academic year in which it owes a return."""

    def record(self, local_ref: str, **fields: object) -> None:
        """Add a record; what is not given is that of a resident woman of 30 on a formal course."""
        number = len(self.records) + 1
        self.records.append(
            {
                "record_id": number,
                "return_no": 1,
                "collection": "ilr",
                "provider_id": "10090001",
                "academic_year": "2024/25",
                "local_ref": local_ref,
                "uln": None,
                "upn": None,
                "family_name": None,
                "given_names": None,
                "former_family_name": None,
                "birth_date": date(1994, 5, 1),
                "sex": "F",
                "postcode": CITY_POSTCODE,
                "start_date": date(2024, 9, 2),
                "end_date": None,
                "course": f"course {number}",
                "isced": "34",
                "setting": "institution",
                "theme": "essential_skills",
                "ethnicity": None,
                "disability": None,
                "intended_age": None,
                "delivery_postcode": None,
                "planned_end_date": None,
                "outcome": None,
                "planned_hours": None,
                **fields,
            }
        )

    def people(self, ages: Iterable[int], sex: str, persons: int, quintile: int = 1) -> None:
        """Add `persons` residents of each age and sex to the population of mid-2024 and mid-2025."""
        for age in ages:
            for year in (2024, 2025):
                self.population.append((AREA_OF_QUINTILE[quintile], date(year, 6, 30), age, sex, persons))

    def run(self) -> None:
        """Build every model after staging."""
        records = pl.concat([pl.DataFrame(self.records, schema=RECORD_TYPES), *self.ready])
        years = records["academic_year"].unique().sort()
        places = [(year, provider) for year in years for provider in self.providers]
        receipts = pl.DataFrame(
            [
                (f"r{i}", i, "ilr", provider, year, "", "2025-10-01")
                for i, (year, provider) in enumerate(places)
                if (year, provider) not in self.missing
            ],
            schema=dict.fromkeys(RECEIPT_COLUMNS, pl.String) | {"return_no": pl.Int64},
            orient="row",
        )
        with self.pipeline.warehouse() as connection:
            kept = self.pipeline.kept(connection)
            lists = standard_lists() | self._lists_of_the_city() | self._lists_by_hand()
            for name, file in lists.items():
                table, query = f"reference.{name}", warehouse.select_parquet([file])
                create = partial(warehouse.create_view, connection, table, query)
                # Linking asks whether what it reads is what it was.
                if table in self.pipeline.models[LINKED].depends_on:
                    kept.make(table, kept.fingerprint(file.read_bytes()), create)
                else:
                    create()
            load_frame(kept, "accepted.receipt", receipts, RECEIPT_COLUMNS)
            load_frame(kept, "accepted.return_event", events_frame(Path("/none")), EVENT_COLUMNS)
            load_frame(kept, "staging.learning_record", records, {})
        by_steps = (LINKED, *OUTCOMES, CHANGES)
        for table in by_steps:
            self.pipeline.build(self.pipeline.models[table])
        with self.pipeline.warehouse() as connection:
            for model in self.pipeline.models.values():
                if model.schema != "staging" and model.table not in by_steps:
                    # Few rows each: nothing is gained by storing what is read once.
                    counted = model.schema == "indicators" and model.table != "indicators.observation"
                    create = warehouse.define_view if counted or model.is_view else warehouse.create_table
                    create(connection, model.table, model.query)

    def copy(self, folder: Path) -> "Bench":
        """Return a bench of its own with all that was built on this one."""
        shutil.copytree(self.folder, folder)
        pipeline = Pipeline(Paths(folder, REPOSITORY))
        pipeline.__dict__.update(
            {k: self.pipeline.__dict__[k] for k in ("models", "linkage_models", "secrets")}
        )
        return Bench(folder, pipeline)

    def _lists_of_the_city(self) -> dict[str, Path]:
        """Write the reference lists that another city profile makes anew; return name → file."""
        city = self.pipeline.city
        if (city.school_ages, city.first_year) == (CITY.school_ages, CITY.first_year):
            return {}
        of_city = ("academic_year", "stage")
        lists = {
            entry.name: entry.load(self.folder, city) for entry in REFERENCE_LISTS if entry.name in of_city
        }
        lists |= {entry.name: entry.load(self.pipeline.catalogue) for entry in CATALOGUE_LISTS}
        files = {name: self.folder / f"{name}.parquet" for name in lists}
        for name, frame in lists.items():
            frame.write_parquet(files[name])
        return files

    def _lists_by_hand(self) -> dict[str, Path]:
        """Write the reference lists that are the bench's own; return name → file."""
        rows = {
            "population": self.population,
            "postcode": [
                (CITY_POSTCODE, "E08000003", "E01000001", "E05000001", "Ward", 1, 53.48, -2.24),
                (OTHER_CITY_POSTCODE, "E08000003", "E01000002", "E05000001", "Ward", 10, 53.49, -2.24),
                (ELSEWHERE_POSTCODE, "E08000006", None, None, None, None, 53.48, -2.30),
                (SEVEN_KILOMETRES_OFF, "E08000007", None, None, None, None, 53.41, -2.24),
                (ELEVEN_KILOMETRES_OFF, "E08000004", None, None, None, None, 53.58, -2.24),
                (PLACE_NOT_KNOWN, "E08000004", None, None, None, None, None, None),
            ],
            "expected_return": [(i, "ilr", None, "2018/19", self.last_year.get(i)) for i in self.providers],
            "provider_class": [
                (
                    i,
                    *self.kind.get(i, ("college", "further education")),
                    self.successor.get(i),
                    self.sites.get(i),
                )
                for i in self.providers
            ],
            "provider": [
                (
                    i,
                    f"Provider {i}",
                    *self.kind.get(i, ("college", "further education")),
                    "institution",
                    i,
                    None,
                    None,
                    self.successor.get(i),
                    self.sites.get(i),
                )
                for i in self.providers
            ],
        }
        files = {}
        for entry in REFERENCE_LISTS:
            if rows.get(entry.name):
                files[entry.name] = self.folder / f"{entry.name}.parquet"
                frame = pl.DataFrame(rows[entry.name], schema=list(entry.columns), orient="row")
                frame.write_parquet(files[entry.name])
        return files

    def rows(self, query: str) -> list[tuple]:
        """Return the rows of a query."""
        with self.pipeline.warehouse() as connection:
            return connection.execute(query).fetchall()

    def count(self, indicator: str, **dimensions: str) -> tuple[int, int | None]:
        """Return numerator and denominator of one cell of an indicator; dimensions not given are totals."""
        cell: Mapping[str, str] = dict.fromkeys(DIMENSIONS, "_T") | {"academic_year": "2024/25", **dimensions}
        observations = self.table("indicators.observation").filter(pl.col("indicator") == indicator)
        found = observations.filter(pl.all_horizontal(pl.col(k) == v for k, v in cell.items()))
        assert found.height == 1, f"{found.height} cells"
        return found.row(0, named=True)["numerator"], found.row(0, named=True)["denominator"]

    def table(self, name: str) -> pl.DataFrame:
        """Return a whole table."""
        file = self.folder / "table.parquet"
        with self.pipeline.warehouse() as connection:
            connection.table(name).write_parquet(str(file))
        return pl.read_parquet(file)
