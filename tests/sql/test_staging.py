"""No return stops the city: whatever is accepted can be staged, and breaks no check that stops a run.

Small good returns of every format are changed at random (`tests/extracts/fuzzed_returns.py`), taken in, and
staged by the models. What is kept of a return counts, or a reason that its format documents says why not.
"""

import csv
import io
import random
import re

import pytest

from pipelines.extracts.counting import CAN_COUNT, count
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.returns import State
from pipelines.extracts.store import Store
from tests.extracts import student_files
from tests.extracts.fuzzed_returns import APPRENTICES, EYC, KINDS, apprentice_rows
from tests.extracts.hostile import (
    CENSUS,
    CHARITY,
    COLLEGE,
    community_name,
    community_rows,
    ilr_bytes,
    ilr_name,
)
from tests.extracts.transfer_files import NAME as TRANSFER_FILE
from tests.extracts.transfer_files import PUPIL_XML, transfer_file
from tests.stagings import staging
from tests.vaults import vault


def held(store, receipts):
    """Return what is said of the accepted returns among these that the city cannot count."""
    return [r.message for r in count(receipts, store, staging()) if r.rule == CAN_COUNT.id]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_accepted_is_counted_and_stops_nothing(tmp_path, kind):
    made, store, receipts, changed = KINDS[kind], Store(vault(tmp_path / "store")), [], {}
    for seed in range(12):
        folder = tmp_path / str(seed)
        folder.mkdir()
        files, changes = made.mutate(random.Random(f"staged {kind} {seed}"), folder)
        receipts.append(store.take_in(Delivery.of("2024-25", made.sender, files, made.module)))
        changed[receipts[-1].return_id] = changes
    assert held(store, receipts) == [], changed


# Every field of every format, blank or nonsense in the whole return

SENT = (
    *("community csv", "apprentices csv", "census", "early years", "ilr", "student csv", "student xml"),
    "transfer file",
)
STUDENT_FILES = {"student csv": student_files.save_csv, "student xml": student_files.save_xml}


def sent(kind, folder):
    """Save a small good return; return its format, its sender and its files."""
    tables = {
        "community csv": {community_name(CHARITY): community_rows(CHARITY)},
        "apprentices csv": {APPRENTICES.format(CHARITY, "csv"): apprentice_rows()},
        "census": {f"2025_spring_{module}.csv": rows for module, rows in CENSUS.items()},
        "early years": {f"2025_spring_eyc_{module}.csv": rows for module, rows in EYC.items()},
    }
    if kind in tables:
        for name, rows in tables[kind].items():
            with (folder / name).open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows(rows)
        files = tuple(sorted(folder.iterdir()))
    elif kind == "transfer file":
        files = (folder / TRANSFER_FILE,)
        others = (PUPIL_XML.replace("A352600100001", f"A35260010000{n}") for n in (2, 3))
        files[0].write_text(transfer_file(PUPIL_XML, *others), "utf-8")
    elif kind == "ilr":
        files = (folder / ilr_name(COLLEGE),)
        files[0].write_bytes(ilr_bytes(COLLEGE, 5))
    else:
        files = STUDENT_FILES[kind](folder)
    return KINDS[kind].module, KINDS[kind].sender, files


def test_every_format_is_sent():
    assert {KINDS[kind].module for kind in SENT} == set(FORMATS)


def fields(files):
    """Yield each file of a return with each of its fields: a column of a table, an element with a text."""
    for file in files:
        text = file.read_text("utf-8")
        columns, elements = text.split("\n")[0].strip().split(","), set(re.findall(r"<(\w+)>[^<]+</", text))
        names = columns if file.suffix == ".csv" else elements
        yield from ((file, name) for name in sorted(names))


def with_field(text, suffix, name, value):
    """Return a file with another value of a field in every record."""
    if suffix != ".csv":
        return re.sub(rf"<{name}>[^<]+</", f"<{name}>{value}</", text)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    place = rows[0].index(name)
    made = io.StringIO()
    csv.writer(made).writerows([rows[0], *([*row[:place], value, *row[place + 1 :]] for row in rows[1:])])
    return made.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("value", ["", "zz", "٣٣", "#N/A", "2029-02-30"])
@pytest.mark.parametrize("kind", SENT)
def test_no_field_whatever_stands_in_it_stops_the_city(tmp_path, kind, value):
    (tmp_path / "sent").mkdir()
    module, sender, files = sent(kind, tmp_path / "sent")
    original = {file: file.read_text("utf-8") for file in files}
    store, receipts = Store(vault(tmp_path / "store")), []
    for file, name in fields(files):
        file.write_text(with_field(original[file], file.suffix, name, value), "utf-8")
        receipts.append(store.take_in(Delivery.of("2024-25", sender, files, module)))
        file.write_text(original[file], "utf-8")
        assert receipts[-1].rule != READER_FAULT, (file.name, name)
    assert held(store, receipts) == []
    # Most fields are no reason to lose a return.
    assert sum(receipt.state is State.ACCEPTED for receipt in receipts) > 3
