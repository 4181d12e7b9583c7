"""Where episodes start: the places, how often, and that nothing starts where it cannot play."""

import sys
from functools import cache
from itertools import combinations

import numpy as np
import pytest

from jaxrl.errors import UserError
from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.game.starts.basic import kickoff, near_ball, random
from jaxrl.game.starts.registry import resolve_start_states
from jaxrl.game.state import unpack

DRAWS = 2000
# Octane's hitbox in uu: length, width, and how far its middle lies before the car's position
LENGTH, WIDTH, AHEAD = 118.0, 84.2, 13.9
BALL_RADIUS = 91.25


@cache
def draws(function, team_size):
    return [function(np.random.default_rng(seed), team_size) for seed in range(DRAWS)]


def first_states(make_arenas, episodes, **changes):
    """First states `[episodes, F]` of many short episodes."""
    env = make_arenas(num_envs=10, max_episode_ticks=8, **changes)
    rows = [env.reset().copy()]
    while len(rows) * 10 < episodes:
        step = env.step(np.full((10, 2), NEUTRAL_ACTION, np.int32))
        assert step.truncated.all()
        rows.append(step.state)
    return unpack(np.concatenate(rows))


def test_kickoff_leaves_everything_to_rocketsim():
    assert kickoff(np.random.default_rng(0), 1) is None


def test_all_five_kickoff_places_are_equally_frequent(make_arenas):
    """Blue's five places of a standard kickoff; 500 episodes, 100 expected at each, standard deviation 9."""
    places = np.round(first_states(make_arenas, 500).position[:, 0, :2]).astype(int)
    found, counts = np.unique(places, axis=0, return_counts=True)
    assert set(map(tuple, found)) == {(-2048, -2560), (2048, -2560), (-256, -3840), (256, -3840), (0, -4608)}
    assert (abs(counts - 100) < 45).all(), counts


@pytest.mark.parametrize("team_size", [1, 2, 3])
def test_near_ball_keeps_its_distance_and_faces_the_ball(team_size):
    """300 to 1500 uu from the ball, heading off by 0.4 rad (standard deviation)."""
    starts = draws(near_ball, team_size)
    to_ball = np.stack([(s.ball_position - s.position)[:, :2] for s in starts])
    distance = np.linalg.norm(to_ball, axis=-1)
    assert distance.min() > 299, f"{(distance < 299).mean():.2%} of the cars are nearer"
    assert distance.max() < 1501
    yaw = np.stack([s.yaw_pitch_roll[:, 0] for s in starts])
    off = np.angle(np.exp(1j * (yaw - np.arctan2(to_ball[..., 1], to_ball[..., 0]))))
    assert 0.3 < off.std() < 0.5
    assert abs(off.mean()) < 0.05
    assert (np.abs(off) < np.pi / 2).mean() > 0.99


@pytest.mark.parametrize("function", [near_ball, random])
@pytest.mark.parametrize("team_size", [1, 3])
def test_nothing_starts_outside_the_arena(function, team_size):
    """Walls at x 4096 and y 5120; corners cut where |x| + |y| = 8064, with a ramp at their foot.

    A car put down at (3450, 4450) or nearer to the corner is behind the ramp and never gets out, at (3400, 4400) it
    does: measured with RocketSim.
    """
    starts = draws(function, team_size)
    places = np.concatenate([np.vstack([s.position, s.ball_position]) for s in starts])
    assert np.abs(places[:, 0]).max() < 4096 - 300
    assert np.abs(places[:, 1]).max() < 5120 - 300
    corner = np.abs(places[:, 0]) + np.abs(places[:, 1])
    assert corner.max() <= 7850, f"{(corner > 7850).sum()} of {DRAWS} episodes have something behind a corner's ramp"
    assert places[:, 2].min() >= 17
    assert places[:, 2].max() < 2044 - BALL_RADIUS


@pytest.mark.parametrize("function", [near_ball, random])
def test_the_car_nearest_to_a_corner_can_drive_away(function, make_arenas, monkeypatch, tmp_path):
    """The physics itself: of all draws the car farthest in a corner, turned to the center, at full throttle."""
    starts = draws(function, 1)
    worst = int(np.argmax([np.abs(s.position[:, :2]).sum(axis=1).max() for s in starts]))
    car = int(np.argmax(np.abs(starts[worst].position[:, :2]).sum(axis=1)))
    (tmp_path / "worst_corner.py").write_text(
        "import numpy as np\n"
        f"from jaxrl.game.starts import {function.__name__} as function\n"
        "def start(rng, team_size):\n"
        f"    state = function(np.random.default_rng({worst}), 1)\n"
        f"    x, y, _ = state.position[{car}]\n"
        f"    state.yaw_pitch_roll[{car}, 0] = np.arctan2(-y, -x)\n"
        "    state.velocity[:] = 0\n"
        "    return state\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "worst_corner", raising=False)
    env = make_arenas(start_states=(("worst_corner:start", 1.0),))
    before = unpack(env.reset()[0].copy()).position[car]
    for _ in range(20):
        step = env.step(np.full((1, 2), 16, np.int32))  # full throttle
    driven = np.linalg.norm(unpack(step.state[0]).position[car] - before)
    assert driven > 300, f"from {before} it came {driven:.0f} uu far in 1.3 s"


def corners(state, car):
    """The hitbox `[4, 2]` seen from above."""
    yaw = state.yaw_pitch_roll[car, 0]
    ahead, left = np.array([np.cos(yaw), np.sin(yaw)]), np.array([-np.sin(yaw), np.cos(yaw)])
    middle = state.position[car, :2] + AHEAD * ahead
    return np.array([middle + a * LENGTH / 2 * ahead + b * WIDTH / 2 * left for a in (-1, 1) for b in (-1, 1)])


def overlap(state, one, other):
    """Whether two cars stand in each other: no side of either separates them."""
    boxes = corners(state, one), corners(state, other)
    for car in (one, other):
        for angle in state.yaw_pitch_roll[car, 0] + np.array([0, np.pi / 2]):
            spans = [box @ [np.cos(angle), np.sin(angle)] for box in boxes]
            if spans[0].max() < spans[1].min() or spans[1].max() < spans[0].min():
                return False
    return True


@pytest.mark.parametrize("function", [near_ball, random])
@pytest.mark.parametrize("team_size", [1, 2, 3])
def test_no_two_cars_start_in_each_other(function, team_size):
    """RocketSim throws overlapping bodies apart."""
    count = 0
    for state in draws(function, team_size):
        for one, other in combinations(range(2 * team_size), 2):
            near = np.linalg.norm(state.position[one] - state.position[other]) < 200
            count += bool(near and overlap(state, one, other))
    assert count == 0, f"{count} overlapping pairs in {DRAWS} starts"


@pytest.mark.parametrize("function", [near_ball, random])
@pytest.mark.parametrize("team_size", [1, 2, 3])
def test_no_car_starts_in_the_ball(function, team_size):
    for state in draws(function, team_size):
        gap = np.linalg.norm(state.position - state.ball_position, axis=1) - BALL_RADIUS
        assert gap.min() > LENGTH / 2 + AHEAD


def test_an_airborne_ball_is_never_at_rest():
    """RocketSim lets a ball with exactly zero velocity float until it is hit."""
    assert all(np.linalg.norm(s.ball_velocity) > 1 for s in draws(random, 1))


def test_start_states_reach_the_arena_as_drawn(make_arenas):
    """Poses of `hand_made_starts.two_poses`, read back from the first state."""
    state = unpack(make_arenas(start_states=(("support.hand_made_starts:two_poses", 1.0),)).reset()[0])
    np.testing.assert_allclose(state.position, [[-2048, -2560, 17], [256, 3840, 17]], atol=0.01)
    np.testing.assert_allclose(state.forward, [[0.5**0.5, 0.5**0.5, 0], [0, -1, 0]], atol=1e-5)
    np.testing.assert_allclose(state.up, [[0, 0, 1], [0, 0, 1]], atol=1e-5)
    np.testing.assert_array_equal(state.boost, [100, 100])
    np.testing.assert_array_equal(state.previous_action, [8, 8])


def test_a_mixture_keeps_to_its_weights(make_arenas):
    """Weights 1, 2 and 5 (they need not add up to 1) of 800 episodes: 100, 200 and 500, deviations up to 14."""
    mixture = (
        ("kickoff", 1.0),
        ("support.hand_made_starts:shot_by_blue", 2.0),
        ("support.hand_made_starts:shot_by_orange", 5.0),
    )
    ball_y = first_states(make_arenas, 800, start_states=mixture).ball_position[:, 1]
    counts = [(np.abs(ball_y - y) < 1).sum() for y in (0, 4900, -4900)]
    assert sum(counts) == 800
    assert (np.abs(np.array(counts) - [100, 200, 500]) < 60).all(), counts


def test_seeds_arenas_and_episodes_start_differently(make_arenas):
    starts = [first_states(make_arenas, 50, start_states=(("random", 1.0),), seed=seed) for seed in (0, 1)]
    places = np.concatenate([state.ball_position for state in starts])
    assert len(np.unique(places, axis=0)) == 100


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module_here:start", "cannot import no_such_module_here"),
        ("support.hand_made_starts:no_such_start", "support.hand_made_starts has no function no_such_start"),
    ],
)
def test_a_start_state_that_cannot_be_found_is_named(name, message):
    with pytest.raises(UserError, match=message):
        resolve_start_states(["kickoff", name])
