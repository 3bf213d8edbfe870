"""`make bench`: the pipeline at city scale and above, beside the floor and pandas, in one run.

    python -m bench [--people 600000] [--years 5] [--pairs 3] [--out bench/out]
    python -m bench --readers [--megabytes 100] [--rows 1000000] [--pairs 3]
    python -m bench --linkage [--linkage-people 1000000] [--pairs 3]
    python -m bench --quality
    python -m bench --disclosure

The readers of the two largest formats are measured first (`bench.readers`), and with --readers nothing else;
then the linkage (`bench.linkage`), and with --linkage nothing else. --quality makes the tables of
docs/linkage.md, --disclosure measures rounding and audit alone.
The synthetic city is made once for each size. Results go to the terminal and to a file in `<out>`.
"""

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path

from bench.disclosure import measure_disclosure
from bench.linkage import measure_febrl, measure_linkage, measure_quality
from bench.measure import run
from bench.readers import measure_readers
from pipelines.models import LINKED
from pipelines.paths import Paths

REPOSITORY = Paths.of_repository().root
DISCLOSED = (20_000, 200_000)
"""Published cells of a release that are rounded together and audited."""
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
    parser.add_argument("--linkage", action="store_true", help="measure only the linkage")
    parser.add_argument("--linkage-people", type=int, default=1_000_000, help="residents in its city")
    parser.add_argument(
        "--quality", action="store_true", help="only hold the linkage of whole cities to truth"
    )
    parser.add_argument("--disclosure", action="store_true", help="measure only rounding and audit")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "bench" / "out")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    alone = options.readers or options.linkage or options.quality or options.disclosure
    if options.readers or not alone:
        readers = measure_readers(options.out, options.megabytes, options.rows, options.pairs)
        _save(options.out / f"results-readers-{options.megabytes}-{options.rows}.json", readers)
    if options.linkage or not alone:
        linkage = measure_linkage(options.out, options.linkage_people, options.pairs)
        linkage["febrl"] = measure_febrl(options.out)
        _save(options.out / f"results-linkage-{options.linkage_people}.json", linkage)
    if options.disclosure or not alone:
        _save(options.out / "results-disclosure.json", {"disclosure": measure_disclosure(DISCLOSED)})
    if options.quality:
        _save(options.out / "results-quality.json", measure_quality(options.out))
    if not alone:
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
    """Measure accepted rows to observations three ways, one after the other.

    `linkage_seconds` are those of finding out who is who, which pandas takes from the run before it.
    """
    turn = {"pipeline": run("bench.road", str(root), "accepted"), "floor": run("bench.floor", str(root))}
    stages = turn["pipeline"]["stages"]
    turn["pipeline"]["linkage_seconds"] = sum(s["seconds"] for s in stages if s["name"] == LINKED)
    if pandas:
        turn["pandas"] = run("bench.pandas_road", str(root))
        of_both = {key: turn["floor"]["counts"][key] for key in turn["pandas"]["counts"]}
        if turn["pandas"]["counts"] != of_both:
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
    say("\nAccepted Parquet to observations: seconds inside the process without the linkage, the linkage's")
    say("(medians of the turns)")
    turns = results["turns"]
    for way in turns[0]:
        linkage = statistics.median(t[way].get("linkage_seconds", 0) for t in turns)
        seconds = statistics.median(_without_linkage(t[way]) for t in turns)
        most = max(peak(t[way]) for t in turns)
        ratios = sorted(_without_linkage(t[way]) / _without_linkage(t["floor"]) for t in turns)
        say(
            f"{way:10} {seconds:8.1f} s {linkage:7.1f} s  {most:>7,} MB  "
            f"{ratios[len(ratios) // 2]:6.2f} x the floor ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


def _without_linkage(result: dict) -> float:
    return result["seconds"] - result.get("linkage_seconds", 0)


def peak(result: dict) -> int:
    """Return the most memory that one process of a measurement held, in MB."""
    stages = [stage["peak_mb"] for stage in result.get("stages", ())]
    return max(result["process_peak_mb"], result.get("children_peak_mb", 0), *stages, 0)


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
