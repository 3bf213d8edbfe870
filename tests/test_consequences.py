"""What a wrong field can change is read from the SQL: no flag says it, and an edited query says otherwise."""

import shutil

import pytest

from pipelines.aspects import OF_PERSONS, OF_RECORDS, Aspect
from pipelines.consequences import Consequences, consequences, decides
from pipelines.extracts.formats import FORMATS, format_of
from pipelines.lineage import deciding
from pipelines.models import COUNTING, LINKED, RECORDS
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from tests.conftest import CATALOGUE, REPOSITORY

A = Aspect
OF_RETURNS = {"record_id", "return_no", "collection", "provider_id", "academic_year"}
"""Columns of a record that no field of the record itself decides."""
NOT_FIELDS = {"course"}
"""Nor does what a course is called change where somebody stands."""


@pytest.mark.parametrize(
    ("collection", "field", "aspects"),
    [
        ("ilr", "learner.DateOfBirth", {A.AGE}),
        ("ilr", "learner.LLDDHealthProb", {A.DISABILITY}),
        ("ilr", "learning_delivery.CompStatus", {A.OUTCOME}),
        ("ilr", "learning_delivery.DelLocPostCode", {A.PLACE}),
        # By the standard an aim's level, subject and setting are looked up.
        ("ilr", "learning_delivery.StdCode", {A.LEVEL, A.SETTING, A.THEME}),
        ("ilr", "learning_delivery_fam.LearnDelFAMCode", {A.SETTING}),
        # A session is joined to its course, and by that to its qualification and its subjects.
        ("student_record", "student_course_session.COURSEID", {A.LEVEL, A.THEME}),
        ("student_record", "qualification.QUALCAT", {A.LEVEL}),
        ("student_record", "leaver.RSNENGEND", {A.OUTCOME}),
        ("school_census", "pupilonroll.enrolstatus", {A.TIME}),
        ("school_census", "addresses.pupilonrolltableid", {A.RESIDENCE}),
        ("common_transfer_file", "pupil.NCyearActual", {A.GRADE, A.LEVEL}),
        ("community_learning", "enrolment.accredited", {A.LEVEL}),
        ("apprenticeship_service", "apprentice.EndDate", {A.OUTCOME, A.TIME}),
    ],
)
def test_what_a_field_decides(collection, field, aspects):
    assert decides(format_of(collection))[field] == aspects


@pytest.mark.parametrize("field", ["learner.PriorAttain", "learning_delivery.SWSupAimId", "learner.NINumber"])
def test_what_no_record_is_made_of_decides_nothing(field):
    assert field not in decides(format_of("ilr"))


def rests_on(key):
    return consequences().rests_on(CATALOGUE[key], CATALOGUE)


@pytest.mark.parametrize(
    ("indicator", "asks", "asks_not"),
    [
        ("local_women_in_stem", {A.SEX, A.THEME, A.LEVEL}, {A.SETTING, A.OUTCOME}),
        ("local_workplace_learning", {A.SETTING}, {A.OUTCOME, A.HOURS}),
        ("local_achievement", {A.OUTCOME}, {A.HOURS, A.GRADE}),
        ("local_full_time", {A.HOURS}, {A.LEVEL, A.OUTCOME}),
        ("local_near_home", {A.PLACE, A.RESIDENCE}, {A.THEME}),
        ("local_learning_here_from_elsewhere", {A.PLACE, A.RESIDENCE}, {A.LEVEL}),
        ("4_1_3_gross_intake", {A.GRADE}, {A.LEVEL, A.THEME}),
        # By way of core.completion.
        ("4_1_2_completion", {A.GRADE, A.OUTCOME, A.LEVEL}, {A.SETTING, A.PLACE}),
        # By way of the indicators that it compares.
        ("uis_school_life_expectancy", {A.AGE, A.LEVEL}, {A.THEME}),
        ("4_3_1_participation", {A.PERSON, A.TIME, A.RESIDENCE}, {A.OUTCOME, A.HOURS}),
    ],
)
def test_what_an_indicator_rests_on(indicator, asks, asks_not):
    assert asks <= rests_on(indicator)
    assert asks_not.isdisjoint(rests_on(indicator))


def test_an_edited_query_rests_on_something_else(tmp_path):
    shutil.copytree(REPOSITORY / "sql", tmp_path / "sql")
    file = tmp_path / "sql" / "indicators" / "local_near_home.sql"
    file.write_text(file.read_text("utf-8").replace("distance_from = 0", "hours_from = 0"), "utf-8")
    edited = Consequences(tmp_path / "sql").rests_on(CATALOGUE["local_near_home"], CATALOGUE)
    assert A.HOURS in edited - rests_on("local_near_home")


def test_an_edited_staging_model_makes_a_field_decide_something_else(tmp_path):
    shutil.copytree(REPOSITORY / "sql", tmp_path / "sql")
    file = tmp_path / "sql" / "staging" / "community_learning.sql"
    text = file.read_text("utf-8").replace("enrolment.theme as theme", "enrolment.course_title as theme")
    file.write_text(text, "utf-8")
    edited = Consequences(tmp_path / "sql").of_format(format_of("community_learning"))
    assert (edited["enrolment.course_title"], edited.get("enrolment.theme")) == ({A.THEME}, None)


# What the columns mean


def test_every_column_of_a_record_has_a_meaning_or_is_the_returns(models):
    assert set(models[RECORDS].columns) == set(OF_RECORDS) | OF_RETURNS | NOT_FIELDS


def test_what_indicators_ask_for_is_decided_by_what_it_is_said_to(models):
    """Followed through all queries and their conditions, down to the columns of records."""
    known_tables = Pipeline(Paths(REPOSITORY)).known_tables
    columns = {**known_tables, **{table: list(model.columns) for table, model in models.items()}}
    known = {}

    def of_records(table, column):
        if table in (RECORDS, COUNTING):
            return {OF_RECORDS[column]} if column in OF_RECORDS else set()
        if table not in models or models[table].schema not in ("identity", "core"):
            return set()
        if table not in known:
            # What says who is who is read of all, and decides who is one person: nothing else.
            known[table] = {} if table == LINKED else deciding(models[table].query, columns)
        sources = (source.rsplit(".", 1) for source in known[table].get(column, ()))
        return set().union(*(of_records(*source) for source in sources))

    checked = set()
    # Columns of core.activity are those of enrolments.
    for table in ("core.enrolment", "core.participation"):
        for column in OF_PERSONS.keys() & columns[table]:
            found = of_records(table, column) - {A.TIME}
            checked |= {column} if found else set()
            assert found <= OF_PERSONS[column], (table, column, found)
            assert OF_PERSONS[column] - found <= {A.TIME}, (table, column, found)
    assert len(checked) > 12


def test_every_format_is_followed():
    for module in FORMATS:
        found = set().union(*decides(module).values())
        assert {A.PERSON, A.AGE} <= found, module.COLLECTION


def test_conditions_are_followed_through_unions_and_ctes():
    query = """
    with part as (
        select thing.kind, thing.id, 'a' as side from schema.thing as thing
        union all
        select other.sort as kind, other.id, 'b' as side from schema.other as other
    ),
    named as (
        select part.kind, label.name from part left join schema.label as label on part.kind = label.code
    )
    select coalesce(named.name, '?') as name, 1 as one from named
    """
    tables = {
        "schema.thing": ["id", "kind"],
        "schema.other": ["id", "sort"],
        "schema.label": ["code", "name"],
    }
    assert deciding(query, tables) == {
        "name": {"schema.label.name", "schema.label.code", "schema.thing.kind", "schema.other.sort"},
        "one": frozenset(),
    }
