"""A return far off the one before it is held; shares and sizes by hand."""

import polars as pl
import pytest
from pydantic import ValidationError

from pipelines.extracts import student_record
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.holding import hold
from pipelines.extracts.plausibility import Limits, Profile, doubts, profile_of
from pipelines.extracts.returns import State
from pipelines.extracts.store import Store
from tests.extracts.student_files import HEADER, STUDENT, WHOLE, save_xml
from tests.vaults import vault

LIMITS = Limits(rows_lost=0.25, rows_gained=3.0, learners_lost=0.3, fill_lost=0.2, set_aside=0.2, smallest=20)


def profile(rows=100, aside=0.0, learners=None, **fill):
    learners = range(rows) if learners is None else learners
    return Profile(rows, aside, fill, frozenset(learners))


def found(now, before):
    return [rule.id for rule, _ in doubts(now, before, LIMITS)]


@pytest.mark.parametrize(
    ("now", "before", "rules"),
    [
        (profile(), profile(), []),
        # A quarter fewer is the limit: 75 of 100 is allowed, 74 is not. The learners lost are 25 and 26 %.
        (profile(75), profile(100), []),
        (profile(74), profile(100), ["plausible_rows_lost"]),
        (profile(300), profile(100), []),
        (profile(301), profile(100), ["plausible_rows_gained"]),
        # As many rows, but 30 and 31 of 100 learners are others.
        (profile(100, learners=range(30, 130)), profile(100), []),
        (profile(100, learners=range(31, 131)), profile(100), ["plausible_learners"]),
        (profile(100, postcode=0.7), profile(100, postcode=0.9), []),
        (profile(100, postcode=0.69), profile(100, postcode=0.9), ["plausible_fill"]),
        (profile(100), profile(100, postcode=0.9), ["plausible_fill"]),
        (profile(80, aside=0.2), None, []),
        (profile(79, aside=0.21), None, ["plausible_set_aside"]),
        (profile(79, aside=0.21), profile(79), ["plausible_set_aside"]),
        # Fewer than 20 before: nothing is held.
        (profile(1), profile(19), []),
        (profile(1), profile(20), ["plausible_rows_lost", "plausible_learners"]),
        (profile(9, aside=0.5), None, []),
        (profile(10, aside=0.5), None, ["plausible_set_aside"]),
    ],
)
def test_what_is_held(now, before, rules):
    assert found(now, before) == rules


def test_the_message_gives_sizes_and_shares():
    (rule, particulars), *_ = doubts(profile(1200), profile(12_345, learners=()), LIMITS)
    assert rule.message.format(**particulars) == "It has 1,200 records where the return before had 12,345."


def test_a_profile_is_of_the_accepted_records():
    records = pl.DataFrame({"ref": ["a", "a", "b", None], "postcode": ["M1 1AE", None, None, None]})
    made = profile_of(records, records["ref"], read=5)
    assert (made.rows, round(made.share_set_aside, 3), len(made.learners)) == (4, 0.2, 2)
    assert made.fill == {"ref": 0.75, "postcode": 0.25}
    assert profile_of(records.clear(), None, read=0) == Profile(0, 0.0)


@pytest.mark.parametrize("wrong", [{"rows_lost": 1.1}, {"rows_gained": 0.9}, {"smallest": -1}, {"other": 1}])
def test_impossible_limits_are_refused(wrong):
    with pytest.raises(ValidationError):
        Limits(**{**LIMITS.model_dump(), **wrong})


def students(first, number):
    """Return students with one session each; their numbers follow each other from the first."""
    return [
        ("Student", STUDENT | {"SID": f"{24100000010000000 + first + n}", "ULN": None}) for n in range(number)
    ]


@pytest.mark.parametrize(
    ("later", "rules"),
    [
        (students(1, 30), []),
        (students(11, 30), ["plausible_learners"]),  # 10 of 30 are gone: 33 %
        (students(1, 15), ["plausible_rows_lost", "plausible_learners"]),
        (students(101, 30), ["plausible_learners"]),
    ],
)
def test_a_universitys_students_are_compared_though_its_records_are_sessions(tmp_path, later, rules):
    held = []
    store = Store(vault(tmp_path / "store"))
    for day, whole in (("20251103", students(1, 30)), ("20251110", later)):
        header = HEADER | {"DateTime": f"{day[:4]}-{day[4:6]}-{day[6:]}T10:15:00"}
        name = f"C24056-10000001-{day}-101500.xml"
        files = save_xml(tmp_path, *WHOLE[:2], *whole, name=name, header=header)
        held.append(store.take_in(Delivery.of("2024-25", "10000001", files, student_record)))
    earlier, last = hold(held, store, LIMITS)
    assert earlier.state is State.ACCEPTED
    assert (last.rule or None) == (rules[0] if rules else None)
    assert [rule for rule in rules if MESSAGES[rule] not in last.message] == []


MESSAGES = {
    "plausible_rows_lost": "15 records where",
    "plausible_learners": "of the learners in the return before",
}
