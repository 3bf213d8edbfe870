"""Pages say what they must, escape what they print, and never print 0 for a protected count."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import polars as pl
import pytest

from pipelines.indicators.terms import age_text
from pipelines.publication.facts import SYNTHETIC_NOTICE
from pipelines.publication.markers import MEANINGS, count_text, explained, used, value_text
from pipelines.publication.pages import GROUPS, finding, goals_page, headline_name, index_page, indicator_page
from tests.conftest import protected
from tests.publication.conftest import NEVER, TYPES, observation

KEYS = (
    "4_1_4_not_found",
    "4_2_2_before_primary",
    "4_3_1_participation",
    "4_5_1_parity",
    "local_setting_theme",
)


class Outline(HTMLParser):
    """Collects tags, headings and the text of table cells."""

    VOID = frozenset({"meta", "br", "link", "img", "hr", "input", "col"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.cells, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        if self.cells and {"td", "th"} & set(self.open):
            self.cells[-1] += data


@pytest.fixture(scope="module")
def pages(published, catalogue, facts):
    made = {key: indicator_page(catalogue[key], published.filter(indicator=key), facts) for key in KEYS}
    return made | {"index": index_page(published, catalogue, facts)}


def test_a_page_is_well_formed_and_accessible(pages):
    for name, text in pages.items():
        outline = Outline(text)
        assert not outline.open, name
        attributes = outline.attributes
        assert ("html", {"lang": "en-GB"}) in attributes
        assert outline.tags.count("title") == outline.tags.count("h1") == outline.tags.count("main") == 1
        assert outline.tags.count("table") == outline.tags.count("caption") > 0
        levels = [int(t[1]) for t in outline.tags if re.fullmatch("h[1-6]", t)]
        assert levels[0] == 1
        assert all(b - a <= 1 for a, b in pairwise(levels)), name
        assert all("scope" in a for t, a in attributes if t == "th"), name
        ids = [a["id"] for _, a in attributes if "id" in a]
        assert len(ids) == len(set(ids)), "an id names one thing"
        assert not [identifier for identifier in ids if " " in identifier], name
        assert "script" not in outline.tags
        assert not re.search(r'(src|href)="(https?:)?//', text), "a page needs nothing from elsewhere"


def test_no_protected_count_or_rate_is_printed_as_nought(pages):
    for name, text in pages.items():
        assert "[low]" in "".join(Outline(pages["4_3_1_participation"]).cells)
        assert not [c for c in Outline(text).cells if c.strip() in {"0", "0.0", "0 [low]"}], name


def test_people_counted_below_the_line_are_never_printed_as_nought(catalogue, facts):
    """Two of three are [low] of [low]; residents are public, and none of them is none."""
    rows = [
        observation("local_several_sectors", 2, 3, denominator_key=NEVER),
        observation("4_3_1_participation", 0, 0, age="15-64", denominator_basis="resident"),
    ]
    made = protected(pl.DataFrame(rows, schema=TYPES), catalogue=catalogue)
    cells = {}
    for key in ("local_several_sectors", "4_3_1_participation"):
        page = indicator_page(catalogue[key], made.filter(indicator=key), facts)
        cells[key] = [cell.strip() for cell in Outline(page).cells]
    assert "0" not in cells["local_several_sectors"]
    assert cells["local_several_sectors"].count("[low]") == 2
    assert "0" in cells["4_3_1_participation"]


def test_every_marker_printed_is_explained_and_no_other(pages):
    for name, text in pages.items():
        explained_here = set(re.findall(r"<dt>(\[[a-z]+\])</dt>", text))
        printed = {m for c in Outline(text).cells for m in re.findall(r"\[[a-z]+\]", c)}
        assert explained_here == printed, name


def test_a_page_says_what_a_committee_asks(pages, catalogue):
    text = pages["4_3_1_participation"]
    indicator = catalogue["4_3_1_participation"]
    for part in (
        "SDG 4", "Target 4.3", "Indicator 4.3.1", "Definition differs", "16 October 2025",
        "SE_ADT_EDUCTRN", "Returns of 2 providers", "E08000003", "multiple of 5", "P &amp; Q",
    ):  # fmt: skip
        assert part in text, part
    for part in (
        indicator.title,
        indicator.unit,
        indicator.can_say,
        *indicator.cannot_say,
        *indicator.method,
    ):
        assert part in unescape(text)
    assert [c for c in Outline(text).cells if c.strip() in ("2022/23", "2023/24", "2024/25")][:3]


def test_the_finding_is_the_published_headline(published, catalogue, facts):
    """1,860 of 10,000; Wilson of 1,856 and of 1,864 by the formula: 17.8 to 19.4."""
    sentence = finding(catalogue["4_3_1_participation"], published, facts)
    assert sentence == (
        "At least 18.6 % of residents aged 15 to 64 took part in learning that 2 reporting providers "
        "recorded in 2024/25. 95 % interval: 17.8 to 19.4."
    )
    parity = finding(catalogue["4_5_1_parity"], published, facts)
    # 21.0 over 16.2 is 1.296; 2 - 1/1.296 is 1.23.
    assert parity.startswith(
        "The index of women to men in recorded participation at ages 15 to 64 is 1.23 in"
    )


def test_a_doubtful_headline_says_so(published, catalogue, facts):
    """980 of 1,000 residents aged 4, and a copy of the row that is marked as doubtful."""
    doubtful = published.with_columns(markers=pl.lit("[u]"))
    sentence = finding(catalogue["4_2_2_before_primary"], doubtful, facts)
    assert sentence.startswith("98.0 % of residents aged 4")
    assert "Read with care: [u]." in sentence


def test_without_a_headline_the_page_says_so(published, catalogue, facts):
    none = published.filter(age="nothing")
    assert finding(catalogue["4_3_1_participation"], none, facts) == (
        "No headline figure can be published for 2024/25."
    )


def test_a_synthetic_release_says_so_on_every_page_and_a_real_one_never(pages, published, catalogue, facts):
    assert all(text.count(SYNTHETIC_NOTICE) >= 2 for text in pages.values())
    assert "synthetic" not in index_page(published, catalogue, replace(facts, synthetic=False)).replace(
        ".synthetic", ""
    )


def test_text_from_registers_and_catalogue_is_escaped(pages, published, catalogue, facts):
    assert "B &lt;b&gt;Library&lt;/b&gt;" in pages["index"]
    hostile = catalogue["4_3_1_participation"].model_copy(
        update={"label": "<script>x</script>", "labels": {**catalogue["4_3_1_participation"].labels, "sex": {
            "_T": "<i>All</i>", "F": "F", "M": "M"}}}
    )  # fmt: skip
    text = indicator_page(hostile, published.filter(indicator=hostile.key), facts)
    assert "<script" not in text
    assert "<i>" not in text


def test_the_same_figures_make_the_same_page(pages, published, catalogue, facts):
    again = indicator_page(
        catalogue["4_3_1_participation"], published.filter(indicator="4_3_1_participation"), facts
    )
    assert again == pages["4_3_1_participation"]


def test_a_marker_without_a_meaning_is_refused():
    with pytest.raises(KeyError, match="q"):
        used(["12 [q]"])
    assert [m for m, _ in explained(["1 [u]", "[low]"], 5)] == ["[low]", "[u]"]
    assert "0 to 4" in dict(explained(["[low]"], 5))["[low]"]
    assert set(MEANINGS) == {"[low]", "[u]", "[e]", "[p]", "[x]", "[c]", "[d]", "[z]"}


@pytest.mark.parametrize(
    ("numerator", "value", "markers", "printed"),
    [
        (1860, 18.6, "", "18.6"),
        (1860, 105.0, "[u]", "105.0 [u]"),
        (1860, 105.0, "[u] [d]", "105.0 [u] [d]"),
        (None, 1.2, "", "1.2"),
        (0, None, "[low]", "[low]"),
        (0, None, "[x]", "[x]"),
        (0, 0.0, "", "[low]"),
        (0, 100.0, "[u]", "[low]"),
        (None, None, "", "[x]"),
    ],
)
def test_a_figure_is_text_and_never_a_nought_or_a_blank(numerator, value, markers, printed):
    """The last but two are what disclosure control does not send: publication does not rely on it."""
    row = {"numerator": numerator, "value": value, "markers": markers, "decimals": 1}
    assert value_text(row) == printed


def test_rows_say_what_they_divide(pages):
    cells = [cell.strip() for cell in Outline(pages["4_3_1_participation"]).cells]
    assert {"Group", "Provision: Both", "Deprivation: 2nd fifth", "Female"} <= set(cells)
    assert not {"Both", "2nd fifth", ""} & set(cells)


def test_ages_are_words():
    assert [age_text(code) for code in ("4", "15-24", "65+")] == [
        "Aged 4",
        "Aged 15 to 24",
        "Aged 65 and over",
    ]


def test_the_index_names_the_headline_and_who_reports(pages, catalogue):
    assert headline_name(catalogue["4_5_1_parity"]) == (
        "Recorded participation in learning, aged 15 to 64, female to male"
    )
    assert headline_name(catalogue["local_setting_theme"]) == "All residents"
    assert "Providers reporting: 0 in 2022/23, 0 in 2023/24, 2 in 2024/25." in pages["index"]


def test_the_counts_of_people_found_are_called_found(pages):
    assert "Found" in Outline(pages["4_1_4_not_found"]).cells
    assert "Counted" in Outline(pages["4_3_1_participation"]).cells


def test_a_caption_says_that_its_table_is_synthetic(pages):
    """Tables are copied and printed without their page."""
    captions = re.findall("<caption>(.*?)</caption>", pages["4_3_1_participation"])
    assert len(captions) == 2
    assert all(SYNTHETIC_NOTICE in caption for caption in captions)


def test_counts_are_text():
    assert [count_text(n) for n in (0, 5, 1475, None)] == ["[low]", "5", "1,475", ""]


def test_tolerances_are_printed_with_their_reason(published, catalogue, facts):
    granted = {
        "provider": "MCR-001",
        "academic_year": "2024/25",
        "rule": "sex_code",
        "limit": "3 rows",
        "reason": "Their system lacks the <code>.",
    }
    page = index_page(published, catalogue, replace(facts, tolerances=[granted]))
    assert "MCR-001, 2024/25: up to 3 rows that break" in page
    assert "lacks the &lt;code&gt;." in page
    assert "Tolerances" not in index_page(published, catalogue, facts)


def test_the_index_says_how_many_of_the_expected_returns_came(published, catalogue, facts):
    page = index_page(published, catalogue, replace(facts, returns={"2023/24": (9, 9), "2024/25": (8, 9)}))
    assert "9 of 9 in 2023/24, 8 of 9 in 2024/25." in page


def test_t21_what_is_not_measured_is_listed_with_the_reason(published, catalogue, facts):
    """Acceptance test T21: the 19 rows of the methodology's list that are not emitted."""
    page = index_page(published, catalogue, facts)
    assert len(facts.not_measured) == 19
    for entry in facts.not_measured:
        assert entry.reason in unescape(page)
    # Only where the release has a page of it.
    assert 'See <a href="4_5_1_parity.html">' in page
    assert 'href="local_not_in_education.html"' not in page


def test_every_goal_is_said_to_be_measured_or_not(published, catalogue, facts):
    page = unescape(goals_page(published, catalogue, facts))
    for goal in facts.goals:
        assert f"{goal.goal} {goal.title}" in page
        assert goal.why in page
    assert page.count(">Not measured<") == sum(not goal.by for goal in facts.goals) == 7
    # Only indicators that this release has are linked.
    assert 'href="4_3_1_participation.html"' in page
    assert 'href="local_women_in_stem.html"' not in page


def test_wards_and_tenths_stand_once_at_the_headlines_ages(pages):
    page = unescape(pages["4_3_1_participation"])
    rows = page.split("Wards, aged 15 to 64")
    # In the table of values, and in that of counts.
    assert len(rows) == 3
    assert "A Ward & Moor" in rows[1]
    assert page.count("A Ward & Moor") == 2
    assert page.count("Tenths of areas by deprivation, aged 15 to 64") == 2


def test_the_first_page_groups_official_other_and_local_indicators(published, catalogue, facts):
    page = unescape(index_page(published, catalogue, facts))
    places = [page.index(f">{title}<") for title in GROUPS]
    assert places == sorted(places)
    label = {key: page.index(f"{catalogue[key].label}<") for key in ("4_3_1_participation", "local_learners")}
    assert places[0] < label["4_3_1_participation"] < places[1] < places[2] < label["local_learners"]
    assert "Indicator of UIS" in page
    assert "Indicator local" not in page


def test_the_coverage_equation_has_its_known_terms_and_says_which_are_not(pages):
    """Methodology 1.3: 5,000 recorded, 4,900 of them here and 250 elsewhere; some do both."""
    text = " ".join(re.sub(r"<[^>]*>", "", pages["index"]).split())
    assert "Recorded in 2024/25: 5,000 (4,995 to 5,010" in text
    assert "of whom 4,900 learn in the city and 250 outside" in text
    # Of those whose home is not known the fixture has no figure.
    assert "learners of whom it is not known where they live, [x] in number" in text


def test_who_is_counted_where_they_learn_is_not_said_to_be_a_resident(published, catalogue, facts):
    """Places of learning, and people whose home is not known, are nobody's residents."""
    key = "local_community_places"
    row = published.filter(indicator="local_learners", academic_year="2024/25", place="_T")
    page = indicator_page(catalogue[key], row.with_columns(indicator=pl.lit(key)), facts)
    assert "(E08000003), by place of learning" in page
    assert headline_name(catalogue[key]) == "All"
    assert headline_name(catalogue["local_learners"]) == "All residents"
