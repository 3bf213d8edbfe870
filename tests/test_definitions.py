"""What the scheduler shows: one readable road, every asset described, one door to publication."""

import ast

import dagster as dg
import pytest

from pipelines.assets import key as asset_key
from pipelines.assets.tables import shape_result
from pipelines.definitions import JOB, build_defs
from pipelines.paths import Paths
from tests.conftest import REPOSITORY

ROAD = ["reference", "extracts", "staging", "identity", "core", "indicators", "disclosure", "publication"]


@pytest.fixture(scope="module")
def defs():
    return build_defs(Paths(REPOSITORY))


@pytest.fixture(scope="module")
def graph(defs):
    return defs.resolve_asset_graph()


def name(key):
    return key.to_user_string()


def test_the_groups_are_the_rooms_of_the_road(graph):
    assert {graph.get(k).group_name for k in graph.get_all_asset_keys()} == set(ROAD)


ABOUT_YEARS = dg.AssetKey(["core", "academic_year"])
"""Says of which years records may decide who is who in released ones; of records it says nothing."""


def test_no_asset_depends_on_a_room_further_down_the_road(graph):
    for key in graph.get_all_asset_keys():
        here = ROAD.index(graph.get(key).group_name)
        for parent in graph.get(key).parent_keys - {ABOUT_YEARS}:
            there = ROAD.index(graph.get(parent).group_name)
            assert there <= here, f"{name(key)} reads {name(parent)}"


def test_publication_has_one_door(graph):
    published = dg.AssetKey(["disclosure", "published"])
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        if node.group_name == "publication":
            assert node.parent_keys == {published}


def test_making_a_release_opens_no_warehouse():
    """The step that gathers a release's facts sees files that disclosure control left, and receipts."""
    source = (REPOSITORY / "pipelines" / "releasing.py").read_text("utf-8")
    names = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    assert not names & {"warehouse", "work_database", "analysts_database", "execute"}


def test_publication_imports_nothing_from_before_disclosure():
    """Parsed from the source: the room cannot reach a table, a return or the warehouse."""
    allowed = {"pipelines.publication", "pipelines.indicators", "pipelines.spreadsheets", "pipelines.years"}
    manifests = "pipelines.releases.manifests"
    for file in sorted((REPOSITORY / "pipelines" / "publication").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            for imported in names:
                assert imported.split(".")[0] != "duckdb", file.name
                if imported.startswith("pipelines"):
                    room = ".".join(imported.split(".")[:2])
                    assert room in allowed or imported == manifests, f"{file.name} imports {imported}"


def test_every_asset_is_described_owned_and_kind(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, name(key)
        assert node.owners, name(key)
        assert node.kinds, name(key)


def test_every_table_has_a_column_schema_and_every_model_its_lineage(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        if node.group_name in {"staging", "identity", "core", "indicators"} and "sql" in node.kinds:
            lineage = node.metadata["dagster/column_lineage"].deps_by_column
            columns = node.metadata["dagster/column_schema"].columns
            assert [c.name for c in columns] == list(lineage), name(key)
            assert all(c.description for c in columns), name(key)


def test_accepted_columns_say_which_fields_they_come_from(graph):
    source = dg.AssetKey(["extracts", "ilr"])
    fields = {c.name for c in graph.get(source).metadata["dagster/column_schema"].columns}
    lineage = graph.get(dg.AssetKey(["accepted", "ilr_learner"])).metadata["dagster/column_lineage"]
    assert lineage.deps_by_column["birth_date"] == [dg.TableColumnDep(source, "learner.DateOfBirth")]
    aims = graph.get(dg.AssetKey(["accepted", "ilr_learning_delivery"])).metadata["dagster/column_lineage"]
    monitoring = ("learning_delivery_fam.LearnDelFAMCode", "learning_delivery_fam.LearnDelFAMType")
    assert aims.deps_by_column["community_purpose"] == [
        dg.TableColumnDep(source, name) for name in monitoring
    ]
    assert {dep.column_name for deps in lineage.deps_by_column.values() for dep in deps} <= fields


def test_every_model_has_a_blocking_shape_check(graph):
    for key in graph.get_all_asset_keys():
        if "sql" in graph.get(key).kinds:
            assert graph.get(dg.AssetCheckKey(key, "shape")).blocking


@pytest.mark.parametrize(
    ("table", "rows", "columns", "passed"),
    [
        ("core.person", 1, None, True),
        ("core.person", 0, None, False),
        ("staging.ilr", 0, None, True),  # a city without colleges
        ("indicators.4_1_5_over_age", 0, None, True),
        ("indicators.counted", 0, None, False),
        ("indicators.observation", 0, None, False),
        ("core.person", 1, {"person_id": "UBIGINT"}, False),
    ],
)
def test_the_shape_check_can_fail(models, table, rows, columns, passed):
    types = columns or dict.fromkeys(models[table].columns, "VARCHAR")
    assert shape_result(asset_key(table), models[table], rows, types).passed is passed


def test_ingested_assets_are_partitioned_by_academic_year(graph):
    for collection in ("ilr", "school_census", "community_learning", "unrecognised"):
        partitions = graph.get(dg.AssetKey(["extracts", collection])).partitions_def
        assert partitions.get_partition_keys()[:2] == ["2018-08-01", "2019-08-01"]


def test_the_schedule_is_on_by_default_and_takes_every_year(defs):
    (schedule,) = defs.schedules
    assert schedule.job_name == JOB
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    (request,) = schedule.evaluate_tick(dg.build_schedule_context()).run_requests
    assert request.tags["dagster/asset_partition_range_start"] == "2018-08-01"
    assert request.tags["dagster/asset_partition_range_end"] == "2025-08-01"
