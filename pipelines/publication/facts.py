"""What a release says about itself besides its figures. No row counts: those of a small return disclose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pipelines.indicators.goals import Goal
from pipelines.indicators.not_measured import NotMeasured

SYNTHETIC_NOTICE = "Synthetic data. Every person and provider in this release is invented."
LICENCE = "Open Government Licence v3.0"


@dataclass(frozen=True)
class YearFacts:
    """What a release says of one academic year.

    Args:
        revised_in: name of the release in which its counts last changed.
        data_as_at: the day on which the last of its returns was prepared, as those stood then: ISO 8601.
        far: how many counts are not the multiple next to the truth, but up to twice the base away, since no
            other rounding added up.
    """

    revised_in: str
    data_as_at: str
    far: int = 0

    @classmethod
    def of(cls, said: Mapping) -> "YearFacts":
        """Return what a manifest says."""
        return cls(said["revised_in"], said["data_as_at"], said.get("far", 0))


@dataclass(frozen=True)
class ReleaseFacts:
    """Facts about one release, all of them public.

    Args:
        city: name of the city.
        area_code: GSS code of its local authority district.
        academic_year: the year the release is of, the last of those it has figures of: 2024/25.
        data_as_at: the day on which the last of its returns was prepared.
        synthetic: whether the people are invented.
        publisher, contact: who answers for it.
        rounding_base: counts are multiples of it.
        providers: names of those whose learning is counted, by academic year.
        panel: names of those that have reported in every year, of whom figures like for like are.
        alignment: residents by academic year and age, brought to 31 August in both ways (core.alignment).
        strata: residents of each ward by age band and fifth of deprivation.
        returns: academic year → returns that stand, and returns that are owed.
        inputs: collection, provider, academic year and sha256 of each return in it.
        sources: reference lists with title, publisher, licence, vintage and sha256.
        codes: dimension → code → what to print, in the order of printing.
        goals: what the release says of each Sustainable Development Goal.
        not_measured: official indicators that are not, with the reason.
        tolerances: provider, academic year, rule, limit and reason of each that was used.
        settings: file and hash of what people decided by: the city profile, the policy and so on;
            of decisions on returns, of the entries that concern released years.
        code_version, rule_set: hashes of the code, and of the rules that accept rows.
        method: how counts were rounded, and how they lie to each other (pipelines/disclosure/method.py).
        key_id: names the secret under which counts were rounded, and gives nothing of it away.
        definitions: indicator → hash of what says who counts in it.
        ledger: digest of the sealed ledger of what counts were published as.
        years: academic year → what is said of it alone.
        coverage: academic year → for which extract formats returns have not come, and which categories are
            published with others (`Coverage.published`).
        school_ages: stage of education → academic ages, as the city has them.
    """

    city: str
    area_code: str
    academic_year: str
    data_as_at: date
    synthetic: bool
    publisher: str
    contact: str
    rounding_base: int
    providers: Mapping[str, Sequence[str]]
    inputs: Sequence[Mapping[str, str]]
    sources: Sequence[Mapping[str, str]]
    code_version: str
    rule_set: str
    key_id: str
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    goals: Sequence[Goal] = ()
    not_measured: Sequence[NotMeasured] = ()
    tolerances: Sequence[Mapping[str, str]] = ()
    settings: Sequence[Mapping[str, str]] = ()
    panel: Sequence[str] = ()
    alignment: Sequence[Mapping] = ()
    strata: pl.DataFrame = field(default_factory=pl.DataFrame)
    returns: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    method: Mapping[str, object] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    ledger: str = ""
    years: Mapping[str, YearFacts] = field(default_factory=dict)
    coverage: Mapping[str, Mapping] = field(default_factory=dict)
    school_ages: Mapping[str, object] = field(default_factory=dict)

    def low(self, keys: Iterable[str]) -> int:
        """Return what is printed as [low] in tables of these indicators: less than this."""
        tables = self.method.get("tables", {})
        return max((tables[key]["low"] for key in keys if key in tables), default=self.rounding_base)

    def caption(self, text: str) -> str:
        """Return the caption of a table: copied without its page, it too says who is invented."""
        return f"{text} {self.notice}".rstrip()

    @property
    def notice(self) -> str:
        """What every file of a synthetic release says; empty for a real one."""
        return SYNTHETIC_NOTICE if self.synthetic else ""
