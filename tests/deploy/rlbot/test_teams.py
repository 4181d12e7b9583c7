"""1v1 to 3v3, as players joined: every car, in this process and in processes of their own at a server."""

import os
import subprocess
import sys

import numpy as np
import pytest
from rlbot import flat
from support.as_trained import as_trained, places, pressed, rearranged
from support.bots import write_bot
from support.real_game import PADS, are_told_by_angles, record_a_goal
from support.rlbot_server import field_info, introduce, listening

from jaxrl.bots.player import PolicyPlayer
from jaxrl.bots.players import make_player
from jaxrl.deploy.rlbot.driver import Driver
from jaxrl.deploy.rlbot.folder import export_folder
from jaxrl.deploy.rlbot.packet import pad_order
from jaxrl.game.layout import LAYOUT
from jaxrl.game.state import unpack

AGENT = "jaxrl/my bots"
# cars of the recording as RLBot counts them. Mixed, and once with the cars of a team in the order of the recording
SAME_ORDER = {1: [1, 0], 2: [2, 0, 3, 1], 3: [3, 0, 1, 4, 2, 5]}
OTHER_ORDER = {2: [3, 1, 2, 0], 3: [4, 0, 3, 2, 5, 1]}
CASES = [(size, order) for orders in (SAME_ORDER, OTHER_ORDER) for size, order in orders.items()]
# the exported bot, that also says what it sees where it decides; RLBot's match communication takes any bytes
TELLING_BOT = f"""
from bot import TrainedBot

class TellingBot(TrainedBot):
    def get_output(self, packet):
        before = self._driver.state
        controls = super().get_output(packet)
        if self._driver.state is not before:
            self.send_match_comm(self._policy.observe(self._driver.state).tobytes())
        return controls

TellingBot({AGENT!r}).run(wants_match_communications=False, wants_ball_predictions=False)
"""


def make_match(tmp_path, team_size, order, masks=False):
    """(folder, policy) of a bot, and moments of a match in which it played against chasers."""
    folder, policy = write_bot(tmp_path / "checkpoint", team_size, masks=masks)
    chaser = make_player("chaser", team_size, 8, 1, "numpy")
    greedy = PolicyPlayer("greedy", policy, greedy=True)
    moments = record_a_goal(greedy, chaser, team_size, 80, order, is_fit=are_told_by_angles)
    rows = unpack(np.stack([moment.row for moment in moments if moment.row is not None]))
    assert (rows.on_ground == 0).any()
    assert (rows.has_flip_or_jump == 0).any()
    return folder, policy, moments


@pytest.mark.parametrize(("team_size", "order", "masks"), [*((*case, False) for case in CASES), (1, [1, 0], True)])
def test_every_car_sees_and_does_what_it_was_trained_to(tmp_path, team_size, order, masks):
    _, policy, moments = make_match(tmp_path, team_size, order, masks)
    if masks:
        rows = np.stack([moment.row for moment in moments if moment.row is not None])
        assert 0.3 < policy.allowed(rows).mean() < 0.9
    cars = places(order, team_size)
    for index, car in enumerate(order):
        place = cars.index(car)
        driver, before = Driver(policy, index, pad_order(field_info(PADS))), None
        for moment, (seen, controls) in zip(moments, as_trained(policy, moments, cars, place), strict=True):
            np.testing.assert_array_equal(driver.controls(moment.packet), controls)
            assert (driver.state is not before) == (seen is not None), "a decision too many, or one that is missing"
            if seen is not None:
                np.testing.assert_allclose(policy.observe(driver.state)[place], seen, rtol=0, atol=1e-5)
            before = driver.state


@pytest.mark.parametrize("team_size", SAME_ORDER)
def test_teams_in_the_order_of_training_are_not_rearranged(team_size):
    """However they are mixed: then observations are those of the recording itself."""
    row = np.arange(LAYOUT.row_size(2 * team_size), dtype=np.float32)
    np.testing.assert_array_equal(rearranged(row, places(SAME_ORDER[team_size], team_size)), row)


@pytest.mark.slow
@pytest.mark.parametrize(("team_size", "order"), [(1, [1, 0]), *((size, OTHER_ORDER[size]) for size in (2, 3))])
def test_one_process_a_car_at_a_server(tmp_path, team_size, order):
    """The whole match through RLBot's protocol, to as many bots as RLBot would start."""
    checkpoint, policy, moments = make_match(tmp_path, team_size, order)
    folder = tmp_path / "my bots"
    export_folder(checkpoint, folder, "my bots")
    cars = places(order, team_size)
    teams = [int(car >= team_size) for car in order]
    expected = [list(as_trained(policy, moments, cars, cars.index(car))) for car in order]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    processes, decisions = [], 0
    with listening() as (port, accept):
        environment |= {"RLBOT_SERVER_PORT": str(port), "RLBOT_AGENT_ID": AGENT, "OMP_NUM_THREADS": "1"}
        try:
            for _ in order:
                processes.append(
                    subprocess.Popen(
                        [sys.executable, "-c", TELLING_BOT],
                        cwd=folder,
                        env=environment,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                    )
                )
            connections = [accept() for _ in order]
            for index, connection in enumerate(connections):
                introduce(connection, AGENT, index, teams, PADS)
            for now, moment in enumerate(moments):
                for connection in connections:
                    connection.send(moment.packet)
                for index, connection in enumerate(connections):
                    seen, controls = expected[index][now]
                    if seen is not None:
                        received = np.frombuffer(connection.receive_a(flat.MatchComm).content, np.float32)
                        received = received.reshape(2 * team_size, -1)[cars.index(order[index])]
                        np.testing.assert_allclose(received, seen, rtol=0, atol=1e-5)
                        decisions += 1
                    answer = connection.receive()
                    assert isinstance(answer, flat.PlayerInput)
                    assert answer.player_index == index
                    np.testing.assert_array_equal(pressed(answer.controller_state), controls)
            for connection in connections:
                connection.send(flat.DisconnectSignal())
            outputs = [process.communicate(timeout=20)[0] for process in processes]
        finally:
            for process in processes:
                process.kill()
                process.communicate()
    assert decisions == 80 * len(order)
    assert not any(b"Traceback" in output for output in outputs)
