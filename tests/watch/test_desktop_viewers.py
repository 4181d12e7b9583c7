"""What RLViser and RocketSimVis are sent: stand-ins for both listen on the real ports."""

import json
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from support.live_process import PATIENCE, live

from jaxrl.bots.players import make_player
from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.state import unpack
from jaxrl.watch.recording import Match, record
from jaxrl.watch.viewers.rocketsimvis import RocketSimVis

ROOT = Path(__file__).parents[2]
ROCKETSIMVIS, RLVISER, RLVISER_PY = 9273, 45243, 34254  # ports, as the programs' own documents have them


def listener(port):
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", port))
    listening.settimeout(PATIENCE)
    return listening


@pytest.fixture(scope="module")
def recording():
    """Two chasers: they jump, boost, and fetch pads."""
    chaser = make_player("chaser", 2, 8, 1, "numpy")
    return record(Match((chaser, chaser), 2, seed=3), {"touch": 1.0}, 20)


def test_rocketsimvis_is_sent_what_its_document_asks_for(recording):
    with closing(RocketSimVis()) as send, listener(ROCKETSIMVIS) as program:
        for k in (0, 150, 299):
            send(recording.part(slice(k, k + 1)))
            content, state = json.loads(program.recv(2**20)), unpack(recording.rows[k])
            np.testing.assert_array_equal(content["ball_phys"]["pos"], state.ball_position)
            np.testing.assert_array_equal(content["ball_phys"]["vel"], state.ball_velocity)
            np.testing.assert_array_equal(content["ball_phys"]["ang_vel"], state.ball_angular_velocity)
            assert content["boost_pad_states"] == [bool(pad) for pad in state.pads]
            assert [car["team_num"] for car in content["cars"]] == [0, 0, 1, 1]
            for c, car in enumerate(content["cars"]):
                physics = car["phys"]
                for name, values in (("pos", state.position), ("forward", state.forward), ("up", state.up)):
                    np.testing.assert_array_equal(physics[name], values[c])
                for name, values in (("vel", state.velocity), ("ang_vel", state.angular_velocity)):
                    np.testing.assert_array_equal(physics[name], values[c])
                assert car["boost_amount"] == pytest.approx(state.boost[c])
                assert (car["on_ground"], car["is_demoed"]) == (bool(state.on_ground[c]), bool(state.demoed[c]))
                throttle, steer = ACTION_TABLE[int(state.previous_action[c])][:2]
                assert (car["controls"]["throttle"], car["controls"]["steer"]) == (throttle, steer)


# rlviser_py speaks from one port for as long as its process lives: a process of its own. What it receives it decodes;
# so what was sent, sent back by a stand-in for RLViser, is read by the real package, of whatever protocol it is
# (0.6.14, which needs numpy 2, speaks another one than those before).
SEND = """
import json, sys, time
import numpy as np
from jaxrl.watch.recording import Recording
from jaxrl.watch.viewers.rlviser import RLViser
import rlviser_py

row = np.load(sys.argv[1])
seconds, cuts, scores, rewards = np.array([12.8]), np.array([False]), np.zeros((1, 2)), np.zeros((1, 4, 0))
shown_by_the_page = [np.zeros((1, 4, 0))] * 5
frame = Recording("", row, seconds, cuts, scores, rewards, *shown_by_the_page, (), tuple("abcd"))
RLViser()(frame, 8)
deadline = time.monotonic() + 30
while (state := rlviser_py.get_state_set()) is None and time.monotonic() < deadline:
    time.sleep(0.01)
print(json.dumps(state))
"""


def test_rlviser_is_sent_what_its_own_package_reads(recording, tmp_path):
    row = recording.rows[250:251]
    np.save(tmp_path / "row.npy", row)
    command = [sys.executable, "-c", SEND, "row.npy"]
    with listener(RLVISER) as program:
        environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environment)
        try:
            program.recv(2**16)  # it says hello
            program.settimeout(0.2)
            while process.poll() is None:
                with suppress(TimeoutError):
                    packet, sender = program.recvfrom(2**16)
                    program.sendto(packet, sender)
            pads, ball, cars = json.loads(process.communicate(timeout=PATIENCE)[0])
        finally:
            process.kill()
    assert sender[1] == RLVISER_PY
    state = unpack(row[0])
    assert len(pads) == 34
    np.testing.assert_array_equal(ball[0], state.ball_position)
    np.testing.assert_array_equal(ball[2], state.ball_velocity)
    np.testing.assert_array_equal(ball[3], state.ball_angular_velocity)
    assert [car[0] for car in cars] == [1, 2, 3, 4]
    for c, (_, position, rotation, velocity, spin, boost, *_) in enumerate(cars):
        np.testing.assert_array_equal(position, state.position[c])
        np.testing.assert_array_equal(velocity, state.velocity[c])
        np.testing.assert_array_equal(spin, state.angular_velocity[c])
        assert boost == state.boost[c]
        forward, right, up = np.array(rotation)
        np.testing.assert_array_equal(forward, state.forward[c])
        np.testing.assert_array_equal(up, state.up[c])
        assert np.linalg.det([forward, right, up]) == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(right, np.cross(up, forward), atol=1e-6)


def test_both_are_sent_a_live_match(tmp_path):
    """By the command, frame by frame in real time."""
    flags = ("--rlviser", "--rocketsimvis", "--opponent", "chaser", "--minutes", "0.05")
    with listener(ROCKETSIMVIS) as vis, listener(RLVISER) as rlviser:
        with live(ROOT / "pretrained/duel", *flags, cwd=tmp_path) as (process, _):
            places = [json.loads(vis.recv(2**20))["cars"][1]["phys"]["pos"]]
            start = time.monotonic()
            for _ in range(30):
                places.append(json.loads(vis.recv(2**20))["cars"][1]["phys"]["pos"])
            assert time.monotonic() - start == pytest.approx(30 * 8 / TICKS_PER_SECOND, abs=0.5)
            assert np.linalg.norm(np.subtract(places[-1], places[0])) > 500
            assert process.wait(PATIENCE) == 0
        for _ in range(30):
            rlviser.recv(2**16)


def test_a_missing_package_or_a_taken_port_is_a_line(tmp_path):
    code = "import runpy, sys; sys.modules['rlviser_py'] = None; runpy.run_module('jaxrl.watch', run_name='__main__')"
    bot = str(ROOT / "pretrained/duel")
    command = [sys.executable, "-c", code, bot, "--rlviser"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (
        2,
        '--rlviser needs the package rlviser-py: pip install "jaxrl-rocketleague[rlviser]"\n',
    )
    with listener(RLVISER_PY):
        command = [sys.executable, "-m", "jaxrl.watch", bot, "--rlviser"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2
    assert done.stderr == f"--rlviser: UDP port {RLVISER_PY} cannot be used (Address already in use)\n"
