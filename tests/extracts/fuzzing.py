"""Ways to change a file at random, as programs and people do; each says what it did, never what was there."""

import csv
import io
import random
import re
from collections.abc import Callable, Sequence

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
    blocks = list(
        re.finditer(
            r"<(LearningDelivery|Learner|Header|Source|Student|Engagement|StudentCourseSession)>.*?</\1>",
            text,
            re.DOTALL,
        )
    )
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
