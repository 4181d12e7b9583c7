"""Striker and racer: what they do in situations that one can judge, the same for both teams, and who beats whom."""

import jax
import numpy as np
import pytest
from support.envs import random_rows
from support.specs import sim_spec

from jaxrl.bots.tactics import race, strike
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.events import FLIPS
from jaxrl.game.state import pack, unpack
from jaxrl.matches.statistics import rate
from jaxrl.matches.strength import MatchBatch, pair
from jaxrl.sim.rocketsim2.env import RocketSimEnv

THROTTLE, STEER, PITCH, _, _, JUMP, BOOST, _ = range(8)
EAST, NORTH, SOUTH = (1, 0, 0), (0, 1, 0), (0, -1, 0)
CONTROLS = {tactic.__name__: tactic for tactic in (strike, race)}
EXACT = np.zeros(2, np.float32)  # dice with which a car steers at the smallest angle


def controls(make_state, tactic, ball, position=(0, 0, 17), forward=NORTH, speed=0.0, **fields):
    """What blue does, which attacks north; orange stands far away."""
    fields = dict(boost=50, on_ground=1, ball_touched=1, ball_velocity=0) | fields
    state = make_state(
        2,
        ball_position=(*ball, 93),
        position=[position, (3500, 4000, 17)],
        forward=[forward, SOUTH],
        up=[(0, 0, 1)] * 2,
        velocity=[np.array(forward) * speed, (0, 0, 0)],
        **fields,
    )
    return ACTION_TABLE[tactic(pack(state), EXACT)[0]]


@pytest.mark.parametrize("tactic", CONTROLS.values(), ids=CONTROLS)
def test_it_drives_at_a_ball_that_lies_before_the_goal(make_state, tactic):
    """With boost while it has some; the dice allow to steer by a hair."""
    row = controls(make_state, tactic, (0, 2500), (0, 500, 17), speed=1000)
    assert (row[THROTTLE], row[BOOST], row[JUMP]) == (1, 1, 0)
    empty = controls(make_state, tactic, (0, 2500), (0, 500, 17), speed=1000, boost=0, pads=0)
    assert empty[BOOST] == 0


@pytest.mark.parametrize("tactic", CONTROLS.values(), ids=CONTROLS)
@pytest.mark.parametrize(("x", "steer"), [(1500, -1), (-1500, 1)])
def test_it_gets_behind_the_ball_rather_than_to_it(make_state, tactic, x, steer):
    """The ball lies straight ahead, to the east or west, the goal in the north: it turns south of the ball.

    Seen from above with east to the right, north (+y) is down in RocketSim: facing east, south is to the left.
    """
    row = controls(make_state, tactic, (x, 0), forward=(np.sign(x), 0, 0), speed=500, pads=0)
    assert row[STEER] == steer


@pytest.mark.parametrize("tactic", CONTROLS.values(), ids=CONTROLS)
def test_it_turns_back_to_defend(make_state, tactic):
    """The ball lies behind it, in front of its own goal: it turns, and does not drive on north."""
    row = controls(make_state, tactic, (600, -3500), (0, 1000, 17), speed=1000)
    assert row[STEER] != 0


@pytest.mark.parametrize("tactic", CONTROLS.values(), ids=CONTROLS)
def test_an_empty_tank_is_filled_on_the_way(make_state, tactic):
    """A large pad at (3584, 0) lies a little to the side of the way to a ball that is far; full, it passes by."""
    place = dict(position=(3800, -1500, 17), forward=NORTH, speed=1000)
    pads = np.zeros(34)
    pads[18] = 1
    thirsty, full = (controls(make_state, tactic, (3800, 4000), **place, boost=boost, pads=pads) for boost in (0, 100))
    assert thirsty[STEER] == 1  # facing north, west is to the right
    assert full[BOOST] == 1


def test_a_flip_is_a_jump_a_pause_and_a_flip(make_state):
    """At a ball straight ahead, 0.15 s away: on the ground, with the button pressed, and with it let go."""
    way = dict(ball=(0, 400), speed=1500)
    ground = controls(make_state, race, **way)
    assert (ground[JUMP], ground[PITCH]) == (1, 0)
    jump = int(np.flatnonzero(FLIPS[:90] == 0)[np.flatnonzero(ACTION_TABLE[FLIPS[:90] == 0][:, JUMP] == 1)[0]])
    air = dict(on_ground=0, has_jumped=1, air_time=0.07, **way)
    assert controls(make_state, race, **air, previous_action=jump)[JUMP] == 0
    flip = controls(make_state, race, **air)
    assert (flip[JUMP], flip[PITCH]) == (1, -1)
    assert controls(make_state, strike, **way)[JUMP] == 0


def test_a_teammate_who_is_nearer_goes_for_the_ball(make_state):
    """In 2v2 the other blue car drives back between ball and goal; both look at the ball."""
    state = make_state(
        4,
        ball_position=(0, 0, 93),
        ball_touched=1,
        position=[(0, -1000, 17), (0, -2500, 17), (3500, 4000, 17), (3500, 4500, 17)],
        forward=[NORTH, NORTH, SOUTH, SOUTH],
        up=[(0, 0, 1)] * 4,
        on_ground=1,
        boost=100,
    )
    first, second = ACTION_TABLE[strike(pack(state), np.zeros(4, np.float32))[:2]]
    assert (first[THROTTLE], first[BOOST]) == (1, 1)
    assert second[BOOST] == 0


def turned(rows):
    """`rows` `[N, F]` with the field turned by 180 degrees and the teams exchanged."""
    other = rows.copy()
    old, new = unpack(rows), unpack(other)
    half, signs = old.boost.shape[-1] // 2, np.array([-1, -1, 1], np.float32)
    for name in ("ball_position", "ball_velocity", "ball_angular_velocity"):
        getattr(new, name)[:] = getattr(old, name) * signs
    for name in ("pads", "pad_seconds"):
        getattr(new, name)[:] = getattr(old, name)[..., ::-1]
    for name in type(old)._fields:
        found = getattr(old, name)
        if found.shape[:2] == (len(rows), 2 * half) and not name.startswith(("ball", "pad")):
            vector = name in ("position", "forward", "up", "velocity", "angular_velocity", "surface_normal")
            getattr(new, name)[:] = np.roll(found * signs if vector else found, half, axis=1)
    return other


@pytest.mark.parametrize("tactic", CONTROLS.values(), ids=CONTROLS)
@pytest.mark.parametrize("num_cars", [2, 4, 6])
def test_both_teams_play_alike(tactic, num_cars):
    rng = np.random.default_rng(0)
    rows, dice = random_rows(rng, (300,), num_cars), rng.random((300, num_cars), np.float32)
    expected = np.roll(tactic(rows, dice), num_cars // 2, axis=1)
    found = tactic(turned(rows), np.roll(dice, num_cars // 2, axis=1))
    np.testing.assert_array_equal(found, expected)
    assert len(np.unique(found)) > 10


@pytest.mark.parametrize("tactic", CONTROLS.values(), ids=CONTROLS)
def test_the_same_under_jax_and_for_any_leading_shape(tactic):
    """All but a decision in a thousand, where the last bits of an angle decide."""
    rng = np.random.default_rng(0)
    rows, dice = random_rows(rng, (3, 100), 4), rng.random((3, 100, 4), np.float32)
    expected = tactic(rows, dice)
    assert expected.shape == (3, 100, 4)
    assert expected.dtype == np.int32
    assert (np.asarray(jax.jit(tactic)(rows, dice)) == expected).mean() > 0.999
    np.testing.assert_array_equal(tactic(rows[1, 7], dice[1, 7]), expected[1, 7])


def kickoffs(tactic, seconds):
    """States `[T, N, F]` of 8 kickoffs with this tactic on both sides."""
    rng, states = np.random.default_rng(0), []
    with RocketSimEnv(sim_spec(num_envs=8, start_states=(("kickoff", 1.0),), seed=3), 0) as env:
        state = env.reset().copy()
        for _ in range(int(15 * seconds)):
            states.append(state)
            state = env.step(tactic(state, rng.random((8, 2), np.float32))).state.copy()
    return np.stack(states)


def test_kickoffs_in_rocketsim():
    """All balls are touched within 3.5 s; the racer flips, and is there sooner than the striker, who never jumps."""
    touched, flips = {}, {}
    for name, tactic in CONTROLS.items():
        states = unpack(kickoffs(tactic, 3.5))
        touched[name] = (states.ball_touched > 0).argmax(0)
        flips[name] = states.is_flipping.max(0)
        assert (touched[name] > 0).all()
    assert flips["strike"].max() == 0
    assert flips["race"].mean() > 0.5
    assert touched["race"].mean() < touched["strike"].mean() - 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("stronger", "weaker"), [("striker", "chaser"), ("racer", "striker"), ("racer", "chaser")])
def test_each_is_stronger_than_the_one_before(stronger, weaker):
    """The 95% interval of the goal difference in 128 matches of five minutes is above 0."""
    with MatchBatch(128) as batch:
        batch.kickoff(pair(stronger, weaker, 1), seed=0)
        found = batch.play(5.0, figures=False)
    assert rate(found.difference, 1).low > 0
