"""How far people go to learn: from the postcode of home to that of the place, in bands.

By hand: a degree of latitude is 111.2 km, one of longitude at 53.48 degrees north 0.595 of that, 66.2 km.
"""

import pytest

from tests.bench_lists import ELEVEN_KILOMETRES_OFF, PLACE_NOT_KNOWN, SEVEN_KILOMETRES_OFF
from tests.conftest import CITY_POSTCODE, ELSEWHERE_POSTCODE, OTHER_CITY_POSTCODE


def of_enrolments(bench, *columns):
    return bench.rows(f"select {', '.join(columns)} from core.enrolment order by record_id")


def test_bands_of_distance(bench):
    places = {
        CITY_POSTCODE: 0,
        # 0.01 degrees north: 1.1 km.
        OTHER_CITY_POSTCODE: 0,
        # 0.06 degrees west: 4.0 km; were they of latitude, it would be 6.7.
        ELSEWHERE_POSTCODE: 2,
        # 0.07 degrees south: 7.8 km.
        SEVEN_KILOMETRES_OFF: 5,
        # 0.10 degrees north: 11.1 km.
        ELEVEN_KILOMETRES_OFF: 10,
        PLACE_NOT_KNOWN: None,
        "ZZ9 9ZZ": None,
        None: None,
    }
    for number, place in enumerate(places):
        bench.record(str(number), postcode=CITY_POSTCODE, delivery_postcode=place)
    bench.record("home not known", postcode=None, delivery_postcode=CITY_POSTCODE)
    bench.run()
    assert [d for (d,) in of_enrolments(bench, "distance_from")] == [*places.values(), None]


def test_where_no_place_is_given_it_is_the_provider_s_main_site(bench):
    """Not where one is given that is elsewhere: its ward is not known, and is not the main site's."""
    bench.sites["10090001"] = OTHER_CITY_POSTCODE
    bench.record("a", delivery_postcode=None)
    bench.record("b", delivery_postcode=ELSEWHERE_POSTCODE)
    bench.record("c", delivery_postcode=None, provider_id="10090002")
    bench.run()
    assert of_enrolments(bench, "place_ward", "distance_from") == [
        ("E05000001", 0),
        (None, 2),
        (None, None),
    ]


@pytest.fixture
def learners(bench):
    """Ann learns near home and far from it, Bo far, Cy at an unknown place; Di lives elsewhere, near."""
    bench.record("ann", course="x", delivery_postcode=SEVEN_KILOMETRES_OFF)
    bench.record("ann", course="y", delivery_postcode=OTHER_CITY_POSTCODE)
    bench.record("bo", delivery_postcode=ELEVEN_KILOMETRES_OFF, sex="M", postcode=OTHER_CITY_POSTCODE)
    bench.record("cy", delivery_postcode=None)
    bench.record("di", postcode=ELSEWHERE_POSTCODE, delivery_postcode=ELSEWHERE_POSTCODE)
    bench.run()
    return bench


def test_a_person_counts_by_the_nearest_place(learners):
    assert learners.count("local_near_home") == (1, 2)
    assert learners.count("local_near_home", sex="M") == (0, 1)
    assert learners.count("local_near_home", age="19+") == (1, 2)
    assert learners.count("local_near_home", age="5-15") == (0, 0)
    # Ann lives in the most deprived fifth of areas, Bo in the least.
    assert learners.count("local_near_home", deprivation="Q1") == (1, 1)
    assert learners.count("local_near_home", deprivation="Q5") == (0, 1)
    assert learners.count("local_near_home", ward="E05000001") == (1, 2)
