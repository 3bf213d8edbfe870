"""A repeated key is found whatever batch it comes in, and nothing else is."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extracts.contract import Contract
from pipelines.extracts.rules import Unique
from pipelines.extracts.uniqueness import UniquenessMemory

CONTRACT = Contract(
    "enrolment",
    ("learner", "course"),
    (),
    unique=(
        Unique("twice", "course", ("learner", "course"), "An earlier row has the same learner and course."),
        Unique("again", "learner", ("learner",), "An earlier row has it.", exempt=frozenset({"nobody"})),
    ),
)
KEYS = st.tuples(st.sampled_from(["a", "b", "ab", "nobody", None]), st.sampled_from(["a", "b", "bc", None]))


@given(st.lists(st.lists(KEYS, max_size=12), max_size=12))
def test_every_row_after_the_first_with_its_key_is_named(batches):
    memory, seen, line = UniquenessMemory(CONTRACT), set(), 0
    for keys in batches:
        expected = set()
        lines = range(line + 1, line + 1 + len(keys))
        for line, (learner, course) in zip(lines, keys, strict=True):
            for rule, key in (("twice", (learner, course)), ("again", (learner,))):
                if None in key or (rule == "again" and learner == "nobody"):
                    continue
                if (rule, key) in seen:
                    expected.add((line, rule))
                seen.add((rule, key))
        rows = [{"line": str(n), "learner": a, "course": b} for n, (a, b) in zip(lines, keys, strict=True)]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(("line", "learner", "course"), pl.String))
        found = memory.repeats(frame).select("line", "rule").rows()
        assert sorted(found) == sorted(expected)


def test_a_key_is_remembered_over_many_batches():
    memory = UniquenessMemory(CONTRACT)
    for start in range(0, 5_000, 100):
        numbers = [str(n) for n in range(start, start + 100)]
        frame = pl.DataFrame({"line": numbers, "learner": numbers, "course": numbers})
        assert memory.repeats(frame).is_empty()
    last = pl.DataFrame({"line": ["5001", "5002"], "learner": ["0", "4999"], "course": ["0", "x"]})
    found = memory.repeats(last).select("line", "rule").sort("line", "rule").rows()
    assert found == [(5001, "again"), (5001, "twice"), (5002, "again")]
