"""The attack by hand, against every assignment of small numbers, and with each protective step left out."""

import itertools
import math
import random
from dataclasses import replace
from functools import cached_property
from types import SimpleNamespace

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.auditor.attack import System
from pipelines.auditor.beliefs import Belief
from pipelines.auditor.definitions import Definitions
from pipelines.auditor.releases import Cell, Count, Where
from pipelines.disclosure.ledger import noted
from pipelines.disclosure.rounded import rounded
from pipelines.disclosure.rounding import keyed_rounding
from pipelines.disclosure.shapes import Shape
from pipelines.indicators.bands import Band
from tests.conftest import NO_LEDGER
from tests.disclosure.test_controlled import SHAPE, WHOLE, counts, frame_of, tabulated

YEAR, TABLE = "2024/25", ("t", "numerator")
WARDS = [("_T", "_T", "ward", f"E{n}") for n in range(4)]


READING = {
    "indicators": {"t": {"above": ["t"], "below": ["t below"]}, "u": {"above": ["u"]}},
    "implies": {"t": ["t below"], "u": ["t"]},
}
"""Who is counted in `u` is counted in `t`, and who is counted there is below its line."""


def method_of(shape, tables=("t", "u"), base=5):
    """Return what a release says of tables of one shape."""
    table = {
        "ages": {code: list(band) if band else None for code, band in shape.bands.items()},
        "parting": list(shape.parting), "covering": list(shape.covering), "counts": "persons",
    }  # fmt: skip
    nested = {child: {"within": of, "parents": places} for child, (of, places) in shape.nested.items()}
    crossed = {name: list(pair) for name, pair in shape.crossed.items()}
    return {"base": base, "tables": dict.fromkeys(tables, table), "crossed": crossed, "nested": nested}


class Attacked(System):
    """A system of which the parts are asked one after the other."""

    @cached_property
    def parts(self):
        return list(self.apart())

    def has_witness(self):
        return all(part.has_witness() for part in self.parts)

    def exposed(self, wanted, interval):
        return [e for p in self.parts for e in p.exposed([w for w in wanted if w in p.counts], interval)]

    def ranges(self, wanted):
        return [ends for w in wanted for p in self.parts if w in p.counts for ends in p.ranges([w])]


def system(*publications, shape=SHAPE, growing=False, base=5, name=TABLE, reading=READING, known=None):
    """Return what is published of one table, release after release; cell → printed count."""
    counts = {
        Where(str(number), YEAR, name, Cell(*cell)): Count(value)
        for number, cells in enumerate(publications)
        for cell, value in cells.items()
    }
    named = [str(number) for number in range(len(publications))]
    releases = [SimpleNamespace(name=each, method=method_of(shape, base=base)) for each in named]
    pairs = itertools.pairwise(named) if growing else ()
    nobody_left = [Belief(earlier, later, left=0, came=math.inf) for earlier, later in pairs]
    return Attacked(releases, counts, Definitions(reading), nobody_left, known or {})


def found(of, interval=4):
    """Return the counts that are known too well: cell → least and most."""
    return {tuple(e.where.cell): (e.least, e.most) for e in of.exposed(list(of.counts), interval)}


def test_four_twos_to_the_nearest_five_are_found_out():
    """Acceptance test T14, methodology 6.2: 0, 0, 0, 0 and 10; four of at most 2 must make at least 8."""
    nearest = {WHOLE: 10, **dict.fromkeys(WARDS, 0)}
    # To the nearest five a count moves by 2: as if to a base of 3, less than which it moves.
    of = system(nearest, shape=replace(SHAPE, covering=frozenset({"ward"})), base=3)
    assert not of.has_witness()
    assert found(of, interval=1) == dict.fromkeys(WARDS, (2, 2)) | {WHOLE: (8, 8)}


def test_rounded_together_they_are_not():
    of = system({WHOLE: 10, WARDS[0]: 5, WARDS[1]: 5, WARDS[2]: 0, WARDS[3]: 0})
    assert of.has_witness()
    assert found(of) == {}


def test_parts_that_are_more_than_their_whole_say_too_much():
    """5 + 5 of 5: at most 9 in all, and at least 1 in each, so that each is 1 to 8; with three, 1 to 7."""
    of = system({WHOLE: 5, WARDS[0]: 5, WARDS[1]: 5, WARDS[2]: 5})
    assert not of.has_witness()
    assert found(of, interval=8) == dict.fromkeys(WARDS[:3], (1, 7)) | {WHOLE: (3, 9)}


def test_two_bands_that_overlap_give_away_what_is_between():
    """15 to 24 and 19 to 64 are [low], 15 to 64 is 10: at least 6, at most 4 + 4, so that 2 are in each."""
    bands = Shape({"15-24": Band(15, 24), "19-64": Band(19, 64), "15-64": Band(15, 64)})
    printed = {(age, "_T", "_T", "_T"): value for age, value in (("15-24", 0), ("19-64", 0), ("15-64", 10))}
    of = system(printed, shape=bands)
    assert not of.has_witness()
    assert {cell[0]: ends for cell, ends in found(of).items()} == {
        "15-24": (2, 4), "19-64": (2, 4), "15-64": (6, 8),
    }  # fmt: skip


def test_tenths_give_away_a_fifth_that_was_rounded_apart():
    """Two tenths are [low]; their fifth is printed as 10: 6 to 8 are there, 2 to 4 in each."""
    of = system({("_T", "_T", *p): v for p, v in (
        (("deprivation", "Q1"), 10), (("decile", "D1"), 0), (("decile", "D2"), 0))})  # fmt: skip
    assert found(of) == {
        ("_T", "_T", "deprivation", "Q1"): (6, 8),
        ("_T", "_T", "decile", "D1"): (2, 4),
        ("_T", "_T", "decile", "D2"): (2, 4),
    }


def test_groups_that_overlap_are_used_too():
    """Two sectors of [low] cannot have ten learners, nor can a sector of 15 be among [low]."""
    sectors = replace(SHAPE, covering=frozenset({"sector"}))
    cover = system({WHOLE: 10, ("_T", "_T", "sector", "a"): 0, ("_T", "_T", "sector", "b"): 0}, shape=sectors)
    assert not cover.has_witness()
    among = system({WHOLE: 0, ("_T", "_T", "sector", "a"): 15})
    assert found(among)[WHOLE] == (1, 0), "nothing fits"


def test_women_and_men_and_a_count_of_all():
    of = system({WHOLE: 0, ("_T", "F", "_T", "_T"): 5, ("_T", "M", "_T", "_T"): 5})
    assert found(of) == {WHOLE: (2, 4), ("_T", "F", "_T", "_T"): (1, 3), ("_T", "M", "_T", "_T"): (1, 3)}


def test_a_count_that_falls_while_returns_only_come_in_is_found():
    """10, then 5, and nobody left: 6 at least before, 9 at most after."""
    falling = system({WHOLE: 10}, {WHOLE: 5}, growing=True)
    assert not falling.has_witness()
    assert found(falling) == {WHOLE: (6, 9)}
    assert found(system({WHOLE: 10}, {WHOLE: 5})) == {}, "where returns were replaced it says nothing"
    assert found(system({WHOLE: 5}, {WHOLE: 10}, growing=True)) == {}


def test_who_is_within_another_indicator():
    of = system({WHOLE: 5})
    of.counts[Where("0", YEAR, ("u", "numerator"), Cell(*WHOLE))] = Count(10)
    assert not of.has_witness()
    assert len(of.parts) == 1
    assert {e.where.name[0]: (e.least, e.most) for e in of.exposed(list(of.counts), 4)} == {
        "t": (6, 9), "u": (6, 9),
    }  # fmt: skip


# Against every assignment


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([0, 3, 6]), min_size=4, max_size=4))
def test_ranges_are_those_of_every_assignment_that_fits(printed):
    """Base 3: a whole, two wards and, among the whole, one sector. Every count of 0 to 8 is tried."""
    whole, first, second, sector = printed
    cells = dict(zip([WHOLE, WARDS[0], WARDS[1], ("_T", "_T", "sector", "a")], printed, strict=True))
    adds_up = first + second == whole
    covered = sector >= whole
    fits = [
        numbers
        for numbers in itertools.product(*(range(max(p - 2, 0), p + 3) for p in printed))
        if numbers[1] + numbers[2] <= numbers[0] and numbers[3] <= numbers[0]
        and (not adds_up or numbers[1] + numbers[2] == numbers[0])
        and (first + second < whole or numbers[1] + numbers[2] == numbers[0])
        and (not covered or numbers[3] == numbers[0])
    ]  # fmt: skip
    of = system(cells, base=3)
    ranges = found(of, interval=99)
    if not fits:
        assert set(ranges.values()) == {(1, 0)}
        return
    for position, cell in enumerate(cells):
        numbers = {n[position] for n in fits}
        assert ranges[cell] == (min(numbers), max(numbers))


# After protection, and with a step of it left out


def printed(frame, values):
    cells = frame.select("age", "sex", "breakdown", "category").rows()
    return dict(zip(cells, values, strict=True))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 300))
def test_nothing_is_found_after_protection(seed, people):
    """Drawn tables of three dimensions: there is a witness, and no count that is attacked is narrowed."""
    frame = frame_of(tabulated(seed, people))
    of = system(printed(frame, rounded(frame, {"t": SHAPE}, 5, NO_LEDGER)["published"]))
    assert of.has_witness()
    draw = random.Random(seed)
    wanted = draw.sample(list(of.counts), 10)
    assert list(of.exposed(wanted, 4)) == []


def test_with_keys_alone_and_no_adding_up_the_attacker_wins():
    """Plain keyed rounding of the same people: somebody's count is narrowed to fewer than five numbers."""
    frame = frame_of(tabulated(3, 150))
    plain = frame.select(keyed_rounding(pl.col("persons"), pl.col("key"), 5)).to_series()
    of = system(printed(frame, plain))
    assert not of.has_witness()
    small = [where for where, count in of.counts.items() if count.value <= 5][:60]
    exposed = list(of.exposed(small, 4))
    exact = printed(frame, frame["persons"])
    assert exposed
    assert any(e.width >= 0 and e.least <= exact[tuple(e.where.cell)] <= e.most for e in exposed) or all(
        e.width < 0 for e in exposed
    )


def test_without_the_ledger_a_later_release_gives_away_an_earlier_one():
    """Of 7 the key drew 10; of 8, with another's, 5: whoever saw both knows 6 to 9 of each."""
    first, second = (
        rounded(counts({WHOLE: persons}, keys={WHOLE: key}), {"t": SHAPE}, 5, NO_LEDGER)[
            "published"
        ].to_list()
        for persons, key in ((7, 0), (8, 4095))
    )
    assert (first, second) == ([10], [5])
    assert found(system({WHOLE: 10}, {WHOLE: 5}, growing=True)) == {WHOLE: (6, 9)}


ONE_OF_A_KIND = {
    "key": 123456789, "age": 77, "sex": "F", "decile": "D4", "ward": "Z", "level": {2},
    "setting_theme": {("y", "r")},
}  # fmt: skip
"""The only one in ward Z."""


def test_one_of_a_kind_is_not_found_from_three_releases():
    """More people come in from release to release; alone in her ward, she is 0 to 4 people in all three.

    Sums move other counts that nobody came to: of these, whoever knows that nobody left is left with four
    numbers instead of five (decision 24).
    """
    ledger, releases = NO_LEDGER, []
    for people in (80, 95, 130):
        frame = frame_of(tabulated(21, people, planted=[ONE_OF_A_KIND]))
        made = rounded(frame, {"t": SHAPE}, 5, ledger)
        ledger = noted(made, ledger, 5)
        releases.append(printed(frame, made["published"]))
    of = system(*releases, growing=True)
    hers = [where for where in of.counts if where.cell.category == "Z"]
    assert len(hers) == 3 * 5 * 3
    reached = {tuple(where.cell): ends for where, ends in zip(hers, of.ranges(hers), strict=True)}
    assert all(least == 0 and most >= 4 for least, most in reached.values())
    others = random.Random(21).sample(list(of.counts), 12)
    assert min(most - least for least, most in of.ranges(others)) >= 3


def test_of_a_provider_who_sent_the_same_twice_nothing_moves():
    """The museum is printed as 20, then as 15, though the college alone sent another return."""
    museum, college = ("_T", "_T", "provider", "12"), ("_T", "_T", "provider", "10")
    believed = Belief("0", "1", left=25, came=25, unmoved=frozenset({"12"}))
    assert believed.ends(("linkage", "numerator"), Cell(*museum)) == (0, 0)
    assert believed.ends(("linkage", "numerator"), Cell("_T", "_T", "provider_tier", "12/uln")) == (0, 0)
    assert believed.ends(("linkage", "numerator"), Cell(*college)) == (-25, 25)
    assert believed.ends(("t", "numerator"), Cell(*museum)) == (-25, 25)
