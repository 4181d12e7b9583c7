"""The ready start states: what their names promise, that nothing starts in anything, and that they can be played."""

from functools import cache

import numpy as np
import pytest

from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.game.starts.check import mistake_in
from jaxrl.game.starts.registry import EVEN, OTHERS, START_STATES
from jaxrl.game.starts.rotation import axes
from jaxrl.game.starts.state import StartState
from jaxrl.game.state import unpack

READY = [function.__name__ for function in OTHERS]
TICKS = 240  # 2 s
GENTLE = 60.0  # uu/s: gravity, wheels that settle on a surface and a ball that rolls do less in 4 ticks


@cache
def drawn(name, team_size=1, count=200):
    """Fields `[count, ...]` of many draws."""
    starts = [START_STATES[name](np.random.default_rng(seed), team_size) for seed in range(count)]
    return StartState(*(np.stack(values) for values in zip(*starts, strict=True)))


def hero(name):
    """Ball, place, velocity, nose and roof of the first blue car, over many draws."""
    s = drawn(name)
    forward, _, up = axes(s.yaw_pitch_roll[:, 0])
    return s.ball_position, s.position[:, 0], s.velocity[:, 0], forward, up


def cosine(a, b):
    return (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)


@pytest.mark.parametrize("name", READY)
@pytest.mark.parametrize("team_size", [1, 2, 3])
def test_nothing_starts_in_anything(name, team_size):
    for seed in range(60):
        assert mistake_in(START_STATES[name](np.random.default_rng(seed), team_size), 2 * team_size) is None, seed


@pytest.mark.parametrize("name", READY)
def test_every_ready_one_says_what_it_trains_and_its_ranges(name):
    first, *rest = START_STATES[name].__doc__.splitlines()
    assert first.endswith(".")
    assert any(character.isdigit() for character in "".join([first, *rest])) or name == "anywhere"


def test_kickoff_like_is_as_near_for_both_and_not_a_kickoff():
    s = drawn("kickoff_like", 2)
    np.testing.assert_allclose(s.position[:, 2:, :2], -s.position[:, :2, :2], atol=1e-6)
    np.testing.assert_allclose(axes(s.yaw_pitch_roll[:, 2:])[0], -axes(s.yaw_pitch_roll[:, :2])[0], atol=1e-6)
    assert (s.ball_position == [0, 0, 93.15]).all()
    assert len(np.unique(np.round(s.position[:, 0, 0]))) > 150
    assert (s.boost == s.boost[:, :1]).all()


def test_recovery_is_in_the_air_and_not_upright():
    s = drawn("recovery", 3)
    assert s.position[..., 2].min() >= 200
    assert axes(s.yaw_pitch_roll)[2][..., 2].max() <= 0.5
    assert 0.4 < (s.flip_seconds == 0).mean() < 0.6


def test_half_flip_faces_away_from_the_ball():
    ball, place, velocity, forward, _ = hero("half_flip")
    assert cosine((ball - place)[:, :2], forward[:, :2]).max() < -0.9
    assert (velocity * forward).sum(-1).max() <= 0


def test_high_ball_is_high_and_the_car_on_the_floor_looks_at_it():
    ball, place, _, forward, _ = hero("high_ball")
    assert ball[:, 2].min() >= 900
    assert np.ptp(place[:, 2]) == 0
    assert np.median(cosine((ball - place)[:, :2], forward[:, :2])) > 0.9


def test_aerial_flies_at_the_ball_with_its_nose_ahead():
    ball, place, velocity, forward, _ = hero("aerial")
    assert cosine(ball - place, forward).min() > 0.9
    assert cosine(ball - place, velocity).min() > 0.99
    assert place[:, 2].min() >= 150
    assert drawn("aerial").boost[:, 0].min() >= 50


def test_wall_has_car_and_ball_on_one_side_wall():
    ball, place, velocity, _, up = hero("wall")
    side = np.sign(place[:, 0])
    np.testing.assert_allclose(up, side[:, None] * [-1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(ball[:, 0], side * (4096 - 93.15))
    assert cosine(ball - place, velocity).min() > 0.9
    assert set(side) == {-1, 1}


def test_ceiling_is_upside_down_over_the_ball():
    ball, place, _, _, up = hero("ceiling")
    np.testing.assert_allclose(up, np.broadcast_to([0, 0, -1], up.shape), atol=1e-6)
    assert (place[:, 2] > ball[:, 2] + 700).all()


def test_air_dribble_has_the_ball_at_the_nose_and_as_fast():
    ball, place, velocity, forward, _ = hero("air_dribble")
    assert cosine(ball - place, forward).min() > 0.9
    assert np.linalg.norm(ball - place, axis=-1).max() < 280
    assert np.linalg.norm(drawn("air_dribble").ball_velocity - velocity, axis=-1).max() < 250


def test_flip_reset_has_its_wheels_to_the_ball_and_no_flip():
    ball, place, _, _, up = hero("flip_reset")
    assert cosine(ball - place, up).max() < -0.99
    assert (drawn("flip_reset").flip_seconds[:, 0] == 0).all()


def test_demolished_is_one_opponent_alone():
    ticks = drawn("demolished", 3).respawn_ticks
    assert (ticks[:, 3] >= 1).all()
    assert ticks[:, 3].max() > 300
    assert not np.delete(ticks, 3, axis=1).any()


def test_anywhere_holds_every_kind_of_place():
    s = drawn("anywhere", 2)
    up, z = axes(s.yaw_pitch_roll)[2][..., 2].ravel(), s.position[..., 2].ravel()
    kinds = {
        "floor": (z < 20) & (up > 0.99),
        "roof": (z < 70) & (up < -0.99),
        "air": (z > 100) & (abs(s.position[..., 0]).ravel() < 3500) & (z < 1600),
        "wall": (abs(s.position[..., 0]).ravel() > 4000) & (abs(up) < 0.01),
        "ceiling": (z > 2000) & (up < -0.99),
        "little boost": s.boost.ravel() < 10,
    }
    assert all(kind.mean() > 0.05 for kind in kinds.values()), {name: kind.mean() for name, kind in kinds.items()}
    ball = s.ball_position
    for many in (ball[:, 2] < 95, ball[:, 2] > 800, abs(ball[:, 0]) > 4000, abs(ball[:, 1]) > 4850):
        assert many.mean() > 0.03


def arenas(make_arenas, names, num_envs, team_size=1):
    """Arenas of 2 s an episode."""
    return make_arenas(
        num_envs=num_envs,
        team_size=team_size,
        tick_skip=4,
        action_delay_ticks=0,
        max_episode_ticks=TICKS,
        start_states=tuple((name, 1.0) for name in names),
        augment_starts=True,
    )


def play(env, count):
    """First states, those after 4 ticks, and the last ones after 2 s of idling, `[count, ...]`; which scored."""
    envs, cars = env.num_envs, env.spec.num_cars
    idle = np.full((envs, cars), NEUTRAL_ACTION, np.int32)
    first, second, last, scored = [], [], [], []
    rows = env.reset()
    age = np.zeros(envs, int)
    while len(last) < count:
        for i in np.flatnonzero(age == 0):
            first.append((i, rows[i].copy()))
        step = env.step(idle)
        age += 1
        for i in np.flatnonzero(age == 1):
            second.append(step.state[i].copy())
        for i in np.flatnonzero(step.terminated | step.truncated):
            last.append(step.final_state[i].copy())
            scored.append(bool(step.terminated[i]))
            age[i] = 0
        rows = step.state
    first = first[: len(second)]
    return (
        unpack(np.stack([row for _, row in first])),
        unpack(np.stack(second)),
        unpack(np.stack(last)),
        np.array(scored),
    )


def check_played(name, first, second, last):
    """All numbers are finite, nothing left the field, and no body was thrown by another that it was in."""
    for state in (first, second, last):
        for field in state:
            assert np.isfinite(field).all()
    assert (abs(last.position) < [4200, 6100, 2100]).all()
    assert last.position[..., 2].min() > 0
    assert last.ball_position[..., 2].min() > 80
    met = (second.ticks_since_contact == 0).any(-1) | (second.bumps.sum(-1) > 0)
    for before, after in (
        (first.ball_velocity[:, None], second.ball_velocity[:, None]),
        (first.velocity, second.velocity),
    ):
        gained = np.linalg.norm(after, axis=-1) - np.linalg.norm(before, axis=-1)
        gained[met] = 0
        assert gained.max() < GENTLE, f"{name}: thrown by {gained.max():.0f} uu/s"
    up = first.up[..., 2]
    at_surface = {"wall": abs(up) < 0.01, "ceiling": up < -0.99}
    if name in at_surface:
        assert ((first.on_ground > 0) & at_surface[name]).any(axis=1).all(), "the car's wheels are on it"
    if name == "recovery":
        assert not first.on_ground.any()
    if name == "flip_reset":
        assert ((first.has_flip_or_jump == 0).sum(axis=1) == 1).all()
    if name == "demolished":
        assert (first.demoed.sum(axis=1) == 1).all()


def test_a_few_of_each_are_played(make_arenas):
    env = arenas(make_arenas, READY, num_envs=6, team_size=2)
    for name, weights in zip(READY, np.eye(len(READY)), strict=True):
        env.set_start_weights(weights)
        first, second, last, _ = play(env, 6)
        check_played(name, first, second, last)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*READY, *(function.__name__ for function in EVEN)])
def test_a_thousand_of_each_are_played(make_arenas, name):
    first, second, last, scored = play(arenas(make_arenas, [name], num_envs=50), 1000)
    check_played(name, first, second, last)
    if name in ("shot", "goalie"):
        assert scored.mean() > 0.7, "it would score if nobody moved"
    if name == "recovery":
        assert (last.position[..., 2] < 100).mean() > 0.7, "they have landed"
