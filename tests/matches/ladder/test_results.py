"""Matrices of results, and whom matches connect."""

import numpy as np

from jaxrl.matches.ladder.results import Results, groups, reach


def test_results_are_seen_from_both_sides():
    found = Results.empty("abc")
    found.add(0, 1, 3, 2, 1)
    found.add(1, 0, 4, 0, 0)
    assert (found.won[0, 1], found.won[1, 0]) == (3, 5)
    assert found.drawn[0, 1] == found.drawn[1, 0] == 2
    assert found.played[0, 1] == found.played[1, 0] == 10
    assert found.decisive.played[0, 1] == 8
    part = found.of(np.array([1, 2]))
    assert part.players == ("b", "c")
    assert part.played.sum() == 0


def test_groups_are_connected_through_others():
    """a - b - c and d - e, and f alone; reach goes one way: from a over b to c, not back."""
    found = Results.empty("abcdef")
    for first, second in ((0, 1), (1, 2), (3, 4)):
        found.add(first, second, 1, 0, 0)
    assert groups(found) == [[0, 1, 2], [3, 4], [5]]
    chains = reach(found.won > 0)
    assert chains[0, 2]
    assert not chains[2, 0]
    assert chains[5, 5]


def test_a_long_chain_is_followed_to_its_end():
    edges = np.eye(40, k=1, dtype=bool)
    assert reach(edges)[0, 39]
