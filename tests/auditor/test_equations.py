"""Each kind of relation between counts: printed by somebody who forgot it, the auditor finds it.

Base 5: a printed 0 is 0 to 4, a printed 10 is 6 to 14. Everybody's numbers are worked out by hand.
"""

from types import SimpleNamespace

import pytest

from pipelines.auditor.definitions import Definitions
from pipelines.auditor.releases import Cell, Count, Where
from tests.auditor.test_attack import YEAR, Attacked

AGES = {"_T": None, "15-24": [15, 24], "15-19": [15, 19], "20-24": [20, 24], "16": [16, 16], "17": [17, 17],
        "16-17": [16, 17]}  # fmt: skip
TABLE = {"ages": AGES, "parting": ["deprivation", "decile", "provision"], "covering": ["provision", "level"],
         "counts": "persons"}  # fmt: skip
BANDS = {"15-19": [15, 19], "20-24": [20, 24]}
NESTED = {"decile": {"within": "deprivation", "parents": {"D1": "Q1", "D2": "Q1", "D3": "Q2"}}}
READING = {
    "learning": ["level", "sector", "theme", "setting", "place"],
    "implies": {
        "formal": ["learns"], "nonformal": ["learns"], "workplace": ["learns"], "pupil": ["formal"],
        "tertiary": ["formal"], "level=5": ["tertiary"], "level=6": ["tertiary"],
        "provision=both": ["nonformal"], "provision=nonformal_only": ["nonformal"],
    },
    "same": [["nonformal", "level=NF"]],
    "apart": [["formal", "provision=nonformal_only"], ["nonformal", "provision=formal_only"]],
    "covered": [["tertiary", "level=5", "level=6"]],
    "indicators": {
        "learners": {"above": ["learns"]},
        "also learners": {"above": ["learns"]},
        "formal": {"above": ["formal"]},
        "nonformal": {"above": ["nonformal"]},
        "workplace": {"above": ["workplace"]},
        "tertiary": {"above": ["tertiary"], "ages": "any"},
        "pupils": {"above": ["pupil"], "ages": "grade"},
        "enrolled": {"ages": "any", "bands": [["level=5"], ["level=6"]]},
        "women": {"above": ["learns"], "above_sexes": ["F"]},
        "anyone": {"above": ["learns"], "home": "any"},
        "home not known": {"above": ["learns", "home=unknown"], "home": "any"},
    },
}  # fmt: skip


def found(printed, year=YEAR, **more):
    """Attack what is printed; return the counts that are known too well.

    Args:
        printed: (indicator, part, age, sex, breakdown, category), shortened at its end → count.
        year: of it.
        more: what a release says otherwise of a table.
    """
    counts = {}
    for place, value in printed.items():
        indicator, part, *cell = (*place, *("numerator", "_T", "_T", "_T", "_T")[len(place) - 1 :])
        counts[Where("1", year, (indicator, part), Cell(*cell))] = Count(value)
    method = {
        "base": 5, "nested": NESTED, "crossed": {"setting_theme": ["setting", "theme"]},
        "tables": dict.fromkeys(READING["indicators"], TABLE | more) | {"enrolled": TABLE | {"ages": BANDS}},
    }  # fmt: skip
    of = Attacked([SimpleNamespace(name="1", method=method)], counts, Definitions(READING))
    exposed = list(of.exposed(list(counts), 4))
    assert of.has_witness() == (not exposed)
    return {(e.where.name[0], *e.where.cell[:1], e.where.cell.category): (e.least, e.most) for e in exposed}


ALL = "numerator"
OF = (ALL, "_T", "_T")
"""Above the line, of all ages and either sex."""
KINDS = {
    "the same people in two tables": (
        {("learners", ALL, "15-24"): 10, ("also learners", ALL, "15-24"): 15},
        {("learners", "15-24", "_T"): (11, 14), ("also learners", "15-24", "_T"): (11, 14)},
    ),
    "a sum of ages of another table": (
        {("learners", ALL, "15-24"): 10, ("also learners", ALL, "15-19"): 0,
         ("also learners", ALL, "20-24"): 0},
        {("learners", "15-24", "_T"): (6, 8), ("also learners", "15-19", "_T"): (2, 4),
         ("also learners", "20-24", "_T"): (2, 4)},
    ),
    "one age of another table": (
        {("learners", ALL, "16-17"): 0, ("formal", ALL, "16"): 5},
        {("learners", "16-17", "_T"): (1, 4), ("formal", "16", "_T"): (1, 4)},
    ),
    "a subset by definition": (
        {("learners",): 10, ("formal",): 15},
        {("learners", "_T", "_T"): (11, 14), ("formal", "_T", "_T"): (11, 14)},
    ),
    "a subset by two steps": (
        {("learners",): 10, ("tertiary",): 15},
        {("learners", "_T", "_T"): (11, 14), ("tertiary", "_T", "_T"): (11, 14)},
    ),
    "a subset in a category": (
        {("learners", *OF, "sector", "a"): 10, ("workplace", *OF, "sector", "a"): 15},
        {("learners", "_T", "a"): (11, 14), ("workplace", "_T", "a"): (11, 14)},
    ),
    "a category that another table counts alone": (
        {("learners", *OF, "level", "NF"): 10, ("nonformal",): 15},
        {("learners", "_T", "NF"): (11, 14), ("nonformal", "_T", "_T"): (11, 14)},
    ),
    "categories that make up another table": (
        {("learners", *OF, "provision", "both"): 0,
         ("learners", *OF, "provision", "nonformal_only"): 0,
         ("learners", *OF, "provision", "formal_only"): 100, ("nonformal",): 10},
        {("learners", "_T", "both"): (2, 4), ("learners", "_T", "nonformal_only"): (2, 4),
         ("nonformal", "_T", "_T"): (6, 8)},
    ),
    "people who are in one of several groups": (
        {("learners", *OF, "level", "5"): 0, ("learners", *OF, "level", "6"): 0,
         ("tertiary",): 10},
        {("learners", "_T", "5"): (2, 4), ("learners", "_T", "6"): (2, 4), ("tertiary", "_T", "_T"): (6, 8)},
    ),
    "a level that a band stands for": (
        {("learners", *OF, "level", "5"): 10, ("enrolled", ALL, "15-19"): 15, ("enrolled", ALL, "20-24"): 50},
        {("learners", "_T", "5"): (11, 14), ("enrolled", "15-19", "_T"): (11, 14)},
    ),
    "one sex of another table": (
        {("women",): 10, ("learners", ALL, "_T", "F"): 15},
        {("women", "_T", "_T"): (11, 14), ("learners", "_T", "_T"): (11, 14)},
    ),
    "a tenth of a fifth": (
        {("learners", *OF, "deprivation", "Q1"): 10, ("also learners", *OF, "decile", "D1"): 0,
         ("also learners", *OF, "decile", "D2"): 0, ("also learners", *OF, "decile", "D3"): 50},
        {("learners", "_T", "Q1"): (6, 8), ("also learners", "_T", "D1"): (2, 4),
         ("also learners", "_T", "D2"): (2, 4)},
    ),
    "residents, and those of unknown home, among everybody": (
        {("anyone",): 10, ("learners",): 10, ("home not known",): 10},
        {("anyone", "_T", "_T"): (12, 14), ("learners", "_T", "_T"): (6, 8),
         ("home not known", "_T", "_T"): (6, 8)},
    ),
    "a bound of the linkage": (
        {("learners", "low"): 15, ("learners", "numerator"): 10},
        {("learners", "_T", "_T"): (11, 14)},
    ),
    "a bound of a subset": (
        {("learners", "high"): 10, ("formal", "high"): 15},
        {("learners", "_T", "_T"): (11, 14), ("formal", "_T", "_T"): (11, 14)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_who_forgets_a_relation_is_found_out(kind):
    printed, expected = KINDS[kind]
    assert found(printed) == expected


def test_people_who_are_in_no_two_groups_are_no_more_than_all():
    """11 at least learn formally, and one non-formally alone: 12 of 14 at most."""
    alone = ("learners", *OF, "provision", "nonformal_only")
    assert found({("learners",): 10, ("formal",): 15, alone: 5}, covering=[]) == {
        ("learners", "_T", "_T"): (12, 14), ("formal", "_T", "_T"): (11, 13),
        ("learners", "_T", "nonformal_only"): (1, 3),
    }  # fmt: skip


def test_ages_of_two_kinds_are_compared_together():
    """5 learn, 1 to 9; of pupils 10 in one grade and 10 in another, 6 at least each: 12 of 9."""
    assert found({("learners",): 5, ("pupils", ALL, "16"): 10, ("pupils", ALL, "17"): 10}) == {
        ("learners", "_T", "_T"): (1, 0), ("pupils", "16", "_T"): (1, 0), ("pupils", "17", "_T"): (1, 0),
    }  # fmt: skip


def others(**sectors):
    return {("learners", *OF, "sector", code): n for code, n in sectors.items()}


def test_others_are_those_of_no_category_that_stands_by_itself():
    """In one table the library is among others, in the next it is not: 20 of them cannot be 10 others."""
    apart = {("workplace", *OF, "sector", code): n for code, n in {"college": 10, "_O": 20}.items()}
    assert found(others(college=50, library=50, _O=10) | apart) == {}
    assert found(others(college=50, _O=10) | apart) == {
        ("learners", "_T", "_O"): (1, 0), ("workplace", "_T", "_O"): (1, 0),
    }  # fmt: skip


def test_an_estimate_has_to_do_with_nothing_else():
    """People of unknown age are in it: it may be more than all who learn at that age."""
    printed = {("learners", ALL, "15-24"): 10, ("formal", ALL, "15-24"): 20}
    assert found(printed) != {}
    counts = {
        Where("1", YEAR, (name, part), Cell(age, "_T", "_T", "_T")): Count(value, estimate=name == "formal")
        for (name, part, age), value in printed.items()
    }
    method = {"base": 5, "nested": {}, "crossed": {}, "tables": dict.fromkeys(READING["indicators"], TABLE)}
    of = Attacked([SimpleNamespace(name="1", method=method)], counts, Definitions(READING))
    assert of.has_witness()
    assert list(of.exposed(list(counts), 4)) == []
