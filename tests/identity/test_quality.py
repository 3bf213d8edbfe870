"""Linkage held against the truth of whole cities, whose weights were trained on another city."""

import pytest

from bench.linkage_city import StagedCity
from bench.linkage_quality import Quality, count_errors
from pipelines.extracts.formats import FORMATS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["realistic", "harsh"])
def city(request, tmp_path_factory):
    root = tmp_path_factory.mktemp(request.param)
    return request.param, StagedCity.write(root, request.param, people=20_000, years=2, seed=21)


@pytest.fixture(scope="module")
def linked(city):
    return city[1].link()


def test_every_record_is_linked_once(city, linked):
    assert linked["record_id"].is_unique().all()
    assert len(linked) == len(city[1].whose)
    assert {*linked["collection"]} == {m.COLLECTION for m in FORMATS} - {"common_transfer_file"}


def test_persons_are_those_of_the_truth(city, linked):
    """The aims: 0.999 of pairs right, 0.98 found, and persons within 0.3 % (realistic) or 1.5 % (harsh)."""
    profile, _ = city
    quality = Quality.of(linked, "person")
    assert quality.precision >= 0.999
    assert quality.recall >= 0.98
    assert abs(quality.count - 1) <= {"realistic": 0.003, "harsh": 0.015}[profile]


def test_each_year_is_as_right_as_all(city, linked):
    profile, _ = city
    errors = count_errors(linked, "person", "academic_year")["error"]
    assert errors.abs().max() <= {"realistic": 0.003, "harsh": 0.015}[profile]


def test_the_truth_lies_within_the_bounds(city, linked):
    """Of the realistic city. In the harsh one some links are not even doubtful: nothing shows them."""
    profile, _ = city
    low, high = Quality.of(linked, "coarser").count, Quality.of(linked, "finer").count
    assert low <= Quality.of(linked, "person").count <= high
    if profile == "realistic":
        assert low <= 1 <= high


def test_numbers_alone_count_many_people_twice(city):
    _, staged = city
    numbers = Quality.of(staged.link(weights=None), "person")
    only_uln = staged.link(weights=None, identifiers=frozenset({"uln", "local"}))
    assert numbers.count > 1.05
    assert Quality.of(only_uln, "person").count > numbers.count
