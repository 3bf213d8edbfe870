"""The linkage at city scale, beside two plainer ways of finding out who is who, on the same records.

    python -m bench --linkage [--linkage-people 1000000] [--pairs 3]
    python -m bench --quality

Staged records are written straight (`bench.linkage_roll`). The pipeline's step and both plain ways
(`number_only.sql`, `exact_names.sql`) run in turns, each in a process of its own, and each is held against
the truth. FEBRL's data sets follow, which others have measured too. `--quality` makes the tables of
docs/linkage.md, on whole synthetic cities.
"""

import statistics
import sys
from pathlib import Path

from bench.linkage_sides import SIDES
from bench.linkage_tables import PROFILES
from bench.measure import run

YEARS = 5
_ROWS = "{:14} {:>8} {:>9} {:>10} {:>10} {:>9} {:>12}"
_QUALITY = "{way:24} {precision:.5f} {recall:.5f} split {split:.2%} persons {error:+.2%}"
_STAGE = "  {:24} {:>12} {:>8} {:>9}"


def measure_linkage(out: Path, people: int, pairs: int) -> dict:
    """Measure all sides in turns, print what was found, and return it."""
    root = out / f"linkage-{people}x{YEARS}"
    made = run("bench.linkage_roll", str(root), str(people), str(YEARS), "realistic")
    turns = []
    for turn in range(pairs):
        # Whoever comes second may find the machine warmer.
        order = SIDES if turn % 2 == 0 else SIDES[::-1]
        turns.append({side: run("bench.linkage_sides", str(root), side) for side in order})
    _show(turns)
    return {"people": people, "generation_seconds": made["seconds"], "turns": turns}


def measure_febrl(out: Path) -> dict:
    """Measure the linkage on FEBRL's data sets, print what was found, and return it."""
    found = run("bench.febrl", str(out / "febrl"))
    say("\nFEBRL" + (f": left out, {found['skipped']}" if "skipped" in found else ""))
    for row in found.get("rows", ()):
        say("{data:10} {way:30} {precision:>9.5f} {recall:>9.5f} {f1:>9.5f}".format(**row))
    return found


def measure_quality(out: Path) -> dict:
    """Hold the linkage of whole cities against the truth, print what was found, and return it."""
    found = run("bench.linkage_tables", str(out / "quality"))
    for profile in PROFILES:
        city = found[profile]
        say(f"\n{profile}: {city['records']:,} records of {city['persons']:,} persons")
        for way, quality in city["quality"].items():
            say(_QUALITY.format(way=way, error=quality["count"] - 1, **quality))
        say("bounds: {coarser:.4f} to {finer:.4f}".format(**city["bounds"]))
        for by in ("collection", "band"):
            rows = city["errors"]["every tier"][by]
            plain = {row[by]: row["error"] for row in city["errors"]["exact_names"][by]}
            for row in rows:
                say(f"  {row[by]:24} {row['true']:>8,} {row['error']:>+9.2%} {plain[row[by]]:>+9.2%}")
    return found


def _show(turns: list[dict]) -> None:
    first = turns[0][SIDES[0]]
    say(f"\nWho is who: {first['records']:,} records of {first['persons']:,} persons, {YEARS} years")
    say(_ROWS.format("", "seconds", "peak MB", "precision", "recall", "persons", "x the linkage"))
    for side in SIDES:
        results = [turn[side] for turn in turns]
        ratio = statistics.median(turn[side]["seconds"] / turn[SIDES[0]]["seconds"] for turn in turns)
        quality = results[0]["quality"]
        say(
            _ROWS.format(
                side,
                f"{statistics.median(r['seconds'] for r in results):.1f}",
                f"{max(r['peak_mb'] for r in results):,}",
                f"{quality['precision']:.5f}",
                f"{quality['recall']:.5f}",
                f"{quality['count'] - 1:+.2%}",
                f"{ratio:.2f}",
            )
        )
    say(_STAGE.format("steps of the linkage", "rows", "seconds", "peak MB"))
    for number, stage in enumerate(first["stages"]):
        seconds = statistics.median(turn[SIDES[0]]["stages"][number]["seconds"] for turn in turns)
        rows = "" if stage["rows"] is None else f"{stage['rows']:,}"
        say(_STAGE.format(stage["name"], rows, f"{seconds:.1f}", stage["peak_mb"]))


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")
