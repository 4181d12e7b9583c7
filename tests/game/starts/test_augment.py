"""Start states mirrored, turned and shuffled: the same game seen by others."""

import numpy as np
import pytest
from support.specs import sim_spec

from jaxrl.config.load import load_config
from jaxrl.game.observation.mirror import mirror_rows
from jaxrl.game.starts.augment import augment, mirrored, turned, with_cars
from jaxrl.game.starts.registry import START_STATES
from jaxrl.game.state import unpack
from jaxrl.sim.episodes import Episodes
from jaxrl.sim.spec import Buffers


def spinning(rng, team_size):
    """`anywhere` with a ball that spins."""
    start = START_STATES["anywhere"](rng, team_size)
    start.ball_angular_velocity[:] = rng.uniform(-3, 3, 3)
    return start


def spinning_mirrored(rng, team_size):
    return mirrored(spinning(rng, team_size))


def spinning_turned(rng, team_size):
    return turned(spinning(rng, team_size))


def first_rows(make_arenas, name):
    return make_arenas(num_envs=20, start_states=((f"game.starts.test_augment:{name}", 1.0),)).reset().copy()


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """The start states of this file by name."""
    import sys

    monkeypatch.setitem(sys.modules, "game.starts.test_augment", sys.modules[__name__])


def test_mirrored_is_the_mirror_image_of_the_row(make_arenas):
    """By `mirror_rows`, which is tested by itself."""
    straight, reflected = (first_rows(make_arenas, name) for name in ("spinning", "spinning_mirrored"))
    np.testing.assert_allclose(mirror_rows(straight), reflected, atol=2e-3)


def test_turned_is_what_orange_sees(make_arenas):
    """x and y of every vector change their signs, and blue has what orange had."""
    straight, other = (unpack(first_rows(make_arenas, name)) for name in ("spinning", "spinning_turned"))
    for name in ("ball_position", "ball_velocity", "ball_angular_velocity"):
        np.testing.assert_allclose(getattr(other, name), getattr(straight, name) * [-1, -1, 1], atol=2e-3)
    for name in ("position", "velocity", "angular_velocity", "forward", "up"):
        np.testing.assert_allclose(getattr(other, name), getattr(straight, name)[:, ::-1] * [-1, -1, 1], atol=2e-3)
    for name in ("boost", "has_flip_or_jump", "on_ground"):
        np.testing.assert_allclose(getattr(other, name), getattr(straight, name)[:, ::-1], atol=1e-4)


def test_twice_is_not_at_all():
    start = spinning(np.random.default_rng(0), 3)
    for change in (mirrored, turned):
        again = change(change(start))
        for name, value in start._asdict().items():
            if name == "yaw_pitch_roll":
                np.testing.assert_allclose(np.exp(1j * again.yaw_pitch_roll), np.exp(1j * value), atol=1e-9)
            else:
                np.testing.assert_array_equal(getattr(again, name), value)


def test_augmenting_does_each_in_half_of_the_cases_and_keeps_teams_together():
    """400 draws of one start in which all can be told apart: 200 expected of each, standard deviation 10."""
    rng = np.random.default_rng(0)
    start = START_STATES["near_ball"](rng, 3)._replace(
        boost=np.arange(6.0), ball_position=np.array([500.0, 700, 93.15])
    )
    many = [augment(rng, start) for _ in range(400)]
    x, y = np.array([s.ball_position[:2] for s in many]).T
    turned, flipped = y < 0, (x < 0) != (y < 0)
    assert 150 < turned.sum() < 250
    assert 150 < flipped.sum() < 250
    assert 60 < (turned & flipped).sum() < 140
    boosts = np.array([s.boost for s in many])
    assert {tuple(sorted(b[:3])) for b in boosts[~turned]} == {(0, 1, 2)}
    assert {tuple(sorted(b[:3])) for b in boosts[turned]} == {(3, 4, 5)}
    assert len(set(map(tuple, boosts))) > 60, "of 2 x 6 x 6 orders"


def test_cars_move_with_all_that_is_theirs():
    start = START_STATES["demolished"](np.random.default_rng(0), 2)
    other = with_cars(start, np.array([1, 0, 3, 2]))
    assert other.respawn_ticks[3] == start.respawn_ticks[2] > 0
    np.testing.assert_array_equal(other.position[[1, 0, 3, 2]], start.position)


def episodes(name, first=0, last=6, **changes):
    """Start states of the first two episodes of some arenas, as numbers."""
    spec = sim_spec(num_envs=6, start_states=((name, 1.0),), **changes)
    buffers = Buffers.allocate(spec)
    buffers = Buffers(*(getattr(buffers, field)[first:last] for field in Buffers.layout(spec)))
    part, drawn = Episodes(spec, buffers, first, last), []
    for _ in range(2):
        drawn += [np.concatenate([part_.ravel() for part_ in part.draw(i)[1][:8]]) for i in range(last - first)]
        part.started(np.arange(last - first))
    return np.stack(drawn).reshape(2, last - first, -1)


def test_the_same_whoever_plays_an_arena():
    whole = episodes("shot", augment_starts=True)
    parts = [episodes("shot", *share, augment_starts=True) for share in ((0, 4), (4, 6))]
    np.testing.assert_array_equal(whole, np.concatenate(parts, axis=1))
    assert (whole != episodes("shot")).any(), "it was augmented"


@pytest.mark.parametrize("name", ["near_ball", "random"])
def test_what_is_even_already_keeps_its_episodes(name):
    np.testing.assert_array_equal(episodes(name, augment_starts=True), episodes(name, augment_starts=False))


def test_off_is_what_the_function_says():
    for episode in episodes("shot").reshape(12, -1):
        assert episode[4] > 0, "the ball flies at orange's goal"


def test_recipes_augment_and_old_checkpoints_did_not(tmp_path):
    from jaxrl.config.load import dump_config, load_stored_config

    assert load_config("final").environment.augment_starts
    text = dump_config(load_config("final")).replace("  augment_starts: true\n", "")
    (tmp_path / "policy.json").write_text("{}")
    (tmp_path / "config.yaml").write_text(text)
    assert not load_stored_config(tmp_path / "config.yaml").environment.augment_starts
