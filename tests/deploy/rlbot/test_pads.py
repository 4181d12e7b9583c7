"""Boost pads: RLBot counts the seconds since a pick-up, training only knows whether a pad is there."""

import numpy as np
import pytest
import RocketSim as rs
from rlbot import flat
from support.real_game import PADS, make_batch, match_spec, tell
from support.rlbot_server import field_info

from jaxrl.deploy.rlbot.history import History
from jaxrl.deploy.rlbot.packet import pad_order, read_packet
from jaxrl.game.field import LARGE_PADS, NUM_PADS, PAD_PLACES
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.rows import RowReader, read_arena


@pytest.mark.parametrize(("pad", "seconds"), [(13, 4), (14, 4), (8, 4), (15, 10), (30, 10)])
def test_a_pad_that_was_taken(pad, seconds):
    """Tick by tick until it is there again: the bot's pads are the trainer's, while RLBot's timer runs."""
    assert (pad in LARGE_PADS) == (seconds == 10)
    batch = make_batch(match_spec(1))
    (arena,), ((car, _),) = batch.arenas, batch.cars
    order, history, reader = pad_order(field_info(PADS)), History(), RowReader(2)
    state = car.get_state()
    state.pos, state.vel = rs.Vec(*PAD_PLACES[pad], 17), rs.Vec(0, 0, 0)
    car.set_state(state)
    away, timers = 0, []
    for frame in range(120 * seconds + 60):
        arena.step(1)
        if frame == 1:  # or it would take the pad again
            state = car.get_state()
            state.pos = rs.Vec(-500, 3500, 17)
            car.set_state(state)
        shown = tell(arena, batch.cars[0], frame)
        history.watch(shown)
        pads = unpack(read_packet(shown, [0, 1], order, history)).pads
        np.testing.assert_array_equal(pads, unpack(reader.read_first([read_arena(arena, batch.cars[0])])[0]).pads)
        assert set(np.flatnonzero(pads == 0)) <= {pad}
        away += int(pads[pad] == 0)
        timers.append(shown.boost_pads[PADS.index(pad)].timer)
    assert pads[pad] == 1
    assert abs(away - 120 * seconds) <= 1
    assert seconds - 0.02 < max(timers) <= seconds


@pytest.mark.parametrize("timer", [0.0, 0.01, 3.99, 9.99])
@pytest.mark.parametrize("is_active", [True, False])
def test_whatever_the_timer_says(is_active, timer):
    """At the very first tick it is 0, and people have seen servers that count down."""
    car = flat.PlayerInfo(demolished_timeout=-1.0)
    shown = flat.GamePacket(
        players=[car, car],
        boost_pads=[flat.BoostPadState(is_active, timer)] * NUM_PADS,
        balls=[flat.BallInfo()],
        teams=[flat.TeamInfo(0), flat.TeamInfo(1)],
    )
    history = History()
    history.watch(shown)
    pads = unpack(read_packet(shown, [0, 1], np.arange(NUM_PADS), history)).pads
    np.testing.assert_array_equal(pads, np.full(NUM_PADS, float(is_active)))


def test_pads_that_stand_a_little_elsewhere():
    """RLBot's wiki: some places vary from map to map."""
    rng = np.random.default_rng(0)
    order = rng.permutation(NUM_PADS)
    pads = [
        flat.BoostPad(flat.Vector3(x + dx, y + dy, 70))
        for (x, y), (dx, dy) in zip(
            np.array(PAD_PLACES, float)[order], rng.uniform(-100, 100, (NUM_PADS, 2)), strict=True
        )
    ]
    np.testing.assert_array_equal(pad_order(flat.FieldInfo(pads)), np.argsort(order))
