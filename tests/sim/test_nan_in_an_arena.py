"""RocketSim that really comes to NaN: its arena is made anew, and the learner never sees the number."""

import numpy as np
import pytest
import RocketSim as rs

from jaxrl.errors import SimulationError
from jaxrl.game.state import unpack
from jaxrl.sim.vec_env import RocketSimEnv

FORWARD = 18
NAN = float("nan")


def spoil_ball(arena, cars):
    ball = arena.ball.get_state()
    ball.vel = rs.Vec(NAN, 0, 0)
    arena.ball.set_state(ball)


def spoil_car(arena, cars):
    state = cars[1].get_state()
    state.pos = rs.Vec(0, NAN, 0)
    cars[1].set_state(state)


@pytest.mark.parametrize("spoil", [spoil_ball, spoil_car])
def test_the_arena_is_made_anew_and_its_episode_cut_off(make_batch, spoil):
    batch = make_batch(num_envs=3)
    buffers = batch.buffers
    buffers.actions[:] = FORWARD
    for _ in range(5):
        batch.step()
    before, arena = buffers.state.copy(), batch.arenas[1]
    spoil(arena, batch.cars[1])
    batch.step()
    assert batch.arenas[1] is not arena
    assert buffers.rebuilt.tolist() == [0, 1, 0]
    assert buffers.truncated.tolist() == [False, True, False]
    assert not buffers.terminated.any()
    np.testing.assert_array_equal(buffers.final_state[1], before[1])
    assert (unpack(buffers.state[1]).ball_position[:2] == 0).all(), "a kickoff"
    for _ in range(20):
        batch.step()
    assert np.isfinite(buffers.state).all()
    assert not buffers.truncated.any()
    # it drives like the others, which were not disturbed
    speeds = np.linalg.norm(unpack(buffers.state).velocity, axis=-1)
    assert (speeds > 500).all()


def test_a_start_state_that_is_none_is_named(make_spec):
    spec = make_spec(start_states=(("hand_made_starts:not_a_number", 1.0),))
    for num_workers in (0, 1):
        with (
            RocketSimEnv(spec, num_workers) as env,
            pytest.raises(SimulationError, match="start state 'hand_made_starts:not_a_number': a number in it is NaN"),
        ):
            env.reset()
