"""How long the game waits for an answer: a tick is 8.3 ms, and the machine has the game to run."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from rlbot import flat
from support.bots import write_bot
from support.real_game import PADS, match_spec, record
from support.rlbot_server import field_info

from jaxrl.bots.players import make_player
from jaxrl.bots.policy_files import load_policy
from jaxrl.deploy.rlbot.driver import Driver
from jaxrl.deploy.rlbot.packet import pad_order

DUEL = Path(__file__).parents[3] / "pretrained" / "duel"


@pytest.fixture
def one_core():
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


@pytest.mark.slow
@pytest.mark.parametrize("team_size", [1, 3])
def test_a_decision_takes_under_two_milliseconds(one_core, tmp_path, team_size):
    """From RLBot's bytes to controls; 3v3 with a network of 512 units. A packet between two decisions takes a tenth."""
    policy = load_policy(DUEL) if team_size == 1 else write_bot(tmp_path / "bot", 3, hidden=512)[1]
    chaser = make_player("chaser", team_size, 8, 1, "numpy")
    driver, seconds, between = Driver(policy, 0, pad_order(field_info(PADS))), [], []
    for moment in record(match_spec(team_size), chaser, chaser, 200):
        content = flat.CorePacket(moment.packet).pack()
        started = time.perf_counter()
        driver.controls(flat.CorePacket.unpack(content).message)
        (between if moment.row is None else seconds).append(time.perf_counter() - started)
    assert len(seconds) == 200
    assert np.median(seconds) < 0.002, f"{1000 * np.median(seconds):.2f} ms"
    assert np.median(between) < 0.0002, f"{1000 * np.median(between):.2f} ms"
    assert np.quantile(between, 0.99) < 0.001, f"{1000 * np.quantile(between, 0.99):.2f} ms"
