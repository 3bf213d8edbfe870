"""The published method: what every outsider may know of how a release was protected, for machines to read."""

from collections.abc import Mapping

from pipelines.disclosure.counts import LINKAGE
from pipelines.disclosure.policy import Policy
from pipelines.disclosure.shapes import Shape
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import CROSSED, Formula


def described(shapes: Mapping[str, Shape], catalogue: Mapping[str, Indicator], policy: Policy) -> dict:
    """Return the method as JSON has it: how counts were rounded, and how they lie to each other."""
    tables = {
        key: {
            "formula": str(indicator.formula),
            "per": indicator.per,
            "counts": str(indicator.counts),
            "denominator_is_a_count": indicator.formula is Formula.RATIO,
        }
        for key, indicator in catalogue.items()
        if indicator.ages
    }
    tables[LINKAGE] = {
        "formula": str(Formula.COUNT), "per": 1, "counts": "persons", "denominator_is_a_count": False,
    }  # fmt: skip
    for key, table in tables.items():
        shape = shapes[key]
        table["ages"] = {code: list(band) if band else None for code, band in shape.bands.items()}
        table["parting"], table["covering"] = sorted(shape.parting), sorted(shape.covering)
        table["above"], table["below"] = dict(shape.of_bands) or shape.above, shape.below
        table["follows"] = list(shape.follows) if shape.follows else None
        table["low"], table["keyed"] = max(shape.low, policy.base), shape.keyed
    return {
        "method": "keyed controlled rounding",
        "policy_version": policy.version,
        "policy": policy.fingerprint,
        "parameters": policy.published,
        "base": policy.base,
        "protection_interval": policy.protection_interval,
        "crossed": {name: list(pair) for name, pair in CROSSED.items()}
        | {name: list(pair) for name, pair in shapes[LINKAGE].crossed.items()},
        "nested": {
            child: {"within": parent, "parents": dict(parents)}
            for child, (parent, parents) in shapes[next(iter(catalogue))].nested.items()
        },
        "tables": tables,
    }
