"""One side of a reader's measurement, in a process of its own: the pipeline, or the plain way."""

import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
from lxml import etree

from bench.measure import peak_mb, report, reset_peak
from pipelines.extracts import ilr, school_census
from pipelines.extracts.deliveries import Delivery
from pipelines.extracts.ilr_fields import entities
from pipelines.extracts.ilr_header import read_header
from pipelines.extracts.ilr_shapes import HANDED_DOWN, columns_of, constants
from pipelines.extracts.judging import judge
from pipelines.identity.vault import Vault

SQL = Path(__file__).with_name("school_census.sql")
_ENOUGH = 20_000
Found = tuple[dict[str, int], dict[str, int]]
"""Rows read by table, or by what became of them; findings by rule."""


def judged(module: object, files: tuple[Path, ...], folder: Path) -> Found:
    """Judge a return with all rules, as a run does, accepted rows and findings as Parquet."""
    drawer = Vault.throwaway(folder).drawer(folder.resolve() / "return")
    drawer.empty()
    receipt = judge(Delivery("", "", files, module, ("",) * len(files)), drawer, in_place=False)
    if receipt.rule:
        raise SystemExit(receipt.message)
    if module is ilr:
        return receipt.read, receipt.findings
    pupils = school_census.RECORDS
    return {"kept": receipt.kept[pupils], "set aside": receipt.quarantined[pupils]}, receipt.findings


def ilr_pipeline(file: Path, folder: Path) -> Found:
    """Judge an ILR file."""
    return judged(ilr, (file,), folder)


def ilr_iterparse(file: Path, _folder: Path) -> Found:
    """Build the rows of an ILR file with `iterparse`, and nothing else: no rule, no frame, no Parquet."""
    shapes = {e.element: (columns_of(e), {f.field for f in e.fields}) for e in entities().values()}
    outer = constants(read_header(file))
    rows: dict[str, list[tuple]] = {name: [] for name in shapes}
    read: Counter[str] = Counter()
    local: dict[str, str] = {}

    def add(name: str, element: etree._Element, outer: dict) -> None:
        columns, fields = shapes[name]
        values, inside = {}, []
        for child in element:
            tag = child.tag
            inner = local.get(tag) or local.setdefault(tag, tag.rpartition("}")[2])
            if inner in shapes and (inner not in fields or len(child)):
                inside.append((inner, child))
            elif inner in fields and inner not in values:
                text = child.text
                values[inner] = (text.strip() or None) if text else None
        values["line"] = element.sourceline
        row = {**outer, **values}
        rows[name].append(tuple(map(row.get, columns)))
        if inside:
            handed = {**outer, "parent_line": str(values["line"])}
            handed.update((n, values[n]) for n in HANDED_DOWN if n in values)
            for each in inside:
                add(*each, handed)

    tops = [e.element for e in entities().values() if not e.parent]
    for _, element in etree.iterparse(file, tag=[f"{{*}}{name}" for name in tops]):
        add(element.tag.rpartition("}")[2], element, outer)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
        if len(rows["Learner"]) >= _ENOUGH:
            _count(rows, read)
    _count(rows, read)
    return {entities()[name].table: number for name, number in read.items() if number}, {}


def _count(rows: dict[str, list], read: Counter) -> None:
    for name, those in rows.items():
        read[name] += len(those)
        those.clear()


def csv_pipeline(file: Path, folder: Path) -> Found:
    """Judge a school census."""
    return judged(school_census, tuple(sorted(file.parent.glob("*.csv"))), folder)


def csv_duckdb(file: Path, folder: Path) -> Found:
    """Check the pupils of a school census with SQL written by hand; write both kinds of rows as Parquet."""
    with duckdb.connect() as connection:
        for name, value in (("file", str(file)), ("folder", str(folder))):
            connection.execute(f"set variable {name} = ?", [value])
        statements = [s for s in SQL.read_text("utf-8").split(";\n") if s.strip()]
        for statement in statements[:-1]:
            connection.execute(statement)
        counts = connection.execute(statements[-1])
        by_name = dict(zip([c[0] for c in counts.description], counts.fetchone(), strict=True))
    kinds = {"kept": by_name.pop("kept"), "set aside": by_name.pop("set_aside")}
    return kinds, {rule: number for rule, number in by_name.items() if number}


SIDES: dict[str, Callable[[Path, Path], Found]] = {
    side.__name__: side for side in (ilr_pipeline, ilr_iterparse, csv_pipeline, csv_duckdb)
}


def main(side: str, file: Path, folder: Path) -> None:
    """Run one side; report seconds, rows and findings."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    reset_peak()
    started = time.monotonic()
    rows, findings = SIDES[side](file, folder)
    seconds = time.monotonic() - started
    report(seconds=seconds, peak_mb=peak_mb(), rows=rows, findings=findings)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
