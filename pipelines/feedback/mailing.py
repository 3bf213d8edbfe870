"""Puts each report where its provider finds it: `<reports>/<sender>/<academic year>/`, and nowhere else."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pipelines.extracts.formats import FORMATS
from pipelines.extracts.returns import Receipt
from pipelines.extracts.store import Store, code_version
from pipelines.feedback.page import report_page
from pipelines.feedback.report import Report
from pipelines.feedback.sheet import findings_csv
from pipelines.indicators.catalogue import Indicator

_WRITTEN = "written.json"


def write_reports(
    receipts: Sequence[Receipt], store: Store, catalogue: Mapping[str, Indicator], folder: Path
) -> int:
    """Write a page and a CSV for each return, unless they are there already; return how many were written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    index = folder / _WRITTEN
    before = json.loads(index.read_text("utf-8")) if index.exists() else {}
    written = {}
    made = 0
    for receipt in receipts:
        previous = return_before(receipt, receipts)
        stem = f"{receipt.folder_provider}/{receipt.folder_year}/{receipt.collection}-{receipt.return_id}"
        written[stem] = _version(receipt, previous, store)
        if before.get(stem) != written[stem]:
            report = _report(receipt, previous, store, catalogue)
            write_report(report, folder / f"{stem}.html", folder / f"{stem}.csv")
            made += 1
    for stem in before.keys() - written.keys():
        for suffix in (".html", ".csv"):
            (folder / f"{stem}{suffix}").unlink(missing_ok=True)
    index.write_text(json.dumps(written, indent=1, sort_keys=True), "utf-8")
    return made


def write_report(report: Report, page: Path, sheet: Path) -> None:
    """Write both files of a report."""
    page.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    page.write_text(report_page(report), "utf-8")
    # With a byte order mark, by which spreadsheet programs know the encoding.
    sheet.write_text(findings_csv(report), "utf-8-sig")


def return_before(receipt: Receipt, receipts: Iterable[Receipt]) -> Receipt | None:
    """Return the return that this one follows: of the same unit, prepared before it."""
    if receipt.prepared_at is None:
        return None
    earlier = [
        r
        for r in receipts
        if r.prepared_at is not None and r.unit == receipt.unit and r.recency < receipt.recency
    ]
    return max(earlier, key=lambda r: r.recency, default=None)


def _report(
    receipt: Receipt, previous: Receipt | None, store: Store, catalogue: Mapping[str, Indicator]
) -> Report:
    module = next((m for m in FORMATS if receipt.collection == m.COLLECTION), None)
    return Report(
        receipt,
        store.findings([receipt]),
        store.findings([previous]) if previous else None,
        module,
        catalogue,
        store.decisions.tolerances(receipt.folder_provider, receipt.folder_year),
    )


def _version(receipt: Receipt, previous: Receipt | None, store: Store) -> str:
    """What a report is made from, as a hash."""
    parts = [code_version(), json.dumps(receipt.as_json(), sort_keys=True)]
    parts.append(previous.return_id if previous else "")
    parts.append(repr(store.decisions.tolerances(receipt.folder_provider, receipt.folder_year)))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
