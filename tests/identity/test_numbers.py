"""The deterministic tiers: numbers and references join, unless those who bear them contradict each other."""

from dataclasses import replace

import polars as pl
import pytest

from tests.identity.roll import BY_NUMBERS, EVERY_KIND, ULN_A, ULN_B, UPN_A, Roll


@pytest.fixture
def roll():
    return Roll()


@pytest.mark.parametrize(
    ("given", "family", "born"),
    [
        ("Anna", "Smith", "2001-05-09"),
        ("Annie", "Smith", "2001-05-09"),  # a short form
        ("A", "Smith", "2001-05-09"),  # an initial
        ("Anna", "Jones", "2001-05-09"),  # married since
        ("Ana", "Smith", "2001-05-09"),  # a slip
        ("Anna", "Smith", "2001-09-05"),  # day and month exchanged
        ("Anna", "Smith", "2001-01-01"),  # the year is known
        ("Anna", "Smith", "2011-05-09"),  # one digit
        ("Anna", "Smith", "2002-05-09"),  # the year off by one
        ("Smith", "Anna", "2001-05-09"),  # names exchanged
        ("Grace", "Smith", "2001-05-09"),  # goes by the second name
        (None, None, "2001-05-09"),
        ("Anna", "Smith", None),
    ],
)
def test_one_number_and_nothing_against_it_is_one_person(roll, given, family, born):
    roll.add("Anna", "Smith", "2001-05-09", uln=ULN_A)
    roll.add(given, family, born, uln=ULN_A)
    assert roll.persons(BY_NUMBERS) == [{1, 2}]


@pytest.mark.parametrize(
    ("given", "family", "born"),
    [
        ("Anna", "Smith", "1974-11-30"),  # another date of birth
        ("Grace", "Brown", "2001-05-09"),  # another name
        ("Grace", "Smith", "1999-02-14"),
    ],
)
def test_a_number_of_people_who_contradict_each_other_is_split_and_listed(roll, given, family, born):
    roll.add("Anna", "Smith", "2001-05-09", uln=ULN_A)
    roll.add(given, family, born, uln=ULN_A)
    roll.add(given, family, born, uln=ULN_A)
    assert roll.persons(BY_NUMBERS) == [{1}, {2, 3}]
    holders = roll.tables(BY_NUMBERS, "holder", "bearer")
    shared = holders["holder"].join(holders["bearer"], on="bearer_id").filter(pl.col("holders") > 1)
    assert set(shared["identifier"]) == {ULN_A}
    assert shared["holder"].n_unique() == 2


def test_twins_whom_a_provider_tells_apart_are_two(roll):
    school = {"provider_id": "P", "uln": ULN_A}
    roll.add("Anna", "Smith", "2001-05-09", local_ref="1", **school)
    roll.add("Grace", "Smith", "2001-05-09", local_ref="2", **school)
    assert roll.persons(BY_NUMBERS) == [{1}, {2}]


def test_who_could_be_either_bearer_of_a_number_is_neither(roll):
    roll.add("Anna", "Smith", "2001-05-09", uln=ULN_A)
    roll.add("Omar", "Khan", "1974-11-30", uln=ULN_A)
    roll.add(None, None, None, uln=ULN_A)
    assert roll.persons(BY_NUMBERS) == [{1}, {2}, {3}]


def test_who_could_be_only_one_bearer_is_that_one(roll):
    roll.add("Anna", "Smith", "2001-05-09", uln=ULN_A)
    roll.add("Omar", "Khan", "1974-11-30", uln=ULN_A)
    roll.add(None, None, "1974-11-30", uln=ULN_A)
    assert roll.persons(BY_NUMBERS) == [{1}, {2, 3}]


def test_a_number_with_more_than_twenty_bearers_joins_no_one(roll):
    """Twenty-one people, two records each at two providers: without the rule each would be one person."""
    names = ("Ada", "Bo", "Cyd", "Dov", "Ed", "Fay", "Gus", "Hal", "Ivo", "Jo", "Kit", "Lou", "Max", "Ned",
             "Oz", "Pru", "Quy", "Ros", "Sid", "Tod", "Uma")  # fmt: skip
    for number, name in enumerate(names):
        for _ in range(2):
            roll.add(name, "Smith", f"{1940 + 3 * number}-{1 + number % 12:02}-{28 - number:02}", uln=ULN_A)
    assert len(roll.persons(BY_NUMBERS)) == 42
    roll.records = roll.records[:40]
    assert len(roll.persons(BY_NUMBERS)) == 20


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("uln", "9999999999"),  # no number yet
        ("uln", "9276308687"),  # wrong check digit
        ("uln", "0276308686"),
        ("upn", "B35220012345A"),  # temporary: it ends in a letter
        ("upn", "A352200123456"),  # wrong check letter
    ],
)
def test_temporary_and_invalid_numbers_never_join(roll, kind, number):
    for _ in range(2):
        roll.add("Anna", "Smith", "2001-05-09", **{kind: number})
    assert roll.persons(BY_NUMBERS) == [{1}, {2}]


def test_a_row_with_both_numbers_leads_from_one_to_the_other(roll):
    roll.add("Anna", "Smith", "2001-05-09", upn=UPN_A)
    roll.add("Anna", "Smith", "2001-05-09", upn=UPN_A, uln=ULN_A)
    roll.add("Anna", "Smith", "2001-05-09", uln=ULN_A)
    assert roll.persons(BY_NUMBERS) == [{1, 2, 3}]
    assert {row["linked_by"] for row in roll.link(BY_NUMBERS).values()} == {"upn", "uln"}


def test_a_reference_used_again_for_somebody_else_joins_nobody(roll):
    for year, given, born in (("2023/24", "Anna", "2001-05-09"), ("2024/25", "Omar", "1974-11-30")):
        roll.add(given, "Smith", born, provider_id="P", local_ref="7", academic_year=year)
    assert roll.persons(BY_NUMBERS) == [{1}, {2}]


@pytest.mark.parametrize("kind", sorted(EVERY_KIND))
def test_each_tier_can_be_switched_off(roll, kind):
    """Two records for each kind that share it alone; the kind that is off joins nobody."""
    for fields in ({"uln": ULN_B}, {"upn": UPN_A}, {"provider_id": "P", "local_ref": "7"}):
        for year, postcode in (("2023/24", "M1 1AA"), ("2024/25", "M2 2BB")):
            roll.add("Anna", "Smith", "2001-05-09", academic_year=year, postcode=postcode, **fields)
    pairs = {"uln": {1, 2}, "upn": {3, 4}, "local": {5, 6}}
    assert roll.persons(BY_NUMBERS) == list(pairs.values())
    without = replace(BY_NUMBERS, identifiers=EVERY_KIND - {kind})
    apart = [{record} for record in pairs.pop(kind)]
    assert roll.persons(without) == sorted([*pairs.values(), *apart], key=min)


def test_a_shared_number_is_listed_under_pseudonyms(roll):
    """Two people at three providers bear it: three rows, and the number itself in none."""
    roll.add("Anna", "Smith", "2001-05-09", uln=ULN_A)
    roll.add("Omar", "Khan", "1974-11-30", uln=ULN_A, academic_year="2023/24")
    roll.add("Omar", "Khan", "1974-11-30", uln=ULN_A)
    roll.add("Eve", "Moss", "1980-01-02", uln=ULN_B)
    person = {record: row["person_id"] for record, row in roll.link(BY_NUMBERS).items()}
    listed = roll.tables(BY_NUMBERS, "shared_number")["shared_number"].sort("provider_id")
    assert listed.drop("number_id").rows() == [
        ("uln", 2, True, person[1], "P1", "2024/25"),
        ("uln", 2, True, person[2], "P2", "2023/24"),
        ("uln", 2, True, person[3], "P3", "2024/25"),
    ]
    assert listed["number_id"].n_unique() == 1
    assert str(listed["number_id"][0]) != ULN_A


def test_nothing_is_listed_where_nobody_shares_a_number(roll):
    roll.add("Anna", "Smith", "2001-05-09", uln=ULN_A)
    roll.add("Anna", "Smith", "2001-05-09", uln=ULN_A)
    tables = roll.tables(BY_NUMBERS, "shared_number", "refused_link")
    assert [table.height for table in tables.values()] == [0, 0]
