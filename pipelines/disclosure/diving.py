"""Whole solutions of large programs: a dive from the relaxation, then a small program around where it ends.

Branch and bound looks for the very best solution, and in a large rounding spends nine tenths of its time on
cuts before it has any. The relaxation of a rounding is nearly whole already (one unknown in twenty is not):
the rest can be fixed a few at a time, the nearest to a whole number first, with the others free to follow,
until a few do not fit. What the dive moved or found between numbers is then solved to the end, with all else
as it is; if that does not fit, together with what stands in one row with those few, and with these in turn.
"""

import numpy as np

from pipelines.disclosure.programs import GAP, Program, Solver

LARGE = 20_000
"""Unknowns of a program that is dived into: a city's release has fewer, and is solved to the end."""
AT_ONCE = 0.3
"""Share of the unknowns between whole numbers that are fixed together."""
FEW = 8
"""Where so few do not fit, the dive ends."""
RINGS = 3
"""How often what stands in one row is freed, too, before all is solved to the end."""
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
    """Return values near the least cost; None where none were found, or they cost too much."""
    relaxed = Solver(program, relaxed=True)
    start = relaxed.solution()
    if start is None:
        return None
    least, whole = relaxed.cost, np.array(program.whole)
    end = _end_of_dive(program, relaxed, start)
    left = whole & _between(end)
    free = left | whole & (_between(start) | (np.abs(end - start) > WHOLE))
    for _ in range(RINGS + 1):
        fixed = np.flatnonzero(whole & ~free)
        around = Solver(program, gap=GAP / 10)
        around.bound(fixed, np.rint(end[fixed]), np.rint(end[fixed]))
        if (best := around.solution()) is not None:
            return best if around.cost - least <= NEAR * abs(least) else None
        left = whole & _in_one_row(program, left)
        free |= left
    return None


def _between(values: np.ndarray) -> np.ndarray:
    return np.abs(values - np.rint(values)) > WHOLE


def _end_of_dive(program: Program, relaxed: Solver, found: np.ndarray) -> np.ndarray:
    """Return the relaxation's solution with as many unknowns fixed at whole numbers as fit easily."""
    whole = np.array(program.whole)
    lower, upper = np.array(program.lower, float), np.array(program.upper, float)
    while (between := np.flatnonzero(whole & _between(found))).size:
        distance = np.abs(found[between] - np.rint(found[between]))
        several = between[np.argsort(distance, kind="stable")][: int(np.ceil(len(between) * AT_ONCE))]
        while (solution := _with(relaxed, several, np.rint(found[several]))) is None:
            relaxed.bound(several, lower[several], upper[several])
            if several.size <= FEW:
                return found
            several = several[: several.size // 2]
        found = solution
    return found


def _with(relaxed: Solver, unknowns: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    relaxed.bound(unknowns, values, values)
    return relaxed.solution()


def _in_one_row(program: Program, those: np.ndarray) -> np.ndarray:
    """Return which unknowns stand in one row with one of those, and those."""
    lengths = [len(terms) for terms in program.rows]
    row = np.repeat(np.arange(len(lengths)), lengths)
    unknown = np.fromiter((number for terms in program.rows for number, _ in terms), int, len(row))
    touched = np.zeros(len(lengths), bool)
    touched[row[those[unknown]]] = True
    together = those.copy()
    together[unknown[touched[row]]] = True
    return together
