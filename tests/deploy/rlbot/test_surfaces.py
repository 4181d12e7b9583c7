"""What a car touches: heights worked out by hand, and RocketSim's own word for cars that drive at random."""

import numpy as np
import pytest
import RocketSim as rs

from jaxrl.deploy.rlbot.surfaces import a_tick_ago, axes_of, surface_normals, wheels_in_contact
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.sim.rocketsim2.car_states import WHEELS
from jaxrl.sim.rocketsim2.physics import make_arena, make_controls, start_rocketsim

LEVEL = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
ON_ITS_ROOF = [[1, 0, 0], [0, -1, 0], [0, 0, -1]]
ROOF_TO_MINUS_X = [[0, 1, 0], [0, 0, 1], [-1, 0, 0]]


@pytest.mark.parametrize(
    ("position", "axes", "wheels", "normal"),
    [
        ((0, 0, 17), LEVEL, [1, 1, 1, 1], (0, 0, 0)),
        # wheels hang 20.755 above the middle and reach 48.755 down in front, 49.555 behind
        ((0, 0, 27.9), LEVEL, [1, 1, 1, 1], (0, 0, 0)),
        ((0, 0, 28.1), LEVEL, [0, 0, 1, 1], (0, 0, 0)),
        ((0, 0, 28.9), LEVEL, [0, 0, 0, 0], (0, 0, 0)),
        # the roof is 20.755 + 19.33 above the middle
        ((0, 0, 41), ON_ITS_ROOF, [0, 0, 0, 0], (0, 0, 1)),
        ((0, 0, 43), ON_ITS_ROOF, [0, 0, 0, 0], (0, 0, 0)),
        ((0, 0, 2048 - 17), ON_ITS_ROOF, [1, 1, 1, 1], (0, 0, 0)),
        ((4096 - 17, 0, 900), ROOF_TO_MINUS_X, [1, 1, 1, 1], (0, 0, 0)),
        ((-4096 + 41, 0, 900), ROOF_TO_MINUS_X, [0, 0, 0, 0], (1, 0, 0)),
        # the nose is 13.8757 + 60.25 ahead of the middle: at the back wall beside the goal, and in the goal
        ((3000 - 2000, 5120 - 74, 300), [[0, 1, 0], [-1, 0, 0], [0, 0, 1]], [0, 0, 0, 0], (0, -1, 0)),
        ((0, 5120 - 74, 300), [[0, 1, 0], [-1, 0, 0], [0, 0, 1]], [0, 0, 0, 0], (0, 0, 0)),
        ((0, 5400, 17), LEVEL, [1, 1, 1, 1], (0, 0, 0)),
    ],
)
def test_heights_worked_out_by_hand(position, axes, wheels, normal):
    position, axes = np.array([position], float), np.array([axes], float)
    np.testing.assert_array_equal(wheels_in_contact(position, axes)[0], wheels)
    np.testing.assert_allclose(surface_normals(position, axes)[0], normal, atol=1e-9)


def test_corners_of_the_field():
    """The diagonal wall between the side at x = 4096 and the back at y = 5120 is where |x| + |y| = 8064."""
    tilt = np.array([[[0.5**0.5, -(0.5**0.5), 0], [0, 0, 1], [-(0.5**0.5), -(0.5**0.5), 0]]])
    position = np.array([[4032 - 17 * 0.5**0.5 - 500, 4032 - 17 * 0.5**0.5 + 500, 900]])
    assert wheels_in_contact(position, tilt).all()
    assert not wheels_in_contact(position - [[30, 30, 0]], tilt).any()


def test_cars_that_drive_at_random():
    """RocketSim finds out what touches before it moves the cars: the pose of the tick before is the better answer."""
    start_rocketsim()
    rng = np.random.default_rng(1)
    table = [make_controls(row) for row in ACTION_TABLE]
    arena, cars = make_arena(2)
    states, before, poses = [], [], []
    for seed in rng.integers(2**31, size=3):
        arena.reset_kickoff(int(seed))
        for tick in range(1200):
            if tick % 8 == 0:
                for car in cars:
                    car.set_controls(table[rng.choice([rng.integers(24), rng.integers(90)])])
            earlier = [car.get_state() for car in cars]
            arena.step(1)
            now = [car.get_state() for car in cars]
            whole = [i for i, state in enumerate(now) if not (state.is_demoed or earlier[i].is_demoed) and tick]
            states += [now[i] for i in whole]
            before += [pose(earlier[i]) for i in whole]
            poses += [pose(now[i]) for i in whole]
    (position, axes), earlier = (map(np.array, zip(*pairs, strict=True)) for pairs in (poses, before))
    earlier = tuple(earlier)
    moving = (np.array([getattr(state, name).as_numpy() for state in states], float) for name in ("vel", "ang_vel"))
    ago = a_tick_ago(position, axes, *moving)
    # bumps and the limits of speed and spin change a velocity after the cars have moved
    assert (np.linalg.norm(ago[0] - earlier[0], axis=-1) < 0.05).mean() > 0.98
    turned = np.abs(ago[1] - earlier[1]).max(axis=(1, 2))
    assert (turned < 1e-3).mean() > 0.7
    assert turned.max() < 0.2

    wheels = np.array([[flags[k] for k in WHEELS] for flags in (s.wheels_with_contact for s in states)]) > 0
    touching = wheels.any(axis=1)
    right = (wheels_in_contact(*ago) == wheels).all(axis=1)
    assert 0.98 < right.mean() < 1
    assert right.mean() > (wheels_in_contact(position, axes) == wheels).all(axis=1).mean()
    assert 0.2 < touching.mean() < 0.8

    contact = np.array([state.has_world_contact for state in states])
    found = np.abs(surface_normals(*ago)).sum(axis=-1) > 0
    assert contact.sum() > 100
    assert (found & contact).sum() > 0.7 * contact.sum(), "the rest is on posts and in goals"
    assert (found & ~contact).sum() < 0.15 * contact.sum()


def pose(state):
    matrix = state.rot_mat
    forward, up = (axis.as_numpy().astype(float) for axis in (matrix.forward, matrix.up))
    return state.pos.as_numpy().astype(float), axes_of(forward[None], up[None])[0]


def test_axes_are_rocketsims():
    matrix = rs.Angle(0.3, 0.5, -1.1).as_rot_mat()
    axes = axes_of(matrix.forward.as_numpy()[None], matrix.up.as_numpy()[None])[0]
    np.testing.assert_allclose(axes[1], matrix.right.as_numpy(), atol=1e-6)
