"""A live match in RocketSimVis (by ZealanL), sent as JSON over UDP in the format of its networking-format.md."""

import json
import socket

import numpy as np

from jaxrl.game.actions import CONTROLS, EVERY_ACTION
from jaxrl.game.state import State, unpack
from jaxrl.watch.recording import Recording

ADDRESS = ("127.0.0.1", 9273)


class RocketSimVis:
    """A sender of frames to RocketSimVis, which may be started before or afterwards."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def __call__(self, frame: Recording) -> None:
        """Send a frame."""
        state = unpack(frame.rows[-1])
        ball = _lists(pos=state.ball_position, vel=state.ball_velocity, ang_vel=state.ball_angular_velocity)
        content = {
            "ball_phys": ball,  # no orientation: RocketSimVis turns the ball by its spin
            "cars": [_car(state, car) for car in range(len(frame.names))],
            "boost_pad_states": (state.pads > 0).tolist(),
        }
        self._socket.sendto(json.dumps(content).encode(), ADDRESS)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _car(state: State, car: int) -> dict[str, object]:
    physics = _lists(
        pos=state.position[car],
        forward=state.forward[car],
        up=state.up[car],
        vel=state.velocity[car],
        ang_vel=state.angular_velocity[car],
    )
    controls = EVERY_ACTION[int(state.previous_action[car])].tolist()
    return {
        "team_num": int(car >= len(state.boost) // 2),
        "phys": physics,
        "controls": dict(zip(CONTROLS, controls, strict=True)),
        # 0-100, as its source and its own client have it (the text of the format says 0-1)
        "boost_amount": float(state.boost[car]),
        "on_ground": bool(state.on_ground[car]),
        "has_flipped_or_double_jumped": not state.has_flip_or_jump[car],
        "is_demoed": bool(state.demoed[car]),
    }


def _lists(**vectors: np.ndarray) -> dict[str, list[float]]:
    return {name: vector.tolist() for name, vector in vectors.items()}
