"""Raw state rows from the arrays of RocketSim: one concatenation and one selection of columns per batch of arenas."""

from array import array
from collections.abc import Sequence

import numpy as np
import RocketSim as rs

from jaxrl.game.field import NUM_PADS
from jaxrl.game.layout import LAYOUT
from jaxrl.sim.rocketsim2.car_states import CAR_STATE, SIZE, car_numbers

# get_gym_state gives (game [4], pads [2, 34], ball [2, 25], car [2, 36], ...): row 0 is the world frame, row 1 the one
# rotated for orange, which is not used. In memory the two alternate. Offsets when laid end to end:
GYM_SCORE = 2

GYM_PADS = 4

GYM_BALL = GYM_PADS + 2 * NUM_PADS

GYM_CARS = GYM_BALL + 2 * 25

GYM_CAR_SIZE = 2 * 36

GYM_DEMOS, GYM_DEMOED, GYM_ON_GROUND, GYM_HIT_BALL, GYM_BOOST = 5, 7, 8, 9, 10

# columns of a car's fields among its numbers there; whether it has a flip or a jump comes from `read_arena`, the batch
# fills in the ticks since contact and the previous action
GYM_CAR = {
    "position": range(11, 14),
    "forward": range(24, 27),
    "up": range(30, 33),
    "velocity": range(18, 21),
    "angular_velocity": range(21, 24),
    "boost": (GYM_BOOST,),
    "on_ground": (GYM_ON_GROUND,),
    "demoed": (GYM_DEMOED,),
    "demos": (GYM_DEMOS,),
}
# columns of the arena's fields when all are laid end to end
GYM_ARENA = {
    "score": np.array([GYM_SCORE, GYM_SCORE + 1]),
    "ball_position": GYM_BALL + 2 * np.arange(0, 3),
    "ball_velocity": GYM_BALL + 2 * np.arange(7, 10),
    "ball_angular_velocity": GYM_BALL + 2 * np.arange(10, 13),
    "pads": GYM_PADS + 2 * np.arange(NUM_PADS),
}
FIRST = {field.name: field.first for field in LAYOUT.fields if field.first is not None and field.first != 0}

NOTHING = array("f", [0.0])  # behind each arena's numbers: what stands in the columns that are filled elsewhere


def read_arena(arena: rs.Arena, cars: Sequence[rs.Car], with_cars: bool = False) -> bytes:
    """One arena's gym state end to end, and behind it whether each car has a flip or a jump.

    `with_cars` adds what gym states lack of the cars (`jaxrl.sim.rocketsim2.car_states`).

    Read arena by arena, right after its step, while all of it is in the cache; joining bytes is several times quicker
    than numpy's concatenation.
    """
    game, *vectors = arena.get_gym_state()
    if with_cars:
        states = [car.get_state() for car in cars]
        jumps = array("f", [state.has_flip_or_jump() for state in states])
        return b"".join([game, *[vector.T for vector in vectors], jumps, NOTHING, car_numbers(states)])
    # a car on the ground can always jump; ask RocketSim only about cars in the air, which takes longer
    can_jump = [
        1.0 if vector[0, GYM_ON_GROUND] else float(car.get_state().has_flip_or_jump())
        for car, vector in zip(cars, vectors[2:], strict=True)
    ]
    return b"".join([game, *[vector.T for vector in vectors], array("f", can_jump), NOTHING])


class RowReader:
    """Converter of the bytes from `read_arena`, for arenas with `num_cars` cars, to rows."""

    def __init__(self, num_cars: int, with_cars: bool = False) -> None:
        car_starts = GYM_CARS + GYM_CAR_SIZE * np.arange(num_cars)
        can_jump = GYM_CARS + GYM_CAR_SIZE * num_cars
        first = can_jump + num_cars + 1
        self._width = first + SIZE * num_cars * with_cars
        self._columns = np.full(LAYOUT.row_size(num_cars), can_jump + num_cars, np.int64)
        for name, columns in GYM_ARENA.items():
            self._columns[LAYOUT.columns(name)] = columns
        car_columns = LAYOUT.cars(self._columns)
        for name, columns in GYM_CAR.items():
            car_columns[:, LAYOUT.columns(name)] = car_starts[:, None] + 2 * np.array(columns)
        car_columns[:, LAYOUT.column("has_flip_or_jump")] = can_jump + np.arange(num_cars)
        if with_cars:
            starts = first + SIZE * np.arange(num_cars)
            for name, columns in CAR_STATE.items():
                car_columns[:, LAYOUT.columns(name)] = starts[:, None] + np.array(columns)
        self._hit_columns = car_starts + 2 * GYM_HIT_BALL

    def read(self, arenas: list[bytes], rows: np.ndarray) -> np.ndarray:
        """Fill `rows` `[A, F]` except for the time since the last contact and the previous action.

        Returns which car touched the ball since its arena was last read: `[A, C]` bool.
        """
        flat = np.frombuffer(b"".join(arenas), np.float32).reshape(len(rows), self._width)
        np.take(flat, self._columns, axis=1, out=rows, mode="clip")
        return flat[:, self._hit_columns] > 0

    def read_first(self, arenas: list[bytes]) -> np.ndarray:
        """First rows `[A, F]` of new episodes: no contact, no previous action, nothing done."""
        rows = np.empty((len(arenas), len(self._columns)), np.float32)
        self.read(arenas, rows)
        state = LAYOUT.unpack(rows)
        for name, value in FIRST.items():
            getattr(state, name)[...] = value
        return rows
