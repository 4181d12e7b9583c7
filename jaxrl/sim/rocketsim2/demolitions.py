"""Demolished cars: held where they were, and respawned after three seconds at a place that the seed decides.

RocketSim alone would respawn them at places that cannot be seeded.
"""

from collections.abc import Callable

import numpy as np
import RocketSim as rs

from jaxrl.game.layout import LAYOUT
from jaxrl.game.starts.state import RESPAWN_TICKS, StartState
from jaxrl.game.state import State
from jaxrl.sim.rocketsim2.physics import NEVER_SECONDS

POSITION, DEMOED = LAYOUT.columns("position"), LAYOUT.column("demoed")


class Demolitions:
    """Time since the demolition of every car in a batch of arenas."""

    def __init__(self, num_arenas: int, num_cars: int) -> None:
        self.ticks = np.zeros((num_arenas, num_cars), np.int64)  # since the demolition; 0 = not demolished
        self.respawns = np.zeros(num_arenas, np.int64)  # in this episode
        self._any = False  # demolitions are rare, so most decisions can skip the counters

    def start_episodes(self, indices: np.ndarray, starts: list[StartState | None], state: State) -> None:
        """Forget what happened in the arenas at `indices`, which start as in `starts`; complete their first `state`."""
        self.ticks[indices] = 0
        self.respawns[indices] = 0
        for i, start in zip(indices, starts, strict=True):
            if start is not None and start.respawn_ticks is not None:
                left, demolished = start.respawn_ticks, start.respawn_ticks > 0
                self.ticks[i, demolished] = RESPAWN_TICKS - left[demolished].astype(np.int64)
                state.position[i, demolished] = start.position[demolished]
                state.ticks_until_respawn[i] = left
                self._any |= bool(demolished.any())

    def hold(self, cars: list[list[rs.Car]], fields: np.ndarray, ticks: int) -> None:
        """Stop RocketSim's timer of newly demolished cars and count the `ticks` just played for all demolished ones.

        `get_gym_state` puts demolished cars at the origin; their real position is written to `fields` `[A, C, 22]`.
        """
        demoed = fields[..., DEMOED] > 0
        if not (self._any or demoed.any()):
            return
        for i, c in zip(*np.nonzero(demoed), strict=True):
            state = cars[i][c].get_state()
            fields[i, c, POSITION] = state.pos.as_numpy()
            if self.ticks[i, c] == 0:
                state.demo_respawn_timer = NEVER_SECONDS
                cars[i][c].set_state(state)
        self.ticks[:] = np.where(demoed, self.ticks + ticks, 0)
        self._any = bool(demoed.any())

    def respawn_due(self, cars: list[list[rs.Car]], draw_seed: Callable[[int, int], int]) -> None:
        """Respawn cars whose time has come; `draw_seed(arena, respawns so far)` decides where."""
        if not self._any:
            return
        for i, c in zip(*np.nonzero(self.ticks >= RESPAWN_TICKS), strict=True):
            cars[i][c].respawn(draw_seed(int(i), int(self.respawns[i])))
            self.respawns[i] += 1
            self.ticks[i, c] = 0  # being demolished again at once counts as a new demolition
