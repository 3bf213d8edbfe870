"""A year that is repeated has the rows that it had, whatever its categories would be now."""

import polars as pl
import pytest

from pipelines.disclosure.counts import counts_of
from pipelines.disclosure.ledger import COUNT, LEDGER_SCHEMA
from pipelines.disclosure.repeated import rows_as_repeated
from tests.publication.conftest import TYPES, observation

BEFORE, YEAR = "2023/24", "2024/25"
WHOLE = observation("t", 60, 1000, BEFORE)


def frame(*rows):
    return pl.DataFrame(rows, schema=TYPES)


def by_sector(year=BEFORE, **people):
    return [observation("t", number, 1000, year, sector=name) for name, number in people.items()]


def ledger(observations, **published):
    """Return the ledger of a release: each count is printed as the next multiple of five above it."""
    counts = counts_of(observations).with_columns(
        draw=0, base=5, published=-(-pl.col("persons") // 5) * 5, printed=pl.lit(value=True)
    )
    return counts.select([pl.col(name).cast(dtype) for name, dtype in LEDGER_SCHEMA.items()])


def sectors(observations, year=BEFORE):
    of_year = observations.filter(pl.col("academic_year") == year, pl.col("sector") != "_T")
    return dict(of_year.select("sector", "numerator").iter_rows())


THEN = frame(WHOLE, *by_sector(college=30, adult=19, _O=11))
NOW = frame(
    WHOLE, *by_sector(college=29, _O=31), observation("t", 70, 1000), *by_sector(YEAR, college=40, _O=30)
)


def test_a_category_that_is_among_others_now_stands_where_it_stood():
    again = rows_as_repeated(NOW, ledger(THEN), [BEFORE])
    # Counts that there are stay exact: rounding repeats them as they were published.
    assert sectors(again) == {"college": 29, "adult": 19, "_O": 31}
    assert sectors(again, YEAR) == {"college": 40, "_O": 30}
    (row,) = again.filter(sector="adult").to_dicts()
    like = again.filter(pl.col("academic_year") == BEFORE, sector="college").to_dicts()[0]
    assert row == like | {
        "sector": "adult", "numerator": 19, "numerator_low": 19, "numerator_high": 19, "cell_key": 0,
    }  # fmt: skip


def test_a_category_that_was_among_others_does_not_stand_alone():
    again = rows_as_repeated(THEN, ledger(NOW), [BEFORE])
    assert sectors(again) == {"college": 30, "_O": 11}


@pytest.mark.parametrize(("then", "now"), [(True, False), (False, True)])
def test_what_was_printed_as_an_estimate_is_one_again_and_nothing_else(then, now):
    """One person less of unknown age, and the mark goes: it says exactly how many they are."""

    def estimated(mark):
        return frame(
            observation("t", 60, 1000, BEFORE, imputed=mark), observation("t", 60, 1000, imputed=mark)
        )

    again = rows_as_repeated(estimated(now), ledger(estimated(then)), [BEFORE])
    assert dict(again.select("academic_year", "imputed").iter_rows()) == {BEFORE: then, YEAR: now}
    earlier = ledger(estimated(then)).with_columns(estimate=pl.lit(None, pl.Boolean))
    assert rows_as_repeated(estimated(now), earlier, [BEFORE])["imputed"].to_list() == [now, now]


def test_of_other_years_all_stands_as_it_is_counted():
    assert rows_as_repeated(NOW, ledger(THEN), []).equals(NOW)
    assert rows_as_repeated(NOW, ledger(THEN), [YEAR]).equals(NOW)


def test_a_table_that_is_new_has_its_rows_in_a_repeated_year():
    new = frame(*NOW.to_dicts(), observation("new", 7, None, BEFORE))
    assert rows_as_repeated(new, ledger(THEN), [BEFORE]).filter(indicator="new").height == 1


def test_what_was_no_longer_printed_does_not_come_back():
    gone = ledger(THEN).with_columns(printed=pl.col("category") != "adult")
    assert sectors(rows_as_repeated(NOW, gone, [BEFORE])) == {"college": 29, "_O": 31}


def test_of_two_dimensions_at_once_each_code_comes_back_into_its_column():
    def crossed(*pairs):
        return [observation("t", 10, None, BEFORE, setting=s, theme=t) for s, t in pairs]

    of_all = observation("t", 60, None, BEFORE)
    then, now = crossed(("family", "arts"), ("family", "_O")), crossed(("family", "_O"))
    again = rows_as_repeated(frame(of_all, *now), ledger(frame(of_all, *then)), [BEFORE])
    assert set(again.select("setting", "theme").iter_rows()) == {
        ("_T", "_T"), ("family", "_O"), ("family", "arts"),
    }  # fmt: skip


def test_what_is_counted_below_the_line_comes_back_too():
    below = {"denominator_key": 5, "denominator_basis": "resident"}
    then = frame(
        observation("t", 20, 60, BEFORE, **below), observation("t", 8, 19, BEFORE, sector="adult", **below)
    )
    again = rows_as_repeated(then.head(1), ledger(then), [BEFORE])
    assert again.filter(sector="adult").select("numerator", "denominator", "denominator_key").rows() == [
        (8, 19, 0)
    ]


def test_its_counts_are_those_of_the_ledger():
    again = counts_of(rows_as_repeated(NOW, ledger(THEN), [BEFORE])).filter(academic_year=BEFORE)
    assert set(again.select(COUNT).iter_rows()) == set(ledger(THEN).select(COUNT).iter_rows())
