"""Who the synthetic city's people are: names, families, and what providers make of them in their records."""

from dataclasses import asdict, fields
from datetime import date

import numpy as np
import polars as pl
import pytest

from pipelines.synthetic import CLEAN, HARSH, PROFILES, REALISTIC, ErrorProfile
from pipelines.synthetic.chance import Chance
from pipelines.synthetic.families import NOBODY
from pipelines.synthetic.growth import settle
from pipelines.synthetic.identities import Identities
from pipelines.synthetic.mistakes import (
    day_and_month_swapped,
    digit_wrong,
    number_invalid,
    number_wrong,
    typing_error,
    without_accents,
    year_off,
)
from pipelines.synthetic.people import ABSENT, People
from pipelines.synthetic.recording import Form, Recorder
from tests.test_synthetic import REFERENCE

FIRST_YEAR, STATES = 2020, 6
YEAR, STATE = 2024, 5


@pytest.fixture(scope="module")
def people() -> People:
    return settle(Chance(5), 40_000, FIRST_YEAR, STATES, REFERENCE)


@pytest.fixture(scope="module")
def names(people: People) -> Identities:
    return Identities(Chance(5), people)


def records(
    people: People, profile: ErrorProfile, year: int = YEAR, form: Form | None = None
) -> pl.DataFrame:
    """Return a record of everyone who is there in the last state, at one of ninety providers."""
    person = np.flatnonzero(people.home[STATE] != ABSENT)
    return Recorder(Chance(5), people, profile).write(person, person % 90, year, STATE, form)


def differs(some: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    """Say which records are not alike."""
    columns = [some[name].ne_missing(others[name]).alias(name) for name in some.columns]
    return pl.DataFrame(columns).select(pl.any_horizontal(pl.all())).to_series()


# Names


def test_names_are_many_and_skewed(people: People, names: Identities) -> None:
    everyone = np.arange(len(people.birth))
    family = names.family(everyone, YEAR).value_counts(sort=True)["count"] / len(everyone)
    assert 0.005 < family[0] < 0.02
    assert 0.2 < family.head(100).sum() < 0.5
    assert len(family) > 5_000
    for female in (True, False):
        given = names.given(np.flatnonzero(people.female == female))
        assert given.n_unique() > 150
        assert given.value_counts(sort=True)["count"][0] / len(given) < 0.05
    middle = names.middle(everyone)
    assert 0.3 < middle.is_null().mean() < 0.7
    assert not (middle == names.given(everyone)).any()
    text = pl.concat([names.family(everyone, YEAR), names.given(everyone)])
    assert 0.02 < (text.str.len_bytes() > text.str.len_chars()).mean() < 0.2
    assert not text.str.contains(r'[\d",<>&|\t]').any()


def test_some_women_change_their_name_when_they_marry(people: People, names: Identities) -> None:
    women = np.flatnonzero(people.female & (people.age_on_31_august(YEAR) >= 18))
    before, after = names.family(women, YEAR - 3), names.family(women, YEAR)
    assert 0.002 < (before != after).mean() < 0.03
    changed = names.has_changed(women, YEAR)
    assert 0.1 < changed.mean() < 0.5
    assert 0.03 < after.filter(pl.Series(changed)).str.contains("-").mean() < 0.25
    men = np.flatnonzero(~people.female)
    assert not names.has_changed(men, YEAR).any()


# Families


def test_twins_share_a_birthday_a_home_and_a_name_but_no_given_name(
    people: People, names: Identities
) -> None:
    second = np.flatnonzero(people.twin)
    first = second - 1
    assert 0.01 < len(second) / len(people.twin) < 0.02
    assert (people.birth[second] == people.birth[first]).all()
    assert (people.mother[second] == people.mother[first]).all()
    assert (names.family_at_birth[second] == names.family_at_birth[first]).all()
    assert not (
        (names.given(second) == names.given(first)).to_numpy()
        & (people.female[second] == people.female[first])
    ).any()
    young = second[(people.home[:, second] != ABSENT).any(axis=0) & (people.mother[second] != NOBODY)]
    home, other = people.home[STATE, young], people.home[STATE, young - 1]
    both = (home != ABSENT) & (other != ABSENT) & (people.age_on_31_august(YEAR)[young] < 17)
    assert (home == other)[both].mean() > 0.85


def test_children_live_with_their_mother_and_have_a_parents_name(people: People, names: Identities) -> None:
    age = people.age_on_31_august(YEAR)
    child = np.flatnonzero((people.home[STATE] != ABSENT) & (age >= 0) & (age < 17))
    mother = people.mother[child]
    assert (mother != NOBODY).mean() > 0.9
    known = child[mother != NOBODY]
    mother, father = people.mother[known], people.father[known]
    years = people.birth_year[known] - people.birth_year[mother]
    assert years.min() >= 16
    assert years.max() <= 46
    together = people.home[STATE, known] == people.home[STATE, mother]
    assert 0.7 < together.mean() < 0.95
    numbers = people.dwelling(STATE, known), people.dwelling(STATE, mother)
    assert ((numbers[0] == numbers[1]) == together).mean() > 0.99
    name = names.family_at_birth
    assert ((name[known] == name[mother]) | ((father != NOBODY) & (name[known] == name[father]))).all()
    assert 0.3 < (father != NOBODY).mean() < 0.8
    siblings = np.bincount(mother)
    assert (siblings > 1).sum() > 0.25 * (siblings > 0).sum()


def test_names_within_a_family_are_rarely_the_same(people: People, names: Identities) -> None:
    son = np.flatnonzero((people.father != NOBODY) & ~people.female)
    assert 0.003 < (names.given(son) == names.given(people.father[son])).mean() < 0.05
    known = pl.DataFrame(
        {"mother": people.mother, "given": names.given(np.arange(len(people.birth))), "sex": people.female}
    ).filter(pl.col("mother") != NOBODY)
    alike = known.select("mother", "given", "sex").is_duplicated()
    assert 0.0005 < alike.mean() < 0.02


# Mistakes, one by one


def test_a_typing_error_changes_a_name_a_little() -> None:
    for name in ("Al", "Smith", "O'Brien", "Ó Súilleabháin"):
        written = {typing_error(name, bits) for bits in range(400)}
        assert len(written) > 5
        assert all(abs(len(text) - len(name)) <= 1 and text.strip() for text in written)
    assert typing_error("Smith", 3 + 4 * 2) == "Smtih"


def test_wrong_birth_dates() -> None:
    assert day_and_month_swapped(date(2011, 3, 4)) == date(2011, 4, 3)
    assert day_and_month_swapped(date(2011, 3, 14)) is None
    wrong = {digit_wrong(date(1990, 5, 21), bits) for bits in range(200)} - {None}
    assert len(wrong) > 10
    assert date(1990, 5, 21) not in wrong
    assert {year_off(date(2000, 2, 29), bits) for bits in range(100)} <= {None, date(1990, 2, 28)}
    assert {year_off(date(2000, 2, 28), bits).year for bits in range(100)} == {1990, 1999, 2001, 2010}


def test_accents_lost() -> None:
    assert without_accents("Łukasz Nguyễn Müller Țurcanu O'Brien") == "Lukasz Nguyen Muller Turcanu O'Brien"


def test_wrong_learner_numbers_pass_or_fail_the_check_as_meant(people: People) -> None:
    def remainder(number: str) -> int:
        return sum(int(digit) * weight for digit, weight in zip(number, range(10, 0, -1), strict=True)) % 11

    for number in people.uln[:500].astype(str):
        for bits in (1, 77_777, 2**60 + 12_345):
            wrong, invalid = number_wrong(number, bits), number_invalid(number, bits)
            assert wrong != number
            assert remainder(wrong) == 10
            assert len(wrong) == len(invalid) == 10
            assert remainder(invalid) != 10


# Profiles


def test_clean_records_say_what_is_so(people: People, names: Identities) -> None:
    assert set(asdict(CLEAN).values()) == {0.0}
    assert set(PROFILES) == {"clean", "realistic", "harsh"}
    person = np.flatnonzero(people.home[STATE] != ABSENT)
    written = records(people, CLEAN)
    true = pl.DataFrame(
        {
            "family": names.family(person, YEAR),
            "given": names.given(person),
            "middle": names.middle(person),
            "birth_date": people.birth[person],
            "sex": np.where(people.female[person], "F", "M"),
            "postcode": people.homes.postcode.gather(people.home[STATE][person]),
            "uln": people.uln[person].astype(str),
            "valid_uln": people.uln[person].astype(str),
            "upn": people.upn.gather(person),
        }
    )
    assert not differs(written, true).any()


@pytest.mark.parametrize("kind", [field.name for field in fields(ErrorProfile)])
def test_a_mistake_happens_as_often_as_its_rate_says(kind: str, people: People) -> None:
    """At a rate of one, each record has it to which it can happen; at three in ten, three in ten of those."""
    clean = records(people, CLEAN)
    possible = differs(records(people, ErrorProfile(**{kind: 1.0})), clean)
    found = differs(records(people, ErrorProfile(**{kind: 0.3})), clean)
    assert possible.sum() > 300
    assert not (found & ~possible).any()
    # Two given and family names, each of which can be transliterated, make more than three in ten.
    assert 0.25 < found.sum() / possible.sum() < (0.4 if kind == "transliterated" else 0.35)


def test_realistic_rates_are_of_the_right_order(people: People) -> None:
    clean, written = records(people, CLEAN), records(people, REALISTIC)
    wrong = {name: written[name].ne_missing(clean[name]).mean() for name in clean.columns}
    born = written["birth_date"].drop_nulls()
    assert 0.003 < (born != clean["birth_date"].filter(written["birth_date"].is_not_null())).mean() < 0.009
    assert 0.02 < (written["postcode"] != clean["postcode"]).mean() < 0.06
    assert 0.0005 < (written["valid_uln"] != clean["valid_uln"]).mean() < 0.003
    assert 0.05 < wrong["given"] < 0.2
    assert 0.03 < wrong["family"] < 0.12
    assert 0.003 < wrong["sex"] < 0.008
    assert 0.004 < wrong["upn"] < 0.015
    some, many = differs(written, clean).mean(), differs(records(people, HARSH), clean).mean()
    assert 0.15 < some < 0.45 < many


def test_what_a_format_needs_is_never_missing(people: People) -> None:
    needs = Form(birth_date=False, sex=False, postcode=False, uln=False)
    written = records(people, HARSH, form=needs)
    for column in ("birth_date", "postcode", "uln", "valid_uln"):
        assert written[column].null_count() == 0
    assert set(written["sex"]) == {"F", "M"}
    assert (written["uln"] == written["valid_uln"]).all()
    assert written["uln"].is_unique().all()
    assert records(people, HARSH)["birth_date"].null_count() > 100


def test_most_mistakes_stay_from_one_year_to_the_next(people: People) -> None:
    profile = ErrorProfile(family_typo=0.1)
    clean = records(people, CLEAN)["given"]
    years = [records(people, ErrorProfile(given_typo=0.1), year) for year in (YEAR, YEAR + 1)]
    wrong = [frame["given"] != clean for frame in years]
    stays = (years[0]["given"] == years[1]["given"]).filter(wrong[0])
    assert 0.75 < stays.mean() < 0.9
    assert 0.08 < wrong[1].mean() < 0.12
    elsewhere = Recorder(Chance(5), people, profile)
    person = np.flatnonzero(people.home[STATE] != ABSENT)
    here, there = (elsewhere.write(person, person * 0 + at, YEAR, STATE)["family"] for at in (1, 2))
    assert 0.15 < (here != there).mean() < 0.22
