"""Acceptance test T10 of the methodology: one academic year, many spellings."""

from datetime import date

import pytest

from pipelines.years import AcademicYear

YEAR = AcademicYear(2024)


def test_every_spelling_is_read_and_written_back():
    assert (YEAR.label, YEAR.folder, YEAR.identifier) == ("2024/25", "2024-25", "202425")
    assert (YEAR.partition, YEAR.time_period) == ("2024-08-01", 2025)
    for text in ("2024/25", "2024-25", "202425", "2024-08-01", " 2024/25 "):
        assert AcademicYear.parse(text) == YEAR
    assert AcademicYear.from_time_period(2025) == YEAR


def test_the_century_turns():
    assert AcademicYear(1999).label == "1999/00"
    assert AcademicYear.parse("1999/00").start == 1999


@pytest.mark.parametrize("text", ["2024/26", "2024", "24/25", "2024-09-01", "202426", "", "2024/2025"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="not an academic year"):
        AcademicYear.parse(text)


def test_it_runs_from_1_august_to_31_july():
    assert (YEAR.first_day, YEAR.last_day) == (date(2024, 8, 1), date(2025, 7, 31))
