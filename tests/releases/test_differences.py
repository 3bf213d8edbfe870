"""What differs between two releases that lie on disk, figure by figure, with the reason of each."""

import csv
import io
import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from pipelines.disclosure.counts import shapes_of
from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.method import described
from pipelines.publication.facts import ReleaseFacts, YearFacts
from pipelines.publication.release import files_of
from pipelines.releases.differences import Change, as_csv, changed_returns, differences
from pipelines.releases.folders import write_folder
from pipelines.releases.reasons import Reason
from tests.conftest import CATALOGUE, POLICY, protected
from tests.publication.conftest import CODES, LINKAGE, NEVER, TYPES, observation

PARTICIPATION = "4_3_1_participation"
COURSES = {"numerator_basis": "resident", "denominator_basis": "resident", "denominator_key": NEVER}


def entry(provider, content="0", year="2024/25", collection="ilr"):
    name = {"academic_year": year, "collection": collection, "provider": provider}
    return {**name, "files": {"file": content}}


def reference(content="0"):
    return [{"file": "population.csv", "title": "P", "publisher": "ONS", "licence": "OGL", "vintage": "2024",
             "sha256": content}]  # fmt: skip


FACTS = ReleaseFacts(
    city="Manchester",
    area_code="E08000003",
    academic_year="2024/25",
    data_as_at=date(2025, 10, 16),
    synthetic=True,
    publisher="A publisher",
    contact="someone",
    rounding_base=5,
    providers={"2024/25": ["A College", "B <b>Library</b>"]},
    inputs=[entry("10"), entry("10", year="2023/24")],
    sources=reference(),
    code_version="c" * 64,
    rule_set="r" * 16,
    key_id="0123abcd",
    codes=CODES,
    method=described(shapes_of(CATALOGUE, POLICY), CATALOGUE, POLICY),
    definitions={PARTICIPATION: "d1", "local_learners": "d2", "4_5_1_parity": "d3"},
    ledger="1" * 64,
    years={"2024/25": YearFacts("2024-25/1", "2025-10-16")},
)
LATER = replace(
    FACTS,
    inputs=[*FACTS.inputs, entry("11", collection="community_learning")],
    sources=reference("1"),
)
"""A return more, and another population."""

WOMEN = observation(PARTICIPATION, 1050, 5000, age="15-64", sex="F")
THEN = [
    observation(PARTICIPATION, 1860, 10000, age="15-64"),
    WOMEN,
    observation(PARTICIPATION, 810, 5000, age="15-64", sex="M"),
    observation(PARTICIPATION, 30, 1000, age="65+"),
    observation("4_2_2_before_primary", 980, 1000, age="4"),
    observation("local_setting_theme", 1475, None),
    observation("local_learners", 2000, None),
    observation("local_learners", 1900, None, place="city"),
]
NOW = [
    observation(PARTICIPATION, 1960, 10000, age="15-64"),
    WOMEN,
    observation(PARTICIPATION, 910, 5000, age="15-64", sex="M"),
    # Fewer residents than a rate is published of.
    observation(PARTICIPATION, 30, 90, age="65+"),
    # More than all.
    observation("4_2_2_before_primary", 1020, 1000, age="4"),
    observation("local_learners", 2000, None),
    observation("local_learners", 1900, None, place="city"),
    observation("local_learners", 250, None, place="elsewhere"),
]
LATE = (Reason.LATE_RETURN, "11, community learning, 2024/25")
OF_PARITY = f"age 15-64, of {PARTICIPATION}, compared F/M"
EXPECTED = [
    Change("local_setting_theme", "2024/25", "all", "1475", "", -1475, *LATE),
    Change("local_learners", "2024/25", "place elsewhere", "", "250", 250, *LATE),
    # 1,860, then 1,960 of 10,000; 810, then 910 of 5,000.
    Change(PARTICIPATION, "2024/25", "age 15-64", "18.6", "19.6", 100, *LATE),
    Change(PARTICIPATION, "2024/25", "age 15-64, sex M", "16.2", "18.2", 100, *LATE),
    Change("4_2_2_before_primary", "2024/25", "age 4", "98.0", "102.0 [u]", 40, *LATE),
    Change(PARTICIPATION, "2024/25", "age 65+", "3.0", "[x]", 0, Reason.POPULATION, "population.csv"),
    # 2 - 810 / 1050, then 2 - 910 / 1050.
    Change("4_5_1_parity", "2024/25", OF_PARITY, "1.23", "1.13", None, *LATE),
    # 21.0 - 16.2, then 21.0 - 18.2.
    Change("local_gap", "2024/25", OF_PARITY, "4.8", "2.8", None, *LATE),
]
"""By people, however it fell or rose; of as many, by indicator, year and place."""


@pytest.fixture
def released(tmp_path):
    """Write a release of observations; return its folder."""

    def write(name, rows, facts=FACTS, linkage=LINKAGE, coverage=None):
        published = protected(pl.DataFrame(rows, schema=TYPES), coverage)
        folder = tmp_path / name
        write_folder(folder, files_of(published, linkage, CATALOGUE, facts))
        return folder

    return write


def described_as(folder, change):
    """Change the manifest of a release."""
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    change(manifest)
    file.write_text(json.dumps(manifest), "utf-8")


def found(changes):
    """Return indicator, place and reason of each change."""
    return [(change.indicator, change.place, change.reason) for change in changes]


def test_each_figure_that_differs_is_listed_with_its_reason_and_the_largest_change_first(released):
    assert differences(released("a", THEN), released("b", NOW, LATER)) == EXPECTED


def test_backwards_the_return_is_withdrawn_and_people_leave(released):
    changes = differences(released("b", NOW, LATER), released("a", THEN))
    assert [(c.indicator, c.place, c.before, c.after) for c in changes] == [
        (c.indicator, c.place, c.after, c.before) for c in EXPECTED
    ]
    assert [c.people for c in changes] == [1475, -250, -100, -100, -40, 0, None, None]
    assert [c.reason for c in changes] == [
        *(Reason.WITHDRAWAL,) * 5, Reason.POPULATION, *(Reason.WITHDRAWAL,) * 2,
    ]  # fmt: skip


def test_a_release_does_not_differ_from_itself(released):
    folder = released("a", THEN)
    assert differences(folder, folder) == []


def test_nor_from_one_of_which_the_manifest_alone_is_another(released):
    assert differences(released("a", THEN), released("b", THEN, LATER), {"2024/25"}) == []


def test_a_release_of_manifest_version_1_can_be_compared(released):
    """It tells neither definitions nor years nor a ledger."""
    first = released("a", THEN)

    def as_version_1(manifest):
        manifest["manifest_version"] = 1
        for name in ("years", "definitions", "ledger"):
            del manifest[name]

    described_as(first, as_version_1)
    later = released("b", NOW, LATER)
    assert differences(first, later) == EXPECTED
    assert {change.reason for change in differences(later, first)} == {Reason.WITHDRAWAL, Reason.POPULATION}


def test_a_release_whose_files_lack_a_column_has_the_same_figures(released):
    """Nothing was broken down by tenths of deprivation then."""
    first, second = released("a", THEN), released("b", THEN)
    for file in (first / "data").glob("*.csv"):
        rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
        names = [name for name in rows[0] if name != "DECILE"]
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    assert "DECILE" not in (first / "data" / "local_learners.csv").read_text("utf-8")
    assert differences(first, second) == []


def test_the_new_markers_of_a_figure_are_those_that_it_did_not_have():
    def markers(before, after):
        return Change("i", "2024/25", "all", before, after, 0, Reason.CODE).new_markers

    assert [change.new_markers for change in EXPECTED] == [[], [], [], [], ["[u]"], ["[x]"], [], []]
    assert markers("12.0 [u]", "12.0 [u] [e]") == ["[e]"]
    assert markers("[x]", "12.0") == []
    assert markers("12.0 [p]", "11.0 [p]") == []


def test_as_csv_parses_back():
    rows = list(csv.DictReader(io.StringIO(as_csv(EXPECTED))))
    assert rows[0] == {
        "indicator": "local_setting_theme",
        "academic_year": "2024/25",
        "place": "all",
        "before": "1475",
        "after": "",
        "people": "-1475",
        "reason": "late return",
        "returns": "11, community learning, 2024/25",
    }
    assert [
        Change(**row | {"people": int(row["people"]) if row["people"] else None}
               | {"reason": Reason(row["reason"])})
        for row in rows
    ] == EXPECTED  # fmt: skip
    assert as_csv([]) == "indicator,academic_year,place,before,after,people,reason,returns\n"


def test_comparisons_of_another_population_differ_for_it_and_not_for_returns_of_the_year(released):
    """Of men there are 4,500 and no longer 5,000: 18.0 and no longer 16.2 of a hundred, in 9,500 people."""
    now = [
        observation(PARTICIPATION, 1860, 9500, age="15-64"),
        WOMEN,
        observation(PARTICIPATION, 810, 4500, age="15-64", sex="M"),
        *THEN[3:],
    ]
    of_population = (Reason.POPULATION, "population.csv")
    assert differences(released("a", THEN), released("b", now, LATER)) == [
        Change(PARTICIPATION, "2024/25", "age 15-64", "18.6", "19.6", 0, *of_population),
        Change(PARTICIPATION, "2024/25", "age 15-64, sex M", "16.2", "18.0", 0, *of_population),
        # 2 - 18 / 21.
        Change("4_5_1_parity", "2024/25", OF_PARITY, "1.23", "1.14", None, *of_population),
        Change("local_gap", "2024/25", OF_PARITY, "4.8", "3.0", None, *of_population),
    ]


def test_a_count_below_the_line_is_a_count_and_no_population(released):
    """4,000 courses of 5,000, then of 5,200, were not left."""
    then, now = ([observation("local_retention", 4000, of, **COURSES)] for of in (5000, 5200))
    assert differences(released("a", then), released("b", now, LATER)) == [
        Change("local_retention", "2024/25", "all", "80.0", "76.9", 0, *LATE)
    ]


def test_a_withheld_row_that_is_new_differs_for_returns_and_not_for_its_population(released):
    """Its count is blank, and so is that of a row which is not there."""
    now = [*THEN, observation(PARTICIPATION, 0, 90, age="25-64", deprivation="Q5")]
    changes = differences(released("a", THEN), released("b", now, LATER))
    assert (PARTICIPATION, "age 25-64, deprivation Q5", Reason.LATE_RETURN) in found(changes)


def complete(share):
    """Return how complete all returns of the year are."""
    formats = {"_T", *CATALOGUE["local_learners"].collections}
    return Coverage({("2024/25", each): share for each in formats})


def test_a_marker_that_goes_with_a_return_differs_for_it(released):
    """Returns of 95 in a hundred of last year's learners had come, now all."""
    rows = [observation("local_learners", 2000, None)]
    folders = released("a", rows, coverage=complete(0.95)), released("b", rows, LATER, coverage=complete(1))
    (change,) = differences(*folders)
    assert change == Change("local_learners", "2024/25", "all", "2000 [p]", "2000", 0, *LATE)
    (back,) = differences(*reversed(folders))
    assert (back.after, back.new_markers, back.reason) == ("2000 [p]", ["[p]"], Reason.WITHDRAWAL)


def test_a_count_that_is_withheld_is_a_count_that_differs(released):
    rows = [observation("local_learners", 2000, None)]
    first, second = released("a", rows, LATER), released("b", rows, coverage=complete(0.7))
    (change,) = differences(first, second)
    assert change == Change(
        "local_learners", "2024/25", "all", "2000", "[x]", -2000, Reason.WITHDRAWAL, LATE[1]
    )
    assert change.new_markers == ["[x]"]


@pytest.mark.parametrize(
    ("indicator", "of_rates", "of_parity"),
    [
        (PARTICIPATION, (Reason.DEFINITION, PARTICIPATION), (Reason.DEFINITION, PARTICIPATION)),
        ("4_5_1_parity", LATE, (Reason.DEFINITION, "4_5_1_parity")),
        ("local_learners", LATE, LATE),
    ],
)
def test_a_comparison_is_defined_by_its_own_text_and_that_of_what_it_compares(
    released, indicator, of_rates, of_parity
):
    later = replace(LATER, definitions=FACTS.definitions | {indicator: "d9"})
    changes = {
        (change.indicator, change.place): (change.reason, change.returns)
        for change in differences(released("a", THEN), released("b", NOW, later))
    }
    assert changes[PARTICIPATION, "age 15-64, sex M"] == of_rates
    assert changes["4_5_1_parity", OF_PARITY] == of_parity


def test_years_without_returns_of_their_own_differ_for_those_of_other_years(released):
    """Who knows of erasures in both years is given them as the reason in that without returns alone."""
    then, now = (
        [
            observation("local_learners", count, None, year, numerator_low=count, numerator_high=count)
            for year in ("2023/24", "2024/25")
        ]
        for count in (2000, 1985)
    )
    folders = released("a", then), released("b", now, LATER)
    of_others = "of other years: 11, community learning, 2024/25"
    before = Change("local_learners", "2023/24", "all", "2000", "1985", -15, Reason.LATE_RETURN, of_others)
    of_year = Change("local_learners", "2024/25", "all", "2000", "1985", -15, *LATE)
    assert differences(*folders) == [before, of_year]
    assert differences(*folders, {"2023/24", "2024/25"}) == [
        replace(before, reason=Reason.ERASURE, returns=""),
        of_year,
    ]


def test_categories_that_are_put_together_otherwise_are_told_from_changes_of_people(released):
    """Twenty of the thirty others learn with a kind of provider that is shown now."""

    def by_sector(**people):
        return [
            observation(
                "local_learners", number, None, sector=name, numerator_low=number, numerator_high=number
            )
            for name, number in people.items()
        ]

    then, now = by_sector(college=30, _O=30), by_sector(college=35, adult=20, _O=10)
    changes = differences(released("a", then), released("b", now, LATER))
    regrouped = (Reason.DEFINITION, "categories are put together otherwise")
    assert [(c.place, c.people, c.reason, c.returns) for c in changes] == [
        ("sector _O", -20, *regrouped), ("sector adult", 20, *regrouped), ("sector college", 5, *LATE),
    ]  # fmt: skip
    # Where the others are of the same categories, the change is of people.
    more = differences(released("c", then), released("d", by_sector(college=30, _O=40), LATER))
    assert [(c.place, c.reason) for c in more] == [("sector _O", Reason.LATE_RETURN)]


def test_how_people_were_recognised_is_part_of_what_differs(released):
    more = LINKAGE.with_columns(
        pl.when((pl.col("provider_id") == "11") & (pl.col("linked_by") == "_T")).then(90).otherwise("persons")
        .cast(pl.Int64).alias("persons")
    )  # fmt: skip
    changes = differences(released("a", THEN), released("b", THEN, LATER, linkage=more))
    assert [(c.indicator, c.place, c.before, c.after, c.people, c.reason) for c in changes] == [
        ("linkage", "provider 11", "95", "90", -5, Reason.LATE_RETURN),
    ]  # fmt: skip


def test_returns_that_differ_are_listed_the_one_with_most_learners_first(released):
    causes = changed_returns(released("a", THEN), released("b", NOW, LATER))
    assert [(str(cause), cause.reason) for cause in causes] == [(LATE[1], Reason.LATE_RETURN)]


@pytest.mark.parametrize(
    ("of_college", "of_library", "reason", "first"),
    [
        (1100, 200, Reason.LATE_RETURN, "11, ilr, 2024/25; 10, ilr, 2024/25"),
        (900, 200, Reason.CORRECTION, "10, ilr, 2024/25; 11, ilr, 2024/25"),
    ],
)
def test_of_several_returns_that_of_the_provider_with_the_largest_change_comes_first(
    released, of_college, of_library, reason, first
):
    """The page on linkage gives 1,100 learners of the college before, and 95 of the library."""
    persons = (
        pl.when((pl.col("provider_id") == "10") & (pl.col("linked_by") == "_T")).then(of_college)
        .when((pl.col("provider_id") == "11") & (pl.col("linked_by") == "_T")).then(of_library)
        .otherwise("persons")
    )  # fmt: skip
    later = replace(FACTS, inputs=[entry("10", "1"), entry("10", year="2023/24"), entry("11")])
    then, now = ([observation("local_learners", count, None)] for count in (2000, 2050))
    second = released("b", now, later, LINKAGE.with_columns(persons=persons))
    changes = differences(released("a", then), second)
    assert [change for change in changes if change.indicator != "linkage"] == [
        Change("local_learners", "2024/25", "all", "2000", "2050", 50, reason, first)
    ]
