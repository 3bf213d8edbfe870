"""The city profile refuses what cannot be."""

import pytest

from pipelines.city import City, CityError
from pipelines.reference_lists import REFERENCE_LISTS
from tests.conftest import REPOSITORY

PROFILE = (REPOSITORY / "city.toml").read_text("utf-8")


def read(tmp_path, text):
    (tmp_path / "city.toml").write_text(text, "utf-8")
    return City.read(tmp_path / "city.toml")


def test_the_repositorys_profile_is_manchester(tmp_path):
    city = read(tmp_path, PROFILE)
    assert (city.name, city.area_code) == ("Manchester", "E08000003")
    assert [y.label for y in city.years][:2] == ["2018/19", "2019/20"]


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('name = "Manchester"', 'nom = "Manchester"', "nom"),
        ("primary = [5, 10]", "primary = [4, 10]", "primary entry age"),
        ("lower_secondary = [11, 13]", "lower_secondary = [12, 13]", "without gap"),
        ("rounding_base = 5", "rounding_base = 1", "rounding_base"),
        ('memory = "1500MB"', 'memory = "much"', "linkage.memory"),
        ('first_year = "2018/19"', 'first_year = "2018"', "academic year"),
        ("[disclosure]", "[disclosure", "city.toml"),
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
    bands = next(e for e in REFERENCE_LISTS if e.name == "age_band").load(
        tmp_path, read(tmp_path, scotland_like)
    )
    school = [b for s, b, *_ in bands.iter_rows() if s == "school_age"]
    assert school == ["5", "6-10", "11-13", "14-17"]
