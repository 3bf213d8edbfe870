"""Indicators of early years and school by hand, edge ages included. Their definitions are in their `.yml`.

The city has 48 residents of each single year of age, 12 of them women in the least deprived fifth.
"""

from datetime import date

import pytest


def born(age: int, day: tuple[int, int] = (1, 1)) -> date:
    """Return a birth date of that academic age in 2024/25."""
    return date(2024 - age, *day)


@pytest.fixture
def city(bench):
    bench.people(range(91), "F", 12)
    bench.people(range(91), "M", 24)
    bench.people(range(91), "F", 12, quintile=5)
    return bench


def pupil(city, name, age, year_group, isced="1", **more):
    """Add a pupil of an age in a curriculum year."""
    city.record(name, birth_date=born(age), intended_age=year_group + 4, isced=isced, **more)


class TestGrossIntake:
    """4.1.3: pupils in Year 6 (Year 9) of any age over residents aged 10 (13)."""

    def test_any_age_counts_and_no_other_grade(self, city):
        pupil(city, "on time", 10, 6)
        pupil(city, "young", 9, 6)
        pupil(city, "old", 12, 6)
        pupil(city, "year 5", 10, 5)
        pupil(city, "year 9", 13, 9, isced="24")
        city.record("adult", birth_date=born(40))
        city.run()
        assert city.count("4_1_3_gross_intake", age="10") == (3, 48)
        assert city.count("4_1_3_gross_intake", age="13") == (1, 48)

    def test_who_repeats_the_grade_is_left_out(self, city):
        """In Year 6 in both years; the other comes from Year 5; the third was in Year 6 two years before."""
        for name, grades in {"again": (None, 6, 6), "on": (None, 5, 6), "back": (6, None, 6)}.items():
            for start, grade in zip((2022, 2023, 2024), grades, strict=True):
                when = {"academic_year": f"{start}/{start - 1999}", "start_date": date(start, 9, 2)}
                if grade:
                    pupil(city, name, 10, grade, **when)
        city.run()
        assert city.count("4_1_3_gross_intake", age="10") == (2, 48)
        assert city.count("4_1_3_gross_intake", age="10", academic_year="2023/24")[0] == 1

    def test_a_pupil_in_two_grades_counts_in_the_higher(self, city):
        pupil(city, "moved up", 10, 5)
        pupil(city, "moved up", 10, 6)
        city.run()
        assert city.count("4_1_3_gross_intake", age="10") == (1, 48)


def test_4_1_5_two_years_older_than_the_grade_is_meant_for(city):
    """Of four primary pupils one is two years over-age, and of two in lower secondary one is three."""
    pupil(city, "on time", 10, 6)
    pupil(city, "a year over", 11, 6)
    pupil(city, "two years over", 12, 6)
    pupil(city, "a year under", 4, 1)
    pupil(city, "secondary", 11, 7, isced="24")
    pupil(city, "three years over", 14, 7, isced="24")
    pupil(city, "year 10", 30, 10, isced="34")
    city.run()
    assert city.count("4_1_5_over_age", age="5-10") == (1, 4)
    assert city.count("4_1_5_over_age", age="11-13") == (1, 2)
    assert city.count("4_1_5_over_age", age="5-10", sex="M") == (0, 0)


class TestEarlyYears:
    """4.2.4: net, of the ages meant for the level; gross, of any age."""

    @pytest.fixture
    def children(self, city):
        city.record("two in nursery class", birth_date=born(2), isced="02")
        city.record("three", birth_date=born(3), isced="02")
        city.record("four in reception", birth_date=born(4), isced="02")
        city.record("five in reception", birth_date=born(5), isced="02")
        city.record("baby", birth_date=born(0), isced="01")
        city.record("toddler", birth_date=born(2), isced="01")
        city.record("three with a childminder", birth_date=born(3), isced="01")
        city.run()
        return city

    def test_net(self, children):
        """3 and 4: two of 96. 0 to 2: two of 144."""
        assert children.count("4_2_4_net", age="3-4") == (2, 96)
        assert children.count("4_2_4_net", age="0-2") == (2, 144)

    def test_gross(self, children):
        assert children.count("4_2_4_gross", age="3-4") == (4, 96)
        assert children.count("4_2_4_gross", age="0-2") == (3, 144)

    def test_t3_reception_as_primary_leaves_4_2_2_and_lowers_4_2_4(self, city):
        """Acceptance test T3."""
        city.record("three", birth_date=born(3), isced="02")
        city.record("four in reception", birth_date=born(4), isced="1")
        city.run()
        assert city.count("4_2_2_before_primary", age="4") == (1, 48)
        assert city.count("4_2_4_net", age="3-4") == (1, 96)


class TestEnrolmentByLevel:
    """UIS: gross, net and adjusted net. Primary is 5 to 10, lower secondary 11 to 13, upper 14 to 17."""

    @pytest.fixture
    def pupils(self, city):
        city.record("five in year 1", birth_date=born(5), isced="1")
        city.record("ten in year 7", birth_date=born(10), isced="24")
        city.record("eleven in year 6", birth_date=born(11), isced="1")
        city.record("four in year 1", birth_date=born(4), isced="1")
        city.record("thirteen", birth_date=born(13), isced="24")
        city.record("seventeen, trade", birth_date=born(17), isced="35")
        city.record("eighteen, a levels", birth_date=born(18), isced="34")
        city.record("sixteen at university", birth_date=born(16), isced="6")
        city.record("ten in a club", birth_date=born(10), isced="NF")
        city.run()
        return city

    def test_gross(self, pupils):
        """Primary: ages 5, 11 and 4. Lower: 10 and 13. Upper: 17 and 18."""
        counts = [pupils.count("uis_enrolment_gross", age=a) for a in ("5-10", "11-13", "14-17")]
        assert counts == [(3, 288), (2, 144), (2, 192)]

    def test_net(self, pupils):
        """Only the five-year-old in primary, the thirteen-year-old and the seventeen-year-old."""
        counts = [pupils.count("uis_enrolment_net", age=a) for a in ("5-10", "11-13", "14-17")]
        assert counts == [(1, 288), (1, 144), (1, 192)]

    def test_adjusted_net(self, pupils):
        """Higher levels count too (10, in Year 7; 16, at university), lower ones do not (11, in Year 6)."""
        counts = [pupils.count("uis_enrolment_adjusted_net", age=a) for a in ("5-10", "11-13", "14-17")]
        assert counts == [(2, 288), (1, 144), (2, 192)]

    def test_by_single_year_of_age(self, pupils):
        counts = {a: pupils.count("uis_enrolment_by_age", age=str(a))[0] for a in range(3, 25)}
        assert {a: n for a, n in counts.items() if n} == {
            4: 1,
            5: 1,
            10: 1,
            11: 1,
            13: 1,
            16: 1,
            17: 1,
            18: 1,
        }

    def test_of_school_age_at_school_levels(self, pupils):
        """ISO 37120: ages 5, 10, 11, 13 and 17; not 4, not 18, not at university."""
        assert pupils.count("local_school_population_enrolled", age="5-17") == (5, 13 * 48)


def test_adjusted_net_counts_post_secondary_education_as_higher(city):
    """ISCED 4 is above upper secondary education, though no age is meant for it; unknown levels are not."""
    city.record("seventeen, access to nursing", birth_date=born(17), isced="45")
    city.record("seventeen, level not known", birth_date=born(17), isced="9")
    city.run()
    assert city.count("uis_enrolment_adjusted_net", age="14-17") == (1, 192)
    assert city.count("uis_enrolment_net", age="14-17") == (0, 192)


def test_4_3_2_students_of_any_age_over_the_five_years_after_school(city):
    for number, isced in enumerate(["54", "55", "6", "7", "8", "45", "34", "NF"]):
        city.record(f"student {number}", birth_date=born(17 + 10 * number), isced=isced)
    city.run()
    assert city.count("4_3_2_tertiary", age="18-22") == (5, 5 * 48)
