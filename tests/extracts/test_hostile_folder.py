"""Whatever lies in a folder, or changes there, stops no other return."""

import contextlib
import os
import socket
import time

import pytest

from pipelines.extracts import deliveries, store
from pipelines.extracts.deliveries import stray_folders
from pipelines.extracts.returns import State
from pipelines.years import AcademicYear
from tests.extracts.hostile import (
    CHARITY,
    COLLEGE,
    CSV,
    GOOD,
    OTHER_CHARITY,
    OTHER_COLLEGE,
    XML,
    YEAR,
    HostileCity,
    community_name,
    community_rows,
    csv_bytes,
    ilr_bytes,
    ilr_name,
    refused,
)


@pytest.fixture
def city(tmp_path):
    city = HostileCity(tmp_path)
    city.send_good_returns()
    return city


def test_what_is_no_plain_file_is_reported_and_not_opened(city, tmp_path):
    secret = tmp_path / "secret.xml"
    secret.write_bytes(ilr_bytes(OTHER_COLLEGE))
    city.place(OTHER_COLLEGE, XML).symlink_to(secret)
    city.place(OTHER_COLLEGE, "loop.xml").symlink_to("loop.xml")
    city.place(OTHER_COLLEGE, "ILR-folder.xml").mkdir()
    os.mkfifo(city.place(OTHER_COLLEGE, "ILR-pipe.xml"))
    folder = city.year / OTHER_COLLEGE
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(folder):  # a short path is wanted
        listening.bind("socket.csv")
    assert refused(city) == ["plain_file"] * 5
    kinds = " ".join(r.message for r in city.bad())
    assert all(kind in kinds for kind in ("link", "folder", "pipe", "socket"))
    assert not list(city.store.folder.rglob(XML))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_not_opened(city):
    try:
        os.mknod(city.place(OTHER_COLLEGE, XML), 0o20000 | 0o600, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        pytest.skip("devices cannot be made here")
    assert refused(city) == ["plain_file"]


def test_a_pipe_that_takes_a_files_place_after_the_look_is_not_waited_for(city, monkeypatch):
    os.mkfifo(city.place(OTHER_COLLEGE, XML))
    monkeypatch.setattr(deliveries, "_not_of_kind", lambda *_: None)
    assert refused(city) == ["readable"]


def test_links_in_place_of_folders_are_not_followed(city, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / XML).write_bytes(ilr_bytes(OTHER_COLLEGE))
    (city.year / OTHER_COLLEGE).symlink_to(elsewhere)
    (city.year / "stray.xml").write_bytes(b"<Message/>")
    assert refused(city) == ["plain_folder"] * 2
    city.year.rename(tmp_path / "away")
    city.year.symlink_to(tmp_path / "away")
    city.receive()
    assert "plain_folder" in {r.rule for r in city.receipts}
    assert [r.kept_from_earlier for r in city.receipts if r.state is State.ACCEPTED] == [True] * 4


@pytest.mark.parametrize("failing", ["hash", "copy"])
def test_a_file_that_cannot_be_read_stops_no_other(city, monkeypatch, failing):
    city.place(OTHER_COLLEGE, XML, ilr_bytes(OTHER_COLLEGE))
    module, name = {"hash": (deliveries, "digest_of"), "copy": (store, "copy")}[failing]
    real = getattr(module, name)

    def denied(file, *more):
        if file.name == XML:
            raise PermissionError(13, "Permission denied", str(file))
        return real(file, *more)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, denied)
        assert refused(city) == ["readable"]
    assert "Permission denied" in city.bad()[0].message
    city.receive()
    assert [r.state for r in city.bad()] == [State.ACCEPTED]


def test_a_folder_that_cannot_be_listed_stops_no_other(city, monkeypatch):
    city.place(OTHER_COLLEGE, XML, ilr_bytes(OTHER_COLLEGE))
    real = deliveries.Path.iterdir

    def denied(self):
        if self.name == OTHER_COLLEGE:
            raise PermissionError(13, "Permission denied")
        return real(self)

    monkeypatch.setattr(deliveries.Path, "iterdir", denied)
    assert refused(city) == ["readable"]


@pytest.mark.parametrize(
    "name",
    ["a\nb.xml", "\x1b[31m.csv", b"ILR-\xff\xfe.xml", "right\u202eto-left.csv", "\x7f"],
    ids=repr,
)
def test_names_that_cannot_be_shown_are_refused(city, name):
    name = os.fsdecode(name) if isinstance(name, bytes) else name
    city.place(OTHER_COLLEGE, name, b"x")
    (city.year / name).mkdir()
    assert refused(city) == ["plain_name"] * 2
    assert all("?" in str((*r.files, r.folder_provider)) for r in city.bad())


def test_a_name_as_long_as_can_be_is_reported_whole(city):
    city.place(OTHER_COLLEGE, "x" * 251 + ".xml", b"<Message/>")
    city.place(OTHER_CHARITY, "community-learning_" + "y" * 232 + ".csv", GOOD)
    assert sorted(refused(city)) == ["Filename_1", "filename"]


@pytest.mark.slow
def test_thousands_of_tiny_files_are_as_many_receipts(city):
    for number in range(1_500):
        city.place(OTHER_COLLEGE, f"{number}.txt", b"%d" % number)
        city.place(OTHER_COLLEGE, f"ILR-{number}.xml", b"%d" % number)
    rules = refused(city, 60)
    assert sorted(set(rules)) == ["file_recognised", "well_formed"]
    assert len(rules) == 3_000


def test_folders_of_no_academic_year_are_reported(city):
    raw = city.folder / "raw"
    for name in ("2024_25", "2024-26", " 2024-25", "2024-25 (copy)", "2031-32", "latest", "a\nb"):
        (raw / name).mkdir()
    (raw / "synthetic.toml").touch()
    found = stray_folders(raw, (YEAR, AcademicYear(2023)))
    assert {r.folder_year: r.rule for r in found} == dict.fromkeys(
        ("2024_25", "2024-26", " 2024-25", "2024-25 (copy)", "2031-32", "latest", "a?b"), "year_folder"
    )
    assert refused(city) == []


# Files that change


def test_a_file_that_changes_between_hashing_and_copying_is_left_for_the_next_run(city, monkeypatch):
    file = city.place(OTHER_CHARITY, CSV, GOOD)
    real = store.copy

    def copy_another(source, *more):
        if source == file:
            file.write_bytes(GOOD + GOOD.splitlines(keepends=True)[1])
        return real(source, *more)

    with monkeypatch.context() as patch:
        patch.setattr(store, "copy", copy_another)
        city.receive()
    assert [r.state for r in city.bad()] == [State.SETTLING]
    city.receive()
    (receipt,) = city.bad()
    assert (receipt.state, receipt.read) == (State.ACCEPTED, {"enrolment": 4})


def test_a_file_that_changes_while_it_is_hashed_is_left_for_the_next_run(city, monkeypatch):
    file = city.place(OTHER_CHARITY, CSV, GOOD)
    real = deliveries.digest_of

    def and_change(source):
        digest = real(source)
        if source == file:
            file.write_bytes(GOOD * 2)
        return digest

    monkeypatch.setattr(deliveries, "digest_of", and_change)
    city.receive()
    assert [r.state for r in city.bad()] == [State.SETTLING]


def test_a_file_younger_than_the_settling_time_is_left_alone(city):
    now = time.time()
    for file in city.year.rglob("*.*"):
        os.utime(file, (now - 61, now - 61))
    city.settle_seconds = 60
    file = city.place(CHARITY, community_name(CHARITY), csv_bytes(community_rows(CHARITY)))
    os.utime(file, (now - 1000, now - 1000))
    city.receive()
    assert city.bad() == []
    # It is written again, and has not all come yet: what was accepted stands.
    file.write_bytes(csv_bytes(community_rows(CHARITY, 5))[:300])
    for _ in range(2):
        city.receive()
        of_charity = [r for r in city.receipts if r.folder_provider == CHARITY]
        assert [(r.state, r.rule, r.kept_from_earlier) for r in of_charity] == [
            (State.SETTLING, None, False),
            (State.ACCEPTED, None, True),
        ]
        assert of_charity[1].read == {"enrolment": 3}
    # All of it has come, a minute ago.
    file.write_bytes(csv_bytes(community_rows(CHARITY, 5)))
    os.utime(file, (now - 61, now - 61))
    city.receive()
    (receipt,) = [r for r in city.receipts if r.folder_provider == CHARITY]
    assert (receipt.state, receipt.read) == (State.ACCEPTED, {"enrolment": 5})


def test_one_young_module_holds_a_census_back_and_a_date_to_come_does_not(city):
    times = {file: time.time() - 1000 for file in city.year.rglob("*.*")}
    times[city.year / COLLEGE / ilr_name(COLLEGE)] = time.time() + 10**7  # a sender's clock is wrong
    times[next(city.year.rglob("*addresses*"))] = time.time()
    for file, changed in times.items():
        os.utime(file, (changed, changed))
    city.settle_seconds = 60
    city.receive()
    states = city.others()
    assert {s for s, state in states.items() if state is State.SETTLING} == {"352"}
    assert states[COLLEGE] is State.ACCEPTED
