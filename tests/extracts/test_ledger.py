"""The ledger of returns: a line a change, none lost, none twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipelines.extracts.ledger import events, note
from pipelines.extracts.returns import Receipt, State
from tests.vaults import vault

MONDAY, TUESDAY = datetime(2025, 9, 1, 6, tzinfo=UTC), datetime(2025, 9, 2, 6, tzinfo=UTC)


def receipt(number, state, rule=None):
    return Receipt(
        return_id=f"r{number}",
        collection="ilr",
        folder_provider="10000001",
        folder_year="2024-25",
        files={"ILR.xml": "0123456789abcdef0123"},
        state=state,
        rule=rule,
        message="It breaks off." if rule else None,
    )


@pytest.fixture
def ledger(tmp_path):
    return vault(tmp_path)


def states(ledger):
    return [(e.noticed_at[:10], e.return_id, e.state, e.rule) for e in events(ledger)]


def test_a_return_is_received_and_then_judged(ledger):
    note(ledger, [receipt(1, State.ACCEPTED), receipt(2, State.REFUSED, "well_formed")], MONDAY)
    assert states(ledger) == [
        ("2025-09-01", "r1", "received", None),
        ("2025-09-01", "r1", "accepted", None),
        ("2025-09-01", "r2", "received", None),
        ("2025-09-01", "r2", "refused", "well_formed"),
    ]
    last = events(ledger)[-1]
    assert (last.reason, last.files) == ("It breaks off.", "ILR.xml 0123456789abcdef")
    assert (last.provider, last.academic_year, last.collection) == ("10000001", "2024/25", "ilr")


def test_the_same_again_adds_nothing(ledger):
    note(ledger, [receipt(1, State.ACCEPTED)], MONDAY)
    assert note(ledger, [receipt(1, State.ACCEPTED)], TUESDAY) == []
    assert len(events(ledger)) == 2


def test_another_state_or_reason_adds_one_line(ledger):
    note(ledger, [receipt(1, State.ACCEPTED), receipt(2, State.REFUSED, "doctype")], MONDAY)
    note(ledger, [receipt(1, State.SUPERSEDED), receipt(2, State.REFUSED, "well_formed")], TUESDAY)
    assert states(ledger)[4:] == [
        ("2025-09-02", "r1", "superseded", None),
        ("2025-09-02", "r2", "refused", "well_formed"),
    ]


def test_an_empty_ledger_has_no_events(ledger):
    assert events(ledger) == []
    note(ledger, [], MONDAY)
    assert list(ledger.folder.iterdir()) == []


def test_the_hashes_of_files_are_found_whatever_their_names(ledger):
    first, second = "ab" * 32, "cd" * 32
    files = {"Students, final 2 of 3, 1.csv": first, "Engagements.csv": second}
    (_, event) = note(ledger, [replace(receipt(1, State.ACCEPTED), files=files)], datetime.now(UTC))
    assert event.hashes == [second[:16], first[:16]]
