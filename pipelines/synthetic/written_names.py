"""Names as providers write them down."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.synthetic.error_profile import ErrorProfile
from pipelines.synthetic.identities import Identities
from pipelines.synthetic.mistakes import spaced, typing_error, without_accents
from pipelines.synthetic.names import all_names

if TYPE_CHECKING:
    from pipelines.synthetic.recording import Rows

Name = tuple[pl.Series, pl.Series, pl.Series]
"""Family name, given name and middle name, a value a record; those without a middle name have null."""


def miswritten(
    identities: Identities,
    profile: ErrorProfile,
    rows: "Rows",
    happens: Callable[..., np.ndarray],
    bits: Callable[..., list[int]],
) -> Name:
    """Return the names that stand in records.

    Args:
        identities: what people are really called.
        profile: how often they are called something else.
        rows: the records.
        happens: gives the positions of records with a kind of mistake, among those that it suits.
        bits: random ones for those.
    """
    family = identities.family(rows.person, rows.year)
    given, middle = identities.given(rows.person), identities.middle(rows.person)
    if not any(getattr(profile, kind) for kind in _KINDS):
        return family, given, middle

    changed = _changer(rows, happens, bits)
    family, given, middle = family.alias("family"), given.alias("given"), middle.alias("middle")
    maiden = happens(rows, "maiden_name", identities.has_changed(rows.person, rows.year))
    at_birth = all_names().family.gather(identities.family_at_birth[rows.person[maiden]])
    family = family.scatter(maiden, at_birth) if len(maiden) else family
    given = changed(given, "nickname", _one_of(all_names().short), _has(given, all_names().short))
    others = all_names().same_sound
    given = changed(given, "transliterated", _one_of(others), _has(given, others))
    family = changed(family, "transliterated", _one_of(others), _has(family, others), "family")
    given, middle = _with_middle(given, middle, rows, happens)
    given = changed(given, "initial_only", lambda name, _: name[:1])
    given = changed(given, "given_typo", typing_error)
    family = changed(family, "family_typo", typing_error)
    family, given = (_styled(name, changed) for name in (family, given))
    swapped = happens(rows, "swapped")
    if len(swapped):
        first, last = family.gather(swapped), given.gather(swapped)
        family, given = family.scatter(swapped, last), given.scatter(swapped, first)
    return family, given, middle


def _changer(
    rows: "Rows", happens: Callable[..., np.ndarray], bits: Callable[..., list[int]]
) -> Callable[..., pl.Series]:
    """Return what makes a kind of mistake in a column of names."""

    def changed(
        text: pl.Series, kind: str, mistake: Callable[[str, int], str], suits: object = None, of: str = ""
    ) -> pl.Series:
        at = happens(rows, kind, suits, of)
        if not len(at):
            return text
        pairs = zip(text.gather(at).to_list(), bits(rows, at, f"{kind} {text.name}"), strict=True)
        return text.scatter(at, [mistake(name, number) for name, number in pairs])

    return changed


_KINDS = ("nickname", "initial_only", "transliterated", "middle_added", "middle_left_out", "middle_first",
          "accents_lost", "upper_case", "lower_case", "spaces", "hyphen_lost", "given_typo", "family_typo",
          "swapped", "maiden_name")  # fmt: skip


def _with_middle(
    given: pl.Series, middle: pl.Series, rows: "Rows", happens: Callable[..., np.ndarray]
) -> tuple[pl.Series, pl.Series]:
    has = middle.is_not_null().to_numpy()
    added, left_out, first = (
        happens(rows, kind, has) for kind in ("middle_added", "middle_left_out", "middle_first")
    )
    both = given.gather(added) + " " + middle.gather(added)
    called = middle.gather(first)
    given = given.scatter(added, both) if len(added) else given
    given = given.scatter(first, called) if len(first) else given
    return given, middle.scatter(left_out, None) if len(left_out) else middle


def _styled(name: pl.Series, changed: Callable[..., pl.Series]) -> pl.Series:
    """Return names as a clerk or the software writes them; both names of a person alike."""
    accented = name.str.len_bytes() != name.str.len_chars()
    name = changed(name, "accents_lost", lambda text, _: without_accents(text), accented.to_numpy())
    hyphenated = name.str.contains("-", literal=True)
    name = changed(name, "hyphen_lost", lambda text, _: text.replace("-", " "), hyphenated.to_numpy())
    name = changed(name, "upper_case", lambda text, _: text.upper())
    name = changed(name, "lower_case", lambda text, _: text.lower())
    return changed(name, "spaces", spaced)


def _has(name: pl.Series, table: dict[str, tuple[str, ...]]) -> np.ndarray:
    return name.is_in(list(table)).to_numpy()


def _one_of(table: dict[str, tuple[str, ...]]) -> Callable[[str, int], str]:
    return lambda name, bits: table[name][bits % len(table[name])]
