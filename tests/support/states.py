"""States made by hand: zeros everywhere but in the fields that a test names."""

import numpy as np

from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.layout import LAYOUT, LONG_AGO
from jaxrl.game.state import State, pack

ROW = LAYOUT.row_size(2)  # numbers in a row of 1v1


def state(num_cars: int = 2, lead: tuple[int, ...] = (), **fields) -> State:
    """Fields are broadcast to `[*lead, size]` of the arena, `[*lead, C, size]` or `[*lead, C]` of cars, float32."""
    assert set(fields) <= set(State._fields)
    shapes = {field.name: (*lead, *field.shape(num_cars)) for field in LAYOUT.fields}
    values = {name: np.asarray(fields.get(name, 0), np.float32) for name in shapes}
    return State(**{name: np.broadcast_to(values[name], shape).copy() for name, shape in shapes.items()})


def rows(num_cars: int = 2, lead: tuple[int, ...] = (), **fields) -> np.ndarray:
    """The same as rows `[*lead, F]` float32; change them through `unpack`, whose fields are views."""
    return pack(state(num_cars, lead, **fields))


def fill_scalars(state: State, rng: np.random.Generator) -> None:
    """Possible values, drawn at random, for what a car has only one number of; scores and demolitions stay 0."""
    state.score[:], state.demos[:] = 0, 0
    state.boost[:] = rng.uniform(0, 100, state.boost.shape)
    for flag in (state.on_ground, state.has_flip_or_jump, state.demoed):
        flag[:] = rng.integers(2, size=flag.shape)
    state.ticks_since_contact[:] = rng.choice([0, 8, 64, LONG_AGO], state.boost.shape)
    state.previous_action[:] = rng.integers(NUM_ACTIONS, size=state.boost.shape)
