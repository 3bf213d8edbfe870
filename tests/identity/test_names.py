"""The probabilistic tier: who is one person by what is written of them, and who is not."""

import random
from dataclasses import replace

import pytest

from tests.identity.roll import BY_NAMES, BY_NUMBERS, LIMITS, ULN_A, ULN_B, UPN_A, Roll


@pytest.fixture
def roll():
    """A town of five hundred others, whose names are no two alike, so that agreement means something."""
    town = Roll()
    syllables = ["ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu"]
    for number in range(500):
        a, b, c = syllables[number % 10], syllables[number // 10 % 10], syllables[number // 100]
        day = f"{1950 + number % 50}-{1 + number % 12:02}-{1 + number % 28:02}"
        postcode = f"M{2 + number % 9} {1 + number % 8}{'ABDE'[number % 4]}B"
        town.add(f"{a}{b}ra".title(), f"{c}{a}{b}son".title(), day, postcode=postcode)
    return town


def one_person(roll, tiers=BY_NAMES):
    """Say whether the last two records are one person, and nobody else is."""
    last = {len(roll.records) - 1, len(roll.records)}
    persons = roll.persons(tiers)
    assert all(len(records) == 1 for records in persons if not records & last)
    return last in persons


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"given": "Annie"},
        {"family": "Entwistel"},
        {"family": "Haworth-Entwistle"},
        {"given": "Anna Grace"},
        {"postcode": "M14 9ZZ"},  # moved house
        {"born": "2001-09-05"},  # day and month exchanged
        {"given": "Entwistle", "family": "Anna"},
        {"sex": "U"},
    ],
)
def test_what_is_written_differently_of_one_person(roll, other):
    roll.add("Anna", "Entwistle", "2001-05-09")
    roll.add(**{"given": "Anna", "family": "Entwistle", "born": "2001-05-09"} | other)
    assert one_person(roll)
    assert not one_person(roll, BY_NUMBERS)


@pytest.mark.parametrize(
    "other",
    [
        {"given": "Grace"},  # a twin
        {"born": "1974-11-30"},  # a parent of the same name at one address
        {"given": "Grace", "born": "2003-02-14"},  # a sister
    ],
)
def test_who_lives_together_is_not_one_person(roll, other):
    roll.add("Anna", "Entwistle", "2001-05-09")
    roll.add(**{"given": "Anna", "family": "Entwistle", "born": "2001-05-09"} | other)
    assert not one_person(roll)


def test_two_numbers_are_two_people_however_alike(roll):
    roll.add("Anna", "Entwistle", "2001-05-09", uln=ULN_A)
    roll.add("Anna", "Entwistle", "2001-05-09", uln=ULN_B)
    assert not one_person(roll)


def test_two_digits_of_a_number_may_be_a_slip_that_passes_the_check(roll):
    """9276308287 for 9276308686: 6*3 + 8*2 + 6 = 40 and 2*3 + 8*2 + 7 = 29, 11 less: both are valid."""
    roll.add("Anna", "Entwistle", "2001-05-09", uln=ULN_A)
    roll.add("Anna", "Entwistle", "2001-05-09", uln="9276308287")
    assert one_person(roll)


def test_whom_a_provider_knows_under_two_references_in_a_year_is_two(roll):
    for reference in ("1", "2"):
        roll.add("Anna", "Entwistle", "2001-05-09", provider_id="P", local_ref=reference)
    assert not one_person(roll)


def test_doubt_bounds_the_count(roll):
    """Twins without numbers may be one who goes by two names: three records, two persons, at least one."""
    for given in ("Anna", "Grace", "Grace"):
        roll.add(given, "Entwistle", "2001-05-09")
    rows = list(roll.link(BY_NAMES).values())[-3:]
    assert len({row["person_id"] for row in rows}) == 2
    assert len({row["coarser_id"] for row in rows}) == 1
    assert None not in {row["coarser_id"] for row in rows}
    assert {row["coarser_id"] for row in list(roll.link(BY_NAMES).values())[:-3]} == {None}


def test_without_certainty_nobody_is_joined_beyond_doubt(roll):
    roll.add("Anna", "Entwistle", "2001-05-09")
    roll.add("Anna", "Entwistle", "2001-05-09", postcode="M14 9ZZ")
    assert one_person(roll)
    unsure = replace(BY_NAMES, limits=replace(LIMITS, sure=0.999999999))
    rows = list(roll.link(unsure).values())[-2:]
    assert rows[0]["person_id"] == rows[1]["person_id"]
    assert len({row["finer_id"] for row in rows}) == 2


def test_the_order_of_records_changes_nothing(roll):
    for given, uln in (("Anna", ULN_A), ("Annie", None), ("Anna", ULN_A), ("Grace", None)):
        roll.add(given, "Entwistle", "2001-05-09", uln=uln)
    before = {r: (row["person_id"], row["linked_by"]) for r, row in roll.link(BY_NAMES).items()}
    random.Random(1).shuffle(roll.records)
    assert {r: (row["person_id"], row["linked_by"]) for r, row in roll.link(BY_NAMES).items()} == before


def test_a_persons_key_stays_while_records_are_added(roll):
    roll.add("Anna", "Entwistle", "2001-05-09", academic_year="2022/23", upn=UPN_A)
    key = roll.link(BY_NAMES)[501]["person_id"]
    roll.add("Anna", "Entwistle", "2001-05-09", academic_year="2023/24", uln=ULN_A)
    roll.add("Anna", "Entwistle", "2001-05-09", academic_year="2024/25", uln=ULN_A)
    assert {row["person_id"] for row in list(roll.link(BY_NAMES).values())[-3:]} == {key}


def test_a_probable_link_that_is_not_taken_is_listed_with_its_reason(roll):
    """One provider has both in one year, so that they are two, whatever is written of them."""
    for reference in ("1", "2"):
        roll.add("Anna", "Entwistle", "2001-05-09", provider_id="P", local_ref=reference)
    links = roll.link(BY_NAMES)
    (row,) = roll.tables(BY_NAMES, "refused_link")["refused_link"].to_dicts()
    assert row.pop("probability") > LIMITS.link
    last = sorted(links[len(roll.records) - back]["person_id"] for back in (0, 1))
    assert row == {"person_id": last[0], "other_person_id": last[1], "reason": "kept apart"}
