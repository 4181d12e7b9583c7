"""The ball's path: against RocketSim itself, and by hand. Symmetries and both backends: test_view."""

import numpy as np
import pytest
from support.observations import random_state
from support.specs import sim_spec

from jaxrl.game.observation.ball_path import SHOWN, STEP, ball_path, positions_ahead
from jaxrl.game.state import pack, unpack
from jaxrl.sim.engine import make_env
from jaxrl.sim.rollout import Collector

REACH = 2300.0  # uu
FAR = 250.0  # uu between ball and cars, so that none touches it


@pytest.fixture
def flights(engine):
    """Real arenas in which cars do nothing: `[T + 1, N, ...]` states a tenth of a second apart, `[T, N]` ends."""
    starts = (("random", 1.0), ("shot", 1.0), ("high_ball", 1.0))
    spec = sim_spec(num_envs=64, tick_skip=12, start_states=starts, seed=1)
    with make_env(engine, spec, 0) as env:
        rollout = Collector(env, 50, 2, 256, seed=0).collect(lambda states, _: np.zeros((len(states), 2), np.int32), 0)
        return unpack(rollout.states), rollout.terminated | rollout.truncated


@pytest.mark.parametrize(("seconds", "typical", "nearly_all"), [(0.3, 3, 20), (1.0, 20, 150), (2.0, 120, 500)])
def test_a_ball_that_nobody_touches_is_where_it_said(flights, seconds, typical, nearly_all):
    """Median and 90% of the distances to where RocketSim has it; where it would be without a bounce is no guess."""
    state, ended = flights
    steps = round(seconds / STEP)
    ball, velocity = state.ball_position, state.ball_velocity
    apart = np.linalg.norm(state.position - ball[..., None, :], axis=-1).min(-1)
    errors, straight = [], []
    for t in range(50 - steps):
        free = (apart[t : t + steps + 1] > FAR).all(0) & ~ended[t : t + steps].any(0)
        found = positions_ahead(ball[t], velocity[t])[steps - 1]
        errors.append(np.linalg.norm(found - ball[t + steps], axis=-1)[free])
        straight.append(np.linalg.norm(ball[t] + velocity[t] * seconds - ball[t + steps], axis=-1)[free])
    errors, straight = np.concatenate(errors), np.concatenate(straight)
    assert len(errors) > 500
    assert np.median(errors) < typical
    assert np.quantile(errors, 0.9) < nearly_all
    assert np.median(errors) < np.median(straight) / 5


def seen(ball, velocity, place=(0.0, 0.0, 17.0), car=0):
    """What a car at `place` with its nose along +y sees, as `[5, 5]` in uu, and the two that are about goals."""
    state = random_state(2, seed=0)
    state.position[car], state.forward[car], state.up[car] = place, (0, 1, 0), (0, 0, 1)
    state.ball_position[:], state.ball_velocity[:] = ball, velocity
    numbers = ball_path(pack(state))[car]
    return numbers[:-2].reshape(len(SHOWN), 5) * REACH, numbers[-2:]


def test_a_ball_that_rolls_away_from_the_nose():
    """1,000 uu/s along +y from 500 uu ahead, to the right (-x) by 200: drag takes 3% a second, floor and sides stay."""
    path, goals = seen((-200.0, 500.0, 93.15), (0.0, 1000.0, 0.0))
    ways = [500 + 1000 * sum(0.997**k for k in range(step)) * STEP for step in SHOWN]
    np.testing.assert_allclose(path[:, 0], ways, rtol=1e-3)
    np.testing.assert_allclose(path[:, 1], 200, rtol=1e-3)
    np.testing.assert_allclose(path[:, 2], 93.15 - 17, rtol=1e-3)
    np.testing.assert_allclose(path[:, 3], 93.15, rtol=1e-3)
    np.testing.assert_allclose(path[:, 4], ways, rtol=1e-3)
    np.testing.assert_array_equal(goals, 0)


def test_a_ball_that_falls_bounces_to_a_third_of_its_height():
    """0.6 squared, from 600 uu above where it rests: 1.36 s down at 650 uu/s2, and up again after that."""
    path, _ = seen((1000.0, 0.0, 693.15), (0.0, 0.0, 0.0))
    heights = path[:, 3] - 93.15
    np.testing.assert_allclose(heights[:3], [600 - 325 * t**2 for t in (0.3, 0.6, 1.0)], rtol=0.02)
    speed = 0.6 * 650 * (600 / 325) ** 0.5
    later = 2 - (600 / 325) ** 0.5
    assert heights[4] == pytest.approx(speed * later - 325 * later**2, abs=25)


@pytest.mark.parametrize(("car", "own", "attacked"), [(0, 0.0, 0.55), (1, 0.55, 0.0)])
def test_a_shot_says_how_soon_it_is_in(car, own, attacked):
    """1,300 uu before the goal that blue attacks, at 1,500 uu/s: behind the line with all of it after nine steps."""
    _, goals = seen((0.0, 3820.0, 93.15), (0.0, 1500.0, 0.0), car=car)
    np.testing.assert_allclose(goals, [own, attacked], atol=0.06)


def test_beside_the_goal_the_wall_sends_it_back():
    path, goals = seen((1500.0, 4500.0, 93.15), (0.0, 2000.0, 0.0))
    assert (path[:, 4] < 5120 - 90).all()
    assert path[4, 4] < 4000
    np.testing.assert_array_equal(goals, 0)
