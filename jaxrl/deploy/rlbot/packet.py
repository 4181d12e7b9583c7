"""Conversion of a packet of RLBot v5 to a raw state row, as RocketSim gave it in training.

Packets are read by the names of their fields, so that this module needs neither RLBot nor a server.
"""

from typing import Any

import numpy as np

from jaxrl.deploy.rlbot.car import JUMPING, ON_GROUND, is_demolished
from jaxrl.deploy.rlbot.history import History
from jaxrl.deploy.rlbot.surfaces import axes_of
from jaxrl.deploy.rlbot.vectors import axes, vector
from jaxrl.deploy.rlbot.whole_state import contacts, whole_state
from jaxrl.errors import UserError
from jaxrl.game.field import PAD_PLACES
from jaxrl.game.layout import LAYOUT
from jaxrl.game.state import pack

SAME_PLACE = 200.0  # uu between a pad of the field and its entry of PAD_PLACES; they vary slightly from map to map


def pad_order(field_info: Any) -> np.ndarray:
    """Index of the field's pad at each of PAD_PLACES, `[34]` int. Raises UserError for another field."""
    places = np.array([[pad.location.x, pad.location.y] for pad in field_info.boost_pads]).reshape(-1, 2)
    if len(places):
        distances = np.linalg.norm(np.asarray(PAD_PLACES)[:, None] - places, axis=-1)  # [34, pads]
        if len(places) == len(PAD_PLACES) and distances.min(axis=1).max() < SAME_PLACE:
            return distances.argmin(axis=1)
    raise UserError(f"this field has {len(places)} boost pads that are not those of standard soccar: wrong map or mode")


def cars_in_order(packet: Any, team_size: int) -> list[int]:
    """Indices of the packet's players, blue first as in training. Raises UserError for another number of cars."""
    teams = [[i for i, player in enumerate(packet.players) if player.team == team] for team in (0, 1)]
    if [len(team) for team in teams] != [team_size, team_size]:
        raise UserError(
            f"this bot was trained for {team_size}v{team_size}, the match is {len(teams[0])}v{len(teams[1])}"
        )
    return teams[0] + teams[1]


def read_packet(packet: Any, order: list[int], pads: np.ndarray, history: History) -> np.ndarray:
    """Convert a packet to a state `[F]` float32.

    `order` is from `cars_in_order`, `pads` from `pad_order`, and `history` has watched the packet and all before it.
    What RLBot tells of each field, and what it cannot, is in `jaxrl.deploy.rlbot.sources`; all previous actions are
    neutral.
    """
    cars = [history.car(i) for i in order]
    players = [car.player for car in cars]
    bodies = [player.physics for player in players]
    ball = packet.balls[0].physics
    position = np.array([vector(body.location) for body in bodies])
    velocity = np.array([vector(body.velocity) for body in bodies])
    spin = np.array([vector(body.angular_velocity) for body in bodies])
    frames = axes_of(*np.array([axes(body.rotation) for body in bodies]).swapaxes(0, 1))  # [C, 3, 3]
    state = LAYOUT.complete(
        len(players),
        score=np.array([packet.teams[0].score, packet.teams[1].score]),
        ball_position=vector(ball.location),
        ball_velocity=vector(ball.velocity),
        ball_angular_velocity=vector(ball.angular_velocity),
        pads=np.array([packet.boost_pads[k].is_active for k in pads]),
        position=position,
        forward=frames[:, 0],
        up=frames[:, 2],
        velocity=velocity,
        angular_velocity=spin,
        boost=np.array([player.boost for player in players]),
        on_ground=np.array([car.on_ground for car in cars]),
        has_flip_or_jump=np.array([has_flip_or_jump(player) for player in players]),
        demoed=np.array([is_demolished(packet.players[i]) for i in order]),
        **whole_state(packet, order, pads, history),
        **contacts(cars, position, frames, velocity, spin),
    )
    return pack(state)


def has_flip_or_jump(player: Any) -> bool:
    """Whether the car can flip or jump, by RocketSim's rules.

    It can on the ground, or if it has neither flipped nor double jumped and, after a jump, is still in time.
    """
    if int(player.air_state) == ON_GROUND:
        return True
    used = player.has_dodged or player.has_double_jumped
    # the timeout is -1 once it is too late, but also while the first jump still pushes, before its time begins
    in_time = int(player.air_state) == JUMPING or player.dodge_timeout > 0
    return not used and (not player.has_jumped or in_time)
