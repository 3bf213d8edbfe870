"""Local indicators by hand, on a handful of people. The city has 48 residents of each single year of age."""

from datetime import date

import pytest

from tests.conftest import CITY_POSTCODE, ELSEWHERE_POSTCODE, OTHER_CITY_POSTCODE, ULN_A, ULN_B


@pytest.fixture
def city(even_city):
    even_city.providers = ("10090001", "10090002", "10090003")
    even_city.kind["10090002"] = ("library", "adult and community")
    even_city.kind["10090003"] = ("university", "higher education")
    return even_city


def born(age):
    return date(2024 - age, 1, 1)


def test_young_people_not_recorded_are_the_rest(city):
    city.record("sixteen", birth_date=born(16))
    city.record("seventeen in a club", birth_date=born(17), isced="NF")
    city.record("eighteen", birth_date=born(18))
    city.record("fifteen", birth_date=born(15))
    city.run()
    assert city.count("local_not_in_education", age="16-17") == (2, 96)
    # Acceptance test T8: recorded and not recorded make up the population.
    assert city.count("local_not_in_education", age="15-24") == city.count("4_3_1_participation", age="15-24")


def test_community_learners_are_adults_in_non_formal_learning(city):
    city.record("adult", uln=ULN_A, isced="NF", provider_id="10090002", setting="community")
    city.record("adult", uln=ULN_A, isced="NF", provider_id="10090001", setting="family")
    city.record("eighteen", isced="NF", birth_date=born(18))
    city.record("formal", isced="35")
    city.run()
    assert city.count("local_community_learning", age="19+")[0] == 1
    # Ages 19 to 64: 46 of 48 each.
    assert city.count("local_community_learning", age="19-64") == (1, 46 * 48)
    assert city.count("local_community_learning", age="19+", setting="family")[0] == 1


def test_basic_skills_are_two_themes_up_to_level_2(city):
    city.record("english", theme="essential_skills", isced="24")
    city.record("digital", theme="digital_skills", isced="NF")
    city.record("computing at level 4", theme="digital_skills", isced="55")
    city.record("arts", theme="arts_and_media", isced="NF")
    city.run()
    assert city.count("local_basic_skills", age="19+")[0] == 2
    assert city.count("local_basic_skills", age="19+", theme="digital_skills")[0] == 1


def test_where_by_definition_nobody_can_be_there_is_no_figure(city):
    """Not a nought that might be four: of basic skills in arts nothing is published."""
    city.record("a", isced="24", theme="essential_skills")
    city.run()
    found = city.table("indicators.observation").filter(academic_year="2024/25", sex="_T")

    def categories(indicator, breakdown):
        return set(found.filter(indicator=indicator)[breakdown]) - {"_T"}

    assert categories("local_basic_skills", "theme") == {"essential_skills", "digital_skills"}
    assert categories("local_first_qualification", "level") == {f"ISCED11_{n}" for n in range(3, 9)}
    assert categories("local_women_in_stem", "level") == {f"ISCED11_{n}" for n in range(4, 9)}
    assert {"arts_and_media", "digital_skills"} < categories("local_workplace_learning", "theme")


def test_learners_count_once_in_each_sector_level_and_group(city):
    city.record("a", uln=ULN_A, isced="35", ethnicity="asian", disability="PD")
    city.record("a", uln=ULN_A, isced="NF", provider_id="10090002")
    city.record("b", uln=ULN_B, isced="6", provider_id="10090003", birth_date=None, ethnicity="white")
    city.record("c", isced="6", provider_id="10090003", postcode=ELSEWHERE_POSTCODE)
    city.run()

    def learners(**cell):
        return city.count("local_learners", **cell)[0]

    assert (learners(), learners(age="19+")) == (2, 1)
    sectors = ("further education", "adult and community", "higher education", "employer")
    assert [learners(sector=sector) for sector in sectors] == [1, 1, 1, 0]
    levels = ("ISCED11_3", "ISCED11_6", "NF", "ISCED11_0")
    assert [learners(level=level) for level in levels] == [1, 1, 1, 0]
    assert [learners(ethnicity=group) for group in ("asian", "white", "black", "U")] == [1, 1, 0, 0]
    assert [learners(disability=code) for code in ("PD", "PWD", "U")] == [1, 0, 1]
    assert [learners(provider_kind=kind) for kind in ("college", "library", "university")] == [1, 1, 1]


def test_learning_elsewhere_goes_by_delivery_then_by_the_providers_site(city):
    city.sites["10090003"] = ELSEWHERE_POSTCODE
    city.record("here")
    city.record("taught elsewhere", delivery_postcode=ELSEWHERE_POSTCODE)
    city.record("at a provider elsewhere", provider_id="10090003")
    city.record("unknown postcode at a provider here", delivery_postcode="ZZ1 1ZZ")
    city.run()
    assert city.count("local_learning_elsewhere") == (2, 4)
    assert city.count("local_learners", place="elsewhere")[0] == 2
    assert city.count("local_learners", place="city")[0] == 2


def test_several_sectors_are_of_one_year(city):
    city.record("two sectors", uln=ULN_A)
    city.record("two sectors", uln=ULN_A, provider_id="10090002")
    city.record("two colleges", uln=ULN_B)
    city.record("two colleges", uln=ULN_B)
    city.record("a", academic_year="2023/24", start_date=date(2023, 9, 1), end_date=date(2024, 7, 1))
    city.record("a", provider_id="10090001")
    city.run()
    assert city.count("local_several_sectors") == (1, 3)


def test_learning_at_work_is_of_the_setting_workplace(city):
    city.record("apprentice", setting="workplace", isced="35")
    city.record("student", setting="institution")
    city.record("apprentice of 18", setting="workplace", birth_date=born(18))
    city.run()
    assert city.count("local_workplace_learning", age="19-64") == (1, 46 * 48)
    assert city.count("local_workplace_learning", age="16-18") == (1, 3 * 48)


def test_community_places_are_postcodes_in_the_city_with_a_course(city):
    """M1, M2, and a provider whose site is not known; not where it is formal, elsewhere, or over."""
    community = {"isced": "NF", "setting": "community"}
    city.record("a", delivery_postcode=CITY_POSTCODE, **community)
    city.record("b", delivery_postcode=CITY_POSTCODE, provider_id="10090002", **community)
    city.record("c", delivery_postcode=OTHER_CITY_POSTCODE, setting="family", isced="NF")
    city.record("d", provider_id="10090002", **community)
    city.record("e", delivery_postcode=ELSEWHERE_POSTCODE, **community)
    city.record("f", provider_id="10090003")
    over = {"start_date": date(2024, 5, 1), "end_date": date(2024, 7, 1)}
    city.record("g", provider_id="10090003", **over, **community)
    city.run()
    assert city.count("local_community_places") == (3, None)


def test_achievement_by_disability(city):
    """One course of two of somebody with a disability, one of one of somebody without."""
    ended = {"start_date": date(2024, 9, 2), "end_date": date(2025, 6, 30)}
    city.record("a", disability="PD", outcome="achieved", **ended)
    city.record("a", disability="PD", outcome="withdrawn", **ended)
    city.record("b", disability="PWD", outcome="achieved", **ended)
    city.run()
    assert city.count("local_achievement", disability="PD") == (1, 2)
    assert city.count("local_achievement", disability="PWD") == (1, 1)


def test_whose_home_is_not_known_is_a_resident_of_nowhere(city):
    """Two of five: no postcode, and the one for not known. Whoever has one in another return has a home."""
    city.record("here")
    city.record("elsewhere", postcode=ELSEWHERE_POSTCODE)
    city.record("no postcode", postcode=None)
    city.record("not known", postcode="ZZ99 9ZZ")
    city.record("known by one", uln=ULN_A, postcode=None)
    city.record("known by one", uln=ULN_A, provider_id="10090002")
    city.run()
    assert city.count("local_home_not_known") == (2, 5)
    assert city.count("local_learners")[0] == 2
