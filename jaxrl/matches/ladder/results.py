"""Who won how often against whom, as matrices, and which players that connects."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Results:
    """What P players did against each other, by matches or by anything else that has a winner, such as goals."""

    players: tuple[str, ...]
    won: np.ndarray  # [P, P] float64: how often the row's player won against the column's
    drawn: np.ndarray  # [P, P] float64, symmetric

    @classmethod
    def empty(cls, players: Sequence[str]) -> "Results":
        """No matches of `players` yet."""
        size = (len(players), len(players))
        return cls(tuple(players), np.zeros(size), np.zeros(size))

    @property
    def played(self) -> np.ndarray:
        """`[P, P]` float64, symmetric: how often two players met."""
        return self.won + self.won.T + self.drawn

    @property
    def decisive(self) -> "Results":
        """The same without draws."""
        return Results(self.players, self.won, np.zeros_like(self.drawn))

    def of(self, members: np.ndarray) -> "Results":
        """Those of some players alone; `members` are their numbers `[K]`."""
        within = np.ix_(members, members)
        return Results(tuple(self.players[k] for k in members), self.won[within], self.drawn[within])

    def add(self, first: int, second: int, won: float, drawn: float, lost: float) -> None:
        """Add results of two players, as the first one sees them."""
        self.won[first, second] += won
        self.won[second, first] += lost
        self.drawn[first, second] += drawn
        self.drawn[second, first] += drawn


def reach(edges: np.ndarray) -> np.ndarray:
    """`[P, P]` bool: whether the column can be reached from the row over `edges` `[P, P]` bool; itself, too."""
    found = edges | np.eye(len(edges), dtype=bool)
    while (further := found @ found).sum() > found.sum():
        found = further
    return found


def groups(results: Results) -> list[list[int]]:
    """The players' numbers in groups that matches connect, the largest group first."""
    connected = reach(results.played > 0)
    found = sorted({tuple(np.flatnonzero(row).tolist()) for row in connected}, key=lambda group: (-len(group), group))
    return [list(group) for group in found]
