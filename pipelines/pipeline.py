"""The road from extracts to a release, step by step: plain functions that know nothing of the scheduler.

Each step reads what the step before it left, and can be run again: it replaces what it made.
"""

import json
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

import duckdb
import polars as pl

from pipelines import kept_merging, warehouse
from pipelines.accepted import ACCEPTED, EVENT_COLUMNS, RECEIPT_COLUMNS, show_accepted
from pipelines.changes import HISTORY, note_changes
from pipelines.city import City
from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.lists import POLICY_LISTS
from pipelines.disclosure.policy import Policy, PolicyError
from pipelines.extracts.decisions import Decisions
from pipelines.extracts.deliveries import UNRECOGNISED
from pipelines.extracts.files import digest_of_all
from pipelines.extracts.formats import ACCEPTED_TABLES, FORMATS
from pipelines.extracts.ledger import note
from pipelines.extracts.reception import Owed, Progress, Reception, settle, silent, standing_returns
from pipelines.extracts.returns import Receipt
from pipelines.extracts.store import Store
from pipelines.feedback.mailing import write_reports
from pipelines.identity.erasures import refuse_pending
from pipelines.identity.inventory import Inventory, adopt
from pipelines.identity.keys import Secrets
from pipelines.identity.vault import Vault
from pipelines.identity.vault_files import VaultFiles, address
from pipelines.indicators.catalogue import Indicator, read_catalogue
from pipelines.indicators.lists import CATALOGUE_LISTS
from pipelines.kept import Kept, Made, load_frame
from pipelines.kept_merging import KEPT_MERGING
from pipelines.ledgers import Ledgers, Remembered
from pipelines.linking import link_persons
from pipelines.models import CHANGES, OUTCOMES, RELEASED, Check, Model, read_checks, read_linkage, read_models
from pipelines.paths import Paths
from pipelines.reference import MadeList, ReferenceList
from pipelines.reference_lists import REFERENCE_LISTS
from pipelines.release_year import ReleaseYears, refuse_empty_year
from pipelines.releases.shelf import Shelf
from pipelines.run_lock import lock_for_this_process
from pipelines.staging import Staging
from pipelines.years import AcademicYear

SYNTHETIC_MARK = "synthetic.toml"
ALL_LISTS = (*REFERENCE_LISTS, *CATALOGUE_LISTS, *POLICY_LISTS, KEPT_MERGING)


@dataclass(frozen=True)
class Pipeline:
    """One city's pipeline on one set of folders."""

    paths: Paths

    @cached_property
    def city(self) -> City:
        """The city profile."""
        return City.read(self.paths.city)

    @cached_property
    def catalogue(self) -> dict[str, Indicator]:
        """The indicators."""
        return read_catalogue(self.paths.sql / "indicators", self.city.school_ages)

    @cached_property
    def models(self) -> dict[str, Model]:
        """The SQL models, in dependency order."""
        return read_models(self.paths.sql, known=self.known_tables)

    @cached_property
    def linkage_models(self) -> dict[str, Model]:
        """The models that say who is who."""
        return read_linkage(self.paths.sql)

    @cached_property
    def checks(self) -> list[Check]:
        """The SQL checks."""
        return read_checks(self.paths.sql)

    @cached_property
    def known_tables(self) -> dict[str, dict[str, str]]:
        """Tables that models read and no model makes: table → column → description."""
        accepted = {
            f"{ACCEPTED}.{name}": dict.fromkeys(("return_id", "line", *contract.keep), "")
            for name, (_, contract) in ACCEPTED_TABLES.items()
        }
        lists = {entry.table: dict(entry.columns) for entry in ALL_LISTS}
        desk = {f"{ACCEPTED}.receipt": RECEIPT_COLUMNS, f"{ACCEPTED}.return_event": EVENT_COLUMNS}
        return {**desk, **accepted, **lists, **HISTORY}

    @property
    def synthetic(self) -> bool:
        """Whether the people are invented: the generator leaves its mark beside the extracts."""
        return (self.paths.raw / SYNTHETIC_MARK).exists()

    @cached_property
    def secrets(self) -> Secrets:
        """The keys.

        Raises:
            SecretError: people are real and there is no secret, or one that cannot be used.
        """
        return Secrets.load(
            throwaway=self.paths.throwaway_secret if self.synthetic else None,
            outside=(self.paths.root, self.paths.code),
        )

    @cached_property
    def vault(self) -> Vault:
        """The identity vault, open.

        Raises:
            SecretError: as `secrets`.
            VaultError: others than its owner may enter it.
        """
        return Vault.unlock(self.paths.vault, self.secrets.vault)

    @cached_property
    def linked(self) -> dict[str, int]:
        """Rows of the outcomes of linking that were made together with another, until they are asked for."""
        return {}

    def warehouse(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Open the work database with the keys at hand, what was published, and the vault in sight."""
        files = VaultFiles(self.vault)
        self.check_vault()
        # What is published of a year was released: the variable makes no table anew that stands.
        variables = {**self.secrets.sql_variables(), "published_year": self.shelf.last_year()}
        return warehouse.connect(self.paths.work_database, variables=variables, files=files)

    def delete_work_database(self) -> None:
        """Delete the work database and what DuckDB left beside it; the next run makes it anew."""
        for file in self.paths.work_database.parent.glob(f"{self.paths.work_database.name}*"):
            file.unlink()

    def kept(self, connection: duckdb.DuckDBPyConnection) -> Kept:
        """Return what stands in the work database; another secret keeps nothing."""
        return Kept(connection, self.secrets.fingerprint, self.paths.scratch)

    def lock(self) -> None:
        """Take the run lock until this process ends; clear what a process that died left for the moment.

        Raises:
            Busy: another run is under way.
        """
        if lock_for_this_process(self.paths.run_lock):
            # Earlier versions left such folders beside it.
            for left in (*self.paths.scratch.iterdir(), *self.paths.var.glob("tmp*/")):
                shutil.rmtree(left)

    def check_vault(self) -> None:
        """Take the run lock, and see, once a process, that nothing in the vault was lost or changed.

        Raises:
            Busy: another run is under way.
            LossError: something was.
            SecretError, VaultError: the vault cannot be opened.
        """
        self.lock()
        _ = self._checked_vault

    @cached_property
    def _checked_vault(self) -> Inventory:
        self.vault.tidy()
        adopt(self.vault)
        inventory = Inventory(self.vault)
        inventory.check()
        Store(self.vault).tidy()
        return inventory

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder for files of the moment."""
        with tempfile.TemporaryDirectory(dir=self.paths.scratch) as folder:
            yield Path(folder)

    # extracts

    @cached_property
    def store(self) -> Store:
        """The store of returns."""
        return Store(self.vault, Decisions.read(self.paths.decisions))

    @cached_property
    def staging(self) -> Staging:
        """What tells whether a return can count."""
        return self.staging_beside(self.paths.work_database.parent)

    def staging_beside(self, folder: Path) -> Staging:
        """Return what tells whether a return can count; what does not fit into memory is spilled there."""
        lists = {entry.table: entry for entry in REFERENCE_LISTS}
        return Staging(
            self.models,
            self.checks,
            lambda table: self.read_list(lists[table]),
            lambda: digest_of_all([self.paths.city, *self.paths.reference.rglob("*")]),
            folder / "spill",
        )

    @cached_property
    def senders(self) -> frozenset[str]:
        """Who may send returns, by the provider register."""
        register = self._reference("provider").load(self.paths.reference, self.city)
        return frozenset(register["sender_id"])

    def receive(
        self, collection: str, years: Iterable[AcademicYear], progress: Progress | None = None
    ) -> list[Receipt]:
        """Look at every return of one collection and these years; keep a receipt of each.

        Raises:
            ErasurePendingError: an erasure was broken off.
        """
        years = list(years)
        store = self.store
        self.check_vault()
        refuse_pending(self.vault)
        rules = self.city.reception
        desk = Reception(
            self.paths.raw, store, self.senders, rules.plausibility, self.staging, rules.settle_seconds
        )
        receipts = desk.receive(collection, years, progress)
        note(self.vault, settle(receipts), datetime.now(UTC))
        for year in years:
            of_year = [r.as_json() for r in receipts if r.folder_year == year.folder]
            file = self._receipts_file(collection, year)
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.write_text(json.dumps(of_year, indent=1), "utf-8")
        return receipts

    def receive_all(self) -> None:
        """Look at every return there is.

        Raises:
            ErasurePendingError: an erasure was broken off.
        """
        for collection in (*(module.COLLECTION for module in FORMATS), UNRECOGNISED):
            self.receive(collection, self.city.years)

    def receipts(self) -> list[Receipt]:
        """Every receipt of the last look, later returns standing in the place of earlier ones."""
        collections = [*(module.COLLECTION for module in FORMATS), UNRECOGNISED]
        files = [self._receipts_file(c, year) for c in collections for year in self.city.years]
        found = [Receipt.from_json(r) for f in files if f.exists() for r in json.loads(f.read_text("utf-8"))]
        return settle(found)

    def write_reports(self) -> int:
        """Write a report for each sender on each return of the last look; return how many are new."""
        return write_reports(self.receipts(), self.store, self.catalogue, self.paths.reports)

    def missing_returns(self) -> list[Receipt]:
        """Return a receipt for each return that is owed and has not come."""
        register = self._reference("expected_return").load(self.paths.reference, self.city)
        owed = [Owed(**row) for row in register.with_columns(pl.col("part").fill_null("")).to_dicts()]
        return silent(self.receipts(), owed)

    def _receipts_file(self, collection: str, year: AcademicYear) -> Path:
        return self.paths.receipts / f"{collection}-{year.folder}.json"

    def accept(self) -> dict[str, Made]:
        """Show DuckDB the accepted rows of the returns that stand, by table.

        Raises:
            CityError: none stands of the year that the city names as the one to release.
        """
        with self.warehouse() as connection:
            standing = standing_returns(self.receipts())
            refuse_empty_year(self.city, standing)
            return show_accepted(self.kept(connection), standing, self.store)

    # releases

    @cached_property
    def shelf(self) -> Shelf:
        """The releases and candidates."""
        return Shelf(self.paths.var)

    @cached_property
    def ledgers(self) -> Ledgers:
        """What releases published, and of how many people."""
        return Ledgers(self.vault, self.secrets.rounding)

    def settle_releases(self) -> None:
        """Finish what a killed process began with releases, and refuse to go on where something is missing.

        Raises:
            Busy: another run is under way.
            LedgerError: a release has no ledger, or another one.
            RecordError: the record of releases cannot be read.
            ReleaseGoneError: a release has gone, or was changed.
            VaultError: the vault's list of releases cannot be opened.
        """
        self.check_vault()
        shelf, remembered = self.shelf, self.ledgers.remembered()
        shelf.record.refuse_other(remembered.record)
        shelf.record.in_order(remembered.published)
        shelf.settle()
        manifests = {str(name): shelf.manifest(name) for name in shelf.record.published()}
        shelf.miss(name for name in remembered.published if name not in manifests)
        shelf.check()
        self.ledgers.check(manifests)
        self.remember_releases()
        if candidate := shelf.newest_candidate():
            manifests[str(candidate)] = shelf.manifest(candidate)
        self.ledgers.tidy(manifests.values())

    def remember_releases(self) -> None:
        """Let the vault know which releases were published, and what is in it."""
        record = self.shelf.record
        self.ledgers.remember(Remembered(tuple(map(str, record.published())), record.extent()))
        Inventory(self.vault).note()

    # reference and models

    def read_list(self, entry: ReferenceList | MadeList) -> pl.DataFrame:
        """Return a reference list, or one that is made of something else."""
        if not isinstance(entry, MadeList):
            return entry.load(self.paths.reference, self.city)
        match entry.of:
            case "catalogue":
                return entry.load(self.catalogue)
            case "policy":
                return entry.load(self.policy)
            case "kept_mergings":
                # Where nobody was ever erased, no secret is needed to know that.
                there = (self.paths.vault / kept_merging.FILE).exists()
                return entry.load(kept_merging.read(self.vault) if there else [])

    def load_reference(self, entry: ReferenceList | MadeList) -> Made:
        """Load one reference list."""
        frame = self.read_list(entry)
        with self.warehouse() as connection:
            return load_frame(self.kept(connection), entry.table, frame, entry.columns, entry.description)

    def _reference(self, name: str) -> ReferenceList:
        return next(entry for entry in REFERENCE_LISTS if entry.name == name)

    def build(self, model: Model) -> tuple[Made, dict[str, str]]:
        """Build one model's table, with comments; return it and its column types.

        Raises:
            NothingToReleaseError: the model says which years are released, and none is.
        """
        if model.table in OUTCOMES:
            return link_persons(self, model)
        if model.table == CHANGES:
            return note_changes(self, model)
        with self.warehouse() as connection:
            kept = self.kept(connection)
            fingerprint = kept.fingerprint(model.query, model.depends_on)
            made = kept.make(model.table, fingerprint, partial(create_model, connection, model, self.vault))
            if model.table == RELEASED:
                years, coverage = (connection.table(table).pl() for table in (RELEASED, "core.coverage"))
                ReleaseYears.of(years, coverage, self.city).refuse_none()
            return made, warehouse.column_types(connection, model.table)

    def failing_rows(self, check: Check) -> int:
        """Return how many rows break a check."""
        with self.warehouse() as connection:
            kept = self.kept(connection)
            fingerprint = kept.fingerprint(check.query, check.depends_on)
            count = partial(warehouse.row_count, connection, check.query)
            return kept.make(f"check:{check.table}.{check.name}", fingerprint, count).number

    # disclosure

    @property
    def release_years(self) -> ReleaseYears:
        """Which academic year the release is of, as the last run left it."""
        return ReleaseYears.read(self.paths.years, self.paths.coverage, self.city)

    @property
    def coverage(self) -> Coverage:
        """How complete the returns are that figures rest on, and in what one provider could be told."""
        limits = self.city.reception.coverage
        coverage, merged = (pl.read_parquet(file) for file in (self.paths.coverage, self.paths.merged))
        return Coverage.of(coverage, limits.marked, limits.withheld, merged)

    @cached_property
    def policy(self) -> Policy:
        """The disclosure control policy.

        Raises:
            PolicyError: it cannot be used, or names a profile for an extract format that there is not.
        """
        policy = Policy.read(self.paths.policy)
        if unknown := set(policy.profiles) - {module.COLLECTION for module in FORMATS}:
            raise PolicyError(
                f"{self.paths.policy.name}: no such extract format: {', '.join(sorted(unknown))}"
            )
        return policy


def create_model(connection: duckdb.DuckDBPyConnection, model: Model, vault: Vault) -> int:
    """Make a model's table or view, with comments; return its rows.

    One whose rows say who somebody is, is sealed: the database has a view of the vault's file.
    """
    rows = _seal(connection, model, vault) if model.is_sealed else create_plain(connection, model)
    warehouse.comment(connection, model.table, model.description, model.columns)
    return rows


def create_plain(connection: duckdb.DuckDBPyConnection, model: Model) -> int:
    """Make a model's table or view in the database, whatever its rows say; return their number."""
    create = warehouse.create_view if model.is_view else warehouse.create_table
    return create(connection, model.table, model.query)


def _seal(connection: duckdb.DuckDBPyConnection, model: Model, vault: Vault) -> int:
    # Under a new name, so that the view has its old file until it has its new one.
    file = vault.folder / "tables" / f"{model.table}-{secrets.token_hex(8)}.parquet"
    connection.sql(model.query).write_parquet(address(vault, file))
    rows = warehouse.create_view(connection, model.table, warehouse.select_parquet([address(vault, file)]))
    Inventory(vault).delete(old for old in file.parent.glob(f"{model.table}-*.parquet") if old != file)
    return rows
