"""The city over many days on which returns change: does every run end well, and does quiet stay quiet?

    python -m bench.soak [--days 60] [--seed 1] [--root FOLDER] [--without-promise-check]

A copy of the bundled city is run once a day, as the scheduler does. Now and then something happens, drawn by
the seed: a sender corrects a return, one is withdrawn, one is held and then let through, somebody is erased,
the next academic year begins, a run is killed half-way. On most days nothing happens, and nothing may change.
After each day the release is audited beside the ones before it, and the counts are held to what was promised
of them (`bench.promise`). Exit status 1 if anything went otherwise than it should. A day takes half a minute.
"""

import argparse
import json
import re
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from random import Random

from bench.changing_city import REPOSITORY, ChangingCity
from bench.promise import outside_promise
from bench.soak_days import KILLED, UNASKED, Day, Run, command, table
from bench.soak_plan import Plan, plan_of
from pipelines.releases.manifests import faults

AUDIT = ("audit",)
"""How a release is audited beside the ones before it."""
PUBLISHING = ("correct", "withdraw", "release")
"""What must make a release, by how its name begins, unless the run says that its changes wait. An erasure may
change no rounded count; what a first return of a new year makes is the pipeline's business; a held return
must make none."""
WAITS = "changes wait"
"""What a run says of a year that is not revised for so few people."""
KILLED_AFTER = (0.2, 1.5)
"""Shares of the seconds of the run before."""
NOTES = "soak.json"


class Soak:
    """A city under the plan of a seed.

    Args:
        root: where the city is.
        seed: draws what happens.
        plan: on which days.
        promise: whether counts are held to what was promised of them.
    """

    def __init__(self, root: Path, seed: int, plan: Plan, *, promise: bool) -> None:
        self.city, self.root = ChangingCity(root, seed), root
        self.seed, self.plan, self.promise = seed, plan, promise
        self.days: list[Day] = []

    def live(self, number: int) -> Day:
        """Go through a day: what happens, the run, the checks."""
        day = Day(number)
        before = self._releases()
        for place, name in enumerate(names := self.plan.events.get(number, [])):
            rng = Random(f"{self.seed} {number} {place} {name}")
            if name == "erase":
                self._erase(day, rng)
            else:
                day.events.append(self.city.event(name, number, rng))
        if number in self.plan.kills:
            self._run(day, kill_after=self._until_killed(number))
        self._run(day)
        if number == self.plan.twice:
            self._run_again(day)
        if number == 0 and day.done:
            self.city.remember()
        self._look(day, names, before)
        self.days.append(day)
        return day

    def _run(self, day: Day, kill_after: float | None = None) -> None:
        run = command("run", "--root", str(self.root), kill_after=kill_after)
        day.runs.append(run)
        if kill_after:
            ended = "killed" if run.status == KILLED else "ended before it was killed,"
            day.events.append(f"{ended} after {run.seconds:.0f} s")

    def _until_killed(self, number: int) -> float:
        """Return seconds by the last run that went to its end; one in which much is new takes longer."""
        ended = [
            run for day in self.days for run in day.runs if run.command == "run" and run.status != KILLED
        ]
        return Random(f"{self.seed} {number} kill").uniform(*KILLED_AFTER) * ended[-1].seconds

    def _run_again(self, day: Day) -> None:
        before = self._releases()
        self._run(day)
        day.events.append("run twice")
        if day.done and self._releases() != before:
            day.wrong.append("a second run of the same made a release")

    def _erase(self, day: Day, rng: Random) -> None:
        """Have somebody erased, by the number of records that the command says there are."""
        records = self._ask(day, request := self.city.draw_request(rng))
        if not records:
            day.wrong.append(f"to be erased: {records} records found")
            return
        self._request(day, request, "--confirm", str(records), "--inbox")
        day.events.append(f"erased: {records} records")
        if left := self._ask(day, request):
            day.wrong.append(f"{left} records of somebody erased are still there")

    def _ask(self, day: Day, request: str) -> int | None:
        said = re.match(r"([\d,]+) records?:", "\n".join(self._request(day, request).said))
        return int(said[1].replace(",", "")) if said else None

    def _request(self, day: Day, request: str, *more: str) -> Run:
        file = self.root / "request.toml"
        file.touch(0o600)
        file.write_text(request, "utf-8")
        run = command("erase", "--root", str(self.root), "--request", str(file), *more)
        file.unlink()
        day.runs.append(run)
        return run

    def _look(self, day: Day, names: list[str], before: list[str]) -> None:
        """Note what is published, and hold it to what should be."""
        there = self._releases()
        day.releases, day.made = len(there), len(there) - len(before)
        latest = self.root / "var/releases/latest"
        day.wrong += [f"a release has gone: {name}" for name in before if name not in there]
        if day.done:
            # What a failed run left undone, the next one that ends well makes up for.
            made_up = self.days and not self.days[-1].done
            if day.made and not names and not made_up and day.number:
                day.wrong.append(UNASKED)
            waits = any(WAITS in line for run in day.runs for line in run.said)
            if not day.made and not waits and any(name.startswith(PUBLISHING) for name in names):
                day.wrong.append("something changed, but no release appeared")
            if day.made and names == ["hold"]:
                day.wrong.append("a return was only held, but a release appeared")
        # Returns are looked at before anything that is counted, so this holds of a run that failed later too.
        day.wrong += self.city.not_as_expected()
        if latest.exists():
            day.newest = latest.resolve().relative_to(self.root / "var/releases").as_posix()
            day.wrong += [f"release {day.newest}: {fault}" for fault in faults(latest.resolve())]
            self._check(day, latest)

    def _check(self, day: Day, latest: Path) -> None:
        """Audit the newest release beside the ones before it, and ask after the promise."""
        audit = command(*AUDIT, str(latest))
        day.audited = audit.status == 0
        if not day.audited:
            day.wrong.append(f"audit: status {audit.status}: {audit.last}")
        if self.promise:
            day.outside = outside_promise(self.root)
            if day.outside:
                day.wrong.append(f"{day.outside} counts are not what was promised of them")

    def ask_after_the_erased(self) -> None:
        """Look, on the last day, whether somebody who was erased has come in again."""
        day = self.days[-1]
        for number, request in enumerate(self.city.requests, start=1):
            if left := self._ask(day, request):
                day.wrong.append(f"at the end: {left} records of number {number} of the erased")

    def _releases(self) -> list[str]:
        folders = (self.root / "var/releases").glob("*/*")
        return sorted(f"{f.parent.name}/{f.name}" for f in folders if f.name.isdigit())


def main() -> int:
    """Go through the days; say what happened and what went wrong."""
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--root", type=Path, default=REPOSITORY / "bench/out/soak", help="made anew")
    parser.add_argument(
        "--without-promise-check", action="store_true", help="do not ask bench.promise after each day"
    )
    options = parser.parse_args()
    root = _cleared(options.root.resolve())
    plan = plan_of(options.days, options.seed)
    soak = Soak(root, options.seed, plan, promise=not options.without_promise_check)
    for number in range(options.days):
        day = soak.live(number)
        if number == options.days - 1:
            soak.ask_after_the_erased()
        statuses = " ".join(f"{run.command} {run.status} {run.seconds:.0f}s" for run in day.runs)
        print(f"day {number:3}  {statuses}  {day.newest}  {'. '.join(day.events)}", flush=True)
        print("".join(f"         WRONG: {what}\n" for what in day.wrong), end="", flush=True)
        (root / NOTES).write_text(json.dumps([asdict(day) for day in soak.days], indent=1), "utf-8")
        if not number and not day.done:
            break
    print("\n" + "\n".join(table(soak.days)))
    return int(any(not day.well for day in soak.days))


def _cleared(root: Path) -> Path:
    """Make room for a city; take away nothing but an earlier soak."""
    if root.exists() and any(root.iterdir()):
        if not (root / NOTES).exists():
            raise SystemExit(f"{root} is not empty, and no earlier soak")
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / NOTES).write_text("[]", "utf-8")
    return root


if __name__ == "__main__":
    sys.exit(main())
