"""The apprenticeship service's bulk file: names, header, reading, staging, and every rule."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines.extracts import apprenticeship_service
from pipelines.extracts.apprenticeship_service_contract import (
    APPRENTICE,
    COLUMNS,
    NUMBERS,
    OPTIONAL,
    YES_OR_NO,
)
from pipelines.extracts.returns import Refused
from pipelines.extracts.uniqueness import UniquenessMemory
from pipelines.years import AcademicYear
from tests.conftest import ULN_A, ULN_B
from tests.extracts.month_first import in_rows, month_first
from tests.extracts.shared_rules import OF_TEXT_TABLES, of_names

NAME = "apprenticeships_org-1_2024-25_2025-08-20.csv"
ROW = {
    "CohortRef": "C1",
    "AgreementID": "VN48RP",
    "ULN": ULN_A,
    "FamilyName": "Canarysurname",
    "GivenNames": "Robin",
    "DateOfBirth": "2001-03-05",
    "EmailAddress": "robin@example.org",
    "StdCode": "103",
    "StartDate": "2024-09-02",
    "EndDate": "2026-02",
    "TotalPrice": "5000",
    "EPAOrgID": "EPA0001",
    "ProviderRef": "R1",
}
RPL = {"RecognisePriorLearning": "TRUE", "TrainingTotalHours": "300", "IsDurationReducedByRPL": "true"}


@pytest.fixture
def save(tmp_path):
    def write(*lines: str, name: str = NAME) -> tuple[Path, ...]:
        file = tmp_path / name
        file.write_text("\n".join(lines), "utf-8")
        return (file,)

    return write


def read(files: tuple[Path, ...]) -> pl.DataFrame:
    return pl.concat([batch["apprentice"] for batch in apprenticeship_service.read(files)])


def kept(files: tuple[Path, ...]) -> list[dict]:
    return read(files).select(**APPRENTICE.keep).rows(named=True)


def findings(files: tuple[Path, ...]) -> set[str]:
    frame = read(files)
    return {
        *APPRENTICE.broken_rules(frame)["rule"],
        *UniquenessMemory(APPRENTICE).repeats(frame)["rule"],
    }


EXPECTED = {
    "uln": ULN_A,
    "family_name": "Canarysurname",
    "given_names": "Robin",
    "birth_date": date(2001, 3, 5),
    "standard_code": "103",
    "start_date": date(2024, 9, 2),
    "end_date": date(2026, 2, 28),  # the last day of February 2026
}


def test_files_are_found_by_the_beginning_of_their_name():
    names = [NAME, "Apprenticeships_x.XLSX", "apprenticeships.pdf", "community-learning_x.csv"]
    assert apprenticeship_service.group([Path(n) for n in names]) == [(Path(n),) for n in names[:2]]


def test_identity_comes_from_the_name(save):
    found = apprenticeship_service.identify(save(",".join(ROW), ",".join(ROW.values())))
    assert (found.provider, found.academic_year) == ("org-1", AcademicYear(2024))
    assert (found.prepared_at, found.part) == (datetime(2025, 8, 20), "")


@pytest.mark.parametrize(
    "name",
    [
        "apprenticeships.csv",
        "apprenticeships_org-1_2024-26_2025-08-20.csv",
        "apprenticeships_org-1_2024-25_2025-02-30.csv",
        "apprenticeships_2024-25_2025-08-20.csv",
    ],
)
def test_a_file_of_another_name_is_refused(save, name):
    with pytest.raises(Refused, match="apprenticeships_filename"):
        apprenticeship_service.identify(save(",".join(ROW), name=name))


@pytest.mark.parametrize("column", COLUMNS)
def test_each_of_the_first_thirteen_columns_is_required(save, column):
    lacking = [name for name in ROW if name != column]
    with pytest.raises(Refused, match=f"column_missing: The first row lacks {column}"):
        apprenticeship_service.identify(save(",".join(lacking)))


def test_a_row_is_typed_and_holds_the_names(save):
    files = save(",".join(ROW), ",".join(ROW.values()))
    assert kept(files) == [EXPECTED]
    assert not findings(files)


def test_columns_may_come_in_any_order_with_and_without_the_later_ones(save):
    row = dict(reversed([*ROW.items(), *RPL.items()]))
    files = save(",".join(row), ",".join(row.values()))
    assert kept(files) == [EXPECTED]
    assert not findings(files)


def test_header_cells_without_a_name_and_rows_without_a_value_are_skipped(save):
    header = ["", *ROW, "", " "]
    files = save(
        ",".join(header),
        "," * (len(header) - 1),
        ",".join(["", *ROW.values(), "", ""]),
        ",".join(["note", *(ROW | {"ULN": ULN_B}).values()]),  # without the cells at the end
        "," * 30,
        ",".join(["", *(ROW | {"StdCode": "104"}).values(), "note", ""]),
    )
    frame = read(files)
    assert frame["line"].to_list() == [3, 4, 6]
    assert frame["number_of_cells"].to_list() == [None, None, None]
    assert [r["standard_code"] for r in kept(files)] == ["103", "103", "104"]


def test_a_row_of_another_width_is_set_aside(save):
    short = list(ROW.values())[:-6]
    for cells in (short, [*ROW.values(), "x"]):
        assert findings(save(",".join(ROW), ",".join(cells))) == {"number_of_cells"}


def test_a_workbook_is_read_as_the_csv_file_is(tmp_path):
    file = tmp_path / NAME.replace(".csv", ".xlsx")
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Sheet1")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, list(ROW))
        for place, (column, value) in enumerate(ROW.items()):
            if column in ("StartDate", "DateOfBirth"):
                sheet.write_datetime(1, place, datetime.fromisoformat(value), day)
            else:
                sheet.write_string(1, place, value)
    assert kept((file,)) == [EXPECTED]


def test_months_have_their_last_day(save):
    lines = [",".join((ROW | {"EndDate": month}).values()) for month in ("2024-12", "2028-02", "2025-04")]
    ends = [row["end_date"] for row in kept(save(",".join(ROW), *lines))]
    assert ends == [date(2024, 12, 31), date(2028, 2, 29), date(2025, 4, 30)]


def test_leading_zeros_of_a_standard_are_dropped(save):
    (row,) = kept(save(",".join(ROW), ",".join((ROW | {"StdCode": "00103"}).values())))
    assert row["standard_code"] == "103"


YEAR = {"year_start": "2024-08-01", "year_end": "2025-07-31"}

# Rule, values that pass, values that do not.
CASES = [
    *OF_TEXT_TABLES,
    *of_names("FamilyName", "GivenNames"),
    ("uln_missing", {"ULN": ULN_A}, {"ULN": None}),
    ("uln_checksum", {"ULN": ULN_B}, {"ULN": "9276308687"}),
    ("uln_checksum", {"ULN": ULN_A}, {"ULN": "9999999999"}),
    ("dateofbirth_format", {"DateOfBirth": "2001-03-05"}, {"DateOfBirth": "5/3/2001"}),
    ("dateofbirth_format", {"DateOfBirth": "05/03/2001"}, {"DateOfBirth": "2001-3-5"}),
    ("cell_error", {}, {"cells_with_errors": "ULN"}),
    (  # born the day before the training, and on its first day
        "dateofbirth_plausible",
        {"DateOfBirth": "2024-09-01", "StartDate": "2024-09-02"},
        {"DateOfBirth": "2024-09-02", "StartDate": "2024-09-02"},
    ),
    (
        "dateofbirth_plausible",
        {"DateOfBirth": "1909-09-03", "StartDate": "2024-09-02"},
        {"DateOfBirth": "1909-09-02", "StartDate": "2024-09-02"},
    ),
    *(c for d in ("DateOfBirth", "StartDate") for c in month_first(f"{d.lower()}_month_first", d)),
    ("enddate_format", {"EndDate": "Oct-25"}, {"EndDate": "Oct-2025"}),
    ("dateofbirth_missing", {"DateOfBirth": "2001-03-05"}, {"DateOfBirth": None}),
    (  # the fifteenth birthday, and the day before
        "dateofbirth_age",
        {"DateOfBirth": "2009-09-02", "StartDate": "2024-09-02"},
        {"DateOfBirth": "2009-09-03", "StartDate": "2024-09-02"},
    ),
    ("stdcode_missing", {"StdCode": "1"}, {"StdCode": None}),
    ("stdcode_format", {"StdCode": "12345"}, {"StdCode": "123456"}),
    ("startdate_missing", {"StartDate": "2024-09-02"}, {"StartDate": None}),
    ("startdate_format", {"StartDate": "2024-02-29"}, {"StartDate": "2024-02-30"}),
    ("enddate_missing", {"EndDate": "2026-02"}, {"EndDate": None}),
    ("enddate_format", {"EndDate": "2026-12"}, {"EndDate": "2026-13"}),
    ("enddate_format", {"EndDate": "2026-02"}, {"EndDate": "2026-02-10"}),
    (  # in the month of the start, and the month before
        "enddate_order",
        {"StartDate": "2024-09-30", "EndDate": "2024-09"},
        {"StartDate": "2024-09-01", "EndDate": "2024-08"},
    ),
    (
        "outside_year",
        YEAR | {"StartDate": "2025-07-31", "EndDate": "2026-07"},
        YEAR | {"StartDate": "2025-08-01", "EndDate": "2026-07"},
    ),
    (
        "outside_year",
        YEAR | {"StartDate": "2022-09-01", "EndDate": "2024-08"},
        YEAR | {"StartDate": "2022-09-01", "EndDate": "2024-07"},
    ),
    ("agreementid_format", {"AgreementID": "VN48RP"}, {"AgreementID": "VN48R"}),
    ("totalprice_format", {"TotalPrice": "100000"}, {"TotalPrice": "100001"}),
    ("totalprice_format", {"TotalPrice": "1"}, {"TotalPrice": "0"}),
    ("epaorgid_format", {"EPAOrgID": "EPA0001"}, {"EPAOrgID": "EPA001"}),
    *((f"{c.lower()}_code", {c: word}, {c: "yes"}) for c in YES_OR_NO for word in ("TRUE", "true", "FALSE")),
    *((f"{c.lower()}_format", {c: "999999"}, {c: "1000000"}) for c in NUMBERS),
]


@pytest.mark.parametrize(("rule", "good", "bad"), CASES)
def test_a_row_rule_lets_the_good_pass_and_names_the_bad(breaks, rule, good, bad):
    passing, breaking = in_rows(good), in_rows(bad)
    assert not breaks(APPRENTICE, rule, *passing)
    assert not breaking or breaks(APPRENTICE, rule, *(passing if len(passing) > 1 else ()), *breaking)


def test_an_apprentice_may_be_on_two_standards_but_not_twice_on_one(breaks):
    first = {"ULN": ULN_A, "StdCode": "103"}
    assert not breaks(APPRENTICE, "apprenticeship_repeated", first, first | {"StdCode": "104"})
    assert not breaks(APPRENTICE, "apprenticeship_repeated", first, first | {"ULN": ULN_B})
    assert breaks(APPRENTICE, "apprenticeship_repeated", first, first)


def test_every_rule_has_a_case_that_breaks_it():
    declared = {rule.id for rule in (*APPRENTICE.rules, *APPRENTICE.unique)}
    assert declared == {case[0] for case in CASES} | {"apprenticeship_repeated"}


def test_the_later_columns_are_those_of_the_service():
    assert set(RPL) < set(OPTIONAL)
    assert len(COLUMNS) == 13


def test_what_is_written_for_nothing_is_blank(save):
    row = ROW | {"FamilyName": "N/A", "GivenNames": "Na", "DateOfBirth": "unknown"}
    (found,) = kept(save(",".join(ROW), ",".join(row.values())))
    assert [found[name] for name in ("family_name", "given_names", "birth_date")] == [None, "Na", None]
