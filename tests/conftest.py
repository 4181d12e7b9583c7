"""States made by hand, for tests of what a state means."""

import numpy as np
import pytest

from jaxrl.game.state import State


@pytest.fixture
def make_state():
    """A function (num_cars, lead=(), **fields) -> numpy State: zeros everywhere but in the named fields."""

    def make(num_cars, lead=(), **fields):
        arena = {"score": 2, "pads": 34, "ball_position": 3, "ball_velocity": 3, "ball_angular_velocity": 3}
        vectors = ("position", "forward", "up", "velocity", "angular_velocity")
        shapes = {
            name: (arena[name],) if name in arena else (num_cars, 3) if name in vectors else (num_cars,)
            for name in State._fields
        }
        assert set(fields) <= set(shapes)
        return State(
            **{
                name: np.broadcast_to(np.asarray(fields.get(name, 0), np.float32), (*lead, *shape)).copy()
                for name, shape in shapes.items()
            }
        )

    return make
