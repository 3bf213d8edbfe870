"""A workbook that would take all memory, or is broken, is refused before it is opened."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.extracts.returns import State
from tests.extracts.hostile import (
    OTHER_CHARITY,
    XLSX,
    HostileCity,
    community_rows,
    measured,
    refused,
    write_workbook,
)


@pytest.fixture
def city(tmp_path):
    city = HostileCity(tmp_path)
    city.send_good_returns()
    return city


def repack(file: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Write a workbook again with its parts changed."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(name, content))


SHEET = "xl/worksheets/sheet1.xml"


def in_sheet(was: bytes, becomes: bytes) -> Callable[[str, bytes], bytes]:
    """Return a change of the first sheet, which must apply."""

    def change(name: str, content: bytes) -> bytes:
        assert name != SHEET or was in content
        return content.replace(was, becomes, 1) if name == SHEET else content

    return change


END = b"</row></sheetData>"


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        # two cells at the corners of a sheet: 16,384 x 1,048,576 cells in memory
        ("workbook_size", in_sheet(END, b'</row><row r="1048576"><c r="XFD1048576"><v>1</v></c>' + END)),
        ("workbook_size", in_sheet(END, b'<c r="ZZZZ99999999"><v>1</v></c>' + END)),
        # a thousand times a thousand to one
        ("workbook_size", in_sheet(END, END + b" " * 250_000_000)),
        ("workbook", in_sheet(b"<worksheet", b'<!DOCTYPE worksheet [<!ENTITY a "b">]><worksheet')),
        ("workbook", in_sheet(b"</worksheet>", b"")),
        ("workbook", in_sheet(b"<sheetData>", b"<sheetData>" + b"<a>" * 100_000)),
        ("workbook", in_sheet(b"<sheetData>", b"<sheetData>\0")),
    ],
    ids=["corners", "beyond", "ratio", "doctype", "cut", "deep", "null"],
)
def test_a_workbook_too_large_or_broken_inside_is_refused(city, rule, change):
    file = city.place(OTHER_CHARITY, XLSX)
    write_workbook(file, community_rows(OTHER_CHARITY))
    repack(file, change)
    assert refused(city) == [rule]


def test_a_large_stated_dimension_or_a_far_cell_without_content_does_no_harm(city):
    file = city.place(OTHER_CHARITY, XLSX)
    write_workbook(file, community_rows(OTHER_CHARITY))
    repack(file, in_sheet(b'<dimension ref="A1:O4"/>', b'<dimension ref="A1:XFD1048576"/>'))
    repack(file, in_sheet(END, b'</row><row r="1048576"><c r="XFD1048576" s="1"/>' + END))
    city.receive()
    (receipt,) = city.bad()
    assert (receipt.state, receipt.read) == (State.ACCEPTED, {"enrolment": 3})


def test_a_long_text_that_many_cells_share_is_refused(city):
    file = city.place(OTHER_CHARITY, XLSX)
    rows = [*community_rows(OTHER_CHARITY), *([["x" * 32_000] * 15] * 1_000)]
    write_workbook(file, rows)
    assert file.stat().st_size < 200_000
    assert refused(city) == ["workbook_size"]


def test_an_archive_of_very_many_parts_is_refused(city):
    with zipfile.ZipFile(city.place(OTHER_CHARITY, XLSX), "w") as archive:
        for number in range(30_000):
            archive.writestr(f"xl/{number}.xml", b"<a/>")
    assert refused(city) == ["workbook_size"]


@pytest.mark.parametrize("depth", [1, 5])
def test_an_archive_in_an_archive_is_refused(city, depth):
    file = city.place(OTHER_CHARITY, XLSX)
    write_workbook(file, community_rows(OTHER_CHARITY))
    for _ in range(depth):
        inner = file.read_bytes()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("xl/workbook.xml" if depth > 1 else "inner.xlsx", inner)
    assert refused(city) == ["workbook"]


@pytest.mark.parametrize(("claimed", "says"), [(1, "workbook"), (0xFFFFFF00, None)])
def test_an_archive_may_lie_about_the_size_of_a_part(city, claimed, says):
    """What is unpacked is counted, not what is claimed; a part that is longer than claimed is broken."""
    file = city.place(OTHER_CHARITY, XLSX)
    write_workbook(file, community_rows(OTHER_CHARITY))
    content = bytearray(file.read_bytes())
    start = content.index(b"PK\x01\x02")
    content[start + 24 : start + 28] = claimed.to_bytes(4, "little")
    file.write_bytes(content)
    city.receive()
    assert [r.rule for r in city.bad()] == [says]


@pytest.mark.slow
def test_a_workbook_at_its_limit_takes_bounded_memory(city):
    file = city.place(OTHER_CHARITY, XLSX)
    write_workbook(file, community_rows(OTHER_CHARITY))
    repack(file, in_sheet(END, b'</row><row r="400000"><c r="M400000"><v>1</v></c>' + END))
    said, peak = measured(city)
    assert said == [("accepted", None)]
    assert peak < 800, f"{peak} MB"
