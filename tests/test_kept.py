"""What is kept and what is made again: by hand, on tables of one row."""

import pytest

from pipelines import warehouse
from pipelines.kept import Kept


@pytest.fixture
def connection():
    with warehouse.connect(None) as connection:
        yield connection


class Recipe:
    """Counts how often it is followed."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return 7


def test_what_is_made_of_the_same_is_kept_with_its_number(connection):
    kept, recipe = Kept(connection), Recipe()
    first = kept.make("core.a", kept.fingerprint("select 1"), recipe)
    again = kept.make("core.a", kept.fingerprint("select 1"), recipe)
    assert (first.number, first.kept, again.number, again.kept, recipe.times) == (7, False, 7, True, 1)


@pytest.mark.parametrize(
    "other",
    [
        lambda connection: Kept(connection).fingerprint("select 2", ["core.a"]),
        lambda connection: Kept(connection, b"another secret").fingerprint("select 1", ["core.a"]),
        lambda connection: Kept(connection).fingerprint("select 1"),
    ],
    ids=["another query", "another secret", "other ingredients"],
)
def test_what_is_made_of_something_else_is_made_again(connection, other):
    kept, recipe = Kept(connection), Recipe()
    kept.make("core.a", kept.fingerprint("base"), Recipe())
    kept.make("core.b", kept.fingerprint("select 1", ["core.a"]), recipe)
    kept.make("core.b", other(connection), recipe)
    assert recipe.times == 2


def test_what_reads_a_table_that_changed_is_made_again(connection):
    kept, recipe = Kept(connection), Recipe()
    for base in ("old", "new"):
        kept.make("core.a", kept.fingerprint(base), Recipe())
        kept.make("core.b", kept.fingerprint("select 1", ["core.a"]), recipe)
    assert recipe.times == 2


def test_what_reads_a_table_of_unknown_origin_is_always_made_again(connection):
    kept, recipe = Kept(connection), Recipe()
    for _ in range(2):
        made = kept.make("core.b", kept.fingerprint("select 1", ["core.unknown"]), recipe)
    assert (made.fingerprint, recipe.times) == (None, 2)


def test_what_failed_half_way_is_made_again_even_where_the_old_inputs_come_back(connection):
    kept, recipe = Kept(connection), Recipe()
    kept.make("core.a", kept.fingerprint("old"), recipe)

    def fail():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.make("core.a", kept.fingerprint("new"), fail)
    assert not kept.make("core.a", kept.fingerprint("old"), recipe).kept


def test_what_is_forgotten_is_made_again(connection):
    kept, recipe = Kept(connection), Recipe()
    kept.make("file", kept.fingerprint("x"), recipe)
    kept.forget("file")
    kept.make("file", kept.fingerprint("x"), recipe)
    assert recipe.times == 2
