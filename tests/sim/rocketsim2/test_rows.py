"""The reader of rows writes every field of the table, so that a field more cannot be forgotten in the engine."""

import numpy as np

from jaxrl.game.layout import LAYOUT
from jaxrl.game.state import State, unpack
from jaxrl.sim.rocketsim2.groups import FREE, GROUPS
from jaxrl.sim.rocketsim2.rows import GYM_ARENA, GYM_CAR, RowReader, read_arena


def test_every_field_has_a_source():
    """From get_gym_state, from the car itself, or from the batch, which knows its actions and counts ticks."""
    read = [*GYM_ARENA, *GYM_CAR, "has_flip_or_jump"]
    read += [*FREE, *(name for group in GROUPS.values() for name in group)]
    assert sorted([*read, "ticks_since_contact", "previous_action"]) == sorted(State._fields)


def test_the_first_state_of_an_episode_is_as_the_table_says(make_batch):
    batch = make_batch(team_size=2)
    arenas = [read_arena(arena, cars, True) for arena, cars in zip(batch.arenas, batch.cars, strict=True)]
    first = RowReader(4, True).read_first(arenas)
    unpack(first).wheels_in_contact[:] = 1  # which RocketSim does not know before the first tick
    np.testing.assert_array_equal(first, batch.buffers.state)
    fixed = {field.name: field.first for field in LAYOUT.fields if field.first is not None}
    assert fixed
    for name, value in fixed.items():
        assert (getattr(unpack(first), name) == value).all(), name
