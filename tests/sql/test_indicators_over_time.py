"""Indicators that follow persons over years, by hand. The city has 48 residents of each year of age."""

from datetime import date

import pytest

from pipelines.synthetic.numbers import learner_numbers
from tests.conftest import ELSEWHERE_POSTCODE, OTHER_CITY_POSTCODE

YEARS = {"2022/23": 2022, "2023/24": 2023, "2024/25": 2024}
ADA, BO, CY, DI = map(str, learner_numbers(4, seed=1))


@pytest.fixture
def city(even_city):
    return even_city


def learns(city, uln, year, age=30, **more):
    """Add a record of a person of an age in 2024/25, from September to July of an earlier year."""
    start = YEARS[year]
    dates = {"start_date": date(start, 9, 2), "end_date": date(start + 1, 7, 4)}
    city.record(uln, uln=uln, academic_year=year, birth_date=date(2024 - age, 1, 1), **(dates | more))


class TestCompletion:
    """4.1.2: at 20 to 22, upper secondary; at 16 to 18, lower secondary; at 13 to 15, primary."""

    def test_a_qualification_or_the_last_grade_counts_ever_after(self, city):
        learns(city, ADA, "2022/23", age=20, isced="35", outcome="achieved")
        learns(city, BO, "2022/23", age=20, isced="34", intended_age=17)
        learns(city, CY, "2022/23", age=20, isced="35", outcome="withdrawn")
        learns(city, DI, "2024/25", age=22, isced="6", outcome="achieved")
        city.run()
        assert city.count("4_1_2_completion", age="20-22") == (3, 144)

    def test_the_edge_ages(self, city):
        for uln, age in ((ADA, 19), (BO, 20), (CY, 22), (DI, 23)):
            learns(city, uln, "2023/24", age=age, isced="35", outcome="achieved")
        city.record("somebody", academic_year="2024/25")
        city.run()
        assert city.count("4_1_2_completion", age="20-22")[0] == 2

    def test_the_last_grade_is_completed_the_year_after(self, city):
        learns(city, ADA, "2024/25", age=16, isced="24", intended_age=13)
        learns(city, BO, "2023/24", age=16, isced="24", intended_age=13)
        learns(city, CY, "2022/23", age=13, isced="1", intended_age=10)
        city.run()
        assert city.count("4_1_2_completion", age="16-18")[0] == 1
        assert city.count("4_1_2_completion", age="13-15")[0] == 1

    def test_home_is_where_they_were_last_seen_to_live(self, city):
        learns(city, ADA, "2022/23", age=20, isced="35", outcome="achieved")
        learns(city, ADA, "2023/24", age=20, isced="6", postcode=ELSEWHERE_POSTCODE)
        learns(city, BO, "2022/23", age=20, isced="35", outcome="achieved")
        learns(city, BO, "2023/24", age=20, isced="6", postcode=OTHER_CITY_POSTCODE)
        city.record("somebody", academic_year="2024/25")
        city.run()
        assert city.count("4_1_2_completion", age="20-22")[0] == 1
        assert city.count("4_1_2_completion", age="20-22", deprivation="Q5")[0] == 1


class TestTransition:
    """UIS: of those in Year 6 the year before, those in Year 7."""

    def pupil(self, city, uln, *groups):
        for year, group in zip(("2023/24", "2024/25"), groups, strict=True):
            if group:
                isced = "1" if group < 7 else "24"
                learns(city, uln, year, age=11, isced=isced, intended_age=group + 4)

    def test_of_three_who_moved_up_or_left_two_were_found(self, city):
        self.pupil(city, ADA, 6, 7)
        self.pupil(city, BO, 6, 7)
        self.pupil(city, CY, 6, None)
        self.pupil(city, DI, 5, 6)
        city.run()
        assert city.count("uis_transition") == (2, 3)

    def test_who_repeats_the_grade_is_left_out(self, city):
        self.pupil(city, ADA, 6, 7)
        self.pupil(city, BO, 6, 6)
        city.run()
        assert city.count("uis_transition") == (1, 1)

    def test_who_skips_a_grade_has_not_moved_into_the_first(self, city):
        self.pupil(city, ADA, 6, 8)
        city.run()
        assert city.count("uis_transition") == (0, 1)


def test_new_learners_have_no_earlier_year(city):
    learns(city, ADA, "2023/24")
    learns(city, ADA, "2024/25")
    learns(city, BO, "2024/25")
    learns(city, CY, "2024/25", age=18)
    city.run()
    assert city.count("local_new_learners", age="19+") == (1, 2)
    # In the first year everybody would be new.
    assert city.count("local_new_learners", age="19+", academic_year="2023/24") == (0, 0)


def test_from_non_formal_to_formal_within_two_years(city):
    learns(city, ADA, "2022/23", isced="NF")
    learns(city, ADA, "2023/24", isced="35")
    learns(city, BO, "2022/23", isced="NF")
    learns(city, BO, "2024/25", isced="24")
    learns(city, CY, "2022/23", isced="NF")
    learns(city, CY, "2023/24", isced="NF")
    learns(city, DI, "2022/23", isced="NF")
    learns(city, DI, "2022/23", isced="35")
    city.run()
    assert city.count("local_into_formal_learning", age="19+") == (2, 3)


def test_a_first_qualification_is_the_first_at_its_level(city):
    learns(city, ADA, "2023/24", isced="35", outcome="achieved")
    learns(city, ADA, "2024/25", isced="35", outcome="achieved")
    learns(city, ADA, "2024/25", isced="55", outcome="achieved")
    learns(city, BO, "2024/25", isced="35", outcome="achieved")
    learns(city, CY, "2024/25", isced="35", outcome="completed")
    learns(city, DI, "2024/25", isced="24", outcome="achieved")
    city.run()
    # Ages 19 to 64: 46 of 48 each.
    assert city.count("local_first_qualification", age="19-64") == (2, 46 * 48)
    assert city.count("local_first_qualification", age="19-64", level="ISCED11_3")[0] == 1
    assert city.count("local_first_qualification", age="19-64", level="ISCED11_5")[0] == 1
    assert city.count("local_first_qualification", age="19-64", academic_year="2023/24")[0] == 1


class TestAchievement:
    def ended(self, city, uln, outcome, days=200, planned=300, **more):
        start = date(2024, 9, 2)
        day = start.toordinal()
        learns(
            city, uln, "2024/25", outcome=outcome, end_date=date.fromordinal(day + days - 1),
            planned_end_date=date.fromordinal(day + planned - 1), **more,
        )  # fmt: skip

    def test_courses_count_and_not_persons(self, city):
        self.ended(city, ADA, "achieved")
        self.ended(city, ADA, "achieved", isced="35")
        self.ended(city, BO, "completed")
        self.ended(city, CY, "withdrawn")
        self.ended(city, DI, None)
        city.run()
        assert city.count("local_achievement") == (2, 4)
        assert city.count("local_retention") == (3, 4)
        assert city.count("local_achievement", level="ISCED11_3") == (2, 4)
        assert city.count("local_achievement", sector="further education") == (2, 4)

    @pytest.mark.parametrize(
        ("days", "planned", "counts"),
        [
            (41, 168, False),  # 24 weeks: 42 days make a start
            (42, 168, True),
            (13, 167, False),  # less: 14 days
            (14, 167, True),
            (13, 14, False),
            (1, 13, True),  # less than two weeks: one day
        ],
    )
    def test_who_left_before_a_start_counts_is_left_out(self, city, days, planned, counts):
        self.ended(city, ADA, "achieved")
        self.ended(city, BO, "withdrawn", days, planned)
        city.run()
        assert city.count("local_achievement") == (1, 1 + counts)
        # They took part even so.
        assert city.count("local_learners")[0] == 2


def test_learners_who_come_from_elsewhere_are_counted_where_they_learn(city):
    city.record("here")
    city.record("from elsewhere", postcode=ELSEWHERE_POSTCODE)
    city.record("unknown", postcode=None)
    city.record("taught elsewhere", postcode=ELSEWHERE_POSTCODE, delivery_postcode=ELSEWHERE_POSTCODE)
    city.run()
    assert city.count("local_learning_here_from_elsewhere") == (1, 2)
    bases = (
        "select distinct numerator_basis, denominator_basis from indicators.observation where indicator = "
    )
    assert city.rows(f"{bases}'local_learning_here_from_elsewhere'") == [("provider", "provider")]


def test_women_in_stem_are_of_those_whose_sex_is_known(city):
    for name, sex, theme, isced in (
        ("a", "F", "digital_skills", "55"),
        ("b", "M", "trades_and_engineering", "6"),
        ("c", "M", "science_and_environment", "44"),
        ("d", "U", "digital_skills", "55"),
        ("e", "F", "digital_skills", "35"),
        ("f", "F", "arts_and_media", "55"),
    ):
        city.record(name, sex=sex, theme=theme, isced=isced)
    city.run()
    assert city.count("local_women_in_stem") == (1, 3)
    assert city.count("local_women_in_stem", level="ISCED11_5") == (1, 1)


class TestLearningOn:
    """From the year before to the year: the college, the library, or nowhere."""

    @pytest.fixture
    def flows(self, city):
        college, library = {"provider_id": "10090001"}, {"provider_id": "10090002"}
        learns(city, ADA, "2023/24", **library)
        learns(city, ADA, "2024/25", **college)
        learns(city, BO, "2023/24", **library)
        learns(city, BO, "2024/25", **library)
        learns(city, BO, "2024/25", **college)
        learns(city, CY, "2023/24", **library)
        learns(city, CY, "2023/24", **college)
        learns(city, DI, "2024/25", **college)
        city.kind["10090002"] = ("library", "adult and community")
        city.run()
        return city

    FE, ACL = "further education", "adult and community"

    def test_of_three_two_learn_on(self, flows):
        """Ada and Bo; Cy stopped; Di began."""
        assert flows.count("local_learning_on") == (2, 3)

    def test_by_the_sector_they_come_from(self, flows):
        """All three were at the library, Cy at the college too."""
        assert flows.count("local_learning_on", sector=self.ACL) == (2, 3)
        assert flows.count("local_learning_on", sector=self.FE) == (0, 1)

    def test_by_the_sector_they_go_to(self, flows):
        assert flows.count("local_learning_on", next_sector=self.FE) == (2, 3)
        assert flows.count("local_learning_on", next_sector=self.ACL) == (1, 3)

    def test_from_sector_to_sector(self, flows):
        """Of the library's three, two are at the college, one at the library; of the college's one, none."""
        to = {
            (a, b): flows.count("local_learning_on", sector=a, next_sector=b)
            for a in (self.FE, self.ACL)
            for b in (self.FE, self.ACL)
        }
        assert to == {
            (self.ACL, self.FE): (2, 3),
            (self.ACL, self.ACL): (1, 3),
            (self.FE, self.FE): (0, 1),
            (self.FE, self.ACL): (0, 1),
        }
