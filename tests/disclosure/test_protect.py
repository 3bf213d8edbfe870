"""From observations to published figures: everything computed from rounded counts, nothing hidden as 0."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.disclosure.audit import misshapen_cells, unbounded_cells, underivable_cells, unrounded_cells
from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.figures import BOUNDS
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.protect import OBSERVATION_COLUMNS, ResidenceBasisError
from pipelines.indicators.terms import DIMENSIONS
from tests.conftest import CATALOGUE, NO_STRATA, POLICY, protected

RULES = Policy()
COMPLETE = Coverage()
ROUNDS_UP, ROUNDS_DOWN = 0, 4095
TOTALS = dict.fromkeys(DIMENSIONS, "_T")


def observation(indicator="4_3_1_participation", numerator=200, denominator=1000, key=ROUNDS_DOWN, **more):
    return {
        "indicator": indicator,
        "academic_year": "2024/25",
        **TOTALS,
        "numerator": numerator,
        "numerator_low": numerator,
        "numerator_high": numerator,
        "imputed": False,
        "cell_key": key,
        "denominator": denominator,
        "denominator_key": None,
        "numerator_basis": "resident",
        "denominator_basis": None if denominator is None else "resident",
        **more,
    }


def publish(*observations, coverage=COMPLETE, strata=NO_STRATA, policy=POLICY):
    types = dict.fromkeys(OBSERVATION_COLUMNS, pl.String) | dict.fromkeys(
        ("numerator", *BOUNDS, "cell_key", "denominator", "denominator_key"), pl.Int64
    )
    types |= {"imputed": pl.Boolean}
    return protected(pl.DataFrame(observations, schema=types), coverage, strata, policy=policy)


def figures(*observations):
    return publish(*observations).filter(pl.col("comparison") == "_T").to_dicts()


def test_a_rate_is_that_of_the_rounded_count():
    (figure,) = figures(observation(numerator=203, denominator=1000))
    assert (figure["numerator"], figure["denominator"], figure["value"]) == (200, 1000, 20.0)
    assert (figure["obs_status"], figure["markers"]) == ("D", "")
    assert figure["time_period"] == 2025
    # Wilson of 196 and 204 in 1,000, by the formula: 17.3 and 23.0.
    assert (figure["lower"], figure["upper"]) == (17.3, 23.0)


def test_bounds_are_rounded_by_the_draw_of_their_count():
    """22, 19 and 26 by hand: the same key rounds all down, to 20, 15 and 25, or all up, to 25, 20 and 30."""
    for key, expected in ((ROUNDS_DOWN, (15, 20, 25)), (ROUNDS_UP, (20, 25, 30))):
        (figure,) = figures(observation(numerator=22, numerator_low=19, numerator_high=26, key=key))
        assert tuple(figure[n] for n in ("numerator_low", "numerator", "numerator_high")) == expected


def test_no_unprotected_count_survives():
    """Canary: 1,237 is in no published column, as it stands or in a rate."""
    published = publish(observation(numerator=1237, denominator=100000))
    assert published.filter(pl.any_horizontal(pl.selectors.numeric() == 1237)).is_empty()
    assert published["value"].drop_nulls().to_list() == [1.2]
    assert not {"cell_key", "numerator_basis"} & set(published.columns)


def test_what_rounds_to_zero_is_low_and_never_nought():
    (figure,) = figures(observation(numerator=3, key=ROUNDS_DOWN))
    assert (figure["value"], figure["markers"], figure["lower"]) == (None, "[low]", 0.0)
    assert figure["upper"] == 1.0  # Wilson of 4 in 1,000: 1.02 %
    (count,) = figures(observation("local_setting_theme", numerator=3, denominator=None))
    assert (count["value"], count["markers"]) == (None, "[low]")


def test_a_true_zero_looks_like_what_rounds_to_zero():
    nothing, little = (figures(observation(numerator=n))[0] for n in (0, 4))
    assert nothing == little


@pytest.mark.parametrize(
    ("population", "value", "markers", "decimals"),
    [
        (99, None, "[x]", 0),  # too few for a rate
        (100, 20.0, "[u]", 0),  # rounding may move it by 4 points
        (399, 5.0, "[u]", 0),
        (400, 5.0, "", 0),  # 1 point: no decimals, no warning
        (799, 3.0, "", 0),
        (800, 2.5, "", 1),  # half a point: one decimal
    ],
)
def test_a_rate_is_as_exact_as_its_population_allows(population, value, markers, decimals):
    (figure,) = figures(observation(numerator=20, denominator=population))
    assert (figure["value"], figure["markers"], figure["decimals"]) == (value, markers, decimals)
    assert (figure["obs_status"] == "O") == (markers == "[x]")


def test_more_learners_than_residents_is_marked_and_not_capped():
    (figure,) = figures(observation("4_2_2_before_primary", numerator=1050, denominator=1000, age="4"))
    assert (figure["value"], figure["markers"], figure["obs_status"]) == (105.0, "[u]", "U")
    assert figure["lower"] < 105.0 < figure["upper"]


def test_a_residual_is_what_is_left_and_keeps_its_sign():
    """Acceptance test T7: a negative residual is kept and flagged, not set to zero."""
    found, too_many = (
        figures(observation("4_1_4_not_found", numerator=n, denominator=1000))[0] for n in (950, 1020)
    )
    assert (found["value"], found["markers"], found["obs_status"]) == (5.0, "", "D")
    assert found["lower"] < 5.0 < found["upper"]
    assert (too_many["value"], too_many["markers"], too_many["obs_status"]) == (-2.0, "[u]", "U")


def test_a_residual_of_a_count_that_rounds_to_zero_is_not_a_hundred():
    """100 % not found would say that nobody was found, which is never asserted."""
    (figure,) = figures(observation("4_1_4_not_found", numerator=3, denominator=1000))
    assert (figure["value"], figure["markers"], figure["upper"]) == (None, "[low]", 100.0)


def test_a_ratio_of_two_kinds_of_people_is_refused():
    """Acceptance test T4: a provider-located numerator over a resident denominator raises."""
    with pytest.raises(ResidenceBasisError, match="4_3_1_participation"):
        publish(observation(numerator_basis="provider"))
    with pytest.raises(ResidenceBasisError):
        publish(observation(numerator_basis=None))


def test_a_rate_too_small_for_its_digits_is_low_and_no_nought():
    """5 of 1,000, 0.4 out at most: 0.5 %. 5 of 700, 0.57 out: no decimal, 1 %.

    5 of 1,200 courses, both rounded, 0.67 out: no decimal, and 0.4 % would be printed as 0.
    """
    small = figures(
        observation(numerator=5, denominator=1000),
        observation(numerator=5, denominator=700, age="15-24"),
        observation("local_retention", numerator=5, denominator=1200, denominator_key=ROUNDS_DOWN),
    )
    shown = {(f["indicator"], f["age"]): (f["value"], f["markers"]) for f in small}
    assert shown["4_3_1_participation", "_T"] == (0.5, "")
    assert shown["4_3_1_participation", "15-24"] == (1.0, "")
    assert shown["local_retention", "_T"] == (None, "[low]")


def test_an_imputed_figure_is_marked_and_the_auditor_follows():
    """SDMX's I; one that is unreliable as well stays U, with both marks; one without a value has neither."""
    published = publish(
        observation(imputed=True),
        observation(imputed=True, numerator=20, denominator=150, age="15-24"),
        observation(imputed=True, numerator=0, denominator=150, age="65+"),
    )
    marks = published.filter(comparison="_T").sort("age").select("age", "obs_status", "markers").rows()
    assert marks == [("15-24", "U", "[u] [e]"), ("65+", "D", "[low]"), ("_T", "I", "[e]")]
    assert underivable_cells(published, CATALOGUE, RULES, COMPLETE, NO_STRATA) == 0
    spoilt = published.with_columns(imputed=pl.col("imputed") & False)
    assert underivable_cells(spoilt, CATALOGUE, RULES, COMPLETE, NO_STRATA) == 2


class TestAudit:
    def published(self):
        return publish(
            observation(age="15-24", numerator=450, denominator=2000),
            observation(age="15-24", sex="F", numerator=200),
            observation(age="15-24", sex="M", numerator=250),
            observation("4_1_4_not_found", numerator=950),
            observation("local_setting_theme", numerator=3, denominator=None),
        )

    def test_a_protected_table_passes(self):
        published = self.published()
        assert misshapen_cells(published) == 0
        assert unrounded_cells(published, CATALOGUE, RULES) == 0
        assert underivable_cells(published, CATALOGUE, RULES, COMPLETE, NO_STRATA) == 0

    def test_a_true_count_is_found(self):
        leaking = self.published().with_columns(pl.col("numerator") + 1)
        assert unrounded_cells(leaking, CATALOGUE, RULES) == 5

    @pytest.mark.parametrize("bound", BOUNDS)
    def test_a_true_bound_is_found(self, bound):
        leaking = self.published().with_columns(pl.col(bound) + 1)
        assert unrounded_cells(leaking, CATALOGUE, RULES) == leaking["numerator"].drop_nulls().len()

    @pytest.mark.parametrize(
        "spoilt",
        [
            pl.col("numerator_low") + 5,
            pl.col("numerator_high") - 5,
            pl.lit(None, pl.Int64).alias("numerator_low"),
        ],
    )
    def test_a_count_outside_its_bounds_is_found(self, spoilt):
        published = self.published()
        assert unbounded_cells(published) == 0
        assert unbounded_cells(published.with_columns(spoilt)) == published["numerator"].drop_nulls().len()

    def test_a_key_that_comes_along_is_found(self):
        leaking = self.published().with_columns(pl.lit(7).alias("cell_key"))
        assert misshapen_cells(leaking) == leaking.height > 0
        assert misshapen_cells(leaking.clear()) == 1

    @pytest.mark.parametrize("column", ["value", "lower", "upper"])
    def test_a_figure_computed_from_something_else_is_found(self, column):
        published = self.published()
        leaking = published.with_columns(pl.col(column) + 0.1)
        expected = published[column].is_not_null().sum()
        assert expected > 0
        assert underivable_cells(leaking, CATALOGUE, RULES, COMPLETE, NO_STRATA) == expected

    def test_the_order_of_observations_changes_nothing(self):
        a, b = observation(age="15-24"), observation(age="25-54", numerator=77)
        assert_frame_equal(publish(a, b), publish(b, a))


class TestRatio:
    """A share of people who are counted themselves: both numbers are rounded."""

    def share(self, count, of, key=ROUNDS_DOWN, below=ROUNDS_DOWN, **group):
        keys = {"key": key, "denominator_key": below}
        (figure,) = figures(
            observation("local_several_sectors", numerator=count, denominator=of, **keys, **group)
        )
        return figure

    def test_it_is_that_of_the_rounded_counts(self):
        figure = self.share(203, 2004)
        assert (figure["numerator"], figure["denominator"], figure["value"]) == (200, 2000, 10.0)
        assert (figure["obs_status"], figure["markers"]) == ("A", "")
        # Wilson of 196 in 2,004 and of 204 in 1,996, by the formula: 8.6 and 11.6.
        assert (figure["lower"], figure["upper"]) == (8.6, 11.6)

    def test_each_number_is_rounded_by_its_own_key(self):
        figure = self.share(203, 2004, key=ROUNDS_UP, below=ROUNDS_UP)
        assert (figure["numerator"], figure["denominator"]) == (205, 2005)

    @pytest.mark.parametrize(("of", "markers"), [(24, "[x]"), (25, "[u]"), (799, "[u]"), (800, "")])
    def test_of_few_people_it_is_withheld_then_marked(self, of, markers):
        """Rounding of both can move it by eight people in all: by a point in 800."""
        assert self.share(20, of)["markers"] == markers

    def test_a_part_is_never_more_than_the_whole(self):
        """All of 2,004 that others than these are counted in, drawn to 2,000: their 2,004 stay at it."""
        figure = self.share(2004, 2004, key=ROUNDS_UP)
        assert (figure["numerator"], figure["denominator"], figure["value"]) == (2000, 2000, 100.0)

    @pytest.mark.parametrize(
        ("group", "of", "marker"),
        [
            ({"disability": "PD"}, 95, "[c]"),
            ({"ethnicity": "asian"}, 25, "[c]"),
            # Of a hundred it may be by rounding; who learns in a sector is no sensitive thing.
            ({"disability": "PD"}, 100, "[u]"),
            ({"sector": "employer"}, 95, "[u]"),
        ],
    )
    def test_what_holds_of_all_of_a_small_sensitive_group_is_withheld(self, group, of, marker):
        figure = self.share(of, of, **group)
        assert figure["markers"] == marker
        assert (figure["value"] is None) == (marker == "[c]")
        assert (figure["numerator"], figure["denominator"], figure["upper"]) == (of, of, 100.0)
        assert self.share(of - 5, of, **group)["markers"] != "[c]"

    def test_the_audit_finds_a_true_number_below_the_line(self):
        published = publish(
            observation("local_several_sectors", numerator=200, denominator=2004, denominator_key=ROUNDS_DOWN)
        )
        counted = published.filter(pl.col("numerator").is_not_null())
        assert unrounded_cells(counted, CATALOGUE, RULES) == 0
        leaking = counted.with_columns(pl.col("denominator") + 1)
        assert unrounded_cells(leaking, CATALOGUE, RULES) == 1

    def test_where_figures_are_withheld_so_is_the_number_below_the_line(self):
        half = Coverage({("2024/25", "_T"): 0.5})
        published = publish(
            observation("local_several_sectors", denominator=2000, denominator_key=ROUNDS_DOWN), coverage=half
        ).filter(indicator="local_several_sectors")
        assert published.select("numerator", "denominator", "value").row(0) == (None, None, None)


def test_a_rate_per_thousand_is_ten_times_that_per_hundred():
    (figure,) = figures(observation("local_basic_skills", numerator=200, denominator=10_000))
    # Wilson of 196 and 204 in 10,000: 17.06 and 23.37 of a thousand.
    assert (figure["value"], figure["lower"], figure["upper"]) == (20.0, 17.1, 23.4)
