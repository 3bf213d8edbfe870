"""Judges one return: reads it, and says what became of it. A fault of this software stops no other return."""

import shutil
import traceback
from pathlib import Path

import polars as pl

from pipelines.extracts.contract import FINDING_COLUMNS, no_findings
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.reading import read_return
from pipelines.extracts.returns import Identity, Receipt, Refused, State
from pipelines.extracts.rules import FileRule

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


def judge(delivery: Delivery, folder: Path, *, in_place: bool = True) -> Receipt:
    """Read a return whose format is known; leave accepted rows and findings in `folder`, or nothing.

    Args:
        delivery: the return.
        folder: an empty folder.
        in_place: whether it lies in the folder of a year and a sender, with which it must agree.
    """
    try:
        return _read(delivery, folder, in_place=in_place)
    except Refused as refused:
        return _refuse(delivery, folder, refused)
    except Exception as error:  # noqa: BLE001 — a fault of ours on one return must not stop the others
        return _refuse(delivery, folder, Refused(FAULT, where=_where(error)))


def findings_in(folder: Path) -> pl.DataFrame:
    """Return the findings that judging a return left in a folder."""
    files = sorted(folder.glob("findings-*.parquet"))
    return pl.concat([no_findings(), *(pl.read_parquet(f, columns=list(FINDING_COLUMNS)) for f in files)])


def _read(delivery: Delivery, folder: Path, *, in_place: bool) -> Receipt:
    module = delivery.module
    identity = module.identify(delivery.files)
    if in_place:
        _check_place(delivery, identity)
    outcome = read_return(module, delivery.files, identity.academic_year, delivery.return_id, folder)
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
        read=dict(outcome.read),
        kept=dict(outcome.kept),
        quarantined=dict(outcome.quarantined),
        findings=dict(outcome.findings),
    )


def _check_place(delivery: Delivery, identity: Identity) -> None:
    if identity.academic_year.folder != delivery.year:
        raise Refused(FOLDER_YEAR, year=identity.academic_year.label, folder=delivery.year)
    if identity.provider != delivery.sender:
        raise Refused(FOLDER_PROVIDER)


def _refuse(delivery: Delivery, folder: Path, refused: Refused) -> Receipt:
    """Leave nothing of what was read; say why."""
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    return delivery.refusal(refused)


def _where(error: Exception) -> str:
    """Say what kind of fault, and where in the code; the error's own text may hold what was being read."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
