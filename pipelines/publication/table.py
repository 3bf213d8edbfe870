"""Tables of a page: years across, oldest first as time runs, disaggregations down."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from great_tables import GT, loc, style

from pipelines.indicators.bands import OTHERS, TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import CROSSED, DIMENSIONS, Formula, age_text
from pipelines.publication.markers import NOT_THERE, count_text, value_text

GROUP, ROW = "group", "row"
ROW_PREFIX = {
    "provision": "Provision: ",
    "deprivation": "Deprivation: ",
    "level": "Level: ",
    "sector": "Sector: ",
    "provider_kind": "Provider: ",
    "panel": "Like for like: ",
    "ethnicity": "Ethnic group: ",
    "disability": "Disability: ",
    "place": "Learning: ",
    "setting": "Setting: ",
    "theme": "Theme: ",
}
"""Words before a row heading that alone does not say what it divides: `Both`, `2nd fifth`."""
FINE = {"decile": "Tenths of areas by deprivation", "ward": "Wards"}
"""Breakdown with many categories → heading of the rows it has to itself, at the first ages alone."""
PLURAL = {"next_sector": "sectors of the year after"}
BESIDE_EXPECTED = ("Clearly fewer than expected", "No clear difference", "Clearly more than expected")
"""Where a ward's interval lies beside 100."""
Codes = Mapping[str, Mapping[str, str]]
"""Dimension → code → what to print, in the order of printing."""
INK, LINE = "#1b1b1f", "#cfd0d6"


@dataclass(frozen=True)
class Table:
    """A table ready to print: text cells, a column of group headings, one of row headings, one a year."""

    frame: pl.DataFrame
    caption: str
    spanners: Mapping[str, Sequence[str]]
    """Heading over several columns → those columns."""
    labels: Mapping[str, str]
    """Column → what its heading says."""
    totals: Sequence[int] = ()
    """Rows that are the total of their group."""

    def as_html(self, identifier: str) -> str:
        """Return it as an HTML table with a caption; the same table gives the same bytes."""
        values = [c for c in self.frame.columns if c not in (GROUP, ROW)]
        totals = list(self.totals)
        table = (
            GT(self.frame, rowname_col=ROW, groupname_col=GROUP, id=identifier)
            .tab_stubhead("Group")
            .cols_label(**self.labels)
            .cols_align("right", columns=values)
            .tab_style(style.text(weight="bold"), [loc.row_groups(), loc.stubhead()])
            .tab_style(style.text(weight="bold"), [loc.stub(totals), loc.body(rows=totals)])
            .tab_options(**_LOOK)
        )
        for heading, columns in self.spanners.items():
            table = table.tab_spanner(label=heading, columns=list(columns))
        fragment = table.as_raw_html()
        opening_end = fragment.index(">", fragment.index("<table")) + 1
        caption = f"<caption>{html.escape(self.caption)}</caption>"
        return fragment[:opening_end] + caption + fragment[opening_end:]


_LOOK = {
    "table_width": "100%",
    "table_font_names": ["inherit"],
    "table_font_size": "1rem",
    "table_font_color": INK,
    "table_border_top_style": "none",
    "table_border_bottom_color": INK,
    "table_border_bottom_width": "1px",
    "table_body_border_top_style": "none",
    "table_body_border_bottom_style": "none",
    "table_body_hlines_color": "#e6e6ea",
    "column_labels_font_weight": "bold",
    "column_labels_border_top_style": "none",
    "column_labels_border_bottom_color": INK,
    "stub_border_style": "none",
    "data_row_padding": "6px",
    "row_group_padding": "7px",
    "row_group_background_color": "#f6f5f2",
    "row_group_border_top_color": INK,
    "row_group_border_top_width": "1px",
    "row_group_border_bottom_color": LINE,
    "row_group_border_bottom_width": "1px",
}
"""Lines only where they part groups; the eye follows the rows by itself."""


@dataclass(frozen=True)
class _Line:
    """A row of a table: its headings and the cell it shows in each year."""

    group: str
    row: str
    cell: Mapping[str, str]
    total: bool = False


def value_table(indicator: Indicator, published: pl.DataFrame, codes: Codes, caption: str) -> Table:
    """Return the table of an indicator's values: oldest year first, so that the newest meets the eye last."""
    years = sorted(published["academic_year"].unique())
    cells = _by_cell(published)
    columns = {year: [] for year in years}
    lines = _lines(indicator, published, codes)
    for line in lines:
        for year in years:
            row = cells.get(_key({**line.cell, "academic_year": year}))
            columns[year].append(value_text(row) if row else NOT_THERE)
    return Table(_frame(lines, columns), caption, {}, {}, _totals(lines))


def count_table(indicator: Indicator, published: pl.DataFrame, codes: Codes, caption: str) -> Table | None:
    """Return the table of protected counts and populations behind rates; None where there are none."""
    if indicator.formula not in (Formula.RATE, Formula.RESIDUAL, Formula.RATIO):
        return None
    years = sorted(published["academic_year"].unique())
    cells = _by_cell(published)
    lines = _lines(indicator, published, codes)
    counted = "Found" if indicator.formula is Formula.RESIDUAL else "Counted"
    columns: dict[str, list[str]] = {}
    labels, spanners = {}, {}
    for year in years:
        found = [cells.get(_key({**line.cell, "academic_year": year})) for line in lines]
        columns[f"{year} count"] = [count_text(row["numerator"]) if row else NOT_THERE for row in found]
        columns[f"{year} of"] = [_below_text(indicator, row) for row in found]
        labels |= {
            f"{year} count": counted,
            f"{year} of": "Of" if indicator.formula is Formula.RATIO else "Residents",
        }
        spanners[year] = (f"{year} count", f"{year} of")
    return Table(_frame(lines, columns), caption, spanners, labels, _totals(lines))


def _frame(lines: Sequence[_Line], columns: Mapping[str, list[str]]) -> pl.DataFrame:
    return pl.DataFrame({GROUP: [x.group for x in lines], ROW: [x.row for x in lines], **columns})


def _totals(lines: Sequence[_Line]) -> list[int]:
    return [number for number, line in enumerate(lines) if line.total]


def _below_text(indicator: Indicator, row: Mapping | None) -> str:
    """Return residents as they are; people who are counted here, and rounded, as other counts."""
    if row is None or row["denominator"] is None:
        return NOT_THERE
    counted = indicator.formula is Formula.RATIO
    return count_text(row["denominator"]) if counted else f"{row['denominator']:,}"


def _by_cell(published: pl.DataFrame) -> dict[tuple, dict]:
    return {_key(row): row for row in published.iter_rows(named=True)}


_KEY = ("academic_year", *DIMENSIONS, "base_indicator", "comparison")


def _key(row: Mapping) -> tuple:
    return tuple(row.get(name, TOTAL) for name in _KEY)


def _lines(indicator: Indicator, published: pl.DataFrame, codes: Codes) -> list[_Line]:
    """Return the lines; of categories among others, or in which nobody can be, those that have a cell."""
    there = {key[1:] for key in _by_cell(published)}
    lines = _possible_lines(indicator, published, codes)
    crossed = not CROSSED.keys().isdisjoint(indicator.breakdowns)
    return [
        line
        for line in lines
        if _key(line.cell)[1:] in there
        or not (crossed or OTHERS in line.cell.values() or not indicator.only.keys().isdisjoint(line.cell))
    ]


def _possible_lines(indicator: Indicator, published: pl.DataFrame, codes: Codes) -> list[_Line]:
    if indicator.contrast:
        return _contrast_lines(indicator, published)
    if indicator.standardised:
        return _ward_lines(indicator, published, codes)
    if indicator.derived_from:
        return _derived_lines(indicator, published, codes)
    for breakdown in indicator.breakdowns:
        if breakdown in CROSSED:
            return _crossed_lines(codes, *CROSSED[breakdown])
    lines = []
    for age in indicator.ages:
        lines.append(_Line(age.label, "All", {"age": age.code}, total=bool(indicator.breakdowns)))
        lines += [
            _Line(age.label, ROW_PREFIX.get(breakdown, "") + text, {"age": age.code, breakdown: code})
            for breakdown in indicator.breakdowns
            if breakdown not in FINE
            for code, text in codes[breakdown].items()
        ]
    return lines + [
        _Line(
            f"{heading}, {first.label[:1].lower()}{first.label[1:]}",
            text,
            {"age": first.code, breakdown: code},
        )
        for first in indicator.ages[:1]
        for breakdown, heading in FINE.items()
        if breakdown in indicator.breakdowns
        for code, text in codes[breakdown].items()
    ]


def _crossed_lines(codes: Codes, across: str, within: str) -> list[_Line]:
    """One group a code of one dimension, one row a code of the other."""
    lines = []
    every, any_of = (f"All {PLURAL.get(name, f'{name}s')}" for name in (across, within))
    for code, label in {TOTAL: every, **codes[across]}.items():
        lines.append(_Line(label, any_of, {across: code}, total=True))
        lines += [_Line(label, text, {across: code, within: other}) for other, text in codes[within].items()]
    return lines


def _contrast_lines(indicator: Indicator, published: pl.DataFrame) -> list[_Line]:
    """One group a compared indicator and pair of groups, one row an age band."""
    return [
        _Line(
            f"{indicator.labels[key]}: {comparison.label}",
            age_text(age),
            {"base_indicator": key, "age": age, "comparison": comparison.code},
        )
        for key in indicator.contrast.of
        for comparison in indicator.contrast.comparisons
        for age in _there(published.filter(comparison=comparison.code), key, "age")
    ]


def _derived_lines(indicator: Indicator, published: pl.DataFrame, codes: Codes) -> list[_Line]:
    """One group an indicator that it is made of, one row an age band or a sex."""
    by = "sex" if indicator.expectancy else "age"
    texts = {TOTAL: "All"} | dict(codes.get("sex", {}))
    return [
        _Line(
            indicator.labels[key],
            texts[code] if by == "sex" else age_text(code),
            {"base_indicator": key, by: code},
            total=code == TOTAL,
        )
        for key in indicator.derived_from
        for code in _there(published, key, by)
    ]


def _ward_lines(indicator: Indicator, published: pl.DataFrame, codes: Codes) -> list[_Line]:
    """One row a ward, under how the whole of its interval of the latest year lies beside 100."""
    latest = published["academic_year"].max()
    now = {row["ward"]: row for row in published.filter(academic_year=latest).iter_rows(named=True)}
    cell = {"base_indicator": indicator.derived_from[0], "age": indicator.standardised.age}
    placed = [(_beside_expected(now.get(code)), code, text) for code, text in codes["ward"].items()]
    return [
        _Line(f"{heading}, {latest}", text, cell | {"ward": code})
        for heading in BESIDE_EXPECTED
        for place, code, text in placed
        if place == heading
    ]


def _beside_expected(row: Mapping | None) -> str:
    fewer, alike, more = BESIDE_EXPECTED
    if row is None or row["lower"] is None:
        return alike
    if row["upper"] < 100:
        return fewer
    return more if row["lower"] > 100 else alike


def _there(published: pl.DataFrame, key: str, dimension: str) -> list[str]:
    """Return the codes of a dimension that figures made of an indicator have, in the order of the table."""
    return published.filter(base_indicator=key)[dimension].unique(maintain_order=True).to_list()
