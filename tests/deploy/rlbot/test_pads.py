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


CENTER = PADS.index(13)  # of the small pad at (0, -1024), as RLBot counts pads


def told(boosts, places, active=True, timer=0.0):
    """Cars with so much boost at these places near the pad, which is there or went `timer` seconds ago."""
    pads = [flat.BoostPadState(active or k != CENTER, timer if k == CENTER else 0.0) for k in range(NUM_PADS)]
    players = [
        flat.PlayerInfo(flat.Physics(flat.Vector3(x, y - 1024, 17)), boost=boost, demolished_timeout=-1.0)
        for boost, (x, y) in zip(boosts, places, strict=True)
    ]
    return players, pads


def takers(*situations):
    """Small pads that each car has taken after these packets, one tick apart."""
    history = History(pad_order(field_info(PADS)))
    for frame, (players, pads) in enumerate(situations):
        info = flat.MatchInfo(match_phase=flat.MatchPhase.Active, frame_num=frame)
        history.watch(flat.GamePacket(players=players, boost_pads=pads, match_info=info))
    return [history.car(i).tank.small_pads for i in range(len(situations[0][0]))]


def test_who_took_a_pad():
    """The car whose tank was filled, though another is nearer; the nearest if nobody's was; nobody who is far away."""
    near, nearer, far = (130, 0), (0, 10), (0, 2000)
    assert takers(told([50, 20], [near, nearer]), told([62, 20], [near, nearer], False)) == [1, 0]
    assert takers(told([50, 20], [near, nearer]), told([49, 19], [near, nearer], False)) == [0, 1]
    assert takers(told([50, 20], [far, far]), told([62, 20], [far, far], False)) == [0, 0]


def test_a_pad_that_is_taken_in_the_tick_in_which_it_comes_back():
    """It is never seen: RLBot's clock alone tells. A clock that counts down, as people have seen, tells nothing."""
    here = [(0, 0)]
    gone = [told([62], here, False, timer) for timer in (3.98, 3.99)]
    assert takers(told([50], here), *gone, told([74], here, False, 0.0)) == [2]
    assert takers(told([50], here), *(told([62], here, False, timer) for timer in (3.9, 3.8, 3.7))) == [1]


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
