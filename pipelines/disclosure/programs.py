"""Linear and integer programs, built piece by piece and solved with HiGHS.

One thread and no limit of time: the same program has the same solution on every machine and at every hour.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import highspy
import numpy as np

Item, Made = TypeVar("Item"), TypeVar("Made")
INFINITY = float("inf")
GAP = 1e-5
"""How much more than the best one a solution of an integer program may cost, as a share."""

NODES = 10_000
"""Branches after which the best solution found must do: as many on every machine, unlike seconds."""
PRIMAL = 4
"""HiGHS's number of the simplex method that goes on well from a solution when only costs have changed.

The first solution it would find four times as slowly as the method that HiGHS chooses."""


class UnsolvedError(Exception):
    """A program was neither solved nor shown to have no solution."""


@dataclass
class Program:
    """Rows `lower <= sum of weight x unknown <= upper` over unknowns with bounds and costs."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    rows: dict[tuple, tuple[float, float]] = field(default_factory=dict)
    """Sorted pairs of unknown and weight → lower, upper: a row that is asked for twice stands once."""

    def unknown(
        self, lower: float = 0, upper: float = INFINITY, *, cost: float = 0, whole: bool = False
    ) -> int:
        """Add an unknown; return its number."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.cost.append(cost)
        self.whole.append(whole)
        return len(self.lower) - 1

    def row(self, terms: Iterable[tuple[int, float]], lower: float, upper: float) -> None:
        """Add a row. Terms of one unknown add up; of two rows with the same terms the tighter bounds hold."""
        weights: dict[int, float] = {}
        for unknown, weight in terms:
            weights[unknown] = weights.get(unknown, 0) + weight
        key = tuple(sorted((unknown, weight) for unknown, weight in weights.items() if weight))
        if key:
            low, high = self.rows.get(key, (-INFINITY, INFINITY))
            self.rows[key] = (max(low, lower), min(high, upper))

    def copy(self) -> "Program":
        """Return the same program, of which bounds and wholeness can be changed."""
        return Program(list(self.lower), list(self.upper), list(self.cost), list(self.whole), self.rows)

    def apart(self) -> list[tuple["Program", dict[int, int]]]:
        """Return programs that have no row in common, each with the numbers of its unknowns: then → there."""
        root = list(range(len(self.lower)))

        def find(one: int) -> int:
            while root[one] != one:
                root[one] = one = root[root[one]]
            return one

        for terms in self.rows:
            first = find(terms[0][0])
            for unknown, _ in terms[1:]:
                root[find(unknown)] = first
        numbers: dict[int, dict[int, int]] = {}
        for one in range(len(root)):
            of = numbers.setdefault(find(one), {})
            of[one] = len(of)
        rows: dict[int, dict[tuple, tuple[float, float]]] = {part: {} for part in numbers}
        for terms, ends in self.rows.items():
            part = find(terms[0][0])
            rows[part][tuple((numbers[part][unknown], weight) for unknown, weight in terms)] = ends
        return [
            (
                Program(
                    *([of[one] for one in its] for of in (self.lower, self.upper, self.cost, self.whole)),
                    rows[part],
                ),
                its,
            )
            for part, its in numbers.items()
        ]

    def solver(self) -> "Solver":
        """Return a solver of the program as it stands."""
        return Solver(self)


class _Quiet(highspy.Highs):
    """HiGHS without its greeting, which it prints as soon as it is asked anything but to be quiet."""

    def enableCallbacks(self) -> None:
        self.silent()
        super().enableCallbacks()


class Solver:
    """HiGHS with a program in it. Asked again with other costs or bounds, it goes on from where it was.

    Args:
        program: the program.
        relaxed: whether unknowns need not be whole.
        gap: how much more than the best one a solution may cost, as a share.
    """

    def __init__(self, program: Program, *, relaxed: bool = False, gap: float = GAP) -> None:
        self._count = len(program.lower)
        self._highs = _Quiet()
        for option, value in {
            "threads": 1,
            "mip_rel_gap": gap,
            "mip_max_nodes": NODES,
        }.items():
            self._highs.setOptionValue(option, value)
        self._highs.passModel(_model(program, relaxed=relaxed))

    def solution(self) -> np.ndarray | None:
        """Return the value of each unknown at the least cost; None where no values fit.

        Raises:
            UnsolvedError: HiGHS gave up.
        """
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kUnknown:
            # Going on from where it was led into numbers that it does not trust: from the beginning, then.
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        good_enough = (
            status == highspy.HighsModelStatus.kSolutionLimit
            and self._highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        )
        if status != highspy.HighsModelStatus.kOptimal and not good_enough:
            raise UnsolvedError(self._highs.modelStatusToString(status))
        return np.array(self._highs.getSolution().col_value)

    @property
    def cost(self) -> float:
        """What the last solution costs."""
        return self._highs.getInfo().objective_function_value

    def bound(self, unknowns: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
        """Give unknowns other bounds."""
        self._highs.changeColsBounds(len(unknowns), unknowns.astype(np.int32), lower, upper)

    def reach(self, terms: Mapping[int, float]) -> tuple[float, float]:
        """Return the least and the most that a sum of unknowns can be; costs that were given are forgotten.

        Raises:
            UnsolvedError: no values fit, or HiGHS gave up.
        """
        self._highs.setOptionValue("simplex_strategy", PRIMAL)
        ends = []
        for sign in (1, -1):
            costs = np.zeros(self._count)
            for unknown, weight in terms.items():
                costs[unknown] = sign * weight
            self._highs.changeColsCost(self._count, np.arange(self._count, dtype=np.int32), costs)
            found = self.solution()
            if found is None:
                raise UnsolvedError("no values fit")
            ends.append(float(sum(weight * found[unknown] for unknown, weight in terms.items())))
        return ends[0], ends[1]


def side_by_side(do: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """Return what is made of each, in order, on all cores: HiGHS works without holding up Python."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(do, items))


def _model(program: Program, *, relaxed: bool) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.lower), len(program.rows)
    model.col_cost_ = np.array(program.cost, dtype=float)
    model.col_lower_, model.col_upper_ = np.array(program.lower, float), np.array(program.upper, float)
    model.row_lower_ = np.array([low for low, _ in program.rows.values()], float)
    model.row_upper_ = np.array([high for _, high in program.rows.values()], float)
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.cumsum([0, *(len(terms) for terms in program.rows)])
    matrix.index_ = np.array([unknown for terms in program.rows for unknown, _ in terms], np.int32)
    matrix.value_ = np.array([weight for terms in program.rows for _, weight in terms], float)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    if any(program.whole) and not relaxed:
        model.integrality_ = [kinds[whole] for whole in program.whole]
    return model
