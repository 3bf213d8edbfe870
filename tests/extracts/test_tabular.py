"""Reading tables of text: nothing is guessed, shifted or dropped."""

import codecs
import csv
import io
from unittest import mock

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.extracts import plain_csv
from pipelines.extracts.contract import LINE
from pipelines.extracts.returns import Refused
from pipelines.extracts.tabular import CELLS, READ_AS, read_table, xlsx_records

COLUMNS = ("one", "Two_Words")


@pytest.fixture
def read(tmp_path):
    def run(content: str | bytes) -> pl.DataFrame:
        file = tmp_path / "table.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return pl.concat(read_table(file, COLUMNS))

    return run


def values(frame: pl.DataFrame) -> list[tuple]:
    return frame.select(COLUMNS).rows()


@pytest.mark.parametrize(
    "content",
    [
        "one,Two_Words\n01,x\n",
        "one,Two_Words\r\n01,x\r\n",
        "one,Two_Words\n01,x",
        "\ufeffone,Two_Words\n01,x\n",
        " ONE ,two words,\n 01 , x ,\n",
        "Two_Words,other,one\nx,?,01\n",
        '"one","Two_Words"\n"01","x"\n',
        "\n\none,Two_Words\n\n01,x\n,\n",
    ],
)
def test_headers_and_line_ends_may_vary(read, content):
    assert values(read(content)) == [("01", "x")]


def test_text_stays_text_and_blank_is_null(read):
    assert values(read("one,Two_Words\n0012,\n1.50,NULL\n2025-01-01,   \n")) == [
        ("0012", None),
        ("1.50", "NULL"),
        ("2025-01-01", None),
    ]


def test_a_row_of_another_length_keeps_its_place_and_loses_its_cells(read):
    frame = read("one,Two_Words\na,b\nc\nd,e,f\ng,h\n")
    assert values(frame) == [("a", "b"), (None, None), (None, None), ("g", "h")]
    assert frame[CELLS].to_list() == [None, "1", "3", None]
    assert frame["line"].to_list() == [2, 3, 4, 5]


def test_a_record_over_several_lines_is_known_by_its_first(read):
    frame = read('one,Two_Words\n"a\nb",x\n\nc,y\n')
    assert frame["line"].to_list() == [2, 5]
    assert values(frame)[0] == ("a\nb", "x")


@pytest.mark.parametrize("content", ['one,Two_Words\na,"b\nc,d\n', 'one,Two_Words\n"a" b,c\n'])
def test_a_stray_quotation_mark_is_refused_with_its_line(read, content):
    with pytest.raises(Refused) as caught:
        read(content)
    assert (caught.value.rule.id, caught.value.line) == ("quotes", 2)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8", None), ("cp1252", "cp1252"), ("mac_roman", "mac_roman")]
)
def test_older_encodings_are_guessed_and_said_where_it_matters(read, encoding, said):
    frame = read("one,Two_Words\nJosé,–\nAnna,x\nZoë,y\n".encode(encoding))
    assert values(frame) == [("José", "–"), ("Anna", "x"), ("Zoë", "y")]
    assert frame[READ_AS].to_list() == [said, None, said]


def test_bytes_that_make_no_words_are_refused(read):
    for content in ("one,Two_Words\na,b\n".encode("utf-16"), b"one,Two_Words\n" + bytes(range(128, 256))):
        with pytest.raises(Refused, match="encoding"):
            read(content)


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("column_missing", ""),
        ("column_missing", "one;other\na;b\n"),
        ("column_repeated", "one,Two_Words,ONE\na,b,c\n"),
    ],
)
def test_a_faulty_header_is_refused(read, rule, content):
    with pytest.raises(Refused, match=rule):
        read(content)


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), max_size=5)


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
def test_what_was_written_is_read(tmp_path_factory, rows):
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    file = tmp_path_factory.mktemp("csv") / "t.csv"
    file.write_text(text.getvalue(), "utf-8", newline="")
    found = [row for frame in read_table(file, COLUMNS) for row in values(frame)]
    assert found == [(a or None, b or None) for a, b in rows if a or b]


@pytest.fixture
def book(tmp_path):
    def save(**sheets: list[list]) -> object:
        file = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(file) as made:
            for name, rows in sheets.items():
                sheet = made.add_worksheet(name)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
        return file

    return save


HEADER, WIDE = "one,Two_Words", "a,b,c,d"


@pytest.fixture
def read_wide(tmp_path):
    """Read a table of four columns."""

    def run(content: str) -> pl.DataFrame:
        file = tmp_path / "wide.csv"
        file.write_text(content, "utf-8")
        return pl.concat(read_table(file, WIDE.split(",")))

    return run


@pytest.mark.parametrize("quoted", [False, True])
def test_a_title_above_the_header_is_no_record(read_wide, quoted):
    last = '"c",d' if quoted else "c,d"
    frame = read_wide(f"Learners of the term,,,\n\nprinted on Monday,,,\n{WIDE}\n1,2,3,4\n{last},e,f\n")
    assert (frame["a"].to_list(), frame["line"].to_list()) == (["1", "c"], [5, 6])


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_title_hides_no_separator(read_wide, separator):
    table = f"{WIDE}\n1,2,3,4\n".replace(",", separator)
    for title in ("Learners of the term", "Learners of the term, printed on Monday"):
        assert read_wide(f"{title}\n\n{table}")["d"].to_list() == ["4"]


@pytest.mark.parametrize("above", ["one,two\nx,y\n", "1,2\n3,4\n"])
def test_a_table_whose_header_is_wrong_is_refused_though_another_stands_below(read, above):
    """Rows of the first table are no titles of the second: they must not get lost."""
    with pytest.raises(Refused, match="column_missing"):
        read(f"{above}{HEADER}\na,b\n")


def test_a_heading_may_say_in_brackets_what_belongs_below(read):
    assert values(read('one (number),"Two Words\n(letters)"\n1,x\n')) == [("1", "x")]


def test_after_too_many_rows_nothing_is_taken_for_the_header(read_wide):
    with pytest.raises(Refused, match="column_missing"):
        read_wide("note,,,\n" * 21 + f"{WIDE}\na,b,c,d\n")


@pytest.mark.parametrize("quoted", [False, True])
def test_a_header_that_is_copied_between_rows_is_no_record(read, quoted):
    last = '"c",d' if quoted else "c,d"
    frame = read(f"{HEADER}\na,b\n{HEADER}\n{last}\n")
    assert (values(frame), frame["line"].to_list()) == ([("a", "b"), ("c", "d")], [2, 4])


def test_of_two_sheets_with_the_same_table_neither_is_lost(book):
    rows = [list(COLUMNS), ["1", "x"]]
    alike = book(Enrolments=rows, **{"Enrolments (2)": rows})
    with pytest.raises(Refused, match="sheets_alike"):
        list(read_table(alike, COLUMNS, sheet="Enrolments"))
    for other in ([["Read me"], ["first"]], [list(COLUMNS)], []):
        (frame,) = read_table(book(Enrolments=rows, Other=other), COLUMNS, sheet="Enrolments")
        assert values(frame) == [("1", "x")]


def test_a_sheet_is_read_by_name_or_because_it_is_the_only_one(book):
    rows = [[], list(COLUMNS), ["007", 9276308686], [], ["x", 1.5]]
    for file in (book(Other=[["one"]], enrolments=rows), book(Sheet1=rows)):
        (frame,) = read_table(file, COLUMNS, sheet="Enrolments")
        assert values(frame) == [("007", "9276308686"), ("x", "1.5")]
        assert frame["line"].to_list() == [3, 5]


def test_a_workbook_without_the_sheet_or_none_at_all_is_refused(book, tmp_path):
    with pytest.raises(Refused, match="sheet_missing"):
        list(xlsx_records(book(A=[], B=[]), "Enrolments"))
    for content in (b"", b"one,Two_Words\n", b"PK\x03\x04broken"):
        fake = tmp_path / "fake.xlsx"
        fake.write_bytes(content)
        with pytest.raises(Refused, match="workbook"):
            list(xlsx_records(fake, "Enrolments"))


def read_with_care(file) -> list[pl.DataFrame]:
    """Read a file record by record, plain as it may be."""
    with mock.patch("pipelines.extracts.tabular.plain_blocks", return_value=iter(())):
        return list(read_table(file, COLUMNS))


AWKWARD = st.sampled_from(
    ["", " ", "a", " b ", "é", "\u00a0x", "1.0", '"q"', '"a,b"', '"two\nlines"', "\x1fz", "\t"]
)


@given(
    rows=st.lists(st.lists(AWKWARD, min_size=2, max_size=4), max_size=12),
    ending=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    mark=st.booleans(),
    block=st.integers(1, 60),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_quick_way_reads_what_the_careful_one_reads(tmp_path, rows, ending, last, mark, block):
    """Blocks of any size, odd ones among plain ones: the same rows, cells and lines."""
    lines = [",".join(row) for row in [["one", "other", "Two_Words"], *rows]]
    text = ending.join(lines) + (ending if last else "")
    file = tmp_path / "x.csv"
    file.write_bytes((codecs.BOM_UTF8 if mark else b"") + text.encode())
    careful = read_with_care(file)
    with mock.patch.object(plain_csv, "BLOCK", block):
        quick = list(read_table(file, COLUMNS))
    assert [row for frame in quick for row in frame.rows()] == [row for f in careful for row in f.rows()]
    assert {str(frame.schema) for frame in quick} == {str(frame.schema) for frame in careful}


def test_a_line_too_long_beside_one_too_short_is_read_with_care(tmp_path):
    """As many commas in all as there should be: polars reads both as if nothing were odd."""
    file = tmp_path / "x.csv"
    file.write_text("one,other,Two_Words\n,,a\na,\n,,a,b\n", "utf-8")
    careful = [row for frame in read_with_care(file) for row in frame.rows()]
    assert [row for frame in read_table(file, COLUMNS) for row in frame.rows()] == careful
    assert [row[2] for row in careful] == [None, "2", "4"]


def test_plain_files_go_the_quick_way(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("one,two_words\n" + "a,b\n" * 100, "utf-8")
    with mock.patch("pipelines.extracts.tabular._frame", side_effect=AssertionError("the careful way")):
        (frame,) = read_table(file, COLUMNS)
    assert frame.height == 100
    assert frame[LINE].to_list() == list(range(2, 102))
