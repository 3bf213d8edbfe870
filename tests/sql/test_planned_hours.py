"""Hours planned for a learner in a year, in the bands by which DfE funds students of 16 and 17."""

from datetime import date

import pytest

from tests.conftest import ELSEWHERE_POSTCODE, OTHER_CITY_POSTCODE, ULN_A

SEVENTEEN, EIGHTEEN = date(2007, 1, 1), date(2006, 8, 31)


def test_bands_of_hours(bench):
    bands = {0: 0, 299: 0, 300: 300, 384: 300, 385: 385, 484: 385, 485: 485, 579: 485, 580: 580, 900: 580}
    bands[None] = None
    for number, hours in enumerate(bands):
        bench.record(str(number), planned_hours=hours)
    bench.run()
    found = bench.rows("select hours_from from core.enrolment order by record_id")
    assert [h for (h,) in found] == list(bands.values())


@pytest.fixture
def students(bench):
    """Ann has 400 hours here and 600 there, Bo 300 twice; Cy's are not known, Di is 18, Ed from away."""
    bench.record("ann", birth_date=SEVENTEEN, uln=ULN_A, planned_hours=400)
    bench.record("ann", birth_date=SEVENTEEN, uln=ULN_A, planned_hours=600, provider_id="10090002")
    bench.record(
        "bo", birth_date=SEVENTEEN, course="x", planned_hours=300, sex="M", postcode=OTHER_CITY_POSTCODE
    )
    bench.record(
        "bo", birth_date=SEVENTEEN, course="y", planned_hours=300, sex="M", postcode=OTHER_CITY_POSTCODE
    )
    bench.record("cy", birth_date=SEVENTEEN)
    bench.record("di", birth_date=EIGHTEEN, planned_hours=600)
    bench.record("ed", birth_date=SEVENTEEN, planned_hours=600, postcode=ELSEWHERE_POSTCODE)
    bench.run()
    return bench


def test_a_student_counts_by_the_provider_where_most_hours_are_planned(students):
    """Hours of a learner stand beside each of the learner's courses: those of Bo are 300 and not 600."""
    assert students.count("local_full_time", age="16-17") == (1, 2)
    assert students.count("local_full_time", age="16-17", sex="M") == (0, 1)
    # Ann lives in the most deprived fifth of areas, Bo in the least.
    assert students.count("local_full_time", age="16-17", deprivation="Q1") == (1, 1)
    assert students.count("local_full_time", age="16-17", deprivation="Q5") == (0, 1)
