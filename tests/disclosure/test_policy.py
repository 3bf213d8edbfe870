"""The policy is read as it was signed, or not at all."""

import pytest

from pipelines.disclosure.policy import Policy, PolicyError
from tests.conftest import POLICY, REPOSITORY

TEXT = (REPOSITORY / "data" / "disclosure_policy.toml").read_text("utf-8")


def test_the_bundled_policy_is_the_methodology_s():
    """6.4 and 6.5: base 5, ranges of 4, rates of 100 residents, percentages of 25 people, groups of 100."""
    assert (POLICY.base, POLICY.protection_interval) == (5, 4)
    assert (POLICY.smallest_population, POLICY.smallest_base, POLICY.smallest_sensitive_base) == (
        100,
        25,
        100,
    )
    assert POLICY.sensitive == ("ethnicity", "disability")
    assert POLICY.nested["decile"].within == "deprivation"
    assert POLICY.nested["decile"].parents["D3"] == "Q2"
    # 6.6: at least three providers, the largest with at most 85 %.
    assert (POLICY.dominance.fewest_providers, POLICY.dominance.largest_share) == (3, 85)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("base = 5", "base = 2", "base"),
        ("base = 5", "basis = 5", "basis"),
        ("protection_interval = 4", "protection_interval = 5", "no more than that can be asked"),
        ("smallest_base = 25", "smallest_base = 0", "smallest_base"),
        ('"disability"]', '"shoe_size"]', "shoe_size"),
        ("[nested.decile]", "[nested.shoe_size]", "shoe_size"),
        ('within = "deprivation"', 'beneath = "deprivation"', "beneath"),
        ("largest_share = 85", "largest_share = 850", "largest_share"),
        ("fewest_providers = 3", "fewest_provider = 3", "fewest_provider"),
        ("[nested.decile]", "[nested.decile", "disclosure_policy.toml"),
    ],
)
def test_what_it_cannot_mean_is_refused_by_name(tmp_path, old, new, says):
    assert old in TEXT
    file = tmp_path / "disclosure_policy.toml"
    file.write_text(TEXT.replace(old, new), "utf-8")
    with pytest.raises(PolicyError, match=r"disclosure_policy\.toml") as error:
        Policy.read(file)
    assert says in str(error.value)


def test_a_city_without_a_policy_publishes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        Policy.read(tmp_path / "disclosure_policy.toml")
