"""Whole solutions of large programs: a dive from the relaxation, then a small program around where it ends.

Branch and bound looks for the very best solution, and in a large rounding spends nine tenths of its time on
cuts before it has any. The relaxation of a rounding is nearly whole already (one unknown in twenty is not):
the rest can be fixed a few at a time, the nearest to a whole number first, with the others free to follow.
What the dive moved or found between numbers is then solved to the end, with all else as it is.
"""

from dataclasses import replace

import numpy as np

from pipelines.disclosure.programs import GAP, Program, Solver

LARGE = 20_000
"""Unknowns of a program that is dived into: a city's release has fewer, and is solved to the end."""
AT_ONCE = 0.2
"""Share of the unknowns between whole numbers that are fixed together."""
NEAR = 1e-4
"""How much more than the relaxation a solution may cost, as a share; else it is solved to the end."""
WHOLE = 1e-6


def whole_solution(program: Program) -> np.ndarray | None:
    """Return the value of each unknown at, or of a large program near, the least cost; None where none fit.

    Raises:
        UnsolvedError: HiGHS gave up.
    """
    found = dive(program) if len(program.lower) > LARGE else None
    return program.solver().solution() if found is None else found


def dive(program: Program) -> np.ndarray | None:
    """Return values near the least cost; None where the dive comes to a dead end, or they cost too much."""
    relaxed = Solver(program, relaxed=True)
    start = found = relaxed.solution()
    if found is None:
        return None
    least, whole = relaxed.cost, np.array(program.whole)
    lower, upper = np.array(program.lower, float), np.array(program.upper, float)
    while (between := np.flatnonzero(whole & _between(found))).size:
        if (found := _with_some_fixed(relaxed, found, between, lower, upper)) is None:
            return None
    # Around where it ended: with all that neither was nor came to be another number.
    same = whole & ~_between(start) & (np.abs(found - start) < WHOLE)
    lower[same] = upper[same] = np.rint(start[same])
    around = Solver(replace(program, lower=lower.tolist(), upper=upper.tolist()), gap=GAP / 10)
    best = around.solution()
    return best if best is not None and around.cost - least <= NEAR * abs(least) else None


def _between(values: np.ndarray) -> np.ndarray:
    return np.abs(values - np.rint(values)) > WHOLE


def _with_some_fixed(
    relaxed: Solver, found: np.ndarray, between: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> np.ndarray | None:
    """Fix those nearest to a whole number there, as many as can be; return the solution with them, if any."""
    distance = np.abs(found[between] - np.rint(found[between]))
    several = between[np.argsort(distance, kind="stable")][: int(np.ceil(len(between) * AT_ONCE))]
    while several.size:
        nearest = np.rint(found[several])
        relaxed.bound(several, nearest, nearest)
        if (solution := relaxed.solution()) is not None:
            return solution
        relaxed.bound(several, lower[several], upper[several])
        first, several = several[:1], several[: len(several) // 2]
    other = 2 * np.floor(found[first]) + 1 - np.rint(found[first])
    relaxed.bound(first, other, other)
    return relaxed.solution()
