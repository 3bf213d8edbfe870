"""`make bench`: the pipeline at city scale and above, beside the floor and pandas, in one run.

    python -m bench [--people 600000] [--years 5] [--pairs 3] [--out bench/out]
    python -m bench --readers [--megabytes 100] [--rows 1000000] [--pairs 3]

The readers of the two largest formats are measured first (`bench.readers`), and with --readers nothing else.
The synthetic city is made once for each size. Results go to the terminal and to a file in `<out>`.
"""

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path

from bench.measure import run
from bench.readers import measure_readers
from pipelines.paths import Paths

REPOSITORY = Paths.of_repository().root
ROWS = "{:34} {:>14} {:>9} {:>9}"


def main() -> None:
    """Measure one size of city."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=600_000)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument(
        "--pairs", type=int, default=3, help="how often pipeline, floor and pandas take turns"
    )
    parser.add_argument("--no-pandas", action="store_true", help="leave pandas out (it needs much memory)")
    parser.add_argument("--readers", action="store_true", help="measure only the readers")
    parser.add_argument("--megabytes", type=int, default=100, help="size of the readers' ILR file")
    parser.add_argument("--rows", type=int, default=1_000_000, help="pupils in the readers' school census")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "bench" / "out")
    options = parser.parse_args()
    readers = measure_readers(options.out, options.megabytes, options.rows, options.pairs)
    _save(options.out / f"results-readers-{options.megabytes}-{options.rows}.json", readers)
    if not options.readers:
        _measure_city(options)


def _save(file: Path, results: dict) -> None:
    file.write_text(json.dumps(results, indent=1))


def _measure_city(options: argparse.Namespace) -> None:
    root = options.out / f"{options.people}x{options.years}"
    made = make_city(root, options.people, options.years)
    shutil.rmtree(root / "var", ignore_errors=True)
    first = run("bench.road", str(root), "all")
    again = run("bench.road", str(root), "all")
    turns = [take_turn(root, pandas=not options.no_pandas) for _ in range(options.pairs)]
    results = {
        "people": options.people,
        "years": options.years,
        "generation_seconds": made,
        "first": first,
        "again": again,
        "turns": turns,
    }
    _save(options.out / f"results-{options.people}x{options.years}.json", results)
    show(results, root)


def make_city(root: Path, people: int, years: int) -> float | None:
    """Write the synthetic city unless it is there; return the seconds it took.

    In a process of its own: what is started from a large process is said to have been as large.
    """
    if (root / "city.toml").exists():
        return None
    return run("bench.city", str(root), str(people), str(years))["seconds"]


def take_turn(root: Path, *, pandas: bool) -> dict:
    """Measure accepted rows to observations three ways, one after the other."""
    turn = {"pipeline": run("bench.road", str(root), "accepted"), "floor": run("bench.floor", str(root))}
    if pandas:
        turn["pandas"] = run("bench.pandas_road", str(root))
        if turn["pandas"]["counts"] != turn["floor"]["counts"]:
            raise SystemExit("pandas and SQL do not count the same")
    return turn


def show(results: dict, root: Path) -> None:
    """Print a table of stages and the ratios."""
    size = sum(f.stat().st_size for f in (root / "data" / "raw").rglob("*") if f.is_file()) / 1e6
    say(f"\n{results['people']:,} people, {results['years']} years, {size:,.0f} MB of returns")
    say("\nThe whole pipeline, first run")
    say(ROWS.format("stage", "rows", "seconds", "peak MB"))
    for stage in results["first"]["stages"]:
        rows = "" if stage["rows"] is None else f"{stage['rows']:,}"
        say(ROWS.format(stage["name"], rows, f"{stage['seconds']:.1f}", stage["peak_mb"]))
    for name, what in (("first", "first run"), ("again", "again, nothing changed")):
        say(f"{what}: {results[name]['process_seconds']:.1f} s, largest process {peak(results[name]):,} MB")
    say("\nAccepted Parquet to observations (seconds inside the process; median of the turns)")
    medians = {
        way: statistics.median(t[way]["seconds"] for t in results["turns"]) for way in results["turns"][0]
    }
    for way, seconds in medians.items():
        most = max(peak(t[way]) for t in results["turns"])
        ratios = sorted(t[way]["seconds"] / t["floor"]["seconds"] for t in results["turns"])
        say(
            f"{way:10} {seconds:8.1f} s  {most:>7,} MB  {ratios[len(ratios) // 2]:6.2f} x the floor "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


def peak(result: dict) -> int:
    """Return the most memory that one process of a measurement held, in MB."""
    stages = [stage["peak_mb"] for stage in result.get("stages", ())]
    return max(result["process_peak_mb"], result.get("children_peak_mb", 0), *stages, 0)


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
