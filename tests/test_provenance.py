"""On what a published year may be revised, from manifests alone."""

from pipelines.disclosure.revisions import Grounds
from pipelines.provenance import as_published, grounds

THEN, NOW = "2023/24", "2024/25"


def entry(provider, content="0", year=NOW):
    return {"collection": "ilr", "provider": provider, "academic_year": year, "files": {"a.xml": content}}


BEFORE = {
    "code_version": "c", "rule_set": "r", "key_id": "k", "reference": [{"file": "p.csv", "sha256": "0"}],
    "settings": [{"file": "city.toml", "sha256": "0"}],
    "inputs": [entry("1"), entry("2"), entry("1", year=THEN)],
    "tolerances": [{"provider": "1", "academic_year": THEN, "rule": "R1"}],
}  # fmt: skip


def changed(**more):
    return {**BEFORE, **more}


def on(now, allowed=()):
    return grounds(now, BEFORE, dict.fromkeys((THEN, NOW), BEFORE), allowed)


def test_where_nothing_differs_there_are_none():
    assert on(BEFORE) == Grounds(inputs=set())


def test_what_is_said_of_all_years_is_public():
    for name in ("code_version", "rule_set", "key_id", "reference", "settings"):
        assert on(changed(**{name: "other"})).public, name
    assert not on(changed(tolerances=[])).public


def test_a_return_that_came_changed_or_went_is_one_of_its_year():
    for inputs in (
        [*BEFORE["inputs"], entry("3")],
        [entry("1", "9"), *BEFORE["inputs"][1:]],
        BEFORE["inputs"][1:],
    ):
        assert on(changed(inputs=inputs)) == Grounds(inputs={NOW})
    assert on(changed(inputs=BEFORE["inputs"][:2])) == Grounds(inputs={THEN})


def test_what_a_person_allowed_is_handed_on():
    assert on(BEFORE, [THEN]).allowed == [THEN]


def test_a_repeated_year_has_the_returns_and_tolerances_of_then():
    """The correction of 2024/25 waits: the manifest lists what its figures were made of."""
    corrected = [entry("1", "9"), entry("1", "9", THEN)]
    now = changed(inputs=corrected, tolerances=[{"provider": "1", "academic_year": NOW, "rule": "R2"}])
    of_years = dict.fromkeys((THEN, NOW), BEFORE)
    said = as_published(now, of_years, [NOW])
    assert said["inputs"] == [entry("1", "9", THEN), entry("1"), entry("2")]
    assert said["tolerances"] == []
    assert as_published(now, of_years, [THEN, NOW])["inputs"] == sorted(
        BEFORE["inputs"], key=lambda e: e["academic_year"]
    )
    assert as_published(now, {}, [])["inputs"] == sorted(corrected, key=lambda e: e["academic_year"])


def test_a_year_that_the_last_release_has_not_is_held_to_the_one_that_has():
    """A release of 2023/24 came between: the returns of 2024/25 are those of the release before it."""
    last = changed(inputs=BEFORE["inputs"][2:])
    of_years = {THEN: last, NOW: BEFORE}
    assert grounds(BEFORE, last, of_years) == Grounds(inputs=set())
    assert as_published(BEFORE, of_years, [THEN, NOW])["inputs"] == sorted(
        BEFORE["inputs"], key=lambda e: e["academic_year"]
    )
