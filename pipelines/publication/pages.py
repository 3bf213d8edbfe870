"""The pages of a release: one an indicator, and an index. Static, self-contained, escaped."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.goals import Says
from pipelines.indicators.terms import LOWEST, Basis, Claim, Formula, age_text
from pipelines.publication.cells import headline_row, row_of
from pipelines.publication.change import change_sentence, progress_sentence
from pipelines.publication.facts import LICENCE, ReleaseFacts
from pipelines.publication.linkage_page import METHOD, linkage_table
from pipelines.publication.markers import NOT_THERE, count_text, explained, texts_of, value_text
from pipelines.publication.population_page import alignment_table
from pipelines.publication.table import count_table, value_table

CLAIM_WORDS = {
    Claim.EXACT: "Official definition",
    Claim.PROXY: "Definition differs",
    Claim.LOCAL: "Local",
}
LOCAL_CODE = "local"
GROUPS = ("Sustainable Development Goal 4", "Other international indicators", "The city's own")
GOAL_WORDS = {Says.MEASURED: "Measured", Says.CONTRIBUTES: "Contributed to", Says.NOTHING: "Not measured"}
GOAL_BADGES = {Says.MEASURED: "exact", Says.CONTRIBUTES: "local", Says.NOTHING: "none"}
_TEMPLATES = Path(__file__).parent / "templates"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def indicator_page(indicator: Indicator, published: pl.DataFrame, facts: ReleaseFacts) -> str:
    """Return the page of one indicator, from its rows of the published table."""
    years = sorted(published["academic_year"].unique())
    span = f"{facts.city}, {years[0]} to {years[-1]}" if len(years) > 1 else f"{facts.city}, {years[0]}"
    title = f"{indicator.label}, {span}. {indicator.unit}."
    values = value_table(indicator, published, facts.codes, facts.caption(title))
    title = f"Rounded counts and resident population, {span}."
    counts = count_table(indicator, published, facts.codes, facts.caption(title))
    texts = texts_of(values.frame) + (texts_of(counts.frame) if counts else [])
    return render(
        "indicator.html",
        facts,
        title=f"{indicator.label} ({indicator.code})",
        crumb=_code_name(indicator),
        i=indicator,
        finding=finding(indicator, published, facts),
        change=change_sentence(indicator, published, facts.academic_year),
        progress=progress_sentence(indicator, published, facts.academic_year),
        claim_word=CLAIM_WORDS[indicator.claim],
        values=values.as_html(f"values-{indicator.key}"),
        counts=counts.as_html(f"counts-{indicator.key}") if counts else "",
        count_note=_count_note(indicator, facts),
        bounds=_bounds(indicator, published, facts),
        markers=explained(texts, facts.low((indicator.key, *indicator.derived_from))),
        interval_note=_interval_note(indicator),
        official=[o.series for o in indicator.parity.official] if indicator.parity else [],
        providers=len(facts.providers.get(facts.academic_year, ())),
        populations=[s["title"] for s in facts.sources if s["file"].startswith("population")],
    )


def index_page(published: pl.DataFrame, catalogue: Mapping[str, Indicator], facts: ReleaseFacts) -> str:
    """Return the first page: what is published, how to read it, what is not measured, who is counted."""
    years = sorted(published["academic_year"].unique())
    rows = [_index_row(indicator, published, years) for indicator in catalogue.values()]
    return render(
        "index.html",
        facts,
        title=f"Learning in {facts.city}, {facts.academic_year}",
        crumb="",
        years=years,
        groups=[(title, [row for row in rows if row["group"] == title]) for title in GROUPS],
        markers=explained([t for row in rows for t in row["figures"]], facts.low(catalogue)),
        pages={row["key"]: row["label"] for row in rows if row["has_page"]},
        providers=sorted(facts.providers.get(facts.academic_year, ())),
        reporting=[(year, len(facts.providers.get(year, ()))) for year in years],
        equation=_equation(published, facts),
    )


def _equation(published: pl.DataFrame, facts: ReleaseFacts) -> dict[str, str]:
    """Return the terms of the coverage equation (methodology 1.3) that are known, as protected counts."""

    def count(key: str, name: str = "numerator", **cell: str) -> str:
        row = row_of(published, key, facts.academic_year, **cell)
        return NOT_THERE if row is None else count_text(row[name]) or NOT_THERE

    return {
        "residents": count("local_learners"),
        "low": count("local_learners", "numerator_low"),
        "high": count("local_learners", "numerator_high"),
        "here": count("local_learners", place="city"),
        "elsewhere": count("local_learners", place="elsewhere"),
        "unknown": count("local_home_not_known"),
    }


def goals_page(published: pl.DataFrame, catalogue: Mapping[str, Indicator], facts: ReleaseFacts) -> str:
    """Return the page that says of each Sustainable Development Goal what of it is measured."""
    there = set(published["indicator"])
    return render(
        "goals.html",
        facts,
        title="The seventeen goals",
        crumb="Goals",
        pages={key: indicator.label for key, indicator in catalogue.items() if key in there},
        words=GOAL_WORDS,
        badges=GOAL_BADGES,
        counts=Counter(goal.says.value for goal in facts.goals),
    )


def linkage_page(linkage: pl.DataFrame, facts: ReleaseFacts) -> str:
    """Return the page on how well persons are recognised."""
    table = linkage_table(linkage, facts)
    return render(
        "linkage.html",
        facts,
        title="One person, counted once",
        crumb="Linkage",
        table=table.as_html("linkage"),
        markers=explained(texts_of(table.frame), facts.low([METHOD])),
    )


def population_page(facts: ReleaseFacts) -> str:
    """Return the page on how the population was brought to 31 August, and what that does."""
    return render(
        "population.html",
        facts,
        title="Residents on 31 August",
        crumb="Population",
        table=alignment_table(facts).as_html("alignment"),
    )


def finding(indicator: Indicator, published: pl.DataFrame, facts: ReleaseFacts) -> str:
    """Return the headline in a sentence: the published figure of the release's year, and its interval."""
    row = headline_row(indicator, published, facts.academic_year)
    if row is None or row["value"] is None:
        return f"No headline figure can be published for {facts.academic_year}."
    sentence = indicator.finding.format(
        value=f"{row['value']:,.{row['decimals']}f}",
        year=facts.academic_year,
        providers=len(facts.providers.get(facts.academic_year, ())),
    )
    if row["markers"]:
        sentence += f" Read with care: {row['markers']}."
    if row["lower"] is None or indicator.formula is Formula.COUNT:
        return sentence
    lower, upper = (f"{row[end]:.{row['decimals']}f}" for end in ("lower", "upper"))
    return f"{sentence} 95 % interval: {lower} to {upper}."


def _bounds(indicator: Indicator, published: pl.DataFrame, facts: ReleaseFacts) -> str:
    """Return the linkage bounds of the headline's count in a sentence; empty where it has none."""
    row = headline_row(indicator, published, facts.academic_year)
    if row is None or not row["numerator"]:
        return ""
    low, count, high = (f"{row[name]:,}" for name in ("numerator_low", "numerator", "numerator_high"))
    return (
        f"The headline counts {count} persons. It would be {low} if all records that may be of one person "
        f"were joined, and {high} if only those were that are so beyond doubt."
    )


def headline_name(indicator: Indicator) -> str:
    """Return what the headline is of: `Aged 15 to 64`."""
    comparisons = {c.code: c.label for c in indicator.contrast.comparisons} if indicator.contrast else {}
    known = comparisons | dict(indicator.labels) | {age.code: age.label for age in indicator.ages}
    names = [
        f"{code} {dimension}".capitalize() if code == LOWEST else known.get(code) or age_text(code)
        for dimension, code in indicator.headline.items()
    ]
    first, *others = names or ["All residents" if indicator.numerator_basis is Basis.RESIDENT else "All"]
    return ", ".join([first, *(name[:1].lower() + name[1:] for name in others)])


def _code_name(indicator: Indicator) -> str:
    """Return `Indicator 4.3.1`, `Indicator of UIS`, or `Local indicator` where there is no official code."""
    if indicator.code == LOCAL_CODE:
        return "Local indicator"
    return f"Indicator {'of ' if indicator.code[:1].isalpha() else ''}{indicator.code}"


def _group(indicator: Indicator) -> str:
    """Return under which heading of the first page an indicator stands."""
    if indicator.code == LOCAL_CODE:
        return GROUPS[2]
    return GROUPS[0] if indicator.code[:1].isdigit() else GROUPS[1]


def _index_row(indicator: Indicator, published: pl.DataFrame, years: list[str]) -> dict:
    rows = [headline_row(indicator, published, year) for year in years]
    return {
        "key": indicator.key,
        "has_page": published.filter(indicator=indicator.key).height > 0,
        "group": _group(indicator),
        "code": _code_name(indicator),
        "label": indicator.label,
        "unit": indicator.unit,
        "of": headline_name(indicator),
        "figures": [value_text(row) if row else "[x]" for row in rows],
        "claim": indicator.claim.value,
        "claim_word": CLAIM_WORDS[indicator.claim],
    }


def _interval_note(indicator: Indicator) -> str:
    if indicator.formula is Formula.COUNT:
        return "Each count is within 4 of the true one."
    return "Intervals (95 %) cover rounding and chance, not what is missing from the returns."


def _count_note(indicator: Indicator, facts: ReleaseFacts) -> str:
    if indicator.derived_from:
        return "The counts behind it are on the pages of the indicators that it is made of."
    return (
        f"Counts are rounded to a multiple of {facts.rounding_base}, up or down by chance. "
        "People can be in more than one cell, so rows do not add up to totals."
    )


def render(template: str, facts: ReleaseFacts, *, root: str = "", **values: object) -> str:
    """Return a page made by a template of this package; `root` leads from it to the release."""
    style = (_TEMPLATES / "style.css").read_text("utf-8")
    as_at = f"{facts.data_as_at.day} {facts.data_as_at:%B %Y}"
    page = _ENVIRONMENT.get_template(template)
    return (
        page.render(facts=facts, root=root, style=_Raw(style), data_as_at=as_at, licence=LICENCE, **values)
        + "\n"
    )


class _Raw(str):
    """Text of this package's own that is HTML or CSS already."""

    __slots__ = ()

    def __html__(self) -> str:
        return self
