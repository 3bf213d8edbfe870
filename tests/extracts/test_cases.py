"""What spreadsheets and exports made of returns, as outsiders sent them: each has its right outcome.

The right outcomes are those that the cases' own notes name.
"""

import pytest

from pipelines.feedback import checking
from tests.bench_lists import CITY
from tests.conftest import CATALOGUE, SHARED

CASES = SHARED / "cases"
# Case → records kept of those read, and the rules that its rows break.
OUTCOMES = {
    "01-blank-setting": ((0, 150), {"setting_missing", "theme_missing"}),
    "01b-formula-without-cached-value": ((0, 1), {"theme_missing", "cell_error"}),
    "05-non-ascii-digits-uln": ((1, 1), {"uln_checksum"}),
    "05b-full-width-digits-apprenticeships": ((2, 2), set()),
    "05d-full-width-postcode": ((2, 2), set()),
    "06-impossible-births": ((5, 5), {"date_of_birth_plausible"}),
    # A cell of -1 is no date, those of 0 and 60 are none that anybody was born on.
    "06b-zero-date-cell": ((3, 4), {"date_of_birth_plausible", "date_of_birth_format"}),
    "09-trailing-cells-dropped": ((6, 6), set()),
    "09b-long-header": ((6, 6), set()),
    "10-total-row": ((6, 7), {"total_row"}),
    "11-error-cell-postcode": ((1, 1), {"cell_error"}),
    "13-semicolons": ((1, 1), set()),
    "13b-sep-line": ((6, 6), set()),
    "16-prefilled-rows": ((30, 30), set()),
    "18-employer-dates-resaved": ((2, 2), set()),
    "19-one-provider-has-theme-other": ((150, 150), set()),
}


def verdict(case):
    if not CASES.is_dir():
        pytest.skip("the cases are not beside this repository")
    files = [file for file in sorted((CASES / case).iterdir()) if not file.name.startswith("README")]
    (report,) = checking.check(files, CATALOGUE, None, CITY.reception.plausibility)
    return report


@pytest.mark.parametrize("case", sorted(OUTCOMES))
def test_what_was_sent_is_understood_or_named_row_by_row(case):
    report = verdict(case)
    rows, rules = OUTCOMES[case]
    (table,) = report.rows
    assert (table.kept, table.read) == rows
    others = {"start_date_missing", "names_missing", "date_of_birth_missing", "course_title_missing"}
    assert {group.entry.id for group in report.groups} - others == rules


def test_a_workbook_with_another_sheet_is_told_the_name():
    report = verdict("17-sheet-name")
    assert report.receipt.rule == "sheet_missing"
    text = checking.as_text(report)
    assert "none of them named Enrolments" in text
    assert "{" not in text


def test_null_is_a_blank_in_a_census_and_no_name():
    """Of 1,530 pupils 44 are set aside for other reasons, as without the words."""
    report = verdict("21-null-words-census")
    pupils = next(rows for rows in report.rows if rows.table == "pupilonroll")
    assert (pupils.kept, pupils.read) == (1486, 1530)
