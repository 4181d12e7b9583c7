"""Observations of the user's own: turned, mirrored and checked without a word in the function."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.envs import random_rows

from jaxrl import allow_code
from jaxrl.errors import UserError
from jaxrl.game.observation.mirror import ball_on_left, mirror_rows
from jaxrl.game.observation.standard import observe
from jaxrl.game.observation.view import View
from jaxrl.game.state import pack, unpack

OWN = """
from jaxrl.game.actions import EVERY_ACTION
from jaxrl.game.state import namespace


def observe(state, car):
    xp = namespace(state.boost)
    pressed = xp.asarray(EVERY_ACTION)[state.previous_action[..., car].astype("int32")]
    offset = state.ball_position - state.position[..., car, :]
    return xp.concatenate([offset, state.boost[..., car, None], pressed, state.pads[..., :2]], axis=-1)


def boost(state, car):
    return state.boost[..., car, None]


def none(state, car):
    return None


def scalar(state, car):
    return state.boost[..., car]


def words(state, car):
    return state.boost[..., car, None].astype("complex64")


def other(state, car):
    return state.position[..., : car + 1, 0]


def failing(state, car):
    return state.bost


def empty(state, car):
    return state.boost[..., :0]
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The module above, whose functions are allowed; gives a view of one."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_obs.py").write_text(OWN)

    def view(name, **options):
        allow_code(f"own_obs:{name}")
        return View(custom=f"own_obs:{name}", **options)

    yield view
    import sys

    sys.modules.pop("own_obs", None)


def rows_of(num_cars, lead=(5, 3)):
    rng = np.random.default_rng(num_cars)
    state = unpack(random_rows(rng, lead, num_cars))
    pads = (rng.random(state.pads.shape) < 0.5).astype(np.float32)
    return pack(state._replace(pads=pads, previous_action=rng.integers(90, size=state.boost.shape)))


@pytest.mark.parametrize("num_cars", [2, 4, 6])
def test_a_blue_car_sees_the_world_and_an_orange_one_the_world_turned(own, num_cars):
    """Hand-worked: x and y of a vector change their sign for orange, pads are counted from the other end."""
    rows, view = rows_of(num_cars), own("observe", standard=False)
    state, seen = unpack(rows), view.observe(rows)
    assert view.size(num_cars) == 14
    assert seen.shape == (5, 3, num_cars, 14)
    for car in range(num_cars):
        side = 1 if car < num_cars // 2 else -1
        offset = (state.ball_position - state.position[..., car, :]) * np.array([side, side, 1])
        np.testing.assert_allclose(seen[..., car, :3], offset, rtol=1e-6)
        np.testing.assert_array_equal(seen[..., car, 3], state.boost[..., car])
        np.testing.assert_array_equal(seen[..., car, 12:], state.pads[..., :2] if side > 0 else state.pads[..., :-3:-1])


@pytest.mark.parametrize("num_cars", [2, 6])
def test_what_the_mirror_shows_is_the_mirrored_world(own, num_cars):
    """Of rows and their mirror image every car sees the same with `mirror`; without it each sees its own."""
    rows = rows_of(num_cars)
    images = mirror_rows(rows)
    plain, mirrored = own("observe", standard=False), own("observe", standard=False, mirror=True)
    seen, on_left = mirrored.observe(rows), ball_on_left(rows)
    np.testing.assert_allclose(mirrored.observe(images), seen, rtol=1e-6)
    expected = np.where(on_left[..., None], plain.observe(images), plain.observe(rows))
    np.testing.assert_array_equal(seen, expected)
    assert 0.2 < on_left.mean() < 0.8
    assert np.abs(plain.observe(images) - plain.observe(rows)).max() > 100


def test_it_stands_behind_the_standard_observation_or_in_its_place(own):
    rows = rows_of(2)
    both = own("observe", car_frame=True).observe(rows)
    np.testing.assert_array_equal(both[..., :107], observe(rows))
    np.testing.assert_array_equal(both[..., :-14], View(car_frame=True).observe(rows))
    np.testing.assert_array_equal(both[..., -14:], own("observe", standard=False).observe(rows))


def test_jax_computes_the_same(own):
    rows, view = rows_of(4), own("observe", mirror=True, car_frame=True)
    np.testing.assert_allclose(jax.jit(view.observe)(jnp.asarray(rows)), view.observe(rows), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", r"must return numbers \[1, 'K'\], not NoneType"),
        ("scalar", r"must return numbers \[1, 'K'\], not \[1\]"),
        ("words", "must return real numbers, not complex64"),
        ("other", r"must return as many numbers for every car, not \[1, 1\], \[1, 2\]"),
        ("failing", r"own_obs.py, line 34\): AttributeError: 'State' object has no attribute 'bost'"),
        ("empty", r"must return numbers \[1, 'K'\], not \[1, 0\]"),
    ],
)
def test_a_faulty_one_is_named_in_one_line(own, name, message):
    with pytest.raises(UserError, match=message) as caught:
        own(name).size(2)
    assert str(caught.value).startswith(f"observation.custom own_obs:{name}")
    assert len(str(caught.value).splitlines()) == 1


def test_nobody_runs_code_that_was_not_allowed(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "evil_obs.py").write_text("raise SystemExit('ran')")
    with pytest.raises(UserError, match="evil_obs:observe: read it, then allow it with --allow-code evil_obs:observe"):
        View(custom="evil_obs:observe").size(2)
    with pytest.raises(UserError, match="cannot import evil_obs"):
        allow_code("evil_obs:observe")
    with pytest.raises(UserError, match=r"must have the form package.module:function"):
        allow_code("evil_obs")
