"""Staging of the early years census and of the apprenticeship service: level by age, course as in the ILR."""

from datetime import date

import polars as pl
import pytest

from pipelines.extracts.formats import ACCEPTED_TABLES
from pipelines.reference_lists import REFERENCE_LISTS
from tests.conftest import REPOSITORY, ULN_A

NEEDED = {"learning_aim", "apprenticeship_standard", "isced_mapping", "ethnicity", "theme"}


@pytest.fixture
def stage(bench):
    """Run one staging model over accepted rows; what is not given is empty."""

    def run(model: str, years: tuple[str, ...] = ("2024/25",), **tables: list[dict]) -> list[dict]:
        with bench.pipeline.warehouse() as connection:
            for schema in ("accepted", "reference"):
                connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
                connection.execute(f"CREATE SCHEMA {schema}")
            for name, (_, contract) in ACCEPTED_TABLES.items():
                rows = [{"return_id": "r", "line": n} | row for n, row in enumerate(tables.get(name, ()), 2)]
                types = {"return_id": pl.String, "line": pl.Int64, **contract.accepted_schema}
                load(connection, f"accepted.{name}", pl.DataFrame(rows, schema=types))
            receipts = [
                {"return_id": f"r{n or ''}", "return_no": n + 1, "provider": "org-1", "academic_year": year}
                for n, year in enumerate(years)
            ]
            load(connection, "accepted.receipt", pl.DataFrame(receipts))
            for entry in REFERENCE_LISTS:
                if entry.name in NEEDED:
                    frame = entry.load(REPOSITORY / "data" / "reference", bench.pipeline.city)
                    load(connection, entry.table, frame)
            file = bench.folder / "staged.parquet"
            connection.sql(bench.pipeline.models[model].query).write_parquet(str(file))
        return pl.read_parquet(file).sort("record_id").to_dicts()

    def load(connection, table: str, frame: pl.DataFrame) -> None:
        file = bench.folder / f"{table}.parquet"
        frame.write_parquet(file)
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{file}')")

    return run


@pytest.mark.parametrize(
    ("born", "isced"),
    [
        (date(2021, 8, 31), "02"),  # three on 31 August 2024
        (date(2021, 9, 1), "01"),  # the day after
        (date(2020, 2, 29), "02"),
        (date(2024, 10, 5), "01"),  # born in the autumn before the census
    ],
)
def test_children_are_in_pre_primary_education_from_age_three(stage, born, isced):
    child = {"child_id": "k", "census_id": "c", "birth_date": born, "sex": None, "postcode": "M1 1AA"}
    (found,) = stage(
        "staging.early_years_census",
        early_years_census_eychild=[child],
        early_years_census_eycensus=[{"census_id": "c", "urn": "EY123456"}],
    )
    assert (found["isced"], found["course"], found["provider_id"]) == (isced, f"EY{isced}", "EY123456")
    assert (found["sex"], found["start_date"]) == ("U", None)


@pytest.mark.parametrize("settings", [[], [{"census_id": "c", "urn": None}]])
def test_a_child_whose_setting_is_not_known_counts_for_the_authority(stage, settings):
    child = {"child_id": "k", "census_id": "c", "birth_date": date(2021, 1, 1)}
    (found,) = stage(
        "staging.early_years_census",
        early_years_census_eychild=[child],
        early_years_census_eycensus=settings,
    )
    assert found["provider_id"] == "org-1"


def test_the_same_key_of_two_years_is_two_children(stage):
    child = {"child_id": "k", "census_id": "c", "birth_date": date(2021, 1, 1)}
    found = stage(
        "staging.early_years_census",
        years=("2023/24", "2024/25"),
        early_years_census_eychild=[child | {"return_id": return_id} for return_id in ("r", "r1")],
    )
    assert [row["local_ref"] for row in found] == ["k of 2023/24", "k of 2024/25"]


@pytest.mark.parametrize(
    ("model", "former", "tables"),
    [
        ("apprenticeship_service", False, {"apprenticeship_service_apprentice": {"standard_code": "104"}}),
        ("common_transfer_file", True, {"common_transfer_file_pupil": {"year_start": date(2024, 8, 1)}}),
        ("community_learning", False, {"community_learning_enrolment": {}}),
        ("early_years_census", False, {"early_years_census_eychild": {"birth_date": date(2021, 1, 1)}}),
        ("ilr", False, {"ilr_learner": {}, "ilr_learning_delivery": {"parent_line": 2, "aim_type": "4"}}),
    ],
)
def test_names_are_staged_as_they_were_sent(stage, model, former, tables):
    names = {"family_name": "Müller", "given_names": "Zoë Mary"}
    names |= {"former_family_name": "O'Brien"} if former else {}
    (named, *_) = tables
    rows = {table: [values | (names if table == named else {})] for table, values in tables.items()}
    (found,) = stage(f"staging.{model}", **rows)
    staged = [found[column] for column in ("family_name", "given_names", "former_family_name")]
    assert staged == ["Müller", "Zoë Mary", "O'Brien" if former else None]


def test_an_apprentice_is_on_the_same_course_as_in_the_ilr(stage):
    """Standard 104 is software developer, level 4 and subject area 6 in the repository's list."""
    apprentice = {"uln": ULN_A, "standard_code": "104", "start_date": date(2024, 9, 2), "end_date": None}
    tables = {"apprenticeship_service_apprentice": [apprentice, apprentice | {"standard_code": "99999"}]}
    known, unknown = stage("staging.apprenticeship_service", **tables)
    assert (known["course"], known["isced"], known["theme"]) == ("ZPROG001:25:104", "55", "digital_skills")
    assert (known["uln"], known["sex"], known["postcode"]) == (ULN_A, "U", None)
    assert (unknown["isced"], unknown["theme"]) == ("9", "other")


def test_the_ilr_names_the_course_of_an_apprentice_alike(stage):
    tables = {
        "ilr_learner": [{"learn_ref_number": "L1", "uln": ULN_A}],
        "ilr_learning_delivery": [
            {
                "parent_line": 2,
                "learn_aim_ref": "ZPROG001",
                "aim_type": "1",
                "prog_type": "25",
                "standard_code": "104",
            }
        ],
    }
    (found,) = stage("staging.ilr", **tables)
    same = ("course", "isced", "setting", "theme")
    assert [found[column] for column in same] == ["ZPROG001:25:104", "55", "workplace", "digital_skills"]


def test_a_t_level_is_its_programme_and_not_its_core_aim_or_components(stage):
    """Programme type 31: its aim (type 1) counts, at ISCED 35; core (5) and component (3) do not."""
    aims = [("1", "ZPROG001", "31"), ("5", "60333333", "31"), ("3", "60144444", "31")]
    found = stage(
        "staging.ilr",
        ilr_learner=[{"learn_ref_number": "L1", "uln": ULN_A}],
        ilr_learning_delivery=[
            {"parent_line": 2, "aim_type": kind, "learn_aim_ref": aim, "prog_type": programme}
            for kind, aim, programme in aims
        ],
    )
    assert [row["not_counted"] for row in found] == [None, "core_aim", "component"]
    assert (found[0]["course"], found[0]["isced"]) == ("ZPROG001:31", "35")


def test_a_core_aim_of_no_programme_counts(stage):
    found = stage(
        "staging.ilr",
        ilr_learner=[{"learn_ref_number": "L1", "uln": ULN_A}],
        ilr_learning_delivery=[{"parent_line": 2, "aim_type": "5", "learn_aim_ref": "60333333"}],
    )
    assert [row["not_counted"] for row in found] == [None]
