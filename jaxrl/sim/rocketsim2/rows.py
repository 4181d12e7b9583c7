"""From the arrays of RocketSim to raw state rows: one concatenation, one selection of columns for a batch of arenas."""

from array import array
from collections.abc import Sequence

import numpy as np
import RocketSim as rs

from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.game.field import NUM_PADS
from jaxrl.game.state import (
    ARENA_SIZE,
    CAR_SIZE,
    HAS_FLIP_OR_JUMP,
    LONG_AGO,
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
# jump (not here), demolished, ticks since contact (not here), demolitions, previous action (not here)
CAR_COLUMNS = np.r_[11:14, 24:27, 30:33, 18:21, 21:24, GYM_BOOST, GYM_ON_GROUND, 0, GYM_DEMOED, 0, GYM_DEMOS, 0]


def read_arena(arena: rs.Arena, cars: Sequence[rs.Car]) -> bytes:
    """One arena's gym state end to end, and behind it whether each car has a flip or a jump.

    Read arena by arena, right after its step, while all of it is in the cache; joining bytes is several times quicker
    than numpy's concatenation.
    """
    game, *vectors = arena.get_gym_state()
    # on the ground a car can always jump; only those in the air have to be asked, which takes longer
    can_jump = [
        1.0 if vector[0, GYM_ON_GROUND] else float(car.get_state().has_flip_or_jump())
        for car, vector in zip(cars, vectors[2:], strict=True)
    ]
    return b"".join([game, *[vector.T for vector in vectors], array("f", can_jump)])


class RowReader:
    """Turns what `read_arena` gave for arenas with `num_cars` cars into rows."""

    def __init__(self, num_cars: int) -> None:
        self._num_cars = num_cars
        car_starts = GYM_CARS + GYM_CAR_SIZE * np.arange(num_cars)
        can_jump = GYM_CARS + GYM_CAR_SIZE * num_cars
        self._width = can_jump + num_cars
        car_columns = car_starts[:, None] + 2 * CAR_COLUMNS
        car_columns[:, HAS_FLIP_OR_JUMP] = can_jump + np.arange(num_cars)
        self._columns = np.concatenate(
            [
                [GYM_SCORE, GYM_SCORE + 1],
                GYM_BALL + 2 * BALL_COLUMNS,
                GYM_PADS + 2 * np.arange(NUM_PADS),
                car_columns.ravel(),
            ]
        )
        assert self._columns.size == row_size(num_cars)
        self._hit_columns = car_starts + 2 * GYM_HIT_BALL

    def read(self, arenas: list[bytes], rows: np.ndarray) -> np.ndarray:
        """Fills `rows` `[A, F]` but for the time since the last contact and the previous action.

        Returns which car touched the ball since its arena was last read: `[A, C]` bool.
        """
        flat = np.frombuffer(b"".join(arenas), np.float32).reshape(len(rows), self._width)
        np.take(flat, self._columns, axis=1, out=rows, mode="clip")
        return flat[:, self._hit_columns] > 0

    def read_first(self, arenas: list[bytes]) -> np.ndarray:
        """The first rows `[A, F]` of new episodes: no contact, no previous action."""
        rows = np.empty((len(arenas), row_size(self._num_cars)), np.float32)
        self.read(arenas, rows)
        fields = car_fields(rows, self._num_cars)
        fields[..., TICKS_SINCE_CONTACT] = LONG_AGO
        fields[..., PREVIOUS_ACTION] = NEUTRAL_ACTION
        return rows


def car_fields(rows: np.ndarray, num_cars: int) -> np.ndarray:
    """The car part of rows `[A, F]` as a view `[A, C, 22]`."""
    return rows[:, ARENA_SIZE:].reshape(len(rows), num_cars, CAR_SIZE)
