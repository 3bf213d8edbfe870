"""What an agreement on data asks for is done to every figure that rests on them; the strictest holds."""

from dataclasses import replace

import polars as pl
import pytest

from pipelines.auditor.releases import Cell, Count, Where, counted
from pipelines.disclosure.audit import underivable_cells
from pipelines.disclosure.counts import shapes_of
from pipelines.disclosure.coverage import Coverage
from pipelines.disclosure.linkage import LINKAGE_SCHEMA, protect_linkage
from pipelines.disclosure.method import described
from pipelines.disclosure.policy import Policy, PolicyError
from pipelines.disclosure.rounded import rounded
from pipelines.disclosure.shapes import Shape
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from tests.auditor.test_attack import TABLE, system
from tests.conftest import CATALOGUE, NO_LEDGER, NO_STRATA, POLICY, REPOSITORY, protected
from tests.disclosure.test_controlled import WHOLE, counts
from tests.publication.conftest import TYPES, observation

SCHOOL, STUDENT = "school_census", "student_record"
OF_SCHOOLS, OF_ALL = "4_1_3_gross_intake", "local_learners"
"""Indicators that rest on one format, and on all."""


def policy(**profiles):
    return POLICY.model_copy(update={"profiles": profiles})


def told(of, *collections):
    rules = of.of(collections)
    return rules.low, rules.smallest_base, rules.keyed


def test_each_profile_is_the_methodology_s():
    """6.1 and 6.6: base 5; HESA's 22.5 people in multiples of five; ONS suppresses below 10."""
    assert told(policy(), SCHOOL) == (5, 25, True)
    assert told(policy(school_census="hesa"), SCHOOL) == (5, 25, False)
    assert told(policy(school_census="ten_five"), SCHOOL) == (10, 25, False)
    small = policy(school_census="hesa").model_copy(update={"smallest_base": 10})
    assert (told(small, SCHOOL)[1], told(small, STUDENT)[1]) == (25, 10)


def test_of_several_sources_the_strictest_holds():
    mixed = policy(school_census="ten_five", student_record="hesa")
    assert told(mixed, STUDENT) == (5, 25, False)
    assert told(mixed, SCHOOL, STUDENT) == (10, 25, False)
    assert told(mixed, "ilr") == (5, 25, True)
    # All formats, where none is named.
    assert told(mixed) == told(mixed, SCHOOL, "ilr") == (10, 25, True)


def test_a_city_may_be_stricter_than_any_profile():
    assert told(policy().model_copy(update={"smallest_count": 15}), SCHOOL) == (15, 25, True)


def test_without_a_key_counts_go_to_the_nearest_multiple():
    """7 and 8, by keys that draw the one up and the other down, and 2.5 up in a base of 5 does not occur."""
    cells = {("_T", "_T", "setting", str(n)): n for n in range(5, 11)}
    keys = {cell: 0 if n in (6, 7) else 4095 for cell, n in cells.items()}

    def published(*, keyed):
        found = rounded(counts(cells, keys=keys), {"t": Shape({"_T": None}, keyed=keyed)}, 5, NO_LEDGER)
        return dict(found.select("persons", "published").iter_rows())

    assert published(keyed=False) == {5: 5, 6: 5, 7: 5, 8: 10, 9: 10, 10: 10}
    assert published(keyed=True) == {5: 5, 6: 10, 7: 10, 8: 5, 9: 5, 10: 10}


def table(of, indicator, **cell):
    rows = [
        observation(indicator, n, population, **cell, sex=sex)
        for sex, n, population in (("_T", 15, 2000), ("F", 5, 1000), ("M", 10, 1000))
    ]
    return protected(pl.DataFrame(rows, schema=TYPES), policy=of).filter(base_indicator="_T")


def test_below_ten_nothing_is_told_of_what_rests_on_it():
    """5 of 1,000 women are [low]: nought to nine, 0 to 1.7 % by Wilson's interval of 9."""
    of = policy(school_census="ten_five")
    women, men, everybody = table(of, OF_SCHOOLS, age="10").sort("sex").to_dicts()
    assert (women["numerator"], women["value"], women["markers"]) == (0, None, "[low]")
    assert (women["lower"], women["upper"]) == (0.0, 1.7)
    assert (everybody["numerator"], men["numerator"]) == (15, 10)
    other = table(policy(student_record="ten_five"), OF_SCHOOLS, age="10")
    assert sorted(other["numerator"]) == [5, 10, 15]
    for found, rules in ((table(of, OF_SCHOOLS, age="10"), of), (other, policy(student_record="ten_five"))):
        assert underivable_cells(found, CATALOGUE, rules, Coverage(), NO_STRATA) == 0
    assert underivable_cells(other, CATALOGUE, of, Coverage(), NO_STRATA) == 1


def test_a_count_of_all_sources_follows_the_strictest():
    rows = [
        observation(OF_ALL, n, None, place=place) for place, n in (("_T", 15), ("city", 10), ("elsewhere", 5))
    ]
    for of, expected in ((policy(student_record="ten_five"), [0, 10, 15]), (policy(), [5, 10, 15])):
        found = protected(pl.DataFrame(rows, schema=TYPES), policy=of)
        assert sorted(found["numerator"]) == expected
    low = protected(pl.DataFrame(rows, schema=TYPES), policy=policy(student_record="ten_five"))
    assert low.filter(numerator=0).select("value", "lower", "upper").row(0) == (None, 0.0, 9.0)


def test_so_does_the_linkage():
    rows = [("2024/25", "_T", None, "_T", 15, 10, 15), ("2024/25", "_T", None, "uln", 5, 5, 10)]
    linkage = pl.DataFrame(rows, schema=LINKAGE_SCHEMA, orient="row")
    counted_of = ("persons", "persons_low", "persons_high")
    assert protect_linkage(linkage, policy()).equals(linkage.sort("linked_by"))
    shown = protect_linkage(linkage, policy(ilr="ten_five"))
    assert shown.filter(linked_by="uln").select(counted_of).row(0) == (0, 0, 10)


# What an outsider makes of it


def test_the_method_says_what_low_is():
    of = policy(school_census="ten_five")
    tables = described(shapes_of(CATALOGUE, of), CATALOGUE, of)["tables"]
    assert (tables[OF_SCHOOLS]["low"], tables[OF_SCHOOLS]["keyed"]) == (10, False)
    assert (tables[OF_ALL]["low"], tables[OF_ALL]["keyed"]) == (10, True)
    assert described(shapes_of(CATALOGUE, POLICY), CATALOGUE, POLICY)["tables"][OF_ALL]["low"] == 5


def attacked(shape, low, *printed):
    """Return the attack on a table of which this is printed: cell and text."""
    of = system(dict(printed), shape=shape)
    return replace(of, counts={where: counted(printed.value, low) for where, printed in of.counts.items()})


def test_what_is_not_told_is_attacked_as_what_it_may_be():
    """Of 15 are 10 men: women are 0 to 9, since sex need not be known. Less than five, 0 to 4."""
    women, men = ("_T", "F", "_T", "_T"), ("_T", "M", "_T", "_T")
    for low, ends in ((10, (0, 9)), (5, (0, 4))):
        of = attacked(Shape({"_T": None}), low, (WHOLE, "15"), (women, ""), (men, "10"))
        where = Where("0", "2024/25", TABLE, Cell(*women))
        assert of.has_witness()
        assert list(of.ranges([where])) == [ends]
        assert list(of.exposed([where], 4)) == []
    assert counted("10", 10) == Count(10)


def test_that_somebody_is_there_is_no_find_where_low_may_be_nine():
    """Everybody is in one of two wards: of 16 to 24 in all, 6 to 14 are in one, and so 2 in the other."""
    wards = [("_T", "_T", "ward", name) for name in "ab"]
    shape = Shape({"_T": None}, parting=frozenset({"ward"}), covering=frozenset({"ward"}))
    for low, found in ((10, []), (5, [(2, 4)])):
        of = attacked(shape, low, (WHOLE, "20"), (wards[0], "10"), (wards[1], ""))
        hidden = Where("0", "2024/25", TABLE, Cell(*wards[1]))
        assert [(e.least, e.most) for e in of.exposed([hidden], 4)] == found


# What cannot be meant


def test_unknown_profiles_and_formats_are_refused(tmp_path):
    text = (REPOSITORY / "data" / "disclosure_policy.toml").read_text("utf-8")
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "disclosure_policy.toml"
    file.write_text(text.replace('"hesa"\n', '"hess"\n'), "utf-8")
    with pytest.raises(PolicyError, match="no such profile: hess"):
        Policy.read(file)
    file.write_text(text.replace('student_record = "hesa"', 'student_records = "hesa"'), "utf-8")
    with pytest.raises(PolicyError, match="no such extract format: student_records"):
        _ = Pipeline(Paths(tmp_path, REPOSITORY)).policy
