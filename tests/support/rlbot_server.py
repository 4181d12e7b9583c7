"""What RLBot's server would send, from recorded rows, and a small server on loopback that sends it."""

import os
import socket
import struct
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
from rlbot import flat

from jaxrl.game.field import LARGE_PADS, PAD_PLACES
from jaxrl.game.state import unpack

COUNTDOWN, KICKOFF, ACTIVE, GOAL_SCORED, REPLAY = (
    flat.MatchPhase.Countdown,
    flat.MatchPhase.Kickoff,
    flat.MatchPhase.Active,
    flat.MatchPhase.GoalScored,
    flat.MatchPhase.Replay,
)


def vector(values):
    return flat.Vector3(*(float(x) for x in values))


def rotator(forward, up):
    """Pitch, yaw and roll of a car's axes; exact also where the nose points straight up."""
    forward, up = np.float64(forward), np.float64(up)
    right = np.cross(up, forward)
    pitch = np.arctan2(forward[2], np.hypot(forward[0], forward[1]))
    return flat.Rotator(float(pitch), float(np.arctan2(forward[1], forward[0])), float(np.arctan2(-right[2], up[2])))


def player(state, car, team):
    """One car as RLBot tells it; a car without a flip has jumped too long ago."""
    on_ground, has_flip = bool(state.on_ground[car]), bool(state.has_flip_or_jump[car])
    body = flat.Physics(
        vector(state.position[car]),
        rotator(state.forward[car], state.up[car]),
        vector(state.velocity[car]),
        vector(state.angular_velocity[car]),
    )
    return flat.PlayerInfo(
        physics=body,
        air_state=flat.AirState.OnGround if on_ground else flat.AirState.InAir,
        dodge_timeout=-1.0,
        demolished_timeout=2.0 if state.demoed[car] else -1.0,
        team=team,
        boost=float(state.boost[car]),
        has_jumped=not on_ground and not has_flip,
    )


def packet(row, frame, phase=ACTIVE, order=None, pads=None, with_ball=True):
    """A packet of a raw state row; `order` of the cars, `pads` of the field as `field_info` has them."""
    state = unpack(row)
    num_cars = len(state.boost)
    order = range(num_cars) if order is None else order
    pads = range(len(PAD_PLACES)) if pads is None else pads
    ball = flat.Physics(
        vector(state.ball_position),
        flat.Rotator(),
        vector(state.ball_velocity),
        vector(state.ball_angular_velocity),
    )
    return flat.GamePacket(
        players=[player(state, car, int(car >= num_cars // 2)) for car in order],
        boost_pads=[flat.BoostPadState(bool(state.pads[k]), 0.0 if state.pads[k] else 1.5) for k in pads],
        balls=[flat.BallInfo(physics=ball, shape=flat.SphereShape(182.5))] if with_ball else [],
        match_info=flat.MatchInfo(match_phase=phase, frame_num=frame),
        teams=[flat.TeamInfo(team, int(state.score[team])) for team in (0, 1)],
    )


def field_info(pads=None):
    pads = range(len(PAD_PLACES)) if pads is None else pads
    return flat.FieldInfo(
        boost_pads=[
            flat.BoostPad(flat.Vector3(*(float(x) for x in PAD_PLACES[k]), 73.0), k in LARGE_PADS) for k in pads
        ]
    )


class Connection:
    """One bot that has connected."""

    def __init__(self, stream):
        self.stream = stream

    def send(self, message):
        content = flat.CorePacket(message).pack()
        self.stream.sendall(struct.pack(">H", len(content)) + content)

    def receive(self):
        (size,) = struct.unpack(">H", self._exactly(2))
        return flat.InterfacePacket.unpack(self._exactly(size)).message

    def receive_a(self, kind):
        """The next message of this kind."""
        while not isinstance(message := self.receive(), kind):
            pass
        return message

    def _exactly(self, count):
        content = b""
        while len(content) < count:
            piece = self.stream.recv(count - len(content))
            if not piece:
                raise EOFError("the bot is gone")
            content += piece
        return content


@contextmanager
def listening():
    """A port, and a function that waits for a bot there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        streams = []

        def accept():
            stream, _ = server.accept()
            stream.settimeout(60)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            streams.append(stream)
            return Connection(stream)

        try:
            yield server.getsockname()[1], accept
        finally:
            for stream in streams:
                stream.close()


def introduce(connection, agent_id, index, teams, pads=None):
    """What a server tells a bot that has connected; returns when the bot is ready. `teams` of all players, by index."""
    settings = connection.receive_a(flat.ConnectionSettings)
    assert settings.agent_id == agent_id
    bot = flat.CustomBot(name="bot", agent_id=agent_id)
    players = [flat.PlayerConfiguration(variety=bot, team=team, player_id=100 + i) for i, team in enumerate(teams)]
    connection.send(flat.MatchConfiguration(player_configurations=players))
    connection.send(field_info(pads))
    connection.send(flat.ControllableTeamInfo(teams[index], [flat.ControllableInfo(index, 100 + index)]))
    connection.receive_a(flat.InitComplete)


@contextmanager
def running_bot(folder, agent_id, index, pads):
    """An exported folder's bot.py in a process of its own, as car `index` of 1v1: its connection, the process.

    JAX and jaxrl are not on its path but in its folder; the process is killed at the end.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with listening() as (port, accept):
        environment |= {"RLBOT_SERVER_PORT": str(port), "RLBOT_AGENT_ID": agent_id}
        process = subprocess.Popen(
            [sys.executable, "bot.py"], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            connection = accept()
            introduce(connection, agent_id, index, [0, 1], pads)
            yield connection, process
        finally:
            process.kill()
            process.communicate()
