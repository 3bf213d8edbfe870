"""The two largest formats, each read and judged by the pipeline beside the plainest way of doing it.

    python -m bench --readers [--megabytes 100] [--rows 1000000] [--pairs 3]

An ILR file: the pipeline judges it with all rules and writes accepted rows; `lxml.etree.iterparse`, in one
process, only builds the same rows. A school census: the pipeline, and one DuckDB query that makes the same
checks. Both sides take turns; the run fails unless they count the same rows, and for the census the same
findings of each rule.
"""

import statistics
import sys
from pathlib import Path

from bench.measure import run

_ROWS = "{:14} {:>9} {:>14} {:>9}   {}"


def measure_readers(out: Path, megabytes: int, rows: int, pairs: int) -> dict:
    """Measure both formats, print what was found, and return it."""
    folder = out / "readers"
    # In a process of its own: what is started from a large process is said to have been as large.
    files = run("bench.reader_files", str(folder), str(megabytes), str(rows))
    found = {
        "ilr": _in_turns(files["ilr"], folder, "ilr_iterparse", "ilr_pipeline", pairs),
        "census": _in_turns(files["census"], folder, "csv_duckdb", "csv_pipeline", pairs),
    }
    _say(
        f"\nILR, one file of {megabytes:,} MB: all rules and Parquet, beside iterparse that only builds rows"
    )
    _show(found["ilr"], f"{megabytes:,} MB")
    _say(f"\nSchool census, {rows:,} pupils: all rules and Parquet, beside the same checks in DuckDB's SQL")
    _show(found["census"], f"{rows:,} pupils")
    return found


def _in_turns(file: str, folder: Path, plain: str, ours: str, pairs: int) -> list[dict]:
    """Run both sides in turns, each in a process of its own; check that they count the same.

    Raises:
        SystemExit: they do not.
    """
    turns = []
    for turn in range(pairs):
        # Whoever comes second may find the machine warmer.
        order = (plain, ours) if turn % 2 else (ours, plain)
        sides = {side: run("bench.reader_sides", side, file, str(folder / "judged")) for side in order}
        a, b = sides[plain], sides[ours]
        if a["rows"] != b["rows"] or (a["findings"] and a["findings"] != b["findings"]):
            raise SystemExit(f"{plain} and {ours} do not count the same")
        turns.append(sides)
    return turns


def _show(turns: list[dict], size: str) -> None:
    """Print each side's median, and the ratio's median and spread; the plain side comes first."""
    plain = next(side for side in turns[0] if not side.endswith("pipeline"))
    _say(_ROWS.format("", "seconds", "rows/second", "peak MB", "x the plain way (spread)"))
    for side in sorted(turns[0], key=lambda side: side != plain):
        results = [turn[side] for turn in turns]
        seconds = statistics.median(r["seconds"] for r in results)
        ratios = sorted(turn[side]["seconds"] / turn[plain]["seconds"] for turn in turns)
        spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        rows = f"{sum(results[0]['rows'].values()) / seconds:,.0f}"
        most = max(r["peak_mb"] for r in results)
        _say(_ROWS.format(side, f"{seconds:.1f}", rows, f"{most:,}", spread))
    _say(f"of {size}, {sum(turns[0][plain]['rows'].values()):,} rows")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
