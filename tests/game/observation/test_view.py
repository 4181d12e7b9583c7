"""What is added to the standard observation: the car's own frame, and the mirror. The mirror's physics: tests/sim."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from support.mirrored import AXIAL, POLAR, mirrored
from support.observations import random_state, turned

from jaxrl.game.actions import ACTION_TABLE, EVERY_ACTION
from jaxrl.game.layout import LAYOUT
from jaxrl.game.observation.additions import ADDITIONS
from jaxrl.game.observation.car_frame import car_frame
from jaxrl.game.observation.mirror import MIRRORED_ACTIONS, ball_on_left
from jaxrl.game.observation.standard import half_turn, observation_size, observe
from jaxrl.game.observation.view import View
from jaxrl.game.reads import fields_read
from jaxrl.game.state import pack, row_size

ADDED = dict.fromkeys(("other_frames", "timers", "contacts", "touches", "pad_timers", "near_pads", "ball_path"), True)
EVERYTHING = View(car_frame=True, mirror=True, **ADDED)
ALL = [View(), View(car_frame=True), View(mirror=True), View(car_frame=True, mirror=True), EVERYTHING]
ALL += [View(**{name: True}) for name in ADDED]


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
@pytest.mark.parametrize("view", [View(mirror=True), View(car_frame=True, mirror=True), EVERYTHING])
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
        reflected = np.any(replace(view, mirror=False).observe(rows) != view.observe(rows), axis=-1)
        np.testing.assert_array_equal(reflected, ball_on_left(rows))


@pytest.mark.parametrize("num_cars", [2, 4, 6])
@pytest.mark.parametrize("name", ADDED)
def test_orange_sees_what_blue_would(name, num_cars):
    """The match turned by 180 degrees, with the cars of the teams exchanged: what is added looks the same."""
    view, size = View(**{name: True}), observation_size(num_cars)
    swapped = np.roll(np.arange(num_cars), num_cars // 2)
    for seed in range(5):
        state = random_state(num_cars, seed)
        values = [
            value[swapped] if field.of_car else value
            for field, value in zip(LAYOUT.fields, half_turn(state), strict=True)
        ]
        seen, from_there = view.observe(pack(state)), view.observe(pack(LAYOUT.table(*values)))
        np.testing.assert_allclose(seen[..., size:], from_there[swapped][..., size:], rtol=1e-5, atol=1e-5)


def test_what_is_added_by_hand():
    """1v1: own car first, then the other; seconds over 0.2, 0.65, 2, 1.25, ticks over 1,200, pads over 4 or 10."""
    state = random_state(2, seed=0)
    numbers = dict.fromkeys(("has_jumped", "is_jumping", "has_double_jumped", "is_flipping", "handbrake"), np.zeros(2))
    state = state._replace(
        **numbers,
        jump_time=np.array([0.1, 0]),
        has_flipped=np.array([0, 1.0]),
        flip_time=np.array([0, 7.0]),
        flip_direction=np.array([[0, 0], [0.6, 0.8]]),
        air_time=np.array([0.5, 9]),
        air_time_since_jump=np.array([0.25, 0]),
        wheels_in_contact=np.array([[1, 0, 0, 1], [0, 0, 0, 0]]),
        surface_normal=np.array([[0, 0, 0], [1, 0, 0]]),
        ticks_since_contact=np.array([120, 2.0**20]),
        first_touch=np.array([0, 1]),
        pad_seconds=np.arange(34) / 10,
    )
    rows = pack(state)
    own = [0, 0, 0.5, 0, 0, 0, 0, 0, 0, 0.25, 0.2, 0]
    other = [0, 0, 0, 0, 1, 0, 2 / 0.65, 0.6, 0.8, 1, 0, 0]
    blue, orange = View(timers=True).observe(rows)[:, 107:]
    np.testing.assert_allclose(blue, [*own, *other], rtol=1e-6)
    np.testing.assert_allclose(orange, [*other, *own], rtol=1e-6)
    blue, orange = View(contacts=True).observe(rows)[:, 107:]
    np.testing.assert_array_equal(blue, [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0])
    np.testing.assert_array_equal(orange, [0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 1, 0, 0, 0])
    np.testing.assert_allclose(View(touches=True).observe(rows)[:, 107:], [[0.1, 0, 1, 1], [1, 1, 0.1, 0]], rtol=1e-6)
    blue, orange = View(pad_timers=True).observe(rows)[:, 107:]
    np.testing.assert_allclose(blue[:4], [0, 0.1 / 4, 0.2 / 4, 0.3 / 10], rtol=1e-5)  # the fourth pad is a large one
    np.testing.assert_array_equal(orange, blue[::-1])
    other_frame = View(other_frames=True).observe(rows)[:, 107:]
    np.testing.assert_array_equal(other_frame, car_frame(rows)[::-1])


def test_what_the_additions_read():
    """Engines fill it, and a program that runs an exported model has to."""
    for name, addition in ADDITIONS.items():
        read = fields_read([lambda state, next_state, actions, observe=addition.observe: observe(state)], 2)
        assert read - {"boost"} == set(addition.reads) == View(**{name: True}).reads


def test_mirrored_actions_turn_the_other_way():
    signs = dict(throttle=1, steer=-1, pitch=1, yaw=-1, roll=-1, jump=1, boost=1, handbrake=1)
    np.testing.assert_array_equal(EVERY_ACTION[MIRRORED_ACTIONS], EVERY_ACTION * np.array(list(signs.values())))
    assert (MIRRORED_ACTIONS[: len(ACTION_TABLE)] < len(ACTION_TABLE)).all(), "the standard table has all images"


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
