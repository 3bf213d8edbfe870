"""Small good returns are changed at random, thousands of times: the reader must never fail, lose or tell.

Each case is known by its format and seed alone. To see what a failing case does: `mutate(kind, seed)`.
"""

import csv
import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest

from pipelines.extracts import community_learning, ilr, school_census
from pipelines.extracts.contract import LINE
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.gathering import gather
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.returns import Receipt, State
from pipelines.extracts.rules import Severity
from pipelines.extracts.store import Store
from pipelines.extracts.uniqueness import UniquenessMemory
from tests.extracts.hostile import (
    AUTHORITY,
    CANARIES,
    CENSUS,
    CHARITY,
    CLUB,
    COLLEGE,
    community_name,
    community_rows,
    csv_bytes,
    ilr_bytes,
    ilr_name,
    write_workbook,
)

FAST, SLOW = 75, 625
"""Cases a format."""

VALUES = [
    *("", " ", "0", "-1", "1", "9999999999", "99999999999999999999", "1e308", "NaN", "inf", "null", "-0"),
    *("1900-01-01", "0000-00-00", "9999-12-31", "2024-02-30", "+12024-09-02", "2024-09-02T00:00:00Z"),
    *("31/07/2025", "01/08/2025", "1/1/2025", "2025-Feb-30 00:00:00", "2014-Sep-03 24:00:00", "46126"),
    *("0001-01-01Z", "٠١/٠٢/١٩٨٠", "é", "\u202e", "\ufeff", "\U0001f600", "a\u0301", "\x01", "\x0b", "\x85"),
    *("x" * 400, "y" * 600, "z" * 9_000, "=1+1", "@x", "<b>", "]]>", "&amp;", "--", "a,b", 'a"b', "a\nb"),
    *("a\r\nb", "\t", "F", "M", "２０２４/25", "2024/25", "2023/24", "MCR-001", "10000001", "352", "352.0"),
    *("352.00", "5.0", "A123456789012", "SPR", "yes", "NULL"),
]
Change = tuple[str, ...]
"""What was done, in words that hold nothing of the content."""


def change_table(draw: random.Random, rows: list[list[str]]) -> str:
    """Change a table in one way; return which."""
    row, column = draw.randrange(len(rows)), draw.randrange(max(1, min(map(len, rows))))

    def value() -> None:
        if rows[row]:
            rows[row][draw.randrange(len(rows[row]))] = draw.choice(VALUES)

    def whole_column() -> None:
        one = draw.choice(VALUES)
        for each in rows[1:]:
            each[column : column + 1] = [one]

    def drop_column() -> None:
        for each in rows:
            del each[column : column + 1]

    def double_column() -> None:
        for each in rows:
            each[column:column] = each[column : column + 1]

    def swap_columns() -> None:
        other = draw.randrange(len(rows[0]) or 1)
        for each in rows:
            if max(column, other) < len(each):
                each[column], each[other] = each[other], each[column]

    ways: dict[str, Callable] = {
        "value": value,
        "value of header": lambda: rows[0].__setitem__(slice(column, column + 1), [draw.choice(VALUES)]),
        "whole column": whole_column,
        "drop row": lambda: rows.pop(row) if len(rows) > 1 else None,
        "double row": lambda: rows.insert(row, list(rows[row])),
        "swap rows": lambda: rows.insert(0, rows.pop(row)),
        "drop cell": lambda: rows[row].pop() if rows[row] else None,
        "add cell": lambda: rows[row].append(draw.choice(VALUES)),
        "drop column": drop_column,
        "double column": double_column,
        "swap columns": swap_columns,
        "many rows": lambda: rows.extend(list(rows[row]) for _ in range(300)),
    }
    way = draw.choice([*ways, *["value"] * 12])
    ways[way]()
    return f"{way} {row}/{column}"


def change_xml(draw: random.Random, text: str) -> tuple[str, str]:
    """Change an ILR file in one way; return it, and which."""
    leaves = list(re.finditer(r"<(\w+)>([^<]*)</\1>", text))
    blocks = list(re.finditer(r"<(LearningDelivery|Learner|Header|Source)>.*?</\1>", text, re.DOTALL))
    chosen = draw.choice(leaves + blocks) if leaves or blocks else None
    if chosen is None:
        return text, "nothing"
    start, end = chosen.span()
    whole = chosen[0]
    other = draw.choice(leaves + blocks)[0]
    name = draw.choice(["LearnRefNumber", "Learner", "learner", "x", "ULN", "LearningDelivery", "Message"])
    safe = draw.choice(VALUES).replace("&", "&amp;").replace("<", "&lt;")
    ways = {
        "value": whole[: whole.index(">") + 1] + safe + whole[whole.rindex("<") :],
        "drop": "",
        "double": whole + whole,
        "many": whole * 50,
        "replace": other,
        "nest": f"<{name}>{whole}</{name}>",
        "rename": re.sub(r"^<\w+>(.*)</\w+>$", rf"<{name}>\1</{name}>", whole, flags=re.DOTALL),
        "namespace": f'<n:{name} xmlns:n="x">{whole}</n:{name}>',
        "raw": draw.choice(VALUES),
        "comment": f"<!--{whole.replace('--', '')}-->{whole}",
        "cdata": re.sub(r">([^<]+)<", r"><![CDATA[\1]]><", whole, count=1),
        "attribute": whole.replace(">", f' a="{safe.replace(chr(34), "")}">', 1),
        "instruction": f"<?x {name}?>{whole}",
    }
    way = draw.choice([*ways, *["value"] * 10])
    return text[:start] + ways[way] + text[end:], f"{way} at {start}"


def change_bytes(draw: random.Random, content: bytes) -> tuple[bytes, str]:
    """Flip, drop, insert or cut bytes; return them, and which."""
    if not content:
        return content, "nothing"
    at = draw.randrange(len(content))
    ways = {
        "flip": content[:at] + bytes([content[at] ^ (1 << draw.randrange(8))]) + content[at + 1 :],
        "byte": content[:at] + bytes([draw.randrange(256)]) + content[at + 1 :],
        "insert": content[:at] + draw.randbytes(draw.randrange(1, 9)) + content[at:],
        "drop": content[:at] + content[at + draw.randrange(1, 40) :],
        "cut": content[:at],
        "glue": content + content[at:],
    }
    way = draw.choice(list(ways))
    return ways[way], f"{way} at {at}"


def changed_table(draw: random.Random, rows: Sequence[Sequence[str]]) -> tuple[list[list[str]], Change]:
    """Return a table after one to four changes, and which."""
    table = [list(row) for row in rows]
    return table, tuple(change_table(draw, table) for _ in range(draw.choice((0, 1, 1, 2, 4))))


def as_csv(rows: list[list[str]], draw: random.Random) -> bytes:
    """Write a table in one of the ways that programs have."""
    text = io.StringIO()
    ends, quotes = draw.choice(["\n", "\r\n", "\r"]), draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    csv.writer(text, lineterminator=ends, quoting=quotes).writerows(rows)
    encoding = draw.choice([*["utf-8"] * 9, "utf-8-sig", "cp1252", "utf-16"])
    return text.getvalue().encode(encoding, "replace")


def maybe_bytes(draw: random.Random, content: bytes, changes: Change) -> tuple[bytes, Change]:
    """Change bytes too, in one case of four."""
    if draw.random() < 0.75:
        return content, changes
    content, change = change_bytes(draw, content)
    return content, (*changes, change)


def mutate_ilr(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    text, changes = ilr_bytes(COLLEGE, draw.choice((1, 2, 5))).decode(), ()
    for _ in range(draw.choice((0, 1, 1, 2, 4))):
        text, change = change_xml(draw, text)
        changes += (change,)
    content, changes = maybe_bytes(draw, text.encode(), changes)
    file = folder / ilr_name(COLLEGE)
    file.write_bytes(content)
    return (file,), changes


def mutate_census(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    files, changes = [], ()
    for module, rows in CENSUS.items():
        table, made = changed_table(draw, rows) if draw.random() < 0.6 else ([*map(list, rows)], ())
        content, made = maybe_bytes(draw, as_csv(table, draw), made) if made else (csv_bytes(rows), made)
        changes += tuple(f"{module}: {change}" for change in made)
        files.append(folder / f"2025_spring_{module}.csv")
        files[-1].write_bytes(content)
    return tuple(files), changes


def mutate_community(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    table, changes = changed_table(draw, community_rows(CHARITY))
    content, changes = maybe_bytes(draw, as_csv(table, draw), changes)
    file = folder / community_name(CHARITY)
    file.write_bytes(content)
    return (file,), changes


def mutate_workbook(draw: random.Random, folder: Path) -> tuple[tuple[Path, ...], Change]:
    table, changes = changed_table(draw, community_rows(CLUB))
    file = folder / community_name(CLUB, "xlsx")
    table = [[c if "://" not in c and c[:1] != "=" else f" {c}" for c in row] for row in table]
    write_workbook(file, table, draw.choice(["Enrolments", "Sheet1"]))
    if draw.random() < 0.5:
        return (file,), changes
    if draw.random() < 0.4:
        content, change = change_bytes(draw, file.read_bytes())
        file.write_bytes(content)
        return (file,), (*changes, change)
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice(list(parts))
    parts[name], change = change_bytes(draw, parts[name])
    with zipfile.ZipFile(file, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return (file,), (*changes, f"{name}: {change}")


KINDS = {
    "ilr": (mutate_ilr, ilr, COLLEGE),
    "census": (mutate_census, school_census, AUTHORITY),
    "community csv": (mutate_community, community_learning, CHARITY),
    "community xlsx": (mutate_workbook, community_learning, CLUB),
}


# What must hold of every case


def check(kind: str, seed: int, folder: Path) -> State:
    """Make one case and take it in; return what became of it."""
    mutate, module, sender = KINDS[kind]
    folder.mkdir()
    files, changes = mutate(random.Random(f"{kind} {seed}"), folder)
    delivery = Delivery.of("2024-25", sender, files, module)
    store = Store(folder / "store")
    case = f"{kind}, seed {seed}: {'; '.join(changes)}"
    receipt = store.take_in(delivery)
    assert receipt.rule != READER_FAULT, f"{case}: {receipt.message}"
    assert receipt.state in (State.ACCEPTED, State.REFUSED, State.EMPTY, State.ALL_REJECTED), case
    for table in receipt.read:
        assert receipt.read[table] == receipt.kept[table] + receipt.quarantined[table], case
    says_nothing_personal(store, receipt, case)
    if receipt.state is not State.REFUSED:
        kept_rows_hold(module, files, store, receipt, case)
    return receipt.state


def says_nothing_personal(store: Store, receipt: Receipt, case: str) -> None:
    said = str(receipt.as_json())
    found = store.findings([receipt]).select("rule", "severity", "field", "message").unique()
    for canary in CANARIES:
        assert canary not in said, case
        assert canary not in str(found.rows()), case


def kept_rows_hold(module, files: tuple[Path, ...], store: Store, receipt: Receipt, case: str) -> None:
    """Judge the text of the kept rows again, alone, and count all rows again."""
    read = {}
    for batch in module.read(files):
        for table, rows in batch.items():
            read.setdefault(table, []).append(rows)
    assert {table: sum(map(len, frames)) for table, frames in read.items()} == dict(receipt.read), case
    identity = module.identify(files)
    contracts = {t: c.in_force(identity.academic_year, identity.part) for t, c in module.CONTRACTS.items()}
    for table, rows in gather({t: pl.concat(frames) for t, frames in read.items()}, contracts).items():
        contract = contracts[table]
        if not contract.keep:
            continue
        assert rows[LINE].is_unique().all(), case
        kept_files = store.accepted_files([receipt], module.COLLECTION, table)
        kept = pl.concat([pl.read_parquet(file) for file in kept_files]) if kept_files else None
        assert (0 if kept is None else len(kept)) == receipt.kept[table], case
        if kept is None:
            continue
        again = rows.with_columns(pl.col(LINE).cast(pl.Int64)).join(kept.select(LINE), on=LINE, how="semi")
        assert len(again) == len(kept), case
        for finding in (contract.broken_rules(again), UniquenessMemory(contract).repeats(again)):
            bad = finding.filter(pl.col("severity") == Severity.QUARANTINE)
            assert bad.is_empty(), f"{case}: {sorted(set(bad['rule']))}"


def check_many(kind: str, seeds: range, folder: Path) -> None:
    states = [check(kind, seed, folder / str(seed)) for seed in seeds]
    # A fuzz that is always refused, or never, tests but half.
    assert {State.ACCEPTED, State.REFUSED} <= set(states)


@pytest.mark.parametrize("kind", KINDS)
def test_no_change_makes_the_reader_fail_lose_or_tell(kind, tmp_path):
    check_many(kind, range(FAST), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_change_of_very_many_does_either(kind, tmp_path):
    check_many(kind, range(FAST, SLOW), tmp_path)
