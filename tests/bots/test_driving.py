"""What scripted cars are made of: where the ball will be, which controls drive there, and landing on the wheels."""

import numpy as np
import pytest
from support.specs import sim_spec

from jaxrl.bots.driving import DRIVING, FLYING, ball_after, drive, level, see, unit
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.state import pack, unpack
from jaxrl.sim.rocketsim2.env import RocketSimEnv

NORTH, SOUTH = (0, 1, 0), (0, -1, 0)


def seen(make_state, **fields):
    fields = dict(position=[(0, 0, 17), (0, 3000, 17)], forward=[NORTH, SOUTH], up=[(0, 0, 1)] * 2) | fields
    return see(pack(make_state(2, **fields)))


def test_tables_hold_the_controls_that_they_are_asked_for():
    for throttle, steer, boost, slide in np.ndindex(DRIVING.shape):
        row = ACTION_TABLE[DRIVING[throttle, steer, boost, slide]]
        turn = steer - 1
        assert row.tolist() == [throttle - 1, turn, 0, turn, 0, 0, boost * (throttle == 2), slide]
    for pitch, yaw, roll, jump in np.ndindex(FLYING.shape):
        row = ACTION_TABLE[FLYING[pitch, yaw, roll, jump]]
        assert row[[2, 4, 5]].tolist() == [pitch - 1, roll - 1, jump]
        assert row[3] == (0 if jump else yaw - 1)


def test_where_the_ball_will_be(make_state):
    """x: 3900 + 1000 is 895.25 beyond the wall (4004.75); 0.6 of that comes back. z: 500 - 650 / 2. Orange turned."""
    one = seen(make_state, ball_position=(3900, 0, 500), ball_velocity=(1000, 200, 0))
    blue, orange = ball_after(one, np.ones(2, np.float32))
    np.testing.assert_allclose(blue, (4004.75 - 0.6 * 895.25, 200, 175), rtol=1e-5)
    np.testing.assert_allclose(orange, blue * (-1, -1, 1), rtol=1e-5)
    rolling = seen(make_state, ball_position=(0, 4900, 91.25), ball_velocity=(0, 1000, 0))
    assert ball_after(rolling, np.ones(2, np.float32))[0].tolist() == [0, 5120, 91.25]  # in the goal: no wall


@pytest.mark.parametrize(
    ("target", "speed", "driven", "expected"),
    [
        ((0, 2000, 17), 1000, 2300, (1, 0, 1, 0)),  # throttle, steer, boost, handbrake
        ((0, 2000, 17), 1000, 1000, (1, 0, 0, 0)),
        ((0, 2000, 17), 1000, 700, (0, 0, 0, 0)),
        ((0, 2000, 17), 1800, 700, (-1, 0, 0, 0)),
        ((-2000, 500, 17), 500, 2300, (1, 1, 0, 0)),
        ((2000, 500, 17), 500, 2300, (1, -1, 0, 0)),
        ((300, 100, 17), 1500, 2300, (0, -1, 0, 0)),  # within its turning circle
        ((-300, -2000, 17), 1000, 2300, (1, 1, 0, 1)),
    ],
)
def test_driving(make_state, target, speed, driven, expected):
    one = seen(make_state, velocity=[(0, speed, 0), (0, 0, 0)], boost=50)
    target = np.array([target, (0, 0, 0)], np.float32)
    action = drive(one, target, np.full(2, driven, np.float32), np.zeros(2, np.float32))[0]
    assert tuple(ACTION_TABLE[action][[0, 1, 6, 7]]) == expected


def test_dice_decide_small_angles(make_state):
    """0.05 rad beside the way, a third of what a decision may turn: it is steered in a third of the decisions."""
    one = seen(make_state, boost=0)
    target = np.array([(-50, 1000, 17), (0, 0, 0)], np.float32)
    dice = np.linspace(0, 1, 1000, dtype=np.float32)
    steered = [ACTION_TABLE[drive(one, target, np.full(2, 2300, np.float32), np.full(2, u))[0]][1] for u in dice]
    assert np.mean(steered) == pytest.approx(0.05 / 0.15, abs=0.01)


def test_it_lands_on_its_wheels():
    """From any attitude and spin in RocketSim: after 1.2 s the cars that still fall are upright, nose along the way."""
    with RocketSimEnv(sim_spec(num_envs=64, start_states=(("anywhere", 1.0),), seed=3), 0) as env:
        states = env.reset().copy()
        before = see(states).up[..., 2][unpack(states).on_ground == 0].mean()
        for _ in range(18):
            facing = see(states).velocity * np.array([1, 1, 0], np.float32)
            states = env.step(level(see(states), facing)).state.copy()
    falls = unpack(states).on_ground == 0
    assert falls.sum() > 20
    assert before < 0.3
    assert see(states).up[..., 2][falls].mean() > 0.9
    assert (unit(facing) * see(states).forward).sum(-1)[falls].mean() > 0.8
