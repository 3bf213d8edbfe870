"""Staging of Common Transfer Files: who is on the roll, and at which level."""

from datetime import date

import pytest

from tests.sql.test_early_years_and_apprentices import stage

__all__ = ["stage"]

PUPIL = {
    "upn": "A352600100001",
    "birth_date": date(2014, 9, 3),
    "sex": None,
    "postcode": "M1 1AA",
    "entry_date": None,
    "leaving_date": None,
    "enrolment_status": "C",
    "nc_year": "5",
    "year_start": date(2024, 8, 1),
}


def staged(stage, **values) -> list[dict]:
    return stage("staging.common_transfer_file", common_transfer_file_pupil=[PUPIL | values])


def test_a_pupil_of_year_5_is_in_primary_education_from_september(stage):
    (found,) = staged(stage)
    assert (found["isced"], found["course"], found["sex"]) == ("1", "NCY5", "U")
    assert (found["start_date"], found["end_date"]) == (date(2024, 9, 1), None)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"enrolment_status": "M"}, None),
        ({"enrolment_status": None}, None),
        ({"enrolment_status": "S"}, "on_another_roll"),  # the main school is another one
        ({"leaving_date": date(2024, 9, 1)}, None),
        ({"leaving_date": date(2024, 8, 31)}, "left_before_year"),  # left in the summer holidays
    ],
)
def test_who_is_on_the_roll(stage, values, reason):
    assert [row["not_counted"] for row in staged(stage, **values)] == [reason]


def test_a_pupil_without_a_number_is_known_by_the_line_of_the_year_alone(stage):
    (found,) = staged(stage, upn=None, nc_year=None, entry_date=date(2025, 1, 8))
    assert (found["isced"], found["start_date"]) == ("9", date(2025, 1, 8))
    assert found["local_ref"] == "line 2 of 2024/25"


def test_the_same_line_of_two_years_is_two_pupils(stage):
    """A pupil number says itself who it is; a line means another pupil in another year's file."""
    lines, numbers = (
        stage(
            "staging.common_transfer_file",
            years=("2023/24", "2024/25"),
            common_transfer_file_pupil=[
                PUPIL | {"return_id": return_id, "upn": upn, "line": 5} for return_id in ("r", "r1")
            ],
        )
        for upn in (None, PUPIL["upn"])
    )
    assert len({row["local_ref"] for row in lines}) == 2
    assert {row["local_ref"] for row in numbers} == {PUPIL["upn"]}
