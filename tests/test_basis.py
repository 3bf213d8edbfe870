"""On what the next release is built: earlier ones, their ledgers, and who was erased since."""

import io
import json
from types import SimpleNamespace

import polars as pl
import pytest

from pipelines.auditor.releases import Release
from pipelines.basis import Basis, erased_of, joined, ledger_of
from pipelines.disclosure.ledger import COUNT, LEDGER_SCHEMA
from pipelines.identity.vault import Vault
from pipelines.ledgers import Ledger, LedgerError, Ledgers
from pipelines.publication.release import files_of
from pipelines.releases.folders import write_folder
from pipelines.releases.manifests import MANIFEST
from pipelines.releases.names import Name
from pipelines.releases.record import Entry, Step
from pipelines.releases.shelf import FOUND, Shelf
from tests.conftest import CATALOGUE, protected
from tests.publication.conftest import LINKAGE, TYPES
from tests.releases.test_differences import FACTS, PARTICIPATION, THEN

FIRST = Name("2024-25", 1)
REVISED_IN_FIRST = {"years": {"2024/25": {"revised_in": str(FIRST)}}}
PEOPLE_AGED_15_TO_64 = (PARTICIPATION, "numerator", "15-64", "_T", "_T", "_T")
PEOPLE_AGED_65 = (PARTICIPATION, "numerator", "65+", "_T", "_T", "_T")


@pytest.fixture
def city(tmp_path):
    """A pipeline's folders, as far as these functions read them."""
    return SimpleNamespace(
        shelf=Shelf(tmp_path),
        paths=SimpleNamespace(erasures=tmp_path / "erasures.jsonl"),
        ledgers=Ledgers(Vault.throwaway(tmp_path / "vault"), b"k" * 32),
    )


def built(city, candidate, at):
    city.shelf.record.add(Entry(Step.BUILT, candidate, "", at, manifest="0" * 64))


def erasures(city, *lines):
    text = "".join(
        json.dumps({"at": at, "what": what, "records": records}) + "\n" for at, what, records in lines
    )
    city.paths.erasures.write_text(text, "utf-8")


def test_records_count_that_were_erased_since_the_candidate_was_built_that_revised_their_year(city):
    """Two before the candidate that was published; three and one after. `done` repeats what `begun` says."""
    built(city, "2024-25/1.1", "2026-01-05T09:00:00+00:00")
    built(city, "2024-25/1.2", "2026-01-20T09:00:00+00:00")
    built(city, "2024-25/2.1", "2026-02-20T09:00:00+00:00")
    erasures(
        city,
        ("2026-01-10T09:00:00+00:00", "begun", [["10", "2024/25", "ilr", 2]]),
        ("2026-02-01T09:00:00+00:00", "begun", [["10", "2024/25", "ilr", 3], ["10", "2023/24", "ilr", 4]]),
        ("2026-02-01T09:00:05+00:00", "done", [["10", "2024/25", "ilr", 3], ["10", "2023/24", "ilr", 4]]),
        ("2026-03-01T09:00:00+00:00", "begun", [["11", "2024/25", "school_census", 1]]),
    )
    assert erased_of(city, "2024/25", REVISED_IN_FIRST) == 4
    revised_in_second = {"years": {"2023/24": {"revised_in": "2024-25/2"}}}
    assert erased_of(city, "2023/24", revised_in_second) == 0


@pytest.mark.parametrize("manifest", [{}, {"years": {}}, REVISED_IN_FIRST])
def test_all_count_where_nobody_knows_when_the_year_was_revised(city, manifest):
    """Earlier versions do not say; of a release that was found, nobody wrote down when it was built."""
    city.shelf.record.add(Entry(Step.PUBLISHED, str(FIRST), FOUND, "2026-06-01T09:00:00+00:00"))
    erasures(city, ("2026-01-10T09:00:00+00:00", "begun", [["10", "2024/25", "ilr", 2]]))
    assert erased_of(city, "2024/25", manifest) == 2


def test_nobody_was_erased_where_there_is_no_log(city):
    built(city, "2024-25/1.1", "2026-01-05T09:00:00+00:00")
    assert erased_of(city, "2024/25", REVISED_IN_FIRST) == 0


def release_of_an_earlier_version(city):
    """Publish counts as an earlier version did: its manifest names no ledger."""
    files = files_of(protected(pl.DataFrame(THEN, schema=TYPES)), LINKAGE, CATALOGUE, FACTS)
    manifest = json.loads(files[MANIFEST])
    del manifest["ledger"]
    folder = city.shelf.releases / "2024-25/1"
    write_folder(folder, files | {MANIFEST: json.dumps(manifest).encode()})
    city.shelf.settle()
    return Release(folder)


def the_one_ledger(city, **published):
    """Seal the ledger of an earlier version: of two counts, as what they were published."""
    rows = [
        ("2024/25", *PEOPLE_AGED_15_TO_64, 1861, 11, 5, published["aged_15_to_64"], True, None),
        ("2024/25", *PEOPLE_AGED_65, 3, 12, 5, published["aged_65"], True, None),
    ]
    content = io.BytesIO()
    pl.DataFrame(rows, schema=LEDGER_SCHEMA, orient="row").drop("printed", "estimate").write_parquet(content)
    city.ledgers.vault.write(city.ledgers.folder / "published", content.getvalue())


def counts(ledger: Ledger):
    assert ledger.counts.columns == list(LEDGER_SCHEMA)
    return {tuple(row[1:7]): row[-1] for row in ledger.counts.select(*COUNT, "published").iter_rows()}


def test_a_ledger_that_was_ahead_of_its_release_is_read_with_what_the_release_prints(city):
    """An earlier version wrote it before the release, and could die between: 1,865 was never printed."""
    release_of_an_earlier_version(city)
    the_one_ledger(city, aged_15_to_64=1865, aged_65=0)
    ledger = ledger_of(city, Basis(FIRST, FIRST))
    # THEN has 1,860 people aged 15-64, and 30 of 65 and over.
    assert counts(ledger) == {PEOPLE_AGED_15_TO_64: 1860, PEOPLE_AGED_65: 30}


def test_of_a_count_that_is_printed_as_low_the_ledger_knows_whether_it_was_a_five(city):
    release = release_of_an_earlier_version(city)
    the_one_ledger(city, aged_15_to_64=1860, aged_65=5)
    file = release.folder / f"data/{PARTICIPATION}.csv"
    header, *lines = file.read_text("utf-8").splitlines()
    columns = header.split(",")
    at = {column: columns.index(column) for column in ("AGE", "NUMERATOR", "MARKERS")}
    for number, line in enumerate(lines):
        fields = line.split(",")
        if fields[at["AGE"]] == "65+":
            fields[at["NUMERATOR"]], fields[at["MARKERS"]] = "", "[low]"
            lines[number] = ",".join(fields)
    file.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    ledger = ledger_of(city, Basis(FIRST, FIRST))
    assert counts(ledger)[PEOPLE_AGED_65] == 5


def test_without_its_ledger_a_release_of_an_earlier_version_is_refused(city):
    release_of_an_earlier_version(city)
    with pytest.raises(LedgerError, match="2024-25/1 is not in the vault"):
        ledger_of(city, Basis(FIRST, FIRST))


# The release that came from the same

SETTINGS = [{"file": "city.toml", "sha256": "0"}]
DECIDED = {"file": "decisions.toml", "of": "entries on returns of these years", "sha256": "1"}


def origin(content="0", **more):
    return {
        "code_version": "c", "rule_set": "r", "key_id": "k", "reference": [], "settings": SETTINGS,
        "inputs": [
            {"collection": "ilr", "provider": "1", "academic_year": "2024/25", "files": {"a": content}},
        ],
    } | more  # fmt: skip


def published(city, *origins, years=("2024/25",), base=5):
    """Publish a release of each origin; return their names."""
    names = []
    for number, said in enumerate(origins, start=1):
        described = {**said, "rounding_base": base, "years": {year: {} for year in years}, "n": number}
        write_folder(city.shelf.releases / f"2024-25/{number}", {MANIFEST: json.dumps(described).encode()})
        names.append(Name("2024-25", number))
    city.shelf.settle()
    return names


def test_after_a_correction_was_taken_back_it_is_the_release_before_the_correction(city):
    first, second = published(city, origin("0"), origin("9"))
    assert Basis.of(city.shelf, origin("0")) == Basis(second, first)
    assert Basis.of(city.shelf, origin("9")) == Basis(second, second)
    assert Basis.of(city.shelf, origin("5")) == Basis(second, second)


def test_before_the_first_there_is_none(city):
    assert Basis.of(city.shelf, origin()) == Basis(None, None)
    assert Basis(None, None).manifest_of_year(city.shelf, "2024/25", 5) == {}


def test_a_decision_that_is_struck_out_alters_people_by_the_returns_alone(city):
    decided = origin(settings=[*SETTINGS, DECIDED])
    first, second = published(city, origin("0"), origin("9"))
    assert Basis.of(city.shelf, decided) == Basis(second, first)


@pytest.mark.parametrize("name", ["code_version", "rule_set", "key_id", "reference", "settings"])
def test_under_other_code_settings_or_lists_it_is_the_last(city, name):
    _, second = published(city, origin("0"), origin("9"))
    assert Basis.of(city.shelf, origin("0", **{name: [{"file": "other"}]})) == Basis(second, second)


def test_a_year_is_compared_with_the_release_that_it_is_repeated_from(city):
    first, second = published(city, origin("0"), origin("9"))
    basis = Basis(second, first)
    assert basis.manifest_of_year(city.shelf, "2024/25", 5)["n"] == 1
    assert Basis(second, second).manifest_of_year(city.shelf, "2024/25", 5)["n"] == 2
    # To another base nothing was published.
    assert basis.manifest_of_year(city.shelf, "2024/25", 10) == {}


def test_years_of_the_ledger_are_those_of_the_release_that_came_from_the_same():
    def ledger(*counts):
        rows = [(year, *PEOPLE_AGED_65, n, 0, 5, n, True, False) for year, n in counts]
        return Ledger(pl.DataFrame(rows, schema=LEDGER_SCHEMA, orient="row"))

    found = joined(ledger(("2024/25", 20), ("2025/26", 30)), ledger(("2024/25", 10)))
    assert dict(found.counts.select("academic_year", "persons").iter_rows()) == {"2024/25": 10, "2025/26": 30}
