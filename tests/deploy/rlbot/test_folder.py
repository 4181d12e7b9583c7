"""The exported folder in a process of its own, at a server that speaks RLBot's protocol: it plays as it was trained."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rlbot import flat
from rlbot.config import load_player_config
from support.as_trained import as_trained, pressed, previous_action
from support.real_game import PADS, record_a_goal
from support.rlbot_server import field_info, packet, running_bot

from jaxrl.bots.player import PolicyPlayer
from jaxrl.bots.players import make_player
from jaxrl.bots.policy_files import load_policy
from jaxrl.deploy.rlbot.driver import Driver
from jaxrl.deploy.rlbot.packet import pad_order
from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION

ROOT = Path(__file__).parents[3]
BOT = ROOT / "pretrained" / "duel"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "my bot"
    command = [sys.executable, "-m", "jaxrl.export", str(BOT), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return out


@pytest.fixture(scope="module")
def match():
    """Moments of a match against the chaser."""
    bot, chaser = (make_player(str(name), 1, 8, 1, "numpy") for name in (BOT, "chaser"))
    return record_a_goal(bot, chaser, 1, 300)


@pytest.mark.parametrize("car", [0, 1], ids=["blue", "orange"])
def test_observations_and_controls_are_those_of_training(match, car):
    """Decision by decision, in this process: packets go through RLBot's own bytes."""
    policy = load_policy(BOT)
    driver, decisions = Driver(policy, car, pad_order(field_info(PADS))), 0
    for moment, (seen, controls) in zip(match, as_trained(policy, match, [0, 1], car), strict=True):
        arrived = flat.CorePacket.unpack(flat.CorePacket(moment.packet).pack()).message
        before = driver.state
        np.testing.assert_array_equal(driver.controls(arrived), controls)
        assert (driver.state is not before) == (seen is not None)
        if seen is not None:
            assert np.abs(policy.observe(driver.state)[car] - seen).max() < 1e-5
            decisions += 1
    assert decisions == 300


def test_the_previous_action_is_the_one_before(match):
    """Greedy, blue would have driven itself: the rows know what it did, and the driver must say the same."""
    policy = load_policy(BOT)
    chaser = make_player("chaser", 1, 8, 1, "numpy")
    greedy = record_a_goal(PolicyPlayer("greedy", policy, greedy=True), chaser, 1, 200)
    driver, known = Driver(policy, 0, pad_order(field_info(PADS))), set()
    for moment in greedy:
        driver.controls(moment.packet)
        if moment.row is not None:
            assert driver.state[previous_action(0)] == moment.row[previous_action(0)]
            known.add(int(moment.row[previous_action(0)]))
    assert len(known) > 10


@pytest.mark.slow
@pytest.mark.parametrize("index", [0, 1], ids=["blue", "orange"])
def test_the_exported_bot_plays_as_it_was_trained(folder, match, index):
    """Its own process, with the jaxrl of its folder and without JAX; every packet is answered, exactly."""
    policy = load_policy(BOT)
    expected = list(as_trained(policy, match, [0, 1], index))
    with running_bot(folder, "jaxrl/my bot", index, PADS) as (connection, process):
        for moment, (_, controls) in zip(match, expected, strict=True):
            connection.send(moment.packet)
            answer = connection.receive_a(flat.PlayerInput)
            assert answer.player_index == index
            np.testing.assert_array_equal(pressed(answer.controller_state), controls)
        maps = Path(f"/proc/{process.pid}/maps").read_text()
        assert "jaxlib" not in maps
        assert "numpy" in maps
        for late in range(16):  # somebody has come in: nothing is pressed, and nothing held
            connection.send(packet(match[0].row, 99_999 + late, order=[0, 1, 0]))
            answer = connection.receive_a(flat.PlayerInput)
            assert pressed(answer.controller_state) == [0] * 8
        connection.send(flat.DisconnectSignal())
        output, _ = process.communicate(timeout=20)
    assert b"the match is 2v1" in output
    assert b"Traceback" not in output


@pytest.mark.slow
def test_a_sampled_export_draws_as_in_training(match, tmp_path):
    """In its own process with the real package rlbot: one situation 600 times, decided anew each time.

    Drawn as often as its probability p says, give or take five standard deviations of sqrt(600 p (1 - p)).
    """
    out, policy = tmp_path / "dice", load_policy(BOT)
    command = [sys.executable, "-m", "jaxrl.export", str(BOT), "--out", str(out), "--sampled"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    row = match[0].row
    assert row[previous_action(0)] == NEUTRAL_ACTION
    answers = []
    with running_bot(out, "jaxrl/dice", 0, PADS) as (connection, process):
        for k in range(600):  # an earlier frame than before is another match: nothing is remembered
            connection.send(packet(row, 10_000 - k))
            answers.append(pressed(connection.receive_a(flat.PlayerInput).controller_state))
        connection.send(flat.DisconnectSignal())
        process.communicate(timeout=20)
    probabilities = controls_of(policy, row, car=0)
    found = {controls: answers.count(list(controls)) for controls in probabilities}
    assert sum(found.values()) == 600
    assert len([count for count in found.values() if count]) > 1, "it is not greedy"
    for controls, p in probabilities.items():
        assert abs(found[controls] - 600 * p) <= 5 * (600 * p * (1 - p)) ** 0.5 + 1, controls


def controls_of(policy, row, car):
    """The probability of all controls that a bot may answer with in a state."""
    logits = policy.logits(policy.normalize(policy.observe(row)))[car].astype(float)
    weights = np.exp(logits - logits.max())
    actions = np.array([policy.description.view.to_world(row, np.full(2, a))[car] for a in range(len(logits))])
    found = {}
    for action, p in zip(actions, weights / weights.sum(), strict=True):
        controls = tuple(map(float, ACTION_TABLE[action]))
        found[controls] = found.get(controls, 0) + p
    return found


def test_rlbot_reads_what_was_written(folder):
    config = load_player_config(folder / "bot.toml", 0)
    assert config.variety.name == "my bot"
    assert config.variety.agent_id == "jaxrl/my bot"
    assert config.variety.run_command.endswith("bot.py")
    assert config.variety.loadout.car_id == 23


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--out", "bot", "--name", "a\x7fb"], "--name 'a\\x7fb': only letters"),
        (["--out", str(ROOT / "jaxrl" / "x")], "must be a folder of its own"),
    ],
    ids=["name", "package"],
)
def test_where_it_cannot_go_is_a_line(tmp_path, flags, message):
    command = [sys.executable, "-m", "jaxrl.export", str(ROOT / "pretrained/duel"), *flags]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}  # the package of this checkout, whichever is installed
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())
