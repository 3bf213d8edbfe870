"""Where everything is, relative to one root folder."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

RUN_LOCK, DECISIONS = "run.lock", "decisions.toml"


@dataclass(frozen=True)
class Paths:
    """The folders of one city's project; tests and benchmarks pass others than the repository's.

    Args:
        root: holds `city.toml` and `data/`; generated files go to its `var/`.
        code: holds `sql/` and `pipelines/`.
    """

    root: Path
    code: Path = Path(__file__).resolve().parents[1]

    @classmethod
    def of_repository(cls) -> "Paths":
        """Return the paths of the repository this file is in."""
        return cls(Path(__file__).resolve().parents[1])

    @cached_property
    def city(self) -> Path:
        """The city profile."""
        return self.root / "city.toml"

    @cached_property
    def raw(self) -> Path:
        """Extracts as sent: `<academic year>/<sender>/<file>`."""
        return self.root / "data" / "raw"

    @cached_property
    def reference(self) -> Path:
        """Populations, code lists and the provider register."""
        return self.root / "data" / "reference"

    @cached_property
    def decisions(self) -> Path:
        """What people decided about returns; there may be none."""
        return self.root / "data" / DECISIONS

    @cached_property
    def policy(self) -> Path:
        """What may be said of people: signed, then only read."""
        return self.root / "data" / "disclosure_policy.toml"

    @cached_property
    def known_totals(self) -> Path:
        """Counts that others publish, for the auditor; a city need not list any."""
        return self.root / "data" / "known_totals.csv"

    @cached_property
    def linkage_model(self) -> Path:
        """What each agreement between two records weighs: trained, reviewed, then only read."""
        return self.root / "data" / "linkage_model.json"

    @cached_property
    def sql(self) -> Path:
        """The models."""
        return self.code / "sql"

    @cached_property
    def var(self) -> Path:
        """Everything generated. Restricted: only the owner may enter."""
        folder = self.root / "var"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @cached_property
    def run_lock(self) -> Path:
        """What the process that runs has locked."""
        return self.var / RUN_LOCK

    @cached_property
    def scratch(self) -> Path:
        """Files of the moment: they may hold exact counts, and are gone when the next run has the lock."""
        folder = self.var / "scratch"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    @cached_property
    def scheduler(self) -> Path:
        """The scheduler's home: its settings and the history of runs. It finds the run lock beside it."""
        return self.var / "dagster"

    @cached_property
    def vault(self) -> Path:
        """The identity vault: returns as sent, rows read from them, tables that hold identities; sealed."""
        return self.var / "vault"

    @cached_property
    def throwaway_secret(self) -> Path:
        """The secret of a synthetic city, made at its first run; never used on real people."""
        return self.var / "synthetic.secret"

    @cached_property
    def receipts(self) -> Path:
        """What became of each return in the last run, a file a collection and year."""
        return self.var / "build" / "receipts"

    @cached_property
    def reports(self) -> Path:
        """Reports on returns, a folder a sender: each is for that sender only."""
        return self.var / "reports"

    @cached_property
    def work_database(self) -> Path:
        """The pipeline's own database file: no other process opens it."""
        return self.var / "build" / "work.duckdb"

    @cached_property
    def analysts_database(self) -> Path:
        """The finished copy that analysts open read-only."""
        return self.var / "analysts" / "learning_indicators.duckdb"

    @cached_property
    def linkage_charts(self) -> Path:
        """Charts of what the linkage weighs, for analysts."""
        return self.var / "analysts" / "linkage"

    @cached_property
    def utility(self) -> Path:
        """What protection costs each indicator: from exact counts, so for analysts."""
        return self.var / "analysts" / "utility.csv"

    @cached_property
    def published(self) -> Path:
        """The table after disclosure control: publication's one door."""
        return self.var / "build" / "published.parquet"

    @cached_property
    def revisions(self) -> Path:
        """Which academic years the next release revises, and which it repeats."""
        return self.var / "build" / "revisions.json"

    @cached_property
    def reporting(self) -> Path:
        """Names of the providers whose learning is counted, by academic year."""
        return self.var / "build" / "reporting.parquet"

    @cached_property
    def linkage(self) -> Path:
        """How well persons are recognised, after disclosure control."""
        return self.var / "build" / "linkage.parquet"

    @cached_property
    def codes(self) -> Path:
        """What figures are broken down by, as publication reads it."""
        return self.var / "build" / "codes.parquet"

    @cached_property
    def years(self) -> Path:
        """Academic years on record, and which of them are released."""
        return self.var / "build" / "academic_year.parquet"

    @cached_property
    def coverage(self) -> Path:
        """How much of what is owed stands, by academic year and format."""
        return self.var / "build" / "coverage.parquet"

    @cached_property
    def merged(self) -> Path:
        """Which categories of provision are published together."""
        return self.var / "build" / "merged_category.parquet"

    @cached_property
    def alignment(self) -> Path:
        """Residents on 31 August by the two ways of bringing estimates there."""
        return self.var / "build" / "alignment.parquet"

    @cached_property
    def strata(self) -> Path:
        """Residents of each ward by age and deprivation, with which its learners are compared."""
        return self.var / "build" / "strata.parquet"

    @cached_property
    def releases(self) -> Path:
        """Finished releases: `<academic year>/<n>/`, and `latest`."""
        return self.var / "releases"
