"""The fields of a row that cost RocketSim 2 something, group by group as something reads them."""

import numpy as np
import RocketSim as rs

from jaxrl.game.field import NUM_PADS
from jaxrl.game.state import State
from jaxrl.sim.rocketsim2.demolitions import RESPAWN_TICKS
from jaxrl.sim.rocketsim2.happenings import Happenings, pad_seconds
from jaxrl.sim.rocketsim2.touches import Touches


class WholeState:
    """The groups in `spec.fields`, of a batch of arenas; A arenas, C cars."""

    def __init__(self, groups: frozenset[str], num_arenas: int, num_cars: int, tick_skip: int) -> None:
        self.reads_cars = "cars" in groups
        self._happenings = Happenings(num_arenas, num_cars) if "happenings" in groups else None
        self._touches = Touches(num_arenas, num_cars, tick_skip) if "touches" in groups else None
        self._pads: list[list[rs.BoostPad]] | None = [[]] * num_arenas if "pads" in groups else None
        self._pad_seconds = np.zeros((num_arenas, NUM_PADS), np.float32)
        self._ball_touched = np.zeros(num_arenas, np.bool_)
        self._tick_skip = tick_skip

    def watch(self, index: int, arena: rs.Arena) -> None:
        """Use an arena that was made."""
        if self._pads is not None:
            self._pads[index] = arena.get_boost_pads()
        for part in (self._happenings, self._touches):
            if part is not None:
                part.watch(index, arena)

    def begin(self, state: State) -> None:
        """Look at the state in which a decision begins, before its first tick."""
        if self._touches is not None:
            self._touches.begin(state)

    def step(self, index: int, arena: rs.Arena, ticks: int) -> None:
        """Play ticks in an arena."""
        if self._touches is None:
            arena.step(ticks)
        else:
            self._touches.step(index, arena, ticks)

    def write(self, state: State, hit: np.ndarray, age_ticks: np.ndarray, demolished: np.ndarray) -> None:
        """Write the fields of this module to the `state` at the end of a decision.

        `hit` `[A, C]` says which cars touched the ball in it, `age_ticks` `[A]` is the age of the episodes and
        `demolished` `[A, C]` the ticks since the demolition of a car, 0 = not demolished.
        """
        self._ball_touched |= hit.any(axis=1)
        state.ticks_since_kickoff[:], state.ball_touched[:] = age_ticks, self._ball_touched
        state.ticks_until_respawn[:] = np.where(demolished > 0, RESPAWN_TICKS - demolished, 0)
        if self._happenings is not None:
            self._happenings.write(state, self._tick_skip)
        if self._touches is not None:
            self._touches.write(state)
        if self._pads is not None:
            pad_seconds(self._pads, state.pads, self._pad_seconds, self._tick_skip)
            state.pad_seconds[:] = self._pad_seconds

    def start_episodes(self, indices: np.ndarray, arenas: list[rs.Arena], state: State) -> None:
        """Forget what happened in the arenas at `indices`, whose first states are in `state`."""
        self._ball_touched[indices], self._pad_seconds[indices] = False, 0
        if self._happenings is not None:
            self._happenings.start_episodes(indices, arenas, state)
        if self._touches is not None:
            self._touches.forget(indices)
