"""The ball's velocity before and after its first contact with a car in a decision, and whose contact it was.

RocketSim says when a car touches the ball, but not what comes of it before the end of the tick. So arenas in which a
touch is possible are stepped tick by tick until it has happened.
"""

import numpy as np
import RocketSim as rs

from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.state import State

REACH = 220.0  # uu between the centers of ball and car when they touch, and more
GAIN = 700.0  # uu/s that a flip and boost can add in a decision, and more


class Touches:
    """First touches of the running decision in a batch of arenas; A arenas, C cars."""

    def __init__(self, num_arenas: int, num_cars: int, tick_skip: int) -> None:
        self._before = np.zeros((num_arenas, 3), np.float32)
        self._after = np.zeros((num_arenas, 3), np.float32)
        self._first = np.zeros((num_arenas, num_cars), np.bool_)
        self._seconds = tick_skip / TICKS_PER_SECOND
        self._possible = [True] * num_arenas
        self._touching = [False] * num_arenas  # in the tick, or ticks, being played
        self._over: set[int] = set()  # arenas whose first touch is over

    def watch(self, index: int, arena: rs.Arena) -> None:
        """Hear of touches in an arena from now on; cars have the numbers 1, 2, ... there."""
        arena.set_ball_touch_callback(self._on_touch, index)

    @np.errstate(over="ignore", invalid="ignore")  # the state of an arena that is about to break
    def begin(self, state: State) -> None:
        """Find out in which arenas a car may touch the ball in the decision that begins in `state`."""
        apart = state.position - state.ball_position[:, None]
        closing = state.velocity - state.ball_velocity[:, None]
        distance, speed = np.sqrt((apart * apart).sum(-1)), np.sqrt((closing * closing).sum(-1))
        self._possible = (distance < REACH + (speed + GAIN) * self._seconds).any(axis=1).tolist()

    def step(self, index: int, arena: rs.Arena, ticks: int) -> None:
        """Play `ticks` in an arena."""
        while ticks and self._possible[index] and index not in self._over:
            arena.step(1)
            ticks -= 1
            self._look(index, arena)
        if ticks:
            arena.step(ticks)
            self._look(index, arena)  # after a touch that seemed impossible: the velocity at the end

    def write(self, state: State) -> None:
        """Write the touches of the decision to the `state` at its end, and forget them."""
        if self._over:
            state.ball_velocity_before_touch[:], state.ball_velocity_after_touch[:] = self._before, self._after
            state.first_touch[:] = self._first
            self.forget(np.array(sorted(self._over)))

    def forget(self, indices: np.ndarray) -> None:
        """Forget what happened in the arenas at `indices`."""
        self._before[indices] = self._after[indices] = 0
        self._first[indices] = False
        self._over.difference_update(indices.tolist())
        for i in indices:
            self._possible[i], self._touching[i] = True, False

    def _look(self, index: int, arena: rs.Arena) -> None:
        if self._touching[index]:
            self._touching[index] = False
            velocity = arena.ball.get_state().vel
            self._after[index] = velocity.x, velocity.y, velocity.z
            self._over.add(index)

    def _on_touch(self, arena: rs.Arena, car: rs.Car, data: int) -> None:
        if data in self._over:
            return
        if not self._touching[data]:
            velocity = arena.ball.get_state().vel
            self._before[data] = velocity.x, velocity.y, velocity.z
            self._touching[data] = True
        self._first[data, car.id - 1] = True
