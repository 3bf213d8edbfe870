"""What pages and files say of categories that are put together, so that no provider can be told."""

import polars as pl

from pipelines.disclosure.linkage import LINKAGE_SCHEMA
from pipelines.publication.linkage_page import linkage_table
from pipelines.publication.markers import PUT_TOGETHER, explained, texts_of
from pipelines.publication.table import value_table
from tests.conftest import protected
from tests.publication.conftest import CODES, TYPES, observation


def test_categories_that_are_put_together_have_a_line_and_a_reason_and_no_other(catalogue):
    """Of categories that are told apart from nothing, no line says that they are not there."""
    sectors = {"further education": "Further education", "_O": PUT_TOGETHER}
    codes = CODES | {"sector": sectors, "setting": {"family": "Family"}}
    codes["theme"] = {"digital_skills": "Digital skills", "_O": PUT_TOGETHER}
    counts = [
        observation("local_learners", 300, None),
        observation("local_learners", 200, None, sector="further education"),
        observation("local_learners", 150, None, sector="_O"),
        observation("local_setting_theme", 300, None),
        observation("local_setting_theme", 300, None, theme="digital_skills"),
        observation("local_setting_theme", 300, None, setting="family"),
        observation("local_setting_theme", 300, None, setting="family", theme="_O"),
    ]
    published = protected(pl.DataFrame(counts, schema=TYPES))

    def rows(key):
        table = value_table(catalogue[key], published.filter(indicator=key), codes, "")
        return [tuple(row) for row in table.frame.select("group", "row", "2024/25").rows()], table.frame

    lines, frame = rows("local_learners")
    assert [line[1:] for line in lines if line[1].startswith("Sector") and line[0] == "All ages"] == [
        ("Sector: Further education", "200"),
        ("Sector: Others, put together", "150"),
    ]
    assert [marker for marker, _ in explained(texts_of(frame), 5)] == ["[x]", "Others"]
    assert rows("local_setting_theme")[0] == [
        ("All settings", "All themes", "300"),
        ("All settings", "Digital skills", "300"),
        ("Family", "All themes", "300"),
        ("Family", "Others, put together", "300"),
    ]


def test_others_come_last_of_the_providers(facts):
    rows = [
        ("2024/25", "_T", None, "_T", 1200, 1195, 1210),
        ("2024/25", "_O", PUT_TOGETHER, "_T", 300, 300, 300),
        ("2024/25", "10", "Zoo", "_T", 900, 900, 900),
    ]
    table = linkage_table(pl.DataFrame(rows, schema=LINKAGE_SCHEMA, orient="row"), facts)
    assert table.frame["row"].to_list() == ["2024/25", "Zoo", PUT_TOGETHER]
