"""Fields that several formats share, against independent statements of the same facts."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extracts.fields import is_date, is_uln, to_date, valid_postcode, valid_uln
from pipelines.extracts.person_names import name_of

ISO = (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d")


def one(expression: pl.Expr, value: str | None) -> object:
    return pl.DataFrame({"x": [value]}, schema={"x": pl.String}).select(expression).item()


def check_digit(nine: str) -> int | None:
    """DD01 of the ILR validation rules, as it is worded: weights 10 to 2, remainder by 11, taken from 10."""
    remainder = sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    return None if remainder == 0 else 10 - remainder


@given(nine=st.from_regex(r"[1-9][0-9]{8}", fullmatch=True), last=st.integers(0, 9))
def test_a_learner_number_has_the_departments_check_digit(nine, last):
    if nine + str(last) != "9999999999":
        assert one(is_uln("x"), f"{nine}{last}") == (check_digit(nine) == last)


@pytest.mark.parametrize(
    ("text", "valid"),
    [("9276308686", True), ("9999999999", True), ("0276308686", False), ("927630868", False), ("", False)],
)
def test_published_and_ill_formed_learner_numbers(text, valid):
    assert one(is_uln("x"), text) is valid
    assert one(valid_uln("x"), text) == (text if valid else None)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ((" Mary ", "Jane"), "Mary Jane"),
        (("O’Brien-Nguyễn", None), "O’Brien-Nguyễn"),
        ((None, "Jane"), "Jane"),
        ((" ", "Jane"), "Jane"),
        ((" ", None), None),
        ((None, None), None),
    ],
)
def test_a_name_is_as_sent_but_trimmed_or_null(parts, name):
    frame = pl.DataFrame([parts], schema={"x": pl.String, "y": pl.String}, orient="row")
    assert frame.select(name_of("x", "y")).item() == name


def test_a_missing_value_is_neither_right_nor_wrong():
    assert one(is_uln("x"), None) is None
    assert one(valid_postcode("x"), None) is None
    assert one(is_date("x", ISO), None) is True


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("m1 1ae", "M1 1AE"),
        ("M11AE", "M1 1AE"),
        (" EC1A  1BB ", "EC1A 1BB"),
        ("ZZ999ZZ", "ZZ99 9ZZ"),
        ("B33 8TH", "B33 8TH"),
        *((f"M1 1A{letter}", None) for letter in "CIKMOV"),
        ("M1", None),
        ("M111 1AE", None),
        ("", None),
    ],
)
def test_postcodes_are_written_one_way_or_not_at_all(text, postcode):
    assert one(valid_postcode("x"), text) == postcode


@pytest.mark.parametrize(
    "text", ["2025-02-29", "2025-2-1", "25-02-01", "2025-02-01 ", "2025-02-01T00:00:00", "1"]
)
def test_what_is_nearly_a_date_is_none(text):
    assert one(to_date("x", ISO), text) is None


@given(st.dates())
def test_every_date_is_read(day):
    assert one(to_date("x", ISO), day.isoformat()) == day
