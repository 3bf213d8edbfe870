"""What is said of the release year, and what is refused. The rule is worked in `tests/sql/`."""

from datetime import date

import polars as pl
import pytest

from pipelines.city import City, CityError
from pipelines.extracts.decisions import Decision, Decisions, Tolerance
from pipelines.extracts.ledger import Event
from pipelines.extracts.returns import Receipt, State
from pipelines.release_decisions import decisions_of_release
from pipelines.release_year import NothingToReleaseError, ReleaseYears, refuse_empty_year
from pipelines.years import AcademicYear
from tests.conftest import CITY, REPOSITORY

NAMED = CITY.model_copy(update={"release_year": AcademicYear(2024)})


def on_record(*rows, city=CITY):
    """Return years on record: year, sufficient, released, standing, owed, share."""
    names = ("academic_year", "is_sufficient", "is_released", "returns_standing", "returns_expected")
    names += ("share_of_last_years_learners",)
    table = pl.DataFrame(rows, schema=names, orient="row").with_columns(collection=pl.lit("_T"))
    years = table.select("academic_year", "is_sufficient", "is_released")
    return ReleaseYears.of(years, table.drop("is_sufficient", "is_released"), city)


RELEASED = ("2024/25", True, True, 26, 26, 1.0)


@pytest.mark.parametrize(
    ("share", "standing", "said"),
    [
        (0.0449, 1, "2025/26 waits: returns of 4 % of last year's learners stand (80 % are enough)."),
        (
            0.004,
            1,
            "2025/26 waits: returns of less than 1 % of last year's learners stand (80 % are enough).",
        ),
        # Rounded down: 80 % would be enough.
        (0.7999, 9, "2025/26 waits: returns of 79 % of last year's learners stand (80 % are enough)."),
        (0.8, 13, "2025/26 waits: 13 of the 26 returns that are owed stand (more than 50 % are enough)."),
        (None, 1, "2025/26 waits: 1 of the 26 returns that are owed stands (more than 50 % are enough)."),
    ],
)
def test_a_newer_year_says_what_it_waits_for(share, standing, said):
    years = on_record(RELEASED, ("2025/26", False, False, standing, 26, share))
    assert years.last == "2024/25"
    assert years.released == ("2024/25",)
    assert list(years.waiting()) == [said]


def test_a_year_of_which_enough_has_come_waits_for_the_citys_word():
    years = on_record(RELEASED, ("2025/26", True, False, 26, 26, 1.0), city=NAMED)
    assert list(years.waiting()) == ["2025/26 waits: city.toml names 2024/25 as the release year."]


def test_where_nothing_can_be_released_the_error_says_why_and_what_to_do():
    years = on_record(("2025/26", False, False, 1, 26, None))
    with pytest.raises(NothingToReleaseError, match=r"2025/26 waits: 1 of the 26 returns .* release_year = "):
        years.refuse_none()
    on_record(RELEASED).refuse_none()


def receipt(year):
    folder = year.replace("/", "-")
    return Receipt(year, "ilr", "10090001", folder, {}, State.ACCEPTED, academic_year=year)


def test_a_release_rests_on_returns_of_released_years():
    years = on_record(RELEASED, ("2025/26", False, False, 1, 26, 0.1))
    returns = [receipt("2024/25"), receipt("2025/26")]
    assert years.standing(returns) == returns[:1]


def test_a_release_year_of_which_no_return_stands_is_refused_by_name():
    refuse_empty_year(NAMED, [receipt("2024/25")])
    refuse_empty_year(CITY, [])
    with pytest.raises(CityError) as error:
        refuse_empty_year(NAMED, [receipt("2023/24"), receipt("2022/23")])
    said = 'city.toml: release_year = "2024/25": no return of that year stands; name a year of which one does'
    assert str(error.value).startswith(f"{said} (2022/23, 2023/24)")


@pytest.mark.parametrize("year", ["2017/18", "2026/27"])
def test_a_release_year_outside_the_citys_years_is_refused_by_name(tmp_path, year):
    text = (REPOSITORY / "city.toml").read_text("utf-8")
    file = tmp_path / "city.toml"
    file.write_text(f'release_year = "{year}"\n{text}', "utf-8")
    with pytest.raises(
        CityError, match=rf'city\.toml: .*release_year = "{year}" lies outside .* take the line out'
    ):
        City.read(file)
    file.write_text(f'release_year = "2024/25"\n{text}', "utf-8")
    assert City.read(file).release_year == AcademicYear(2024)


WHY = {"reason": "by mistake", "who": "Data team", "on": date(2025, 12, 5)}
IN_TIME, EARLY, UNKNOWN = (f"{number:016x}" for number in (1, 2, 3))
PAST = [
    Event("", return_id, "ilr", "10090001", folder, "accepted", None, None, "")
    for return_id, folder in ((IN_TIME, "2024-25"), (EARLY, "2025-26"))
]


def decided(*withdrawn, tolerated=()):
    """Return what a manifest says of decisions: of returns withdrawn, and years with a tolerance."""
    granted = {"rule": "ULN_04", "provider": "10090001", "rows": 2, "until": date(2026, 1, 1)}
    tolerance = [Tolerance(year=year, reason="as agreed", who="Data team", **granted) for year in tolerated]
    withdraw = [Decision(return_id=return_id, **WHY) for return_id in withdrawn]
    decisions = Decisions(withdraw=withdraw, tolerance=tolerance)
    return decisions_of_release(decisions, PAST, ("2024/25",), "decisions.toml")


def test_a_decision_on_a_return_that_came_early_is_none_of_a_release():
    assert decided() == decided(EARLY) == decided(tolerated=["2025/26"]) == []
    assert decided(IN_TIME) == decided(IN_TIME, EARLY)


def test_one_on_a_return_of_a_released_year_is_and_one_on_a_return_that_nobody_knows():
    found = [decided(IN_TIME), decided(UNKNOWN), decided(tolerated=["2024/25"])]
    assert [entry["file"] for (entry,) in found] == ["decisions.toml"] * 3
    assert len({entry["sha256"] for (entry,) in found}) == 3
