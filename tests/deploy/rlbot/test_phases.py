"""Where there is nothing to drive for, nothing is pressed; and what comes after begins as an episode does."""

import numpy as np
import pytest
from rlbot import flat
from support.as_trained import previous_action
from support.bots import write_bot
from support.envs import random_rows
from support.rlbot_server import ACTIVE, KICKOFF, field_info, packet

from jaxrl.deploy.rlbot.driver import Driver
from jaxrl.deploy.rlbot.packet import pad_order
from jaxrl.errors import UserError
from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION
from jaxrl.game.state import unpack

NEUTRAL = ACTION_TABLE[NEUTRAL_ACTION]
RESTS = [
    flat.MatchPhase.Inactive,
    flat.MatchPhase.Countdown,
    flat.MatchPhase.GoalScored,
    flat.MatchPhase.Replay,
    flat.MatchPhase.Paused,
    flat.MatchPhase.Ended,
]


@pytest.fixture
def driver(tmp_path):
    """Of orange, with a delay: something is held and something is due at most times."""
    _, policy = write_bot(tmp_path / "bot", 1, tick_skip=8, action_delay_ticks=3)
    return Driver(policy, 1, pad_order(field_info()))


@pytest.fixture
def row(driver):
    """A state in which the bot presses something, whatever it did before."""
    rows = random_rows(np.random.default_rng(0), (50,), 2)
    rows[:, previous_action(1)] = NEUTRAL_ACTION
    unpack(rows).demoed[:] = 0
    return rows[driver.policy.act(rows)[:, 1] != NEUTRAL_ACTION][0]


def check_starts_over(driver, row, frame):
    """A decision in the first packet, from no previous action, and its controls after the delay."""
    state = driver.state
    first = driver.controls(packet(row, frame, KICKOFF))
    assert driver.state is not state
    assert driver.state[previous_action(1)] == NEUTRAL_ACTION
    chosen = driver.policy.act(driver.state)[1]
    answers = [first, *(driver.controls(packet(row, frame + k)) for k in range(1, 8))]
    np.testing.assert_array_equal(answers, [NEUTRAL] * 2 + [ACTION_TABLE[chosen]] * 6)
    driver.controls(packet(row, frame + 8))
    assert driver.state[previous_action(1)] == chosen


def test_both_phases_of_play(driver, row):
    """Kickoff is after the countdown and before the first touch: the bot drives."""
    for phase in (KICKOFF, ACTIVE):
        answers = [driver.controls(packet(row, frame, phase)) for frame in range(16)]
        assert np.any(answers)


@pytest.mark.parametrize("phase", RESTS, ids=str)
@pytest.mark.parametrize("played", [3, 8, 10, 12])
def test_phases_that_are_not_played(driver, row, phase, played):
    """Whenever in a decision it begins."""
    check_starts_over(driver, row, 100)
    answers = [driver.controls(packet(row, 109 + k)) for k in range(played)]
    assert np.any(answers), "nothing was pressed before"
    state = driver.state
    for frame in range(130, 230):
        np.testing.assert_array_equal(driver.controls(packet(row, frame, phase)), NEUTRAL)
    assert driver.state is state, "it decided"
    check_starts_over(driver, row, 230)


def test_all_phases_are_known():
    """A phase that a later RLBot adds has to be thought about."""
    names = {name for name in dir(flat.MatchPhase) if not name.startswith("_")}
    assert names == {str(phase).removeprefix("MatchPhase.") for phase in (*RESTS, KICKOFF, ACTIVE)}


def test_no_ball(driver, row):
    """For example between a goal and its replay, or in the first packets of a match."""
    check_starts_over(driver, row, 100)
    for frame in range(109, 150):
        np.testing.assert_array_equal(driver.controls(packet(row, frame, with_ball=False)), NEUTRAL)
    check_starts_over(driver, row, 150)


def test_no_ball_in_the_very_first_packet(driver, row):
    np.testing.assert_array_equal(driver.controls(packet(row, 0, with_ball=False)), NEUTRAL)
    np.testing.assert_array_equal(driver.controls(flat.GamePacket()), NEUTRAL)
    check_starts_over(driver, row, 1)


def test_somebody_leaves_and_comes_back(driver, row):
    check_starts_over(driver, row, 100)
    for frame in range(116, 130):  # that is, from the next decision on
        with pytest.raises(UserError, match="the match is 0v1"):
            driver.controls(packet(row, frame, order=[1]))
    check_starts_over(driver, row, 130)
