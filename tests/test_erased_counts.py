"""What an erasure takes out of the counts, and what happens where it was broken off."""

from types import SimpleNamespace

import polars as pl
import pytest

from pipelines.disclosure.ledger import COUNT
from pipelines.erased_counts import PENDING, ErasedCounts, ErasurePendingError, differences
from pipelines.identity.vault import Vault
from pipelines.releases.shelf import Shelf


def counts(**people):
    rows = [("2024/25", "t", "numerator", "_T", "_T", "ward", ward, n) for ward, n in people.items()]
    return pl.DataFrame(rows, schema=[*COUNT, "persons"], orient="row")


def test_what_an_erasure_changed_is_who_is_gone():
    """One woman, and somebody whose home is no longer known: her number tied two people together."""
    before, after = counts(A=10, B=4, C=7, U=2), counts(A=9, B=4, C=6, U=3)
    found = differences(before, after, 1).select("category", "gone")
    assert set(found.iter_rows()) == {("A", 1), ("C", 1), ("U", -1)}


def test_a_category_that_is_put_together_with_others_now_is_not_gone():
    before, after = counts(family=131, arts=40, _O=12), counts(arts=39, _O=142)
    assert differences(before, after, 1).select("category", "gone").rows() == [("arts", 1)]


@pytest.fixture
def city(tmp_path):
    return SimpleNamespace(shelf=Shelf(tmp_path), vault=Vault.throwaway(tmp_path / "vault"))


def test_where_nothing_was_published_nothing_is_kept(city):
    erased = ErasedCounts(city)
    erased.begin()
    erased.finish(1)
    erased.refuse_pending()
    assert list(city.vault.folder.iterdir()) == []


def test_after_one_that_was_broken_off_nothing_is_published(city):
    city.vault.write(city.vault.folder / PENDING, b"counts")
    with pytest.raises(ErasurePendingError, match="again with the same request"):
        ErasedCounts(city).refuse_pending()
    # The counts from before stay those from before.
    ErasedCounts(city).begin()
    assert city.vault.read(city.vault.folder / PENDING) == b"counts"
