"""Keeps categories of provision together as they were where an erasure alone would change that.

One person can tip whether a category stands by itself (`core.merging`), in all years at once. Were it then
published otherwise beside somebody else's correction, readers would see that somebody left. So the vault
notes which categories were published together before the erasure. That holds for as long as what has to be
put together, and how many enrolments the tipped categories have, are what the erasure left.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.identity.vault import Vault
from pipelines.models import MERGED
from pipelines.reference import MadeList

FILE = "merging"
RULE = "core.merging"


@dataclass(frozen=True)
class KeptMerging:
    """Which categories of a dimension stay put together, and how that is recognised.

    Args:
        dimension: of which.
        published: the categories that were put together before the erasure.
        merged: those that have to be after it.
        tipped: those that can stand by themselves no more, or can now; where none is, those that are in one
            of the two alone.
        enrolments: of these after it, in the order of `tipped`; one without any has none.
    """

    dimension: str
    published: tuple[str, ...]
    merged: tuple[str, ...]
    tipped: tuple[str, ...]
    enrolments: tuple[int, ...]


@dataclass(frozen=True)
class Merging:
    """Which categories have to be put together, and which are.

    Args:
        rule: `core.merging`.
        published: `core.merged_category`.
    """

    rule: pl.DataFrame
    published: pl.DataFrame

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> "Merging":
        """Read it."""
        return cls(connection.table(RULE).pl(), connection.table(MERGED).pl())

    def together(self, dimension: str) -> list[str]:
        """Return the categories of a dimension that are put together, in order."""
        return self.published.filter(dimension=dimension)["category"].sort().to_list()


def kept_mergings(before: Merging, after: Merging) -> list[KeptMerging]:
    """Return what an erasure changed of the categories that are put together."""
    found = []
    for dimension in sorted({*before.published["dimension"], *after.published["dimension"]}):
        then = before.together(dimension)
        if then == after.together(dimension):
            continue
        was, now = (one.rule.filter(dimension=dimension).sort("category") for one in (before, after))
        merged = now.filter("is_merged")["category"].to_list()
        stood, stands = (set(one.select("category", "stands").rows()) for one in (was, now))
        tipped = {category for category, _ in stood ^ stands} or set(then) ^ set(merged)
        enrolments = now.filter(pl.col("category").is_in(tipped))["enrolments"].to_list()
        lists = (then, merged, sorted(tipped), enrolments)
        found.append(KeptMerging(dimension, *map(tuple, lists)))
    return found


def read(vault: Vault) -> list[KeptMerging]:
    """Return what stays put together.

    Raises:
        VaultError: the file is not what was sealed.
    """
    file = _file(vault)
    if not file.exists():
        return []
    entries = json.loads(vault.read(file))
    return [KeptMerging(*(tuple(v) if isinstance(v, list) else v for v in e.values())) for e in entries]


def note(vault: Vault, found: Iterable[KeptMerging]) -> None:
    """Keep what was found, in the place of what was of the same dimensions."""
    noted = {entry.dimension: entry for entry in (*read(vault), *found)}
    vault.write(_file(vault), json.dumps([asdict(entry) for entry in noted.values()]).encode())


def _file(vault: Vault) -> Path:
    return vault.folder / FILE


def _rows(kept: Iterable[KeptMerging]) -> list[tuple]:
    return [tuple(list(v) if isinstance(v, tuple) else v for v in astuple(entry)) for entry in kept]


KEPT_MERGING = MadeList(
    "kept_merging",
    "Categories that stay put together as they were, where an erasure alone would change that.",
    {
        "dimension": "Dimension: level, sector, setting, theme, provider_kind, provider or setting_theme.",
        "published": "The categories that were put together before the erasure, in order.",
        "merged": "Those that have to be after it (core.merging), in order.",
        "tipped": "Those that can stand by themselves no more, or can now, in order.",
        "enrolments": "Enrolments of these after it, in their order.",
    },
    "kept_mergings",
    _rows,
    {
        **dict.fromkeys(("published", "merged", "tipped"), pl.List(pl.String())),
        "enrolments": pl.List(pl.Int64()),
    },
)
