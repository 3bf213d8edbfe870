"""Programs by hand: what HiGHS is asked, and what it may not leave unsaid."""

import random

import pytest
from highspy import HighsModelStatus

from pipelines.disclosure import programs
from pipelines.disclosure.programs import INFINITY, Program, UnsolvedError


def test_the_least_cost_and_whole_numbers():
    """2 x + 3 y >= 7 at cost x + 2 y: x = 4 where whole, 3.5 where not."""
    for whole, cost in ((True, 4.0), (False, 3.5)):
        program = Program()
        x, y = (program.unknown(cost=c, whole=whole) for c in (1, 2))
        program.row([(x, 2), (y, 3)], 7, INFINITY)
        found = program.solver().solution()
        assert found[x] + 2 * found[y] == pytest.approx(cost)


def test_terms_of_one_unknown_add_up_and_the_tighter_bounds_of_a_row_hold():
    program = Program()
    x = program.unknown(upper=100)
    program.row([(x, 1), (x, 1)], 0, 30)
    program.row([(x, 2)], 4, 90)
    program.row([(x, 1), (x, -1)], -INFINITY, INFINITY)
    assert len(program.rows) == 1
    assert program.solver().reach({x: 1}) == (2, 15)


def test_one_solver_reaches_for_one_thing_after_the_other():
    program = Program()
    x, y = program.unknown(), program.unknown()
    program.row([(x, 1), (y, 1)], 3, 8)
    solver = program.solver()
    assert solver.reach({x: 1}) == (0, 8)
    assert solver.reach({x: 1, y: 1}) == (3, 8)
    assert solver.reach({y: 1}) == (0, 8)


def test_no_solution_is_none_and_nothing_to_reach():
    program = Program()
    x = program.unknown(0, 1)
    program.row([(x, 1)], 2, 3)
    assert program.solver().solution() is None
    with pytest.raises(UnsolvedError, match="no values fit"):
        program.solver().reach({x: 1})


def test_what_is_endless_is_not_solved():
    program = Program()
    program.unknown(cost=-1)
    with pytest.raises(UnsolvedError, match="nbounded"):
        program.solver().solution()


@pytest.mark.parametrize(("nodes", "found"), [(1, True), (0, False)])
def test_after_so_many_branches_the_best_so_far_must_do(monkeypatch, nodes, found):
    """A knapsack of four dimensions that takes many thousand branches."""
    monkeypatch.setattr(programs, "NODES", nodes)
    draw = random.Random(0)
    program, weights = Program(), [[draw.randint(100, 1000) for _ in range(60)] for _ in range(4)]
    things = [program.unknown(0, 1, cost=-sum(w[i] for w in weights), whole=True) for i in range(60)]
    for weight in weights:
        program.row(zip(things, weight, strict=True), 0, sum(weight) // 2)
    if found:
        values = program.solver().solution()
        assert all(
            sum(w * v for w, v in zip(weight, values, strict=True)) <= sum(weight) // 2 + 1e-6
            for weight in weights
        )
    else:
        with pytest.raises(UnsolvedError):
            program.solver().solution()


def test_where_going_on_led_astray_it_starts_from_the_beginning(monkeypatch):
    """HiGHS does not trust its numbers; begun again it does, or has given up."""
    program = Program()
    x = program.unknown(2, 5, cost=1)
    for again, found in ((HighsModelStatus.kOptimal, 2), (HighsModelStatus.kUnknown, None)):
        solver, begun = program.solver(), []
        states = iter([HighsModelStatus.kUnknown, again])
        monkeypatch.setattr(solver._highs, "getModelStatus", lambda states=states: next(states))
        monkeypatch.setattr(solver._highs, "clearSolver", lambda begun=begun: begun.append(1))
        if found:
            assert solver.solution()[x] == found
        else:
            with pytest.raises(UnsolvedError, match="Unknown"):
                solver.solution()
        assert begun == [1]


def test_nothing_is_printed(capfd):
    program = Program()
    program.unknown(0, 1)
    program.solver().solution()
    assert capfd.readouterr() == ("", "")
