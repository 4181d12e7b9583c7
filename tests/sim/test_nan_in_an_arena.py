"""Physics that really produces NaN: its arena is rebuilt, and the learner never sees the number. In every physics."""

import time

import numpy as np
import pytest
import RocketSim as rs

from jaxrl.errors import SimulationError, UserError
from jaxrl.game.state import unpack

FORWARD = 18
NAN = float("nan")
BALL, CAR = 0, 9  # in the numbers of a start state: the ball's place, the first car's place


def spoil(env, index, what=BALL):
    """Put a NaN into the ball, or into a car, of an arena in the middle of its episode."""
    if hasattr(env, "_batches"):
        batch = env._batches[0]
        spoil_rocketsim2(batch.arenas[index], batch.cars[index], what)
        return
    # RocketSim 3 has no door to a running arena but the one that starts an episode, where only Python looks for NaN;
    # velocities would not do: it makes 0 of those that are NaN, and limits those that are too high
    rows, numbers = env._buffers.state.copy(), np.zeros((1, 9 + 13 * env.spec.num_cars), np.float32)
    numbers[0, what] = NAN
    assert env._open_arenas.start([index], [1], numbers) == [True]
    env._buffers.state[:] = rows


def spoil_rocketsim2(arena, cars, what):
    if what == BALL:
        ball = arena.ball.get_state()
        ball.vel = rs.Vec(NAN, 0, 0)
        arena.ball.set_state(ball)
    else:
        state = cars[0].get_state()
        state.pos = rs.Vec(NAN, 0, 0)
        cars[0].set_state(state)


def step(env):
    return env.step(np.full((env.num_envs, env.spec.num_cars), FORWARD, np.int32))


@pytest.mark.parametrize("what", [BALL, CAR], ids=["ball", "car"])
def test_the_arena_is_rebuilt_and_its_episode_truncated(make_arenas, what):
    env = make_arenas(num_envs=3)
    env.reset()
    for _ in range(5):
        before = step(env).state
    spoil(env, 1, what)
    result = step(env)
    assert env._buffers.rebuilt.tolist() == [0, 1, 0]
    assert env.arenas_rebuilt == 1
    assert result.truncated.tolist() == [False, True, False]
    assert not result.terminated.any()
    np.testing.assert_array_equal(result.final_state[1], before[1])
    assert (unpack(result.state[1]).ball_position[:2] == 0).all(), "a kickoff"
    for _ in range(20):
        result = step(env)
        assert np.isfinite(result.state).all()
        assert not result.truncated.any()
    # it drives like the others, which were not disturbed
    speeds = np.linalg.norm(unpack(result.state).velocity, axis=-1)
    assert (speeds > 500).all()


@pytest.mark.parametrize("num_workers", [0, 1])
def test_a_start_state_that_is_none_is_named(make_arenas, num_workers):
    env = make_arenas(num_workers, start_states=(("support.hand_made_starts:not_a_number", 1.0),))
    with pytest.raises(UserError, match=r"start state 'support\.hand_made_starts:not_a_number': a number in it is NaN"):
        env.reset()


def test_a_start_state_of_which_nothing_comes_is_named(make_arenas):
    """Finite numbers that cannot be simulated: no reason to rebuild arenas for ever. Other episodes are in between."""
    starts = (("kickoff", 1.0), ("support.hand_made_starts:two_poses", 0.0))
    env = make_arenas(num_envs=2, start_states=starts, max_episode_ticks=8)
    env.reset()
    env._buffers.start_weights[0] = [0, 1]
    step(env)
    for _ in range(19):
        spoil(env, 0)
        env.send(0, np.full((2, 2), FORWARD, np.int32))
        time.sleep(0.005)  # threads may be done before they are waited for
        env.receive(0)
    assert env._buffers.rebuilt.tolist() == [19, 0]
    spoil(env, 0)
    message = (
        "start state 'support.hand_made_starts:two_poses': the physics produced NaN in 20 of its episodes in a row"
    )
    with pytest.raises(SimulationError, match=message):
        step(env)


def test_now_and_then_is_put_up_with(make_arenas):
    """A NaN that has nothing to do with the start state, a hundred times in a long run."""
    env = make_arenas(num_envs=1, max_episode_ticks=24)
    env.reset()
    for _ in range(100):
        spoil(env, 0)
        for _ in range(5):  # the spoilt episode, and one that ends by itself
            step(env)
    assert env.arenas_rebuilt == 100
