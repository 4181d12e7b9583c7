"""The episodes that are being played, as what made them: start and actions, from which they can be played again."""

from typing import NamedTuple

import numpy as np


class RunningEpisodes(NamedTuple):
    """The running episodes of N arenas with C cars: everything that their next step depends on.

    A snapshot would not do: wheels and contacts remember what no getter tells.
    """

    seeds: np.ndarray  # [N] uint64, from which all random numbers of the episode follow
    starts: np.ndarray  # [N, S] float32: ball, then each car; NaN throughout for a kickoff
    lengths: np.ndarray  # [N] int64: decisions so far
    actions: np.ndarray  # [C * sum(lengths)] uint16: of all cars, decision after decision, arena after arena
    rows: np.ndarray  # [N, F] float32: the states they have led to
    episode: np.ndarray  # [N] int64: number of the episode that each arena plays next
    started_as: np.ndarray  # [N] int64: index of the start state
    broken_in_a_row: np.ndarray  # [K] int64, by start state: see Episodes.ended
