"""What is kept of a return counts, or it is held: no row is lost in silence, and no return stops another."""

from dataclasses import replace
from datetime import date

import pytest

from pipelines.extracts import ilr
from pipelines.extracts.counting import CAN_COUNT, Staged, count, counted
from pipelines.extracts.decisions import Decision, Decisions
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.plausibility import Limits
from pipelines.extracts.reception import Reception, settle, standing_returns
from pipelines.extracts.returns import Receipt, State
from pipelines.extracts.store import Store
from pipelines.models import COUNTING, RECORDS, Check
from pipelines.years import AcademicYear
from tests.extracts.hostile import CHARITY, CLUB, COLLEGE, community_rows, csv_bytes, ilr_bytes, ilr_name
from tests.stagings import staging
from tests.vaults import vault

YEAR = AcademicYear(2024)
ANYTHING_GOES = Limits(rows_lost=1, rows_gained=1e9, learners_lost=1, fill_lost=1, set_aside=1, smallest=0)
MODEL = "staging.community_learning"


def receipt(collection="ilr", **kept):
    return Receipt(
        return_id="r1",
        collection=collection,
        folder_provider="10000001",
        folder_year="2024-25",
        files={},
        state=State.ACCEPTED,
        kept=kept,
    )


SEVEN = receipt(learner=3, learning_delivery=7)


def test_rows_that_count_or_are_left_out_by_a_rule_add_up():
    outcomes = {"counts": 4, "component": 2, "core_aim": 1}
    done = counted(SEVEN, Staged(outcomes))
    assert (done.state, done.rule, done.counted) == (State.ACCEPTED, None, outcomes)


@pytest.mark.parametrize(
    ("staged", "says"),
    [
        (Staged({"counts": 4, "component": 2}), "of 7 rows kept 6 become records"),
        (Staged({"counts": 8}), "of 7 rows kept 8 become records"),
        (Staged({}), "of 7 rows kept 0 become records"),
        (Staged({"counts": 6, "forgotten": 1}), "1 are left out for no documented reason"),
        (
            Staged({"counts": 7}, {"Codes are in their lists.": 2}),
            "2 do not hold to “Codes are in their lists.”",
        ),
    ],
)
def test_a_row_that_is_lost_holds_the_return(staged, says):
    held = counted(SEVEN, staged)
    assert (held.state, held.rule) == (State.HELD, CAN_COUNT.id)
    assert held.message == f"The city cannot count it as it is: {says}."


def test_rows_that_become_no_records_are_not_asked_after():
    assert counted(receipt(learner=3, learning_delivery=0), Staged({})).state is State.ACCEPTED


# Rows of which nothing comes


@pytest.fixture
def take_in(tmp_path):
    """Take in an ILR and return its receipt, tried."""

    def run(text):
        file = tmp_path / ilr_name(COLLEGE)
        file.write_text(text, "utf-8")
        store = Store(vault(tmp_path / "store"))
        taken = store.take_in(Delivery.of("2024-25", COLLEGE, (file,), ilr))
        (tried,) = count([taken], store, staging())
        return tried

    return run


def test_a_learner_without_an_aim_is_said_to_count_nowhere(take_in):
    text = ilr_bytes(COLLEGE, 3).decode()
    aim = text[text.index("<LearningDelivery>") : text.index("</Learner>")]
    assert take_in(text).alone == {}
    without, spoilt = text.replace(aim, "", 1), text.replace("<AimType>4<", "<AimType>9<", 2)
    for sent, number in ((without, 1), (spoilt, 2)):
        receipt = take_in(sent)
        assert (receipt.state, receipt.kept["learner"], receipt.alone) == (
            State.ACCEPTED,
            3,
            {"learner": number},
        )


# The models themselves


class Desk:
    """A desk to which two charities send, with models of the test's choice."""

    def __init__(self, folder):
        self.raw, self.store = folder / "raw" / YEAR.folder, Store(vault(folder / "store"))
        self.staging, self.limits = staging(), ANYTHING_GOES

    def send(self, sender, prepared="2025-09-01", rows=3, **first):
        header, *some = community_rows(sender)
        place = header.index("learner_reference")
        rows = [[*some[0][:place], f"R{number}", *some[0][place + 1 :]] for number in range(rows)]
        rows[0] = [first.get(name, cell) for name, cell in zip(header, rows[0], strict=True)]
        file = self.raw / sender / f"community-learning_{sender}_2024-25_{prepared}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(csv_bytes([header, *rows]))
        return file

    def with_model(self, *changes):
        """Edit the staging model."""
        query = self.staging.models[MODEL].query
        for old, new in changes:
            assert old in query
            query = query.replace(old, new)
        models = dict(self.staging.models)
        models[MODEL] = replace(models[MODEL], query=query)
        self.staging = replace(self.staging, models=models)

    def receive(self):
        desk = Reception(self.raw.parent, self.store, frozenset({CHARITY, CLUB}), self.limits, self.staging)
        return settle(desk.receive("community_learning", [YEAR]))

    def states(self):
        return {r.folder_provider: (r.state, r.rule) for r in self.receive()}


FINE, HELD = (State.ACCEPTED, None), (State.HELD, CAN_COUNT.id)
JOIN = "join accepted.receipt as receipt on enrolment.return_id = receipt.return_id"
ODD = "enrolment.course_title = 'Odd'"
FAULTS = {
    "lost": (JOIN, f"{JOIN} and not {ODD}"),
    "twice": (JOIN, f"{JOIN} join (values (0), (1)) as twice (n) on n = 0 or {ODD}"),
    "no reason": ("cast(null as varchar) as not_counted", f"case when {ODD} then 'odd' end as not_counted"),
    "no code": ("enrolment.theme as theme", f"case when not {ODD} then enrolment.theme end as theme"),
    "no number": ("enrolment.course_title as course", f"if({ODD}, cast('x' as integer), 1) as course"),
}


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_return_that_cannot_be_counted_is_held_and_the_others_stand(desk, fault):
    desk.send(CHARITY, course_title="Odd")
    desk.send(CLUB)
    assert desk.states() == {CHARITY: FINE, CLUB: FINE}
    desk.with_model(FAULTS[fault])
    assert desk.states() == {CHARITY: HELD, CLUB: FINE}
    assert desk.states() == {CHARITY: HELD, CLUB: FINE}
    # The model is mended.
    desk.staging = staging()
    assert desk.states() == {CHARITY: FINE, CLUB: FINE}


def test_a_message_has_no_value(desk):
    desk.send(CHARITY, course_title="Odd")
    desk.with_model(FAULTS["no number"])
    (held,) = desk.receive()
    assert held.message == (
        "The city cannot count it as it is: of 3 rows kept 0 become records; "
        "1 do not hold to “every value can be worked on (ConversionException)”."
    )


def test_what_stood_before_stands_meanwhile(desk):
    desk.send(CHARITY)
    (first,) = standing_returns(desk.receive())
    desk.with_model(FAULTS["lost"])
    desk.send(CHARITY, "2025-10-01", course_title="Odd")
    assert [r.return_id for r in standing_returns(desk.receive())] == [first.return_id]
    desk.staging = staging()
    (now,) = standing_returns(desk.receive())
    assert now.prepared_at > first.prepared_at


def test_without_its_file_it_comes_back_too(desk):
    file = desk.send(CHARITY, course_title="Odd")
    (first,) = desk.receive()
    file.unlink()
    assert desk.states() == {CHARITY: FINE}
    desk.with_model(FAULTS["lost"])
    for _ in range(3):
        assert desk.states() == {CHARITY: HELD}
    desk.staging = staging()
    (now,) = standing_returns(desk.receive())
    assert (now.return_id, now.kept_from_earlier) == (first.return_id, True)


@pytest.mark.parametrize("arrive_before", [False, True])
def test_what_others_are_held_against_stays_the_same(desk, arrive_before):
    """Ten rows, forty of which the models lose one, sixty: the last is no doubtful six times the first."""
    desk.limits = Limits(rows_lost=0.3, rows_gained=5, learners_lost=1, fill_lost=1, set_aside=1, smallest=1)
    desk.send(CHARITY, "2025-09-01", rows=10)
    if arrive_before:
        desk.receive()
    desk.send(CHARITY, "2025-10-01", rows=40, course_title="Odd")
    desk.send(CHARITY, "2025-11-01", rows=60)
    if arrive_before:
        desk.receive()
    desk.with_model(FAULTS["lost"])
    for _ in range(2):
        assert [r.prepared_at[:10] for r in standing_returns(desk.receive())] == ["2025-11-01"]
    desk.staging = staging()
    assert [r.prepared_at[:10] for r in standing_returns(desk.receive())] == ["2025-11-01"]


def test_what_was_found_by_lists_that_changed_meanwhile_is_not_remembered(desk):
    keys = iter(["before", "after", "before", "before"])
    desk.staging = replace(desk.staging, lists_key=lambda: next(keys))
    desk.send(CHARITY)
    for _ in range(2):
        assert desk.states() == {CHARITY: FINE}
    # The second time it was staged again, and remembered.
    with pytest.raises(StopIteration):
        next(keys)


def test_nobody_lets_it_through_but_it_can_be_withdrawn(desk):
    """Let through it would stop the city."""
    desk.send(CHARITY, course_title="Odd")
    desk.with_model(FAULTS["lost"])
    (held,) = desk.receive()
    decided = Decision(
        return_id=held.return_id, reason="It is right", who="A. Lovelace", on=date(2025, 10, 1)
    )
    desk.store = replace(desk.store, decisions=Decisions(release=(decided,)))
    assert desk.states() == {CHARITY: HELD}
    desk.store = replace(desk.store, decisions=Decisions(withdraw=(decided,)))
    assert desk.states() == {CHARITY: (State.WITHDRAWN, "withdrawn")}


def test_what_was_found_is_remembered_until_something_that_decides_it_changes(desk, monkeypatch):
    asked = []
    real = type(desk.staging).stage
    monkeypatch.setattr(
        type(desk.staging), "stage", lambda self, returns: asked.append(len(returns)) or real(self, returns)
    )
    desk.send(CHARITY)
    desk.send(CLUB)
    for _ in range(3):
        desk.receive()
    assert asked == [2]
    desk.with_model(("enrolment.line as record_id", "enrolment.line + 0 as record_id"))
    desk.receive()
    desk.staging = replace(desk.staging, lists_key=lambda: "others")
    desk.receive()
    stricter = Check(COUNTING, "odd", "None.", f"select 1 from {COUNTING} where false", frozenset({COUNTING}))
    desk.staging = replace(desk.staging, checks=[*desk.staging.checks, stricter])
    desk.receive()
    assert asked == [2, 2, 2, 2]


def test_checks_of_all_records_are_asked_too(desk):
    desk.send(CHARITY)
    none = Check(RECORDS, "none", "There is none.", f"select 1 from {RECORDS} limit 1", frozenset({RECORDS}))
    desk.staging = replace(desk.staging, checks=[replace(none, blocking=False)])
    assert desk.states() == {CHARITY: FINE}
    desk.staging = replace(desk.staging, checks=[none])
    assert desk.states() == {CHARITY: HELD}
