"""The report on a return: reconciled rows, every finding once, what changed, and no value of any field."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from datetime import date

import pytest

from pipelines.aspects import Aspect
from pipelines.cli import main
from pipelines.consequences import consequences
from pipelines.extracts import ilr
from pipelines.extracts.community_terms import COLUMNS
from pipelines.extracts.contract import no_findings
from pipelines.extracts.decisions import Tolerance
from pipelines.extracts.judging import judge
from pipelines.extracts.returns import Receipt, State
from pipelines.extracts.rules import Severity
from pipelines.feedback import checking
from pipelines.feedback.mailing import return_before, write_reports
from pipelines.feedback.page import report_page
from pipelines.feedback.report import MANY, NEARLY_ALL, SHOWN, Report
from pipelines.feedback.sheet import findings_csv
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from tests.conftest import CATALOGUE, REPOSITORY
from tests.stagings import staging

NAME = "community-learning_MCR-001_2024-25_2025-09-01.csv"
CANARY = "Zzyzxcanary"
ROW = {
    "organisation_id": "MCR-001",
    "academic_year": "2024/25",
    "learner_reference": "R1",
    "given_names": f"{CANARY} Mary",
    "family_name": CANARY,
    "date_of_birth": "03/09/1980",
    "sex": "Female",
    "postcode": "M1 1AE",
    "unique_learner_number": "",
    "course_title": "Sewing",
    "setting": "Community",
    "theme": "Arts & Media",
    "start_date": "2024-09-10",
    "end_date": "",
    "accredited": "No",
}
GOOD = [ROW | {"learner_reference": f"R{n}"} for n in range(1, 6)]
REMARK = ROW | {"learner_reference": "R8", "postcode": "M1"}
# One row twice; one with a birth date that is none; one with wrong theme and postcode, named by a formula.
FAULTY = [
    *GOOD,
    GOOD[0],
    ROW | {"learner_reference": "R6", "date_of_birth": "31/02/1980"},
    ROW | {"learner_reference": "=R7", "theme": CANARY, "postcode": CANARY},
]


@pytest.fixture(scope="module")
def catalogue():
    return CATALOGUE


@pytest.fixture
def save(tmp_path):
    def write(rows, name=NAME, columns=COLUMNS):
        file = tmp_path / name
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return file

    return write


@pytest.fixture
def report_on(save, catalogue):
    def check(rows, **how):
        (report,) = checking.check([save(rows, **how)], catalogue, None)
        return report

    return check


def by_rule(report):
    return {(group.entry.table, group.entry.id): group for group in report.groups}


@pytest.mark.parametrize(
    ("rows", "how", "sentence"),
    [
        (GOOD, {}, "Accepted: all 5 records, nothing to correct."),
        ([*GOOD, REMARK], {}, "Accepted: all 6 records, with remarks on 1 row."),
        (FAULTY, {}, "Accepted in part: 5 of 8 records; the others are set aside."),
        ([], {}, "Not accepted: there are no records in it."),
        (FAULTY[-2:], {}, "Not accepted: none of its 2 records could be accepted."),
        (GOOD, {"columns": COLUMNS[1:]}, "Not accepted: The first row lacks organisation_id."),
        (GOOD, {"name": "learners.csv"}, "Not accepted: No extract format has a file of this name."),
    ],
)
def test_the_verdict_is_one_sentence(report_on, rows, how, sentence):
    report = report_on(rows, **how)
    assert report.sentence == sentence
    assert report.accepted == sentence.startswith("Accepted")
    assert sentence in re.sub(r"&#39;", "'", report_page(report))


def test_rows_in_are_kept_set_aside_or_duplicates(report_on):
    (rows,) = report_on(FAULTY).rows
    assert (rows.read, rows.kept, rows.set_aside, rows.duplicates) == (8, 5, 2, 1)


def test_findings_are_grouped_by_rule_with_place_and_remedy(report_on):
    report = report_on(FAULTY)
    first = report.groups[0]
    assert first.entry.severity is Severity.QUARANTINE
    theme = by_rule(report)["enrolment", "theme_code"]
    assert (theme.count, list(theme.rows)) == (1, [("=R7", 9)])
    for group in report.groups:
        assert group.entry.fix
        assert group.entry.message


def test_a_page_lists_a_hundred_rows_of_a_rule_and_the_csv_all(report_on):
    report = report_on([ROW | {"learner_reference": f"R{n}", "postcode": "M1"} for n in range(150)])
    (group,) = report.groups
    assert (group.count, len(group.rows), group.more) == (150, SHOWN, 50)
    assert "and 50 more" in report_page(report)
    assert len(list(csv.DictReader(io.StringIO(findings_csv(report))))) == 150


def test_every_broken_rule_of_every_row_is_in_the_csv_once(report_on):
    rows = list(csv.DictReader(io.StringIO(findings_csv(report_on(FAULTY)))))
    found = [(row["line"], row["rule"]) for row in rows]
    assert len(found) == len(set(found))
    assert {line for line, _ in found} == {"7", "8", "9"}


def test_no_value_and_no_formula_gets_into_a_report(report_on, capsys):
    report = report_on(FAULTY)
    sheet = findings_csv(report)
    assert CANARY not in report_page(report) + sheet + checking.as_text(report)
    assert "03/09/1980" not in report_page(report) + sheet
    assert "'=R7" in sheet
    assert not re.search(r"(^|,)=", sheet, re.MULTILINE)


def test_a_reference_does_not_move_the_cursor_nor_turn_text_round(report_on):
    """ESC [2J clears a terminal, U+202E writes what follows from right to left."""
    strange = ROW | {"learner_reference": "R\x1b[2J\u202e9", "postcode": "M1"}
    text = checking.as_text(report_on([strange]))
    assert "R?[2J?9" in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_html_in_a_reference_is_text(report_on):
    page = report_page(report_on([ROW | {"learner_reference": "<b>x</b>", "postcode": "M1"}]))
    assert "<b>x" not in page
    assert "&lt;b&gt;x" in page


def test_what_changed_since_the_return_before(report_on, catalogue):
    before = report_on([*GOOD, ROW | {"learner_reference": "A", "postcode": "M1"},
                        ROW | {"learner_reference": "B", "postcode": "M1"}])  # fmt: skip
    # A is mended, B is not, and has moved to another line; C is new.
    now = report_on([ROW | {"learner_reference": "C", "postcode": "M1"}, *GOOD,
                     ROW | {"learner_reference": "B", "postcode": "M1"}])  # fmt: skip
    report = Report(now.receipt, now.findings, before.findings, now.module, catalogue)
    (group,) = report.groups
    assert (report.fixed, group.still_open, group.new) == (1, 1, 1)
    assert dict(report.marked.select("record", "since").iter_rows()) == {"B": "still open", "C": "new"}
    assert "1 fixed, 1 still open, 1 new" in report_page(report)
    assert now.fixed is None


def test_why_names_the_figures_that_a_breach_can_change(report_on, catalogue):
    """Only figures by level or theme rest on whether a course leads to a qualification."""
    report = report_on([*GOOD, ROW | {"learner_reference": "R6", "accredited": "perhaps"}])
    (group,) = report.groups
    rests_on = consequences().rests_on
    by_level = [i.label for i in catalogue.values() if Aspect.LEVEL in rests_on(i, catalogue)]
    assert 0 < len(by_level) < MANY * len(catalogue)
    assert report.changes(group.entry) == by_level
    assert by_level[0] in " ".join(checking.as_text(report).split())


def test_why_says_nearly_all_figures_where_it_is_so(report_on):
    """Each is of residents, or of who lives elsewhere, so a postcode bears on all but that of places."""
    report = report_on([*GOOD, ROW | {"learner_reference": "R6", "postcode": "M1"}])
    (group,) = report.groups
    assert report.changes(group.entry) == [NEARLY_ALL]
    text = checking.as_text(report)
    assert "whether as a resident" in text
    assert NEARLY_ALL in " ".join(text.split())


@pytest.mark.parametrize(
    ("rows", "name", "status"),
    [(GOOD, NAME, 0), (FAULTY, NAME, 3), ([], NAME, 4), (GOOD, "learners.csv", 4)],
)
def test_the_command_says_by_its_status_what_it_found(save, tmp_path, capsys, rows, name, status):
    reports = tmp_path / "out"
    assert main(["check", str(save(rows, name)), "--reports", str(reports)]) == status
    assert sorted(p.suffix for p in reports.iterdir()) == [".csv", ".html"]
    assert "ccepted" in capsys.readouterr().out


def test_the_command_names_a_file_that_is_not_there(tmp_path, capsys):
    assert main(["check", str(tmp_path / "nothing.xml")]) == 4
    assert "No such file" in capsys.readouterr().out


def test_the_check_gives_the_verdict_of_the_reception_desk(tmp_path, catalogue):
    """Over the bundled sample, but for what depends on the folder a file lies in."""
    root = tmp_path / "city"
    shutil.copytree(REPOSITORY / "data", root / "data")
    shutil.copy(REPOSITORY / "city.toml", root)
    pipeline = Pipeline(Paths(root))
    receipts = pipeline.receive("community_learning", pipeline.city.years)
    assert len(receipts) > 10
    for receipt in receipts:
        folder = pipeline.paths.raw / receipt.folder_year / receipt.folder_provider
        files = [folder / name for name in receipt.files]
        (report,) = checking.check(files, catalogue, None, staging=pipeline.staging_beside)
        alike = ("state", "rule", "message", "read", "kept", "quarantined", "findings", "counted", "alone")
        assert {a: getattr(report.receipt, a) for a in alike} == {a: getattr(receipt, a) for a in alike}


def test_what_is_kept_and_does_not_count_is_said(catalogue):
    counted = {"component": 12, "core_aim": 1, "counts": 204}
    receipt = Receipt(
        return_id="r1",
        collection="ilr",
        folder_provider="10000001",
        folder_year="2024-25",
        files={},
        state=State.ACCEPTED,
        read={"learner": 140},
        kept={"learner": 140},
        counted=counted,
    )
    report = Report(receipt, no_findings(), None, ilr, catalogue)
    said = "Of 217 rows of learning delivery kept, 204 count; the others do not:"
    page, text = report_page(report), checking.as_text(report)
    assert said in page
    assert said in text
    assert "<li>12 × a component aim of a programme: the programme counts</li>" in page
    assert "1 x the core aim of a programme: the programme counts" in text
    everything = replace(report, receipt=replace(receipt, counted={"counts": 217}))
    assert "counted nowhere" not in report_page(everything) + checking.as_text(everything)
    nobody = replace(report, receipt=replace(receipt, alone={"learner": 2}))
    said = "2 rows of learner without any learning delivery that was kept: counted nowhere."
    assert said in report_page(nobody)
    assert said in checking.as_text(nobody)
    assert "count; the others" not in report_page(everything) + checking.as_text(everything)


def test_a_file_that_the_city_could_not_count_is_held_before_it_is_sent(save, catalogue):
    stager = staging()
    lists = replace(stager, lists=lambda table: stager.lists(table).clear())
    (report,) = checking.check([save(GOOD)], catalogue, None, staging=lambda _: lists)
    assert report.sentence == (
        "Held for the city's data team to look at: The city cannot count it as it is: "
        "5 do not hold to “Settings, themes and ISCED codes are in their lists.”."
    )
    assert checking.status([report]) == checking.NOT_ACCEPTED


def test_a_report_goes_to_its_sender_alone_and_is_written_once(tmp_path, catalogue):
    root = tmp_path / "city"
    shutil.copytree(REPOSITORY / "data", root / "data")
    shutil.copy(REPOSITORY / "city.toml", root)
    pipeline = Pipeline(Paths(root))
    receipts = pipeline.receive("community_learning", pipeline.city.years)
    made = write_reports(receipts, pipeline.store, catalogue, pipeline.paths.reports)
    assert made == len(receipts)
    for receipt in receipts:
        folder = pipeline.paths.reports / receipt.folder_provider / receipt.folder_year
        assert (folder / f"{receipt.collection}-{receipt.return_id}.html").exists()
    assert write_reports(receipts, pipeline.store, catalogue, pipeline.paths.reports) == 0
    gone = receipts[0]
    write_reports(receipts[1:], pipeline.store, catalogue, pipeline.paths.reports)
    assert not list(pipeline.paths.reports.glob(f"**/*{gone.return_id}*"))
    assert len(json.loads((pipeline.paths.reports / "written.json").read_text())) == len(receipts) - 1


def test_the_return_before_is_of_the_same_sender_year_and_collection(report_on):
    def receipt(prepared, provider="MCR-001"):
        rows = [ROW | {"organisation_id": provider}]
        name = f"community-learning_{provider}_2024-25_{prepared}.csv"
        return report_on(rows, name=name).receipt

    first, second, third = receipt("2025-01-01"), receipt("2025-02-01"), receipt("2025-03-01")
    other = receipt("2025-02-15", "MCR-002")
    everything = [third, other, first, second]
    assert return_before(third, everything) == second
    assert return_before(second, everything) == first
    assert return_before(first, everything) is None
    assert return_before(other, everything) is None


def test_a_fault_of_the_software_is_said_to_be_one(report_on, monkeypatch, save, tmp_path):
    def fail(*_):
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr("pipelines.extracts.judging.read_return", fail)
    report = report_on(GOOD)
    assert report.receipt.state is State.REFUSED
    assert "not yours" in report.sentence
    assert CANARY not in report.sentence
    assert judge.__module__ == "pipelines.extracts.judging"


def test_a_tolerance_that_was_used_is_printed(report_on, catalogue):
    granted = Tolerance(
        rule="theme_code", provider="MCR-001", year="2024/25", rows=3, reason="Their system lacks the code.",
        who="A. Statistician", until=date(2025, 9, 1),
    )  # fmt: skip
    before = report_on(FAULTY)
    receipt = replace(before.receipt, tolerated={"theme_code": 1})
    report = Report(receipt, before.findings, None, before.module, catalogue, (granted,))
    page = report_page(report)
    assert "1 row that breaks" in page
    assert "Their system lacks the code." in page
    unused = replace(report, receipt=before.receipt)
    assert "Tolerated:" not in report_page(unused)


def test_a_lost_row_of_an_accepted_record_is_in_the_verdict(report_on):
    report = report_on(GOOD)
    lost = {**report.receipt.quarantined, "course": 1}
    receipt = replace(report.receipt, read={"enrolment": 5, "course": 9}, quarantined=lost)
    assert replace(report, receipt=receipt).sentence == (
        "Accepted: all 5 records; 1 row belonging to them is set aside."
    )
