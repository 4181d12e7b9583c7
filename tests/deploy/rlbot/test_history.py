"""Jumps and demolitions, tick by tick: what the bot makes of RLBot's words against RocketSim's own."""

import numpy as np
import pytest
import RocketSim as rs
from rlbot import flat
from support.as_trained import previous_action
from support.bots import write_bot
from support.real_game import PADS, Witness, make_batch, match_spec, tell, told_car
from support.rlbot_server import field_info

from jaxrl.deploy.rlbot.driver import Driver
from jaxrl.deploy.rlbot.history import History
from jaxrl.deploy.rlbot.packet import has_flip_or_jump, pad_order, read_packet
from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.physics import make_arena, make_controls, start_rocketsim

JUMP = {"jump": True}
# what is pressed from which tick on, until the next; the last lasts
PRESSED = {
    "drive": [(0, {"throttle": 1.0})],
    "drop": [(0, {})],
    "tap": [(0, JUMP), (1, {})],
    "jump and wait": [(0, JUMP), (40, {})],
    "jump and flip": [(0, JUMP), (10, {}), (40, JUMP | {"pitch": -1.0}), (50, {})],
    "double jump": [(0, JUMP), (10, {}), (40, JUMP), (50, {})],
    "drop and double jump": [(0, {}), (20, JUMP), (30, {})],
    "drop and flip": [(0, {}), (20, JUMP | {"pitch": -1.0}), (30, {})],
}


def make_car(kind):
    """An arena and a car in it that stands still, or hangs in the air."""
    start_rocketsim()
    arena, (car, _) = make_arena(1)
    arena.reset_kickoff(7)
    if "drop" in kind:
        lift(car, 900)
    else:
        arena.step(20)
    return arena, car


def lift(car, height):
    state = car.get_state()
    state.pos, state.is_on_ground = rs.Vec(0, 0, height), False
    car.set_state(state)


def watched(history, reported, frame):
    """(on ground, has a flip or a jump) as the bot reads a car."""
    history.watch(flat.GamePacket(players=[reported], match_info=flat.MatchInfo(frame_num=frame)))
    car = history.car(0)
    return car.on_ground, has_flip_or_jump(car.player)


@pytest.mark.parametrize(("kind", "in_air_at_once"), [*((kind, False) for kind in PRESSED), ("tap", True)])
def test_jumps_and_flips_are_rocketsims(kind, in_air_at_once):
    """In every tick. Whether a car whose jump was tapped is on the ground until its wheels leave it, RLBot may say as
    it likes."""
    arena, car = make_car(kind)
    history, pressed, answers = History(), dict(PRESSED[kind]), []
    for tick in range(330):
        if kind == "jump and wait" and tick == 60:  # or it would be on the ground again before its time is over
            lift(car, 1500)
        if tick in pressed:
            car.set_controls(rs.CarControls(**pressed[tick]))
        arena.step(1)
        state, reported = car.get_state(), told_car(car)
        if in_air_at_once and state.is_on_ground and state.has_jumped and not state.is_jumping:
            reported = flat.PlayerInfo(
                air_state=flat.AirState.InAir, dodge_timeout=1.25, demolished_timeout=-1.0, has_jumped=True
            )
        answers.append(watched(history, reported, tick))
        assert answers[-1] == (state.is_on_ground, state.has_flip_or_jump()), (kind, tick)
    on_ground, has_flip = np.array(answers).T
    assert on_ground.all() == (kind == "drive")
    assert has_flip.all() == (kind in ("drive", "drop", "tap"))


def test_cars_that_drive_at_random():
    """Hills, crashes and walls: now and then a car leaves the ground a tick sooner or later than others do."""
    rng = np.random.default_rng(0)
    table = [make_controls(row) for row in ACTION_TABLE]
    arena, cars = make_arena(2)
    wrong, plain, count = np.zeros(2, int), 0, 0
    for seed in rng.integers(2**31, size=3):
        arena.reset_kickoff(int(seed))
        history = History()
        for tick in range(1200):
            if tick % 8 == 0:
                for car in cars:
                    car.set_controls(table[rng.choice([rng.integers(24), rng.integers(90)])])
            arena.step(1)
            shown = tell(arena, cars, tick)
            history.watch(shown)
            for i, car in enumerate(cars):
                state, seen = car.get_state(), history.car(i)
                if not state.is_demoed:
                    wrong[0] += seen.on_ground != state.is_on_ground
                    wrong[1] += has_flip_or_jump(seen.player) != state.has_flip_or_jump()
                    plain += (shown.players[i].air_state == flat.AirState.OnGround) != state.is_on_ground
                    count += 1
    assert plain > 0.01 * count, "cars hardly jumped"
    assert wrong[0] < 0.001 * count
    assert wrong[1] == 0


def test_another_match_is_not_the_same_cars():
    history = History()
    jumping = flat.PlayerInfo(air_state=flat.AirState.Jumping, has_jumped=True, demolished_timeout=-1.0)
    assert watched(history, jumping, 5000) == (True, True)
    assert watched(history, jumping, 5005) == (False, True)
    falling = flat.PlayerInfo(air_state=flat.AirState.InAir, demolished_timeout=-1.0)
    assert watched(history, falling, 0) == (False, True)


def test_a_jump_while_the_bot_rests(tmp_path):
    """It watches also what it does not play: six ticks after the jump the car is in the air."""
    _, policy = write_bot(tmp_path / "bot", 1)
    driver = Driver(policy, 0, np.arange(34))
    standing = flat.PlayerInfo(demolished_timeout=-1.0)
    jumping = flat.PlayerInfo(air_state=flat.AirState.Jumping, demolished_timeout=-1.0, has_jumped=True, team=1)
    for frame, phase in enumerate([flat.MatchPhase.Paused] * 6 + [flat.MatchPhase.Active]):
        driver.controls(
            flat.GamePacket(
                players=[standing, jumping],
                boost_pads=[flat.BoostPadState(True)] * 34,
                balls=[flat.BallInfo()],
                match_info=flat.MatchInfo(match_phase=phase, frame_num=frame),
                teams=[flat.TeamInfo(0), flat.TeamInfo(1)],
            )
        )
    np.testing.assert_array_equal(unpack(driver.state).on_ground, [1, 0])


@pytest.mark.parametrize("wrecks_vanish", [False, True])
def test_a_demolition(tmp_path, wrecks_vanish):
    """Blue runs into orange, which is in the air and has used its flip. RLBot says of orange that it is on the ground,
    and where, or not."""
    _, policy = write_bot(tmp_path / "bot", 1)
    batch = make_batch(match_spec(1))
    (blue, orange) = batch.cars[0]
    for car, place, velocity, yaw in ((blue, (0, -700, 17), (0, 2300, 0), 1.57), (orange, (0, 0, 45), (0, 0, 85), 0)):
        state = car.get_state()
        state.pos, state.vel = rs.Vec(*place), rs.Vec(*velocity)
        state.rot_mat = rs.Angle(yaw, 0, 0).as_rot_mat()
        if car is blue:
            state.boost, state.is_supersonic = 100, True
        else:
            state.is_on_ground, state.has_jumped, state.has_flipped, state.flip_time = False, True, True, 1.0
        car.set_state(state)
    witness = batch.arenas[0] = Witness(batch.arenas[0], batch.cars[0], wrecks_vanish=wrecks_vanish)
    drivers = [Driver(policy, index, pad_order(field_info(PADS))) for index in (0, 1)]
    (ahead,) = np.flatnonzero((ACTION_TABLE == [1, 0, 0, 0, 0, 0, 1, 0]).all(axis=1))
    rows, chosen = [], [NEUTRAL_ACTION] * 2
    for _ in range(60):
        first = len(witness.packets)
        batch.buffers.actions[:] = [[ahead, NEUTRAL_ACTION]]
        trained = batch.buffers.state[0].copy()
        witness.look()
        batch.step()
        for k, shown in enumerate(witness.packets[first:]):
            for car, driver in enumerate(drivers):
                controls = driver.controls(shown)
                if k == 0:  # also the driver of the car that is gone decides, as in training
                    assert driver.state[previous_action(car)] == chosen[car]
                    chosen[car] = int(policy.act(driver.state)[car])
                np.testing.assert_array_equal(controls, ACTION_TABLE[chosen[car]])
        rows.append((trained, drivers[0].state.copy()))
    truth, read = (unpack(np.stack(states)) for states in zip(*rows[1:], strict=True))
    gone = truth.demoed[:, 1] == 1
    assert gone.sum() in (45, 46), "nobody was demolished, or for good"
    assert np.flatnonzero(~gone).max() > np.flatnonzero(gone).max() > np.flatnonzero(~gone).min()
    assert not truth.on_ground[gone, 1].any()
    assert not truth.has_flip_or_jump[gone, 1].any()
    for name in ("demoed", "boost", "on_ground", "has_flip_or_jump"):
        np.testing.assert_allclose(getattr(read, name), getattr(truth, name), rtol=1e-6, err_msg=name)
    for name in ("position", "forward", "velocity"):
        np.testing.assert_allclose(getattr(read, name)[~gone], getattr(truth, name)[~gone], atol=1e-3, err_msg=name)
    # the last packet in which it was whole is one tick older than where it was hit
    assert np.linalg.norm(read.position[gone, 1] - truth.position[gone, 1], axis=-1).max() < 2300 / 120


def test_a_car_that_was_never_seen_whole():
    """A bot that joins in that moment has nothing but RLBot's word."""
    gone = flat.PlayerInfo(physics=flat.Physics(location=flat.Vector3(1, 2, 3)), demolished_timeout=2.5, team=1)
    here = flat.PlayerInfo(demolished_timeout=-1.0)
    shown = flat.GamePacket(
        players=[here, gone],
        boost_pads=[flat.BoostPadState(True)] * 34,
        balls=[flat.BallInfo()],
        teams=[flat.TeamInfo(0), flat.TeamInfo(1)],
    )
    history = History()
    history.watch(shown)
    state = unpack(read_packet(shown, [0, 1], np.arange(34), history))
    np.testing.assert_array_equal(state.demoed, [0, 1])
    np.testing.assert_array_equal(state.position[1], [1, 2, 3])


COUNTDOWN, KICKOFF, ACTIVE, GOAL, PAUSED = (
    flat.MatchPhase.Countdown,
    flat.MatchPhase.Kickoff,
    flat.MatchPhase.Active,
    flat.MatchPhase.GoalScored,
    flat.MatchPhase.Paused,
)


def counted(*packets):
    """(ticks since the kickoff, ball touched, boost used, demolitions suffered) after packets of one car.

    Each is (frame, phase, boost, seconds of the latest touch, whether it is demolished).
    """
    history = History()
    for frame, phase, boost, touched, gone in packets:
        car = flat.PlayerInfo(
            boost=boost,
            demolished_timeout=3.0 if gone else -1.0,
            latest_touch=None if touched is None else flat.Touch(touched),
        )
        history.watch(flat.GamePacket(players=[car], match_info=flat.MatchInfo(match_phase=phase, frame_num=frame)))
    car = history.car(0)
    used = car.tank.used_until_now(False)
    return history.ticks, history.touches.ball_touched, used, car.demolitions_suffered


PLAYED = [
    (100, COUNTDOWN, 33, None, False),
    (101, KICKOFF, 33, None, False),
    (105, ACTIVE, 32, 0.9, False),
    (109, ACTIVE, 30, 0.9, False),
    (110, ACTIVE, 30, 0.9, True),
]


def test_an_episode():
    assert counted(*PLAYED) == (9, True, 3, 1)


@pytest.mark.parametrize(
    "between",
    [
        [(150, GOAL, 30, 1.0, False), (190, COUNTDOWN, 33, 1.0, False)],
        [(190, COUNTDOWN, 33, 1.0, False)],
        [],
    ],
)
def test_a_kickoff_begins_anew(between):
    """Also where every packet between the two is lost: then the tank that was filled and the last touch are old."""
    assert counted(*PLAYED, *between, (200, KICKOFF, 33, 1.0, False)) == (0, False, 0, 0)
    after = (203, KICKOFF, 31, 1.0, False)
    assert counted(*PLAYED, *between, (200, KICKOFF, 33, 1.0, False), after) == (3, False, 2, 0)


def test_a_pause_is_no_kickoff():
    """And its frames, if there are any, are not counted."""
    paused = [(120, PAUSED, 30, 0.9, True), (130, PAUSED, 30, 0.9, True)]
    assert counted(*PLAYED, *paused, (131, ACTIVE, 30, 0.9, True)) == (10, True, 3, 1)


def test_a_bot_that_joins():
    """What was before is not known: it counts from its first packet."""
    assert counted((5000, ACTIVE, 50, 40.0, False), (5001, ACTIVE, 49, 40.0, False)) == (1, False, 1, 0)


def test_another_match_counts_from_its_first_packet():
    assert counted(*PLAYED, (3, ACTIVE, 80, 0.1, False), (4, ACTIVE, 79, 0.1, False)) == (1, False, 1, 0)
