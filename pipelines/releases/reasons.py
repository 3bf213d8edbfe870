"""Why a figure differs between two releases: one reason each, from what their manifests say."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Reason(StrEnum):
    """Why a figure changed."""

    POLICY = "policy"
    DEFINITION = "definition"
    POPULATION = "population"
    LATE_RETURN = "late return"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    ERASURE = "erasure together with others"
    LINKAGE = "linkage"
    CODE = "code"
    UNEXPLAINED = "not explained"


OF_RETURNS = (Reason.LATE_RETURN, Reason.CORRECTION, Reason.WITHDRAWAL)
POLICY_FILE, LINKAGE_FILES = "disclosure_policy.toml", ("linkage_model.json", "city.toml")


@dataclass(frozen=True)
class Cause:
    """A return that is new, another one or gone.

    Args:
        reason: which of these.
        academic_year, collection, provider: of the return.
    """

    reason: Reason
    academic_year: str
    collection: str
    provider: str

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.provider}, {self.collection.replace('_', ' ')}, {self.academic_year}"


@dataclass(frozen=True)
class Origins:
    """Where two releases come from.

    Args:
        before, after: their manifests, without steps.
        learners: academic year and provider → by how much its published learners differ.
        erased: academic years with records of people who were erased in between. Nothing that is published
            may be made with it.
    """

    before: Mapping
    after: Mapping
    learners: Mapping[tuple[str, str], int]
    erased: Collection[str] = ()

    @cached_property
    def causes(self) -> list[Cause]:
        """The returns that differ, the one with most learners first."""
        then, now = (_returns(manifest) for manifest in (self.before, self.after))
        found = [Cause(_reason(then.get(key), now.get(key)), *key[:3]) for key in _differing(then, now)]
        return sorted(found, key=lambda c: (-self.learners.get((c.academic_year, c.provider), 0), str(c)))

    def of(
        self, indicator: str, year: str, *, counts_differ: bool, public_differs: bool
    ) -> tuple[Reason, str]:
        """Return the reason why a figure differs, and what else is known of it.

        Args:
            indicator: its own, or of a comparison the one that is compared.
            year: its academic year.
            counts_differ: whether its protected counts do.
            public_differs: whether the public population below its line does.
        """
        if self._differs("rounding_base") or self._differs("key_id"):
            return Reason.POLICY, "every count is drawn anew"
        if self._of(indicator, "definitions"):
            return Reason.DEFINITION, indicator
        if not counts_differ:
            return self._of_nobody(public_differs)
        if of_year := [cause for cause in self.causes if cause.academic_year == year]:
            return of_year[0].reason, "; ".join(map(str, of_year))
        return self._of_other_years(year)

    def _of_nobody(self, public_differs: bool) -> tuple[Reason, str]:
        """Return why a figure differs whose counts do not."""
        if public_differs:
            return Reason.POPULATION, "; ".join(self._changed("reference", "file"))
        if POLICY_FILE in self._changed("settings", "file"):
            return Reason.POLICY, ""
        if self._differs("code_version"):
            return Reason.CODE, ""
        return (self.causes[0].reason, str(self.causes[0])) if self.causes else (Reason.UNEXPLAINED, "")

    def _of_other_years(self, year: str) -> tuple[Reason, str]:
        """Return why counts differ of a year whose returns do not."""
        if year in self.erased:
            return Reason.ERASURE, ""
        if self.causes:
            return Reason.LINKAGE, f"returns of other years: {'; '.join(map(str, self.causes))}"
        if files := [file for file in self._changed("settings", "file") if file in LINKAGE_FILES]:
            return Reason.LINKAGE, "; ".join(files)
        if files := self._changed("reference", "file"):
            return Reason.DEFINITION, "; ".join(files)
        return (Reason.CODE, "") if self._differs("code_version") else (Reason.UNEXPLAINED, "")

    def _differs(self, name: str) -> bool:
        return self.before.get(name) != self.after.get(name)

    def _of(self, key: str, name: str) -> bool:
        then, now = (manifest.get(name, {}) for manifest in (self.before, self.after))
        return bool(then) and then.get(key) != now.get(key)

    def _changed(self, name: str, key: str) -> list[str]:
        then, now = ({e[key]: e for e in manifest.get(name, ())} for manifest in (self.before, self.after))
        return list(_differing(then, now))


def _returns(manifest: Mapping) -> dict[tuple[str, ...], Mapping]:
    return {
        (e["academic_year"], e["collection"], e["provider"], e.get("part", "")): e["files"]
        for e in manifest.get("inputs", ())
    }


def _differing(then: Mapping, now: Mapping) -> Iterator:
    return (key for key in sorted(then.keys() | now.keys()) if then.get(key) != now.get(key))


def _reason(then: Mapping | None, now: Mapping | None) -> Reason:
    if then is None:
        return Reason.LATE_RETURN
    return Reason.WITHDRAWAL if now is None else Reason.CORRECTION
