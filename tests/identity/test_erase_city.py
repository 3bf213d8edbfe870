"""The marked people of a whole city are erased, one by one, and the city is searched to the last byte.

Two of them share a learner number and a name, and differ in the date of birth.
"""

import re
import signal

import polars as pl
import pytest

from pipelines import warehouse
from pipelines.extracts.formats import ACCEPTED_TABLES
from pipelines.identity.vault_files import VaultFiles
from pipelines.pipeline import Pipeline
from tests.identity.marked_city import (
    ADULT,
    BAD,
    CANARIES,
    CHILD,
    FAMILY,
    GIVEN,
    INFANT,
    POSTCODE,
    ULN,
    UPN,
    MarkedCity,
)
from tests.identity.searching import sighted, sightings

pytestmark = pytest.mark.slow

REQUESTS = {
    "adult": f'uln = "{ULN}"\nbirth_date = {ADULT}\n',
    "child": f'upn = "{UPN}"\nbirth_date = {CHILD}\n',
    "infant": f'family_name = "{FAMILY}"\ngiven_name = "{GIVEN}"\nbirth_date = {INFANT}\n',
}
KILLED = """if True:
    import os, signal, sys
    from pipelines import cli
    from pipelines.extracts.store import Store
    real, left = Store.clear, iter(range(9))
    def clear(store, return_id):
        if store.pinned(return_id) and next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        real(store, return_id)
    Store.clear = clear
    cli.main([*sys.argv[2:], "--root", sys.argv[1]])
"""
NOT_BUILT_ANEW = """if True:
    import sys
    from pipelines import cli
    def run(paths):
        "Do nothing."
        return 0
    cli.run = run
    sys.exit(cli.main([*sys.argv[2:], "--root", sys.argv[1]]))
"""
"""The vault is seen to; what is made from it waits for the next command, which makes it for both."""
ROOTS = (
    "learner",
    "student",
    "enrolment",
    "apprentice",
    "pupil",
    "pupilonroll",
    "pupilnolongeronroll",
    "eychild",
)
CHILDREN = {
    "ilr_learning_delivery": ("learner", "parent_line", "line"),
    "student_record_disability": ("student", "parent_line", "line"),
    "student_record_engagement": ("student", "parent_line", "line"),
    "student_record_entry_profile": ("engagement", "parent_line", "line"),
    "student_record_leaver": ("engagement", "parent_line", "line"),
    "student_record_student_course_session": ("engagement", "parent_line", "line"),
}


def accepted_rows(pipeline):
    """Return (return, table) → the accepted rows of every return that was accepted."""
    store, rows = pipeline.store, {}
    for receipt in pipeline.receipts():
        for name, (module, contract) in ACCEPTED_TABLES.items():
            of_it = receipt.kept and receipt.collection == module.COLLECTION
            if frames := of_it and store.drawer_of(receipt).frames(contract.table):
                rows[receipt.return_id, name] = pl.concat(frames)
    return rows


def without_marked(rows):
    """Return the rows of everybody who is not marked, by what the marks are and nothing else."""
    left = {}
    for (return_id, name), frame in rows.items():
        owner = CHILDREN.get(name)
        if name.endswith(tuple(f"_{root}" for root in ROOTS)):
            bears = [c for c in ("family_name", "uln") if c in frame.columns]
            marked = pl.any_horizontal(pl.col(c).is_in([FAMILY, ULN]).fill_null(False) for c in bears)
        elif name.startswith("school_census_addresses"):
            # Those of marked pupils are marked; the pupils themselves may have been set aside.
            marked = pl.col("postcode").eq_missing(POSTCODE)
        elif owner:
            whole = rows[return_id, name.replace(CHILD_TABLE[name], owner[0])]
            kept = left[return_id, name.replace(CHILD_TABLE[name], owner[0])]
            marked = pl.col(owner[1]).is_in(whole.join(kept, on=owner[2], how="anti")[owner[2]].implode())
        else:
            marked = pl.lit(False)
        left[return_id, name] = frame.filter(~marked)
    return left


CHILD_TABLE = {name: ACCEPTED_TABLES[name][1].table for name in CHILDREN}


class Erasing:
    """A marked city, before anybody was erased."""

    def __init__(self, folder, monkeypatch):
        self.city = MarkedCity(folder)
        monkeypatch.setenv("LEARNING_INDICATORS_SECRET_FILE", str(self.city.secret))
        assert self.city.learning_indicators("run").returncode == 0
        self.pipeline = Pipeline(self.city.paths)
        # In the order of the road, so that owners come before what they own.
        self.rows = accepted_rows(self.pipeline)
        # Without the lock, which the command needs.
        files = VaultFiles(self.pipeline.vault)
        with warehouse.connect(self.city.paths.work_database, files=files) as connection:
            marked = """select distinct cast(link.person_id as varchar) from identity.person_link as link
                join staging.learning_record as record on link.record_id = record.record_id
                where record.family_name = $1 or record.uln = $2"""
            self.pseudonyms = [p for (p,) in connection.execute(marked, [FAMILY, ULN]).fetchall()]
        self.before = self.seen()

    def seen(self, beside=()):
        """Return what is found anywhere: the vault opened, and all else."""
        vault = self.pipeline.vault
        wanted = (*CANARIES, *self.pseudonyms)
        found = [
            f"{file.name}, opened: {what}"
            for file in vault.sealed_files()
            for what in sighted(vault.read(file), wanted)
        ]
        return found + sightings(self.city.root.parent, wanted, beside)

    def erase(self, who, *arguments, script=None):
        """Run the command on a request; nothing that it says may say who it is about."""
        file = self.city.elsewhere / "request.toml"
        file.write_text(REQUESTS[who])
        arguments = ("erase", "--request", str(file), *arguments)
        command = (
            self.city.learning_indicators if script is None else lambda *a: self.city.command(script, *a)
        )
        result = command(*arguments)
        file.unlink()
        assert sighted((result.stdout + result.stderr).encode(), CANARIES) == [], "the command says who"
        return result

    def count(self, who):
        """Return how many records the command says there are."""
        result = self.erase(who)
        assert result.returncode == 0, result.stdout + result.stderr
        return int(re.match(r"(\d+) records:", result.stdout)[1])


def test_marked_people_are_erased_and_nobody_else(tmp_path, monkeypatch):
    city = Erasing(tmp_path, monkeypatch)
    assert len(city.pseudonyms) >= 3
    # Not every way to write a day occurs.
    there = (FAMILY, GIVEN, POSTCODE, ULN, UPN, BAD, ADULT, CHILD, INFANT, *city.pseudonyms)
    assert [what for what in there if not any(found.endswith(what) for found in city.before)] == []
    # Two marked rows in each of 11 ILR returns, 2 student records, 10 of community learning and 2 of the
    # apprenticeship service, and one in a copy of another college's file, which was refused.
    assert city.count("adult") == 51
    killed = city.erase("adult", "--confirm", "51", script=KILLED)
    assert killed.returncode == -signal.SIGKILL
    # Ten returns of two rows were redacted; the refused one went first, and the database before it.
    assert city.count("adult") == 51 - 1 - 20
    assert city.erase("adult", "--confirm", "30", script=NOT_BUILT_ANEW).returncode == 3
    # Two pupils and two leavers of the census, and two pupils of the transfer file.
    assert city.erase("child", "--confirm", "6", script=NOT_BUILT_ANEW).returncode == 3
    last = city.erase("infant", "--confirm", "2", "--inbox")
    assert last.returncode == 0, last.stdout + last.stderr
    assert city.seen() == []
    expected = without_marked(city.rows)
    for (return_id, table), rows in accepted_rows(city.pipeline).items():
        same = rows.equals(expected[return_id, table].select(rows.columns))
        assert same, (return_id, table)
