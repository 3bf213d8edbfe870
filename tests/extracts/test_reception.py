"""The reception desk: each return gets a receipt, and nothing displaces an accepted one unduly."""

import itertools
import shutil
from dataclasses import replace

import polars as pl
import pytest

from pipelines.extracts import community_learning
from pipelines.extracts.decisions import Decisions
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.plausibility import Limits
from pipelines.extracts.reception import Owed, Reception, settle, silent, standing_returns
from pipelines.extracts.returns import State
from pipelines.extracts.store import Store
from pipelines.years import AcademicYear
from tests.stagings import staging
from tests.vaults import vault

YEAR = AcademicYear(2024)
COLUMNS = (
    "organisation_id,academic_year,learner_reference,given_names,family_name,date_of_birth,sex,postcode,"
    "unique_learner_number,course_title,setting,theme,start_date,end_date,accredited"
)
CANARY = "Zebedee Canary"
LIMITS = Limits(rows_lost=0.25, rows_gained=5, learners_lost=0.25, fill_lost=0.3, set_aside=0.25, smallest=20)


def row(sender, reference="L1", year="2024/25", born="01/02/1980", setting="community"):
    person = f"{reference},Robin,Example,{born},F,M1 1AA,"
    return f"{sender},{year},{person},Knitting,{setting},arts and media,02/09/2024,,no"


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


class Desk:
    def __init__(self, folder, senders=("MCR-001", "MCR-002")):
        self.raw = folder / "raw"
        store = Store(vault(folder / "store"))
        self.reception = Reception(self.raw, store, frozenset(senders), LIMITS, staging())

    def send(self, sender, *rows, prepared="2025-09-01", folder="2024-25", header=COLUMNS):
        file = self.raw / folder / sender / f"community-learning_{sender}_2024-25_{prepared}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([header, *rows, ""]), "utf-8")
        return file

    def receive(self):
        return self.reception.receive("community_learning", [YEAR])

    def states(self):
        return {r.folder_provider: r.state for r in settle(self.receive())}

    def rows(self, table="enrolment"):
        store = self.reception.store
        files = store.accepted_files(standing_returns(self.receive()), "community_learning", table)
        return pl.concat([pl.read_parquet(store.vault.read(f)) for f in files]) if files else pl.DataFrame()


def test_an_accepted_return_is_counted_row_by_row(desk):
    desk.send("MCR-001", row("MCR-001", "L1"), row("MCR-001", "L2", born="31/02/1980"), row("MCR-001", "L3"))
    (receipt,) = desk.receive()
    assert receipt.state is State.ACCEPTED
    assert (receipt.provider, receipt.academic_year) == ("MCR-001", "2024/25")
    assert (receipt.read, receipt.kept, receipt.quarantined) == (
        {"enrolment": 3},
        {"enrolment": 2},
        {"enrolment": 1},
    )
    assert receipt.findings == {"date_of_birth_format": 1}
    assert desk.rows()["learner_reference"].to_list() == ["L1", "L3"]
    findings = desk.reception.store.findings([receipt]).to_dicts()
    assert [(f["line"], f["rule"], f["record"]) for f in findings] == [(3, "date_of_birth_format", "L2")]


def test_the_same_bytes_under_another_name_are_noted_and_not_read_again(desk):
    first = desk.send("MCR-001", row("MCR-001"), prepared="2025-09-01")
    again = first.with_name(first.name.replace("2025-09-01", "2025-09-08"))
    again.write_bytes(first.read_bytes())
    desk.send("MCR-002", row("MCR-002"))
    states = {name: r.state for r in desk.receive() for name in r.files}
    assert states[first.name] is State.ACCEPTED
    assert states[again.name] is State.REPEATED
    assert desk.rows().height == 2
    # Other bytes under a new name are a new return.
    again.write_bytes(first.read_bytes() + row("MCR-001", "L2").encode())
    states = {name: r.state for r in settle(desk.receive()) for name in r.files}
    assert (states[first.name], states[again.name]) == (State.SUPERSEDED, State.ACCEPTED)


def test_empty_all_rejected_and_refused_are_three_states(desk):
    senders = ("MCR-001", "MCR-002", "MCR-003", "MCR-004")
    desk.reception = replace(desk.reception, senders=frozenset(senders))
    desk.send("MCR-001")
    desk.send("MCR-002", row("MCR-002", setting="beach"))
    desk.send("MCR-003", row("MCR-003"), header=COLUMNS.replace("setting", "place"))
    desk.send("MCR-004", row("MCR-004"))
    assert desk.states() == {
        "MCR-001": State.EMPTY,
        "MCR-002": State.ALL_REJECTED,
        "MCR-003": State.REFUSED,
        "MCR-004": State.ACCEPTED,
    }


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda desk: desk.send("MCR-001", row("MCR-001", year="2023/24")), "filename_year"),
        (lambda desk: desk.send("MCR-001", row("MCR-002")), "filename_organisation"),
        (lambda desk: desk.send("MCR-009", row("MCR-009")), "sender_registered"),
        (
            lambda desk: desk.send("MCR-001", row("MCR-001")).rename(
                desk.raw / "2024-25/MCR-001/community-learning_MCR-002_2024-25_2025-09-01.csv"
            ),
            "filename_organisation",
        ),
    ],
)
def test_a_return_that_is_not_what_its_place_says_is_refused(desk, spoil, rule):
    spoil(desk)
    (receipt,) = desk.receive()
    assert (receipt.state, receipt.rule) == (State.REFUSED, rule)


def test_a_return_of_another_year_or_sender_in_this_folder_is_refused(tmp_path):
    desk = Desk(tmp_path)
    wrong_year = desk.send("MCR-001", row("MCR-001"), folder="2023-24")
    (receipt,) = desk.reception.receive("community_learning", [AcademicYear(2023)])
    assert (receipt.rule, receipt.state) == ("folder_year", State.REFUSED)
    other = desk.raw / "2024-25" / "MCR-002" / wrong_year.name
    other.parent.mkdir(parents=True)
    wrong_year.rename(other)
    (receipt,) = desk.receive()
    assert receipt.rule == "folder_provider"


def test_a_sender_of_whom_nothing_came_is_a_state_of_its_own(desk):
    owed = [Owed(sender, "community_learning", "", "2023/24") for sender in ("MCR-001", "MCR-002")]
    assert silent(desk.receive(), owed) == []  # nobody has sent: there is no such year yet
    desk.send("MCR-001", row("MCR-001"))
    (receipt,) = silent(desk.receive(), owed)
    assert (receipt.folder_provider, receipt.folder_year, receipt.state) == (
        "MCR-002",
        "2024-25",
        State.NO_FILE,
    )


@pytest.mark.parametrize(
    ("owed", "missing"),
    [
        (Owed("MCR-002", "community_learning", "", "2024/25"), True),
        (Owed("MCR-002", "community_learning", "", "2025/26"), False),
        (Owed("MCR-002", "community_learning", "", "2023/24", "2024/25"), True),
        (Owed("MCR-002", "community_learning", "", "2022/23", "2023/24"), False),
        (Owed("MCR-001", "community_learning", "", "2024/25"), False),
        (Owed("MCR-001", "ilr", "", "2024/25"), True),
        # A refused return came, for whichever part of the year.
        (Owed("MCR-003", "community_learning", "autumn", "2024/25"), False),
    ],
)
def test_what_is_owed_in_a_year_and_did_not_come_is_missing(desk, owed, missing):
    desk.send("MCR-001", row("MCR-001"))
    desk.send("MCR-003", row("MCR-003"))  # not in the register: refused
    assert bool(silent(desk.receive(), [owed])) == missing


def test_a_file_that_no_format_knows_is_refused_by_name(desk):
    file = desk.raw / "2024-25" / "MCR-001" / "letter.docx"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    (file.parent / ".hidden").write_bytes(b"x")
    (file.parent / "half.csv.part").write_bytes(b"x")
    (receipt,) = desk.reception.receive("unrecognised", [YEAR])
    assert (receipt.rule, list(receipt.files)) == ("file_recognised", ["letter.docx"])
    assert desk.receive() == []


@pytest.mark.parametrize("order", list(itertools.permutations(["2025-07-01", "2025-08-01", "2025-09-01"])))
def test_the_return_prepared_last_stands_whatever_the_order_of_arrival(desk, order):
    for prepared in order:
        desk.send("MCR-001", row("MCR-001", f"of {prepared}"), prepared=prepared)
        desk.receive()
    assert desk.rows()["learner_reference"].to_list() == ["of 2025-09-01"]
    states = sorted(str(r.state) for r in settle(desk.receive()))
    assert states == ["accepted", "superseded", "superseded"]


@pytest.mark.parametrize(
    "worse",
    [(), (row("MCR-001", setting="beach"),), (row("MCR-001", year="2023/24"),)],
    ids=["empty", "rejected", "refused"],
)
def test_a_worse_later_return_leaves_the_accepted_one(desk, worse):
    desk.send("MCR-001", row("MCR-001", "kept"), prepared="2025-08-01")
    desk.send("MCR-001", *worse, prepared="2025-09-01")
    assert desk.rows()["learner_reference"].to_list() == ["kept"]


@pytest.mark.parametrize("what", ["gone", "emptied", "rejected", "refused"])
def test_a_file_that_went_bad_in_place_does_not_take_its_data_away(desk, what):
    file = desk.send("MCR-001", row("MCR-001", "kept"))
    desk.receive()
    if what == "gone":
        file.unlink()
    else:
        rows = {
            "emptied": (),
            "rejected": (row("MCR-001", setting="beach"),),
            "refused": (row("MCR-001", year="2023/24"),),
        }[what]
        desk.send("MCR-001", *rows)
    for _ in range(2):  # and again at the next run
        assert desk.rows()["learner_reference"].to_list() == ["kept"]
    (kept,) = standing_returns(desk.receive())
    assert kept.kept_from_earlier
    desk.send("MCR-001", row("MCR-001", "new"))
    assert desk.rows()["learner_reference"].to_list() == ["new"]


def test_what_stands_without_a_file_is_a_yardstick_for_what_comes_in_its_place(desk):
    """15 of 20 learners are no reason to wait, 14 are; a return that made room is none to wait either."""
    file = desk.send("MCR-001", *(row("MCR-001", f"L{n}") for n in range(20)))
    desk.receive()
    file.unlink()
    desk.send("MCR-001", *(row("MCR-001", f"L{n}") for n in range(14)), prepared="2025-10-01")
    held, kept = desk.receive()
    assert (held.state, held.rule) == (State.HELD, "plausible_rows_lost")
    assert (kept.state, kept.kept_from_earlier) == (State.ACCEPTED, True)
    desk.send("MCR-001", *(row("MCR-001", f"L{n}") for n in range(15)), prepared="2025-10-02")
    assert [r.state for r in desk.receive()] == [State.HELD, State.ACCEPTED]
    assert desk.rows().height == 15


def test_what_was_held_stays_held_though_the_return_before_it_is_lost(desk):
    file = desk.send("MCR-001", *(row("MCR-001", f"L{n}") for n in range(20)))
    desk.send("MCR-001", *(row("MCR-001", f"L{n}") for n in range(5)), prepared="2025-10-01")
    before, held = desk.receive()
    assert held.state is State.HELD
    file.unlink()
    shutil.rmtree(desk.reception.store.folder / before.return_id)
    (alone,) = desk.receive()
    assert (alone.state, alone.rule, alone.message) == (held.state, held.rule, held.message)


def test_a_withdrawal_of_a_return_without_a_file_is_shown_and_can_be_taken_back(desk):
    file = desk.send("MCR-001", row("MCR-001", "kept"))
    (receipt,) = desk.receive()
    file.unlink()
    decision = {"return_id": receipt.return_id, "who": "Ada L.", "on": "2025-10-01", "reason": "A mistake"}
    decided = Decisions(withdraw=[decision])
    reception = desk.reception
    desk.reception = replace(reception, store=replace(reception.store, decisions=decided))
    for _ in range(2):
        assert [r.state for r in desk.receive()] == [State.WITHDRAWN]
    desk.reception = reception
    assert [r.state for r in desk.receive()] == [State.ACCEPTED]


def test_who_takes_a_file_back_by_deleting_it_has_the_one_before_it_again(desk):
    desk.send("MCR-001", *(row("MCR-001", f"L{n}") for n in range(20)), prepared="2025-08-01")
    wrong = desk.send("MCR-001", *(row("MCR-001", f"L{n}") for n in range(60)), prepared="2025-09-01")
    assert [r.state for r in settle(desk.receive())] == [State.SUPERSEDED, State.ACCEPTED]
    wrong.unlink()
    assert desk.rows().height == 20


def test_an_unchanged_return_is_never_read_twice(desk, monkeypatch):
    desk.send("MCR-001", row("MCR-001"))
    first = desk.receive()
    monkeypatch.setattr(community_learning, "read", None)
    monkeypatch.setattr(community_learning, "identify", None)
    assert desk.receive() == first


def test_a_fault_of_ours_on_one_return_stops_no_other_and_tells_no_value(desk, monkeypatch):
    desk.send("MCR-001", row("MCR-001", CANARY))
    desk.send("MCR-002", row("MCR-002"))
    read = community_learning.read

    def faulty(files):
        if "MCR-001" in files[0].name:
            raise KeyError(CANARY)
        return read(files)

    monkeypatch.setattr(community_learning, "read", faulty)
    bad, good = desk.receive()
    assert (bad.state, bad.rule, good.state) == (State.REFUSED, READER_FAULT, State.ACCEPTED)
    assert "KeyError at test_reception.py" in bad.message
    assert CANARY not in str(bad.as_json())
    monkeypatch.setattr(community_learning, "read", read)
    assert [r.state for r in desk.receive()] == [State.ACCEPTED, State.ACCEPTED]


def test_many_bytes_are_read_in_other_processes_with_the_same_result(desk, monkeypatch):
    desk.send("MCR-001", row("MCR-001"))
    desk.send("MCR-002", *(row("MCR-002", f"L{i}") for i in range(50)))
    monkeypatch.setattr("pipelines.extracts.reception.WORTH_A_SECOND_PROCESS", 1)
    seen = []
    receipts = desk.reception.receive(
        "community_learning", [YEAR], lambda done, total: seen.append((done, total))
    )
    assert [r.folder_provider for r in receipts] == ["MCR-001", "MCR-002"]
    assert len(desk.rows()) == 51
    assert seen[-1][0] == seen[-1][1] == sum(f.stat().st_size for f in desk.raw.rglob("*.csv"))


def test_a_crash_while_reading_leaves_nothing_half_read(desk, monkeypatch):
    desk.send("MCR-001", row("MCR-001"))

    def crash(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("pipelines.extracts.store.json.dumps", crash)
        desk.receive()
    assert not list((desk.reception.store.folder).glob("*/*/receipt.json"))
    assert desk.states() == {"MCR-001": State.ACCEPTED}
