"""A contract: what a table of an extract must look like, one named rule at a time.

Rules are declared as polars expressions that hold or do not hold for a row, and are run by pandera on
eager batches (a LazyFrame would only have its column types checked, silently). pandera's own error
text holds the offending values, so nothing of it leaves this module: a breach becomes a finding, which
names table, row, rule, field and a plain message, never a value.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrorReason, SchemaErrors

from pipelines.extracts.gathering import LINE, Gathered
from pipelines.extracts.rules import Reference, Rule, Severity, Stage, Unique
from pipelines.years import AcademicYear

RETURN = "return_id"
"""Column of stored rows: the return they are of."""
_PLACE = "_place"
"""Column that says where in its batch a row stands."""

NOT_ASKED = "not asked"
"""What an accepted text column says where the part of the year that the return is about lacks its source:
null would say that it was asked and left blank."""

FINDING_COLUMNS = {
    "table": pl.String,
    "line": pl.Int64,
    "record": pl.String,
    "rule": pl.String,
    "severity": pl.String,
    "field": pl.String,
    "message": pl.String,
}
"""A finding: where (table, line, the sender's own record key), what rule, how bad, which field, why."""


Known = Mapping[tuple[str, str, bool], Collection[str]]
"""Table, column, and whether of rows alone that were kept → the values that there were so far."""


@dataclass(frozen=True)
class Contract:
    """The contract of one table of one extract format.

    Args:
        table: its name within the format.
        columns: the text columns a batch must have; a return without one of them is refused.
        only_in: column → the parts of a year (`Identity.part`) that have it, for columns that not all have.
            A return of a part that has the column is refused without it; of another part, it is not looked
            for, no rule on it applies, and accepted columns made from it say `NOT_ASKED`.
        rules: row rules.
        keep: accepted columns, typed, as expressions over the text columns. A table that keeps
            nothing is only checked.
        record: the columns that name a row in the sender's own terms.
        unique: uniqueness rules over the whole return.
        typed: columns that rules and `keep` may read besides: fields in their types, made once a batch.
        gathers: columns that rules and `keep` may read besides, from the rows that belong to a row.
        learner: the accepted column by which a sender knows a learner from one return to the next.
        parent: (table, column) when a row stands or falls with the row of another table in the same
            batch whose line the column holds.
        belongs: (table, column here, column there) when a row is about whom a row of another table is about;
            by default the parent's.
        who: what says who a row is about, where `keep` does not.
        refers: rules on what a row belongs to in tables that are read before this one.
    """

    table: str
    columns: tuple[str, ...]
    rules: tuple[Rule, ...]
    keep: Mapping[str, pl.Expr] = field(default_factory=dict)
    record: tuple[str, ...] = ()
    unique: tuple[Unique, ...] = ()
    parent: tuple[str, str] | None = None
    only_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    typed: Mapping[str, pl.Expr] = field(default_factory=dict)
    gathers: tuple[Gathered, ...] = ()
    learner: str | None = None
    belongs: tuple[str, str, str] | None = None
    who: Mapping[str, pl.Expr] = field(default_factory=dict)
    refers: tuple[Reference, ...] = ()

    @property
    def every_rule(self) -> tuple[Rule | Unique | Reference, ...]:
        """All rules, of whatever kind."""
        return (*self.rules, *self.unique, *self.refers)

    @property
    def owner(self) -> tuple[str, str, str] | None:
        """What `belongs` says; where it does not, what `parent` does."""
        return self.belongs or ((*self.parent, LINE) if self.parent else None)

    def tolerating(self, rules: Collection[str]) -> "Contract":
        """Return the contract with these rules only warning."""

        def tolerate(rule: Rule | Unique | Reference) -> Rule | Unique | Reference:
            return replace(rule, severity=Severity.WARN) if rule.id in rules else rule

        kinds = {name: tuple(map(tolerate, getattr(self, name))) for name in ("rules", "unique", "refers")}
        return replace(self, **kinds)

    def columns_of(self, part: str) -> tuple[str, ...]:
        """Return the columns that a return of this part of a year must have."""
        return tuple(c for c in self.columns if part in self.only_in.get(c, {part}))

    def in_force(self, year: AcademicYear, part: str = "") -> "Contract":
        """Return the contract with the columns and rules that apply to returns about this year and part."""
        return replace(
            self.of_part(part),
            rules=tuple(rule for rule in self.of_part(part).rules if rule.in_force(year)),
            unique=tuple(rule for rule in self.of_part(part).unique if rule.in_force(year)),
        )

    def of_part(self, part: str) -> "Contract":
        """Return the contract with the columns and rules that apply to returns about this part of a year."""
        columns = self.columns_of(part)
        absent = set(self.columns) - set(columns)
        return replace(
            self,
            columns=columns,
            rules=tuple(rule for rule in self.rules if absent.isdisjoint(self._reads(rule.holds))),
            unique=tuple(rule for rule in self.unique if absent.isdisjoint(rule.key)),
            keep={
                name: kept if absent.isdisjoint(self._reads(kept)) else pl.lit(NOT_ASKED).alias(name)
                for name, kept in self.keep.items()
            },
        )

    def sources(self, expression: pl.Expr) -> set[str]:
        """Return the fields of the extract that an expression reads, each as `table.field`."""
        gathered = {name: (each.table, made) for each in self.gathers for name, made in each.columns.items()}
        found = set()
        for name in self._reads(expression):
            if name in gathered:
                table, made = gathered[name]
                found |= {f"{table}.{field}" for field in made.meta.root_names()}
            else:
                found.add(f"{self.table}.{name}")
        return found

    def _reads(self, expression: pl.Expr) -> set[str]:
        """Return the columns that an expression reads; of a typed one, those that it is made from."""
        roots = expression.meta.root_names()
        return {
            name
            for root in roots
            for name in (self.typed[root].meta.root_names() if root in self.typed else [root])
        }

    def schema(self, rules: Iterable[Rule]) -> pa.DataFrameSchema:
        """Return the text columns that these rules read as a pandera schema, with a check for each rule."""
        rules = tuple(rules)
        read = _read_by(rules)
        return pa.DataFrameSchema(
            {name: pa.Column(pl.String, nullable=True) for name in self.columns if name in read},
            checks=[_check(rule) for rule in rules],
        )

    def _suspects(self, batch: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, tuple[Rule, ...]]]:
        """Yield the rows of `batch` that break some rule, with their place and the rules to be judged.

        pandera makes several passes a rule, and most rows break none: these are found in one pass. Rules that
        look at other rows need all of them. A rule that cannot be evaluated makes all suspects, and pandera
        names it.
        """
        placed = batch.with_row_index(_PLACE)
        try:
            holds = batch.select(_holds(rule).alias(rule.id) for rule in self.rules)
        except pl.exceptions.PolarsError:
            yield placed, self.rules
            return
        broken = [rule for rule in self.rules if not holds[rule.id].all()]
        alone = tuple(rule for rule in broken if rule.stage is Stage.ROW)
        across = tuple(rule for rule in broken if rule.stage is not Stage.ROW)
        if alone:
            yield placed.filter(~holds.select(pl.all_horizontal(r.id for r in alone)).to_series()), alone
        if across:
            yield placed, across

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        by_id = {rule.id: rule for rule in self.rules}
        if len(by_id) < len(self.rules):
            raise ValueError(f"two rules of {self.table} in force in one year share an id")
        return by_id

    @cached_property
    def accepted_schema(self) -> pl.Schema:
        """Names and types of the accepted columns, without return and line."""
        gathered = [name for each in self.gathers for name in each.columns]
        empty = pl.DataFrame(schema=dict.fromkeys((*self.columns, *gathered, LINE), pl.String))
        return empty.with_columns(**self.typed).select(**self.keep).schema

    @property
    def stored_schema(self) -> pl.Schema:
        """Names and types of the columns of stored rows."""
        return pl.Schema({LINE: pl.Int64, **self.accepted_schema, RETURN: pl.String})

    def broken_rules(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return one finding for each row of `batch` and row rule it breaks.

        Raises:
            ShapeError: the batch lacks a column or a column is not text.
            RuleError: a rule could not be evaluated: a fault of the rule, never of the data.
        """
        if any(batch.schema.get(name) != pl.String for name in self.columns):
            raise ShapeError(self.table, self.columns, batch.columns)
        breaches = [
            (self._rules[check], places)
            for rows, rules in self._suspects(batch)
            for check, places in self._judged(rows, rules)
        ]
        if unknown := [places for rule, places in breaches if rule.alone]:
            unreadable = pl.concat(unknown).implode()
            breaches = [(r, p if r.alone else p.filter(~p.is_in(unreadable))) for r, p in breaches]
        return self.findings(batch, breaches) if breaches else no_findings()

    def _judged(self, rows: pl.DataFrame, rules: tuple[Rule, ...]) -> list[tuple[str, pl.Series]]:
        """Return the breaches that pandera finds: rules and places in the batch."""
        # pandera writes down each row that breaks a rule: with what the rules read, and nothing else.
        read = _read_by(rules) | {_PLACE}
        rows = rows.select(name for name in rows.columns if name in read)
        try:
            self.schema(rules).validate(rows, lazy=True)
        except SchemaErrors as errors:
            for error in errors.schema_errors:
                if error.reason_code is not SchemaErrorReason.DATAFRAME_CHECK:
                    raise RuleError(self.table, error.check.name) from None
            cases = errors.failure_cases.group_by("check").agg("index").rows()
            return [(check, rows[_PLACE].gather(index)) for check, index in cases]
        return []

    def unmet(self, batch: pl.DataFrame, known: Known) -> pl.DataFrame:
        """Return a finding for each row of `batch` that refers to a row of another table and finds none."""
        placed = batch.with_row_index(_PLACE)
        breaches = [
            (rule, placed.filter(~pl.col(rule.field).is_in(list(known[rule.to])))[_PLACE])
            for rule in self.refers
        ]
        return self.findings(batch, breaches) if breaches else no_findings()

    def findings(
        self, batch: pl.DataFrame, breaches: Iterable[tuple[Rule | Unique | Reference, pl.Series]]
    ) -> pl.DataFrame:
        """Return a finding for each rule and each of its places in `batch`."""
        found = pl.concat(
            pl.select(_row=places.cast(pl.UInt32)).with_columns(
                rule=pl.lit(rule.id),
                severity=pl.lit(rule.severity.value),
                field=pl.lit(rule.field),
                message=pl.lit(rule.message),
            )
            for rule, places in breaches
        )
        record = pl.concat_str([pl.col(c) for c in self.record], separator=" / ", ignore_nulls=True)
        located = batch.select(
            pl.col(LINE).cast(pl.Int64),
            record=record if self.record else pl.lit(None, pl.String),
            table=pl.lit(self.table),
        ).with_row_index("_row")
        return (
            found.join(located, on="_row", how="left")
            .sort("_row", "rule")
            .select(pl.col(name).cast(dtype) for name, dtype in FINDING_COLUMNS.items())
        )


class ShapeError(Exception):
    """A table lacks columns it must have. Holds column names only."""

    def __init__(self, table: str, wanted: Iterable[str], got: Iterable[str]) -> None:
        self.missing = sorted(set(wanted) - set(got))
        what = f"lacks {', '.join(self.missing)}" if self.missing else "has a column that is not text"
        super().__init__(f"table {table} {what}")


class RuleError(Exception):
    """A rule is wrong: it cannot be evaluated on text columns. Names table and rule."""

    def __init__(self, table: str, rule: str) -> None:
        super().__init__(f"rule {rule} of table {table} cannot be evaluated")


def no_findings() -> pl.DataFrame:
    """Return an empty frame of findings."""
    return pl.DataFrame(schema=FINDING_COLUMNS)


def _read_by(rules: Iterable[Rule]) -> set[str]:
    return {name for rule in rules for name in rule.holds.meta.root_names()}


def _holds(rule: Rule) -> pl.Expr:
    return rule.holds.fill_null(pl.lit(True))


def _check(rule: Rule) -> pa.Check:
    def holds(data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(rule.holds.fill_null(True))

    return pa.Check(holds, name=rule.id, error=rule.id)
