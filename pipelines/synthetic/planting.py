"""Plants row faults in what is about to be written, and notes each for the truth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.synthetic.census_terms import SPRING, Term
from pipelines.synthetic.chance import Chance
from pipelines.synthetic.faults import (
    APPRENTICESHIP,
    CENSUS,
    COMMUNITY,
    EARLY_YEARS,
    ILR,
    SPARE_SESSION,
    STUDENT_RECORD,
    Row,
    RowFault,
    assign,
    choose,
    edited,
)
from pipelines.synthetic.numbers import learner_numbers
from pipelines.synthetic.truth import FAULTS
from pipelines.years import AcademicYear

_ADDED = frozenset({"R_06", "R_07", SPARE_SESSION})
"""Faults for which a spare copy of a row is added; every other spoils a row of the truth."""

_OTHER_NUMBERS = 999_983
"""Seed of learner numbers that no person of the city has."""
_BESIDE = frozenset({"engagement", "leaver"})
"""Tables of the student record on which no enrolment hangs, whatever is wrong with their rows."""

_DATA_FUTURES = 2022
"""Some codes of the student record are only checked from this starting year."""


@dataclass(frozen=True)
class Note:
    """One planted fault: where it is and what it is.

    Args:
        number: names it.
        provider: position in the register.
        person: whose row it is.
        sequence: which of the person's rows with the provider; None where it is all of them.
        line: of the file; None in XML, where elements have no lines of their own.
        record: the row in the sender's own terms.
        fault: how the row goes wrong.
    """

    number: str
    provider: int
    person: int
    sequence: int | None
    line: int | None
    record: str | None
    fault: RowFault


def plant_in_ilr(
    chance: Chance, share: float, year: int, learners: pl.DataFrame, aims: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, list[Note]]:
    """Return learners and aims, as text, with faults in a share of the learners, and the notes."""
    chosen = choose(chance, _index(learners), share, "ilr", year)
    numbered = aims.with_row_index("aim_row").filter("countable").drop("provider", "person", "purpose")
    first = numbered.unique("key", keep="first", maintain_order=True)
    rows = learners.with_row_index("learner_row")[chosen].join(
        first, on="key", how="left", maintain_order="left"
    )
    of_learner, of_aim, copies, notes = {}, {}, [], []
    for row, fault in assign(ILR, rows.rows(named=True), year):
        by_learner = fault.table != "learning_delivery"
        record = row["ref"] if by_learner else f"{row['ref']} / {row['sequence']}"
        sequence = None if by_learner else int(row["sequence"])
        number = f"{year}-ilr-{len(notes) + 1:05d}"
        notes.append(Note(number, row["provider"], row["person"], sequence, None, record, fault))
        if fault.rule in _ADDED:
            copies.append((fault.rule, row))
        elif by_learner:
            of_learner[row["learner_row"]] = fault.edit(row, year)
        else:
            of_aim[row["aim_row"]] = fault.edit(row, year)
    spoilt = _with_copies(edited(learners, of_learner), edited(aims, of_aim), copies)
    return *spoilt, notes


def _with_copies(
    learners: pl.DataFrame, aims: pl.DataFrame, copies: Sequence[tuple[str, Row]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add second copies of learners (R_06) and of aims (R_07) after all others."""
    same_aim = [row["aim_row"] for rule, row in copies if rule == "R_07"]
    twice = [row["key"] for rule, row in copies if rule == "R_06"]
    again = pl.concat_str("key", pl.lit("+")).alias("key")
    # With another learner number, so that R_59 (the same ULN twice) has nothing to say about the copy, and
    # with other sequence numbers, so that R_07 has not either.
    copied = learners.filter(pl.col("key").is_in(twice))
    others = pl.Series(learner_numbers(len(copied), _OTHER_NUMBERS), dtype=pl.Int64).cast(pl.String)
    copied = copied.with_columns(again, uln=others)
    other_number = (pl.col("sequence").cast(pl.Int64) + 40).cast(pl.String)
    copied_aims = aims.filter(pl.col("key").is_in(twice)).with_columns(again, sequence=other_number)
    return pl.concat([learners, copied]), pl.concat([aims, aims[same_aim], copied_aims])


def plant_in_student_record(
    chance: Chance, share: float, year: int, students: pl.DataFrame, sessions: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, list[Note]]:
    """Return students and sessions, as text, with faults in a share of the students, and the notes."""
    chosen = choose(chance, _index(students), share, "student_record", year)
    numbered = sessions.with_row_index("session_row").filter("countable").drop("provider", "person")
    first = numbered.unique("key", keep="first", maintain_order=True).with_columns(
        starts_in_year=pl.col("start_date") >= f"{year}-08-01",
        data_futures=pl.lit(year >= _DATA_FUTURES),
    )
    # Those who are only dormant have no row of the truth to spoil.
    rows = students.with_row_index("student_row")[chosen].join(
        first, on="key", how="inner", maintain_order="left"
    )
    of_student, of_session, of_engagement, copies, notes = {}, {}, {}, [], []
    for row, fault in assign(STUDENT_RECORD, rows.rows(named=True), year):
        by_student = fault.table == "student"
        names = {"student": ("sid",), "student_course_session": ("sid", "numhus", "session_id")}
        # As it is sent: a fault of the identifier itself is found under the spoilt one.
        sent = row | fault.edit(row, year)
        record = " / ".join(sent[name] for name in names.get(fault.table, ("sid", "numhus")))
        sequence = None if by_student else int(row["sequence"])
        number = f"{year}-student_record-{len(notes) + 1:05d}"
        notes.append(Note(number, row["provider"], row["person"], sequence, None, record, fault))
        if fault.rule in _ADDED:
            copies.append(row["session_row"])
        elif by_student:
            of_student[row["student_row"]] = fault.edit(row, year)
        elif fault.table in _BESIDE:
            of_engagement[row["key"], row["numhus"]] = fault.edit(row, year)
        else:
            of_session[row["session_row"]] = fault.edit(row, year)
    # An engagement's fields stand in the row of each of its sessions.
    for at, (key, numhus) in enumerate(sessions.select("key", "numhus").iter_rows()):
        if (key, numhus) in of_engagement:
            of_session[at] = of_session.get(at, {}) | of_engagement[key, numhus]
    spoilt = pl.concat([edited(sessions, of_session), sessions[copies]])
    return edited(students, of_student), spoilt, notes


def plant_in_census(
    chance: Chance, share: float, year: int, pupils: pl.DataFrame, term: Term = SPRING
) -> tuple[pl.DataFrame, list[Note]]:
    """Return pupils, as text and with their `line`, with faults in a share of those singly registered."""
    single = pl.col("status") == "C"
    collection = "school_census" if term is SPRING else f"school_census-{term.name}"
    return _plant(
        chance, share, year, pupils, CENSUS, collection, single,
        lambda row, _: (f"{row['NativeId']} / {row['table_id']}", None),
    )  # fmt: skip


def plant_in_early_years(
    chance: Chance, share: float, year: int, children: pl.DataFrame
) -> tuple[pl.DataFrame, list[Note]]:
    """Return children, as text and with their `line`, with faults in a share of them."""
    return _plant(
        chance, share, year, children, EARLY_YEARS, "early_years_census", pl.lit(value=True),
        lambda row, _: (f"{row['NativeId']} / {row['eychildtableid']}", None),
    )  # fmt: skip


def plant_in_apprenticeships(
    chance: Chance, share: float, year: int, apprentices: pl.DataFrame
) -> tuple[pl.DataFrame, list[Note]]:
    """Return apprentices, as text and with their `line`, with faults in a share of them."""
    in_year = pl.col("StartDate").is_between(pl.lit(f"{year}-09-01"), pl.lit(f"{year + 1}-07-31"))
    spoilt, notes = _plant(
        chance, share, year, apprentices.with_columns(starts_in_year=in_year), APPRENTICESHIP,
        "apprenticeship_service", pl.lit(value=True), lambda row, _: (row["ProviderRef"], row["sequence"]),
    )  # fmt: skip
    return spoilt.drop("starts_in_year"), notes


def plant_in_community(
    chance: Chance, share: float, year: int, rows: pl.DataFrame
) -> tuple[pl.DataFrame, list[Note]]:
    """Return rows of the template, as text and with their `line`, with faults in a share of them."""

    def named(row: Row, fault: RowFault) -> tuple[str | None, int]:
        nameless = fault.rule == "learner_reference_missing"
        return None if nameless else row["learner_reference"], row["sequence"]

    return _plant(chance, share, year, rows, COMMUNITY, "community_learning", pl.lit(value=True), named)


def _plant(  # noqa: PLR0913, PLR0917
    chance: Chance,
    share: float,
    year: int,
    rows: pl.DataFrame,
    faults: Sequence[RowFault],
    collection: str,
    suited: pl.Expr,
    named: Callable[[Row, RowFault], tuple[str | None, int | None]],
) -> tuple[pl.DataFrame, list[Note]]:
    """Plant in rows of a table; `named` returns a row's name to its sender, and which of a person's it is."""
    found = rows.with_row_index("position").filter(suited)
    chosen = found[choose(chance, _index(found), share, collection, year)]
    edits, notes = {}, []
    for row, fault in assign(faults, chosen.rows(named=True), year):
        record, sequence = named(row, fault)
        number = f"{year}-{collection}-{len(notes) + 1:05d}"
        notes.append(Note(number, row["provider"], row["person"], sequence, row["line"], record, fault))
        edits[row["position"]] = fault.edit(row, year)
    return edited(rows, edits), notes


def _index(rows: pl.DataFrame) -> np.ndarray:
    """Return a number for each row that others of the same person do not have."""
    person, provider = rows["person"].to_numpy(), rows["provider"].to_numpy()
    index = person.astype(np.uint64) * np.uint64(100_000) + provider.astype(np.uint64)
    if "line" in rows.columns:
        index = index * np.uint64(1_000_000) + rows["line"].to_numpy().astype(np.uint64)
    return index


def planted(enrolments: pl.DataFrame, notes: Sequence[Note]) -> pl.DataFrame:
    """Say of enrolments which fault their row as sent has; a learner's fault is one of all their rows."""
    schema = {"provider": pl.Int64, "person": pl.Int64, "sequence": pl.Int64, "fault": pl.String}
    lost = pl.DataFrame(
        [
            (n.provider, n.person, n.sequence, n.number)
            for n in notes
            if n.fault.rule not in _ADDED and n.fault.table not in _BESIDE
        ],
        schema=schema,
        orient="row",
    )
    whole = lost.filter(pl.col("sequence").is_null()).select("provider", "person", of_all="fault")
    single = lost.drop_nulls("sequence").select("provider", "person", "sequence", of_one="fault")
    return (
        enrolments.join(whole, on=["provider", "person"], how="left", maintain_order="left")
        .join(single, on=["provider", "person", "sequence"], how="left", maintain_order="left")
        .with_columns(planted=pl.coalesce("of_all", "of_one"))
    )


def as_faults(
    notes: Sequence[Note], collection: str, year: AcademicYear, files: Mapping[int, tuple[str, str]]
) -> pl.DataFrame:
    """Return notes as the truth has faults.

    Args:
        notes: of one collection and year.
        collection: its name.
        year: the academic year.
        files: provider → sender and file.
    """
    rows = [
        (n.number, year.label, *_place(files, n, collection), n.fault.table, n.line, n.record, rule,
         n.fault.effect)
        for n in notes
        for rule in (n.fault.rule, *n.fault.also)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FAULTS, orient="row")


def _place(files: Mapping[int, tuple[str, str]], note: Note, collection: str) -> tuple[str, str, str]:
    sender, file = files[note.provider]
    return sender, collection, file
