"""A large hostile file takes little memory, and a process that is ended takes no return with it."""

import os
import signal
from pathlib import Path

import pytest

from pipelines.extracts import reception
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.returns import State
from tests.extracts.hostile import (
    CSV,
    GOOD,
    MOST_MEGABYTES,
    OTHER_CHARITY,
    OTHER_COLLEGE,
    XML,
    HostileCity,
    hostile_xml,
    ilr_bytes,
    measured,
)


@pytest.fixture
def city(tmp_path):
    city = HostileCity(tmp_path)
    city.send_good_returns()
    return city


def end_itself(task):
    """Stand in for a process that the system ends for want of memory."""
    _, delivery, _ = task
    if delivery.sender == OTHER_COLLEGE:
        os.kill(os.getpid(), signal.SIGKILL)
    return reception_really(task)


reception_really = reception._take_in_elsewhere


@pytest.mark.slow
def test_a_process_that_is_ended_takes_no_other_return_with_it(city, monkeypatch):
    city.place(OTHER_COLLEGE, XML, ilr_bytes(OTHER_COLLEGE))
    monkeypatch.setattr(reception, "WORTH_A_SECOND_PROCESS", 1)
    monkeypatch.setattr(reception, "_take_in_elsewhere", end_itself)
    city.receive()
    states = {r.folder_provider: (r.state, r.rule) for r in city.receipts}
    assert states.pop(OTHER_COLLEGE) == (State.REFUSED, READER_FAULT)
    assert set(states.values()) == {(State.ACCEPTED, None)}


def fill(file: Path, start: bytes, piece: bytes, megabytes: int, end: bytes = b"") -> None:
    """Write a large file piece by piece."""
    with file.open("wb") as stream:
        stream.write(start)
        many = piece * max(1, (1 << 20) // len(piece))
        for _ in range(megabytes):
            stream.write(many)
        stream.write(end)


PEOPLE = hostile_xml()
HEAD, LEARNER = PEOPLE[: PEOPLE.index(b"<Learner>")], PEOPLE[PEOPLE.index(b"<Learner>") :]
AIM = LEARNER[LEARNER.index(b"<LearningDelivery>") : LEARNER.index(b"</Learner>")].replace(b"\n", b"")
LARGE = {
    "xml: one text": (XML, HEAD + b"<Learner><FamilyName>", b"x", "record_size"),
    "xml: one attribute": (XML, HEAD + b"<Learner a='", b"x", "record_size"),
    "xml: one tag": (XML, HEAD + b"<", b"x", "record_size"),
    "xml: one comment": (XML, HEAD + b"<!--", b"x", "record_size"),
    "xml: one head": (XML, b"<Message><Header><Source><UKPRN>", b"x", "record_size"),
    "xml: many heads": (XML, b"<Message><Header><Source>", b"<UKPRN>12345678</UKPRN>", "record_size"),
    "xml: blanks": (XML, HEAD, b" ", "record_size"),
    "xml: one learner": (XML, HEAD + b"<Learner>", AIM, "record_size"),
    "xml: one learner of many empty aims": (
        XML,
        HEAD + b"<Learner><LearnRefNumber>" + b"x" * 499 + b"</LearnRefNumber>",
        b"<LearningDelivery/>",
        "record_size",
    ),
    "xml: one line of learners": (
        XML,
        HEAD.replace(b"\n", b""),
        LEARNER[: LEARNER.index(b"</Message>")].replace(b"\n", b""),
        "well_formed",
    ),
    "csv: one line": (CSV, GOOD, b"x", "record_length"),
    "csv: one header": (CSV, b"", b"x", "record_length"),
    "csv: one quoted cell": (CSV, GOOD + b'"', b"x\n", "quotes"),
    "csv: one row of empty cells": (CSV, GOOD, b",", "record_length"),
    "csv: many rows of many empty cells": (CSV, GOOD, b"," * 90_000 + b"\n", None),
    "csv: many long rows": (CSV, GOOD, b"MCR-003,2024/25," + b"x" * 90_000 + b"," * 11 + b"\n", None),
    "csv: many blank rows": (CSV, b"", b"," * 99 + b"\n", "column_missing"),
}


@pytest.fixture(scope="module")
def megabytes_of_good_returns(tmp_path_factory):
    """What a run on the good returns alone holds."""
    city = HostileCity(tmp_path_factory.mktemp("good"))
    city.send_good_returns()
    said, peak = measured(city)
    assert said == []
    return peak


@pytest.mark.slow
@pytest.mark.parametrize("what", LARGE)
def test_a_hundred_megabytes_are_refused_in_little_memory(city, what, megabytes_of_good_returns):
    name, start, piece, rule = LARGE[what]
    fill(city.place(OTHER_COLLEGE if name == XML else OTHER_CHARITY, name), start, piece, 100)
    said, peak = measured(city)
    assert [r for _, r in said] == [rule]
    assert peak - megabytes_of_good_returns < MOST_MEGABYTES, f"{peak} MB"
