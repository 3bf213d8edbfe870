"""Dives: whole values that fit, near the least cost, and the way back where there are none."""

import random

import numpy as np
import pytest

from pipelines.disclosure import diving
from pipelines.disclosure.diving import dive, whole_solution
from pipelines.disclosure.programs import GAP, Program


def rounded_cube(seed, side=7):
    """Counts of three crossed groups, each to a neighbour so that all sums are neighbours of theirs."""
    draw = random.Random(seed)
    program = Program()
    cube = np.empty((side, side, side), int)
    exact = np.array([draw.randrange(40) / 5 for _ in range(side**3)]).reshape(cube.shape)
    for place, value in np.ndenumerate(exact):
        up = draw.random() < value % 1
        low, high = np.floor(value), np.ceil(value)
        cube[place] = program.unknown(low, high, cost=draw.uniform(1, 2) * (-1 if up else 1), whole=True)
    for axes in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
        for total, numbers in zip(
            np.ravel(exact.sum(axis=axes)),
            np.moveaxis(cube, axes, range(-len(axes), 0)).reshape(-1, side ** len(axes)),
            strict=True,
        ):
            program.row([(number, 1) for number in numbers], np.floor(total), np.ceil(total))
    return program


def triangle():
    """Three numbers of which each two are 1 together: halves, unless a fourth lets two of them be 2.

    A fifth only costs: 1,000.
    """
    program = Program()
    x, y, z = (program.unknown(0, 1, whole=True) for _ in range(3))
    more = program.unknown(0, 1, cost=1, whole=True)
    program.unknown(1, 1, cost=1000)
    program.row([(x, 1), (y, 1)], 1, 1)
    program.row([(y, 1), (z, 1)], 1, 1)
    program.row([(x, 1), (z, 1), (more, -1)], 1, 1)
    return program


def cost_of(program, values):
    return float(np.dot(program.cost, values))


def fits(program, values):
    sums = [sum(weight * values[unknown] for unknown, weight in terms) for terms in program.rows]
    ends = np.array(list(program.rows.values()))
    return (
        np.allclose(values, np.rint(values), atol=1e-6)
        and (values >= np.array(program.lower) - 1e-6).all()
        and (values <= np.array(program.upper) + 1e-6).all()
        and (sums >= ends[:, 0] - 1e-6).all()
        and (sums <= ends[:, 1] + 1e-6).all()
    )


@pytest.mark.parametrize(("seed", "few"), [(0, 8), (1, 8), (2, 1), (3, 1), (4, 300)])
def test_a_dive_ends_at_whole_values_that_fit_and_cost_little_more_than_the_best(monkeypatch, seed, few):
    """Of 343 counts a few go another way than in the best solution: here up to a hundredth of the cost."""
    monkeypatch.setattr(diving, "NEAR", 0.05)
    monkeypatch.setattr(diving, "FEW", few)
    program = rounded_cube(seed)
    best, found = program.solver().solution(), dive(program)
    assert fits(program, best)
    assert fits(program, found)
    least = cost_of(program, best)
    assert least - GAP * abs(least) <= cost_of(program, found) <= least + 0.01 * abs(least)


@pytest.mark.parametrize(("at_once", "few"), [(0.1, 8), (1.0, 1)])
def test_what_does_not_fit_is_solved_with_what_stands_in_one_row(monkeypatch, at_once, few):
    """Neither all three to nought nor the first alone fits, but for the fourth, which is nought at first."""
    monkeypatch.setattr(diving, "AT_ONCE", at_once)
    monkeypatch.setattr(diving, "FEW", few)
    monkeypatch.setattr(diving, "NEAR", 0.01)
    program = triangle()
    found = dive(program)
    assert fits(program, found)
    assert found.tolist() == pytest.approx([1, 0, 1, 1, 1])
    monkeypatch.setattr(diving, "RINGS", 0)
    assert dive(program) is None


def test_a_dead_end_is_none():
    program = triangle()
    program.upper[3] = 0
    assert program.solver().solution() is None
    assert dive(program) is None
    impossible = triangle()
    impossible.upper[:3] = [0] * 3
    assert dive(impossible) is None


def test_what_costs_too_much_is_none_and_is_solved_to_the_end(monkeypatch):
    """The triangle's relaxation costs 1,000, its best solution 1,001: a thousandth more."""
    program = triangle()
    assert dive(program) is None
    monkeypatch.setattr(diving, "LARGE", 0)
    assert cost_of(program, whole_solution(program)) == pytest.approx(1001)


@pytest.mark.parametrize(("large", "dives"), [(5, 0), (4, 1)])
def test_only_large_programs_are_dived_into(monkeypatch, large, dives):
    asked = []
    monkeypatch.setattr(diving, "LARGE", large)
    monkeypatch.setattr(diving, "dive", asked.append)
    whole_solution(triangle())
    assert len(asked) == dives
