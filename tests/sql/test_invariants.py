"""What holds of every indicator, whoever the city's people are: on cities drawn at random."""

import random
from datetime import date

import polars as pl
import pytest

from pipelines.disclosure.statistics import adjusted_parity
from pipelines.indicators.terms import DIMENSIONS, Formula
from pipelines.synthetic.numbers import learner_numbers
from tests.conftest import CATALOGUE, CITY_POSTCODE, ELSEWHERE_POSTCODE, OTHER_CITY_POSTCODE, protected

pytestmark = pytest.mark.slow

OBSERVATION = "indicators.observation"
PERSONS, YEARS, OLD = 400, (2022, 2023, 2024), 101
ISCED = ["01", "02", "1", "24", "25", "34", "35", "44", "45", "54", "55", "6", "7", "8", "9", "NF"]
SIDES = ["numerator", "denominator"]
CELL = ["indicator", "academic_year", *DIMENSIONS]


def draw(seed):
    """Return records of people who live somewhere and learn now and then over three years."""
    dice = random.Random(seed)
    records, numbers = [], learner_numbers(PERSONS, seed)
    for number in range(PERSONS):
        sex, postcode = (
            dice.choice("FM"),
            dice.choice([CITY_POSTCODE, OTHER_CITY_POSTCODE, ELSEWHERE_POSTCODE]),
        )
        born = date(
            2024 - dice.randint(0, 90) // dice.choice([1, 4]), dice.randint(1, 12), dice.randint(1, 28)
        )
        who = {
            "uln": str(numbers[number]),
            "birth_date": born, "sex": sex, "postcode": postcode,
            "ethnicity": dice.choice(["asian", "black", "mixed", "white", "other"]),
            "disability": dice.choice(["PD", "PWD"]),
        }  # fmt: skip
        for year in YEARS:
            age = year - born.year - ((born.month, born.day) > (8, 31))
            for course in range(dice.choice([0, 1, 1, 2]) if age >= 0 else 0):
                what = {
                    "isced": dice.choice(ISCED),
                    "setting": dice.choice(["institution", "community", "family", "workplace"]),
                    "theme": dice.choice(["essential_skills", "digital_skills", "science_and_environment"]),
                    "intended_age": dice.choice([age, age - 1, age - 3]) if 6 <= age <= 17 else None,
                    "outcome": dice.choice([None, "achieved", "completed", "withdrawn"]),
                    "provider_id": dice.choice(["10090001", "10090002"]),
                }
                time = {
                    "academic_year": f"{year}/{year - 1999}",
                    "start_date": date(year, 9, 2),
                    "course": f"course {course}",
                }
                records.append({"local_ref": f"person {number}", **who, **what, **time})
    return records


@pytest.fixture(scope="module", params=[1])
def build(request, make_bench):
    """Build the drawn city, changed by a function of its records, and return its observations."""

    def build(change=list):
        bench = make_bench()
        bench.kind["10090002"] = ("library", "adult and community")
        for sex in "FM":
            bench.people(range(91), sex, 100)
            bench.people(range(91), sex, 50, quintile=5)
        for record in change(draw(request.param)):
            bench.record(**record)
        bench.run()
        return bench.table(OBSERVATION).sort(CELL)

    return build


@pytest.fixture(scope="module")
def city(build):
    return build()


def test_the_order_of_rows_and_rows_sent_twice_change_nothing(build, city):
    def shuffled_and_doubled(records):
        twice = records + records[::3]
        random.Random(3).shuffle(twice)
        return twice

    assert build(shuffled_and_doubled).equals(city)


def test_a_person_outside_the_ages_changes_nothing(build, city):
    """Somebody of 101, at levels that belong to no stage of education, is in no band that ends before."""

    def with_the_old(records):
        old = {
            "birth_date": date(2024 - OLD, 1, 1), "postcode": CITY_POSTCODE, "sex": "F", "ethnicity": "white",
            "disability": "PWD",
        }  # fmt: skip
        return records + [{"local_ref": f"old {i}", "isced": i, **old} for i in ("NF", "45", "9")]

    counted = [
        (key, age.code)
        for key, indicator in CATALOGUE.items()
        for age in indicator.ages
        if age.counted and age.counted.last < OLD
    ]
    bands = pl.DataFrame(counted, schema=["indicator", "age"], orient="row")
    changed = build(with_the_old)
    assert changed.join(bands, on=["indicator", "age"]).equals(city.join(bands, on=["indicator", "age"]))
    assert not changed.equals(city)


def test_swapped_sexes_swap_their_cells_and_invert_parity(build, city):
    """Of who is F and who M, nothing but the label counts; f(r) + f(1/r) = 2 (methodology 2.11)."""

    def swapped(records):
        return [r | {"sex": {"F": "M", "M": "F"}[r["sex"]]} for r in records]

    other = build(swapped)
    again = other.with_columns(pl.col("sex").replace({"F": "M", "M": "F"})).sort(CELL)
    by_sex = ~pl.col("indicator").is_in(["local_women_in_stem"])
    assert again.filter(by_sex).equals(city.filter(by_sex))
    before, after = parities(city), parities(other)
    assert before.height > 3
    both = before.join(after, on=["academic_year", "age", "base_indicator"], suffix="_after")
    assert both.height == before.height
    for ratio, ratio_after in both.select("ratio", "ratio_after").iter_rows():
        assert ratio * ratio_after == pytest.approx(1, abs=0.02)
        assert adjusted_parity(ratio) + adjusted_parity(1 / ratio) == pytest.approx(2)


def parities(observations):
    """Return the published parity of women to men."""
    published = protected(observations)
    return published.filter(
        pl.col("indicator") == "4_5_1_parity", pl.col("comparison") == "F/M", pl.col("ratio").is_not_null()
    )


def test_net_is_at_most_adjusted_net_and_at_most_gross(city):
    def of(indicator):
        return city.filter(pl.col("indicator") == indicator)["numerator"].to_list()

    net = of("uis_enrolment_net")
    assert sum(net) > 0
    assert all(n <= a for n, a in zip(net, of("uis_enrolment_adjusted_net"), strict=True))
    assert all(n <= g for n, g in zip(net, of("uis_enrolment_gross"), strict=True))
    assert all(n <= g for n, g in zip(of("4_2_4_net"), of("4_2_4_gross"), strict=True))


def test_parts_are_at_most_the_whole_and_bounds_enclose_the_count(city):
    ratios = [key for key, indicator in CATALOGUE.items() if indicator.formula is Formula.RATIO]
    shares = city.filter(pl.col("indicator").is_in(ratios))
    assert shares["denominator"].sum() > 0
    assert shares.filter(pl.col("numerator") > pl.col("denominator")).is_empty()
    assert city.filter(pl.col("numerator") < 0).is_empty()
    within = pl.col("numerator_low").le(pl.col("numerator")) & pl.col("numerator").le(
        pl.col("numerator_high")
    )
    assert city.filter(~within).is_empty()


@pytest.mark.parametrize(
    "breakdown", ["deprivation", "decile", "ward", "ethnicity", "disability", "provision"]
)
def test_categories_that_a_person_is_in_one_of_add_up(city, breakdown):
    """Everybody drawn has a known home, sex, ethnic group and disability."""
    parts, whole = in_parts_and_in_all(city, breakdown)
    assert parts["numerator"].sum() > 0
    assert parts.equals(whole)


@pytest.mark.parametrize("breakdown", ["level", "sector", "setting", "theme"])
def test_of_categories_that_a_person_can_be_in_several_of_the_most_is_at_most_all(city, breakdown):
    """Most <= all <= sum, where one category makes somebody count (methodology 1.1 b)."""
    parts, whole = in_parts_and_in_all(city, breakdown, formulas=(Formula.RATE, Formula.COUNT))
    most, _ = in_parts_and_in_all(city, breakdown, formulas=(Formula.RATE, Formula.COUNT), of=pl.Expr.max)
    assert parts["numerator"].sum() > whole["numerator"].sum() > 0
    assert (most["numerator"] <= whole["numerator"]).all()
    # First qualifications count once in all, at each level by level; both are at least the other's most.
    assert (whole["numerator"] <= parts["numerator"]).all()


def in_parts_and_in_all(
    city, breakdown, formulas=(Formula.RATE, Formula.RESIDUAL, Formula.COUNT), of=pl.Expr.sum
):
    """Return what an indicator counts in the categories of a breakdown, put together, and in all."""
    keys = [k for k, i in CATALOGUE.items() if breakdown in i.breakdowns and i.formula in formulas]
    cells = city.filter(pl.col("indicator").is_in(keys))
    names = ["indicator", "academic_year", "age", "sex"]
    parts = cells.filter(pl.col("breakdown") == breakdown).group_by(names).agg(of(pl.col("numerator")))
    whole = cells.filter(pl.col("breakdown") == "_T").select(*names, "numerator")
    whole = whole.join(parts, on=names, how="semi")
    return parts.sort(names), whole.sort(names)


def test_t8_those_in_learning_and_those_not_recorded_are_the_population(city):
    """Acceptance test T8, of every cell that both have."""
    cell = ["academic_year", "age", "sex", "deprivation"]
    found = city.filter(pl.col("breakdown").is_in(["_T", "deprivation"]))
    learning = found.filter(pl.col("indicator") == "4_3_1_participation").select(*cell, *SIDES)
    rest = found.filter(pl.col("indicator") == "local_not_in_education").select(*cell, *SIDES)
    both = learning.join(rest, on=cell, suffix="_rest")
    # Three years; both sexes and all, and five fifths.
    assert both.height == 3 * 8
    assert both.filter(
        (pl.col("numerator") != pl.col("numerator_rest"))
        | (pl.col("denominator") != pl.col("denominator_rest"))
    ).is_empty()
