"""The fields of a row that no built-in observation needs, from RLBot's packets: row format 2, contacts, demolitions."""

from typing import Any

import numpy as np

from jaxrl.deploy.rlbot.car import DODGING, JUMPING, Car
from jaxrl.deploy.rlbot.history import History
from jaxrl.deploy.rlbot.surfaces import a_tick_ago, surface_normals, wheels_in_contact
from jaxrl.game.field import LARGE_PADS, NUM_PADS, TICKS_PER_SECOND

RESPAWN_SECONDS = {False: 4.0, True: 10.0}  # of a small and of a large pad
PAD_SECONDS = np.array([RESPAWN_SECONDS[place in LARGE_PADS] for place in range(NUM_PADS)])
LEAST_SECONDS = 1e-4  # until a pad is back that is not there


def whole_state(packet: Any, order: list[int], pads: np.ndarray, history: History) -> dict[str, np.ndarray]:
    """The fields, by name, of a packet that `history` has watched; for the other arguments see `read_packet`."""
    jumps = _jumps([history.car(i) for i in order])
    return {**_arena(packet, pads, history), **_counts(packet, order, history), **jumps}


def _arena(packet: Any, pads: np.ndarray, history: History) -> dict[str, np.ndarray]:
    states = [packet.boost_pads[k] for k in pads]
    gone = np.array([not pad.is_active for pad in states])
    left = PAD_SECONDS - np.array([pad.timer for pad in states])  # RLBot counts the seconds since it was taken
    touches = history.touches
    return {
        "pad_seconds": np.where(gone, np.clip(left, LEAST_SECONDS, PAD_SECONDS), 0.0),
        "ticks_since_kickoff": np.array(history.ticks),
        "ball_touched": np.array(touches.ball_touched),
        "ball_velocity_before_touch": np.array(touches.before),
        "ball_velocity_after_touch": np.array(touches.after),
    }


def _counts(packet: Any, order: list[int], history: History) -> dict[str, np.ndarray]:
    """What happened to the cars: contacts, demolitions, bumps, boost."""
    cars, players = [history.car(i) for i in order], [packet.players[i] for i in order]
    tanks, touches, bumps = [car.tank for car in cars], history.touches, history.bumps
    return {
        "ticks_since_contact": np.array([touches.ticks_since_contact(i, history.ticks) for i in order]),
        "first_touch": np.array([i in touches.first for i in order]),
        "demos": np.array([player.score_info.demolitions for player in players]),
        "ticks_until_respawn": np.array(
            [round(max(player.demolished_timeout, 0.0) * TICKS_PER_SECOND) for player in players]
        ),
        "demolished": np.array([car.demolitions_suffered for car in cars]),
        "bumps": np.array([bumps.inflicted[i] for i in order]),
        "bumped": np.array([bumps.suffered[i] for i in order]),
        "small_pads": np.array([tank.small_pads for tank in tanks]),
        "large_pads": np.array([tank.large_pads for tank in tanks]),
        "boost_used": np.array([car.tank.used_until_now(car.is_demolished) for car in cars]),
        "boost_gained": np.array([tank.gained for tank in tanks]),
        "boosting": np.array([tank.boosting for tank in tanks]),
    }


def _jumps(cars: list[Car]) -> dict[str, np.ndarray]:
    players = [car.player for car in cars]
    flipped = np.array([bool(player.has_dodged) for player in players])
    directions = np.array([[player.dodge_dir.x, player.dodge_dir.y] for player in players])
    return {
        "has_jumped": np.array([player.has_jumped for player in players]),
        "is_jumping": np.array([int(player.air_state) == JUMPING for player in players]),
        "jump_time": np.array([car.jump_ticks for car in cars]) / TICKS_PER_SECOND,
        "has_double_jumped": np.array([player.has_double_jumped for player in players]),
        "has_flipped": flipped,
        "is_flipping": np.array([int(player.air_state) == DODGING for player in players]),
        "flip_time": np.where(flipped, np.array([player.dodge_elapsed for player in players]), 0.0),
        "flip_direction": np.where(flipped[:, None], directions, 0.0),
        "air_time": np.array([car.air_ticks for car in cars]) / TICKS_PER_SECOND,
        "air_time_since_jump": np.array([car.seconds_since_jump for car in cars]),
        "supersonic": np.array([player.is_supersonic for player in players]),
        "handbrake": np.array([car.handbrake for car in cars]),
    }


def contacts(
    cars: list[Car], position: np.ndarray, axes: np.ndarray, velocity: np.ndarray, spin: np.ndarray
) -> dict[str, np.ndarray]:
    """The fields, by name, that say what cars touch; for the arrays see `a_tick_ago`."""
    position, turned = a_tick_ago(position, axes, velocity, spin)
    wheels = wheels_in_contact(position, turned)
    on_ground = np.array([car.on_ground for car in cars])
    elsewhere = on_ground & (wheels.sum(axis=1) < 3)  # in a goal, for example
    return {
        "wheels_in_contact": wheels | elsewhere[:, None],
        "surface_normal": surface_normals(position, turned),
    }
