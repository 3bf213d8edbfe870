"""What the soak sends: returns that are accepted, decisions that are read, a plan that its seed repeats."""

from datetime import date, datetime
from random import Random

import pytest

from bench.changed_returns import Return, begun_anew, corrected, shortened
from bench.changing_city import ChangingCity
from bench.soak_days import KILLED, UNASKED, Day, Run, table
from bench.soak_plan import FEWEST_DAYS, ONCE, plan_of
from pipelines.erasure_request import Request
from pipelines.extracts.decisions import Decisions
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.returns import Receipt, State
from pipelines.feedback import checking
from tests.conftest import CATALOGUE, REPOSITORY

RAW = REPOSITORY / "data/raw"
LATER = datetime(2025, 11, 17, 9, 30)
BUNDLED = {
    "MCR-003/community-learning_MCR-003_2024-25_2025-08-21.csv": "community_learning",
    "MCR-005/community-learning_MCR-005_2024-25_2025-08-23.csv": "community_learning",
    "MCR-009/community-learning_MCR-009_2024-25_2025-08-27.csv": "community_learning",
    "10090001/ILR-10090001-2425-20251015-084100-01.XML": "ilr",
    "10090009/ILR-10090009-2425-20251016-153600-01.XML": "ilr",
    "10091001/C24056-10091001-20251115-153000.xml": "student_record",
}


def bundled(name):
    text = (RAW / "2024-25" / name).read_text("utf-8-sig")
    return Return.parse(BUNDLED[name], "2024-25", name.split("/")[0], text)


def checked(folder, sent):
    """Write a return as it is sent; return the verdict on it, and its exit status."""
    file = folder / sent.name(LATER)
    file.write_text(sent.text(LATER), "utf-8")
    (report,) = checking.check([file], CATALOGUE, None)
    return report.receipt, checking.status([report])


def references(sent):
    return {sent.value(learner, "reference") for learner in sent.learners}


@pytest.mark.parametrize("name", BUNDLED)
def test_a_corrected_return_is_accepted_and_made_later(tmp_path, name):
    sent = bundled(name)
    (before,) = checking.check([RAW / "2024-25" / name], CATALOGUE, None)
    for seed in range(2):
        sent, _ = corrected(sent, Random(seed))
        receipt, status = checked(tmp_path, sent)
        assert status in (checking.ACCEPTED, checking.SET_ASIDE)
        assert receipt.academic_year == "2024/25"
        assert receipt.provider == name.split("/")[0]
        assert receipt.prepared_at > before.receipt.prepared_at


@pytest.mark.parametrize("name", BUNDLED)
def test_a_correction_is_of_a_few_learners(name):
    sent = bundled(name)
    for seed in range(20):
        again, said = corrected(sent, Random(seed))
        assert again == corrected(sent, Random(seed))[0]
        gone, come = references(sent) - references(again), references(again) - references(sent)
        changed = len(set(map(str, again.learners)) - set(map(str, sent.learners))) - len(come)
        assert f"{changed} changed" in said
        assert 1 <= len(gone) + len(come) + changed <= 12
        assert len(gone) <= max(1, len(sent.learners) // 10)


def test_a_return_taken_apart_and_put_together_is_the_same():
    name = "10090009/ILR-10090009-2425-20251016-153600-01.XML"
    assert bundled(name).text(datetime(2025, 10, 16, 15, 36)) == (RAW / "2024-25" / name).read_text("utf-8")


@pytest.mark.parametrize("name", [name for name, form in BUNDLED.items() if form == "community_learning"])
def test_the_first_return_of_the_next_year_is_accepted(tmp_path, name):
    receipt, status = checked(tmp_path, begun_anew(bundled(name)))
    assert status in (checking.ACCEPTED, checking.SET_ASIDE)
    assert receipt.academic_year == "2025/26"


def test_a_shortened_return_is_accepted_alone_and_lacks_four_in_ten(tmp_path):
    sent = bundled("10090001/ILR-10090001-2425-20251015-084100-01.XML")
    short = shortened(sent, 0.4, Random(1))
    assert len(short.learners) == 99 < 0.75 * len(sent.learners)
    assert checked(tmp_path, short)[1] in (checking.ACCEPTED, checking.SET_ASIDE)


@pytest.fixture
def city(tmp_path, monkeypatch):
    """Return a city after a first run that took in three returns, which nobody ran."""
    receipts = [
        Receipt(
            return_id=Delivery.of("2024-25", name.split("/")[0], (RAW / "2024-25" / name,), None).return_id,
            collection=BUNDLED[name],
            folder_provider=name.split("/")[0],
            folder_year="2024-25",
            files={name.split("/")[1]: ""},
            state=State.ACCEPTED,
            provider=name.split("/")[0],
            academic_year="2024/25",
            prepared_at="2025-11-15",
        )
        for name in BUNDLED
    ]
    monkeypatch.setattr(ChangingCity, "_receipts", lambda _: receipts)
    city = ChangingCity(tmp_path / "city", 1)
    city.remember()
    return city


def test_a_withdrawal_is_a_decision_that_can_be_read(city):
    said = city.event("withdraw_only", 3, Random(1))
    (decision,) = Decisions.read(city.paths.decisions).withdraw
    assert decision.on == date(2025, 11, 20)
    assert said.startswith("withdrawn, with nothing before it: community_learning of MCR-")
    # The state of the return is still what the last run made of it.
    file = next(name.split("/")[1] for name in BUNDLED if name.startswith(said[-7:]))
    assert city.not_as_expected() == [f"{said[-7:]} {file}: accepted, not withdrawn"]
    assert city.not_as_expected() == []


def test_two_returns_of_one_sender_on_one_day_are_two_files(city):
    for seed in range(3):
        city.event("correct student_record", 5, Random(seed))
    assert len(list(city.paths.raw.glob("*/10091001/C2?056-10091001-20251122-*.xml"))) == 3


def test_who_is_erased_can_be_asked_for(city):
    requests = [city.draw_request(Random(1)) for _ in range(3)]
    assert len(set(map(Request.read, requests))) == 3


@pytest.mark.parametrize("days", [FEWEST_DAYS, 20, 60])
def test_a_plan_has_everything_and_is_quiet_on_most_days(days):
    for seed in range(10):
        plan = plan_of(days, seed)
        assert plan == plan_of(days, seed)
        day_of = {name: day for day, names in plan.events.items() for name in names}
        assert set(day_of) >= {*ONCE, "hold", "release"}
        assert day_of["hold"] < day_of["release"]
        assert (
            sum(name.startswith("correct") for names in plan.events.values() for name in names) >= days // 7
        )
        assert 0 < min(plan.events) <= max(plan.events) < days
        assert len(plan.events) <= days / 2
        assert len(plan.kills) == 3
        assert plan.twice not in plan.kills


def test_the_table_says_what_went_wrong_once():
    failed = Run("run", 1, ["disclosure.published: it does not add up"], 20.0)
    days = [
        Day(0, runs=[Run("run", 0, [], 30.0)], made=1, audited=True),
        Day(1, runs=[Run("run", KILLED, [], 10.0), failed], audited=True),
        Day(2, runs=[failed], audited=False, wrong=["audit: status 1"]),
        Day(3, runs=[Run("run", 0, [], 20.0)], made=1, audited=True, wrong=[UNASKED]),
    ]
    assert [day.well for day in days] == [True, False, False, False]
    said = table(days)
    assert "non-zero exits              2" in said
    assert "quiet days with a release   3" in said
    assert "  day 1, 2: run, status 1: disclosure.published: it does not add up" in said
    assert said[-2:] == ["  day 2: audit: status 1", f"  day 3: {UNASKED}"]
