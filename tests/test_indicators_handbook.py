"""The documented indicators are those of the catalogue: generated, committed, and held against it here."""

from pipelines.indicators.handbook import of_repository
from tests.conftest import CATALOGUE, REPOSITORY


def test_the_committed_definitions_are_what_the_catalogue_says():
    """`make docs` writes them."""
    assert (REPOSITORY / "docs" / "indicators.md").read_text("utf-8") == of_repository()


def test_every_indicator_has_a_chapter_with_its_definition():
    text = of_repository()
    for key, indicator in CATALOGUE.items():
        assert f'<a id="{key}"></a>' in text
        assert indicator.numerator in text
