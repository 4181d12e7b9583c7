"""Physics that really produces NaN: its arena is rebuilt, and the learner never sees the number."""

import numpy as np
import pytest
import RocketSim as rs

from jaxrl.errors import SimulationError, UserError
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.env import RocketSimEnv

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
def test_the_arena_is_rebuilt_and_its_episode_truncated(make_batch, spoil):
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
    spec = make_spec(start_states=(("support.hand_made_starts:not_a_number", 1.0),))
    for num_workers in (0, 1):
        with (
            RocketSimEnv(spec, num_workers) as env,
            pytest.raises(
                UserError, match=r"start state 'support\.hand_made_starts:not_a_number': a number in it is NaN"
            ),
        ):
            env.reset()


def test_a_start_state_of_which_nothing_comes_is_named(make_spec):
    """Finite numbers that RocketSim cannot simulate: no reason to rebuild arenas for ever."""
    starts = (("kickoff", 1.0), ("support.hand_made_starts:too_fast", 1.0))
    spec = make_spec(start_states=starts, max_episode_ticks=16)
    actions = np.full((spec.num_envs, spec.num_cars), FORWARD)
    message = "start state 'support.hand_made_starts:too_fast': the physics produced NaN in 20 of its episodes in a row"
    for num_workers in (0, 1):
        with RocketSimEnv(spec, num_workers) as env:
            env.reset()
            with pytest.raises(SimulationError, match=message):
                play(env, actions)


def play(env, actions, steps=200):
    for _ in range(steps):
        env.step(actions)


def test_now_and_then_is_put_up_with(make_batch):
    """A NaN that has nothing to do with the start state, a hundred times in a long run."""
    batch = make_batch(num_envs=1, max_episode_ticks=24)
    for _ in range(100):
        spoil_ball(batch.arenas[0], batch.cars[0])
        for _ in range(5):  # the spoilt episode, and one that ends by itself
            batch.step()
    assert batch.buffers.rebuilt[0] == 100
