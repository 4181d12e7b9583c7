"""Demolished cars between two decisions, where a worker may play ahead. What an episode shows of them: tests/sim."""

import numpy as np
import pytest

from jaxrl.game.state import unpack

NEUTRAL = 8


def step(batch, action=NEUTRAL):
    batch.buffers.actions[:] = action
    batch.step()
    return batch.buffers


def play_with_demolitions(batch, count=160):
    """States `[count, N, F]`; blue is demolished twice, orange once, in every arena."""
    rng, states = np.random.default_rng(1), []
    for number in range(count):
        for cars in batch.cars:
            if number in (5, 80):
                cars[0].demolish()
            if number == 30:
                cars[1].demolish()
        states.append(step(batch, rng.integers(0, 90, batch.buffers.actions.shape)).state.copy())
    return np.stack(states)


@pytest.mark.parametrize("delay", [0, 1, 8])
def test_a_decision_that_was_begun_ends_the_same(make_batch, delay):
    """Whether a worker plays the delay while it waits must not show; respawns are due in it, too."""
    plain, eager = (make_batch(num_envs=2, seed=3, action_delay_ticks=delay) for _ in range(2))
    plain_step = eager.step

    def begin_and_step():
        eager.begin()
        plain_step()

    eager.step = begin_and_step
    first, second = (play_with_demolitions(batch) for batch in (plain, eager))
    demoed = unpack(first).demoed
    assert ((demoed[:-1] > 0) & (demoed[1:] == 0)).any(), "no respawn was compared"
    np.testing.assert_array_equal(first, second)


def test_demolished_again_at_once(make_batch):
    """In the very decision of its respawn: it is away for another three seconds."""
    batch = make_batch(seed=6)
    batch.cars[0][0].demolish()
    away = 0
    while unpack(step(batch).state[0]).demoed[0] and away < 100:
        away += 1
        if away == 45:
            batch.begin()
            assert not batch.cars[0][0].get_state().is_demoed
            batch.cars[0][0].demolish()
    assert 89 <= away <= 92


def test_a_demolished_car_stays_in_the_row_where_rocketsim_keeps_it(make_batch):
    """RocketSim's get_gym_state puts it at the origin of the field, where nobody would see it in the game."""
    batch = make_batch()
    batch.cars[0][0].demolish()
    step(batch)
    state = unpack(batch.buffers.state[0])
    assert state.demoed[0] == 1
    np.testing.assert_array_equal(state.position[0], batch.cars[0][0].get_state().pos.as_numpy())
