"""Too few returns: a figure is marked, then withheld, and never quietly lower. Shares by hand."""

import polars as pl
import pytest

from pipelines.disclosure.audit import underivable_cells
from pipelines.disclosure.coverage import Coverage
from tests.conftest import NO_STRATA
from tests.disclosure.test_protect import CATALOGUE, RULES, observation, publish

YEAR = "2024/25"


def covered(share, what="_T"):
    return Coverage({(YEAR, what): share}, marked=0.98, withheld=0.8)


def published(coverage):
    return publish(
        observation(age="15-24", numerator=450, denominator=2000),
        observation(age="15-24", sex="F", numerator=200),
        observation(age="15-24", sex="M", numerator=250),
        observation("local_setting_theme", numerator=300, denominator=None),
        coverage=coverage,
    )


def rate(table):
    rows = table.filter(
        (pl.col("indicator") == "4_3_1_participation") & (pl.col("sex") == "_T") & (pl.col("age") == "15-24")
    )
    return rows.row(0, named=True)


@pytest.mark.parametrize(
    ("share", "markers", "there"),
    [
        (None, "", True),
        (1.0, "", True),
        (0.98, "", True),
        (0.979, "[p]", True),
        (0.8, "[p]", True),
        (0.799, "[x]", False),
    ],
)
def test_a_figure_is_marked_and_then_withheld(share, markers, there):
    row = rate(published(covered(share)))
    assert row["markers"] == markers
    assert (row["value"] is not None, row["numerator"] is not None) == (there, there)
    assert (
        row["obs_status"]
        == {"": rate(published(covered(None)))["obs_status"], "[p]": "P", "[x]": "O"}[markers]
    )


def test_nothing_of_a_withheld_year_is_published():
    table = published(covered(0.5))
    for column in ("numerator", "value", "lower", "upper", "ratio"):
        assert table[column].null_count() == table.height, column
    assert set(table["markers"]) == {"[x]"}


def test_a_withheld_year_does_not_depend_on_what_was_counted():
    """A gap has whole points where a rounded count is 0 of 2,000 and less, so that its digits would tell."""

    def table(women, men):
        rows = (
            observation(age="15-24", sex=sex, numerator=counted, denominator=people)
            for sex, counted, people in (("F", women, 700), ("M", men, 700), ("_T", women + men, 1400))
        )
        retained = observation(
            "local_retention",
            numerator=women,
            denominator=men,
            denominator_basis="resident",
            denominator_key=1,
        )
        return publish(*rows, retained, coverage=covered(0.5))

    assert table(300, 400).equals(table(0, 20))


def test_what_is_said_of_coverage_has_the_same_consequence():
    shares = {
        ("2022/23", "_T"): 0.9, ("2022/23", "ilr"): None, ("2023/24", "_T"): 0.98, ("2023/24", "ilr"): 0.5,
    }  # fmt: skip
    years = ("2022/23", "2023/24", YEAR)
    merged = {YEAR: frozenset({("setting", "family"), ("theme", "arts")})}
    said = Coverage(shares, marked=0.98, withheld=0.8, merged=merged).published(years)
    assert said == {
        "2022/23": {"lacking": {"_T": "[p]"}, "merged": []},
        "2023/24": {"lacking": {"ilr": "[x]"}, "merged": []},
        YEAR: {"lacking": {}, "merged": [["setting", "family"], ["theme", "arts"]]},
    }
    assert Coverage.of_published(said).published(years) == said


def test_an_index_is_as_complete_as_what_it_compares():
    table = published(covered(0.9)).filter(pl.col("comparison") == "F/M", pl.col("value").is_not_null())
    assert sorted(table["indicator"]) == ["4_5_1_parity", "local_gap"]
    assert table["markers"].str.ends_with("[p]").all()


def test_an_indicator_of_schools_rests_on_the_returns_of_schools():
    before_primary = CATALOGUE["4_2_2_before_primary"]
    shares = {(YEAR, "_T"): 0.5, (YEAR, "school_census"): 1.0, (YEAR, "early_years_census"): 0.97}
    coverage = Coverage(shares, marked=0.98, withheld=0.8)
    assert coverage.share(before_primary, YEAR) == 0.97
    assert coverage.share(CATALOGUE["4_3_1_participation"], YEAR) == 0.5
    assert coverage.share(before_primary, "2019/20") is None


@pytest.mark.parametrize("share", [1.0, 0.9, 0.5])
def test_the_auditor_finds_a_figure_that_coverage_should_have_changed(share):
    coverage = covered(share)
    right = published(coverage)
    assert underivable_cells(right, CATALOGUE, RULES, coverage, NO_STRATA) == 0
    for other in {1.0, 0.9, 0.5} - {share}:
        assert underivable_cells(right, CATALOGUE, RULES, covered(other), NO_STRATA) > 0


def test_an_indicator_that_is_all_of_a_merged_category_is_confidential():
    """Where learning at work is put together with other settings, its total would say what it was."""
    rows = [
        observation("local_workplace_learning", age="19-64", numerator=450, denominator=2000),
        observation("local_setting_theme", numerator=300, denominator=None),
    ]
    merged = Coverage(merged={"2024/25": frozenset({("setting", "workplace"), ("theme", "arts")})})
    table = publish(*rows, coverage=merged)
    (work,) = table.filter(indicator="local_workplace_learning").to_dicts()
    assert {work[name] for name in ("numerator", "numerator_high", "value", "lower", "upper")} == {None}
    assert (work["markers"], work["denominator"]) == ("[c]", 2000)
    assert table.filter(indicator="local_setting_theme")["markers"].to_list() == [""]
    other = Coverage(
        merged={"2024/25": frozenset({("setting", "family")}), "2023/24": merged.merged["2024/25"]}
    )
    assert "[c]" not in publish(*rows, coverage=other)["markers"].to_list()
    assert underivable_cells(table, CATALOGUE, RULES, merged, NO_STRATA) == 0
    assert underivable_cells(table, CATALOGUE, RULES, Coverage(), NO_STRATA) > 0
