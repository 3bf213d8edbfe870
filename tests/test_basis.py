"""On what the next release is built: earlier ones, their ledgers, and who was erased since."""

import io
import json
from types import SimpleNamespace

import polars as pl
import pytest

from pipelines.auditor.releases import Release
from pipelines.basis import Published, erased_of
from pipelines.disclosure.ledger import COUNT, LEDGER_SCHEMA
from pipelines.disclosure.shapes import Shape
from pipelines.identity.erasures import LOG
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
    vault = Vault.throwaway(tmp_path / "vault")
    return SimpleNamespace(
        shelf=Shelf(tmp_path),
        vault=vault,
        ledgers=Ledgers(vault, b"k" * 32),
    )


def built(city, candidate, at):
    city.shelf.record.add(Entry(Step.BUILT, candidate, "", at, manifest="0" * 64))


def erasures(city, *lines):
    entries = [{"at": at, "what": what, "records": records} for at, what, records in lines]
    city.vault.add_lines(LOG, [json.dumps(entry) for entry in entries])


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
        ("2026-03-02T09:00:00+00:00", "begun", [["10", "2024/25", "ilr", 1], ["12", "2024/25", "ilr", 2]]),
    )
    assert erased_of(city, "2024/25", REVISED_IN_FIRST) == 7
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
    ledger = Published(city, 5).ledger(FIRST)
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
    ledger = Published(city, 5).ledger(FIRST)
    assert counts(ledger)[PEOPLE_AGED_65] == 5


def test_without_its_ledger_a_release_of_an_earlier_version_is_refused(city):
    release_of_an_earlier_version(city)
    with pytest.raises(LedgerError, match="2024-25/1 is not in the vault"):
        Published(city, 5).ledger(FIRST)


# The state that a year is compared with

SHAPES = {PARTICIPATION: Shape(None)}
Y23, Y24 = "2023/24", "2024/25"


def exact(people):
    """Return counts of residents aged 15 to 64: academic year → how many."""
    rows = [(year, *PEOPLE_AGED_15_TO_64, n, 0, False) for year, n in people.items()]
    return pl.DataFrame(rows, schema=[*COUNT, "persons", "key", "estimate"], orient="row")


def publish(city, number, people, revised_in, base=5):
    """Publish a release of these people; say in which release each year was revised."""
    ledger = exact(people).with_columns(
        draw=pl.lit(0, pl.Int64), base=pl.lit(base, pl.Int64), published="persons", printed=pl.lit(value=True)
    )
    digest = city.ledgers.keep(Ledger(ledger.select(list(LEDGER_SCHEMA))))
    years = {year: {"revised_in": f"2024-25/{first}"} for year, first in revised_in.items()}
    described = {"rounding_base": base, "years": years, "ledger": digest, "files": {}}
    write_folder(city.shelf.releases / f"2024-25/{number}", {MANIFEST: json.dumps(described).encode()})
    city.shelf.settle()


def states(city, people, allowed=(), base=5):
    """Return the number of the release with which each year of these people is compared."""
    basis = Published(city, base).basis(exact(people), SHAPES, 10, allowed)
    return {year: name.number for year, name in basis.years.items()}


@pytest.fixture
def three(city):
    """Of 2024/25 there were 100 people, then 126, then 152; of 2023/24 always 50."""
    publish(city, 1, {Y24: 100, Y23: 50}, {Y24: 1, Y23: 1})
    publish(city, 2, {Y24: 126, Y23: 50}, {Y24: 2, Y23: 1})
    publish(city, 3, {Y24: 152, Y23: 50}, {Y24: 3, Y23: 1})
    return city


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (152, 3), (151, 3), (143, 3),  # As the last one, or but for fewer than ten.
        (100, 1), (101, 1), (91, 1), (127, 2),  # The same of an earlier one: twenty-six and more left since.
        (119, 2), (109, 1), (90, 3), (140, 3), (300, 3),  # Ten or more from every one: it is revised.
        (142, 3), (116, 3), (136, 3),
    ],
)  # fmt: skip
def test_a_year_is_compared_with_an_earlier_state_if_it_is_that_but_for_a_few(three, now, state):
    assert states(three, {Y24: now, Y23: 50}) == {Y24: state, Y23: 3}


def test_of_two_states_that_are_near_it_is_the_nearer(three):
    """106 is six from 100 and seven from 113; 107 the other way round."""
    publish(three, 4, {Y24: 113, Y23: 50}, {Y24: 4, Y23: 1})
    publish(three, 5, {Y24: 200, Y23: 50}, {Y24: 5, Y23: 1})
    assert states(three, {Y24: 106}) == {Y24: 1}
    assert states(three, {Y24: 107}) == {Y24: 4}


def test_years_are_compared_each_for_itself(three):
    """A correction of 2024/25 is taken back while one person of 2023/24 waits."""
    assert states(three, {Y24: 100, Y23: 49}) == {Y24: 1, Y23: 3}


def test_a_year_that_a_person_allowed_to_revise_is_compared_with_the_last(three):
    assert states(three, {Y24: 101}, allowed=[Y24]) == {Y24: 3}


def test_what_was_published_to_another_base_says_nothing(three):
    publish(three, 4, {Y24: 152, Y23: 50}, {Y24: 4, Y23: 4}, base=10)
    assert states(three, {Y24: 152}, base=10) == {Y24: 4}
    assert states(three, {Y24: 126}) == {Y24: 2}


def test_before_the_first_there_is_nothing_to_compare_with(city):
    basis = Published(city, 5).basis(exact({Y24: 100}), SHAPES, 10, ())
    assert (basis.last, basis.years) == (None, {})
    assert basis.manifest_of_year(city.shelf, Y24) == {}
    assert Published(city, 5).joined(basis).counts.is_empty()


def test_the_ledger_has_each_year_as_the_state_that_it_is_compared_with(three):
    earlier = Published(three, 5)
    basis = earlier.basis(exact({Y24: 100, Y23: 50}), SHAPES, 10, ())
    found = earlier.joined(basis).counts
    assert dict(found.select("academic_year", "persons").iter_rows()) == {Y24: 100, Y23: 50}
    assert basis.last.number == 3
    assert basis.manifest_of_year(three.shelf, Y24)["years"][Y24]["revised_in"] == "2024-25/1"
