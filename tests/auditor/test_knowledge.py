"""What others publish of the same people is part of the attack."""

from dataclasses import replace

import pytest

from pipelines.auditor.knowledge import COLUMNS, KnownTotalsError, read_known
from pipelines.auditor.releases import Cell, Count
from tests.auditor.test_attack import SHAPE, TABLE, WARDS, WHOLE, YEAR, found, system

COVERED = replace(SHAPE, covering=frozenset({"ward"}))
LOW_AND_FIVE = {WHOLE: 5, WARDS[0]: 0, WARDS[1]: 5}


def knowing(of, least, most):
    return replace(of, known={(YEAR, "t", Cell(*WHOLE)): (least, most)})


def test_who_knows_that_there_is_one_knows_where():
    """One in all, at least one in the second ward: nobody is in the first. Neither is known without."""
    of = system(LOW_AND_FIVE, shape=COVERED)
    assert of.has_witness()
    assert found(of) == {}
    assert not knowing(of, 1, 1).has_witness()
    assert found(knowing(of, 1, 1)) == {WARDS[0]: (0, 0), WARDS[1]: (1, 1)}


def test_a_public_total_that_was_rounded_itself_says_less():
    """To the nearest ten, 5 to 14: with 9 at most in all, five numbers are left of each ward."""
    of = system(LOW_AND_FIVE, shape=COVERED)
    assert found(knowing(of, 5, 14)) == {}
    assert found(knowing(of, 5, 14), interval=9) == {WARDS[0]: (0, 4), WARDS[1]: (1, 9)}


def test_what_others_publish_is_no_secret():
    of = system(LOW_AND_FIVE, shape=COVERED)
    assert WHOLE not in found(knowing(of, 5, 5))
    # Of the bounds of the linkage, and of what is below the line, nothing is known thereby.
    below = system({WHOLE: 5}, name=("t", "denominator"))
    assert found(knowing(below, 5, 5)) == found(below)


def test_a_count_that_is_the_public_one_again_is_no_find():
    """Two in all, both at providers that report in every year. That both are in one ward is a find."""
    panel, ward = ("_T", "_T", "panel", "constant"), ("_T", "_T", "ward", "E1")
    of = system({WHOLE: 5, panel: 5, ward: 5}, shape=replace(SHAPE, covering=frozenset({"panel", "ward"})))
    assert found(knowing(of, 2, 2)) == {ward: (2, 2)}


class Published:
    """A release that publishes one count."""

    count = Count(10)

    def __init__(self):
        self.method = {"base": 5}
        self.years = {YEAR: {TABLE: {Cell(*WARDS[1]): self.count}}}


def listed(folder, **row):
    """Write a list of one public total; return what is read of it."""
    age, sex, breakdown, category = WARDS[1]
    values = {"academic_year": YEAR, "indicator": "t", "age": age, "sex": sex, "breakdown": breakdown,
              "category": category, "least": "6", "most": "14", "source": "DfE"} | row  # fmt: skip
    file = folder / "known_totals.csv"
    names = [name for name in COLUMNS if values[name] is not None]
    file.write_text(",".join(names) + "\n" + ",".join(values[name] for name in names) + "\n", "utf-8")
    return read_known(file, Published())


def test_a_list_is_read(tmp_path):
    assert listed(tmp_path) == {(YEAR, "t", Cell(*WARDS[1])): (6, 14)}
    assert listed(tmp_path, age="", sex="") == listed(tmp_path)


def test_what_is_not_told_below_ten_may_be_seven(tmp_path, monkeypatch):
    """Of an estimate, too, more is possible than of a count: 1 to 19 of a printed 10."""
    for count, least, most in ((Count(0, low=10), "7", "7"), (Count(10, estimate=True), "19", "19")):
        monkeypatch.setattr(Published, "count", count)
        assert listed(tmp_path, least=least, most=most)
        with pytest.raises(KnownTotalsError, match="cannot be 20 to 20"):
            listed(tmp_path, least="20", most="20")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"source": None}, "known_totals.csv: lacks the column source .columns are parted by commas."),
        ({"category": "E9"}, "line 2: no such count is published"),
        ({"academic_year": "2023/24"}, "line 2: no such count is published"),
        ({"least": "-6"}, "line 2: least and most are whole numbers"),
        ({"most": "ten"}, "line 2: least and most are whole numbers"),
        ({"least": "15"}, "line 2: least is more than most"),
        ({"source": " "}, "line 2: says no source"),
        ({"least": "15", "most": "20"}, "line 2: it is published as 10, and so cannot be 15 to 20"),
        ({"least": "0", "most": "5"}, "line 2: it is published as 10, and so cannot be 0 to 5"),
        ({"source": "DfE, table 3"}, "line 2: has more fields than there are columns"),
        ({"academic_year": "total of all:"}, "line 2: no such count is published"),
    ],
)
def test_what_cannot_be_used_is_refused_by_line(tmp_path, row, says):
    with pytest.raises(KnownTotalsError, match=says):
        listed(tmp_path, **row)


@pytest.mark.parametrize("content", [b"\xff\xfea\x00", b"PK\x03\x04\x00\x80"])
def test_what_is_no_table_is_refused_by_name(tmp_path, content):
    file = tmp_path / "known_totals.csv"
    file.write_bytes(content)
    with pytest.raises(KnownTotalsError, match=r"known_totals.csv is no table in UTF-8"):
        read_known(file, Published())
