"""Which things belong together, where some pairs of them do."""

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def components(nodes: pl.Series, one: pl.Series, other: pl.Series) -> pl.Series:
    """Return for each node the least node that pairs connect it to, at however many steps.

    Args:
        nodes: different numbers.
        one: a node of each pair.
        other: the other node of each pair.
    """
    ordered = nodes.sort()
    places = ordered.search_sorted(one), ordered.search_sorted(other)
    pairs = np.ones(len(one), bool), tuple(place.to_numpy() for place in places)
    _, label = connected_components(coo_array(pairs, shape=(len(ordered), len(ordered))), directed=False)
    # In ascending order, so the first node of a label is its least.
    _, first = np.unique(label, return_index=True)
    least = pl.Series(ordered.to_numpy()[first][label])
    return least.gather(ordered.search_sorted(nodes))
