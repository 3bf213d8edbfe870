"""Why a figure differs: each reason by its smallest cause, and which one where two meet."""

import pytest

from pipelines.releases.reasons import Origins, Reason

YEAR, BEFORE = "2024/25", "2023/24"
POLICY, CITY, MODEL = "disclosure_policy.toml", "city.toml", "linkage_model.json"


def entry(provider="10", year=YEAR, collection="ilr", content="0", **more):
    """Return what a manifest says of a return."""
    name = {"academic_year": year, "collection": collection, "provider": provider}
    return {**name, **more, "files": {f"{provider}.xml": content}}


A = {
    "code_version": "c1",
    "key_id": "k1",
    "rounding_base": 5,
    "definitions": {"learners": "d1", "rate": "d2", "gap": "d3"},
    "inputs": [entry(), entry(year=BEFORE)],
    "years": {BEFORE: {}},
    "reference": [{"file": name, "sha256": "0"} for name in ("population.csv", "theme.csv")],
    "settings": [{"file": name, "sha256": "0"} for name in (POLICY, CITY, MODEL)],
}
"""The manifest of the release before: a return of each of two years."""


def another(name, *files):
    """Return what a manifest lists under a name, with other content of some files."""
    return {name: [{**e, "sha256": "1"} if e["file"] in files else e for e in A[name]]}


def inputs(*more, without=()):
    """Return the returns of a manifest: those of the one before but some, and more."""
    return {"inputs": [*(e for n, e in enumerate(A["inputs"]) if n not in without), *more]}


LATE = inputs(entry("11"))
CORRECTED = inputs(entry(content="1"), without=[0])
WITHDRAWN = inputs(without=[0])
OF_THE_YEAR_BEFORE = inputs(entry("11", BEFORE))
DEFINED = {"definitions": A["definitions"] | {"learners": "d9"}}
RULES, PROFILE, WEIGHTS = (another("settings", file) for file in (POLICY, CITY, MODEL))
SETTINGS = another("settings", POLICY, CITY, MODEL)
PEOPLE, LISTS = another("reference", "population.csv"), another("reference", "theme.csv")
CODE = {"code_version": "c2"}
FIRST_TIME = {"years": {BEFORE: {}, YEAR: {}}}
ALL_BUT_DEFINED = CORRECTED | SETTINGS | PEOPLE | CODE


def why(changed, *indicators, before=A, counts=True, public=False, learners=None, erased=(), regrouped=False):
    """Return reason and what else is known, where a manifest says the same as that before but for some."""
    origins = Origins(before, A | changed, learners or {}, erased)
    of = indicators or ("learners",)
    return origins.of(of, YEAR, counts_differ=counts, public_differs=public, regrouped=regrouped)


ALONE = [
    (FIRST_TIME, {}, "new academic year", ""),
    ({"rounding_base": 10}, {}, "policy", "every count is drawn anew"),
    ({"key_id": "k2"}, {}, "policy", "every count is drawn anew"),
    (RULES, {"counts": False}, "policy", ""),
    (RULES, {}, "policy", ""),
    (PROFILE, {"counts": False}, "policy", "city.toml"),
    (DEFINED, {}, "definition", "learners"),
    (LISTS, {}, "definition", "theme.csv"),
    (LISTS, {"counts": False}, "definition", "theme.csv"),
    (PEOPLE, {"counts": False, "public": True}, "population", "population.csv"),
    (LATE, {}, "late return", "11, ilr, 2024/25"),
    (CORRECTED, {}, "correction", "10, ilr, 2024/25"),
    (WITHDRAWN, {}, "withdrawal", "10, ilr, 2024/25"),
    (LATE, {"counts": False}, "late return", "11, ilr, 2024/25"),
    (OF_THE_YEAR_BEFORE, {"counts": False}, "late return", "11, ilr, 2023/24"),
    ({}, {"erased": {YEAR}}, "erasure together with others", ""),
    (OF_THE_YEAR_BEFORE, {}, "late return", "of other years: 11, ilr, 2023/24"),
    (WEIGHTS, {}, "linkage", "linkage_model.json"),
    (PROFILE, {}, "linkage", "city.toml"),
    (CODE, {}, "code", ""),
    (CODE, {"counts": False}, "code", ""),
    ({}, {}, "not explained", ""),
    ({}, {"counts": False}, "not explained", ""),
    # Without the least difference of counts, an erasure and the weights of the linkage explain nothing.
    ({}, {"counts": False, "erased": {YEAR}}, "not explained", ""),
    (WEIGHTS, {"counts": False}, "not explained", ""),
]
"""What changed, what is given, and what comes of it: reason, and what else is known."""


@pytest.mark.parametrize(("changed", "given", "reason", "returns"), ALONE)
def test_each_cause_alone_has_its_reason(changed, given, reason, returns):
    assert why(changed, **given) == (reason, returns)


@pytest.mark.parametrize("other", [{"rounding_base": 10}, {"key_id": "k2"}])
@pytest.mark.parametrize("given", [{}, {"counts": False}, {"counts": False, "public": True}])
def test_another_drawing_of_all_counts_comes_before_everything(other, given):
    changed = ALL_BUT_DEFINED | DEFINED | other
    assert why(changed, **given, erased={YEAR}) == ("policy", "every count is drawn anew")


@pytest.mark.parametrize("given", [{}, {"counts": False}, {"counts": False, "public": True}])
def test_a_changed_definition_comes_before_all_others(given):
    assert why(ALL_BUT_DEFINED | DEFINED, **given, erased={YEAR}) == ("definition", "learners")


def test_another_group_of_people_under_the_same_heading_is_another_definition():
    assert why(LATE, regrouped=True) == ("definition", "categories are put together otherwise")
    assert why(LATE, regrouped=True, counts=False) == ("late return", "11, ilr, 2024/25")


def test_the_definition_of_another_indicator_explains_nothing():
    assert why(DEFINED, "rate") == ("not explained", "")


@pytest.mark.parametrize("redefined", ["rate", "gap"])
def test_a_comparison_is_defined_by_itself_and_by_what_it_compares(redefined):
    changed = LATE | {"definitions": A["definitions"] | {redefined: "d9"}}
    assert why(changed, "gap", "rate") == ("definition", redefined)


def test_an_indicator_that_is_new_is_defined_anew():
    changed = {"definitions": A["definitions"] | {"new": "d1"}}
    assert why(changed, "new") == ("definition", "new")


def test_a_release_without_definitions_says_nothing_of_them():
    """Manifests of version 1 have none, be they of the release before or of that after."""
    without = {name: value for name, value in A.items() if name != "definitions"}
    assert why(LATE, before=without) == ("late return", "11, ilr, 2024/25")
    assert Origins(A, without, {}).of(("learners",), YEAR, counts_differ=True, public_differs=False) == (
        Reason.UNEXPLAINED,
        "",
    )


def test_a_changed_population_explains_figures_whose_counts_did_not_change_and_no_others():
    everything = ALL_BUT_DEFINED
    assert why(everything, counts=False, public=True) == ("population", "population.csv")
    assert why(everything, counts=True, public=True) == ("correction", "10, ilr, 2024/25")
    assert why(PEOPLE, counts=True, public=True) == ("definition", "population.csv")


def test_a_changed_policy_comes_before_returns_only_where_counts_did_not_change():
    assert why(LATE | RULES | CODE, counts=False) == ("policy", "")
    assert why(LATE | RULES | CODE) == ("late return", "11, ilr, 2024/25")
    # Returns arrive with every release; without any of this year, it is the policy that blanked counts.
    assert why(OF_THE_YEAR_BEFORE | SETTINGS | LISTS | CODE) == ("policy", "")


def test_markers_follow_the_returns_of_the_figures_own_year_first():
    """More learners came late to the year before; what is said of this year follows its own return."""
    changed = CODE | inputs(entry("11", BEFORE), entry("12"))
    learners = {(BEFORE, "11"): 900, (YEAR, "12"): 20}
    assert why(changed, counts=False, learners=learners) == ("late return", "12, ilr, 2024/25")
    assert why(CODE | OF_THE_YEAR_BEFORE, counts=False, learners=learners) == ("code", "")


@pytest.mark.parametrize(
    ("most", "reason", "order"),
    [
        ("11", "late return", ["11", "10", "9"]),
        ("10", "correction", ["10", "11", "9"]),
        ("9", "withdrawal", ["9", "11", "10"]),
    ],
)
def test_of_several_returns_the_one_with_most_learners_gives_the_reason(most, reason, order):
    before = A | inputs(entry("9"))
    changed = inputs(entry(content="1"), entry("11"), without=[0])
    learners = {(YEAR, "11"): 30, (YEAR, "10"): 20, (YEAR, "9"): 10, (BEFORE, "10"): 5000} | {
        (YEAR, most): 900
    }
    returns = "; ".join(f"{provider}, ilr, 2024/25" for provider in order)
    assert why(changed, before=before, learners=learners) == (reason, returns)


def test_of_returns_with_as_many_learners_the_order_is_that_of_their_names():
    changed = inputs(entry("12"), entry("11", collection="community_learning"))
    assert why(changed) == (
        "late return",
        "11, community learning, 2024/25; 12, ilr, 2024/25",
    )


def test_returns_of_one_sender_about_parts_of_a_year_are_told_apart():
    terms = [entry("352", collection="school_census", part=term) for term in ("autumn", "spring")]
    assert why(inputs(*terms)) == (
        "late return",
        "352, school census autumn, 2024/25; 352, school census spring, 2024/25",
    )


def test_returns_are_told_apart_by_the_hashes_of_their_files_alone():
    """Another word about a return, or about a list, is no other return and no other list."""
    said = {
        "inputs": [{**e, "note": "more"} for e in A["inputs"]],
        "reference": [{**e, "licence": "OGL"} for e in A["reference"]],
    }
    assert why(said) == ("not explained", "")
    short = {"academic_year": YEAR, "collection": "ilr", "provider": "10"}
    assert why(
        {"inputs": [{**short, "sha256": "1"}]},
        before=A | {"inputs": [{**short, "sha256": "0"}]},
    ) == ("correction", "10, ilr, 2024/25")


def test_an_erasure_explains_only_years_without_other_returns():
    assert why(LATE, erased={YEAR}) == ("late return", "11, ilr, 2024/25")
    everything_else = OF_THE_YEAR_BEFORE | SETTINGS | LISTS | CODE
    assert why(everything_else, erased={YEAR}) == ("erasure together with others", "")
    assert why(OF_THE_YEAR_BEFORE, erased={BEFORE}) == (
        "late return",
        "of other years: 11, ilr, 2023/24",
    )


@pytest.mark.parametrize(
    ("changed", "reason", "returns"),
    [
        (OF_THE_YEAR_BEFORE | WEIGHTS | LISTS | CODE, "late return", "of other years: 11, ilr, 2023/24"),
        (another("settings", CITY, MODEL) | LISTS | CODE, "linkage", "city.toml; linkage_model.json"),
        (LISTS | CODE, "definition", "theme.csv"),
    ],
)
def test_among_causes_that_are_not_of_the_year_the_nearest_to_people_comes_first(changed, reason, returns):
    assert why(changed) == (reason, returns)


def test_a_file_that_is_new_or_gone_has_changed():
    assert why({"settings": A["settings"][:2]}) == ("linkage", "linkage_model.json")
    more = {"reference": [*A["reference"], {"file": "ward.csv", "sha256": "0"}]}
    assert why(more) == ("definition", "ward.csv")


def test_every_reason_is_reached_by_its_own_cause():
    assert {reason for _, _, reason, _ in ALONE} == set(Reason)
