"""Every rule of a format in one list: what reports and the documentation say of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.aspects import Aspect
from pipelines.consequences import decides
from pipelines.extracts import counting, judging, plausibility, reception
from pipelines.extracts.contract import Contract
from pipelines.extracts.reading import SHAPE, orphan_rule
from pipelines.extracts.resaved import ERROR_CELLS
from pipelines.extracts.returns import Format
from pipelines.extracts.rules import FileRule, Severity, Stage, Unique
from pipelines.extracts.tabular import READ_AS


@dataclass(frozen=True)
class Entry:
    """A rule as its readers need it.

    Args:
        table: the table it is about; None for the return as a whole.
        aspects: what its field decides about a person's place in the figures.
        years: academic years it applies to, in words; empty for all.
        of_repeats: whether it finds rows that an earlier row repeats.
    """

    id: str
    table: str | None
    field: str
    stage: Stage
    severity: Severity
    message: str
    fix: str
    source: str
    aspects: tuple[Aspect, ...] = ()
    years: str = ""
    of_repeats: bool = False


def rulebook(module: Format | None) -> dict[tuple[str | None, str], Entry]:
    """Return (table, rule) → entry; rules on the return as a whole have no table.

    A rule whose wording differs by year has one entry: the wording of the latest.
    """
    of_files = [
        *reception.RULES,
        *judging.PLACE_RULES,
        SHAPE,
        *(module.FILE_RULES if module else ()),
        counting.CAN_COUNT,
        *plausibility.RULES,
    ]
    book = {(None, rule.id): _of_file(rule) for rule in of_files}
    for contract in module.CONTRACTS.values() if module else ():
        book |= {(contract.table, entry.id): entry for entry in _of_rows(module, contract)}
    return book


def _of_file(rule: FileRule) -> Entry:
    return Entry(rule.id, None, "", rule.stage, rule.severity, rule.message, rule.fix, rule.source)


def _of_rows(module: Format, contract: Contract) -> Iterator[Entry]:
    parent = (orphan_rule(contract),) if contract.parent else ()
    for rule in (*contract.every_rule, *parent):
        yield Entry(
            rule.id,
            contract.table,
            rule.field,
            rule.stage,
            rule.severity,
            rule.message,
            rule.how_to_fix,
            rule.source,
            _decided(module, contract, rule.field),
            _years(rule.first_year, rule.last_year),
            isinstance(rule, Unique),
        )


def _decided(module: Format, contract: Contract, field: str) -> tuple[Aspect, ...]:
    """Return what a field decides; one that a row was handed down, what it decides there."""
    known = decides(module)
    if field == READ_AS and "family_name" in contract.keep:
        return (Aspect.PERSON,)
    if field == ERROR_CELLS:
        return tuple(Aspect)
    found = known.get(f"{contract.table}.{field}")
    if found is None and contract.owner:
        return _decided(module, module.CONTRACTS[contract.owner[0]], field)
    return tuple(aspect for aspect in Aspect if aspect in (found or ()))


def _years(first: int | None, last: int | None) -> str:
    label = {year: f"{year}/{(year + 1) % 100:02d}" for year in (first, last) if year is not None}
    if first is None and last is None:
        return ""
    if first is None:
        return f"to {label[last]}"
    return f"from {label[first]}" if last is None else f"{label[first]} to {label[last]}"
