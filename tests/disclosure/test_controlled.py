"""Controlled rounding: what adds up still does, and every rule of it shown by hand and on drawn people."""

import random
from collections import defaultdict
from dataclasses import replace
from statistics import stdev
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.disclosure import diving
from pipelines.disclosure.controlled import UnroundableError
from pipelines.disclosure.rounded import rounded
from pipelines.disclosure.shapes import Shape
from pipelines.indicators.bands import Band
from pipelines.indicators.who import Who
from tests.conftest import NO_LEDGER

BANDS = {
    "15-24": Band(15, 24),
    "19-64": Band(19, 64),
    "15-64": Band(15, 64),
    "65+": Band(65, 999),
    "_T": None,
}
SHAPE = Shape(
    BANDS,
    parting=frozenset({"decile", "deprivation", "ward"}),
    nested={"decile": ("deprivation", {"D1": "Q1", "D2": "Q1", "D3": "Q2", "D4": "Q2"})},
    crossed={"setting_theme": ("setting", "theme")},
)
AMONG = Who(groups={"outer": {}, "inner": {"among": ["outer"]}})
WITHIN = {"t": replace(SHAPE, above="outer", who=AMONG), "u": Shape(BANDS, above="inner", who=AMONG)}
"""Everybody who is counted in `u` is counted in `t`."""
OVERLAPPING = ("19-64", "15-24")
WHOLE = ("_T", "_T", "_T", "_T")


def counts(cells, indicator="t", part="numerator", keys=None, year="2024/25"):
    """Return counts; (age, sex, breakdown, category) → persons."""
    rows = [
        (n, year, indicator, part, *cell, persons, (keys or {}).get(cell, n * 977), False)
        for n, (cell, persons) in enumerate(cells.items())
    ]
    names = [
        "row",
        "academic_year",
        "indicator",
        "part",
        "age",
        "sex",
        "breakdown",
        "category",
        "persons",
        "key",
        "estimate",
    ]
    return pl.DataFrame(rows, schema=names, orient="row")


def published(frame, shapes=None, ledger=NO_LEDGER):
    """Return (indicator, part, *cell) → published count."""
    found = rounded(frame, shapes or {"t": SHAPE}, 5, ledger)
    keys = found.select("indicator", "part", "age", "sex", "breakdown", "category").rows()
    return dict(zip(keys, found["published"], strict=True))


def of(found, *cell, indicator="t", part="numerator"):
    return found[indicator, part, *cell]


def test_four_twos_add_up_to_what_eight_is_rounded_to():
    """Methodology 6.2: to the nearest five they are 0, 0, 0, 0 and 10, and each is found out to be 2."""
    wards = [("_T", "_T", "ward", f"E{n}") for n in range(4)]
    for seed in range(20):
        keys = {cell: seed * 211 + n * 977 for n, cell in enumerate([WHOLE, *wards])}
        found = published(counts({WHOLE: 8, **dict.fromkeys(wards, 2)}, keys=keys))
        assert of(found, *WHOLE) in (5, 10)
        assert sum(of(found, *ward) for ward in wards) == of(found, *WHOLE)


def test_what_is_drawn_stands_where_it_adds_up():
    """Key 0 draws up, 4095 down: 7 → 10, 6 → 5, together 13 → 15, as drawn."""
    cells = {WHOLE: 13, ("_T", "_T", "ward", "E1"): 7, ("_T", "_T", "ward", "E2"): 6}
    found = published(counts(cells, keys=dict(zip(cells, (0, 0, 4095), strict=True))))
    assert list(found.values()) == [15, 10, 5]


def test_a_total_is_kept_rather_than_its_parts():
    """11 is drawn to 15 and weighs ten times as much as 6 and 5: the 6 goes up, though drawn down."""
    cells = {WHOLE: 11, ("_T", "_T", "ward", "E1"): 6, ("_T", "_T", "ward", "E2"): 5}
    assert list(published(counts(cells, keys=dict(zip(cells, (0, 4095, 0), strict=True)))).values()) == [
        15,
        10,
        5,
    ]


def test_the_same_persons_are_one_number_wherever_they_are_counted():
    """In another indicator alone they would be drawn up; here the parts of the first force them down."""
    cells = {WHOLE: 10, ("_T", "_T", "ward", "E1"): 6, ("_T", "_T", "ward", "E2"): 4}
    keys = dict(zip(cells, (0, 0, 0), strict=True))
    alone = {("_T", "_T", "_T", "_T"): 6}
    both = pl.concat([counts(cells, keys=keys), counts(alone, "u", keys={WHOLE: 0})])
    found = published(both, {"t": SHAPE, "u": SHAPE})
    assert of(found, *WHOLE, indicator="u") == of(found, "_T", "_T", "ward", "E1")


def test_who_is_within_another_indicator_is_never_more_than_it():
    """6 of 9: the 6 is drawn as 10, the 9 as 5 by the key 4095; by 2000 and 0, it is drawn as 10."""
    inner = counts({WHOLE: 6}, "u", keys={WHOLE: 0})
    for key, expected in ((4095, (5, 5)), (2000, (10, 10)), (0, (10, 10))):
        wider = counts({WHOLE: 9}, "t", keys={WHOLE: key})
        found = published(pl.concat([wider, inner]), WITHIN)
        assert (of(found, *WHOLE, indicator="u"), of(found, *WHOLE)) == expected


def test_groups_that_overlap_are_at_most_the_whole_and_together_cover_it():
    """6 learn, 4 of them in schools and 4 in colleges: by their keys 5, 0 and 0."""
    cells = {WHOLE: 6, ("_T", "_T", "sector", "a"): 4, ("_T", "_T", "sector", "b"): 4}
    found = published(counts(cells, keys=dict(zip(cells, (4095, 4095, 4095), strict=True))))
    parts = [of(found, *cell) for cell in cells][1:]
    assert max(parts) <= of(found, *WHOLE) <= sum(parts)


def test_counts_that_contradict_each_other_are_named():
    """Nine of eight."""
    with pytest.raises(UnroundableError, match="the exact counts of t contradict each other"):
        published(counts({WHOLE: 8, ("_T", "_T", "ward", "E1"): 19}))
    inner = pl.concat([counts({WHOLE: 5}), counts({WHOLE: 50}, "u")])
    with pytest.raises(UnroundableError, match="t and u contradict"):
        published(inner, WITHIN)


# Drawn people


def tabulated(seed, people, levels=3, planted=()):
    """Draw people; return their exact counts in every cell of a table, with the keys of who is in it.

    The first of more people are the same.
    """
    return tabulated_people([*drawn_people(random.Random(seed), people, levels), *planted])


def drawn_people(draw, people, levels=3):
    return [
        {
            "key": draw.randrange(2**40),
            "age": draw.choice([None, *range(10, 80)]),
            "sex": draw.choice("FFFMMMU"),
            "decile": draw.choice(["D1", "D2", "D3", "D4", "U"]),
            "ward": draw.choice("ABCDEFGHU"),
            "level": {draw.choice(range(levels)) for _ in range(draw.randint(1, 2))},
            "setting_theme": {(draw.choice("xy"), draw.choice("pqr")) for _ in range(draw.randint(1, 2))},
        }
        for _ in range(people)
    ]


def tabulated_people(crowd):
    return {cell: (len(who), sum(p["key"] for p in who) % 2**40) for cell, who in _cells(crowd).items()}


def _cells(crowd):
    cells = defaultdict(list)
    for person in crowd:
        deprivation = {"D1": "Q1", "D2": "Q1", "D3": "Q2", "D4": "Q2"}.get(person["decile"])
        groups = {
            ("_T", "_T"),
            ("ward", person["ward"]),
            ("decile", person["decile"]),
            ("deprivation", deprivation),
        }
        groups |= {("level", str(level)) for level in person["level"]}
        for setting, theme in person["setting_theme"]:
            groups |= {("setting", setting), ("theme", theme), ("setting_theme", f"{setting}/{theme}")}
        published_ones = {g for g in groups if g[1] not in ("U", None)}
        for code, band in BANDS.items():
            if band is None or (person["age"] is not None and band.first <= person["age"] <= band.last):
                for sex in {"_T", person["sex"]} - {"U"}:
                    for group in published_ones:
                        cells[(code, sex, *group)].append(person)
    # Cells in which nobody is are published too.
    lines = {cell[2:] for cell in cells}
    return {
        (age, sex, *line): cells.get((age, sex, *line), [])
        for age in BANDS
        for sex in ("F", "M", "_T")
        for line in lines
    }


def frame_of(table):
    return counts(
        {cell: n for cell, (n, _) in table.items()}, keys={cell: key for cell, (_, key) in table.items()}
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 400), st.booleans())
def test_drawn_people_add_up_after_rounding(seed, people, dived):
    """T13: additive, multiples of five, less than five away; overlapping groups between most and sum.

    Of very few people in very many groups, now and then nothing that is less than five away adds up: then as
    few counts as can be are up to nine away (methodology 6.4, step 5).
    """
    table = tabulated(seed, people)
    with patch.object(diving, "LARGE", 0 if dived else diving.LARGE):
        found = {key[2:]: value for key, value in published(frame_of(table)).items()}
    for cell, (persons, _) in table.items():
        assert found[cell] % 5 == 0
        assert abs(found[cell] - persons) <= 9
    far = [cell for cell, (persons, _) in table.items() if abs(found[cell] - persons) > 4]
    assert not far or (people < 100 and len(far) < 20)
    for age, sex, breakdown, category in table:
        cell = (age, sex, breakdown, category)
        women_and_men = [(age, s, breakdown, category) for s in ("F", "M")]
        if sex == "_T":
            check_parts(table, found, cell, women_and_men)
        if breakdown == "_T":
            for wards in ("ward", "decile", "deprivation"):
                check_parts(table, found, cell, [c for c in table if c[:3] == (age, sex, wards)])
            for several in ("level", "setting", "theme", "setting_theme"):
                parts = [found[c] for c in table if c[:3] == (age, sex, several)]
                assert max(parts, default=0) <= found[cell] <= sum(parts)
        if breakdown == "deprivation":
            tenths = {"Q1": ("D1", "D2"), "Q2": ("D3", "D4")}[category]
            check_parts(
                table, found, cell, [c for c in table if c[:3] == (age, sex, "decile") and c[3] in tenths]
            )
    same = defaultdict(set)
    for cell, persons_and_key in table.items():
        same[persons_and_key].add(found[cell])
    assert all(len(values) == 1 for values in same.values())


def check_parts(table, found, cell, parts):
    """What is in no part is 0 where nobody is, and else a multiple of five less than five away."""
    rest = table[cell][0] - sum(table[part][0] for part in parts)
    published_rest = found[cell] - sum(found[part] for part in parts)
    assert 0 <= published_rest <= -(-rest // 5) * 5


CROSSED_WITH_OTHERS = {
    WHOLE: 43,
    ("_T", "_T", "setting", "a"): 43,
    ("_T", "_T", "theme", "r"): 18,
    ("_T", "_T", "theme", "s"): 8,
    ("_T", "_T", "theme", "_O"): 3,
    ("_T", "_T", "setting_theme", "a/s"): 8,
    ("_T", "_T", "setting_theme", "a/_O"): 21,
}
"""In settings, r is among others too: they are more there than by themselves."""


def test_others_within_a_crossing_may_be_more_than_others_by_themselves():
    shape = replace(SHAPE, covering=frozenset({"setting"}))
    found = published(counts(CROSSED_WITH_OTHERS), {"t": shape})
    assert found["t", "numerator", "_T", "_T", "setting_theme", "a/_O"] in (20, 25)
    # Where all that are others in settings are others by themselves, they are no more.
    contradicting = {c: n for c, n in CROSSED_WITH_OTHERS.items() if c[3] != "r"}
    with pytest.raises(UnroundableError, match="t contradict"):
        published(counts(contradicting), {"t": shape})


@pytest.mark.parametrize(("r", "others"), [(18, 1), (1, 18)])
def test_whoever_is_among_others_in_settings_is_not_more_than_they_are(r, others):
    """With 18 of a theme and but 8 among others in settings, exact counts contradict each other."""
    cells = CROSSED_WITH_OTHERS | {
        ("_T", "_T", "theme", "r"): r,
        ("_T", "_T", "theme", "_O"): others,
        ("_T", "_T", "setting_theme", "a/_O"): 8,
    }
    shape = replace(SHAPE, covering=frozenset({"setting"}))
    with pytest.raises(UnroundableError, match="t contradict"):
        published(counts(cells), {"t": shape})


def test_the_same_input_gives_the_same_output_in_any_order():
    frame = frame_of(tabulated(7, 150))
    assert published(frame) == published(frame.sample(fraction=1, shuffle=True, seed=1))


def test_another_secret_changes_counts_and_not_that_they_add_up():
    """T16."""
    table = tabulated(11, 200)
    other = {cell: (n, (key * 31 + 17) % 2**40) for cell, (n, key) in table.items()}
    assert published(frame_of(table)) == published(frame_of(table))
    assert published(frame_of(table)) != published(frame_of(other))


@pytest.mark.slow
def test_unbiased_by_residue_over_many_secrets():
    """T13: over 150 secrets the mean error of each residue is within 0.1 of nought, give or take chance.

    A table by sex, age and level with all its margins (methodology 6.3). Errors of one table go together: the
    mean of a table's errors is one observation.
    """
    means = defaultdict(list)
    for seed in range(150):
        drawn = tabulated(seed, 400).items()
        table = {c: n for c, n in drawn if c[2] in ("_T", "level") and c[0] not in OVERLAPPING}
        found = {key[2:]: value for key, value in published(frame_of(table)).items()}
        errors = defaultdict(list)
        for cell, (persons, _) in table.items():
            errors[persons % 5].append(found[cell] - persons)
        for residue, of_residue in errors.items():
            means[residue].append(sum(of_residue) / len(of_residue))
    assert set(means.pop(0)) == {0}
    for residue, of_tables in means.items():
        chance = 2 * stdev(of_tables) / len(of_tables) ** 0.5
        assert abs(sum(of_tables) / len(of_tables)) <= 0.1 + chance, residue
