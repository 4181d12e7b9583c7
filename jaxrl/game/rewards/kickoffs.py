"""Reward terms for kickoffs; `jaxrl.game.rewards.basic` says what a term is."""

import numpy as np

from jaxrl.game.arrays import length
from jaxrl.game.events import first_contact
from jaxrl.game.state import Array, State

SPEED_FLIP_SECONDS = 0.5  # into the flip, when one that was not cancelled points down or back


def kickoff_first_touch(state: State, next_state: State, actions: Array) -> Array:
    """1 for the car that touches the ball first after a kickoff; both in the very same tick.

    Formula: first_touch, where nobody had touched the ball, which lay in the middle of the field.
    Range: 0 or 1, an event.
    Good for: fast kickoffs; also as zero-sum.
    Source: GigaLearn forks (`KickoffFirstTouchReward`); Kaiyo (kickoff, .1).
    """
    return (first_contact(next_state) & _kickoff(state)).astype(np.float32)


def speed_flip_kickoff(state: State, next_state: State, actions: Array) -> Array:
    """1 for a speed flip at a kickoff: a diagonal flip ahead, cancelled so that the nose stays in front.

    Formula: half a second into a flip with direction ahead > 0.4 and |right| > 0.3, nose within 37 degrees of the
    velocity, before anybody touched the ball, which lies in the middle of the field.
    Range: 0 or 1, an event.
    Good for: the fastest kickoff, which nobody has shown to be learnt from time to the ball alone.
    Source: GigaLearn forks (`KickoffSpeedFlipReward`), which pay for time; the formula is jaxrl's own.
    """
    reached = (state.flip_time < SPEED_FLIP_SECONDS) & (next_state.flip_time >= SPEED_FLIP_SECONDS)
    ahead, right = next_state.flip_direction[..., 0], next_state.flip_direction[..., 1]
    speed = length(next_state.velocity)
    straight = (next_state.velocity * next_state.forward).sum(-1) > 0.8 * speed
    diagonal = (ahead > 0.4) & (abs(right) > 0.3)
    return (reached & diagonal & straight & (speed > 0) & _kickoff(next_state)).astype(np.float32)


def _kickoff(state: State) -> Array:
    """bool `[..., 1]`: nobody has touched the ball, which lies in the middle."""
    middle = abs(state.ball_position[..., :2]).max(-1) < 1
    return (middle & (state.ball_touched == 0))[..., None]
