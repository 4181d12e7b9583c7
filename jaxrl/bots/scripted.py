"""A scripted bot that drives at the ball: an opponent of fixed strength, as pure array code."""

import numpy as np

from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.state import Array, namespace, unpack

STEER_ANGLE = 0.1  # rad: ball further to the side than this: steer

SLIDE_ANGLE = 1.8  # rad: ball behind: turn with the handbrake


def _drive(steer: int, boost: int, handbrake: int) -> int:
    """Index of the action that drives forwards with these controls."""
    return int(np.flatnonzero(((1, steer, 0, steer, 0, 0, boost, handbrake) == ACTION_TABLE).all(axis=1))[0])


STRAIGHT_BOOST = _drive(0, 1, 0)

TURN = np.array([_drive(-1, 0, 0), _drive(1, 0, 0)], np.int32)  # left, right

SLIDE = np.array([_drive(-1, 0, 1), _drive(1, 0, 1)], np.int32)


def chase(states: Array) -> Array:
    """Actions `[..., C]` int32 of cars that all chase the ball, in raw states `[..., F]`."""
    xp = namespace(states)
    state = unpack(states)
    offset = state.ball_position[..., None, :] - state.position
    # RocketSim is left-handed: x forwards and y to the right, seen from above
    ahead = (offset * state.forward).sum(-1)
    right = offset[..., 1] * state.forward[..., 0] - offset[..., 0] * state.forward[..., 1]
    angle = xp.arctan2(right, ahead)
    side = (angle > 0).astype(np.int32)
    turning = xp.where(xp.abs(angle) > SLIDE_ANGLE, xp.asarray(SLIDE)[side], xp.asarray(TURN)[side])
    return xp.where(xp.abs(angle) < STEER_ANGLE, STRAIGHT_BOOST, turning).astype(np.int32)
