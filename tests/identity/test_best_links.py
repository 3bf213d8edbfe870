"""Which links are taken: best first, no ties, nobody whom a provider keeps apart, no cluster too large."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.identity.best_links import Limits, best_links
from pipelines.identity.components import components

LIMITS = Limits(link=0.8, sure=0.999, doubtful=0.05, largest=4)
PAIRS = {"a": pl.Int64, "b": pl.Int64, "weight": pl.Float64, "probability": pl.Float64}
SEATS = {"entity_id": pl.Int64, "unit": pl.String, "seat": pl.String}


def clusters(entities, links, seats=(), doubts=(), limits=LIMITS):
    """Cluster; a link is two entities and a probability, its weight follows from it."""
    pairs = [(a, b, p / (1 - p), p) for a, b, p in links]
    return best_links(
        pl.Series(range(1, entities + 1), dtype=pl.Int64),
        pl.DataFrame(pairs, schema=PAIRS, orient="row"),
        pl.DataFrame(list(doubts), schema={"a": pl.Int64, "b": pl.Int64}, orient="row"),
        pl.DataFrame(list(seats), schema=SEATS, orient="row"),
        limits,
    )


def of(found, column="person"):
    """Return the clusters as sets, in order."""
    groups = found.of_entity.group_by(column).agg("entity_id")["entity_id"].to_list()
    return sorted((set(group) for group in groups), key=min)


def test_each_others_best_are_one():
    found = clusters(4, [(1, 2, 0.99), (3, 4, 0.9), (2, 3, 0.5)])
    assert of(found) == [{1, 2}, {3, 4}]
    assert of(found, "coarser") == [{1, 2, 3, 4}]
    assert of(found, "finer") == [{1}, {2}, {3}, {4}]


def test_a_chain_of_links_is_one_person():
    assert of(clusters(3, [(1, 2, 0.99), (2, 3, 0.9)])) == [{1, 2, 3}]


def test_two_strangers_equally_likely_are_neither():
    found = clusters(3, [(1, 2, 0.99), (1, 3, 0.99)])
    assert of(found) == [{1}, {2}, {3}]
    assert found.refused["reason"].to_list() == ["tie", "tie"]
    assert of(found, "coarser") == [{1, 2, 3}]


def test_three_that_say_the_same_are_one():
    assert of(clusters(3, [(1, 2, 0.99), (1, 3, 0.99), (2, 3, 0.99)])) == [{1, 2, 3}]


def test_a_tie_leaves_other_links_alone():
    found = clusters(5, [(1, 2, 0.99), (1, 3, 0.99), (4, 5, 0.9)])
    assert of(found) == [{1}, {2}, {3}, {4, 5}]


def test_whom_a_provider_keeps_apart_are_two():
    seats = [(1, "college/2024", "7"), (2, "college/2024", "8")]
    found = clusters(2, [(1, 2, 0.9999)], seats)
    assert of(found) == [{1}, {2}]
    assert found.refused["reason"].to_list() == ["kept apart"]
    assert of(clusters(2, [(1, 2, 0.9999)], [(1, "college/2024", "7"), (2, "college/2024", "7")])) == [{1, 2}]


def test_nor_are_they_joined_through_a_third():
    seats = [(1, "college/2024", "7"), (3, "college/2024", "8")]
    assert of(clusters(3, [(1, 2, 0.99), (2, 3, 0.9)], seats)) == [{1, 2}, {3}]


def test_no_cluster_is_larger_than_the_limit():
    found = clusters(5, [(1, 2, 0.999), (2, 3, 0.99), (3, 4, 0.98), (4, 5, 0.9)])
    assert max(map(len, of(found))) <= 4
    assert "too many" in found.refused["reason"].to_list()


def test_what_is_less_likely_than_the_limit_is_no_link():
    assert of(clusters(2, [(1, 2, 0.79)])) == [{1}, {2}]
    assert of(clusters(2, [(1, 2, 0.8)])) == [{1, 2}]


def test_other_doubts_only_widen_the_bounds():
    found = clusters(2, [], doubts=[(1, 2)])
    assert (of(found), of(found, "coarser")) == ([{1}, {2}], [{1, 2}])


links = st.lists(
    st.tuples(st.integers(1, 8), st.integers(1, 8), st.sampled_from([0.1, 0.5, 0.85, 0.9, 0.9995])).filter(
        lambda link: link[0] < link[1]
    ),
    max_size=15,
    unique_by=lambda link: link[:2],
)
seats = st.lists(st.tuples(st.integers(1, 8), st.sampled_from("UV"), st.sampled_from("12")), max_size=4)


@settings(deadline=None)
@given(links, seats)
def test_bounds_enclose_the_persons_and_the_order_of_links_does_not_matter(drawn, seated):
    found = clusters(8, drawn, seated)
    assert of(clusters(8, drawn[::-1], seated[::-1])) == of(found)
    persons = of(found)
    assert all(any(fine <= person for person in persons) for fine in of(found, "finer"))
    assert all(any(person <= coarse for coarse in of(found, "coarser")) for person in persons)
    assert max(map(len, persons)) <= 4


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_components_are_what_is_reached_step_by_step(pairs):
    reached = {node: node for node in range(10)}
    for _ in range(10):
        for a, b in pairs:
            reached[a] = reached[b] = min(reached[a], reached[b])
    one, other = ([pair[side] for pair in pairs] for side in (0, 1))
    nodes = pl.Series(range(10), dtype=pl.Int64)
    found = components(nodes, pl.Series(one, dtype=pl.Int64), pl.Series(other, dtype=pl.Int64))
    assert found.to_list() == list(reached.values())


@pytest.mark.parametrize("entities", [1, 3])
def test_without_links_everybody_is_alone(entities):
    assert of(clusters(entities, [])) == [{n} for n in range(1, entities + 1)]
