"""Why a figure differs between two releases: one reason each, from what their manifests say."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Reason(StrEnum):
    """Why a figure changed."""

    NEW_YEAR = "new academic year"
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


REGROUPED = "categories are put together otherwise"
"""What is said of a figure whose category is another group of people than before."""
CITY_FILE, POLICY_FILE = "city.toml", "disclosure_policy.toml"
LINKAGE_FILES = ("linkage_model.json", CITY_FILE)


@dataclass(frozen=True)
class Cause:
    """A return that is new, another one or gone.

    Args:
        reason: which of these.
        academic_year, collection, provider, part: of the return.
    """

    reason: Reason
    academic_year: str
    collection: str
    provider: str
    part: str = ""

    def __str__(self) -> str:
        """Return it in words."""
        collection = f"{self.collection} {self.part}".replace("_", " ").strip()
        return f"{self.provider}, {collection}, {self.academic_year}"


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
        keys = differing_returns(self.before, self.after)
        found = [Cause(_reason(then.get(key), now.get(key)), *key) for key in keys]
        return sorted(found, key=lambda c: (-self.learners.get((c.academic_year, c.provider), 0), str(c)))

    def of(
        self,
        indicators: Sequence[str],
        year: str,
        *,
        counts_differ: bool,
        public_differs: bool,
        regrouped: bool = False,
    ) -> tuple[Reason, str]:
        """Return the reason why a figure differs, and what else is known of it.

        Args:
            indicators: its own, and of a comparison the one that is compared.
            year: its academic year.
            counts_differ: whether its protected counts do; of a comparison, those that it may be made of.
            public_differs: whether the public population below its line does; likewise.
            regrouped: whether its category is one that was put together with others, or is now.
        """
        if self._is_new(year):
            return Reason.NEW_YEAR, ""
        if self._differs("rounding_base") or self._differs("key_id"):
            return Reason.POLICY, "every count is drawn anew"
        if defined := [each for each in indicators if self._is_defined_anew(each)]:
            return Reason.DEFINITION, "; ".join(defined)
        if regrouped and counts_differ:
            return Reason.DEFINITION, REGROUPED
        if not counts_differ:
            return self._of_nobody(year, public_differs=public_differs)
        return self._of_year(year) or self._of_other_years(year)

    def _is_new(self, year: str) -> bool:
        """Say whether a year is published for the first time, or no longer."""
        then, now = (manifest.get("years") for manifest in (self.before, self.after))
        return bool(then and now) and (year in then) != (year in now)

    def _of_year(self, year: str) -> tuple[Reason, str] | None:
        """Return the reason that the returns of a year give; None where none of them differs."""
        if of_year := [cause for cause in self.causes if cause.academic_year == year]:
            return of_year[0].reason, _in_words(of_year)
        return None

    def _of_nobody(self, year: str, *, public_differs: bool) -> tuple[Reason, str]:
        """Return why a figure differs whose counts do not: for its population, or what is said of it."""
        if public_differs:
            return Reason.POPULATION, "; ".join(self._changed("reference"))
        if POLICY_FILE in self._changed("settings"):
            return Reason.POLICY, ""
        return self._of_year(year) or self._of_what_is_said()

    def _of_what_is_said(self) -> tuple[Reason, str]:
        """Return why a figure differs whose counts, population, policy and own returns do not.

        Its marker may: the city sets the limits for markers, and a list says which returns are owed.
        """
        if self._differs("code_version"):
            return Reason.CODE, ""
        if self.causes:
            return self.causes[0].reason, _in_words(self.causes)
        if CITY_FILE in self._changed("settings"):
            return Reason.POLICY, CITY_FILE
        if lists := self._changed("reference"):
            return Reason.DEFINITION, "; ".join(lists)
        return Reason.UNEXPLAINED, ""

    def _of_other_years(self, year: str) -> tuple[Reason, str]:
        """Return why counts differ of a year whose returns do not.

        Returns of other years decide who is recognised as the same person, which providers are compared over
        years, and which categories are put together.
        """
        settings, lists = self._changed("settings"), self._changed("reference")
        if year in self.erased:
            return Reason.ERASURE, ""
        if POLICY_FILE in settings:
            return Reason.POLICY, ""
        if self.causes:
            return self.causes[0].reason, f"of other years: {_in_words(self.causes)}"
        if files := [file for file in settings if file in LINKAGE_FILES]:
            return Reason.LINKAGE, "; ".join(files)
        if lists:
            return Reason.DEFINITION, "; ".join(lists)
        return (Reason.CODE, "") if self._differs("code_version") else (Reason.UNEXPLAINED, "")

    def _differs(self, name: str) -> bool:
        return self.before.get(name) != self.after.get(name)

    def _is_defined_anew(self, indicator: str) -> bool:
        """Say whether an indicator has another definition; no, if one of the releases gives none at all."""
        then, now = (manifest.get("definitions", {}) for manifest in (self.before, self.after))
        return bool(then and now) and then.get(indicator) != now.get(indicator)

    def _changed(self, name: str) -> list[str]:
        """Return the files that differ of those that the manifests list under a name."""
        then, now = (
            {e["file"]: e.get("sha256", e) for e in manifest.get(name, ())}
            for manifest in (self.before, self.after)
        )
        return list(_differing(then, now))


def differing_returns(before: Mapping, after: Mapping) -> list[tuple[str, str, str, str]]:
    """Return the returns in which two manifests differ, in order: academic year, format, sender and part."""
    return list(_differing(_returns(before), _returns(after)))


def _in_words(causes: Sequence[Cause]) -> str:
    return "; ".join(map(str, causes))


def _returns(manifest: Mapping) -> dict[tuple[str, ...], Mapping | str]:
    """Return what names a return → the hash of each of its files, or its own."""
    return {
        (e["academic_year"], e["collection"], e["provider"], e.get("part", "")): e.get(
            "files", e.get("sha256", "")
        )
        for e in manifest.get("inputs", ())
    }


def _differing(then: Mapping, now: Mapping) -> Iterator:
    return (key for key in sorted(then.keys() | now.keys()) if then.get(key) != now.get(key))


def _reason(then: Mapping | str | None, now: Mapping | str | None) -> Reason:
    if then is None:
        return Reason.LATE_RETURN
    return Reason.WITHDRAWAL if now is None else Reason.CORRECTION
