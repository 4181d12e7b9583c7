"""What is added to the standard observation: the car's own frame, and the mirror. The mirror's physics: tests/sim."""

import jax
import numpy as np
import pytest
from support.mirrored import AXIAL, POLAR, mirrored
from support.observations import random_state, turned

from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.observation.car_frame import car_frame
from jaxrl.game.observation.mirror import MIRRORED_ACTIONS, ball_on_left
from jaxrl.game.observation.standard import observe
from jaxrl.game.observation.view import View
from jaxrl.game.state import pack, row_size

ALL = [View(), View(car_frame=True), View(mirror=True), View(car_frame=True, mirror=True)]


def upright(state, yaw):
    """The state with cars on their wheels, turned by `yaw` `[C]` (0 = along x)."""
    yaw = np.asarray(yaw)
    zeros = np.zeros_like(yaw)
    forward = np.stack([np.cos(yaw), np.sin(yaw), zeros], axis=-1)
    return state._replace(forward=forward, up=np.tile([0.0, 0.0, 1.0], (len(yaw), 1)))


@pytest.mark.parametrize("num_cars", [2, 4, 6])
@pytest.mark.parametrize("view", ALL)
def test_sizes_and_both_backends(view, num_cars):
    rows = np.stack([pack(random_state(num_cars, seed=s)) for s in range(5)])
    seen = view.observe(rows)
    assert (seen.shape, seen.dtype) == ((5, num_cars, view.size(num_cars)), np.float32)
    # the frame of a car in the random state is not of unit length: numbers up to 10
    np.testing.assert_allclose(jax.jit(view.observe)(rows), seen, rtol=1e-5, atol=1e-5)
    actions = np.random.default_rng(0).integers(0, 90, (5, num_cars)).astype(np.int32)
    translated = view.to_world(rows, actions)
    np.testing.assert_array_equal(jax.jit(view.to_world)(rows, actions), translated)
    np.testing.assert_array_equal(view.to_world(rows, translated), actions)


def test_without_additions_it_is_the_standard_observation():
    rows = pack(random_state(2, seed=0))
    np.testing.assert_array_equal(View().observe(rows), observe(rows))
    np.testing.assert_array_equal(View(car_frame=True).observe(rows)[:, :107], observe(rows))


@pytest.mark.parametrize("num_cars", [2, 4, 6])
@pytest.mark.parametrize("view", [View(mirror=True), View(car_frame=True, mirror=True)])
def test_a_match_and_its_mirror_image_look_the_same(view, num_cars):
    """And what is chosen in both are actions that mirror each other."""
    for seed in range(10):
        state = random_state(num_cars, seed)
        rows, image = pack(state), pack(mirrored(state))
        np.testing.assert_array_equal(view.observe(rows), view.observe(image))
        chosen = np.arange(num_cars, dtype=np.int32) * 14 + seed
        in_world, in_image = view.to_world(rows, chosen), view.to_world(image, chosen)
        np.testing.assert_array_equal(MIRRORED_ACTIONS[in_world], in_image)
        assert (ball_on_left(rows) != ball_on_left(image)).all()
        reflected = np.any(View(car_frame=view.car_frame).observe(rows) != view.observe(rows), axis=-1)
        np.testing.assert_array_equal(reflected, ball_on_left(rows))


def test_mirrored_actions_turn_the_other_way():
    signs = dict(throttle=1, steer=-1, pitch=1, yaw=-1, roll=-1, jump=1, boost=1, handbrake=1)
    np.testing.assert_array_equal(ACTION_TABLE[MIRRORED_ACTIONS], ACTION_TABLE * np.array(list(signs.values())))


def test_left_is_left():
    """RocketSim is left-handed: for a car that looks along x, +y is on the right."""
    state = upright(random_state(2, seed=0), [0.0, np.pi / 2])
    state = state._replace(position=np.zeros((2, 3)), ball_position=np.array([500.0, 300.0, 93.0]))
    np.testing.assert_array_equal(ball_on_left(pack(state)), [False, True])


def test_ball_ahead_right_and_up():
    """By hand: car 0 looks along x, car 1 along -y; scales are 2300 uu, 2300 uu/s and 5.5 rad/s."""
    state = upright(random_state(2, seed=0), [0.0, -np.pi / 2])
    position = np.array([[100.0, 200.0, 17.0], [-1000.0, 700.0, 17.0]])
    velocity = np.array([[1000.0, 0.0, 0.0], [0.0, -500.0, 0.0]])
    state = state._replace(
        position=position,
        velocity=velocity,
        angular_velocity=np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]),
        ball_position=np.array([400.0, 600.0, 117.0]),
        ball_velocity=np.array([0.0, 2300.0, 0.0]),
    )
    first, second = car_frame(pack(state))
    np.testing.assert_allclose(first[0:3], np.array([300, 400, 100]) / 2300, atol=1e-6)  # x, y, z of the ball
    np.testing.assert_allclose(first[3:6], np.array([-1000, 2300, 0]) / 2300, atol=1e-6)
    length = np.hypot(500, 100)
    np.testing.assert_allclose(first[6:9], np.array([300, 400, 100]) / length, atol=1e-6)
    np.testing.assert_allclose(first[9:12], [1000 / 2300, 0, 0], atol=1e-6)
    np.testing.assert_allclose(first[12:15], np.array([1, 2, 3]) / 5.5, atol=1e-6)
    np.testing.assert_allclose(first[15:18], np.array([-100, 4920, 304.3875]) / 2300, atol=1e-4)  # blue attacks +y
    np.testing.assert_allclose(first[18:21], np.array([-100, -5320, 304.3875]) / 2300, atol=1e-4)
    np.testing.assert_allclose(first[21:23], np.array([length, 100]) / 2300, atol=1e-6)
    np.testing.assert_allclose(first[23:26], np.array([-1100, 500, 0]) / 2300, atol=1e-6)  # the other car
    np.testing.assert_allclose(first[26:29], np.array([-1000, -500, 0]) / 2300, atol=1e-6)
    # car 1 looks along -y: ahead is -y, and right is +x
    np.testing.assert_allclose(second[0:3], np.array([100, 1400, 100]) / 2300, atol=1e-6)
    np.testing.assert_allclose(second[15:18], np.array([5820, 1000, 304.3875]) / 2300, atol=1e-4)  # orange attacks -y


def test_a_car_sees_the_same_wherever_it_stands():
    """Turned by 180 degrees with everything else, nothing changes in its own frame but the goals."""
    state = random_state(2, seed=1)
    half_turn = {name: turned(getattr(state, name)) for name in (*POLAR, *AXIAL)}
    seen, seen_turned = car_frame(pack(state)), car_frame(pack(state._replace(**half_turn)))
    np.testing.assert_allclose(seen[:, :15], seen_turned[:, :15], atol=1e-4)
    np.testing.assert_allclose(seen[:, 15:18], seen_turned[:, 18:21], atol=1e-4)
    assert row_size(2) == pack(state).size
