"""Writes `docs/indicators.md`, every indicator's definition, from the catalogue.

python -m pipelines.indicators.handbook docs/indicators.md
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelines.city import City
from pipelines.indicators.catalogue import Indicator, read_catalogue
from pipelines.indicators.not_measured import NotMeasured, read_not_measured
from pipelines.paths import Paths


def handbook(catalogue: Mapping[str, Indicator], left_out: tuple[NotMeasured, ...]) -> str:
    """Return the definitions of all indicators as Markdown."""
    parts = [
        "# Indicators",
        "Written by `make docs` from `sql/indicators/*.yml`; do not edit. What each indicator counts, "
        "of whom, by what, and whose definition it is. Ages are in completed years on 31 August.",
        _contents(catalogue),
    ]
    parts += [part for indicator in catalogue.values() for part in _chapter(indicator)]
    parts += ["## Not measured", "What enrolment records cannot carry.", _not_measured(left_out)]
    return "\n\n".join(parts) + "\n"


def _contents(catalogue: Mapping[str, Indicator]) -> str:
    rows = ["| code | indicator | series | definition |", "|---|---|---|---|"]
    rows += [f"| {i.code} | [{i.label}](#{i.key}) | `{i.series}` | {i.claim} |" for i in catalogue.values()]
    return "\n".join(rows)


def _chapter(indicator: Indicator) -> Iterator[str]:
    yield f'<a id="{indicator.key}"></a>\n\n## {indicator.label}'
    yield f"{indicator.title}. {indicator.claim_reason.strip()}"
    yield "\n".join(f"* **{name}**: {text}" for name, text in _facts(indicator) if text)
    yield f"{indicator.can_say} It cannot say:"
    yield "\n".join(f"* {text}" for text in indicator.cannot_say)
    yield "How it is measured:"
    yield "\n".join(f"* {text}" for text in indicator.method)


def _facts(indicator: Indicator) -> Iterator[tuple[str, str]]:
    yield "Files", f"`sql/indicators/{indicator.key}`"
    yield "Goal and target", f"{indicator.goal}, {indicator.target}"
    yield "Formula", f"{indicator.formula}" + (f", per {indicator.per:,}" if indicator.per != 100 else "")
    yield "Above the line", indicator.numerator
    yield "Below the line", indicator.denominator or ""
    yield "Whose", f"{indicator.numerator_basis} basis"
    yield "Ages", "; ".join(age.label + (f" ({age.uis})" if age.uis else "") for age in indicator.ages)
    yield "Broken down by", ", ".join(name.replace("_", " ") for name in indicator.breakdowns)
    yield "Only", "; ".join(f"{name}: {', '.join(codes)}" for name, codes in indicator.only.items())
    yield "Made of", ", ".join(f"`{key}`" for key in indicator.derived_from)
    yield "Better is", indicator.direction
    yield "Unit", f"{indicator.unit} (`{indicator.unit_measure}`)"
    yield "Normal status", f"`{indicator.obs_status}`"
    yield "Also reported as", "; ".join(f"{s.framework}, {s.code} {s.title}" for s in indicator.serves)
    yield "Definition from", "; ".join(indicator.source)
    yield "Not confirmed", "; ".join(indicator.unconfirmed)


def _not_measured(left_out: tuple[NotMeasured, ...]) -> str:
    rows = ["| code | title | reason |", "|---|---|---|"]
    return "\n".join([*rows, *(f"| {n.code} | {n.title} | {n.reason} |" for n in left_out)])


def of_repository() -> str:
    """Return the handbook of this repository's catalogue, with the ages of its city."""
    paths = Paths.of_repository()
    catalogue = read_catalogue(paths.sql / "indicators", City.read(paths.city).school_ages)
    return handbook(catalogue, read_not_measured(paths.sql, catalogue))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(of_repository(), "utf-8")
