"""Two groups compared, against hand calculations and published intervals."""

import polars as pl
import pytest

from pipelines.disclosure.contrasts import comparisons, gap_of
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.statistics import difference_interval, wilson
from tests.conftest import CATALOGUE, POLICY
from tests.disclosure.test_protect import observation, publish

PARTICIPATION, ACHIEVEMENT = "4_3_1_participation", "local_achievement"
GAP = CATALOGUE["local_gap"]


class TestParity:
    def rows(self, women, men, women_population=1000, men_population=1000, age="15-24", of=PARTICIPATION):
        return publish(
            observation(of, age=age, numerator=women + men, denominator=2000),
            observation(of, age=age, sex="F", numerator=women, denominator=women_population),
            observation(of, age=age, sex="M", numerator=men, denominator=men_population),
        ).filter(pl.col("comparison") == "F/M")

    def test_the_lower_rate_over_the_higher(self):
        row = self.rows(200, 250).row(0, named=True)
        assert (row["value"], row["ratio"]) == (0.8, 0.8)
        assert (row["base_indicator"], row["indicator"]) == ("4_3_1_participation", "4_5_1_parity")
        assert row["lower"] < 0.8 < row["upper"]

    def test_adjusted_where_women_are_ahead(self):
        row = self.rows(250, 200).row(0, named=True)
        assert (row["value"], row["ratio"]) == (1.2, 1.25)

    def test_from_rounded_counts_not_true_ones(self):
        """203 and 253, together 456: with 200 and 255 or 205 and 250 they add up to 455."""
        row = self.rows(203, 253).row(0, named=True)
        assert row["ratio"] in (0.78, 0.82)

    def test_neither_rate_above_zero_gives_none(self):
        row = self.rows(0, 0).row(0, named=True)
        assert (row["value"], row["markers"], row["obs_status"]) == (None, "[x]", "O")

    @pytest.mark.parametrize(("women", "men", "value"), [(100, 0, 2.0), (0, 100, 0.0)])
    def test_one_rate_at_zero_gives_the_limit_and_a_warning(self, women, men, value):
        row = self.rows(women, men).row(0, named=True)
        assert (row["value"], row["markers"]) == (value, "[u]")

    @pytest.mark.parametrize(("women", "markers"), [(20, "[u]"), (25, "")])
    def test_a_small_count_gives_a_warning(self, women, markers):
        """A published 20 stands for 16 to 24: a fifth either way."""
        row = self.rows(women, 250).row(0, named=True)
        assert (row["value"], row["markers"]) == (women / 250, markers)

    def test_a_small_population_gives_none(self):
        assert self.rows(10, 200, women_population=99).row(0, named=True)["markers"] == "[x]"
        assert self.rows(10, 200, women_population=100).row(0, named=True)["markers"] == "[u]"

    def test_groups_are_compared_where_an_indicator_is_broken_down_by_them(self):
        """Participation is not by disability: residents with one are known from the census alone."""
        parity = CATALOGUE["4_5_1_parity"]
        of = {key: [c.code for c in comparisons(parity, CATALOGUE[key])] for key in parity.derived_from}
        assert of["4_3_1_participation"] == ["F/M", "Q1/Q5"]
        assert of["local_achievement"] == ["F/M", "PD/PWD", "Q1/Q5"]

    def test_a_year_without_a_population_gives_none(self):
        assert self.rows(10, 200, women_population=None).row(0, named=True)["markers"] == "[x]"

    def test_a_group_that_is_not_there_gives_none(self):
        published = publish(observation(age="15-24"))
        row = published.filter(pl.col("comparison") == "Q1/Q5").row(0, named=True)
        assert (row["value"], row["markers"]) == (None, "[x]")

    @pytest.mark.parametrize(
        ("of", "age", "series", "unit"),
        [
            (PARTICIPATION, "15-24", "SE_GPI_PART", "RO"),
            (PARTICIPATION, "25-54", "MCR_ADJUSTED_PARITY", "RO"),
            ("4_2_2_before_primary", "4", "SE_GPI_PTNPRE", "RO"),
            # The UN's list has PT for it, though it is a ratio (methodology 3.3).
            ("4_1_2_completion", "20-22", "SE_AGP_CPRA", "PT"),
            ("4_1_2_completion", "16-18", "MCR_ADJUSTED_PARITY", "RO"),
        ],
    )
    def test_un_series_only_where_the_un_has_one(self, of, age, series, unit):
        row = self.rows(200, 250, age=age, of=of).row(0, named=True)
        assert (row["series"], row["unit_measure"]) == (series, unit)


def cell(count, population=1000):
    return {"numerator": count, "denominator": population}


def gap(group, reference, of=PARTICIPATION, rules=Policy()):  # noqa: B008
    return gap_of(GAP, CATALOGUE[of], group, reference, rules)


class TestGap:
    @pytest.mark.parametrize(
        ("one", "other", "interval"),
        [
            # Newcombe (1998), table II, method 10.
            ((56, 70), (48, 80), (0.0524, 0.3339)),
            ((9, 10), (3, 10), (0.1705, 0.8090)),
            ((6, 7), (2, 7), (0.0582, 0.8062)),
            ((5, 56), (0, 29), (-0.0381, 0.1926)),
            ((0, 10), (0, 20), (-0.1611, 0.2775)),
            ((10, 10), (0, 10), (0.6075, 1.0)),
        ],
    )
    def test_the_interval_is_the_published_one(self, one, other, interval):
        rates = ((count / of, *wilson(count, of)) for count, of in (one, other))
        assert difference_interval(*rates) == pytest.approx(interval, abs=0.00006)

    def test_points_that_a_group_is_above_another(self):
        """20 % and 30 %; and as far the other way."""
        assert gap(cell(200), cell(300)).value == -10.0
        assert gap(cell(300), cell(200)).value == 10.0
        assert gap(cell(300), cell(300)).value == 0.0

    def test_the_interval_covers_chance_and_rounding(self):
        """Two groups of 100,000 and 50 %.

        By hand: Wilson's half-width is 1.96 x sqrt(0.25 / 100,000) = 0.0030990; of the difference sqrt(2) x
        that, 0.0043827; rounding moves each rate by 4 / 100,000. Together 0.45 points, with four times that
        rounding 0.47.
        """
        halves = cell(50_000, 100_000), cell(50_000, 100_000)
        assert (gap(*halves).lower, gap(*halves).upper) == (-0.4, 0.4)
        # Rounded to 20, each rate can be 19 / 100,000 off: 0.48 points.
        wider = gap(*halves, rules=Policy(base=20))
        assert (wider.lower, wider.upper) == (-0.5, 0.5)

    @pytest.mark.parametrize(
        ("population", "of", "decimals", "markers"),
        [
            (800, PARTICIPATION, 1, ""),
            (799, PARTICIPATION, 0, ""),
            (400, PARTICIPATION, 0, ""),
            (399, PARTICIPATION, 0, "[u]"),
            (1600, ACHIEVEMENT, 1, ""),
            (1599, ACHIEVEMENT, 0, ""),
            (799, ACHIEVEMENT, 0, "[u]"),
        ],
    )
    def test_what_rounding_can_move_is_said(self, population, of, decimals, markers):
        """By 4 of each group's people: 8 / 800 is a point, 8 / 400 two; of courses both are rounded."""
        figure = gap(cell(200, population), cell(200, population), of)
        assert (figure.decimals, figure.markers) == (decimals, markers)

    def test_a_rate_that_rounds_to_nought_is_said(self):
        assert gap(cell(0), cell(0)).markers == "[x]"
        assert (gap(cell(0), cell(300)).value, gap(cell(0), cell(300)).markers) == (-30.0, "[u]")

    def test_a_rate_above_all_of_an_estimated_population(self):
        """1,100 of an estimated 1,000 less 900: 20 points."""
        figure = gap(cell(1100), cell(900))
        assert figure.value == 20.0
        assert figure.lower < 20.0 < figure.upper

    def test_it_is_published_of_achievement_by_ethnic_group(self):
        """1,000 of 2,000 courses less 1,500 of 2,000: 25 points under; of 95 courses nothing is said."""
        groups = {"asian": (1000, 2000), "white": (1500, 2000), "black": (50, 95)}
        cells = [
            observation(ACHIEVEMENT, numerator=n, denominator=d, denominator_key=0, ethnicity=code)
            for code, (n, d) in groups.items()
        ]
        whole = observation(ACHIEVEMENT, numerator=2550, denominator=4095, denominator_key=0)
        rows = publish(whole, *cells).filter(indicator="local_gap", base_indicator=ACHIEVEMENT)
        said = {row["comparison"]: (row["value"], row["markers"]) for row in rows.iter_rows(named=True)}
        assert said["asian/white"] == (-25.0, "")
        assert said["black/white"] == (None, "[x]")
        assert said["mixed/white"] == (None, "[x]")


def test_a_percentage_that_is_withheld_of_a_small_sensitive_group_is_not_told_by_a_comparison():
    """All of 150 with a disability: [c] under a policy that asks for 200; of women it is not."""
    rules = POLICY.model_copy(update={"smallest_sensitive_base": 200})
    by = {"disability": ("PD", "PWD"), "sex": ("F", "M")}
    for dimension, (group, reference) in by.items():
        rows = publish(
            observation(ACHIEVEMENT, numerator=1150, denominator=2150, denominator_key=0),
            observation(ACHIEVEMENT, numerator=150, denominator=150, denominator_key=1, **{dimension: group}),
            observation(
                ACHIEVEMENT, numerator=1000, denominator=2000, denominator_key=2, **{dimension: reference}
            ),
            policy=rules,
        ).filter(base_indicator=ACHIEVEMENT, comparison=f"{group}/{reference}")
        withheld = rows["value"].is_null().to_list()
        assert withheld == [dimension == "disability"] * 2
