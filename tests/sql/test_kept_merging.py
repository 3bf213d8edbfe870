"""One erased person tips a category of provision: what is put together stays so until others change."""

import duckdb
import polars as pl
import pytest

from pipelines import kept_merging
from pipelines.identity.vault import Vault
from pipelines.kept_merging import KEPT_MERGING, Merging, kept_mergings

BEFORE = {"N": 30, "A": 17, "B": 1, "C": 2, "X": 4, "Y": 4, "Z": 4}
"""Three choirs, of whose 20 enrolments A has 17, 85 %; a college whose numbers are public; three shops."""
KIND = {"N": "college", "X": "shop", "Y": "shop", "Z": "shop"}


class City:
    """Enrolments of one year by provider, and what is put together."""

    def __init__(self, connection, models, vault):
        self.connection, self.models, self.vault = connection, models, vault

    def build(self, **changed):
        """Build the two tables of other enrolments, with what the vault keeps; return which are together."""
        enrolments = [
            ("2024/25", provider, KIND.get(provider, "choir"), "s", "l", "t", "m", "city")
            for provider, number in (BEFORE | changed).items()
            for _ in range(number)
        ]
        columns = ["academic_year", "provider_id", "provider_kind", "sector", "level", "setting", "theme"]
        tables = {
            "core.enrolment": pl.DataFrame(enrolments, schema=[*columns, "residence"], orient="row"),
            KEPT_MERGING.table: KEPT_MERGING.load(kept_merging.read(self.vault)),
        }
        for table, frame in tables.items():
            self.connection.register("frame", frame)
            self.connection.execute(f"create or replace table {table} as select * from frame")
        for table in ("core.merging", "core.merged_category"):
            self.connection.execute(f"create or replace table {table} as {self.models[table].query}")
        return self.merging.together("provider_kind")

    @property
    def merging(self):
        """What the last build put together."""
        return Merging.of(self.connection)

    def erase_one_of(self, before, **after):
        """Note what the erasure changed, as the command does."""
        self.build(**before)
        then = self.merging
        self.build(**after)
        kept_merging.note(self.vault, kept_mergings(then, self.merging))


@pytest.fixture
def city(models, tmp_path):
    with duckdb.connect() as connection:
        connection.execute("create schema core; create schema reference")
        connection.execute(
            "create table reference.dominance as select 3 as fewest_providers, 85 as largest_share;"
            "create table reference.public_provider as select 'kind' as what, 'college' as code;"
            "create table core.academic_year as select '2024/25' as academic_year, true as is_released"
        )
        yield City(connection, models, Vault.throwaway(tmp_path / "vault"))


def test_one_fewer_would_be_put_together(city):
    """17 of 19 are 89 %: the choirs go with the shops, of whose 31 the choir then has 55 %."""
    assert city.build() == []
    assert city.build(C=1) == ["choir", "shop"]


def test_after_an_erasure_it_stands_by_itself_as_before(city):
    city.erase_one_of({}, C=1)
    assert city.build(C=1) == []


def test_it_stands_while_others_change(city):
    city.erase_one_of({}, C=1)
    assert city.build(C=1, N=55, X=9) == []


def test_it_is_judged_anew_once_the_category_itself_changes_and_again_when_that_is_taken_back(city):
    """18 of 20 are 90 %."""
    city.erase_one_of({}, C=1)
    assert city.build(C=1, A=18) == ["choir", "shop"]
    assert city.build(C=1) == []


def test_so_it_is_where_the_erasure_lets_it_stand(city):
    """18 of 21 are 85.7 %; 17 of 20 are 85 %."""
    then = {"A": 18}
    assert city.build(**then) == ["choir", "shop"]
    city.erase_one_of(then)
    assert city.build() == ["choir", "shop"]
    assert city.build(B=2) == []


def test_a_second_erasure_keeps_what_the_first_kept(city):
    city.erase_one_of({}, C=1)
    city.erase_one_of({"C": 1}, C=1, A=16, B=0)
    # 16 of 17 at two providers.
    assert city.build(C=1, A=16, B=0) == []


def test_where_the_erased_one_was_alone_in_a_category(city):
    """Of a shop with one enrolment nothing is left: it was with others, and is no more."""
    then = {"X": 0, "Y": 0, "Z": 1}
    together = city.build(**then)
    assert "shop" in together
    gone = {"X": 0, "Y": 0, "Z": 0}
    city.erase_one_of(then, **gone)
    assert city.build(**gone) == together


def test_an_erasure_that_tips_nothing_keeps_nothing(city):
    city.erase_one_of({}, N=29)
    assert kept_merging.read(city.vault) == []
