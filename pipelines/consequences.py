"""What a field that is wrong can change, as the SQL has it: from the field through records to the figures."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from pipelines.accepted import ACCEPTED, RECEIPT_COLUMNS
from pipelines.aspects import OF_PERSONS, OF_RECORDS, Aspect
from pipelines.extracts.returns import Format
from pipelines.indicators.catalogue import Basis, Indicator
from pipelines.lineage import deciding
from pipelines.models import DIALECT, tables_of
from pipelines.paths import Paths

ALWAYS = frozenset({Aspect.PERSON, Aspect.TIME})
"""What every figure rests on: somebody is counted once a year."""
SHARED = frozenset(
    {
        "core.participation", "core.learner_cell", "core.enrolment", "core.activity", "core.profile_part",
        "core.person", "core.academic_year", "core.category", "core.merged_category",
        "identity.learning_record",
    }
)  # fmt: skip
"""Models of all persons, and lists: what an indicator asks of these is said by its own query."""


class Consequences:
    """What fields decide, and what figures rest on.

    Args:
        sql: the folder of the models.
    """

    def __init__(self, sql: Path) -> None:
        self._sql = sql
        self._known: dict[str, frozenset[Aspect]] = {}

    def of_format(self, module: Format) -> Mapping[str, frozenset[Aspect]]:
        """Return field of a format, as `table.field` → what it decides; others decide nothing."""
        file = self._sql / "staging" / f"{module.COLLECTION}.sql"
        accepted = {
            f"{ACCEPTED}.{module.COLLECTION}_{table}": ["return_id", "line", *contract.keep]
            for table, contract in module.CONTRACTS.items()
        } | {f"{ACCEPTED}.receipt": RECEIPT_COLUMNS}
        found: dict[str, set[Aspect]] = {}
        for column, sources in deciding(file.read_text("utf-8"), accepted).items():
            for table, contract in module.CONTRACTS.items():
                for kept, expression in contract.keep.items():
                    if column in OF_RECORDS and f"{ACCEPTED}.{module.COLLECTION}_{table}.{kept}" in sources:
                        for field in contract.sources(expression):
                            found.setdefault(field, set()).add(OF_RECORDS[column])
        return {field: frozenset(aspects) for field, aspects in found.items()}

    def rests_on(self, indicator: Indicator, catalogue: Mapping[str, Indicator]) -> frozenset[Aspect]:
        """Return what must be right about a person for a figure to be right."""
        found = ALWAYS.union(*(OF_PERSONS[name] for name in indicator.dimensions & OF_PERSONS.keys()))
        if indicator.derived_from:
            return found.union(*(self.rests_on(catalogue[key], catalogue) for key in indicator.derived_from))
        if indicator.numerator_basis is Basis.RESIDENT:
            found |= {Aspect.RESIDENCE}
        return found | self._asked(f"indicators.{indicator.key}")

    def _asked(self, table: str) -> frozenset[Aspect]:
        """Return what the query of a table asks for."""
        if table not in self._known:
            query = self._file(table).read_text("utf-8")
            names = _asked_for(sqlglot.parse_one(query, dialect=DIALECT))
            asked = frozenset().union(*(OF_PERSONS[name] for name in names & OF_PERSONS.keys()))
            made = [other for other in tables_of(query) - SHARED if self._file(other).exists()]
            self._known[table] = asked.union(*map(self._asked, made))
        return self._known[table]

    def _file(self, table: str) -> Path:
        return self._sql / f"{table.replace('.', '/')}.sql"


def _asked_for(query: exp.Expression) -> set[str]:
    """Return the columns that a query does not only hand on, and what it asks for by name (breakdowns)."""
    handed_on = {id(column) for select in query.find_all(exp.Select) for column in _handed_on(select)}
    grouped = {id(c) for group in query.find_all(exp.Group) for c in group.find_all(exp.Column)}
    asked = {c.name for c in query.find_all(exp.Column) if id(c) not in handed_on | grouped}
    return asked | {literal.this for literal in query.find_all(exp.Literal) if literal.is_string}


def _handed_on(select: exp.Select) -> Iterator[exp.Column]:
    for output in select.expressions:
        column = output.unalias()
        if isinstance(column, exp.Column):
            yield column


@cache
def consequences() -> Consequences:
    """Return those of the models beside this code."""
    return Consequences(Paths.of_repository().sql)


@cache
def decides(module: Format) -> Mapping[str, frozenset[Aspect]]:
    """Return what the fields of a format decide, by the models beside this code."""
    return consequences().of_format(module)
