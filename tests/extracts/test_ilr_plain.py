"""The quick reader gives exactly what the careful one gives: rows, lines, unknown elements and refusals."""

import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines.extracts import ilr, ilr_plain, plain_xml
from pipelines.extracts.ilr_header import read_header
from pipelines.extracts.returns import Refused
from tests.extracts.plain_ilr_files import (
    BODY,
    CAREFUL,
    DOCUMENT,
    HEAD,
    LEARNERS,
    PIECES,
    QUICK,
    REFUSED,
    TAIL,
)

RAW = Path(__file__).resolve().parents[2] / "data" / "raw"
SAMPLE = sorted(file for file in RAW.rglob("*") if re.match(r"ILR-.*\.xml$", file.name, re.IGNORECASE))


@pytest.fixture
def small_blocks(monkeypatch):
    """Cut a file into many blocks."""
    monkeypatch.setattr(plain_xml, "BLOCK", 3_000)
    monkeypatch.setattr(plain_xml, "_HEAD", 1_500)


def outcome(batches) -> tuple[dict[str, pl.DataFrame], str | None]:
    """Return all rows of each table and the refusal's words."""
    tables: dict[str, list] = {}
    try:
        for batch in batches():
            for table, rows in batch.items():
                tables.setdefault(table, []).append(rows)
    except Refused as refused:
        return {}, str(refused)
    return {table: pl.concat(frames) for table, frames in tables.items()}, None


def same_both_ways(file: Path) -> str | None:
    """Make sure that both readers agree; return the words of a refusal."""
    quick, refused = outcome(lambda: ilr.read((file,)))
    careful, refused_too = outcome(lambda: ilr.read_carefully(file, read_header(file)))
    assert refused == refused_too
    assert set(quick) == set(careful)
    for table, rows in careful.items():
        assert_frame_equal(quick[table], rows)
    return refused


def read_quickly(file: Path) -> bool:
    """Say whether a file is plain from its first record to its last."""
    batches = ilr_plain.plain_batches(file, read_header(file))
    while True:
        try:
            next(batches)
        except StopIteration as end:
            return end.value is None


@pytest.mark.parametrize("file", SAMPLE, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_bundled_sample(file, small_blocks):
    try:
        read_header(file)
    except Refused:
        return  # planted to be refused by its head
    refused = same_both_ways(file)
    if not refused and b"<Learner>" in file.read_bytes():
        assert read_quickly(file)


def test_the_published_files(shared_extracts, small_blocks):
    files = sorted((shared_extracts / "ilr").glob("*.xml"))
    assert files
    for file in files:
        same_both_ways(file)


@pytest.mark.parametrize("what", QUICK)
def test_what_is_plain_is_read_quickly_and_rightly(ilr_file, small_blocks, what):
    file = ilr_file(content=QUICK[what])
    assert same_both_ways(file) is None
    assert read_quickly(file)


@pytest.mark.parametrize("what", CAREFUL)
def test_what_is_not_plain_is_read_carefully(ilr_file, small_blocks, what):
    file = ilr_file(content=CAREFUL[what])
    same_both_ways(file)
    assert not read_quickly(file)


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_is_refused_in_the_same_words(ilr_file, small_blocks, what):
    file = ilr_file(content=REFUSED[what])
    assert same_both_ways(file)
    assert not read_quickly(file)


def test_lines_are_the_same_far_into_a_file(ilr_file):
    """Beyond the 65,535th, libxml2 stores none."""
    body = BODY * (70_000 // BODY.count(b"\n") + 1)
    file = ilr_file(content=HEAD + body + TAIL)
    assert same_both_ways(file) is None
    assert read_quickly(file)


def test_a_comment_late_in_a_file_repeats_no_learner(ilr_file, small_blocks):
    body = BODY + BODY.replace(b"<LearnRefNumber>L", b"<LearnRefNumber>M")
    at = body.index(b"<LearnRefNumber>M30<")
    file = ilr_file(content=HEAD + body[:at] + b"<!-- -->" + body[at:] + TAIL)
    learners = [name for b in ilr.read((file,)) for name in b["learner"]["LearnRefNumber"]]
    assert learners == [f"{letter}{n}" for letter in "LM" for n in range(1, LEARNERS + 1)]
    assert same_both_ways(file) is None


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.data())
def test_spoilt_anywhere_both_say_the_same(ilr_file, small_blocks, data):
    """Cut off, or with bytes put in or taken out, anywhere behind what the head's reader sees."""
    content = bytearray(DOCUMENT)
    place = st.integers(1 << 14, len(content))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(place)
        length = data.draw(st.sampled_from([0, 0, 1, 3, 30, 700]))
        content[start : start + length] = data.draw(st.sampled_from([b"", *PIECES]))
    if data.draw(st.booleans()):
        del content[data.draw(place) :]
    same_both_ways(ilr_file(content=bytes(content)))
