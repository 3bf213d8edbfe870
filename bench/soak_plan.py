"""What happens on which day of a soak, drawn by its seed."""

from collections import defaultdict
from dataclasses import dataclass
from random import Random

WEEKLY = ("community_learning", "ilr", "community_learning", "ilr", "student_record")
"""Formats of the weekly corrections, in turn."""
ONCE = ("withdraw_only", "withdraw_correction", "erase", "erase", "begin_next_year")
FEWEST_DAYS = 8
KILLS = 3


@dataclass(frozen=True)
class Plan:
    """The days of a soak, of which the first has number 0 and is the city as it is bundled.

    Args:
        events: day → what happens before its run. On most days nothing does.
        kills: days on which a run is killed half-way, before the one that counts.
        twice: the day on which the same run is made again.
    """

    events: dict[int, list[str]]
    kills: frozenset[int]
    twice: int


def plan_of(days: int, seed: int) -> Plan:
    """Draw a plan: a correction a week, and each of the others once, on no more than half of the days."""
    if days < FEWEST_DAYS:
        raise SystemExit(f"a soak has at least {FEWEST_DAYS} days")
    rng = Random(f"{seed} plan")
    events: dict[int, list[str]] = defaultdict(list)
    turn = rng.randrange(len(WEEKLY))
    for week, first in enumerate(range(0, days, 7)):
        day = rng.randint(max(1, first), min(first + 6, days - 1))
        events[day].append(f"correct {WEEKLY[(turn + week) % len(WEEKLY)]}")
    wanted = len(ONCE) + 2
    quiet = [day for day in range(1, days) if day not in events]
    slots = rng.sample(quiet, min(wanted, max(2, days // 2 - len(events))))
    slots += rng.choices(slots, k=wanted - len(slots))
    held, released = sorted(rng.sample(sorted(set(slots)), 2))
    for day in (held, released):
        slots.remove(day)
    for day, name in ((held, "hold"), (released, "release"), *zip(slots, ONCE, strict=True)):
        events[day].append(name)
    # An erasure is a run of its own: what is left for the day's run to do is nothing.
    killable = sorted(day for day, names in events.items() if set(names) - {"erase"})
    kills = rng.sample(killable, min(KILLS, len(killable)))
    left = [day for day in sorted(events) if day not in kills]
    return Plan(dict(sorted(events.items())), frozenset(kills), rng.choice(left or sorted(events)))
