"""RocketSim 3 behind the contract of `VecEnv`; skipped where the package in `native/` is not installed."""

import numpy as np
import pytest
from support.specs import sim_spec

from jaxrl.errors import SimulationError
from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION, NUM_ACTIONS
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.layout import LAYOUT, LONG_AGO
from jaxrl.game.state import unpack

RocketSim3Env = pytest.importorskip("jaxrl.sim.rocketsim3.env").RocketSim3Env

BOOST = int(np.flatnonzero((ACTION_TABLE == [1, 0, 0, 0, 0, 0, 1, 0]).all(1))[0])  # full throttle


def random_play(num_threads, num_groups, decisions=300, **changes):
    spec = sim_spec(**{"num_envs": 6, "action_delay_ticks": 1, "no_touch_ticks": 600} | changes)
    rng = np.random.default_rng(0)
    with RocketSim3Env(spec, num_threads, num_groups) as env:
        rows, ends = [env.reset().copy()], []
        for _ in range(decisions):
            step = env.step(rng.integers(0, NUM_ACTIONS, (6, spec.num_cars)).astype(np.int32))
            rows.append(step.state.copy())
            ends.append(step.terminated | step.truncated)
    return np.array(rows), np.array(ends)


def test_neither_threads_nor_groups_change_a_bit():
    starts = (("kickoff", 0.4), ("near_ball", 0.6))
    rows, ends = random_play(1, 1, start_states=starts)
    assert ends.sum() > 6, "episodes must end, or their starts prove nothing"
    for num_threads, num_groups in ((2, 1), (1, 2), (3, 2)):
        other, _ = random_play(num_threads, num_groups, start_states=starts)
        assert other.tobytes() == rows.tobytes()


def test_numbers_are_those_of_the_game():
    """Speeds at most 2300 and 6000 uu/s, rotation at most 5.5 and 6 rad/s, and unit vectors."""
    rows, _ = random_play(1, 1, start_states=(("random", 1.0),))
    state = unpack(rows)
    assert np.isfinite(rows).all()
    for values, most in (
        (state.velocity, 2300),
        (state.angular_velocity, 5.5),
        (state.ball_velocity, 6000),
        (state.ball_angular_velocity, 6),
    ):
        assert np.linalg.norm(values, axis=-1).max() <= most * 1.0001
    for unit in (state.forward, state.up):
        np.testing.assert_allclose(np.linalg.norm(unit, axis=-1), 1, atol=1e-4)
    assert state.boost.min() >= 0
    assert state.boost.max() <= 100


def test_the_first_state_of_a_kickoff():
    with RocketSim3Env(sim_spec(num_envs=4), 1) as env:
        state = unpack(env.reset())
    assert (state.ticks_since_contact == LONG_AGO).all()
    assert (state.previous_action == NEUTRAL_ACTION).all()
    assert (state.pads == 1).all()
    np.testing.assert_allclose(state.boost, 100 / 3, rtol=1e-5)
    np.testing.assert_allclose(state.position[:, 0, :2], -state.position[:, 1, :2], atol=0.01)
    assert (state.position[:, 0, 1] < 0).all(), "blue defends -y"


def test_boost_is_used_and_the_ball_is_hit():
    """From 400 uu behind the ball at 800 uu/s: less than half a second, in which boost costs 33.3 a second."""
    with RocketSim3Env(sim_spec(start_states=(("support.hand_made_starts:in_a_row", 1.0),)), 1) as env:
        env.reset()
        decisions = 0
        while decisions < 7:
            state = unpack(env.step(np.array([[BOOST, NEUTRAL_ACTION]], np.int32)).state)
            decisions += 1
            if state.ticks_since_contact[0, 0] == 0:
                break
    assert state.ticks_since_contact[0, 0] == 0
    assert state.ticks_since_contact[0, 1] > LONG_AGO
    assert np.linalg.norm(state.ball_velocity[0]) > 500
    assert state.boost[0, 0] == pytest.approx(100 - 100 / 3 * decisions * 8 / 120, abs=1)


def test_a_goal_terminates_and_counts():
    """The ball crosses the line 0.1 s after the start: in the second decision of 8 ticks at the latest in the third."""
    with RocketSim3Env(sim_spec(start_states=(("support.hand_made_starts:shot_by_blue", 1.0),)), 1) as env:
        env.reset()
        for _ in range(3):
            step = env.step(np.full((1, 2), NEUTRAL_ACTION, np.int32))
            if step.terminated[0]:
                break
    assert step.terminated[0]
    assert not step.truncated[0]
    np.testing.assert_array_equal(unpack(step.final_state).score, [[1, 0]])
    assert unpack(step.final_state).ball_position[0, 1] > 5120
    assert unpack(step.state).ball_position[0, 1] == 4900, "the next episode has begun"


def test_limits_truncate_and_the_next_episode_is_another():
    spec = sim_spec(num_envs=2, no_touch_ticks=TICKS_PER_SECOND)
    with RocketSim3Env(spec, 1) as env:
        first = env.reset().copy()
        for _ in range(spec.no_touch_ticks // spec.tick_skip):
            step = env.step(np.full((2, 2), NEUTRAL_ACTION, np.int32))
        assert step.truncated.all()
        assert not step.terminated.any()
        assert (unpack(step.state).ticks_since_contact == LONG_AGO).all()
        assert (step.final_state[:, LAYOUT.columns("ball_position")] == first[:, LAYOUT.columns("ball_position")]).all()


@pytest.mark.parametrize("action", [-1, NUM_ACTIONS])
def test_an_action_that_does_not_exist_is_refused(action):
    with RocketSim3Env(sim_spec(num_envs=2), 1) as env:
        env.reset()
        with pytest.raises(ValueError, match=f"arena 0: there is no action {action}"):
            env.send(0, np.full((2, 2), action, np.int32))


def test_groups_take_turns_and_a_closed_environment_says_so():
    env = RocketSim3Env(sim_spec(num_envs=4), 1, 2)
    env.reset()
    with pytest.raises(SimulationError, match="group 0 comes before group 1"):
        env.send(1, np.zeros((2, 2), np.int32))
    env.close()
    with pytest.raises(SimulationError, match="closed"):
        env.reset()


def test_physics_alone_plays_every_decision():
    """800 decisions take much longer than one, and the cars have moved."""
    spec = sim_spec(num_envs=3)
    actions = np.random.default_rng(0).integers(0, NUM_ACTIONS, (800, 3, spec.num_cars), np.int32)
    with RocketSim3Env(spec, 2) as env:
        begin = unpack(env.reset().copy())
        one, many = env.time_physics(actions[:1], 2), env.time_physics(actions, 2)
        assert many > 20 * one > 0
        after = unpack(env.step(actions[0]).state)
        assert np.linalg.norm(after.position - begin.position, axis=-1).min() > 100
        with pytest.raises(ValueError, match="actions"):
            env.time_physics(actions + NUM_ACTIONS, 2)


def test_a_car_that_never_flipped_can_pitch_at_once():
    """The pitch of a car is locked for 0.3 s after a flip; in the air it gains 12.46 rad/s each second otherwise.

    Of the 8 ticks of the first decision the action holds for 7.
    """
    nose_up = int(np.flatnonzero((ACTION_TABLE == [0, 0, 1, 0, 0, 0, 0, 0]).all(1))[0])
    with RocketSim3Env(sim_spec(start_states=(("support.hand_made_starts:in_the_air", 1.0),)), 1) as env:
        env.reset()
        state = unpack(env.step(np.array([[nose_up, NEUTRAL_ACTION]], np.int32)).state)
    assert np.linalg.norm(state.angular_velocity[0, 0]) == pytest.approx(12.46 * 7 / 120, rel=0.01)
