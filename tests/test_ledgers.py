"""The ledger of each release: sealed before it, found by its digest, and missed where it is gone."""

import hashlib
import io

import polars as pl
import pytest

from pipelines.disclosure.ledger import COUNT, LEDGER_SCHEMA
from pipelines.identity.vault import Vault
from pipelines.ledgers import Ledger, LedgerError, Ledgers, Remembered
from pipelines.releases.record import NOTHING, Extent

KEY = b"k" * 32
ROW = ("2024/25", "local_learners", "numerator", "_T", "_T", "_T", "_T", 7, 11, 5, 10, True, False)


def ledger(persons=7):
    counts = pl.DataFrame([ROW], schema=LEDGER_SCHEMA, orient="row").with_columns(persons=pl.lit(persons))
    coverage = pl.DataFrame({"academic_year": ["2024/25"], "share": [1.0]})
    return Ledger(counts, coverage, pl.DataFrame({"academic_year": ["2024/25"], "provider_id": ["10"]}))


@pytest.fixture
def ledgers(tmp_path):
    return Ledgers(Vault.throwaway(tmp_path / "vault"), KEY)


def test_a_ledger_is_read_as_it_was_kept(ledgers):
    digest = ledgers.keep(ledger())
    found = ledgers.read("2024-25/1", {"ledger": digest})
    for name in ("counts", "coverage", "reporting"):
        assert getattr(found, name).equals(getattr(ledger(), name))


def test_the_same_ledger_is_kept_once_and_another_beside_it(ledgers):
    assert ledgers.keep(ledger()) == ledgers.keep(ledger())
    assert len(list(ledgers.folder.iterdir())) == 1
    assert ledgers.keep(ledger(8)) != ledgers.keep(ledger())
    assert len(list(ledgers.folder.iterdir())) == 2


def test_its_digest_cannot_be_tried_out_without_the_key(ledgers):
    """A manifest names it, and somebody may know all counts but one: no number for that one can be tried."""
    other = Ledgers(ledgers.vault, b"l" * 32)
    assert ledgers.keep(ledger()) != other.keep(ledger())
    plain = io.BytesIO()
    ledger().counts.write_parquet(plain)
    assert hashlib.sha256(plain.getvalue()).hexdigest() != ledgers.keep(ledger())


def test_a_release_without_its_ledger_is_refused_by_name_with_a_remedy(ledgers):
    manifest = {"ledger": ledgers.keep(ledger())}
    ledgers.check({"2024-25/1": manifest})
    (ledgers.folder / manifest["ledger"]).unlink()
    for look in (lambda: ledgers.check({"2024-25/1": manifest}), lambda: ledgers.read("2024-25/1", manifest)):
        with pytest.raises(
            LedgerError, match=r"release 2024-25/1 is not in the vault .* Bring var/vault back"
        ):
            look()


def test_a_ledger_that_was_cut_off_is_missed_with_a_remedy(ledgers):
    manifest = {"ledger": ledgers.keep(ledger())}
    file = ledgers.folder / manifest["ledger"]
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(LedgerError, match=r"ledger of release 2024-25/1: .* Bring var/vault back"):
        ledgers.check({"2024-25/1": manifest})


def test_the_vault_remembers_what_was_published_in_order(ledgers):
    assert ledgers.remembered() == Remembered((), NOTHING)
    for releases in (("2024-25/1",), ("2024-25/1", "2023-24/2")):
        ledgers.remember(known := Remembered(releases, Extent(7, "0" * 64)))
        assert ledgers.remembered() == known
    assert ledgers.vault.key_id(ledgers.vault.folder / "releases")


def test_of_an_earlier_version_the_vault_knows_the_names_alone(ledgers):
    ledgers.vault.write_text(ledgers.vault.folder / "releases", '["2024-25/1"]')
    assert ledgers.remembered() == Remembered(("2024-25/1",), NOTHING)


def test_another_ledger_in_its_place_is_refused(ledgers):
    digest = ledgers.keep(ledger())
    ledgers.vault.write(ledgers.folder / digest, ledgers.vault.read(ledgers.folder / ledgers.keep(ledger(8))))
    with pytest.raises(LedgerError, match="not the one that its manifest names"):
        ledgers.read("2024-25/1", {"ledger": digest})


def test_the_one_ledger_of_an_earlier_version_is_read_without_the_keys_that_it_kept(ledgers):
    """Its releases name none."""
    content = io.BytesIO()
    ledger().counts.drop("printed", "estimate").with_columns(key=pl.lit(123, pl.Int64)).write_parquet(content)
    ledgers.vault.write(ledgers.folder / "published", content.getvalue())
    found = ledgers.read("2024-25/1", {})
    assert found.counts.equals(ledger().counts.with_columns(estimate=pl.lit(None, pl.Boolean)))
    assert found.coverage.is_empty()
    (ledgers.folder / "published").unlink()
    with pytest.raises(LedgerError):
        ledgers.check({"2024-25/1": {}})


def test_ledgers_that_nothing_names_are_deleted(ledgers):
    """Those of rounding whose release was never built, and what an earlier version left."""
    named, unnamed = ledgers.keep(ledger()), ledgers.keep(ledger(8))
    ledgers.vault.write(ledgers.folder / "rounded", b"left by an earlier version")
    ledgers.tidy([{"ledger": named}])
    assert [file.name for file in ledgers.folder.iterdir()] == [named]
    assert unnamed != named
    ledgers.vault.write(ledgers.folder / "published", b"of a release that names none")
    ledgers.tidy([{"ledger": named}, {}])
    assert {file.name for file in ledgers.folder.iterdir()} == {named, "published"}


# People who are erased


def gone(people=1):
    return pl.DataFrame([(*ROW[:7], people)], schema=[*COUNT, "gone"], orient="row")


def persons(ledgers, manifest):
    return ledgers.read("2024-25/1", manifest).counts["persons"].item()


def test_who_is_erased_is_taken_out_once_and_the_release_has_its_ledger_still(ledgers):
    manifest = {"ledger": ledgers.keep(ledger())}
    for _ in range(2):
        ledgers.take_out("2024-25/1", manifest, gone(), "one erasure")
        assert persons(ledgers, manifest) == 6
    ledgers.take_out("2024-25/1", manifest, gone(), "another")
    assert persons(ledgers, manifest) == 5
    found = ledgers.read("2024-25/1", manifest)
    assert found.counts.drop("persons").equals(ledger().counts.drop("persons"))
    assert found.reporting.equals(ledger().reporting)
    ledgers.check({"2024-25/1": manifest})
    ledgers.tidy([manifest])
    assert persons(ledgers, manifest) == 5


@pytest.mark.parametrize(("people", "left"), [(1, 6), (-1, 8), (7, 0), (8, 0)])
def test_a_count_is_never_of_fewer_than_nobody(ledgers, people, left):
    """Who came after the ledger was never in it. Somebody who is gone can also stand elsewhere now."""
    manifest = {"ledger": ledgers.keep(ledger())}
    ledgers.take_out("2024-25/1", manifest, gone(people), "one erasure")
    assert persons(ledgers, manifest) == left


def test_after_an_erasure_alone_the_next_release_has_the_same_ledger(ledgers):
    manifest = {"ledger": ledgers.keep(ledger())}
    ledgers.take_out("2024-25/1", manifest, gone(), "one erasure")
    assert ledgers.keep(ledger(6), manifest) == manifest["ledger"]
    other = ledgers.keep(ledger(5), manifest)
    assert other != manifest["ledger"]
    assert ledgers.keep(ledger(5)) == other


def test_the_one_ledger_of_an_earlier_version_stays_as_it_is(ledgers):
    content = io.BytesIO()
    ledger().counts.write_parquet(content)
    ledgers.vault.write(ledgers.folder / "published", content.getvalue())
    ledgers.take_out("2024-25/1", {}, gone(), "one erasure")
    assert persons(ledgers, {}) == 7
