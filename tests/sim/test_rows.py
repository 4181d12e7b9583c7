"""What numbers of a row mean where no manoeuvre is needed to see it: order, places, bounds, and the action's delay."""

import numpy as np
import pytest

from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.field import LARGE_PADS, PAD_PLACES
from jaxrl.game.state import unpack

NEUTRAL, FORWARD_BOOST = 8, 18


@pytest.mark.parametrize("team_size", [1, 2, 3])
def test_cars_are_ordered_blue_first(make_arenas, team_size):
    """Blue defends -y."""
    y = unpack(make_arenas(num_envs=4, team_size=team_size).reset()).position[..., 1]
    assert (y[:, :team_size] < 0).all()
    assert (y[:, team_size:] > 0).all()


def test_a_tick_of_delay_changes_the_drive(make_arenas):
    """A tick at full throttle and boost, 2592 uu/s², is 22 uu/s."""
    speeds = []
    for delay in (0, 1, 8):
        env = make_arenas(action_delay_ticks=delay, start_states=(("support.hand_made_starts:two_poses", 1.0),))
        env.reset()
        state = unpack(env.step(np.full((1, 2), FORWARD_BOOST, np.int32)).state)
        speeds.append(np.linalg.norm(state.velocity[0, 0]))
    assert 10 < speeds[0] - speeds[1] < 30
    assert speeds[2] < 5, "none of the 8 ticks knew of the action"


def test_the_previous_action_is_in_the_state(make_arenas):
    env = make_arenas(num_envs=2)
    np.testing.assert_array_equal(unpack(env.reset()).previous_action, NEUTRAL)
    choices = np.array([[3, 70], [89, 0]], np.int32)
    np.testing.assert_array_equal(unpack(env.step(choices).state).previous_action, choices)


def test_numbers_are_those_of_the_game(make_arenas):
    """Speeds at most 2300 and 6000 uu/s, rotation at most 5.5 and 6 rad/s, and unit vectors."""
    env = make_arenas(num_envs=6, start_states=(("random", 1.0),), no_touch_ticks=600)
    rng, rows = np.random.default_rng(0), [env.reset().copy()]
    rows += [env.step(rng.integers(0, NUM_ACTIONS, (6, 2), np.int32)).state for _ in range(300)]
    state = unpack(np.array(rows))
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


def test_pads_stand_in_the_row_as_they_lie_on_the_field(make_arenas):
    """Cars on pads, on every one of them in some arena: those are gone, and no others, large ones for 10 s."""
    env = make_arenas(num_envs=16, seed=6, team_size=3, start_states=(("support.hand_made_starts:on_pads", 1.0),))
    places = unpack(env.reset().copy()).position[..., None, :2]  # [N, C, 1, 2]
    expected = (np.abs(places - np.array(PAD_PLACES)) < 1).all(axis=-1).any(axis=1)  # [N, 34]
    assert expected.any(axis=0).all()
    state = unpack(env.step(np.full((16, 6), NEUTRAL, np.int32)).state)
    np.testing.assert_array_equal(state.pads, 1 - expected)
    seconds = np.where(np.isin(np.arange(34), LARGE_PADS), 10, 4)
    np.testing.assert_allclose(state.pad_seconds, expected * seconds, atol=8 / 120)
