"""Held and withdrawn returns, and the decisions that people write down about them."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from pipelines.extracts.decisions import Decision, Decisions, DecisionsError, Tolerance
from pipelines.extracts.reception import settle, standing_returns
from pipelines.extracts.returns import State
from tests.extracts.test_reception import Desk, row

TOLERANCE = """
[[tolerance]]
rule = "setting_code"
provider = "MCR-001"
year = "2024/25"
{limit}
reason = "The provider's system has no other setting until its next release."
who = "A. Statistician"
until = 2025-09-01
"""


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def rows(sender, people, **how):
    return [row(sender, f"L{n}", **how) for n in people]


def decide(desk, **decisions):
    store = replace(desk.reception.store, decisions=Decisions(**decisions))
    desk.reception = replace(desk.reception, store=store)


def decision(return_id):
    return Decision(return_id=return_id, reason="Asked the provider.", who="A. Clerk", on=date(2025, 9, 3))


def by_day(desk):
    return {r.prepared_at[:10]: r for r in settle(desk.receive())}


def test_a_return_that_lost_half_its_learners_is_held_and_the_one_before_it_stands(desk):
    desk.send("MCR-001", *rows("MCR-001", range(40)), prepared="2025-01-10")
    desk.send("MCR-001", *rows("MCR-001", range(20)), prepared="2025-02-10")
    found = by_day(desk)
    assert (found["2025-01-10"].state, found["2025-02-10"].state) == (State.ACCEPTED, State.HELD)
    assert found["2025-02-10"].rule == "plausible_rows_lost"
    assert "20 records where the return before had 40" in found["2025-02-10"].message
    assert "50 % of the learners" in found["2025-02-10"].message
    assert desk.rows().height == 40


def test_a_held_return_is_no_yardstick_for_the_next(desk):
    desk.send("MCR-001", *rows("MCR-001", range(40)), prepared="2025-01-10")
    desk.send("MCR-001", *rows("MCR-001", range(20)), prepared="2025-02-10")
    desk.send("MCR-001", *rows("MCR-001", range(41)), prepared="2025-03-10")
    states = {day: str(r.state) for day, r in by_day(desk).items()}
    assert states == {"2025-01-10": "superseded", "2025-02-10": "held", "2025-03-10": "accepted"}


def test_a_person_lets_a_held_return_through(desk):
    desk.send("MCR-001", *rows("MCR-001", range(40)), prepared="2025-01-10")
    desk.send("MCR-001", *rows("MCR-001", range(20)), prepared="2025-02-10")
    held = by_day(desk)["2025-02-10"]
    decide(desk, release=[decision(held.return_id)])
    states = {day: str(r.state) for day, r in by_day(desk).items()}
    assert states == {"2025-01-10": "superseded", "2025-02-10": "accepted"}
    assert desk.rows().height == 20


def test_the_order_of_arrival_does_not_decide_what_is_held(tmp_path):
    days = {"2025-01-10": range(40), "2025-02-10": range(20), "2025-03-10": range(41)}
    for number, order in enumerate((list(days), list(reversed(days)))):
        desk = Desk(tmp_path / str(number))
        for day in order:
            desk.send("MCR-001", *rows("MCR-001", days[day]), prepared=day)
            desk.receive()
        assert str(by_day(desk)["2025-02-10"].state) == "held"
        assert [r.prepared_at[:10] for r in standing_returns(desk.receive())] == ["2025-03-10"]


def test_other_limits_judge_anew(desk):
    desk.send("MCR-001", *rows("MCR-001", range(40)), prepared="2025-01-10")
    desk.send("MCR-001", *rows("MCR-001", range(20)), prepared="2025-02-10")
    assert by_day(desk)["2025-02-10"].state is State.HELD
    wide = desk.reception.limits.model_copy(update={"rows_lost": 0.9, "learners_lost": 0.9})
    desk.reception = replace(desk.reception, limits=wide)
    assert by_day(desk)["2025-02-10"].state is State.ACCEPTED


def test_a_withdrawn_return_is_not_counted_and_the_one_before_it_stands_again(desk):
    desk.send("MCR-001", *rows("MCR-001", range(3)), prepared="2025-01-10")
    file = desk.send("MCR-001", *rows("MCR-001", range(4)), prepared="2025-02-10")
    late = by_day(desk)["2025-02-10"]
    assert late.state is State.ACCEPTED
    decide(desk, withdraw=[decision(late.return_id)])
    found = by_day(desk)
    assert (found["2025-01-10"].state, found["2025-02-10"].state) == (State.ACCEPTED, State.WITHDRAWN)
    assert "A. Clerk" in found["2025-02-10"].message
    # Nor is it kept from an earlier run once its file has gone.
    file.unlink()
    assert desk.rows().height == 3


def test_a_tolerance_keeps_rows_that_would_be_set_aside_and_says_so(desk, tmp_path):
    desk.send("MCR-001", *rows("MCR-001", range(8)), row("MCR-001", "X", setting="beach"))
    assert desk.rows().height == 8
    decide(desk, tolerance=read(tmp_path, "rows = 1").tolerance)
    (receipt,) = desk.receive()
    assert (receipt.kept["enrolment"], receipt.tolerated) == (9, {"setting_code": 1})
    findings = desk.reception.store.findings([receipt])
    assert findings.select("rule", "severity").rows() == [("setting_code", "warn")]


@pytest.mark.parametrize(
    ("limit", "prepared", "kept"),
    [
        ("rows = 2", "2025-09-01", 10),
        ("rows = 1", "2025-09-01", 8),
        ("share = 0.2", "2025-09-01", 10),
        ("share = 0.19", "2025-09-01", 8),
        ("rows = 2", "2025-09-02", 8),
    ],
    ids=["at the limit", "beyond it", "at the share", "beyond the share", "after its last day"],
)
def test_a_tolerance_ends_at_its_limit_and_on_its_day(desk, tmp_path, limit, prepared, kept):
    bad = [row("MCR-001", f"X{n}", setting="beach") for n in range(2)]
    desk.send("MCR-001", *rows("MCR-001", range(8)), *bad, prepared=prepared)
    decide(desk, tolerance=read(tmp_path, limit).tolerance)
    (receipt,) = desk.receive()
    assert receipt.kept["enrolment"] == kept
    assert bool(receipt.tolerated) == (kept == 10)


def test_a_tolerance_is_for_one_sender_and_year(desk, tmp_path):
    desk.send("MCR-002", *rows("MCR-002", range(8)), row("MCR-002", "X", setting="beach"))
    decide(desk, tolerance=read(tmp_path, "rows = 5").tolerance)
    (receipt,) = desk.receive()
    assert (receipt.kept["enrolment"], receipt.tolerated) == (8, {})


def test_a_share_is_of_the_rows_that_came():
    tolerance = Tolerance(
        rule="ULN_04", provider="10000001", year="2024/25", share=0.05, reason="old numbers",
        who="someone", until=date(2025, 9, 1),
    )  # fmt: skip
    assert tolerance.covers(5, 100, datetime(2025, 9, 1, 23))
    assert not tolerance.covers(6, 100, datetime(2025, 9, 1))
    assert tolerance.limit == "5 % of rows"


def read(folder, limit):
    file = folder / "decisions.toml"
    file.write_text(TOLERANCE.format(limit=limit), "utf-8")
    return Decisions.read(file)


def test_no_file_is_no_decision(tmp_path):
    assert Decisions.read(tmp_path / "decisions.toml") == Decisions()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TOLERANCE.format(limit=""), "only one of them"),
        (TOLERANCE.format(limit="rows = 1\nshare = 0.1"), "only one of them"),
        (TOLERANCE.format(limit="rows = 0"), "rows"),
        (TOLERANCE.format(limit="rows = 1").replace("reason", "because"), "because"),
        ('[[release]]\nreturn_id = "x"\nreason = "why not"\nwho = "me too"\non = 2025-01-01', "return_id"),
        ("[[tolerance", "decisions.toml"),
    ],
)
def test_a_decision_that_says_too_little_is_refused(tmp_path, text, says):
    file = tmp_path / "decisions.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(DecisionsError, match=says):
        Decisions.read(file)
