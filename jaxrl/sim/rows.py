"""From the arrays of RocketSim to raw state rows: one concatenation, one selection of columns for a batch of arenas."""

from collections.abc import Sequence

import numpy as np
import RocketSim as rs

from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.game.state import (
    ARENA_SIZE,
    CAR_SIZE,
    HAS_FLIP_OR_JUMP,
    LONG_AGO,
    NUM_PADS,
    ON_GROUND,
    PREVIOUS_ACTION,
    TICKS_SINCE_CONTACT,
    row_size,
)

# get_gym_state gives (game [4], pads [2, 34], ball [2, 25], car [2, 36], ...): row 0 is the world frame, row 1 the one
# turned for orange, which is not used. In memory the two alternate. Laid end to end:
GYM_SCORE = 2
GYM_PADS = 4
GYM_BALL = GYM_PADS + 2 * NUM_PADS
GYM_CARS = GYM_BALL + 2 * 25
GYM_CAR_SIZE = 2 * 36
BALL_COLUMNS = np.r_[0:3, 7:10, 10:13]  # position, velocity, angular velocity
GYM_DEMOS, GYM_DEMOED, GYM_ON_GROUND, GYM_HIT_BALL, GYM_BOOST = 5, 7, 8, 9, 10
# in the order of a car's 22 numbers: position, forward, up, velocity, angular velocity, boost, on ground, has flip or
# jump (so far: on ground), demolished, ticks since contact (computed), demolitions, previous action (computed)
CAR_COLUMNS = np.r_[
    11:14, 24:27, 30:33, 18:21, 21:24, GYM_BOOST, GYM_ON_GROUND, GYM_ON_GROUND, GYM_DEMOED, 0, GYM_DEMOS, 0
]


def pack_gym_state(game: np.ndarray, *vectors: np.ndarray) -> bytes:
    """What get_gym_state returned, end to end.

    Called arena by arena, while the arrays are still in the cache; several times quicker than numpy's concatenation.
    """
    return b"".join([game, *[vector.T for vector in vectors]])


class RowReader:
    """Turns packed gym states of arenas with `num_cars` cars into rows."""

    def __init__(self, num_cars: int) -> None:
        self._num_cars = num_cars
        self._width = GYM_CARS + GYM_CAR_SIZE * num_cars
        car_starts = GYM_CARS + GYM_CAR_SIZE * np.arange(num_cars)
        self._columns = np.concatenate(
            [
                [GYM_SCORE, GYM_SCORE + 1],
                GYM_BALL + 2 * BALL_COLUMNS,
                GYM_PADS + 2 * np.arange(NUM_PADS),
                (car_starts[:, None] + 2 * CAR_COLUMNS).ravel(),
            ]
        )
        assert self._columns.size == row_size(num_cars)
        self._hit_columns = car_starts + 2 * GYM_HIT_BALL

    def read(self, gyms: list[bytes], cars: Sequence[Sequence[rs.Car]], rows: np.ndarray) -> np.ndarray:
        """Fills `rows` `[A, F]` but for the time since the last contact and the previous action.

        `gyms` are the packed gym states of A arenas, `cars` the cars of each. Returns which car touched the ball since
        its arena was last read: `[A, C]` bool.
        """
        flat = np.frombuffer(b"".join(gyms), np.float32).reshape(len(rows), self._width)
        np.take(flat, self._columns, axis=1, out=rows, mode="clip")
        fields = car_fields(rows, self._num_cars)
        # on the ground a car can jump; only those in the air have to be asked, which takes long
        for i, c in zip(*(indices.tolist() for indices in np.nonzero(fields[..., ON_GROUND] == 0)), strict=True):
            fields[i, c, HAS_FLIP_OR_JUMP] = cars[i][c].get_state().has_flip_or_jump()
        return flat[:, self._hit_columns] > 0

    def read_first(self, gyms: list[bytes], cars: Sequence[Sequence[rs.Car]]) -> np.ndarray:
        """The first rows `[A, F]` of new episodes: no contact, no previous action."""
        rows = np.empty((len(cars), row_size(self._num_cars)), np.float32)
        self.read(gyms, cars, rows)
        fields = car_fields(rows, self._num_cars)
        fields[..., TICKS_SINCE_CONTACT] = LONG_AGO
        fields[..., PREVIOUS_ACTION] = NEUTRAL_ACTION
        return rows


def car_fields(rows: np.ndarray, num_cars: int) -> np.ndarray:
    """The car part of rows `[A, F]` as a view `[A, C, 22]`."""
    return rows[:, ARENA_SIZE:].reshape(len(rows), num_cars, CAR_SIZE)
