"""How well persons are recognised, by year and provider: a page and a CSV of every release."""

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.indicators.bands import OTHERS, TOTAL
from pipelines.publication.facts import ReleaseFacts
from pipelines.publication.markers import LOW, NOT_THERE, count_text
from pipelines.publication.table import GROUP, ROW, Table
from pipelines.spreadsheets import harmless

TIERS = {
    "uln": "Learner number",
    "upn": "Pupil number",
    "names": "Name and birth date",
    "local": "Reference alone",
}
"""Tier → what its column says."""
SMALLEST = 100
"""Persons below which no share is printed: rounding could move it by more than four points."""
METHOD = "linkage"
"""What the published method calls its table."""
LINKAGE_COLUMNS = {
    "academic_year": "TIME_DETAIL",
    "provider_id": "PROVIDER",
    "provider_name": "PROVIDER_NAME",
    "linked_by": "LINKED_BY",
    "persons": "PERSONS",
    "persons_low": "PERSONS_LOW",
    "persons_high": "PERSONS_HIGH",
}


def linkage_table(linkage: pl.DataFrame, facts: ReleaseFacts) -> Table:
    """Return persons, bounds and shares of tiers: all providers by year, then each of the last year."""
    rows: dict[tuple[str, str], dict[str, Mapping]] = {}
    for row in linkage.iter_rows(named=True):
        rows.setdefault((row["academic_year"], row["provider_id"]), {})[row["linked_by"]] = row
    lines = [
        ("All providers", year, of_tier)
        for (year, provider), of_tier in sorted(rows.items())
        if provider == TOTAL
    ]
    of_year = {p: tiers for (year, p), tiers in rows.items() if year == facts.academic_year and p != TOTAL}
    each = sorted((p == OTHERS, tiers[TOTAL]["provider_name"] or p, p) for p, tiers in of_year.items())
    lines += [(f"Each provider, {facts.academic_year}", name, of_year[p]) for _, name, p in each]
    cells = [_cells(of_tier) for _, _, of_tier in lines]
    frame = pl.DataFrame(
        {
            GROUP: [group for group, _, _ in lines],
            ROW: [row for _, row, _ in lines],
            "Persons": [cell[0] for cell in cells],
            "At least": [cell[1] for cell in cells],
            "At most": [cell[2] for cell in cells],
            **{label: [c[3 + at] for c in cells] for at, label in enumerate(TIERS.values())},
        }
    )
    caption = facts.caption(f"Persons by what they are recognised by, {facts.city}. Per cent of persons.")
    shares = list(TIERS.values())
    spanners = {"Persons counted": ("Persons", "At least", "At most"), "Recognised by, %": shares}
    return Table(frame, caption, spanners, {})


def linkage_csv(linkage: pl.DataFrame, facts: ReleaseFacts) -> str:
    """Return all years, providers and tiers as CSV text: counts and shares; what rounds to zero is blank."""
    counts = ("persons", "persons_low", "persons_high")
    shown = linkage.with_columns(pl.when(pl.col(c) != 0).then(c).alias(c) for c in counts)
    named = shown.select(list(LINKAGE_COLUMNS)).rename(LINKAGE_COLUMNS)
    more = {
        "SHARE": _shares(linkage), "REF_AREA": pl.lit(facts.area_code), "SYNTHETIC": pl.lit(facts.synthetic)
    }  # fmt: skip
    return named.with_columns(harmless("PROVIDER_NAME"), **more).write_csv(line_terminator="\n")


def _shares(linkage: pl.DataFrame) -> pl.Series:
    """Return what the page prints of each tier in per cent of persons; nothing where it prints a marker."""
    totals = {
        (row["academic_year"], row["provider_id"]): row["persons"]
        for row in linkage.filter(linked_by=TOTAL).iter_rows(named=True)
    }
    texts = [
        _share(row, totals.get((row["academic_year"], row["provider_id"]), 0))
        for row in linkage.iter_rows(named=True)
    ]
    return pl.Series([int(text) if text.isdigit() else None for text in texts], dtype=pl.Int64)


def _cells(of_tier: Mapping[str, Mapping]) -> Sequence[str]:
    total = of_tier[TOTAL]
    bounds = (count_text(total[name]) for name in ("persons", "persons_low", "persons_high"))
    return [*bounds, *(_share(of_tier.get(tier), total["persons"]) for tier in TIERS)]


def _share(tier: Mapping | None, persons: int) -> str:
    """Return a tier's share of persons from rounded counts; a tier without persons looks like a small one."""
    if persons < SMALLEST:
        return NOT_THERE
    if tier is None or tier["persons"] == 0:
        return LOW
    return f"{100 * tier['persons'] / persons:.0f}"
