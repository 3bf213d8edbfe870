"""The trained model: read as it was reviewed, or refused; nothing untrained is ever used."""

import json

import pytest

from pipelines.identity.model import untrained
from pipelines.identity.weights import Weights, WeightsError, of_settings
from tests.identity.roll import WEIGHTS


def written(tmp_path, change):
    file = tmp_path / "linkage_model.json"
    data = WEIGHTS.model_dump(mode="json")
    change(data)
    file.write_text(json.dumps(data), "utf-8")
    return file


def test_what_is_written_is_what_is_read(tmp_path):
    WEIGHTS.write(tmp_path / "model.json")
    assert Weights.read(tmp_path / "model.json") == WEIGHTS


def test_a_missing_model_says_what_to_do(tmp_path):
    with pytest.raises(WeightsError, match="train-linkage"):
        Weights.read(tmp_path / "linkage_model.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["attributes"].pop("birth_date"),
        lambda d: d["attributes"].update(shoe_size=[]),
        lambda d: d["attributes"]["sex"].pop(),
        lambda d: d["attributes"]["sex"][0].update(label="the same colour"),
    ],
)
def test_a_model_of_other_comparisons_is_refused(tmp_path, change):
    with pytest.raises(WeightsError, match="train it anew"):
        Weights.read(written(tmp_path, change))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["attributes"]["sex"][0].update(m=0),
        lambda d: d["attributes"]["sex"][0].update(u=1.5),
        lambda d: d["attributes"]["sex"][0].pop("m"),
        lambda d: d.update(links_per_variant=0),
        lambda d: d.update(extra=1),
    ],
)
def test_a_model_that_is_none_is_refused(tmp_path, change):
    with pytest.raises(WeightsError, match="not a trained model"):
        Weights.read(written(tmp_path, change))


def test_an_attribute_that_was_not_trained_fails():
    settings = untrained()
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            level |= {"m_probability": 0.5, "u_probability": 0.5}
    assert set(of_settings(settings)) == set(WEIGHTS.attributes)
    for level in settings["comparisons"][2]["comparison_levels"]:
        level.pop("m_probability")
    with pytest.raises(WeightsError, match="birth_date"):
        of_settings(settings)


def test_a_level_that_never_occurred_weighs_nothing():
    settings = untrained()
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            level |= {"m_probability": 0.9, "u_probability": 0.1}
    level = settings["comparisons"][0]["comparison_levels"][2]
    del level["m_probability"]
    assert of_settings(settings)["given_name"][1].weight == 0


def test_no_disagreement_outweighs_all_else():
    """Trained where nobody errs: m 1e-12 counts as 1e-4, and log2(1e-4 / 0.5) = -12.2877, not -38.9."""
    settings = untrained()
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            level |= {"m_probability": 0.9, "u_probability": 0.1}
    differs = settings["comparisons"][3]["comparison_levels"][-1]
    differs |= {"m_probability": 1e-12, "u_probability": 0.5}
    sex = of_settings(settings)["sex"]
    assert sex[-1].m == 1e-4
    assert sex[-1].weight == pytest.approx(-12.2877, abs=1e-4)
    assert sex[0].m == 0.9


def test_in_a_larger_city_two_records_are_less_likely_of_one_person():
    """Links grow with the city, pairs with its square: ten times the variants, a tenth of the prior."""
    small, large = (WEIGHTS.settings(n)["probability_two_random_records_match"] for n in (1_001, 10_001))
    assert small == pytest.approx(10 * large)


def test_a_change_is_shown_beside_what_it_was():
    lines = WEIGHTS.changes_since(WEIGHTS)
    assert sum("(was " in line for line in lines) == sum(map(len, WEIGHTS.attributes.values()))
    assert not any("(was " in line for line in WEIGHTS.changes_since(None))
