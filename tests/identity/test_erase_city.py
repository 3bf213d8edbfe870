"""A person is erased on request: found nowhere any more, by the search that finds them before; others stay.

The marked adult is in returns of five formats, in rows that were kept and in rows that were set aside. A
child and an infant have the same names, and the child the same learner number: they stay.
"""

import json
import re
import signal

import duckdb
import pytest

from pipelines.extracts.community_contract import COLUMNS
from pipelines.extracts.returns import State
from pipelines.pipeline import Pipeline
from tests.extracts.hostile import community_rows, csv_bytes
from tests.identity.marked_city import ADULT, CHILD, FAMILY, GIVEN, INFANT, ULN, MarkedCity, written
from tests.identity.searching import sighted, sightings

ADULTS = f'birth_date = {ADULT}\nuln = "{ULN}"\nfamily_name = "{FAMILY}"\ngiven_name = "{GIVEN}"\n'
COMMUNITY = "MCR-002/community-learning_MCR-002_2024-25_2025-08-20.csv"
KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from pipelines import cli
from pipelines.extracts import store
real, count = store.write_whole, iter(range(1000))
def write_whole(file, text):
    real(file, text)
    if file.name == store.PINNED and next(count) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
store.write_whole = write_whole
sys.exit(cli.main(['erase', '--root', sys.argv[1], *sys.argv[2:]]))
"""
QUERY = """
import json, sys
from pathlib import Path
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
with Pipeline(Paths(Path(sys.argv[1]))).warehouse() as connection:
    rows = connection.execute(sys.argv[2], sys.argv[3:]).fetchall()
print(json.dumps(rows, default=str))
"""
"""In a process of its own: whoever opens the work database holds the lock until it ends."""
STAGED = "select count(*) from staging.learning_record where birth_date = $1"
PEOPLE = """
select birth_date, count(*) from staging.learning_record
where birth_date is distinct from $1 group by all order by all
"""


class Erasing:
    """A marked city that has been run, and what is asked of it."""

    def __init__(self, folder, monkeypatch):
        self.city = MarkedCity(folder)
        monkeypatch.setenv("LEARNING_INDICATORS_SECRET_FILE", str(self.city.secret))
        self.request = self.city.elsewhere / "request.toml"
        self.request.write_text(ADULTS)
        self.run()

    def run(self):
        result = self.city.learning_indicators("run")
        assert result.returncode == 0, result.stdout + result.stderr

    def erase(self, *options, script=None):
        options = ("--request", str(self.request), *options)
        if script:
            return self.city.command(script, *options)
        return self.city.learning_indicators("erase", *options)

    def records(self):
        """Return how many records the command says there are."""
        return int(re.search(r"^([\d,]+) record", self.erase().stdout, re.M)[1])

    def rows(self, query, *values):
        result = self.city.command(QUERY, query, *values)
        assert result.returncode == 0, result.stderr
        return [tuple(row) for row in json.loads(result.stdout)]

    def pseudonyms(self):
        query = """
            select distinct person_id from identity.person_link
            join staging.learning_record using (record_id) where birth_date = $1
        """
        return [str(person) for (person,) in self.rows(query, ADULT)]

    def in_the_vault(self, *wanted, unread=()):
        """Return which are in what the vault holds, opened, but for these returns."""
        vault = Pipeline(self.city.paths).vault
        files = (f for f in vault.sealed_files() if f.relative_to(vault.folder).parts[0] not in unread)
        return {found for file in files for found in sighted(vault.read(file), wanted)}

    def refused(self):
        """Return the returns in whose files nobody can look for anybody: each run tries them again."""
        store = Pipeline(self.city.paths).store
        last = {i: store.receipts_of(i)[-1] for i in store.return_ids()}
        return {i for i, receipt in last.items() if receipt.state is State.REFUSED}

    def in_sight(self, *wanted):
        """Return where any of these are outside of the vault and of what senders sent."""
        beside = (self.city.paths.raw, self.city.paths.vault, self.city.elsewhere)
        return sightings(self.city.root.parent, wanted, beside)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A city that was run, and what was in it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Erasing(tmp_path_factory.mktemp("erasing"), monkeypatch)


# In this order: each test goes on from where the one before it left the city.


@pytest.mark.slow
def test_nothing_is_done_without_the_right_number(asked):
    """Nor is anything said of the person but how many records there are."""
    asked.before = asked.rows(PEOPLE, ADULT)
    asked.staged = asked.rows(STAGED, ADULT)[0][0]
    asked.persons = asked.pseudonyms()
    assert asked.staged > 20
    assert asked.in_the_vault(ADULT, *written(ADULT), CHILD, INFANT) >= {ADULT, CHILD, INFANT}
    assert any("learning_indicators.duckdb" in where for where in asked.in_sight(*asked.persons))
    asked.count = asked.records()
    for options in ((), ("--confirm", str(asked.count + 1)), ("--confirm", "0")):
        result = asked.erase(*options)
        assert result.returncode == (2 if options else 0)
        assert not sighted((result.stdout + result.stderr).encode(), [ADULT, ULN, FAMILY, GIVEN])
    assert asked.records() == asked.count
    assert asked.rows(PEOPLE, ADULT) == asked.before
    assert asked.rows(STAGED, ADULT) == [(asked.staged,)]


@pytest.mark.slow
def test_what_a_crash_leaves_undone_the_command_does_when_it_runs_again(asked):
    result = asked.erase("--confirm", str(asked.count), script=KILLED_IN_THE_MIDDLE)
    assert result.returncode == -signal.SIGKILL, result.stdout + result.stderr
    assert ADULT in asked.in_the_vault(ADULT)
    left = asked.records()
    assert 0 < left < asked.count
    result = asked.erase("--confirm", str(left))
    assert result.returncode == 3, result.stdout + result.stderr
    asked.said = result.stdout


@pytest.mark.slow
def test_the_person_is_nowhere_and_everybody_else_is_where_they_were(asked):
    assert asked.in_the_vault(*written(ADULT)) == set()
    assert asked.in_the_vault(*asked.persons) == set()
    assert asked.in_sight(*written(ADULT), *asked.persons) == []
    assert asked.rows(STAGED, ADULT) == [(0,)]
    assert asked.rows(PEOPLE, ADULT) == asked.before
    assert asked.in_the_vault(CHILD, INFANT, ULN) == {CHILD, INFANT, ULN}
    assert asked.records() == 0


@pytest.mark.slow
def test_files_of_senders_that_hold_the_person_are_named(asked):
    """Of the year in which everybody marked is: those that were read, and those that were refused."""
    assert COMMUNITY in asked.said
    assert "10090003/ILR-10090002-2425" in asked.said
    assert "10099999/ILR-10099999-2425" in asked.said
    assert "data/raw/2024-25/352/" not in asked.said
    assert (asked.city.paths.raw / "2024-25" / COMMUNITY).exists()


@pytest.mark.slow
def test_neither_a_run_nor_a_return_that_is_sent_again_brings_them_back(asked):
    file = asked.city.paths.raw / "2024-25" / COMMUNITY
    again = file.with_name("community-learning_MCR-002_2024-25_2025-08-29.csv")
    text = file.read_text("utf-8")
    assert written(ADULT)[1] in text
    # The same bytes would be known as such, and not read.
    again.write_text(text.replace("Walking for health", "Walking", 1), "utf-8")
    asked.run()
    assert asked.in_the_vault(*written(ADULT), unread=asked.refused()) == set()
    assert asked.in_sight(*written(ADULT), *asked.persons) == []
    assert asked.rows(PEOPLE, ADULT) == asked.before
    with duckdb.connect(asked.city.paths.analysts_database, read_only=True) as connection:
        states = connection.execute(
            "select state from core.return_event where files like '%2025-08-29%' order by event_no"
        ).fetchall()
    assert states == [("received",), ("accepted",)]


@pytest.mark.slow
def test_what_was_read_stands_after_the_senders_files_are_gone(asked):
    """With --inbox the command deletes them; what it left of each return is read no more, and counts."""
    # A refused return that lies there still was sealed again by the run above.
    result = asked.erase("--confirm", str(asked.records()), "--inbox")
    assert result.returncode == 0, result.stdout + result.stderr
    assert not (asked.city.paths.raw / "2024-25" / COMMUNITY).exists()
    assert asked.in_the_vault(*written(ADULT)) == set()
    assert sightings(asked.city.paths.raw, written(ADULT)) == []
    asked.run()
    assert asked.rows(PEOPLE, ADULT) == asked.before
    assert asked.in_the_vault(*written(ADULT)) == set()


@pytest.mark.slow
def test_another_secret_forgets_nobody(asked):
    """The list of the erased has a key of its own, which is sealed anew with the vault."""
    asked.city.secret.write_text("b" * 40 + "\n" + "a" * 40)
    assert asked.city.learning_indicators("rekey").returncode == 0
    asked.city.secret.write_text("b" * 40)
    file = asked.city.paths.raw / "2024-25" / "MCR-002" / "community-learning_MCR-002_2024-25_2025-08-30.csv"
    file.write_bytes(sent_again())
    asked.run()
    assert asked.in_the_vault(*written(ADULT)) == set()
    assert asked.rows("select count(*) from staging.learning_record where birth_date = '1988-08-08'") == [
        (1,)
    ]


def sent_again():
    """Return a community-learning file of the marked adult and of somebody born on 8 August 1988."""
    rows = community_rows("MCR-002", 2)
    born = COLUMNS.index("date_of_birth")
    rows[1][born], rows[2][born] = written(ADULT)[1], "08/08/1988"
    return csv_bytes(rows)
