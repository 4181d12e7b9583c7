"""What RocketSim finds out about a start state in its first tick only: which wheels are in contact, who is supersonic.

Until then it takes every car to be on the ground, with no wheel in contact.
"""

import numpy as np
import RocketSim as rs

from jaxrl.game.starts.state import StartState
from jaxrl.game.state import State
from jaxrl.sim.rocketsim2.car_states import WHEELS
from jaxrl.sim.rocketsim2.physics import apply_start, make_arena

WHEELS_ON_GROUND = 3  # of a car on the ground, or more
SUPERSONIC = rs.RLConst.SUPERSONIC_START_SPEED  # uu/s


class FirstContacts:
    """An arena in which the first tick of start states is played, so that the episode itself knows nothing of it."""

    def __init__(self, team_size: int) -> None:
        self._team_size = team_size
        self._arena: rs.Arena | None = None
        self._cars: list[rs.Car] = []

    @np.errstate(over="ignore")  # a speed beyond all numbers, which the first decision finds
    def write(self, start: StartState | None, state: State, with_cars: bool) -> None:
        """Complete the first `state` of an arena, which begins as in `start`, None = a kickoff.

        `with_cars`: also what bots do not observe.
        """
        if start is None:
            wheels = np.ones(state.wheels_in_contact.shape)  # all stand on the ground
        else:
            wheels = self._play(start)
            state.on_ground[:] = wheels.sum(axis=1) >= WHEELS_ON_GROUND
            if start.flip_seconds is not None:
                state.has_flip_or_jump[:] = (state.on_ground > 0) | (start.flip_seconds > 0)
        if with_cars:
            state.wheels_in_contact[:] = wheels
            state.supersonic[:] = np.linalg.norm(state.velocity, axis=-1) >= SUPERSONIC

    def _play(self, start: StartState) -> np.ndarray:
        """`[C, 4]`: 1 for wheels in contact. RocketSim looks for them before it moves anything."""
        if self._arena is None:
            self._arena, self._cars = make_arena(self._team_size)
        apply_start(self._arena, self._cars, start)
        self._arena.step(1)
        touching = [car.get_state().wheels_with_contact for car in self._cars]
        return np.array(touching, np.float32)[:, WHEELS]
