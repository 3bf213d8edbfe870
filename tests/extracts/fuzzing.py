"""Changes to tables, XML and bytes, at random: what programs, people and disks do to files.

Changes keep to the structure of a file more often than not, so that most get past its reader's first look.
"""

import csv
import io
import random
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.extracts.hostile import csv_bytes, write_workbook

VALUES = [
    *("", " ", "0", "-1", "1", "9999999999", "99999999999999999999", "1e308", "NaN", "inf", "null", "-0"),
    *("1900-01-01", "0000-00-00", "9999-12-31", "2024-02-30", "+12024-09-02", "2024-09-02T00:00:00Z"),
    *("31/07/2025", "01/08/2025", "1/1/2025", "2025-Feb-30 00:00:00", "2014-Sep-03 24:00:00", "46126"),
    *("0001-01-01Z", "٠١/٠٢/١٩٨٠", "é", "\u202e", "\ufeff", "\U0001f600", "a\u0301", "\x01", "\x0b", "\x85"),
    *("x" * 400, "y" * 600, "z" * 9_000, "=1+1", "@x", "<b>", "]]>", "&amp;", "--", "a,b", 'a"b', "a\nb"),
    *("a\r\nb", "\t", "F", "M", "２０２４/25", "2024/25", "2023/24", "MCR-001", "10000001", "352", "352.0"),
    *("352.00", "5.0", "A123456789012", "SPR", "yes", "NULL"),
    *("10", "12", "1", "63", "05", "2025-06", "2026-00", "2024-09-02 00:00:00", "24100000010000017"),
    *("C24056", "30.5", "15", "50012345678.0", "100001", "TRUE"),
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


def change_xml(draw: random.Random, text: str, records: Sequence[str]) -> tuple[str, str]:
    """Change an XML file in one way; return it, and which. `records` are the elements that hold others."""
    leaves = list(re.finditer(r"<(\w+)>([^<]*)</\1>", text))
    blocks = [b for r in records for b in re.finditer(rf"<{r}>.*?</{r}>", text, re.DOTALL)]
    chosen = draw.choice(leaves + blocks) if leaves or blocks else None
    if chosen is None:
        return text, "nothing"
    start, end = chosen.span()
    whole = chosen[0]
    other = draw.choice(leaves + blocks)[0]
    name = draw.choice([*records, records[-1].lower(), "x", "ULN"])
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


Files = tuple[Path, ...]


def xml_file(draw: random.Random, file: Path, content: bytes, records: Sequence[str]) -> tuple[Files, Change]:
    """Save XML after up to four changes."""
    text, changes = content.decode(), ()
    for _ in range(draw.choice((0, 1, 1, 2, 4))):
        text, change = change_xml(draw, text, records)
        changes += (change,)
    content, changes = maybe_bytes(draw, text.encode(), changes)
    file.write_bytes(content)
    return (file,), changes


def csv_files(
    draw: random.Random, tables: Mapping[Path, Sequence[Sequence[str]]], share: float = 0.6
) -> tuple[Files, Change]:
    """Save tables, a share of them after up to four changes."""
    changes = ()
    for file, rows in tables.items():
        table, made = changed_table(draw, rows) if draw.random() < share else ([*map(list, rows)], ())
        content, made = maybe_bytes(draw, as_csv(table, draw), made) if made else (csv_bytes(rows), made)
        changes += tuple(f"{file.stem}: {change}" for change in made)
        file.write_bytes(content)
    return tuple(tables), changes


def workbook(draw: random.Random, file: Path, rows: list[list[str]], sheet: str) -> tuple[Files, Change]:
    """Save a table as a workbook after up to four changes of its cells, and others of its bytes."""
    table, changes = changed_table(draw, rows)
    table = [[c if "://" not in c and c[:1] != "=" else f" {c}" for c in row] for row in table]
    write_workbook(file, table, draw.choice([sheet, "Sheet1"]))
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
