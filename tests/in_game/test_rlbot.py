"""The exported folder in a process of its own, at a server that speaks RLBot's protocol: it plays as it was trained."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rlbot import flat
from rlbot.config import load_player_config
from rlbot_server import COUNTDOWN, GOAL_SCORED, KICKOFF, REPLAY, field_info, introduce, listening, packet

from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION
from jaxrl.in_game.driver import Driver
from jaxrl.in_game.packet import pad_order
from jaxrl.opponents import make_opponent
from jaxrl.policy import load_policy
from jaxrl.watch.recording import match_spec, play

ROOT = Path(__file__).parents[2]
BOT = ROOT / "pretrained" / "duel"
TICK_SKIP = 8
NEUTRAL = ACTION_TABLE[NEUTRAL_ACTION]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "my bot"
    command = [sys.executable, "-m", "jaxrl.export", str(BOT), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return out


@pytest.fixture(scope="module")
def match():
    """Rows and cuts of a match against the chaser in which goals fall."""
    bot, chaser = (make_opponent(str(name), 1, TICK_SKIP, "numpy") for name in (BOT, "chaser"))
    rows, _, cuts = play(match_spec(1, TICK_SKIP, 1, seed=0), bot, chaser, decisions=1200)
    assert cuts.sum() >= 1
    return rows, cuts


def packets(rows, cuts):
    """(packet, row or None): every tick; after a goal, what the game shows until the ball is free again."""
    frame, kickoff = 0, True
    for row, cut in zip(rows, cuts, strict=True):
        if cut:  # the state in which the ball is in: nobody decides there
            for phase in (GOAL_SCORED, REPLAY, COUNTDOWN):
                for _ in range(11):
                    yield packet(row, frame, phase), None
                    frame += 1
            kickoff = True
            continue
        for _ in range(TICK_SKIP):
            yield (packet(row, frame, KICKOFF) if kickoff else packet(row, frame)), row
            frame += 1
        kickoff = False


def pressed(controls):
    names = ("throttle", "steer", "pitch", "yaw", "roll", "jump", "boost", "handbrake")
    return [float(getattr(controls, name)) for name in names]


@pytest.mark.parametrize("car", [0, 1], ids=["blue", "orange"])
def test_observations_and_controls_are_those_of_training(match, car):
    """Decision by decision, in this process: packets go through RLBot's own bytes."""
    policy, decisions = load_policy(BOT), 0
    driver = Driver(policy, car, pad_order(field_info()))
    for sent, row in packets(*match):
        arrived = flat.CorePacket.unpack(flat.CorePacket(sent).pack()).message
        before = driver.state
        controls = driver.controls(arrived)
        if row is None:
            np.testing.assert_array_equal(controls, NEUTRAL)
            continue
        decided = arrived.match_info.frame_num
        own = row.copy()
        # the bot drives this car: its previous action is its own, whoever drove it in the recording
        own[previous_action(car)] = driver.state[previous_action(car)]
        expected = policy.observe(own)[car]
        assert np.abs(policy.observe(driver.state)[car] - expected).max() < 1e-5, decided
        np.testing.assert_array_equal(controls, ACTION_TABLE[policy.act(own)[car]])
        decisions += before is not driver.state
    assert decisions == (~match[1]).sum(), "one for every row that is not the end of an episode"


def previous_action(car):
    return 45 + 22 * car + 21


def test_the_previous_action_is_the_one_before(match):
    """Blue drove itself in the recording: the rows know what it did, and the driver must say the same."""
    driver = Driver(load_policy(BOT), 0, pad_order(field_info()))
    actions = []
    for sent, row in packets(*match):
        driver.controls(sent)
        if row is None:
            actions = []
            continue
        if sent.match_info.frame_num == driver._decided_at:
            told = int(driver.state[previous_action(0)])
            assert told == (actions[-1] if actions else NEUTRAL_ACTION)
            actions.append(driver._next)


@pytest.mark.slow
@pytest.mark.parametrize(("index", "team"), [(0, 0), (1, 1)], ids=["blue", "orange"])
def test_the_exported_bot_plays_as_it_was_trained(folder, match, index, team):
    """Its own process, with the jaxrl of its folder and without JAX; every packet is answered, exactly."""
    policy = load_policy(BOT)
    driver = Driver(policy, index, pad_order(field_info()))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    rows, cuts = match
    with listening() as (port, accept):
        environment |= {"RLBOT_SERVER_PORT": str(port), "RLBOT_AGENT_ID": "jaxrl/my bot"}
        process = subprocess.Popen(
            [sys.executable, "bot.py"], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            connection = accept()
            introduce(connection, index, team, "jaxrl/my bot")
            answered = 0
            for sent, _ in packets(rows[:300], cuts[:300]):
                connection.send(sent)
                answer = connection.receive_a(flat.PlayerInput)
                assert answer.player_index == index
                np.testing.assert_array_equal(pressed(answer.controller_state), driver.controls(sent))
                answered += 1
            maps = Path(f"/proc/{process.pid}/maps").read_text()
            assert "jaxlib" not in maps
            assert "numpy" in maps
            for late in range(16):  # somebody has come in: nothing is pressed, and nothing held
                connection.send(packet(rows[40], 99_999 + late, order=[0, 1, 0]))
                answer = connection.receive_a(flat.PlayerInput)
                assert pressed(answer.controller_state) == [0] * 8
            connection.send(flat.DisconnectSignal())
            output, _ = process.communicate(timeout=20)
        finally:
            process.kill()
            process.communicate()
    assert answered > 2000
    assert b"the match is 2v1" in output
    assert b"Traceback" not in output


def test_rlbot_reads_what_was_written(folder):
    config = load_player_config(folder / "bot.toml", 0)
    assert config.variety.name == "my bot"
    assert config.variety.agent_id == "jaxrl/my bot"
    assert config.variety.run_command.endswith("bot.py")
    assert config.variety.loadout.car_id == 23


def test_ticks_that_were_lost(match):
    """A game that stutters: the bot decides at the first packet after its time, and again a whole decision later."""
    rows, _ = match
    driver = Driver(load_policy(BOT), 0, pad_order(field_info()))
    decided = []
    for frame in (0, 1, 6, 11, 12, 18, 19, 60, 67, 68, 3):  # the last one: another match
        driver.controls(packet(rows[5], frame))
        decided.append(driver._decided_at)
    assert decided == [0, 0, 0, 11, 11, 11, 19, 60, 60, 68, 3]


def test_without_a_ball_nothing_is_pressed(match):
    rows, _ = match
    driver = Driver(load_policy(BOT), 0, pad_order(field_info()))
    assert driver.controls(packet(rows[40], 0)).any()
    np.testing.assert_array_equal(driver.controls(packet(rows[40], 1, with_ball=False)), NEUTRAL)


@pytest.mark.slow
def test_a_decision_takes_under_two_milliseconds(match):
    rows, _ = match
    driver = Driver(load_policy(BOT), 0, pad_order(field_info()))
    seconds = []
    for k, row in enumerate(rows[:300]):
        sent = packet(row, TICK_SKIP * k)
        started = time.perf_counter()
        driver.controls(sent)
        seconds.append(time.perf_counter() - started)
    assert np.median(seconds) < 0.002, f"{1000 * np.median(seconds):.2f} ms"
