"""What the soak asks of the counts beside the audit, after each day: that they are as near as is promised."""

from pathlib import Path

from pipelines.auditor.releases import Release
from pipelines.disclosure.ledger import COUNT
from pipelines.identity.erasures import erased_since
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline


def outside_promise(root: Path) -> int:
    """Return how many counts of a city's last release are not what was promised of them.

    Each printed count is held against the sealed ledger: of how many people it was when its year was last
    revised. It is less than the base away; an estimate, or one that its year says is far, less than twice it.
    Who was erased since is not in the ledger any more: a count can be as much further away.
    """
    pipeline = Pipeline(Paths(root))
    name = pipeline.shelf.last_published()
    manifest = pipeline.shelf.manifest(name)
    base = manifest["rounding_base"]
    ledger = pipeline.ledgers.read(str(name), manifest).counts.filter(base=base)
    erased = sum(erased_since(pipeline.vault, "").values())
    persons = {tuple(key): number for *key, number in ledger.select(*COUNT, "persons").iter_rows()}
    outside = 0
    for year, tables in Release(pipeline.shelf.folder(name)).years.items():
        far = 0
        for (indicator, part), cells in tables.items():
            for cell, count in cells.items():
                away = abs(count.value - persons.get((year, indicator, part, *cell), 0))
                hidden = count.value == 0 and away < count.low
                outside += away >= 2 * base + erased
                far += base + erased <= away < 2 * base + erased and not count.estimate and not hidden
        outside += max(far - manifest["years"][year]["far"], 0)
    return outside
