"""Whatever a file holds, its return gets a receipt that says why, and every other is accepted."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.extracts import deliveries
from pipelines.extracts.returns import State
from tests.extracts.hostile import (
    CSV,
    GOOD,
    OTHER_CHARITY,
    OTHER_COLLEGE,
    XLSX,
    XML,
    HostileCity,
    community_name,
    community_rows,
    csv_bytes,
    hostile_xml,
    ilr_bytes,
    refused,
    write_workbook,
)


@pytest.fixture
def city(tmp_path):
    city = HostileCity(tmp_path)
    city.send_good_returns()
    return city


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
LATER_DOCTYPE = b"<!DOCTYPE x [<!ENTITY y 'z'>]>"


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("doctype", hostile_xml(f'<!DOCTYPE Message [<!ENTITY a0 "ha">{BOMB}]>', "&a11;")),
        ("doctype", hostile_xml('<!DOCTYPE Message [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;")),
        ("doctype", hostile_xml('<!DOCTYPE Message SYSTEM "http://127.0.0.1:9/x.dtd">')),
        ("doctype", hostile_xml('<!DOCTYPE Message [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>')),
        ("doctype", hostile_xml("<!DOCTYPE Message>")),
        ("well_formed", hostile_xml(inside="&undeclared;")),
        ("well_formed", hostile_xml().replace(b"<Sex>", LATER_DOCTYPE + b"<Sex>", 1)),
        ("well_formed", hostile_xml(inside="<a>" * 100_000 + "</a>" * 100_000)),
        ("well_formed", b"<Message>" * 100_000),
        ("well_formed", b"<Message><Header>" + b"<a>" * 1_000_000),
        ("root_element", b"<x>" * 100_000),
        ("well_formed", hostile_xml(inside="\0")),
        ("well_formed", b""),
        ("well_formed", b"\0" * 5_000),
        ("xml_encoding", hostile_xml().replace(b"UTF-8", b"UTF-99")),
        ("xml_encoding", hostile_xml().replace("José".encode(), b"Jos\xe9")),
        ("xml_encoding", hostile_xml().replace("José".encode(), b"Jos\xc3")),
        ("value_length", hostile_xml().replace(b"<FamilyName>", b"<FamilyName>" + b"x" * 600, 1)),
        ("Header_3", hostile_xml().replace(b"<UKPRN>", b"<UKPRN>" + b"1" * 1_500_000, 1)),
        ("well_formed", hostile_xml() + b"<Message/>"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_xml_is_refused(city, rule, content):
    city.place(OTHER_COLLEGE, XML, content)
    assert refused(city) == [rule]


def test_xml_in_utf_16_says_so_itself_and_is_read(city):
    text = ilr_bytes(OTHER_COLLEGE).decode().replace("UTF-8", "UTF-16")
    city.place(OTHER_COLLEGE, XML, text.encode("utf-16"))
    city.receive()
    assert [r.state for r in city.bad()] == [State.ACCEPTED]


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("encoding", GOOD.replace(b"Knitting", b"Knit\0ting", 1)),
        ("encoding", GOOD.decode().encode("utf-16")),
        ("encoding", GOOD.decode().encode("utf-16-le")),
        ("encoding", GOOD.decode().encode("utf-32")),
        ("encoding", GOOD + b'"\xff'),
        ("encoding", GOOD + "é".encode("cp1252")),
        ("encoding", GOOD[: GOOD.rindex("é".encode()) + 1]),
        ("column_missing", GOOD.decode().encode("utf-7").replace(b"_", b"+AF8-")),
        ("column_missing", b""),
        ("column_missing", b"\n" * 100_000),
        ("column_missing", b"," * 50_000),
        ("column_repeated", b"Sex ," + GOOD),
        ("quotes", GOOD + b'"' + b"open\n" * 100_000),
        ("quotes", GOOD + b'"' + b"open\n" * 3),
        ("record_length", GOOD + b"x" * 200_000),
        ("record_length", b"x" * 200_000 + GOOD),
        ("record_length", GOOD + b'"' + b"x" * 200_000 + b'"\n'),
        ("filename_organisation", GOOD.replace(OTHER_CHARITY.encode(), b"=cmd|' /C calc'!A0")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_csv_is_refused(city, rule, content):
    city.place(OTHER_CHARITY, CSV, content)
    assert refused(city) == [rule]


CUTS = {
    "inside a tag": (b"<Sex>", 2),
    "in an attribute": (b'xmlns="ESFA', 9),
    "in a UTF-8 sequence": ("é".encode(), 1),
    "in a declaration": (b"<?xml", 8),
    "in a text": (b"1990-02", 4),
    "between learners": (b"</Learner>\n", 11),
    "before the last tag": (b"</Message>", 0),
    "in the last tag": (b"</Message>", 9),
}


@pytest.mark.parametrize("where", CUTS)
def test_an_ilr_file_cut_off_anywhere_is_refused(city, where):
    found, further = CUTS[where]
    good = ilr_bytes(OTHER_COLLEGE)
    city.place(OTHER_COLLEGE, XML, good[: good.index(found) + further])
    assert refused(city) == ["well_formed"]


@pytest.mark.parametrize(
    ("end", "rule"),
    [
        (b"Caf", "quotes"),  # in a quoted cell
        ("Caf\xc3".encode("latin-1"), "encoding"),  # in a UTF-8 sequence, after another accent
        (b'"arts and media"', None),  # after a cell: the row is set aside
    ],
    ids=["quoted", "utf-8", "cell"],
)
def test_a_csv_file_cut_off_in_a_row_is_refused_or_loses_that_row(city, end, rule):
    city.place(OTHER_CHARITY, CSV, GOOD[: GOOD.rindex(end) + len(end)])
    city.receive()
    (receipt,) = city.bad()
    assert receipt.rule == rule
    if rule is None:
        assert (receipt.read, receipt.quarantined) == ({"enrolment": 3}, {"enrolment": 1})
        assert receipt.findings["number_of_cells"] == 1


def test_a_workbook_cut_off_anywhere_is_refused(city):
    file = city.place(OTHER_CHARITY, XLSX)
    write_workbook(file, community_rows(OTHER_CHARITY))
    good = file.read_bytes()
    for number, length in enumerate([0, 1, 4, 30, *range(100, len(good), 997), len(good) - 1], 10):
        name = community_name(OTHER_CHARITY, "xlsx", f"2025-09-{number}")
        city.place(OTHER_CHARITY, name, good[:length])
    file.unlink()
    assert set(refused(city)) == {"workbook"}


def test_text_that_a_spreadsheet_would_run_stays_text(city):
    """Accepted rows keep it as it came; nothing that is written as CSV holds senders' text."""
    rows = community_rows(OTHER_CHARITY, 4)
    for row, start in zip(rows[1:], ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)"), strict=True):
        row[2], row[9] = start, f"<script>alert('{start[0]}')</script>"
    city.place(OTHER_CHARITY, CSV, csv_bytes(rows))
    write_workbook(city.place(OTHER_CHARITY, community_name(OTHER_CHARITY, "xlsx", "2025-09-02")), [
        [f"'{c}" if c.startswith("=") else c for c in row] for row in rows
    ])  # fmt: skip
    city.receive()
    receipts = city.bad()
    assert {r.state for r in receipts} == {State.ACCEPTED, State.SUPERSEDED}
    (file,) = city.store.accepted_files(receipts[:1], "community_learning", "enrolment")
    assert pl.read_parquet(city.store.vault.read(file))["learner_reference"].to_list() == [
        row[2] for row in rows[1:]
    ]


def test_only_the_published_table_and_reports_are_written_as_csv():
    """Whoever writes senders' text as CSV must make formulas harmless first, and then come here."""
    root = Path(deliveries.__file__).parents[1]
    writers = {
        p.relative_to(root).as_posix()
        for p in root.rglob("*.py")
        if "write_csv(" in p.read_text("utf-8") or "csv.writer(" in p.read_text("utf-8")
    }
    harmless = {
        "feedback/sheet.py",
        "publication/frameworks.py",
        "publication/linkage_page.py",
        "publication/population_page.py",
        "publication/tidy_csv.py",
        # Codes and numbers of ours alone.
        "protecting.py",
    }
    assert {w for w in writers if not w.startswith("synthetic/")} <= harmless


@pytest.mark.parametrize(
    ("column", "value", "finding"),
    [
        ("date_of_birth", "46126", "date_of_birth_format"),
        ("date_of_birth", "20260415", "date_of_birth_format"),
        ("date_of_birth", "46126.0", "date_of_birth_format"),
        ("start_date", "45537", "start_date_format"),
        ("sex", "02/09/2024", "sex_code"),
        ("unique_learner_number", "02/09/2024", "uln_checksum"),
        ("unique_learner_number", "9.27631E+09", "uln_checksum"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_numbers_as_dates_and_dates_as_numbers_are_found(city, kind, column, value, finding):
    rows = community_rows(OTHER_CHARITY)
    place = rows[0].index(column)
    rows[1][place] = value
    if kind == "csv":
        city.place(OTHER_CHARITY, CSV, csv_bytes(rows))
    else:
        try:
            rows[1][place] = float(value)
        except ValueError:
            rows[1][place] = value
        write_workbook(city.place(OTHER_CHARITY, XLSX), rows)
    city.receive()
    (receipt,) = city.bad()
    assert (receipt.state, receipt.findings) == (State.ACCEPTED, {finding: 1})
