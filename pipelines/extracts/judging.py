"""Judges one return: reads it, and says what became of it. A fault of this software stops no other return."""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from pipelines.extracts.contract import FINDING_COLUMNS, Contract, no_findings
from pipelines.extracts.decisions import Tolerance
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.gathering import gather
from pipelines.extracts.reading import Outcome, read_return
from pipelines.extracts.redaction import FINDINGS, Redaction, people_in
from pipelines.extracts.returns import Identity, Receipt, Refused, State
from pipelines.extracts.rules import FileRule
from pipelines.identity.erasures import Erasures
from pipelines.identity.vault import Drawer

READER_FAULT = "reader_fault"
FAULT = FileRule(
    READER_FAULT,
    "This software failed on the return ({where}); that is its fault, not yours.",
    "Nothing for now: it is tried again at the next run. Tell the city's data team.",
)
"""A return that could not be read through a fault of this software. Tried again at the next run."""
FOLDER_YEAR = FileRule(
    "folder_year",
    "The return is about {year}, but lies in the folder of {folder}.",
    "Put it into the folder of the academic year it is about.",
)
FOLDER_PROVIDER = FileRule(
    "folder_provider",
    "The provider named in the return is not the one whose folder it lies in.",
    "Put it into the folder of the provider it is from.",
)
PLACE_RULES = (FOLDER_YEAR, FOLDER_PROVIDER, FAULT)
"""What must hold of where a return lies, whatever its format."""


def judge(
    delivery: Delivery,
    drawer: Drawer,
    tolerances: Sequence[Tolerance] = (),
    *,
    erasures: Erasures | None = None,
    in_place: bool = True,
) -> Receipt:
    """Read a return whose format is known; leave accepted rows and findings in `drawer`, or nothing.

    Args:
        delivery: the return.
        drawer: an empty one.
        tolerances: what was granted to this sender for this year.
        erasures: who is left out.
        in_place: whether it lies in the folder of a year and a sender, with which it must agree.
    """
    try:
        with _faults_are_ours():
            return _read(delivery, drawer, tolerances, erasures or Erasures(b""), in_place=in_place)
    except Refused as refused:
        return _refuse(delivery, drawer, refused)


def people_of(delivery: Delivery) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield tables of a return with `line` and what each row, good or bad, says of who it is about.

    Raises:
        Refused: the return breaks off.
    """
    contracts = delivery.module.CONTRACTS
    with _faults_are_ours():
        for batch in delivery.module.read(delivery.files):
            for table, rows in gather(batch, contracts).items():
                if (people := people_in(contracts[table], rows)) is not None:
                    yield table, people


@contextmanager
def _faults_are_ours() -> Iterator[None]:
    try:
        yield
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 — a fault of ours on one return must not stop the others
        raise Refused(FAULT, where=_where(error)) from None


def findings_in(drawer: Drawer) -> pl.DataFrame:
    """Return the findings that judging a return left in a drawer."""
    return pl.concat([no_findings(), *drawer.frames(FINDINGS, list(FINDING_COLUMNS))])


def _read(
    delivery: Delivery,
    drawer: Drawer,
    tolerances: Sequence[Tolerance],
    erasures: Erasures,
    *,
    in_place: bool,
) -> Receipt:
    module = delivery.module
    identity = module.identify(delivery.files)
    if in_place:
        _check_place(delivery, identity)
    # A return about an old year is judged by that year's rules; one of a part of a year by that part's.
    contracts = {
        table: c.in_force(identity.academic_year, identity.part) for table, c in module.CONTRACTS.items()
    }
    outcome = _outcome(delivery, contracts, drawer, erasures)
    granted = _granted(tolerances, outcome, contracts, identity)
    if granted:
        # How many rows break a rule is known at the end; where that is tolerated, it is read once more.
        drawer.empty()
        contracts = {table: contract.tolerating(granted) for table, contract in contracts.items()}
        outcome = _outcome(delivery, contracts, drawer, erasures)
    state = State.ACCEPTED
    if not outcome.read[module.RECORDS]:
        state = State.EMPTY
    elif not outcome.kept[module.RECORDS]:
        state = State.ALL_REJECTED
    return delivery.receipt(
        state,
        provider=identity.provider,
        academic_year=identity.academic_year.label,
        prepared_at=identity.prepared_at.isoformat(),
        serial=identity.serial,
        part=identity.part,
        read=dict(outcome.read),
        kept=dict(outcome.kept),
        quarantined=dict(outcome.quarantined),
        findings=dict(outcome.findings),
        tolerated={rule: outcome.findings[rule] for rule in sorted(granted)},
        erased=dict(outcome.erased),
    )


def _outcome(
    delivery: Delivery, contracts: Mapping[str, Contract], drawer: Drawer, erasures: Erasures
) -> Outcome:
    redaction = Redaction.of(erasures, delivery.sender, delivery.collection, contracts)
    return read_return(delivery.module.read(delivery.files), contracts, delivery.return_id, drawer, redaction)


def _granted(
    tolerances: Sequence[Tolerance], outcome: Outcome, contracts: Mapping[str, Contract], identity: Identity
) -> set[str]:
    """Return the rules whose breaches are tolerated in this return."""
    granted = set()
    for tolerance in tolerances:
        rows = sum(
            outcome.read[table]
            for table, contract in contracts.items()
            if tolerance.rule in {rule.id for rule in contract.every_rule}
        )
        count = outcome.findings[tolerance.rule]
        if count and tolerance.covers(count, rows, identity.prepared_at):
            granted.add(tolerance.rule)
    return granted


def _check_place(delivery: Delivery, identity: Identity) -> None:
    if identity.academic_year.folder != delivery.year:
        raise Refused(FOLDER_YEAR, year=identity.academic_year.label, folder=delivery.year)
    if identity.provider != delivery.sender:
        raise Refused(FOLDER_PROVIDER)


def _refuse(delivery: Delivery, drawer: Drawer, refused: Refused) -> Receipt:
    """Leave nothing of what was read; say why."""
    drawer.empty()
    return delivery.refusal(refused)


def _where(error: Exception) -> str:
    """Say what kind of fault, and where in the code; the error's own text may hold what was being read."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
