"""Reads `sql/**/*.sql`: the file is the table; what it depends on and what it means are parsed from it.

A model is one plain SELECT. Its first comment describes the table (and says its grain), the comment above
each output column describes that column. Folders whose models share one shape have their union as a table:
`staging.*` → `staging.record`, `indicators.*` → `indicators.counted`; a model added to the folder is in it.
What counts of the records is `staging.learning_record`.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import sqlglot
from sqlglot import exp

DIALECT = "duckdb"
UNIONS = {"staging": "record", "indicators": "counted"}
RECORDS, COUNTING = "staging.record", "staging.learning_record"
"""All accepted records; those that count."""
NOT_COUNTED = "not_counted"
"""Column of all records that says why one does not count; null where it does."""
SHAPES = {"indicators": "core.learner_cell"}
"""Folder → the table whose columns its models hand on: what these mean is said there, once. Such a model
has an `.yml` beside it."""
PART = {"part": "numerator or denominator: on which side of the line."}
"""What such a model adds."""
NOT_HANDED_ON = frozenset({"profile_id"})
BY_HOME = {"home_id": "Where a cell stands for each breakdown by home: which home (core.home_part)."}
"""What such a model may add: who follows persons over years counts them by home, and need not spread them."""
VIEWS = {RECORDS, COUNTING, "identity.learning_record", "indicators.counted"}
"""Not stored: records stand in their formats' tables already, who counts in the tables of indicators."""
LINKAGE, LINKED = "linkage", "identity.person_link"
"""Schema of the models that say who is who, made in memory and never stored; who is who."""
OUTCOMES = {"core.shared_number": "shared_number", "core.refused_link": "refused_link", LINKED: "person_link"}
"""Tables that come of linking, in the order in which they are stored → their models in that schema."""
CHANGES = "core.person_change"
"""Compares who is who with the last run."""
EMPTY_AT_BEST = frozenset(
    {
        "core.shared_number", "core.refused_link", "core.completion", "core.profile_grade", "core.pupil",
        "core.ended_course", "core.merging", "core.merged_category", "core.panel", "identity.restated_record",
        CHANGES,
    }
)  # fmt: skip
"""Lists of what is wrong or has changed, takes years to be there, or what not every city has."""
MERGED = "core.merged_category"
"""Says which categories of provision are published together."""
RELEASED = "core.academic_year"
"""Says which years are released: records of later ones do not decide who is who in these."""
MADE_BY_LINKING = frozenset({"linkage.entity", "linkage.holder", "linkage.cluster", "linkage.refused"})
"""Tables of that schema that no SQL makes."""
IDENTITIES = frozenset(
    {"uln", "upn", "birth_date", "postcode", "local_ref", "given_names", "family_name", "former_family_name"}
)
"""Columns that say who somebody is: a table that has one stands in the vault, and nowhere else."""
CHECKS, ERASURE = "checks", "erasure"
"""Folders of SQL that makes no table."""


class ModelError(Exception):
    """A model breaks the rules of this folder. Names the file."""


@dataclass(frozen=True)
class Check:
    """A SELECT of the rows that break one rule of a table: none is what it should give."""

    table: str
    name: str
    description: str
    query: str = field(repr=False)
    depends_on: frozenset[str]
    blocking: bool = True


@dataclass(frozen=True)
class Model:
    """One table: `schema.name`, its SELECT and all that is said about it."""

    table: str
    query: str = field(repr=False)
    description: str
    columns: dict[str, str]
    depends_on: frozenset[str]
    sources: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    """Output column → the `schema.table.column`s its values come from, where no query says so."""

    @property
    def schema(self) -> str:
        """The schema: the folder."""
        return self.table.split(".")[0]

    @property
    def may_be_empty(self) -> bool:
        """Whether no rows are no fault: a city need not have every format, nor learners of each kind."""
        of_one_indicator = PART.keys() <= self.columns.keys() and "indicator" not in self.columns
        return self.schema == "staging" or of_one_indicator or self.table in EMPTY_AT_BEST

    @property
    def is_view(self) -> bool:
        """Whether the table is only a view of others."""
        return self.table in VIEWS

    @property
    def is_sealed(self) -> bool:
        """Whether its rows say who somebody is, so that they are sealed."""
        return not self.is_view and not IDENTITIES.isdisjoint(self.columns)

    @property
    def version(self) -> str:
        """Hash of the query, the same in every process."""
        return hashlib.sha256(self.query.encode()).hexdigest()[:16]


def read_models(folder: Path, known: dict[str, dict[str, str]] | None = None) -> dict[str, Model]:
    """Read every model under `folder`; return table → model in dependency order, unions included.

    Args:
        folder: holds one folder a schema.
        known: tables that are not models (accepted extracts, reference lists) → column → description.

    Raises:
        ModelError: a file is not one SELECT, lacks a comment on the table or a column, uses a star or an
            unnamed column, depends on nothing that exists, or on itself.
    """
    files = sorted(p for p in folder.glob("*/*.sql") if p.parent.name not in (CHECKS, LINKAGE, ERASURE))
    shaped = [p for p in files if p.parent.name in SHAPES and p.with_suffix(".yml").exists()]
    models = {m.table: m for m in (_read_model(p) for p in files if p not in shaped)}
    for path in shaped:
        model = _read_model(path, _shape(models[SHAPES[path.parent.name]]))
        models[model.table] = model
    if linkage := read_linkage(folder):
        models |= {table: _outcome(linkage, table) for table in OUTCOMES}
    for schema, name in UNIONS.items():
        stems = {p.stem for p in (shaped if schema in SHAPES else files)}
        members = [m for m in models.values() if m.schema == schema and m.table.split(".")[1] in stems]
        if members:
            whole = union(f"{schema}.{name}", members, named="indicator" if schema in SHAPES else "")
            models[whole.table] = whole
    if RECORDS in models:
        models[COUNTING] = counting(models[RECORDS])
    for model in models.values():
        if absent := model.depends_on - set(models) - set(known or {}):
            raise ModelError(f"{model.table} reads {', '.join(sorted(absent))}, which does not exist")
    return _in_order(models)


def read_linkage(folder: Path) -> dict[str, Model]:
    """Read the models that say who is who; return table → model.

    Raises:
        ModelError: as `read_models`, or one reads a table of its schema that nothing makes.
    """
    models = {m.table: m for m in map(_read_model, sorted((folder / LINKAGE).glob("*.sql")))}
    for model in models.values():
        own = {table for table in model.depends_on if table.startswith(f"{LINKAGE}.")}
        if absent := own - set(models) - MADE_BY_LINKING:
            raise ModelError(f"{model.table} reads {', '.join(sorted(absent))}, which does not exist")
    return models


def _outcome(linkage: dict[str, Model], table: str) -> Model:
    """Return a table that comes of linking as a model: `LINKED` of all its models together, others of it."""
    last = linkage[f"{LINKAGE}.{OUTCOMES[table]}"]
    outside = {t for m in linkage.values() for t in m.depends_on if not t.startswith(f"{LINKAGE}.")}
    records = frozenset({"staging.learning_record.record_id"})
    return Model(
        table=table,
        query=";\n".join(model.query for model in linkage.values()) if table == LINKED else last.query,
        description=last.description,
        columns=last.columns,
        depends_on=frozenset({RELEASED, *outside}) if table == LINKED else frozenset({LINKED}),
        # No value that identifies anybody comes through, only what was found out from them.
        sources={c: records if c == "record_id" else frozenset() for c in last.columns},
    )


def read_checks(folder: Path) -> list[Check]:
    """Read every check: `sql/checks/<schema>.<table>.<rule>.sql`, blocking unless it says `severity: warn`.

    Raises:
        ModelError: a file's name or comment does not say what it checks.
    """
    checks = []
    for path in sorted((folder / CHECKS).glob("*.sql")):
        parts = path.stem.split(".")
        query = path.read_text("utf-8")
        tree = _parse(path, query)
        comments = _first_comments(tree) or []
        lines = [line.strip() for line in comments]
        if len(parts) != 3 or not lines:
            raise ModelError(f"checks/{path.name}: name it schema.table.rule.sql and say what it checks")
        text = " ".join(line for line in lines if not line.startswith("severity:"))
        blocking = "severity: warn" not in lines
        checks.append(Check(".".join(parts[:2]), parts[2], text, query, _tables(tree), blocking))
    return checks


def _shape(source: Model) -> dict[str, str]:
    """Return column → description of what models hand on from a table."""
    return PART | {name: text for name, text in source.columns.items() if name not in NOT_HANDED_ON}


def _read_model(path: Path, shape: dict[str, str] | None = None) -> Model:
    """Read one model; of one that has a shape, what the columns mean is said by the shape."""
    table = f"{path.parent.name}.{path.stem}"
    query = path.read_text("utf-8")
    tree = _parse(path, query)
    description = _text(_first_comments(tree))
    if not description:
        raise ModelError(f"{table}: the first lines say in a comment what the table is and its grain")
    if shape is not None:
        selected = [c.alias_or_name for c in tree.selects]
        if odd := (set(selected) - set(BY_HOME)) ^ set(shape):
            raise ModelError(f"{table}: its columns and those it hands on differ in {', '.join(sorted(odd))}")
        means = shape | BY_HOME
        return Model(table, query, description, {c: means[c] for c in selected}, _tables(tree))
    columns = {}
    for column in tree.selects:
        text = _text(_comments_above(column))
        if column.is_star or not column.alias_or_name or not text:
            raise ModelError(f"{table}: every output column has a name and a comment above it")
        columns[column.alias_or_name] = text
    return Model(table, query, description, columns, _tables(tree))


def _parse(path: Path, query: str) -> exp.Query:
    try:
        statements = sqlglot.parse(query, dialect=DIALECT)
    except sqlglot.errors.SqlglotError as error:
        raise ModelError(f"{path.parent.name}/{path.name}: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ModelError(f"{path.parent.name}/{path.name}: a model is one SELECT")
    return statements[0]


def _first_comments(tree: exp.Query) -> list[str] | None:
    """Return the comments before the statement, which belong to WITH where there is one."""
    with_ = tree.args.get("with_")
    return tree.comments or (with_.comments if with_ else None)


def _comments_above(column: exp.Expression) -> list[str] | None:
    """Return the comment above an output column; the parser hangs it on the leftmost part of `a * b`."""
    part: object = column
    while isinstance(part, exp.Expression):
        if part.comments:
            return part.comments
        part = part.this
    return None


def _text(comments: list[str] | None) -> str:
    return " ".join(line.strip() for line in comments or [])


def tables_of(query: str) -> frozenset[str]:
    """Return the tables that a query reads."""
    return _tables(sqlglot.parse_one(query, dialect=DIALECT))


def _tables(tree: exp.Query) -> frozenset[str]:
    """Return the tables a query reads. Not `traverse_scope`: it finds nothing under a top-level PIVOT."""
    return frozenset(f"{t.db}.{t.name}" for t in tree.find_all(exp.Table) if t.db)


def union(table: str, members: list[Model], named: str) -> Model:
    """Return the union of models of one shape, with a column that names the model if one is `named`."""
    columns = {name: text for member in members for name, text in member.columns.items()}
    for member in members[1:]:
        if odd := (set(member.columns) ^ set(members[0].columns)) - set(BY_HOME):
            raise ModelError(f"{member.table} and {members[0].table} differ in {', '.join(sorted(odd))}")
    selects = []
    for member in members:
        name = [exp.alias_(exp.Literal.string(member.table.split(".")[1]), named)] if named else []
        selects.append(exp.select(*name, "*").from_(exp.to_table(member.table, dialect=DIALECT)))
    query = selects[0] if len(selects) == 1 else exp.union(*selects, distinct=False, by_name=True)
    return Model(
        table=table,
        query=query.sql(DIALECT),
        description=f"All rows of {', '.join(m.table for m in members)}: one shape.",
        columns=({named: f"Stem of the {named}'s files."} if named else {}) | columns,
        depends_on=frozenset(m.table for m in members),
        sources=({named: frozenset()} if named else {})
        | {c: frozenset(f"{m.table}.{c}" for m in members if c in m.columns) for c in columns},
    )


def counting(records: Model) -> Model:
    """Return the records that count, without the column that says why one does not."""
    columns = {name: text for name, text in records.columns.items() if name != NOT_COUNTED}
    source = exp.to_table(RECORDS, dialect=DIALECT)
    query = exp.select(*columns).from_(source).where(exp.column(NOT_COUNTED).is_(exp.null()))
    return Model(
        table=COUNTING,
        query=query.sql(DIALECT),
        description=f"The rows of {RECORDS} that count.",
        columns=columns,
        depends_on=frozenset({RECORDS}),
    )


def _in_order(models: dict[str, Model]) -> dict[str, Model]:
    """Sort so that each model comes after those it reads."""
    ordered: dict[str, Model] = {}
    waiting = dict(sorted(models.items()))
    while waiting:
        ready = [m for m in waiting.values() if not m.depends_on & set(waiting)]
        if not ready:
            raise ModelError(f"these models read each other in a circle: {', '.join(waiting)}")
        for model in ready:
            ordered[model.table] = waiting.pop(model.table)
    return ordered
