"""What spreadsheets do to a table is undone where that is certain, and named by row where it is not."""

import re
import zipfile

import polars as pl
import pytest
import xlsxwriter

from pipelines.extracts import community_learning
from pipelines.extracts.community_contract import ENROLMENT
from pipelines.extracts.community_terms import COLUMNS
from pipelines.extracts.resaved import (
    ERROR_CELLS,
    ERRORS,
    NO_VALUE,
    heading,
    lacking,
    separator_of,
    without_errors,
)
from pipelines.extracts.tabular import CELLS, read_table, xlsx_records
from tests.extracts.test_community_learning import NAME, ROW


@pytest.mark.parametrize(
    ("head", "separator"),
    [
        ("one,two,three\n", (",", False)),
        ("one;two;three\n", (";", False)),
        ('one;"a, b, c, d";three\n', (";", False)),
        ("one\ttwo\n", ("\t", False)),
        ("one|two\r\n", ("|", False)),
        ("sep=;\r\n", (";", True)),
        ("\ufeffsep=,\n", (",", True)),
        ('"sep=|"\n', ("|", True)),
        ("one\n", (",", False)),
    ],
)
def test_the_first_line_says_what_separates_cells(head, separator):
    assert separator_of(head) == separator


@pytest.mark.parametrize(
    "cell",
    [
        "Learner Reference",
        "\ufeff\ufefflearner_reference",
        "\u200elearner\u00a0reference ",
        "LEARNER_REFERENCE",
    ],
)
def test_a_heading_is_found_whatever_stands_around_it(cell):
    assert heading(cell) == "learner_reference"


def test_so_many_of_the_last_columns_may_be_missing():
    assert [lacking(["a", "b", "c", "d"], needed) for needed in ("abcd", "abc", "ac", "a", "")] == [
        0,
        1,
        1,
        3,
        4,
    ]


@pytest.fixture
def read(tmp_path):
    """Read a file on the community template."""

    def rows(text):
        file = tmp_path / NAME
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        community_learning.identify((file,))
        return pl.concat([batch["enrolment"] for batch in community_learning.read((file,))])

    return rows


HEAD, CELLS_OF = ",".join(COLUMNS), [value or "" for value in ROW.values()]
QUOTED = ",".join(f'"{cell}"' for cell in CELLS_OF)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("named", [True, False])
def test_other_separators_are_read(read, separator, named):
    line = f"sep={separator}\n" if named else ""
    frame = read(line + HEAD.replace(",", separator) + "\n" + QUOTED.replace('","', f'"{separator}"') + "\n")
    assert frame.row(0, named=True)["course_title"] == "Sewing, for beginners"
    assert frame["line"].to_list() == [2 + named]


@pytest.mark.parametrize(
    ("lacking_cells", "odd"),
    # Accredited and the end date may be blank, and so may be missing; the start date may not.
    [(0, None), (1, None), (2, None), (3, "12")],
)
def test_blank_cells_at_the_end_may_be_missing(read, lacking_cells, odd):
    short = QUOTED.split('","')
    short = '","'.join(short[: len(short) - lacking_cells]) + ('"' if lacking_cells else "")
    assert read(f"{HEAD}\n{short}\n")[CELLS].to_list() == [odd]


def test_cells_of_no_column_are_notes_within_the_header_and_none_beyond(read):
    frame = read(f"{HEAD},,\n{QUOTED},a note\n{QUOTED},,,,\n{QUOTED},,,a note\n")
    assert frame[CELLS].to_list() == [None, None, "18"]


def test_rows_that_were_only_filled_down_are_blank(read):
    filled = ",".join(
        value if column in ("organisation_id", "academic_year", "accredited") else ""
        for column, value in ROW.items()
    )
    frame = read("\n".join([HEAD, QUOTED, *[filled] * 500, ""]))
    assert frame["line"].to_list() == [2]


def test_a_row_of_totals_is_set_aside_and_the_others_are_counted(read):
    total = "Total" + "," * (len(COLUMNS) - 1)
    frame = read(f"{HEAD}\n{QUOTED}\n{total}\n")
    broken = ENROLMENT.broken_rules(frame).filter(rule="total_row")
    assert broken["line"].to_list() == [3]


def test_an_apostrophe_before_a_number_is_the_spreadsheets(read):
    quoted = QUOTED.replace('"9276308686"', '"\'9276308686"').replace('"R1"', '"\'s-Gravenmoer"')
    plain = quoted.replace('"', "").replace(", for", " for").replace("Arts & Media", "other")
    for text in (quoted, plain):
        (row,) = read(f"{HEAD}\n{text}\n").to_dicts()
        assert row["unique_learner_number"] == "9276308686"
        assert row["learner_reference"] == "'s-Gravenmoer"


def test_digits_of_other_scripts_are_no_number_and_full_width_ones_are(read):
    rows = [QUOTED.replace("9276308686", number) for number in ("９２７６３０８６８６", "٩٢٧٦٣٠٨٦٨٦")]
    frame = read("\n".join([HEAD, *rows, ""]))
    assert frame.select(**ENROLMENT.keep)["uln"].to_list() == ["9276308686", None]
    assert ENROLMENT.broken_rules(frame).filter(rule="uln_checksum")["line"].to_list() == [3]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_in_a_cell_is_blank_and_remarked_on(error):
    frame = pl.DataFrame({"one": ["x", error, error], "two": ["#1", "y", error]})
    found = without_errors(frame, ["one", "two"])
    assert found.rows() == [("x", "#1", None), (None, "y", "one"), (None, None, "one, two")]
    assert found.columns == ["one", "two", ERROR_CELLS]


def test_errors_and_formulas_without_a_result_are_no_blanks_in_a_workbook(tmp_path):
    """As a library writes a formula that no spreadsheet has computed yet."""
    file = tmp_path / "made.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["a", "b", "c", "d"])
        sheet.write_formula(1, 0, "=A1", value="computed")
        sheet.write_formula(1, 1, "=NA()", value="#N/A")
        sheet.write_formula(1, 2, "=TODAY()", value="GONE")
        sheet.write_formula(1, 3, "=1+1", value=2)
    parts = {}
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            parts[name] = archive.read(name)
    page = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = re.sub(rb"<v>GONE</v>", b"", page)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    _, (_, cells) = xlsx_records(file, "S")
    assert cells == ["computed", "#N/A", NO_VALUE, "2"]


def test_the_quick_way_knows_the_apostrophe_too(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("one,two\n'17,x\n't,y\n", "utf-8")
    (frame,) = read_table(file, ("one", "two"))
    assert frame["one"].to_list() == ["17", "'t"]
