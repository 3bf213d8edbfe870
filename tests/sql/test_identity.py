"""Who is the same person: learner numbers join, dummies and broken ones never do."""

import hashlib
import hmac

from tests.conftest import ULN_A, ULN_B


def people(bench):
    bench.people(range(91), "F", 1000)
    bench.run()
    return dict(bench.rows("select record_id, person_id from identity.person_link"))


def test_a_valid_learner_number_joins_across_providers(bench):
    bench.record("a", uln=ULN_A, provider_id="10090001")
    bench.record("b", uln=ULN_A, provider_id="10090002")
    bench.record("c", uln=ULN_B, provider_id="10090002")
    link = people(bench)
    assert link[1] == link[2] != link[3]


def test_dummy_and_invalid_numbers_never_join(bench):
    for reference, number in enumerate(["9999999999", "9276308687", "0000000000", "927630868", "x"]):
        bench.record(f"a{reference}", uln=number)
        bench.record(f"b{reference}", uln=number)
    link = people(bench)
    assert len(set(link.values())) == 10


def test_without_a_number_the_providers_own_reference_joins_within_the_provider(bench):
    bench.record("same")
    bench.record("same")
    bench.record("same", provider_id="10090002")
    link = people(bench)
    assert link[1] == link[2] != link[3]


def test_a_pupil_number_stands_for_the_one_learner_number_it_came_with(bench):
    upn = "B352200123456"
    bench.record("pupil", upn=upn, uln=ULN_A, academic_year="2023/24", start_date=None)
    bench.record("pupil", upn=upn)
    bench.record("student", uln=ULN_A, provider_id="10090002")
    link = people(bench)
    assert link[1] == link[2] == link[3]


def test_a_pupil_number_with_two_learner_numbers_bridges_nobody(bench):
    upn = "B352200123456"
    bench.record("pupil", upn=upn, uln=ULN_A)
    bench.record("pupil", upn=upn, uln=ULN_B)
    bench.record("pupil", upn=upn)
    link = people(bench)
    assert len(set(link.values())) == 3


def test_the_pseudonym_is_a_keyed_hash_of_the_number(bench):
    bench.record("a", uln=ULN_A)
    link = people(bench)
    key = bench.pipeline.secrets.person
    assert link[1] == int(hmac.new(key, f"uln:{ULN_A}".encode(), hashlib.sha256).hexdigest()[:16], 16)
    rounding = bench.pipeline.secrets.rounding
    digest = hmac.new(rounding, str(link[1]).encode(), hashlib.sha256).hexdigest()
    # 40 bits, of which the last twelve, that draw, are the digest's first.
    expected = int(digest[3:10] + digest[:3], 16)
    assert bench.rows("select record_key from identity.rounding_key") == [(expected,)]
