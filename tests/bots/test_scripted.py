"""The scripted opponent: it steers towards the ball, and on real physics gets there."""

import jax
import numpy as np
import pytest
from support.envs import random_rows
from support.specs import sim_spec

from jaxrl.bots.scripted import chase
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.state import pack, unpack
from jaxrl.sim.rocketsim2.env import RocketSimEnv

THROTTLE, STEER, _, _, _, JUMP, BOOST, HANDBRAKE = range(8)
EAST, NORTH = (1, 0, 0), (0, 1, 0)


def controls(make_state, ball, forward, position=(0, 0, 17)):
    """What blue does; orange stands far away."""
    state = make_state(
        2,
        ball_position=(*ball, 93),
        position=[position, (4000, 5000, 17)],
        forward=[forward, NORTH],
        up=[(0, 0, 1)] * 2,
    )
    actions = chase(pack(state))
    assert actions.shape == (2,)
    assert actions.dtype == np.int32
    return ACTION_TABLE[actions[0]]


@pytest.mark.parametrize(
    ("ball", "forward", "steer", "boost", "handbrake"),
    [
        ((1000, 0), EAST, 0, 1, 0),
        ((1000, 50), EAST, 0, 1, 0),  # 2.9 degrees aside
        ((0, 1000), NORTH, 0, 1, 0),
        # RocketSim is left-handed: seen from above, with east to the right, +y is down
        ((1000, 500), EAST, 1, 0, 0),
        ((1000, -500), EAST, -1, 0, 0),
        ((-500, 1000), NORTH, 1, 0, 0),
        ((500, 1000), NORTH, -1, 0, 0),
        ((0, 1000), EAST, 1, 0, 0),
        ((-1000, 200), EAST, 1, 0, 1),
        ((-1000, -200), EAST, -1, 0, 1),
        ((200, -1000), NORTH, -1, 0, 1),
    ],
)
def test_it_steers_towards_the_ball(make_state, ball, forward, steer, boost, handbrake):
    row = controls(make_state, ball, forward)
    assert row[THROTTLE] == 1
    assert (row[STEER], row[BOOST], row[HANDBRAKE], row[JUMP]) == (steer, boost, handbrake, 0)


def test_only_the_place_of_the_ball_seen_from_the_car_counts(make_state):
    row = controls(make_state, (-1000, 3500), EAST, position=(-2000, 3000, 17))
    assert (row[STEER], row[BOOST]) == (1, 0)


def test_the_same_under_jax_and_for_any_leading_shape():
    rows = random_rows(np.random.default_rng(0), (3, 20), 4)
    expected = chase(rows)
    assert expected.shape == (3, 20, 4)
    assert len(np.unique(expected)) == 5, "straight on, left, right, both slides"
    np.testing.assert_array_equal(jax.jit(chase)(rows), expected)
    np.testing.assert_array_equal(chase(rows[1, 7]), expected[1, 7])


def play(choose, start: str, seconds: int) -> np.ndarray:
    """States `[T, N, F]` of 8 arenas in which both cars do what `choose` says."""
    spec = sim_spec(num_envs=8, start_states=((start, 1.0),), seed=3)
    with RocketSimEnv(spec, 0) as env:
        states = [env.reset().copy()]
        for _ in range(15 * seconds):
            states.append(env.step(choose(states[-1])).state.copy())
    return np.stack(states)


def test_the_chaser_touches_far_more_often_than_random_play():
    """Contacts per car and minute from kickoffs, counted from the raw column."""
    rng = np.random.default_rng(0)

    def contacts(choose) -> float:
        return (unpack(play(choose, "kickoff", 20)).ticks_since_contact == 0).mean() * 15 * 60

    chasing = contacts(chase)
    aimless = contacts(lambda states: rng.integers(90, size=(len(states), 2)).astype(np.int32))
    assert chasing > 10
    assert chasing > 5 * aimless


def test_on_real_physics_it_turns_to_the_side_where_the_ball_is():
    """From rest, with the ball 45 degrees to the right (blue) and to the left (orange): both look at it after 2 s."""
    states = unpack(play(chase, "support.real_starts:ball_beside_blue", 2))
    to_ball = states.ball_position[..., None, :2] - states.position[..., :2]
    to_ball /= np.linalg.norm(to_ball, axis=-1, keepdims=True)
    cosine = (to_ball * states.forward[..., :2]).sum(-1)
    np.testing.assert_allclose(cosine[0], 0.5**0.5, atol=0.02)
    assert (cosine.max(0) > 0.98).all()
    distance = np.linalg.norm(states.ball_position[..., None, :] - states.position, axis=-1)
    assert (distance.min(0) < 500).all()
