"""Models are read from their files: dependencies, meaning, lineage, and a clear refusal of the rest."""

import pytest
import sqlglot
from sqlglot import exp

from pipelines.lineage import column_lineage
from pipelines.models import DIALECT, ModelError, read_checks, read_models
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from tests.conftest import REPOSITORY

GOOD = """-- People. Grain: one row a person.
with a as (select id, n from core.base)

select
    -- Who.
    a.id as id,
    -- How many.
    2 * a.n as double
from a
"""
BASE = """-- Base. Grain: one row.
select
    -- Who.
    1 as id,
    -- How many.
    2 as n
"""


def write(folder, **files):
    for name, query in files.items():
        path = folder / (name.replace("__", "/") + ".sql")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(query, "utf-8")


def test_a_file_is_a_table_with_its_meaning_and_lineage(tmp_path):
    write(tmp_path, core__people=GOOD, core__base=BASE)
    models = read_models(tmp_path)
    assert list(models) == ["core.base", "core.people"]
    people = models["core.people"]
    assert people.description == "People. Grain: one row a person."
    assert people.columns == {"id": "Who.", "double": "How many."}
    assert people.depends_on == {"core.base"}
    assert column_lineage(models)["core.people"] == {"id": {"core.base.id"}, "double": {"core.base.n"}}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (GOOD.replace("-- People. Grain: one row a person.\n", ""), "first lines"),
        (GOOD.replace("    -- How many.\n", ""), "comment above it"),
        (GOOD.replace("    a.id as id,", "    a.*,"), "comment above it"),
        (GOOD.replace("core.base", "core.nowhere"), "does not exist"),
        (GOOD + ";select 1", "one SELECT"),
        ("drop table x", "one SELECT"),
        ("-- x\nselect from where", "people.sql"),
        (GOOD.replace("core.base", "core.people"), "circle"),
    ],
)
def test_a_faulty_model_is_refused_by_name(tmp_path, query, says):
    write(tmp_path, core__people=query, core__base=BASE)
    with pytest.raises(ModelError, match="people") as error:
        read_models(tmp_path)
    assert says in str(error.value)


def test_a_folder_of_one_shape_has_its_union(tmp_path):
    write(tmp_path, staging__a=BASE, staging__b=BASE)
    models = read_models(tmp_path)
    union = models["staging.record"]
    assert union.depends_on == {"staging.a", "staging.b"}
    assert column_lineage(models)[union.table]["n"] == {"staging.a.n", "staging.b.n"}
    write(tmp_path, staging__c=BASE.replace("as n", "as m"))
    with pytest.raises(ModelError, match=r"staging\.c and staging\.a differ in m, n"):
        read_models(tmp_path)


def test_records_that_do_not_count_are_left_out_with_their_reason(tmp_path):
    write(tmp_path, staging__a=f"{BASE.rstrip()},\n    -- Why not.\n    null as not_counted\n")
    counting = read_models(tmp_path)["staging.learning_record"]
    assert list(counting.columns) == ["id", "n"]
    assert counting.query == "SELECT id, n FROM staging.record WHERE not_counted IS NULL"


def test_a_check_says_what_it_checks_and_how_much_it_matters(tmp_path):
    write(tmp_path, checks__x="")
    folder = tmp_path / "checks"
    (folder / "x.sql").unlink()
    (folder / "core.people.known.sql").write_text("-- All known.\nselect id from core.people\n")
    (folder / "core.people.young.sql").write_text(
        "-- All young.\n-- severity: warn\nselect id from core.people\n"
    )
    known, young = read_checks(tmp_path)
    assert (known.table, known.name, known.description, known.blocking) == (
        "core.people",
        "known",
        "All known.",
        True,
    )
    assert (young.description, young.blocking) == ("All young.", False)
    (folder / "people.known.sql").write_text("-- All known.\nselect id from core.people\n")
    with pytest.raises(ModelError, match=r"people\.known\.sql"):
        read_checks(tmp_path)


NAME_COLUMNS = ["family_name", "given_names", "former_family_name"]
NAMES = set(NAME_COLUMNS)


def name_readers(models, known=None):
    """Return the models beyond the rooms that may know names, and what of names each reads."""
    readers = {}
    lineage = column_lineage(models, known)
    for table, model in models.items():
        if model.schema not in {"staging", "identity"}:
            sources = {source for columns in lineage[table].values() for source in columns}
            # A filter or a join reads a column that is in no output's lineage.
            tree = sqlglot.parse_one(model.query, dialect=DIALECT)
            words = {column.name for column in tree.find_all(exp.Column)}
            found = {s for s in sources if s.split(".")[-1] in NAMES} | (words & NAMES)
            readers |= {table: found} if found else {}
    return readers


def test_nothing_after_identity_reads_a_name(models):
    """Every format stages the names; persons are made of them, figures never."""
    staged = [model for model in models.values() if model.schema == "staging"]
    assert len(staged) == 9
    assert all(list(model.columns)[7:11] == ["upn", *NAME_COLUMNS] for model in staged)
    assert name_readers(models, Pipeline(Paths(REPOSITORY)).known_tables) == {}


@pytest.mark.parametrize(
    "query",
    [
        "-- T. Grain: x.\nselect\n    -- C.\n    lower(given_names) as c\nfrom staging.a",
        "-- T. Grain: x.\nselect\n    -- C.\n    1 as c\nfrom staging.a where family_name = 'x'",
    ],
)
def test_a_model_that_reads_a_name_is_found(tmp_path, query):
    columns = "".join(f"    -- C.\n    'x' as {name},\n" for name in NAME_COLUMNS)
    write(tmp_path, staging__a=f"-- T. Grain: x.\nselect\n{columns}    -- C.\n    1 as id\n", core__b=query)
    assert list(name_readers(read_models(tmp_path))) == ["core.b"]


def test_every_model_of_the_house_says_its_grain(models):
    unions = {"staging.record", "staging.learning_record", "indicators.counted"}
    assert {t for t, m in models.items() if "Grain: " not in m.description} == unions
