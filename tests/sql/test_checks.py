"""Every SQL check passes on a sound city and goes red when its rule is broken."""

from datetime import date

import pytest

from tests.conftest import ULN_A

SPOIL = {
    "staging.learning_record.record_unique": "insert into staging.learning_record select * from staging.learning_record limit 1",
    "staging.learning_record.provider_registered": "update staging.learning_record set provider_id = '99999999'",
    "staging.learning_record.code_known": "update staging.learning_record set setting = 'beach'",
    "identity.person_link.every_record_linked": "delete from identity.person_link where record_id = 1",
    "core.reconciliation.everything_kept_is_there": "update core.reconciliation set records = records - 1",
    "core.enrolment.level_known": "update core.enrolment set isced = '9'",
    "core.enrolment.age_plausible": "update core.enrolment set age = 116",
    "core.participation.one_row_a_person_and_year": "insert into core.participation select * from core.participation",
    "core.population.every_age": "delete from core.population where age = 30 and sex = 'F'",
    "core.population.aligned": "update core.population set alignment = 'unaligned'",
    "core.expected_return.every_return_stands": "update core.expected_return set stands = false where sender_id = '10090002'",
    "core.coverage.learners_covered": "update core.coverage set share_of_last_years_learners = 0.97",
    "indicators.observation.one_row_a_cell": "insert into indicators.observation select * from indicators.observation limit 1",
    "indicators.observation.within_population": "update indicators.observation set numerator = denominator + 1 where denominator > 0",
    "indicators.observation.provision_adds_up": "update indicators.observation set numerator = numerator + 1 where provision = 'both'",
    "indicators.observation.vocational_within_participation": "update indicators.observation set numerator = 99 where indicator = '4_3_3_vocational'",
    "indicators.observation.settings_cover_the_total": "update indicators.observation set numerator = 99 where setting = '_T' and theme = '_T'",
}
MORE = {
    "staging.learning_record.code_known": [
        "update staging.learning_record set theme = 'chess'",
        "update staging.learning_record set isced = '3'",
        "update staging.learning_record set sex = 'X'",
    ],
    "identity.person_link.every_record_linked": [
        "insert into identity.person_link select * from identity.person_link limit 1"
    ],
    "core.reconciliation.everything_kept_is_there": [
        "update core.reconciliation set outcome = 'unexplained'",
        "delete from core.reconciliation",
        "update accepted.receipt set kept = 3 where kept = 0",
    ],
    "core.enrolment.age_plausible": ["update core.enrolment set age = -2"],
    "indicators.observation.settings_cover_the_total": [
        "update indicators.observation set numerator = 0 where setting = '_T' and theme = '_T'",
        "update indicators.observation set numerator = 99 where setting = '_T' and theme = 'arts_and_media'",
    ],
}


@pytest.fixture(scope="module")
def sound(make_bench):
    bench = make_bench()
    bench.people(range(91), "F", 1000)
    bench.people(range(91), "M", 1000)
    bench.record("a", uln=ULN_A, isced="35", birth_date=date(2004, 1, 1))
    bench.record("b", setting="community", isced="NF")
    bench.run()
    bench.make_all()
    return bench


@pytest.fixture
def city(sound, tmp_path):
    """A copy of the sound city, to be spoilt."""
    return sound.copy(tmp_path / "city")


def failing(bench):
    return {f"{c.table}.{c.name}" for c in bench.pipeline.checks if bench.pipeline.failing_rows(c)}


def test_a_sound_city_passes_every_check(city):
    assert failing(city) == set()


def test_every_check_has_a_way_to_go_red(bench):
    assert {f"{c.table}.{c.name}" for c in bench.pipeline.checks} == set(SPOIL)


@pytest.mark.parametrize(
    ("check", "spoil"), [*SPOIL.items(), *((check, s) for check, spoils in MORE.items() for s in spoils)]
)
def test_a_check_goes_red_when_its_rule_is_broken(city, check, spoil):
    with city.pipeline.warehouse() as connection:
        connection.execute(spoil).fetchall()
    assert check in failing(city)
