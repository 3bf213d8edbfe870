"""Categories in which one provider could be told: which are put together, and what is published of them."""

import random
from collections import defaultdict

import duckdb
import pytest

from tests.conftest import ULN_A

COLLEGE, LIBRARY, BAKERY, FOUNDRY = "10090001", "10090002", "MCR-101", "MCR-102"
CHOIRS = ("MCR-201", "MCR-202", "MCR-203")
KINDS = {
    COLLEGE: ("college", "further education"),
    LIBRARY: ("library", "adult and community"),
    BAKERY: ("employer", "employer"),
    FOUNDRY: ("employer", "employer"),
    **dict.fromkeys(CHOIRS, ("charity", "adult and community")),
}


@pytest.fixture
def city(even_city):
    even_city.providers = tuple(KINDS)
    even_city.kind = dict(KINDS)
    return even_city


def enrol(city, provider, learners, **more):
    for number in range(learners):
        city.record(f"{provider}/{number}", provider_id=provider, **more)


def merged(city, dimension):
    query = f"select category from core.merged_category where dimension = '{dimension}' order by all"
    return [category for (category,) in city.rows(query)]


def test_two_employers_are_published_with_the_smallest_kind(city):
    """Four learners at two employers: with the library's six, the largest of three providers has 60 %."""
    enrol(city, BAKERY, 2)
    enrol(city, FOUNDRY, 2)
    enrol(city, LIBRARY, 6)
    enrol(city, COLLEGE, 20)
    city.run()
    assert merged(city, "provider_kind") == ["employer", "library"]
    assert merged(city, "sector") == ["adult and community", "employer"]
    everybody = {"age": "_T"}
    assert city.count("local_learners", provider_kind="_O", **everybody)[0] == 10
    assert city.count("local_learners", provider_kind="college", **everybody)[0] == 20
    assert city.count("local_learners", sector="_O", **everybody)[0] == 10
    assert city.rows(
        "select code from core.code_list where dimension = 'sector' and code in ('employer', '_O')"
    ) == [("_O",)]


def test_three_of_a_kind_stand_alone_until_one_has_more_than_85_percent(city):
    """17 of 20 learners are 85 %; 18 of 21 are more."""
    enrol(city, CHOIRS[0], 17)
    for choir in CHOIRS[1:]:
        enrol(city, choir, 1 + (choir == CHOIRS[1]))
    enrol(city, COLLEGE, 30)
    city.run()
    assert merged(city, "provider_kind") == []
    city.record("one more", provider_id=CHOIRS[0])
    city.run()
    assert merged(city, "provider_kind") == ["charity", "college"]


def test_whose_numbers_are_public_stands_alone(city):
    """One college, and a library with nine in ten of what two teach; a charity alone does not."""
    enrol(city, COLLEGE, 9)
    enrol(city, LIBRARY, 9)
    city.run()
    assert merged(city, "provider_kind") == []
    enrol(city, CHOIRS[0], 1)
    city.run()
    assert merged(city, "provider_kind") == ["charity", "college", "library"]


def test_a_theme_that_one_charity_teaches_in_a_setting_is_told_apart_there_from_nothing(city):
    """The city's three teach it, but only one in families: crossed with settings it is among others."""
    for choir in CHOIRS:
        enrol(city, choir, 4, setting="community", theme="arts_and_media", isced="NF")
    city.record("at home", provider_id=CHOIRS[0], setting="family", theme="arts_and_media", isced="NF")
    for provider, learners in ((COLLEGE, 20), (LIBRARY, 5)):
        enrol(city, provider, learners, setting="family", theme="digital_skills", isced="NF")
    city.run()
    assert (merged(city, "theme"), merged(city, "setting")) == ([], [])
    # In the community all of it is arts, in families one in 26 is: with all else there are three providers.
    assert merged(city, "setting_theme") == ["arts_and_media", "digital_skills"]
    everybody = {"age": "_T"}
    assert city.count("local_setting_theme", theme="arts_and_media", **everybody)[0] == 13
    assert city.count("local_setting_theme", setting="family", theme="_O", **everybody)[0] == 26
    assert city.count("local_setting_theme", setting="community", theme="_O", **everybody)[0] == 12


def test_courses_that_ended_are_put_together_like_learners(city):
    enrol(city, BAKERY, 2, outcome="achieved")
    enrol(city, FOUNDRY, 2, outcome="withdrawn")
    enrol(city, LIBRARY, 6, outcome="achieved")
    enrol(city, COLLEGE, 20, outcome="achieved")
    city.run()
    assert city.count("local_achievement", age="_T", sector="_O") == (8, 10)
    assert city.count("local_achievement", age="_T", sector="further education") == (20, 20)


def test_first_qualifications_are_put_together_by_level(city):
    """Two at ISCED 6 from a bakery, one of them at 5 from a foundry too, and one from the library: three."""
    enrol(city, BAKERY, 2, isced="6", outcome="achieved")
    enrol(city, LIBRARY, 1, isced="54", outcome="achieved")
    city.record(f"{BAKERY}/0", provider_id=FOUNDRY, isced="54", outcome="achieved", uln=ULN_A)
    city.records[0]["uln"] = ULN_A
    enrol(city, COLLEGE, 20, isced="34", outcome="achieved")
    city.run()
    assert merged(city, "level") == ["ISCED11_5", "ISCED11_6"]
    levels = {
        level: city.count("local_first_qualification", age="19-64", level=level)[0] for level in ("_O", "_T")
    }
    assert levels == {"_O": 3, "_T": 23}


def test_providers_whose_numbers_are_not_public_stand_together_on_the_linkage_page(city):
    """Two with four learners each and one with one: 4 of 9 are less than 85 %."""
    enrol(city, BAKERY, 4)
    enrol(city, FOUNDRY, 4)
    enrol(city, CHOIRS[0], 1)
    enrol(city, COLLEGE, 20)
    city.run()
    found = "select provider_id, persons from core.linkage where linked_by = '_T' order by all"
    assert city.rows(found) == [(COLLEGE, 20), ("_O", 9), ("_T", 29)]


# Drawn cities, judged again in Python.

DIMENSIONS = {
    "level": ("_T",),
    "sector": ("_T",),
    "setting": ("_T",),
    "theme": ("_T",),
    "provider_kind": ("_T", "sector"),
    "provider_id": ("_T", "provider_kind"),
    "setting_theme": ("_T", "setting"),
}
"""Dimension → around what a reader sees its categories."""


def drawn(seed):
    """Return enrolments at a few providers in two years, many at some and few at others."""
    dice = random.Random(seed)
    providers = [
        {"provider_id": f"P{n}", "provider_kind": dice.choice(["college", "charity", "employer"]),
         "sector": dice.choice("XYZ")}
        for n in range(dice.randint(1, 9))
    ]  # fmt: skip
    return [
        {**provider, "academic_year": year, "level": dice.choice("34"), "setting": dice.choice("ab"),
         "theme": dice.choice("rstu"), "residence": "city"}
        for provider in providers
        for year in ("2023/24", "2024/25")
        for _ in range(int(1.5 ** dice.randint(0, 8)))
    ]  # fmt: skip


@pytest.fixture(scope="module")
def merged_of(models):
    """Return what finds dimension → its categories that the model puts together."""
    with duckdb.connect() as connection:
        connection.execute("create schema core; create schema reference")
        connection.execute(
            "create table reference.dominance as select 3 as fewest_providers, 85 as largest_share"
        )
        connection.execute(
            "create table reference.public_provider as select 'kind' as what, 'college' as code"
        )
        connection.execute(
            "create table core.academic_year as"
            " select unnest(['2023/24', '2024/25']) as academic_year, true as is_released"
        )

        def found(enrolments):
            drawn = "select unnest(cast($1 as struct(%s)[]), recursive := true)"
            columns = ", ".join(f"{name} varchar" for name in enrolments[0])
            connection.execute(f"create or replace table core.enrolment as {drawn % columns}", [enrolments])
            merged, query = defaultdict(set), models["core.merging"].query
            for dimension, category, *_, is_merged in connection.execute(query).fetchall():
                if is_merged:
                    merged["provider_id" if dimension == "provider" else dimension].add(category)
            return merged

        yield found


def stands(enrolments):
    """Say whether a reader of the sum may not tell one provider's part."""
    counts, public = defaultdict(int), {}
    for enrolment in enrolments:
        counts[enrolment["provider_id"]] += 1
        public[enrolment["provider_id"]] = enrolment["provider_kind"] == "college"
    largest = max(counts, key=counts.get)
    few = len(counts) < 3 and not all(public.values())
    return not few and (counts[largest] * 100 <= 85 * len(enrolments) or public[largest])


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_published_stands(merged_of, seed):
    enrolments = drawn(seed)
    merged = merged_of(enrolments)
    for dimension, arounds in DIMENSIONS.items():
        of = "theme" if dimension == "setting_theme" else dimension
        for around in arounds:
            places = defaultdict(list)
            for enrolment in enrolments:
                within = "_T" if around == "_T" else enrolment[around]
                if within not in merged[around]:
                    shown = "_O" if enrolment[of] in merged[dimension] else enrolment[of]
                    places[enrolment["academic_year"], within, shown].append(enrolment)
            # All in one say no more than the total does.
            whole = len({e[of] for e in enrolments}) == len(merged[dimension])
            assert whole or all(map(stands, places.values())), (dimension, around)
        assert len(merged[dimension]) != 1 or len({e[of] for e in enrolments}) == 1


def test_some_of_the_drawn_cities_are_merged_and_some_are_not(merged_of):
    found = [merged_of(drawn(seed)) for seed in range(40)]
    for dimension in DIMENSIONS:
        assert {bool(merged[dimension]) for merged in found} == {True, False}, dimension
