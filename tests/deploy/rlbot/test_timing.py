"""When a decision is made and when its controls act: ticks worked out by hand, and whole matches beside training's."""

from types import SimpleNamespace

import numpy as np
import pytest
from support.bots import write_bot
from support.envs import random_rows
from support.real_game import PADS, make_batch, match_spec, tell
from support.rlbot_server import ACTIVE, KICKOFF, field_info, packet

from jaxrl.deploy.rlbot.driver import Driver
from jaxrl.deploy.rlbot.packet import pad_order
from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.physics import make_controls

ROW = random_rows(np.random.default_rng(0), (), 2)


class Alphabet:
    """A policy whose decisions are a, b, c, ..."""

    def __init__(self, tick_skip, action_delay_ticks):
        self.description = SimpleNamespace(team_size=1, tick_skip=tick_skip, action_delay_ticks=action_delay_ticks)
        self.decisions = 0

    def act(self, state, uniforms=None):
        self.decisions += 1
        return np.full(2, 9 + self.decisions)


def letter(controls):
    """Of the decision that an answer to a packet comes from; - is none."""
    (action,) = np.flatnonzero((controls == ACTION_TABLE).all(axis=1))
    return "-" if action == NEUTRAL_ACTION else "abcdefgh"[action - 10]


def answers(tick_skip, delay, frames):
    driver = Driver(Alphabet(tick_skip, delay), 0, pad_order(field_info()))
    return "".join(letter(driver.controls(packet(ROW, frame))) for frame in frames)


@pytest.mark.parametrize(
    ("tick_skip", "delay", "expected"),
    [
        # the state of frame 0 is decided on at once, and the game applies the answer from the second tick on: so its
        # first tick is one of delay, and an answer given in frame f is one more tick late
        (8, 1, "aaaaaaaabbbbbbbbcccc"),
        (8, 2, "-aaaaaaaabbbbbbbbccc"),
        (8, 3, "--aaaaaaaabbbbbbbbcc"),
        (8, 8, "-------aaaaaaaabbbbb"),  # decided on in frame 8, while a acts for the first time
        (4, 1, "aaaabbbbccccddddeeee"),
        (4, 2, "-aaaabbbbccccddddeee"),
        (4, 4, "---aaaabbbbccccdddde"),
        # sooner than the game can is not possible: as with 1
        (8, 0, "aaaaaaaabbbbbbbbcccc"),
        (4, 0, "aaaabbbbccccddddeeee"),
    ],
)
def test_ticks_worked_out_by_hand(tick_skip, delay, expected):
    assert answers(tick_skip, delay, range(20)) == expected


@pytest.mark.parametrize(
    ("tick_skip", "delay", "expected"),
    [
        (8, 1, "aaaabbbbcccc"),
        (8, 2, "-aaaabbbbccc"),  # frame 1 was not shown: in frame 2
        (8, 8, "----aaaabbbb"),  # a is due in frame 7, which is not shown: in frame 8, together with the next decision
        (4, 1, "aabbccddeeff"),
        (4, 2, "-aabbccddeef"),
        (4, 4, "--aabbccddee"),
    ],
)
def test_a_game_of_60_frames_a_second(tick_skip, delay, expected):
    """RLBot shows every second tick: no decision may be lost, and none be late by more than a tick."""
    assert answers(tick_skip, delay, range(0, 24, 2)) == expected


def test_ticks_that_were_lost():
    """The bot decides at the first packet after its time, and again a whole decision later."""
    assert answers(8, 1, (0, 1, 6, 11, 12, 18, 19, 60, 67, 68)) == "aaabbbcdde"
    assert answers(8, 3, (0, 1, 2, 11, 13, 60, 61, 62)) == "--aabbbc"


def test_frames_that_begin_again_are_another_match():
    driver = Driver(Alphabet(8, 3), 0, pad_order(field_info()))
    letters = [letter(driver.controls(packet(ROW, frame))) for frame in (500, 501, 502, 3, 4, 5)]
    assert "".join(letters) == "--a--b"


@pytest.mark.parametrize(("tick_skip", "delay"), [(8, 0), (8, 1), (8, 2), (4, 1), (4, 2), (4, 4)])
def test_the_game_goes_as_training_did(tmp_path, tick_skip, delay):
    """Two drivers play in an arena in which controls act one tick late: bit for bit the match of two trained cars."""
    policies = [write_bot(tmp_path / str(seed), 1, tick_skip, delay, seed)[1] for seed in (8, 28)]
    spec = match_spec(1, tick_skip, max(delay, 1), seed=3)  # what was trained without delay plays with the game's
    trained, game = make_batch(spec), make_batch(spec)
    (arena,), (cars,) = game.arenas, game.cars
    drivers = [Driver(policy, index, pad_order(field_info(PADS))) for index, policy in enumerate(policies)]
    rows, actions, frame = [], [], 0
    for decision in range(480 // tick_skip):
        rows.append(trained.buffers.state[0].copy())
        state = unpack(rows[-1])
        np.testing.assert_array_equal(arena.ball.get_state().pos.as_numpy(), state.ball_position, str(decision))
        for car, position in zip(cars, state.position, strict=True):
            np.testing.assert_array_equal(car.get_state().pos.as_numpy(), position, str(decision))
        actions.append([policy.act(rows[-1])[car] for car, policy in enumerate(policies)])
        trained.buffers.actions[0] = actions[-1]
        trained.step()
        assert not trained.buffers.terminated[0], "a goal: nothing here knows how to go on after it"
        for _ in range(tick_skip):
            shown = tell(arena, cars, frame, KICKOFF if decision == 0 else ACTIVE)
            answered = [driver.controls(shown) for driver in drivers]
            arena.step(1)  # with the answers to the packet before
            for car, controls in zip(cars, answered, strict=True):
                car.set_controls(make_controls(controls))
            frame += 1
    states = unpack(np.stack(rows))
    assert len(np.unique(actions)) > 10, "hardly anything was decided"
    assert not states.on_ground.all(axis=0).any(), "a car that never jumped"
    assert not states.has_flip_or_jump.all()
