"""The community learning template: names, identity, reading, every rule, and the committed templates."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines.extracts import community_learning
from pipelines.extracts.community_contract import ENROLMENT
from pipelines.extracts.community_template import write_templates
from pipelines.extracts.community_terms import ACCREDITED, COLUMNS, NAMES, SETTINGS, SEXES, THEMES
from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import Severity
from pipelines.years import AcademicYear
from tests.extracts.month_first import in_rows, month_first
from tests.extracts.shared_rules import OF_TEXT_TABLES, of_names

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAME = "community-learning_org-1_2024-25_2025-09-01.csv"
ROW = {
    "organisation_id": "org-1",
    "academic_year": "2024/25",
    "learner_reference": "R1",
    "given_names": " Mary  Jane",
    "family_name": "Zzyzxcanary",
    "date_of_birth": "03/09/1980",
    "sex": "Female",
    "postcode": "m11ae",
    "unique_learner_number": "9276308686",
    "course_title": "Sewing, for beginners",
    "setting": "Community",
    "theme": "Arts & Media",
    "start_date": "2024-09-10",
    "end_date": "12/12/2024",
    "accredited": "Yes",
}


@pytest.fixture
def save(tmp_path):
    def write(*rows: dict, name: str = NAME, columns: tuple[str, ...] = COLUMNS) -> tuple[Path, ...]:
        file = tmp_path / name
        lines = [",".join(columns), *(",".join(f'"{row[c] or ""}"' for c in columns) for row in rows)]
        file.write_text("\n".join(lines), "utf-8")
        return (file,)

    return write


def kept(files: tuple[Path, ...]) -> list[dict]:
    frames = [batch["enrolment"] for batch in community_learning.read(files)]
    return pl.concat(frames).select(**ENROLMENT.keep).rows(named=True)


def test_files_are_found_by_the_beginning_of_their_name():
    names = [NAME, "Community-Learning_x.XLSX", "community-learning.pdf", "notes.csv"]
    assert community_learning.group([Path(n) for n in names]) == [(Path(n),) for n in names[:2]]


def test_identity_comes_from_rows_and_name(save):
    for rows in ([ROW, ROW | {"academic_year": "2024-25"}], []):
        found = community_learning.identify(save(*rows))
        assert found.provider == "org-1"
        assert found.academic_year == AcademicYear(2024)
        assert found.prepared_at == datetime(2025, 9, 1)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("organisation_id_mixed", {"organisation_id": "org-2"}),
        ("academic_year_mixed", {"academic_year": "2023/24"}),
        ("academic_year_format", {"academic_year": "last year"}),
    ],
)
def test_rows_at_odds_with_each_other_are_refused(save, rule, values):
    with pytest.raises(Refused, match=rule):
        community_learning.identify(save(ROW, ROW | values))


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("organisation_id_other", {"organisation_id": "org-2"}),
        ("academic_year_other", {"academic_year": "2023/24"}),
        ("academic_year_other", {"academic_year": "last year"}),
    ],
)
def test_a_single_row_at_odds_with_the_others_is_set_aside(save, rule, values):
    files = save(ROW, ROW | {"learner_reference": "R2"}, ROW | {"learner_reference": "R3"} | values)
    assert community_learning.identify(files).provider == "org-1"
    (batch,) = community_learning.read(files)
    found = ENROLMENT.broken_rules(batch["enrolment"]).filter(pl.col("severity") == "quarantine")
    assert found.select("line", "rule").rows() == [(4, rule)]


def test_what_is_written_for_nothing_is_blank(save):
    nothing = {"given_names": "N/A", "postcode": "-", "date_of_birth": "not known", "end_date": "Ongoing"}
    (row,) = kept(save(ROW | nothing))
    assert [row[name] for name in ("given_names", "postcode", "birth_date", "end_date")] == [None] * 4
    # Somebody's name, and a town's letters, stay what they are.
    (row,) = kept(save(ROW | {"family_name": "Na", "given_names": "Current"}))
    assert (row["family_name"], row["given_names"]) == ("Na", "Current")


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("filename_organisation", "community-learning_org-2_2024-25_2025-09-01.csv"),
        ("filename_year", "community-learning_org-1_2023-24_2025-09-01.csv"),
        ("filename", "community-learning_org-1_2024-26_2025-09-01.csv"),
        ("filename", "community-learning_org-1_2024-25_2025-09-31.csv"),
        ("filename", "community-learning.csv"),
    ],
)
def test_a_name_at_odds_with_the_rows_is_refused(save, rule, name):
    with pytest.raises(Refused) as caught:
        community_learning.identify(save(ROW, name=name))
    assert caught.value.rule.id == rule


def test_accepted_columns_are_typed(save):
    assert kept(save(ROW)) == [
        {
            "organisation_id": "org-1",
            "learner_reference": "R1",
            "uln": "9276308686",
            "family_name": "Zzyzxcanary",
            "given_names": "Mary  Jane",
            "birth_date": date(1980, 9, 3),
            "sex": "F",
            "postcode": "M1 1AE",
            "course_title": "Sewing, for beginners",
            "setting": "community",
            "theme": "arts_and_media",
            "start_date": date(2024, 9, 10),
            "end_date": date(2024, 12, 12),
            "accredited": True,
        }
    ]


def test_a_file_on_the_former_template_is_read_without_names(save, findings):
    """The columns that files had before names were asked for."""
    former = (
        *("organisation_id", "academic_year", "learner_reference", "date_of_birth", "sex", "postcode"),
        *("unique_learner_number", "course_title", "setting", "theme", "start_date", "end_date"),
        "accredited",
    )
    assert {*former, *NAMES} == set(COLUMNS)
    files = save(ROW, ROW | {"learner_reference": "R2", "unique_learner_number": None}, columns=former)
    assert community_learning.identify(files).provider == "org-1"
    assert [(row["family_name"], row["given_names"]) for row in kept(files)] == [(None, None)] * 2
    assert findings(community_learning, *files).select("line", "rule").rows() == [(3, "names_missing")]


def test_names_are_in_no_finding_and_no_refusal(save, findings):
    wrong = ROW | {"family_name": "Zzyzxcanary" * 50, "sex": "01", "theme": "none", "start_date": "soon"}
    found = findings(community_learning, *save(ROW, ROW, wrong))
    assert set(found["rule"]) == {"duplicate_row", "sex_code", "theme_code", "start_date_format"}
    assert "canary" not in str(found.rows())
    with pytest.raises(Refused) as caught:
        community_learning.identify(save(ROW, ROW | {"organisation_id": "Zzyzxcanary"}))
    assert "canary" not in repr((caught.value, caught.value.message, caught.value.__context__))


def test_what_is_left_blank_is_unknown(save):
    blank = {
        "sex": None,
        "accredited": None,
        "postcode": None,
        "unique_learner_number": None,
        "end_date": None,
    }
    (row,) = kept(save(ROW | blank))
    assert (row["sex"], row["accredited"], row["postcode"], row["uln"], row["end_date"]) == (
        "U",
        False,
        None,
        None,
        None,
    )


def test_a_workbook_is_read_with_its_dates(tmp_path, findings):
    file = tmp_path / NAME.replace(".csv", ".xlsx")
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Enrolments")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        book.add_worksheet("Notes")
        sheet.write_row(0, 0, [c.replace("_", " ").title() + " " for c in COLUMNS])
        for number in (1, 3):
            sheet.write_row(number, 0, [*ROW.values()])
            sheet.write_number(number, COLUMNS.index("unique_learner_number"), 9276308686)
            sheet.write_datetime(number, COLUMNS.index("start_date"), datetime(2024, 9, 10), day)
            sheet.write_boolean(number, COLUMNS.index("accredited"), True)
        sheet.write_number(3, COLUMNS.index("date_of_birth"), 46126)
    assert community_learning.identify((file,)).provider == "org-1"
    first, second = kept((file,))
    assert (first["start_date"], first["uln"], first["accredited"]) == (date(2024, 9, 10), "9276308686", True)
    assert second["birth_date"] is None
    found = findings(community_learning, file).select("line", "rule").rows()
    assert found == [(4, "date_of_birth_format"), (4, "duplicate_row")]


YEAR = {"year_start": "2024-08-01", "year_end": "2025-07-31"}
BEFORE = YEAR | {"start_date": "31/07/2024"}
DATE = {"start_date": "01/09/2024"}
NAMED = dict.fromkeys(NAMES, "x")

OF_FILE = {"file_organisation": "org-1"}

# Rule, values that pass, values that do not.
CASES = [
    *OF_TEXT_TABLES,
    *of_names("family_name", "given_names"),
    ("learner_reference_missing", {"learner_reference": "R1"}, {}),
    ("date_of_birth_format", {"date_of_birth": "1980-02-29"}, {"date_of_birth": "30/02/1980"}),
    ("date_of_birth_missing", {"date_of_birth": "01/01/1980"}, {}),
    *(
        ("sex_code", {"sex": good}, {"sex": "01"})
        for good in ("F", "male", "Prefer not to say", "Non-Binary")
    ),
    ("cell_error", {}, {"cells_with_errors": "postcode"}),
    *(
        ("total_row", {c: "x"}, {c: "Totals:"})
        for c in ("organisation_id", "academic_year", "learner_reference")
    ),
    ("learner_reference_rounded", {"learner_reference": "1E7"[:1]}, {"learner_reference": "1.23457E+11"}),
    ("learner_reference_rounded", {"learner_reference": "2E"}, {"learner_reference": "2e5"}),
    ("learner_reference_rounded", {"learner_reference": "1,23"}, {"learner_reference": "1,23E+11"}),
    # Sixteen digits that end in one nought may be somebody's; a spreadsheet keeps fifteen.
    (
        "learner_reference_rounded",
        {"learner_reference": "1234567890123450"},
        {"learner_reference": "12345678901234500"},
    ),
    ("organisation_id_other", OF_FILE | {"organisation_id": "org-1"}, OF_FILE | {"organisation_id": "org-2"}),
    *(
        ("academic_year_other", YEAR | {"academic_year": "2024/25"}, YEAR | {"academic_year": bad})
        for bad in ("2023/24", "last year")
    ),
    ("start_date_plausible", YEAR | {"start_date": "01/08/2004"}, YEAR | {"start_date": "31/07/2004"}),
    ("end_date_plausible", YEAR | {"end_date": "31/07/2035"}, YEAR | {"end_date": "01/08/2035"}),
    # Born the day before the course, and on its first day; 115 years and a day before it, and 115 years.
    (
        "date_of_birth_plausible",
        DATE | {"date_of_birth": "31/08/2024"},
        DATE | {"date_of_birth": "01/09/2024"},
    ),
    (
        "date_of_birth_plausible",
        DATE | {"date_of_birth": "02/09/1909"},
        DATE | {"date_of_birth": "01/09/1909"},
    ),
    *(c for d in ("date_of_birth", "start_date", "end_date") for c in month_first(f"{d}_month_first", d)),
    ("setting_missing", {"setting": "family"}, {}),
    ("theme_missing", {"theme": "other"}, {}),
    ("postcode_format", {"postcode": "M1 1AE"}, {"postcode": "Manchester"}),
    ("uln_checksum", {"unique_learner_number": "9999999999"}, {"unique_learner_number": "9276308687"}),
    *(("names_missing", NAMED, NAMED | {name: None}) for name in NAMES),
    ("names_missing", {"unique_learner_number": "9276308686"}, {"unique_learner_number": "9999999999"}),
    ("names_missing", NAMED, {"unique_learner_number": "9276308687"}),
    ("setting_code", {"setting": "WORKPLACE"}, {"setting": "online"}),
    ("theme_code", {"theme": "Trades  and Engineering"}, {"theme": "cooking"}),
    ("start_date_format", {"start_date": "2024-09-10 00:00:00"}, {"start_date": "1/9/24"}),
    ("start_date_missing", DATE, {}),
    ("end_date_format", {"end_date": "01/09/2024"}, {"end_date": "46126"}),
    ("end_before_start", DATE | {"end_date": "01/09/2024"}, DATE | {"end_date": "31/08/2024"}),
    ("start_outside_year", YEAR | {"start_date": "31/07/2025"}, YEAR | {"start_date": "01/08/2025"}),
    ("start_outside_year", BEFORE, BEFORE | {"end_date": "31/07/2024"}),
    ("start_outside_year", BEFORE | {"end_date": "01/08/2024"}, BEFORE | {"end_date": "31/07/2024"}),
    ("accredited_code", {"accredited": "No"}, {"accredited": "perhaps"}),
    ("course_title_missing", {"course_title": "Sewing"}, {}),
]


@pytest.mark.parametrize(("rule", "good", "bad"), CASES)
def test_a_row_rule_lets_the_good_pass_and_names_the_bad(breaks, rule, good, bad):
    passing, breaking = in_rows(good), in_rows(bad)
    assert not breaks(ENROLMENT, rule, *passing)
    assert not breaking or breaks(ENROLMENT, rule, *(passing if len(passing) > 1 else ()), *breaking)


def test_only_a_repeat_of_learner_course_and_start_is_a_duplicate(breaks):
    row = {"learner_reference": "R1", "course_title": "Sewing", "start_date": "01/09/2024"}
    assert breaks(ENROLMENT, "duplicate_row", row, row)
    for column in row:
        assert not breaks(ENROLMENT, "duplicate_row", row, row | {column: "other"})


SET_ASIDE = {
    "learner_reference_missing", "date_of_birth_format", "setting_code", "theme_code",
    "setting_missing", "theme_missing", "total_row", "learner_reference_rounded",
    "date_of_birth_month_first", "start_date_month_first", "end_date_month_first",
    "start_date_missing", "start_date_format", "end_date_format", "end_before_start", "start_outside_year",
    "duplicate_row", "number_of_cells", "organisation_id_other", "academic_year_other",
    "start_date_plausible",
}  # fmt: skip
"""Rules without which a row could not be counted rightly (decision 4); whoever breaks another is counted."""


def test_what_cannot_be_counted_rightly_is_set_aside_and_nothing_else():
    rules = (*ENROLMENT.rules, *ENROLMENT.unique)
    assert {r.id for r in rules if r.severity is Severity.QUARANTINE} == SET_ASIDE & {r.id for r in rules}


def test_every_rule_has_a_case_that_breaks_it():
    declared = {rule.id for rule in (*ENROLMENT.rules, *ENROLMENT.unique)}
    assert declared == {case[0] for case in CASES} | {"duplicate_row"}


def test_the_committed_templates_are_what_the_code_writes(tmp_path):
    for written in write_templates(tmp_path):
        assert written.read_bytes() == (DOCS / "templates" / written.name).read_bytes()


def test_an_empty_workbook_template_is_a_sound_empty_return(tmp_path):
    write_templates(tmp_path)
    file = (tmp_path / "community-learning.xlsx").rename(tmp_path / NAME.replace(".csv", ".xlsx"))
    assert community_learning.identify((file,)).provider == "org-1"
    assert list(community_learning.read((file,))) == []


def test_the_guide_names_every_column_and_allowed_value():
    guide = (DOCS / "community-learning.md").read_text("utf-8").casefold()
    for word in (*COLUMNS, *SETTINGS, *THEMES, *SEXES, *ACCREDITED):
        assert f"`{word}`" in guide
