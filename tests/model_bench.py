"""A bench on which the SQL models run over a handful of records made by hand."""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from pipelines import warehouse
from pipelines.accepted import EVENT_COLUMNS, RECEIPT_COLUMNS, events_frame
from pipelines.indicators.terms import DIMENSIONS
from pipelines.kept import load_frame
from pipelines.models import (
    CHANGES,
    COUNTING,
    LINKED,
    NOT_COUNTED,
    OUTCOMES,
    RECORDS,
    RELEASED,
    tables_of,
    union,
)
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from tests.bench_lists import (
    AREA_OF_QUINTILE,
    CITY_POSTCODE,
    REPOSITORY,
    lists_by_hand,
    lists_of_the_city,
    standard_lists,
)

ULN_A, ULN_B = "9276308686", "1000000027"
"""Two numbers that pass the check digit: HESA's published example, and one worked out by hand below."""
# 1000000027: 10*1 + 2*2 + 1*7 = 21, 21 mod 11 = 10, as it must be.

COUNTED, OBSERVATION, HAS_EVERY_COLUMN = "indicators.counted", "indicators.observation", "uis_transition"
PROVIDERS = ("10090001", "10090002")

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
    release_year: str | None = None
    """The academic year that the city names as the one to release."""
    made: set[str] = field(default_factory=set)
    """Tables that are there."""
    alone: dict[str, pl.DataFrame] = field(default_factory=dict)
    """Indicator → its observations, where those of the others were not asked for."""

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
        """Stage the records and link them; what is made of that is made once it is asked for."""
        records = pl.concat([pl.DataFrame(self.records, schema=RECORD_TYPES), *self.ready])
        years = records["academic_year"].unique().sort()
        places = [(year, provider) for year in years for provider in self.providers]
        receipts = pl.DataFrame(
            [
                (f"r{i}", i, "ilr", provider, year, "", "2025-10-01", (records["return_no"] == i).sum())
                for i, (year, provider) in enumerate(places)
                if (year, provider) not in self.missing
            ],
            schema=dict.fromkeys(RECEIPT_COLUMNS, pl.String) | {"return_no": pl.Int64, "kept": pl.Int64},
            orient="row",
        )
        with self.kept_open():
            self._stage(receipts, records)
            for table in self._before_linking():
                self.pipeline.build(self.pipeline.models[table])
            self.pipeline.build(self.pipeline.models[LINKED])
        self.made, self.alone = {*self._before_linking(), LINKED, *OUTCOMES}, {}

    def kept_open(self) -> AbstractContextManager[None]:
        """Open the database once for what is done in here."""
        return warehouse.keep_open(self.pipeline.paths.work_database)

    def _before_linking(self) -> list[str]:
        """Return the tables that say which years are released, in order."""
        models, waiting, found = self.pipeline.models, [RELEASED], set()
        while waiting:
            model = models.get(waiting.pop())
            if model and model.schema != "staging" and model.table not in found:
                found.add(model.table)
                waiting += model.depends_on
        return [table for table in models if table in found]

    def _stage(self, receipts: pl.DataFrame, records: pl.DataFrame) -> None:
        with self.pipeline.warehouse() as connection:
            kept = self.pipeline.kept(connection)
            lists = standard_lists() | lists_of_the_city(self) | lists_by_hand(self)
            read = {LINKED, *self._before_linking()}
            early = {table for name in read for table in self.pipeline.models[name].depends_on}
            for name, file in lists.items():
                table, query = f"reference.{name}", warehouse.select_parquet([file])
                # Linking asks whether what it reads is what it was.
                if table in early:
                    create = partial(warehouse.create_view, connection, table, query)
                    kept.make(table, kept.fingerprint(file.read_bytes()), create)
                else:
                    warehouse.define_view(connection, table, query)
            load_frame(kept, "accepted.receipt", receipts, RECEIPT_COLUMNS)
            load_frame(kept, "accepted.return_event", events_frame(self.pipeline.vault), EVENT_COLUMNS)
            load_frame(kept, COUNTING, records, {})
            all_count = f"select *, cast(null as varchar) as {NOT_COUNTED} from {COUNTING}"
            warehouse.define_view(connection, RECORDS, all_count)

    def make(self, *tables: str) -> None:
        """Make tables, and all that they are made of, unless they are there."""
        models, waiting, wanted = self.pipeline.models, list(tables), set()
        while waiting:
            model = models.get(waiting.pop())
            if model and model.schema != "staging" and model.table not in self.made | wanted:
                wanted.add(model.table)
                waiting += model.depends_on
        if CHANGES in wanted:
            self.pipeline.build(models[CHANGES])
        with self.pipeline.warehouse() as connection:
            for table in [table for table in models if table in wanted - {CHANGES}]:
                # Few rows each: nothing is gained by storing what is read once.
                counted = table.startswith("indicators.") and table != OBSERVATION
                create = warehouse.define_view if counted or models[table].is_view else warehouse.create_table
                create(connection, table, models[table].query)
        self.made |= wanted

    def make_all(self) -> None:
        """Make every table."""
        self.make(*self.pipeline.models)

    def copy(self, folder: Path) -> "Bench":
        """Return a bench of its own with all that was built on this one."""
        shutil.copytree(self.folder, folder)
        pipeline = Pipeline(Paths(folder, REPOSITORY))
        pipeline.__dict__.update(
            {k: self.pipeline.__dict__[k] for k in ("models", "linkage_models", "secrets")}
        )
        return Bench(folder, pipeline, made=set(self.made))

    def rows(self, query: str) -> list[tuple]:
        """Return the rows of a query."""
        with self.kept_open(), self.pipeline.warehouse() as connection:
            self.make(*tables_of(query))
            return connection.execute(query).fetchall()

    def count(self, indicator: str, **dimensions: str) -> tuple[int, int | None]:
        """Return numerator and denominator of one cell of an indicator; dimensions not given are totals."""
        cell: Mapping[str, str] = dict.fromkeys(DIMENSIONS, "_T") | {"academic_year": "2024/25", **dimensions}
        found = self._observed(indicator).filter(pl.all_horizontal(pl.col(k) == v for k, v in cell.items()))
        assert found.height == 1, f"{found.height} cells"
        return found.row(0, named=True)["numerator"], found.row(0, named=True)["denominator"]

    def _observed(self, indicator: str) -> pl.DataFrame:
        """Return the observations of an indicator: with all others, if these were made, or alone."""
        if OBSERVATION in self.made:
            return self.table(OBSERVATION).filter(pl.col("indicator") == indicator)
        if indicator not in self.alone:
            self.alone[indicator] = self._observed_alone(indicator)
        return self.alone[indicator]

    def _observed_alone(self, indicator: str) -> pl.DataFrame:
        models = self.pipeline.models
        # Beside one that has every column there is; the others have nothing to do with it.
        counted = [models[f"indicators.{name}"] for name in sorted({indicator, HAS_EVERY_COLUMN})]
        alone = union(COUNTED, counted, "indicator")
        with self.kept_open(), self.pipeline.warehouse() as connection:
            self.make(*alone.depends_on, *models[OBSERVATION].depends_on - {COUNTED})
            warehouse.define_view(connection, COUNTED, alone.query)
            connection.sql(models[OBSERVATION].query).write_parquet(str(self.folder / "table.parquet"))
        return pl.read_parquet(self.folder / "table.parquet").filter(pl.col("indicator") == indicator)

    def table(self, name: str) -> pl.DataFrame:
        """Return a whole table."""
        file = self.folder / "table.parquet"
        with self.kept_open(), self.pipeline.warehouse() as connection:
            self.make(name)
            connection.table(name).write_parquet(str(file))
        return pl.read_parquet(file)
