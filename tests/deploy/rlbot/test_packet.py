"""Packets of RLBot against RocketSim's own words for the same situation."""

import numpy as np
import pytest
import RocketSim as rs
from rlbot import flat
from support.envs import random_rows
from support.real_game import match_spec, record
from support.rlbot_server import field_info, packet

from jaxrl.bots.players import make_player
from jaxrl.deploy.rlbot.history import History
from jaxrl.deploy.rlbot.packet import axes, cars_in_order, pad_order, read_packet
from jaxrl.errors import UserError
from jaxrl.game.layout import LAYOUT
from jaxrl.game.state import unpack

# what a single packet says of the fields of format 1; what takes memory, and format 2, is in test_whole_state.py
MEMORY = ("ticks_since_contact", "demos", "previous_action")
KEPT = [field for field in LAYOUT.fields if field.since == 1 and field.name not in MEMORY]


def seen(found):
    """The history of a packet that is the first."""
    history = History()
    history.watch(found)
    return history


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
    rng, anything = np.random.default_rng(team_size), make_player("random", team_size, 8, 1, "numpy")
    moments = record(match_spec(team_size, seed=1), anything, anything, decisions=300)
    rows = [moment.row for moment in moments if moment.row is not None]
    for row in rows[::10]:
        order, pads = rng.permutation(2 * team_size), rng.permutation(34)
        found = packet(row, 0, order=order.tolist(), pads=pads.tolist())
        cars = cars_in_order(found, team_size)
        read, truth = unpack(read_packet(found, cars, pad_order(field_info(pads.tolist())), seen(found))), unpack(row)
        was = order[cars]  # the car of the row that stands in each place
        assert sorted(was[:team_size]) == list(range(team_size))
        for field in KEPT:
            expected = getattr(truth, field.name)
            np.testing.assert_allclose(
                getattr(read, field.name),
                expected[was] if field.of_car else expected,
                rtol=1e-6,
                atol=1e-5,
                err_msg=field.name,
            )


def test_another_field_or_match_is_named():
    row = random_rows(np.random.default_rng(0), (1,), 4)[0]
    with pytest.raises(UserError, match="trained for 1v1, the match is 2v2"):
        cars_in_order(packet(row, 0), 1)
    with pytest.raises(UserError, match="20 boost pads"):
        pad_order(field_info(range(20)))
    with pytest.raises(UserError, match="0 boost pads"):
        pad_order(flat.FieldInfo())
