"""Whoever is erased is found nowhere any more, and everybody else is where they were.

Counts are worked out by hand from `small_town.py`. The same on a whole city: `test_erase_city.py`.
"""

import io
import json
import re
import shutil
from dataclasses import replace

import duckdb
import polars as pl
import pytest

from pipelines import cli, erasing
from pipelines.erasure_request import Request, RequestError
from pipelines.extracts import ilr
from pipelines.extracts import store as store_module
from pipelines.extracts.counting import CAN_COUNT, MEMORY
from pipelines.extracts.earlier import note_deleted
from pipelines.extracts.reception import standing_returns
from pipelines.extracts.redaction import Redaction
from pipelines.extracts.returns import State
from pipelines.identity.erasures import LOG, PENDING, ErasurePendingError, Erasures, Person, folded
from pipelines.identity.inventory import FILE as INVENTORY
from pipelines.identity.keys import Secrets
from pipelines.identity.vault import Vault
from pipelines.releases.record import Step
from tests.identity.small_town import (
    ANNA,
    ANNA_LATE,
    AUTHORITY,
    BEN,
    BORN,
    CLEO,
    CLUB,
    COLLEGE,
    DORA,
    EVE,
    LIBRARY,
    OF_DORA,
    OF_EVE,
    OTHER_COLLEGE,
    OTHER_ULN,
    TRACES,
    ULN,
    UPN,
    Learner,
    Town,
    community_row,
    of_anna,
)
from tests.releases.test_lifecycle import built as build_tiny_candidate

THIRD_ULN = "1000000035"
"""10*1 + 2*3 + 1*5 = 21, 21 mod 11 = 10, as it must be."""
ILR, COMMUNITY = (COLLEGE, "2024/25", "ilr"), (LIBRARY, "2024/25", "community_learning")


@pytest.fixture
def empty_town(tmp_path):
    return Town(tmp_path)


@pytest.fixture(scope="module")
def settled_town(tmp_path_factory):
    return Town(tmp_path_factory.mktemp("town")).settle()


@pytest.fixture
def town(settled_town, tmp_path):
    return settled_town.copy(tmp_path / "town")


# Who is found


def test_records_of_every_return_are_found_whether_it_stands_and_whether_they_were_set_aside(town):
    found = town.find()
    # One in the early return, which is superseded; two in the late one, of which one is set aside; two.
    assert found.counts == {ILR: 3, COMMUNITY: 2}
    # Ben bears her number, and has another date of birth.
    assert found.others == 1


@pytest.mark.parametrize(
    "request_text",
    [
        f'family_name = "QUÁXLEY"\ngiven_name = "anna"\nbirth_date = {BORN}',
        f'family_name = "Quaxley"\ngiven_name = "Anna"\nbirth_date = "{BORN}"\npostcode = "m9 9qx"',
        f'provider = "{COLLEGE}"\nreference = "REFQX1"\nbirth_date = {BORN}',
        f'provider = "{LIBRARY}"\nreference = "REFQX2"\nbirth_date = {BORN}',
    ],
)
def test_one_thing_that_is_known_leads_to_all_records(town, request_text):
    found = town.find(request_text)
    # Ben is met once her number is known.
    assert (found.counts, found.others) == ({ILR: 3, COMMUNITY: 2}, 1)


@pytest.mark.parametrize(
    "request_text",
    [
        # Ben's date of birth leads to Ben alone.
        (ANNA.replace(BORN, "1990-03-04"), {(OTHER_COLLEGE, "2024/25", "ilr"): 1}),
        (ANNA.replace(BORN, "1980-02-02"), {}),
        (f'family_name = "Quaxley"\ngiven_name = "Anna"\nbirth_date = {BORN}\npostcode = "M2 2BB"', {}),
        (f'family_name = "Quaxley"\ngiven_name = "Ann"\nbirth_date = {BORN}', {}),
        (f'provider = "{OTHER_COLLEGE}"\nreference = "REFQX1"\nbirth_date = {BORN}', {}),
    ],
)
def test_who_agrees_in_one_thing_only_is_not_found(town, request_text):
    text, counts = request_text
    assert town.find(text).counts == counts


def test_names_that_two_people_have_say_nobody(empty_town):
    empty_town.send_community(
        of_anna("C1"), community_row("C2", OTHER_ULN, family="Quaxley", given="Anna", born="01/02/1980")
    )
    empty_town.look()
    names = f'family_name = "Quaxley"\ngiven_name = "Anna"\nbirth_date = {BORN}\n'
    with pytest.raises(RequestError, match="several people"):
        empty_town.find(names)
    assert len(empty_town.find(f'{names}uln = "{OTHER_ULN}"').records) == 1


def test_a_number_that_differs_outweighs_a_name(empty_town):
    """A namesake of the same day, at the same library, under a number of their own."""
    namesake = community_row("N1", OTHER_ULN, family="Quaxley", given="Anna", born="01/02/1980")
    empty_town.send_community(of_anna("REFQX1"), namesake)
    empty_town.look()
    empty_town.erase()
    empty_town.look()
    assert empty_town.rows(LIBRARY, "community_learning", "enrolment", "learner_reference") == ["N1"]


def test_a_row_without_a_date_of_birth_goes_by_number_and_name(empty_town):
    empty_town.send_ilr(
        COLLEGE, ANNA_LATE, Learner("L7", ULN, "Quaxley", "Anna", ""), Learner("L8", ULN, "Else", "Ada", "")
    )
    empty_town.look()
    assert empty_town.find().counts == {ILR: 2}


def test_a_row_without_a_date_of_birth_stays_where_a_namesake_bears_the_number_too(empty_town):
    namesake = Learner("L9", ULN, "Quaxley", "Anna", "1999-01-01")
    empty_town.send_ilr(COLLEGE, ANNA_LATE, Learner("L7", ULN, "Quaxley", "Anna", ""), namesake)
    empty_town.look()
    found = empty_town.find()
    assert (found.counts, found.others) == ({ILR: 1}, 2)


def linked(person: int, **says: object) -> dict:
    row = dict.fromkeys(("uln", "upn", "reference", "family_name", "given_names", "birth_date", "postcode"))
    return row | {"person_id": person, "sender": COLLEGE, "collection": "ilr"} | says


def test_what_the_last_run_linked_is_theirs_unless_the_date_of_birth_differs(town, monkeypatch):
    born = Request.read(ANNA).birth_date
    town.send_community(
        community_row("M1", OTHER_ULN, family="Married", given="Anna", born="01/02/1980"),
        community_row("M2", THIRD_ULN, family="Married", given="Anna", born="02/02/1980"),
        # Somebody else of Anna's day, who bears the number of the record of another day by mistake.
        community_row("M3", THIRD_ULN, family="Else", given="Ida", born="01/02/1980"),
        sender=CLUB,
    )
    town.look()
    assert town.find().counts == {ILR: 3, COMMUNITY: 2}
    rows = [
        linked(1, uln=ULN, birth_date=born),
        linked(1, uln=OTHER_ULN, birth_date=born),
        linked(
            1, sender=CLUB, collection="community_learning", uln=THIRD_ULN, birth_date=born.replace(day=2)
        ),
        linked(2, reference="L2", birth_date=born),
    ]
    monkeypatch.setattr(erasing, "_linked", lambda *_: rows)
    found = town.find()
    assert found.counts == {ILR: 3, COMMUNITY: 2, (CLUB, "2024/25", "community_learning"): 1}
    # Ben, and the linked record of another day.
    assert found.others == 2


def test_the_work_database_says_who_is_linked(bench):
    """Bench's people: born 1994-05-01 if nothing else is said."""
    bench.record("L1", uln=ULN)
    bench.record("L2", uln=ULN, provider_id="10090002")
    bench.record("L3", uln=OTHER_ULN)
    bench.run()
    rows = erasing._linked(bench.pipeline, Request.read(ANNA.replace(BORN, "1994-05-01")))
    by_person: dict[int, set] = {}
    for row in rows:
        by_person.setdefault(row["person_id"], set()).add(row["reference"])
    assert sorted(map(sorted, by_person.values())) == [["L1", "L2"], ["L3"]]
    assert erasing._linked(bench.pipeline, Request.read(ANNA.replace(BORN, "1994-05-02"))) == []


def test_capitals_accents_and_hyphens_make_no_other_name():
    assert folded("  Ó'Brien-Łukasz ") == "OBRIEN LUKASZ"
    assert folded(None) == ""


# What is left


def test_nothing_is_left_of_her(town):
    assert {what.split(": ")[1] for what in town.traces()} >= {
        "Quaxley",
        BORN,
        "M9 9QX",
        "REFQX1",
        "REFQX2",
        "REFQX3",
    }
    town.erase()
    assert town.traces() == []
    town.look()
    assert town.traces() == []


@pytest.mark.parametrize(
    ("request_text", "traces", "table", "left"),
    [
        (DORA, OF_DORA, ("school_census", "addresses"), ["p2"]),
        (EVE, OF_EVE, ("early_years_census", "eychild"), ["k2"]),
    ],
)
def test_nothing_is_left_of_a_child(town, request_text, traces, table, left):
    assert {what.split(": ")[1] for what in town.traces(traces)} >= set(traces)
    town.erase(request_text)
    town.look()
    assert town.traces(traces) == []
    column = {"addresses": "pupil_id", "eychild": "child_id"}[table[1]]
    assert town.rows(AUTHORITY, *table, column) == left


def test_everybody_else_is_where_they_were(town):
    town.erase()
    town.look()
    assert town.rows(COLLEGE, "ilr", "learner", "learn_ref_number") == ["L2", "L2"]
    assert town.rows(COLLEGE, "ilr", "learning_delivery", "learn_ref_number") == ["L2"] * 6
    # Ben has her number, and is somebody else.
    assert town.rows(OTHER_COLLEGE, "ilr", "learner", "learn_ref_number") == ["B1"]
    assert town.rows(LIBRARY, "community_learning", "enrolment", "learner_reference") == ["R1"]
    assert town.rows(AUTHORITY, "school_census", "pupilonroll", "pupil_id") == ["pupilQ7", "p2"]
    states = {
        r.folder_provider: str(r.state)
        for r in town.receipts
        if r.collection == "ilr" and "12-05" not in r.prepared_at
    }
    assert states == {COLLEGE: "accepted", OTHER_COLLEGE: "accepted"}


def test_the_receipt_counts_what_was_left_out(town):
    town.erase()
    town.look()
    receipt = town.receipt(COLLEGE, "2025")
    # Anna's two records, of two aims and one; each learner has one disability.
    assert receipt.erased == {"learner": 2, "lldd_and_health_problem": 2, "learning_delivery": 3}
    assert (
        receipt.read == receipt.kept == {"learner": 1, "lldd_and_health_problem": 1, "learning_delivery": 3}
    )
    assert (town.receipt(LIBRARY).read, town.receipt(LIBRARY).findings) == ({"enrolment": 1}, {})
    assert town.receipt(OTHER_COLLEGE).erased == {}


def test_what_other_code_read_of_the_return_goes_too(town, monkeypatch):
    monkeypatch.setattr(store_module, "code_version", lambda: "feedfacefeedface")
    town.look()
    town.erase()
    assert town.traces() == []


def test_refused_returns_of_her_senders_go_and_others_stay(town):
    """A file that breaks off holds nobody knows whom."""
    for sender, name in ((COLLEGE, "REFQX1"), (OTHER_COLLEGE, "REFQX2")):
        file = town.send_ilr(sender, Learner(name), prepared="2025-11-01")
        file.write_text(file.read_text()[:-30])
    town.look()
    town.erase()
    assert {what.split(": ")[1] for what in town.traces()} == {"REFQX2"}
    left = {f.name for f in erasing.left_in_raw(town.pipeline)}
    assert "ILR-10090001-2425-20251101-091405-01.xml" in left
    assert "ILR-10090002-2425-20251101-091405-01.xml" not in left


def test_reports_on_her_returns_are_removed(town):
    town.pipeline.write_reports()
    assert any("reports" in str(p) for p in town.paths.reports.rglob("*.html"))
    assert [what for what in town.traces() if "reports" in what or ".csv" in what]
    town.erase()
    assert not [what for what in town.traces() if ".html" in what or ".csv" in what]
    town.look()
    town.pipeline.write_reports()
    pages = list((town.paths.reports / COLLEGE).rglob("*.html"))
    assert len(pages) == 2
    # A record and its aim and disability in the early return; in the late one two, with three aims.
    said = sorted(re.search(r"Left out: (\d+) rows", page.read_text())[1] for page in pages)
    assert said == ["3", "7"]
    assert town.traces() == []


def test_the_work_database_goes_as_a_whole(town):
    town.paths.work_database.parent.mkdir(exist_ok=True)
    with duckdb.connect(town.paths.work_database) as connection:
        connection.execute("create table t as select 'REFQX1' as freed")
    tables = town.paths.vault / "tables"
    town.pipeline.vault.write(tables / "staging.ilr-0.parquet", b"REFQX1")
    town.erase()
    assert not list(town.paths.work_database.parent.glob("work.duckdb*"))
    assert town.traces() == []


def test_a_candidate_that_counts_her_can_no_longer_be_published(town):
    shelf = town.pipeline.shelf
    candidate = build_tiny_candidate(shelf)
    town.erase()
    assert shelf.newest_candidate() is None
    assert not candidate.within(shelf.candidates).exists()
    assert shelf.record.of(candidate, Step.DROPPED)


def test_the_log_says_how_many_and_not_who(town):
    found = town.find()
    erasing.log(town.pipeline, "begun", found)
    (line,) = map(json.loads, town.pipeline.vault.read_lines(LOG))
    assert line["records"] == [[COLLEGE, "2024/25", "ilr", 3], [LIBRARY, "2024/25", "community_learning", 2]]
    assert line.keys() == {"at", "what", "records"}


# What comes again


def test_a_return_that_is_sent_again_does_not_bring_her_back(town):
    town.erase()
    town.send_ilr(COLLEGE, ANNA_LATE, CLEO, Learner("L5", OTHER_ULN), prepared="2025-10-20")
    town.send_community(of_anna("REFQX9"), community_row("R1"), prepared="2025-09-20")
    town.look()
    assert town.traces((*TRACES, "REFQX9")) == []
    receipt = town.receipt(COLLEGE, "2025-10-20")
    assert receipt.state is State.ACCEPTED
    assert receipt.erased == {"learner": 1, "learning_delivery": 2, "lldd_and_health_problem": 1}
    assert town.receipt(LIBRARY, "2025-09-20").erased == {"enrolment": 1}
    assert town.rows(COLLEGE, "ilr", "learner", "learn_ref_number") == ["L2", "L2", "L2", "L5"]


def test_a_child_without_a_number_does_not_come_back_by_another_key(town):
    town.erase(EVE)
    for module, was, becomes in (
        ("eychild", "childQ7", "childQ8"),
        ("eycensus", "2025-Feb-13", "2025-Feb-20"),
    ):
        file = town.year / AUTHORITY / f"2025_spring_eyc_{module}.csv"
        file.write_text(file.read_text().replace(was, becomes))
    town.look()
    assert town.traces((*OF_EVE, "childQ8")) == []
    assert town.rows(AUTHORITY, "early_years_census", "eychild", "child_id")[-1] == "k2"


def test_another_secret_does_not_make_the_list_forget(town):
    town.erase()
    old, new = Secrets.derive(b"a" * 32).vault, Secrets.derive(b"b" * 32, b"a" * 32)
    folder = town.paths.root / "other"
    folder.mkdir(mode=0o700)
    vault = Vault.unlock(folder, old)
    listed = Erasures.read(town.pipeline.vault)
    for person in listed.people:
        listed.add(vault, person)
    Vault.unlock(folder, new.vault).reseal()
    kept = Erasures.read(Vault.unlock(folder, {k: v for k, v in new.vault.items() if k == new.key_id}))
    assert (kept.key, kept.people) == (listed.key, listed.people)


def test_a_redacted_return_is_not_read_again_by_other_code(town, monkeypatch):
    town.erase()
    monkeypatch.setattr(store_module, "code_version", lambda: "feedfacefeedface")
    town.look()
    assert town.rows(COLLEGE, "ilr", "learner", "learn_ref_number") == ["L2", "L2"]
    assert town.traces() == []
    # Her files still lie where she was; others' returns were read by the new code.
    assert [f.parent.name for f in (town.paths.vault).glob("*/feedfacefeedface/receipt.json")]


def test_a_redacted_return_stands_when_its_file_has_gone(town):
    town.erase()
    for file in (town.year / COLLEGE).iterdir():
        file.unlink()
    town.look()
    receipt = town.receipt(COLLEGE)
    assert (receipt.state, receipt.kept_from_earlier) == (State.ACCEPTED, True)
    assert [r for r in standing_returns(town.receipts) if r.folder_provider == COLLEGE] == [receipt]


def test_a_return_whose_file_the_city_deleted_stands_again_when_a_later_one_is_withdrawn(
    town,
):
    town.erase()
    note_deleted(town.pipeline.store, [town.receipt(COLLEGE, "2025-10").return_id])
    for file in (town.year / COLLEGE).iterdir():
        file.unlink()
    later = town.send_ilr(COLLEGE, CLEO, prepared="2025-11-03")
    town.look()
    assert town.receipt(COLLEGE, "2025-11").state is State.ACCEPTED
    town.paths.decisions.write_text(
        f'[[withdraw]]\nreturn_id = "{town.receipt(COLLEGE, "2025-11").return_id}"\n'
        'who = "A. Lovelace"\non = 2025-11-04\nreason = "Sent too early"\n'
    )
    later.unlink()
    town.look()
    (standing,) = (r for r in standing_returns(town.receipts) if r.folder_provider == COLLEGE)
    assert standing == town.receipt(COLLEGE, "2025-10")


def test_an_erasure_brings_no_return_back_that_made_room_for_another(town):
    """The sender took the return of October back by deleting it: that of December stands."""
    for file in (town.year / COLLEGE).glob("*20251006*"):
        file.unlink()
    town.look()
    assert town.receipt(COLLEGE).prepared_at.startswith("2024-12")
    town.erase()
    town.look()
    (standing,) = (r for r in standing_returns(town.receipts) if r.folder_provider == COLLEGE)
    assert standing.prepared_at.startswith("2024-12")


def test_whether_a_return_is_held_is_not_judged_anew_because_somebody_was_erased(town):
    """Neither is what was held let through, nor is what stood held."""
    store = town.pipeline.store
    for prepared, doubt in (("2024-12", None), ("2025-10", ["plausible_learners", "Too many are gone."])):
        folder = store.drawer_of(town.receipt(COLLEGE, prepared)).folder
        limits = town.pipeline.city.reception.plausibility.model_dump_json()
        for memory in folder.glob("after-*.json"):
            store.vault.write_text(memory, json.dumps({"limits": limits, "doubt": doubt}))
    town.erase()
    town.look()
    assert town.receipt(COLLEGE, "2024-12").state is State.ACCEPTED
    assert town.receipt(COLLEGE, "2025-10").state is State.HELD


def test_a_corrected_file_of_the_same_name_takes_the_place_of_a_redacted_one(town):
    """Prepared at the same moment: the one that is there stands."""
    town.erase()
    for file in (town.year / COLLEGE).iterdir():
        file.unlink()
    for born in ("1990-03-04", "1990-03-05", "1990-03-06", "1990-03-07"):
        town.send_ilr(COLLEGE, CLEO, replace(BEN, born=born), prepared="2025-10-06")
        town.look()
        (standing,) = (r for r in standing_returns(town.receipts) if r.folder_provider == COLLEGE)
        assert not standing.kept_from_earlier


def test_a_refused_return_that_was_purged_stops_no_later_look(town):
    """Accepted once, so that it is remembered; refused by later code, and gone."""
    town.erase()
    place = town.paths.vault / town.receipt(OTHER_COLLEGE).return_id
    shutil.rmtree(place)
    for file in (town.year / OTHER_COLLEGE).iterdir():
        file.unlink()
    town.look()
    assert not [r for r in town.receipts if r.folder_provider == OTHER_COLLEGE]


def test_a_return_of_which_nobody_is_left_still_replaces_the_one_before(empty_town):
    empty_town.send_ilr(COLLEGE, CLEO, prepared="2024-12-05")
    empty_town.send_ilr(COLLEGE, ANNA_LATE)
    empty_town.look()
    empty_town.erase()
    empty_town.look()
    assert empty_town.receipt(COLLEGE, "2025").state is State.ACCEPTED
    assert empty_town.receipt(COLLEGE, "2024").state is State.SUPERSEDED
    empty_town.pipeline.accept()
    with empty_town.pipeline.warehouse() as connection:
        assert connection.execute("select count(*) from accepted.ilr_learner").fetchall() == [(0,)]


def test_a_second_person_is_taken_out_of_a_redacted_return(town):
    town.erase()
    cleo = 'provider = "10090001"\nreference = "L2"\nbirth_date = 1990-02-28'
    assert town.find(cleo).counts == {ILR: 2}
    town.erase(cleo)
    town.look()
    assert town.rows(COLLEGE, "ilr", "learner", "learn_ref_number") == []
    assert town.rows(COLLEGE, "ilr", "learning_delivery", "line") == []
    receipt = town.receipt(COLLEGE, "2025")
    assert receipt.state is State.ACCEPTED
    # Anna's two records and Cleo's one; of disabilities nothing was kept, so that hers was there no more.
    assert receipt.erased["learner"] == 3
    assert receipt.erased["learning_delivery"] == 6
    assert receipt.read["learner"] == receipt.kept["learner"] == 0
    assert town.traces(("1990-02-28", "L2 / ")) == []


def test_rows_of_earlier_code_lack_a_column_that_is_kept_today(town):
    town.erase()
    store = town.pipeline.store
    drawer = store.drawer_of(town.receipt(LIBRARY))
    (rows,) = drawer.frames("enrolment")
    drawer.put("enrolment", int(drawer.files("enrolment")[0].stem[-4:]), rows.drop("postcode"))
    town.look()
    town.pipeline.accept()
    with town.pipeline.warehouse() as connection:
        query = "select learner_reference, postcode from accepted.community_learning_enrolment"
        assert connection.execute(query).fetchall() == [("R1", None)]
    assert town.find('uln = "1000000027"\nbirth_date = 1985-04-03').counts == {}


def test_a_return_of_earlier_code_that_cannot_be_counted_any_more_is_held_by_itself(town):
    town.erase()
    drawer = town.pipeline.store.drawer_of(town.receipt(LIBRARY))
    (rows,) = drawer.frames("enrolment")
    drawer.put("enrolment", int(drawer.files("enrolment")[0].stem[-4:]), rows.drop("theme"))
    (drawer.folder / MEMORY).unlink(missing_ok=True)
    town.look()
    assert (town.receipt(LIBRARY).state, town.receipt(LIBRARY).rule) == (State.HELD, CAN_COUNT.id)
    assert State.HELD not in {r.state for r in town.receipts if r.folder_provider != LIBRARY}


# Crashes


STEPS = 33
"""One more than there are: a file that is written whole, sealed, or a folder that is removed."""


@pytest.mark.slow
@pytest.mark.parametrize("step", range(STEPS))
def test_after_a_crash_every_return_is_whole_and_the_rest_can_be_done(town, monkeypatch, step):
    def crash_before(owner, name):
        real = getattr(owner, name)

        def counted(*arguments, **more):
            nonlocal step
            step -= 1
            if step < 0:
                raise SystemExit("crash")
            return real(*arguments, **more)

        patch.setattr(owner, name, counted)

    first, found = step, town.find()
    with monkeypatch.context() as patch:
        crash_before(shutil, "rmtree")
        crash_before(Vault, "write")
        try:
            erasing.erase(town.pipeline, found)
        except SystemExit:
            assert first < STEPS - 1, "there are more steps than STEPS says"
        else:
            assert first == STEPS - 1, "there are fewer steps than STEPS says"
    # A run may come in between: it is refused until the erasure is done.
    if (town.paths.vault / PENDING).exists():
        with pytest.raises(ErasurePendingError):
            town.look()
    else:
        town.look()
        assert town.rows(COLLEGE, "ilr", "learner", "learn_ref_number").count("L2") == 2
        assert town.rows(COLLEGE, "ilr", "learning_delivery", "learn_ref_number").count("L2") == 6
    town.erase()
    town.look()
    assert town.traces() == []
    assert town.rows(COLLEGE, "ilr", "learner", "learn_ref_number") == ["L2", "L2"]
    assert town.rows(LIBRARY, "community_learning", "enrolment", "learner_reference") == ["R1"]
    assert len(Erasures.read(town.pipeline.vault).people) == 1


def test_what_was_left_to_do_is_known_without_a_record(town):
    """The crash came after the last redaction, before the tables were built anew."""
    town.erase()
    found = town.find()
    assert (found.counts, found.begun) == ({}, True)
    assert found.person.senders == {COLLEGE, LIBRARY}
    assert not town.find('uln = "1000000027"\nbirth_date = 1980-02-01').begun


def test_where_fewer_rows_go_than_were_shown_it_says_so(town, monkeypatch):
    monkeypatch.setattr(Redaction, "without", lambda self, batch, **_: batch)
    with pytest.raises(erasing.ErasureError, match="not all records"):
        town.erase()


# The request


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("uln = 9276308686", "birth_date"),
        ('uln = "9276308687"\nbirth_date = 1980-02-01', "uln must have ten digits"),
        ('uln = "9999999999"\nbirth_date = 1980-02-01', "uln must have ten digits"),
        ("uln = 9276308686\nbirth_date = 1980-02-01", "uln must be a text"),
        ('uln = "9276308686"\nbirth_date = 1980-02-01T10:00:00', "birth_date"),
        ('uln = "9276308686"\nbirth_date = "1980-02-31"', "birth_date"),
        ('uln = "9276308686"\nbirth_date = "01/02/1980"', "birth_date"),
        ('upn = "A35299990000A"\nbirth_date = 1980-02-01', "a temporary one says nobody"),
        ('family_name = "Quaxley"\nbirth_date = 1980-02-01', "family_name and given_name belong together"),
        ('family_name = "Quaxley"\ngiven_name = "  "\nbirth_date = 1980-02-01', "given_name must be a text"),
        ('family_name = "Quaxley"\ngiven_name = "77"\nbirth_date = 1980-02-01', "must have letters"),
        ('provider = "10090001"\nbirth_date = 1980-02-01', "provider and reference belong together"),
        ('postcode = "M9 9QX"\nbirth_date = 1980-02-01', "postcode says nobody"),
        ("birth_date = 1980-02-01", "give uln, upn"),
        ('surname = "Quaxley"\nbirth_date = 1980-02-01', "a field other than"),
        ('family_name = "Quaxley', "no TOML"),
        ("", "birth_date"),
    ],
)
def test_a_request_that_cannot_be_used_says_why_and_repeats_no_value(text, why):
    with pytest.raises(RequestError, match=why) as caught:
        Request.read(text)
    assert not [
        v for v in ("9276308", "Quaxley", "1980", "M9 9QX", "surname", "A3529") if v in str(caught.value)
    ]


# The command


@pytest.fixture
def command(town, monkeypatch, capsys):
    """The command on the town; the road is not walked, its first step is."""

    def run(paths):
        """Stand in for the road."""
        town.look()
        return 0

    monkeypatch.setattr(cli, "run", run)

    def erase(*arguments, text=ANNA):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        status = cli.main(["erase", "--root", str(town.paths.root), *arguments])
        said = capsys.readouterr().out
        assert not [v for v in (*TRACES, ULN, UPN) if v in said], "the command says who it is about"
        return status, said

    return erase


def test_without_confirmation_it_only_says_what_there_is(town, command):
    status, said = command()
    assert status == 0
    assert "5 records:\n  10090001  2024/25  ilr: 3\n  MCR-001  2024/25  community learning: 2\n" in said
    assert "1 more look like theirs" in said
    assert "--confirm 5" in said
    assert town.pipeline.vault.read_lines(LOG) == []
    assert Erasures.read(town.pipeline.vault).people == ()


def test_another_number_does_nothing(town, command):
    """But for a look at what has come since, which is searched, too."""

    def kept():
        places = town.paths.vault.rglob("*")
        return {f: f.read_bytes() for f in places if f.is_file() and f.name != INVENTORY}

    before = kept()
    status, said = command("--confirm", "4")
    assert (status, "Nothing was done: there are 5 records, not 4." in said) == (2, True)
    assert before == kept()


def test_a_return_that_nobody_has_looked_at_is_searched_too(town, command):
    """It came after the last run, and would bring her back unseen."""

    def found():
        return int(re.search(rf"{COLLEGE}  2024/25  ilr: (\d+)", command()[1])[1])

    before = found()
    born = Request.read(ANNA).birth_date.isoformat()
    town.send_ilr(COLLEGE, Learner("L1", uln=ULN, born=born), prepared="2025-11-20")
    assert found() > before


def test_an_unusable_request_does_nothing(town, command):
    status, said = command("--confirm", "5", text=ANNA.replace(ULN, "Quaxley"))
    assert (status, "uln must have ten digits" in said) == (2, True)
    assert town.pipeline.vault.read_lines(LOG) == []


def test_files_that_still_hold_her_are_listed(town, command):
    status, said = command("--confirm", "5")
    assert status == 3
    assert [line.strip() for line in said.splitlines() if "data/raw" in line] == [
        "data/raw/2024-25/10090001/ILR-10090001-2425-20241205-091405-01.xml",
        "data/raw/2024-25/10090001/ILR-10090001-2425-20251006-091405-01.xml",
        "data/raw/2024-25/MCR-001/community-learning_MCR-001_2024-25_2025-09-01.csv",
    ]
    assert town.traces() == []
    assert [json.loads(line)["what"] for line in town.pipeline.vault.read_lines(LOG)] == [
        "begun",
        "done",
    ]


def test_the_inbox_is_cleared_on_request(town, command):
    refused = town.send_ilr(COLLEGE, Learner("REFQX1"), prepared="2025-11-01")
    refused.write_text(refused.read_text()[:-30])
    town.look()
    status, _ = command("--confirm", "5", "--inbox")
    assert status == 0
    assert town.traces() == []
    assert {f.parent.name for f in town.year.rglob("*.*")} == {OTHER_COLLEGE, AUTHORITY}
    town.look()
    # Of December and of October: both count as if their files were there.
    assert town.rows(COLLEGE, "ilr", "learner", "learn_ref_number") == ["L2", "L2"]
    assert [r.return_id for r in standing_returns(town.receipts) if r.folder_provider == COLLEGE] == [
        town.receipt(COLLEGE, "2025").return_id
    ]
    assert town.traces() == []


def test_a_folder_and_a_name_that_cannot_be_shown_are_cleared_too(town, command):
    """They are refused unread, and are of her sender: nobody has looked into them."""
    folder = town.year / COLLEGE / "old returns"
    folder.mkdir()
    (folder / "notes.txt").write_text(TRACES[0])
    strange = town.year / COLLEGE / "ILR-\x1b[2J.xml"
    strange.write_text(TRACES[0])
    beside = town.year / COLLEGE / "ILR-?[2J.txt"
    town.look()
    status, said = command("--confirm", "5", "--inbox")
    assert (status, folder.exists(), strange.exists(), beside.exists()) == (0, False, False, False)
    assert "\x1b" not in said


def test_what_cannot_be_deleted_is_listed(town, command, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    assert erasing.delete(town.paths.raw / "anything") is False


def test_the_list_says_nothing_of_anybody(town):
    town.erase()
    vault = town.pipeline.vault
    content = vault.read(vault.folder / "erased")
    assert not [v for v in (*TRACES, ULN, "Anna", "QUAXLEY") if v.encode() in content]
    assert not (vault.folder / "erased").read_bytes().startswith(b"{")


def test_an_empty_list_costs_nothing(monkeypatch):
    monkeypatch.setattr(Redaction, "_about_erased", lambda *_, **__: pytest.fail("rows were looked at"))
    batch = {"enrolment": pl.DataFrame({"line": [1]})}
    assert Redaction(Erasures(b""), "", {}).without(batch) is batch


def test_what_belongs_to_her_goes_whatever_the_order_of_tables():
    born = Request.read(ANNA).birth_date
    erasures, person = Erasures(b"k"), Person("2026-01-01", Erasures(b"k").born(born))
    erasures.claim(person, Request.read(ANNA).says, "s/ilr", born, {})
    batch = {
        "learning_delivery": pl.DataFrame({"line": [11, 12], "parent_line": [1, 2]}),
        "learner": pl.DataFrame(
            {
                "line": [1, 2],
                "learn_ref_number": ["A", "B"],
                "uln": [ULN, ULN],
                "birth_date": [born, born.replace(day=2)],
            }
        ),
    }
    redaction = Redaction.of(Erasures(b"k", (person,)), "s", "ilr", ilr.CONTRACTS)
    left = redaction.without(batch, accepted=True)
    assert {table: rows["line"].to_list() for table, rows in left.items()} == {
        "learning_delivery": [12],
        "learner": [2],
    }
