"""The report on one return: how many rows went where, what is wrong, why it matters and how to fix it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines.consequences import consequences
from pipelines.extracts.counting import COUNTS
from pipelines.extracts.decisions import Tolerance
from pipelines.extracts.reading import PARENT_RULE
from pipelines.extracts.returns import Format, Receipt, State
from pipelines.extracts.rules import Severity
from pipelines.feedback.rulebook import Entry, rulebook
from pipelines.indicators.catalogue import Indicator

FEW = 5
"""More things that a field decides are not named one by one."""
NEARLY_ALL, MANY = "nearly all figures", 0.8
"""What is said of more than such a share of the indicators."""
SHOWN = 100
"""Rows that a page lists of each rule; more than a hundred of one kind nobody works through."""
_IDENTITY = ["table", "rule", "record"]
"""What makes two findings of two returns the same: lines move when rows come and go."""


@dataclass(frozen=True)
class Rows:
    """Rows of one table: `read` is the sum of the others."""

    table: str
    read: int
    kept: int
    set_aside: int
    duplicates: int
    """Set aside for no other reason than that an earlier row has the same key."""


@dataclass(frozen=True)
class Group:
    """The findings of one rule on one table."""

    entry: Entry
    count: int
    rows: Sequence[tuple[str | None, int]]
    """The first of them: the provider's own reference, and the line."""
    new: int
    still_open: int

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Report:
    """What is said about one return.

    Args:
        receipt: what became of it.
        findings: `FINDING_COLUMNS` of it.
        previous: findings of the return of the same provider, year and collection before it; None if there
            was none.
        module: its format; None where no format knows the file.
        catalogue: the indicators, to say which of them a breach can change.
        granted: tolerances of this sender and year.
    """

    receipt: Receipt
    findings: pl.DataFrame
    previous: pl.DataFrame | None
    module: Format | None
    catalogue: Mapping[str, Indicator]
    granted: Sequence[Tolerance] = ()

    @property
    def sentence(self) -> str:
        """The verdict in one sentence, and a second one where people were erased."""
        left_out = sum(self.receipt.erased.values())
        erased = (
            f" Left out: {left_out:,} rows about people whom the city erased on request." if left_out else ""
        )
        return self._verdict + erased

    @property
    def _verdict(self) -> str:
        receipt, records = self.receipt, self._records
        if self.accepted:
            return self._acceptance
        return {
            State.HELD: f"Held for the city's data team to look at: {receipt.message}",
            State.WITHDRAWN: f"{receipt.message}",
            State.EMPTY: "Not accepted: there are no records in it.",
            State.ALL_REJECTED: f"Not accepted: none of its {records.read:,} records could be accepted.",
        }.get(receipt.state, f"Not accepted: {receipt.message}")

    @property
    def _acceptance(self) -> str:
        records, remarked = self._records, self._remarked
        if records.read > records.kept:
            share = f"{records.kept:,} of {records.read:,} records"
            return f"Accepted in part: {share}; the others are set aside."
        if lost := sum(rows.set_aside + rows.duplicates for rows in self.rows):
            what = "1 row belonging to them is" if lost == 1 else f"{lost:,} rows belonging to them are"
            return f"Accepted: all {records.read:,} records; {what} set aside."
        if not remarked:
            return f"Accepted: all {records.read:,} records, nothing to correct."
        rows = f"{remarked:,} row{'s' if remarked != 1 else ''}"
        return f"Accepted: all {records.read:,} records, with remarks on {rows}."

    @property
    def title(self) -> str:
        """What the report is on: collection, year, sender."""
        receipt = self.receipt
        words = receipt.collection.replace("_", " ")
        named = {"ilr": "ILR", "unrecognised": "Unrecognised"}.get(words, words[:1].upper() + words[1:])
        parts = [f"{named} return", receipt.academic_year or receipt.folder_year.replace("-", "/")]
        return ", ".join(filter(None, [*parts, receipt.provider or receipt.folder_provider]))

    @property
    def accepted(self) -> bool:
        """Whether it will be counted."""
        return self.receipt.state in (State.ACCEPTED, State.SUPERSEDED)

    @property
    def tolerated(self) -> list[tuple[Tolerance, int]]:
        """The tolerances that were used, and how many rows each kept."""
        used = self.receipt.tolerated
        return [(t, used[t.rule]) for t in self.granted if t.rule in used]

    @property
    def refusal(self) -> Entry | None:
        """The rule on the whole return that it breaks."""
        return self.book.get((None, self.receipt.rule)) if self.receipt.rule else None

    @cached_property
    def rows(self) -> list[Rows]:
        """Rows of each table that came, reconciled."""
        tables = sorted(self.receipt.read, key=lambda table: table != self.module.RECORDS)
        return [self._rows_of(table) for table in tables]

    @property
    def counting(self) -> str:
        """How many of the rows that become records count; nothing, where all do and none is missing."""
        if not self.not_counted:
            return ""
        counted, kept = self.receipt.counted.get(COUNTS, 0), sum(self.receipt.counted.values())
        return f"Of {kept:,} rows of {self._counted_tables} kept, {counted:,} count; the others do not:"

    @property
    def not_counted(self) -> list[tuple[str, int]]:
        """What the records are that do not count, and how many of each."""
        words = self.module.NOT_COUNTED if self.module else {}
        return [(words[why], number) for why, number in self.receipt.counted.items() if why in words]

    @property
    def alone(self) -> list[str]:
        """What is said of kept rows of which nothing comes."""
        return [
            f"{number:,} {'row' if number == 1 else 'rows'} of {table.replace('_', ' ')} without any "
            f"{self._counted_tables} that was kept: counted nowhere."
            for table, number in self.receipt.alone.items()
        ]

    @property
    def _counted_tables(self) -> str:
        return " and ".join(table.replace("_", " ") for table in self.module.COUNTED)

    @cached_property
    def groups(self) -> list[Group]:
        """The findings by rule: what loses rows first, then the most frequent, causes before consequences."""
        before = self._before
        groups = []
        for (table, rule), found in self.findings.group_by("table", "rule", maintain_order=True):
            known = found.join(before, on=_IDENTITY, how="semi", nulls_equal=True).height
            rows = found.sort("line").head(SHOWN).select("record", "line").rows()
            entry = self.book[table, rule]
            groups.append(Group(entry, found.height, rows, found.height - known, known))
        return sorted(groups, key=_urgency)

    @cached_property
    def marked(self) -> pl.DataFrame:
        """The findings with `since`: `new` or `still open`; null if there was no return before."""
        if self.previous is None:
            return self.findings.with_columns(pl.lit(None, pl.String).alias("since"))
        before = self._before.with_columns(pl.lit("still open").alias("since"))
        return self.findings.join(before, on=_IDENTITY, how="left", nulls_equal=True).with_columns(
            pl.col("since").fill_null("new")
        )

    @property
    def fixed(self) -> int | None:
        """How many findings of the return before are gone; None if there was none."""
        if self.previous is None:
            return None
        return self._before.join(self.findings, on=_IDENTITY, how="anti", nulls_equal=True).height

    def changes(self, entry: Entry) -> list[str]:
        """Return the names of the indicators that a breach of a rule can change, or that it is nearly all."""
        everything = entry.severity in (Severity.QUARANTINE, Severity.REFUSE)
        rests_on = consequences().rests_on
        found = [
            indicator.label
            for indicator in self.catalogue.values()
            if everything or not rests_on(indicator, self.catalogue).isdisjoint(entry.aspects)
        ]
        return [NEARLY_ALL] if len(found) > MANY * len(self.catalogue) else found

    @cached_property
    def book(self) -> dict[tuple[str | None, str], Entry]:
        """Every rule of the format: (table, rule) → entry."""
        return rulebook(self.module)

    @cached_property
    def _before(self) -> pl.DataFrame:
        previous = self.findings.clear() if self.previous is None else self.previous
        return previous.select(_IDENTITY).unique()

    @property
    def _records(self) -> Rows:
        """The rows that are the return's records: learners, pupils, enrolments."""
        return self._rows_of(self.module.RECORDS) if self.module else Rows("", 0, 0, 0, 0)

    @property
    def _remarked(self) -> int:
        return self.findings.select("table", "line").unique().height

    def _rows_of(self, table: str) -> Rows:
        receipt, duplicates = self.receipt, self._duplicates.get(table, 0)
        read, kept = receipt.read.get(table, 0), receipt.kept.get(table, 0)
        return Rows(table, read, kept, receipt.quarantined.get(table, 0) - duplicates, duplicates)

    @cached_property
    def _duplicates(self) -> dict[str, int]:
        """Table → rows that are set aside for nothing but repeating an earlier one."""
        lost = self.findings.filter(pl.col("severity") == Severity.QUARANTINE)
        if lost.is_empty():
            return {}
        repeats = pl.DataFrame(
            [key for key, entry in self.book.items() if entry.of_repeats and key[0]],
            schema={"table": pl.String, "rule": pl.String},
            orient="row",
        ).with_columns(repeat=True)
        rows = lost.join(repeats, on=["table", "rule"], how="left").group_by("table", "line")
        only = rows.agg(pl.col("repeat").fill_null(False).all()).filter("repeat")
        return dict(only["table"].value_counts().iter_rows())


def _urgency(group: Group) -> tuple:
    entry = group.entry
    return entry.severity is not Severity.QUARANTINE, entry.id == PARENT_RULE, -group.count, entry.id


def why(entry: Entry, changes: Iterable[str]) -> str:
    """Return why a breach matters, in a sentence."""
    names = ", ".join(changes)
    if entry.severity is Severity.REFUSE:
        return "The whole return waits: none of its learners is counted until it is put right."
    if entry.severity is Severity.QUARANTINE:
        return "The row is set aside and counted in no figure."
    if not entry.aspects or not names:
        return "It changes no figure of the city; the department that collects the return may ask about it."
    decides = ", ".join(entry.aspects) if len(entry.aspects) <= FEW else "much about where a person counts"
    return f"It decides {decides}, and so can change: {names}."
