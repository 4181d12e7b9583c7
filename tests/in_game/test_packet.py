"""Packets of RLBot against RocketSim's own words for the same situation."""

import numpy as np
import pytest
import RocketSim as rs
from envs import random_rows
from rlbot import flat
from rlbot_server import field_info, packet

from jaxrl.errors import UserError
from jaxrl.game.state import unpack
from jaxrl.in_game.packet import axes, cars_in_order, has_flip_or_jump, pad_order, read_packet
from jaxrl.opponents import make_opponent
from jaxrl.sim.physics import make_arena, start_rocketsim
from jaxrl.watch.recording import match_spec, play

KEPT = [
    name for name in unpack(np.zeros(89))._fields if name not in ("ticks_since_contact", "demos", "previous_action")
]
JUMP_SECONDS = 1.25  # in which a second jump or a flip is possible


def test_rotations_are_rocketsims():
    rng = np.random.default_rng(0)
    for yaw, pitch, roll in rng.uniform([-3.1, -1.5, -3.1], [3.1, 1.5, 3.1], (50, 3)):
        truth = rs.Angle(yaw, pitch, roll).as_rot_mat()
        forward, up = axes(flat.Rotator(pitch, yaw, roll))
        np.testing.assert_allclose(forward, truth.forward.as_numpy(), atol=1e-6)
        np.testing.assert_allclose(up, truth.up.as_numpy(), atol=1e-6)


@pytest.mark.parametrize("team_size", [1, 2, 3])
def test_a_packet_is_read_as_the_state_it_was_made_of(team_size):
    """Whatever the order of cars and pads in it."""
    rng, anything = np.random.default_rng(team_size), make_opponent("random", team_size, 8, "numpy")
    rows, _, _ = play(match_spec(team_size, 8, 1, seed=1), anything, anything, decisions=300)
    for row in rows[::10]:
        order, pads = rng.permutation(2 * team_size), rng.permutation(34)
        found = packet(row, 0, order=order.tolist(), pads=pads.tolist())
        cars = cars_in_order(found, team_size)
        read, truth = unpack(read_packet(found, cars, pad_order(field_info(pads.tolist())))), unpack(row)
        was = order[cars]  # the car of the row that stands in each place
        assert sorted(was[:team_size]) == list(range(team_size))
        for name in KEPT:
            expected = getattr(truth, name)
            per_car = name in truth._fields[5:]
            np.testing.assert_allclose(
                getattr(read, name), expected[was] if per_car else expected, rtol=1e-6, atol=1e-5, err_msg=name
            )


@pytest.mark.parametrize("kind", ["jump and wait", "jump and flip", "double jump", "drop", "drive"])
def test_flips_and_jumps_are_rocketsims(kind):
    """A real car, tick by tick, told as RLBot tells it."""
    start_rocketsim()
    arena, (car, _) = make_arena(1)
    arena.reset_kickoff(7)
    if kind == "drop":
        state = car.get_state()
        state.pos, state.is_on_ground = rs.Vec(0, 0, 900), False
        car.set_state(state)
    answers = []
    for tick in range(330):
        pressed = {}
        if kind != "drive" and kind != "drop" and tick < 10:
            pressed = {"jump": True}
        elif kind == "jump and flip" and tick == 40:
            pressed = {"jump": True, "pitch": -1.0}
        elif kind == "double jump" and tick == 40:
            pressed = {"jump": True}
        if kind == "jump and wait" and tick == 20:  # or it would be on the ground again before its time is over
            state = car.get_state()
            state.pos = rs.Vec(0, 0, 1500)
            car.set_state(state)
        car.set_controls(rs.CarControls(**pressed))
        arena.step(1)
        state = car.get_state()
        left = JUMP_SECONDS - state.air_time_since_jump
        told = flat.PlayerInfo(
            air_state=flat.AirState.OnGround if state.is_on_ground else flat.AirState.InAir,
            dodge_timeout=left if state.has_jumped and not state.is_on_ground and left > 0 else -1.0,
            has_jumped=state.has_jumped,
            has_double_jumped=state.has_double_jumped,
            has_dodged=state.has_flipped,
        )
        answers.append(has_flip_or_jump(told))
        assert answers[-1] == state.has_flip_or_jump(), (kind, tick)
    if kind in ("jump and wait", "jump and flip", "double jump"):
        assert len(set(answers)) == 2, "nothing was compared"


def test_another_field_or_match_is_named():
    row = random_rows(np.random.default_rng(0), (1,), 4)[0]
    with pytest.raises(UserError, match="trained for 1v1, the match is 2v2"):
        cars_in_order(packet(row, 0), 1)
    with pytest.raises(UserError, match="20 boost pads"):
        pad_order(field_info(range(20)))
    with pytest.raises(UserError, match="0 boost pads"):
        pad_order(flat.FieldInfo())
