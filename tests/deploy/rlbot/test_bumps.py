"""Bumps by rule against RocketSim's own callback: two cars that meet at many angles and speeds."""

import numpy as np
import pytest
import RocketSim as rs
from support.real_game import told_car

from jaxrl.deploy.rlbot.bumps import Bumps
from jaxrl.sim.rocketsim2.physics import make_arena, start_rocketsim


def meet(team_size, pairs, step=1):
    """(bumps by RocketSim, by the rule), lists of (bumper, victim), as the first two cars of `pairs` drive on.

    Each is (place, yaw, speed) on the ground; `step`: of so many packets one arrives.
    """
    start_rocketsim()
    arena, cars = make_arena(team_size)
    arena.reset_kickoff(1)
    for k, car in enumerate(cars):
        state = car.get_state()
        place, yaw, speed = pairs[k] if k < 2 else ((3000, 500 * k, 17), 0.0, 0.0)
        state.pos, state.rot_mat = rs.Vec(*place), rs.Angle(yaw, 0, 0).as_rot_mat()
        state.vel = rs.Vec(speed * np.cos(yaw), speed * np.sin(yaw), 0)
        state.is_supersonic = speed > 2200
        car.set_state(state)
        car.set_controls(rs.CarControls(throttle=1.0 if speed else 0.0))
    true: list[tuple[int, int]] = []

    def on_bump(arena, bumper, victim, is_demo, data):
        if not is_demo:
            true.append((bumper.id - 1, victim.id - 1))

    arena.set_car_bump_callback(on_bump, None)
    bumps, found = Bumps(), []
    for tick in range(90):
        if tick % step == 0:
            before = bumps.inflicted.copy(), bumps.suffered.copy()
            bumps.watch([told_car(car) for car in cars], step)
            bumpers, victims = (now - then for now, then in zip((bumps.inflicted, bumps.suffered), before, strict=True))
            found += zip(sorted(bumpers.elements()), sorted(victims.elements(), reverse=True), strict=True)
        arena.step(1)
    return sorted(true), sorted(found)


@pytest.mark.parametrize("step", [1, 2])
def test_two_cars_that_meet(step):
    """From ahead, behind and the side, into the middle and past it; most are exactly RocketSim's."""
    same, count, kinds = 0, 0, set()
    for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        for aside in (0, 60, 110):
            for speed, other in ((1500, 0), (900, 700), (600, 1300)):
                pairs = [((0, -900, 17), np.pi / 2, speed), ((aside, -100, 17), float(angle), other)]
                true, found = meet(1, pairs, step)
                same += true == found
                count += 1
                kinds.add(tuple(true))
    assert {(), ((0, 1),), ((0, 1), (1, 0))} <= kinds
    assert same >= (0.97 if step == 1 else 0.9) * count, f"{same} of {count}"


def test_a_demolition_is_no_bump_but_a_teammate_is_bumped():
    pairs = [((0, -900, 17), np.pi / 2, 2300), ((0, -100, 17), 0.0, 0)]
    assert meet(1, pairs) == ([], [])
    true, found = meet(2, pairs)
    assert true == found == [(0, 1)]


def test_a_kickoff_forgets():
    bumps = Bumps()
    bumps.inflicted[0] += 1
    bumps.start_episode()
    assert not bumps.inflicted
