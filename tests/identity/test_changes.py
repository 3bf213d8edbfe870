"""What became of a pseudonym: merged, split and renamed persons are noted once, and forgotten with them."""

import pytest

from pipelines import changes
from pipelines.identity.vault import Drawer
from tests.identity.roll import ULN_A, ULN_B, UPN_A

NOTED = "select change, former_person_id, person_id from core.person_change order by noticed_at, change"


def run(bench):
    bench.run()
    bench.make("core.person_change")


@pytest.fixture
def two(bench):
    """Return a bench with two people, one known by each kind of number, and their pseudonyms."""
    bench.people(range(91), "F", 1000)
    bench.record("a", uln=ULN_A)
    bench.record("b", upn=UPN_A, provider_id="10090002")
    run(bench)
    return bench, *persons(bench)


def persons(bench):
    return [
        person for (person,) in bench.rows("select person_id from identity.person_link order by record_id")
    ]


def changed(bench):
    run(bench)
    return bench.rows(NOTED)


def test_nothing_is_noted_of_a_first_run_or_of_one_like_the_last(two):
    bench, *_ = two
    assert bench.rows(NOTED) == []
    bench.record("c", uln=ULN_B)
    assert changed(bench) == []


def test_a_merge_and_the_split_after_it_are_noted_once_each(two):
    """A record with both numbers makes them one, under the learner number; without it they are two again."""
    bench, a, b = two
    bench.record("both", uln=ULN_A, upn=UPN_A)
    merged, split = ("merged", b, a), ("split", a, b)
    assert changed(bench) == [merged]
    assert persons(bench) == [a, a, a]
    assert changed(bench) == [merged]
    bench.records.pop()
    assert changed(bench) == [merged, split]
    assert persons(bench) == [a, b]
    bench.record("c", uln=ULN_B)
    assert changed(bench) == [merged, split]


def test_the_same_records_under_another_pseudonym_are_noted(two):
    """Who was a pupil the year before is known by the pupil number: by that of b, who is there no more."""
    bench, a, b = two
    bench.records = [r for r in bench.records if r["uln"]]
    bench.record("c", upn=UPN_A, academic_year="2023/24")
    bench.record("d", uln=ULN_A, upn=UPN_A)
    assert changed(bench) == [("renamed", a, b)]
    assert set(persons(bench)) == {b}


def test_a_run_cut_off_before_its_end_notes_nothing_twice(two, monkeypatch):
    bench, a, b = two
    bench.record("both", uln=ULN_A, upn=UPN_A)
    put = Drawer.put

    def cut_off(drawer, table, number, frame):
        if table == changes.FORMER_LINK:
            raise KeyboardInterrupt
        put(drawer, table, number, frame)

    monkeypatch.setattr(Drawer, "put", cut_off)
    with pytest.raises(KeyboardInterrupt):
        run(bench)
    monkeypatch.undo()
    assert changed(bench) == [("merged", b, a)]


def test_of_who_is_no_longer_there_nothing_is_kept(two):
    bench, a, b = two
    bench.record("both", uln=ULN_A, upn=UPN_A)
    assert changed(bench) == [("merged", b, a)]
    bench.records.clear()
    bench.record("c", uln=ULN_B)
    assert changed(bench) == []


def test_a_split_leads_on_from_a_merge(two):
    """b became a, and a in part b again: all of it stays as long as one of the two is there."""
    bench, a, b = two
    bench.record("both", uln=ULN_A, upn=UPN_A)
    run(bench)
    bench.records.pop()
    run(bench)
    bench.records = [r for r in bench.records if r["upn"]]
    assert changed(bench) == [("merged", b, a), ("split", a, b)]
    assert persons(bench) == [b]
