"""Reward terms for touching the ball; `jaxrl.game.rewards.basic` says what a term is."""

import numpy as np

from jaxrl.game.field import BALL_REST_HEIGHT, CEILING_Z, TICKS_PER_SECOND
from jaxrl.game.state import Array, State

TOUCH_PAUSE_TICKS = 0.5 * TICKS_PER_SECOND  # a car that pushes the ball touches it once, not at every decision


def touch(state: State, next_state: State, actions: Array) -> Array:
    """1 where a car touches the ball after at least half a second without contact."""
    touching = next_state.ticks_since_contact == 0
    return (touching & (state.ticks_since_contact >= TOUCH_PAUSE_TICKS)).astype(np.float32)


def aerial(state: State, next_state: State, actions: Array) -> Array:
    """A touch made off the ground, growing from 0 to 1 with the height of the ball above its rest."""
    height = (next_state.ball_position[..., None, 2] - BALL_REST_HEIGHT) / (CEILING_Z - BALL_REST_HEIGHT)
    return touch(state, next_state, actions) * (1 - next_state.on_ground) * height.clip(0, 1)
