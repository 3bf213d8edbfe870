"""The city profile refuses what cannot be."""

import pytest

from pipelines.city import City, CityError
from pipelines.indicators.bands import Band
from tests.conftest import REPOSITORY

PROFILE = (REPOSITORY / "city.toml").read_text("utf-8")


def read(tmp_path, text):
    (tmp_path / "city.toml").write_text(text, "utf-8")
    return City.read(tmp_path / "city.toml")


def test_the_repositorys_profile_is_manchester(tmp_path):
    city = read(tmp_path, PROFILE)
    assert (city.name, city.area_code) == ("Manchester", "E08000003")
    assert [y.label for y in city.years][:2] == ["2018/19", "2019/20"]


def test_a_profile_of_an_earlier_version_is_read_as_ever(tmp_path):
    former = 'local_authority_code = "352"\ncountry = "England"\n'
    deprivation = '\n[deprivation]\nindex = "English Indices of Deprivation 2025"\ngeography = "LSOA 2021"\n'
    assert read(tmp_path, former + PROFILE + deprivation) == read(tmp_path, PROFILE)


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('name = "Manchester"', 'nom = "Manchester"', "nom"),
        ("primary = [5, 10]", "primary = [4, 10]", "primary entry age"),
        ("lower_secondary = [11, 13]", "lower_secondary = [12, 13]", "without gap"),
        ('memory = "1500MB"', 'memory = "much"', "linkage.memory"),
        ('first_year = "2018/19"', 'first_year = "2018"', "academic year"),
        ("[population]", "[population", "city.toml"),
    ],
)
def test_a_faulty_profile_is_refused_by_name(tmp_path, was, becomes, says):
    assert was in PROFILE
    with pytest.raises(CityError, match=r"city\.toml") as error:
        read(tmp_path, PROFILE.replace(was, becomes))
    assert says in str(error.value)


def test_age_bands_follow_from_the_school_ages(tmp_path):
    scotland_like = PROFILE.replace("primary_entry = 5", "primary_entry = 6").replace(
        "primary = [5, 10]", "primary = [6, 10]"
    )
    ages = read(tmp_path, scotland_like.replace("pre_primary = [3, 4]", "pre_primary = [3, 5]")).school_ages
    school = ("before_primary", "primary", "lower_secondary", "upper_secondary")
    assert [Band.parse(stage, ages).code for stage in school] == ["5", "6-10", "11-13", "14-17"]


def test_t5_completion_is_looked_for_three_to_five_years_after_the_last_grade(tmp_path):
    """Acceptance test T5: from the structure of the city's education, not from literals."""
    levels = ("after_primary", "after_lower_secondary", "after_upper_secondary")
    ages = read(tmp_path, PROFILE).school_ages
    assert [Band.parse(level, ages).code for level in levels] == ["13-15", "16-18", "20-22"]
    shorter = read(tmp_path, PROFILE.replace("[14, 17]", "[14, 16]").replace("[18, 22]", "[17, 21]"))
    assert Band.parse("after_upper_secondary", shorter.school_ages).code == "19-21"


@pytest.mark.parametrize(
    ("text", "band"), [("15-24", (15, 24)), ("65+", (65, 999)), ("4", (4, 4)), ("_T", None)]
)
def test_a_band_is_ages_or_all(text, band):
    assert Band.parse(text, City.read(REPOSITORY / "city.toml").school_ages) == band


@pytest.mark.parametrize("text", ["24-15", "child", "15-", "+", ""])
def test_what_is_no_band_is_refused(text):
    with pytest.raises(ValueError, match=r"neither|before it begins"):
        Band.parse(text, City.read(REPOSITORY / "city.toml").school_ages)
