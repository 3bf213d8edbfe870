"""The data file is the published table under SDMX's names, and its metadata describe it."""

import io
import json

import polars as pl
import pytest

from pipelines.publication.tidy_csv import COLUMNS, KEY, UnsafeTextError, csv_metadata, tidy_csv


def read(indicator, published, facts):
    return pl.read_csv(io.StringIO(tidy_csv(indicator, published, facts)))


def test_a_row_a_cell_with_nothing_lost(published, catalogue, facts):
    data = read(catalogue["4_3_1_participation"], published, facts)
    rows = published.filter(indicator="4_3_1_participation")
    assert data.height == rows.height == 18
    women = data.filter(SEX="F", TIME_DETAIL="2024/25").row(0, named=True)
    assert (women["TIME_PERIOD"], women["REF_AREA"], women["SERIES"]) == (2025, "E08000003", "SE_ADT_EDUCTRN")
    assert (women["NUMERATOR"], women["DENOMINATOR"], women["OBS_VALUE"]) == (1050, 5000, 21.0)
    assert (women["OBS_STATUS"], women["UNIT_MEASURE"], women["UNIT_MULT"]) == ("D", "PT", 0)
    assert women["SYNTHETIC"] is True


def test_the_file_read_back_is_the_published_table(published, catalogue, facts):
    """Every column of every row, but for the noughts that are blank."""
    names = {source: name for name, (_, _, source) in COLUMNS.items() if source}
    for key, indicator in catalogue.items():
        rows = published.filter(indicator=key).with_columns(
            pl.when(pl.col(count) > 0).then(count).alias(count)
            for count in ("numerator", "numerator_low", "numerator_high")
        )
        expected = rows.select(list(names)).rename(names).sort(KEY)
        text = tidy_csv(indicator, published, facts)
        data = pl.read_csv(io.StringIO(text), schema_overrides=expected.schema)
        data = data.with_columns(pl.col("MARKERS").fill_null(""))  # in CSV nothing and no text are one
        assert data.select(expected.columns).equals(expected), key
        assert not data.select(KEY).is_duplicated().any(), key
        assert "\r" not in text


def test_what_rounds_to_zero_is_blank_and_marked(published, catalogue, facts):
    low = read(catalogue["4_3_1_participation"], published, facts).filter(AGE="65+")
    assert low["NUMERATOR"].is_null().all()
    assert low["OBS_VALUE"].is_null().all()
    assert set(low["MARKERS"]) == {"[low]"}


def test_a_value_computed_from_a_nought_is_left_out_even_if_it_is_sent(published, catalogue, facts):
    """A residual of 100 % says that nobody was found, as a count of 0 would."""
    sent = published.with_columns(numerator=pl.lit(0, pl.Int64), value=pl.lit(100.0), markers=pl.lit("[u]"))
    data = read(catalogue["4_1_4_not_found"], sent, facts)
    assert data["OBS_VALUE"].is_null().all()
    assert data["NUMERATOR"].is_null().all()
    assert set(data["MARKERS"]) == {"[low]"}


def test_every_row_has_the_mandatory_attributes(published, catalogue, facts):
    """Acceptance test T11: SERIES, UNIT_MEASURE, UNIT_MULT and OBS_STATUS from the lists."""
    for indicator in catalogue.values():
        data = read(indicator, published, facts)
        for column in ("SERIES", "UNIT_MEASURE", "UNIT_MULT", "OBS_STATUS"):
            assert data[column].is_not_null().all(), (indicator.key, column)
        assert set(data["OBS_STATUS"]) <= set("ABDEFGIKWLMNOPQSUVHJ")
        assert set(data["UNIT_MEASURE"]) <= {"PT", "RO", "NUMBER"}


def test_rates_follow_from_the_file_alone(published, catalogue, facts):
    """Acceptance test T15."""
    data = read(catalogue["4_3_1_participation"], published, facts).drop_nulls("OBS_VALUE")
    assert data.height > 0
    for row in data.iter_rows(named=True):
        exact = 100 * row["NUMERATOR"] / row["DENOMINATOR"]
        assert abs(row["OBS_VALUE"] - exact) <= 0.5 / 10 ** row["DECIMALS"] + 1e-9


def test_the_metadata_describe_each_column(published, catalogue, facts):
    described = json.loads(csv_metadata(catalogue["4_3_1_participation"], facts))
    names = [column["name"] for column in described["tableSchema"]["columns"]]
    assert names == list(COLUMNS) == read(catalogue["4_3_1_participation"], published, facts).columns
    assert described["url"] == "4_3_1_participation.csv"
    assert described["tableSchema"]["primaryKey"] == list(KEY)
    assert described["synthetic"] is True
    assert "Synthetic" in described["notes"][0]


@pytest.mark.parametrize("code", ["=1+1", "+44", "-5", "@x"])
def test_a_code_that_a_spreadsheet_would_run_is_refused(published, catalogue, facts, code):
    spoilt = published.with_columns(age=pl.lit(code))
    with pytest.raises(UnsafeTextError, match="AGE") as error:
        tidy_csv(catalogue["4_3_1_participation"], spoilt, facts)
    assert code not in str(error.value)


def test_codes_are_no_formulas(published, catalogue, facts):
    """A spreadsheet takes text that begins so for a formula; only numbers may begin with a minus."""
    for indicator in catalogue.values():
        data = read(indicator, published, facts)
        for column in data.select(pl.selectors.string()).get_columns():
            assert not column.drop_nulls().str.contains(r"^[=+@-]").any(), column.name
