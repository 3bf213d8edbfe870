"""The documented rules are those of the contracts: generated, committed, and held against each other here."""

from pipelines.extracts.formats import FORMATS
from pipelines.feedback.handbook import chapter, write
from tests.conftest import REPOSITORY

RULES = REPOSITORY / "docs" / "rules"


def test_the_committed_chapters_are_what_the_rules_say():
    """`make docs` writes them."""
    assert {p.name for p in RULES.glob("*.md")} == {f"{module.COLLECTION}.md" for module in FORMATS}
    for module in FORMATS:
        assert (RULES / f"{module.COLLECTION}.md").read_text("utf-8") == chapter(module), module.COLLECTION


def test_every_rule_has_a_row_of_eight_cells():
    for module in FORMATS:
        text, _, reasons = chapter(module).partition("## Kept, but not counted")
        assert all(f"| `{why}` | {what} |" in reasons for why, what in module.NOT_COUNTED.items())
        rows = [line for line in text.splitlines() if line.startswith("| `")]
        assert all(line.replace("\\|", "").count("|") == 9 for line in rows)
        declared = [r for c in module.CONTRACTS.values() for r in (*c.rules, *c.unique)]
        assert len(rows) >= len(declared)


def test_a_chapter_of_a_format_that_is_gone_is_removed(tmp_path):
    (tmp_path / "old.md").write_text("x")
    write(tmp_path)
    assert not (tmp_path / "old.md").exists()
    assert (tmp_path / "ilr.md").exists()
