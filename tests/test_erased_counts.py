"""What an erasure takes out of the counts, and what happens where it was broken off."""

from types import SimpleNamespace

import polars as pl
import pytest

from pipelines.disclosure.ledger import COUNT
from pipelines.erased_counts import Counted, ErasedCounts, Erasure, differences
from pipelines.identity.erasures import ErasurePendingError, refuse_pending
from pipelines.identity.vault import Vault
from pipelines.kept_merging import Merging
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


LIBRARY, COLLEGE, OTHER = "1" * 64, "2" * 64, "3" * 64
THEN, NOW = "2023/24", "2024/25"
RULE = pl.DataFrame(
    {
        "dimension": ["setting"],
        "category": ["family"],
        "enrolments": [4],
        "stands": [False],
        "is_merged": [True],
    }
)
MERGING = Merging(RULE, RULE.select("dimension", "category", published_as=pl.lit("_O")))


def manifest(*returns):
    return {"inputs": [{"academic_year": year, "files": {"f": digest}} for year, digest in returns]}


def erasure(*returns, keys=("her key",), records=1):
    return Erasure(frozenset(keys), records, frozenset(returns), "token")


@pytest.mark.parametrize(
    ("of_release", "absent"),
    [
        ([(THEN, LIBRARY), (NOW, COLLEGE)], set()),
        # Of 2024/25 a return of the college stands in it that does not have her: hers waits, or was replaced.
        ([(THEN, LIBRARY), (NOW, OTHER)], {NOW}),
        ([(NOW, COLLEGE)], {THEN}),
        ([(THEN, OTHER), (NOW, OTHER)], None),
    ],
)
def test_she_is_taken_out_of_the_years_in_whose_returns_she_was(of_release, absent):
    hers = erasure((THEN, LIBRARY), (NOW, COLLEGE))
    assert hers.absent_years(manifest(*of_release)) == absent


@pytest.fixture
def city(tmp_path):
    return SimpleNamespace(shelf=Shelf(tmp_path), vault=Vault.throwaway(tmp_path / "vault"))


def test_where_nothing_was_published_nothing_is_kept(city):
    erased = ErasedCounts(city)
    erased.begin(erasure())
    erased.finish()
    refuse_pending(city.vault)
    assert list(city.vault.folder.iterdir()) == []


def test_broken_off_before_anything_was_published_it_is_pending_all_the_same(city):
    """Returns that were not seen to yet still have the person: a candidate would count them."""
    erased = ErasedCounts(city)
    erased.begin(erasure())
    with pytest.raises(ErasurePendingError):
        refuse_pending(city.vault)
    assert erased._read() == (erasure(), None)
    erased.finish()
    refuse_pending(city.vault)


@pytest.fixture
def broken_off(city, monkeypatch):
    """A city with a release, in which an erasure of seven records was broken off."""
    city.shelf.releases.joinpath("2024-25/1").mkdir(parents=True)
    city.shelf.releases.joinpath("2024-25/1/manifest.json").write_text("{}")
    city.shelf.settle()
    monkeypatch.setattr("pipelines.erased_counts.exact_counts", lambda *_: Counted(counts(A=10), MERGING))
    ErasedCounts(city).begin(erasure((NOW, COLLEGE), records=7))
    return city


def test_after_one_that_was_broken_off_nothing_is_taken_in_or_published(broken_off):
    with pytest.raises(
        ErasurePendingError, match=r"same request\. Until then nothing is taken in or published"
    ):
        refuse_pending(broken_off.vault)


def test_done_again_it_is_of_what_it_was_begun_with(broken_off, monkeypatch):
    """By then most of her records are gone: what is left says neither how many there were nor where."""
    monkeypatch.setattr("pipelines.erased_counts.exact_counts", lambda *_: Counted(counts(A=3), MERGING))
    erased = ErasedCounts(broken_off)
    erased.begin(erasure(records=0))
    found, before = erased._read()
    assert (found.records, found.returns) == (7, {(NOW, COLLEGE)})
    assert before.counts.equals(counts(A=10))
    assert before.merging.together("setting") == ["family"]


def test_somebody_elses_erasure_does_not_take_its_place(broken_off):
    with pytest.raises(ErasurePendingError, match="somebody else was broken off"):
        ErasedCounts(broken_off).begin(erasure(keys=["his key"]))


def test_what_she_was_in_is_taken_out_of_each_ledger_once(broken_off, monkeypatch):
    taken = []
    broken_off.ledgers = SimpleNamespace(
        take_out=lambda name, _, gone, token: taken.append((name, gone, token))
    )
    monkeypatch.setattr(broken_off.shelf, "manifest", lambda _: manifest((NOW, COLLEGE)))
    monkeypatch.setattr("pipelines.erased_counts.exact_counts", lambda *_: Counted(counts(A=5), MERGING))
    ErasedCounts(broken_off).finish()
    ((name, gone, token),) = taken
    assert (name, gone.select("category", "gone").rows(), token) == ("2024-25/1", [("A", 5)], "token")
    refuse_pending(broken_off.vault)
