"""Reward terms for touching the ball; `jaxrl.game.rewards.basic` says what a term is."""

import numpy as np

from jaxrl.game.arrays import length
from jaxrl.game.events import first_contact, velocity_change
from jaxrl.game.field import BALL_REST_HEIGHT, CEILING_Z, KMH, TICKS_PER_SECOND
from jaxrl.game.state import Array, State, namespace

TOUCH_PAUSE_TICKS = 0.5 * TICKS_PER_SECOND  # a car that pushes the ball touches it once, not at every decision
WEAK_TOUCH, HARD_TOUCH = 20 * KMH, 130 * KMH  # uu/s, that the ball's velocity changes by
FAST_BALL = 110 * KMH  # uu/s
LOW_BALL = 150.0  # uu: the ball on a car that drives
JUMP_BALL = 120.0  # uu: just above a ball at rest


def touch(state: State, next_state: State, actions: Array) -> Array:
    """1 where a car touches the ball after at least half a second without contact.

    Formula: contact now, and none for 60 ticks before.
    Range: 0 or 1, an event.
    Good for: the first thing to learn.
    Source: everywhere (`TouchReward`); without the pause a bot is paid for pushing the ball along.
    """
    touching = next_state.ticks_since_contact == 0
    return (touching & (state.ticks_since_contact >= TOUCH_PAUSE_TICKS)).astype(np.float32)


def aerial(state: State, next_state: State, actions: Array) -> Array:
    """A touch made off the ground, growing from 0 to 1 with the height of the ball above its rest.

    Formula: touch (1 - on_ground) (z - 93) / (2044 - 93).
    Range: 0 to 1, an event.
    Good for: the first aerials; `aerial_touch` also asks for time in the air.
    Source: Necto (touch height).
    """
    height = (next_state.ball_position[..., None, 2] - BALL_REST_HEIGHT) / (CEILING_Z - BALL_REST_HEIGHT)
    return touch(state, next_state, actions) * (1 - next_state.on_ground) * height.clip(0, 1)


def strong_touch(state: State, next_state: State, actions: Array) -> Array:
    """How hard the car hit the ball: 1 for a change of the ball's velocity by 130 km/h, nothing below 20 km/h.

    Formula: min(1, |velocity after - before| / 3611 uu/s) of the first contact in the decision, if it is 556 uu/s or
    more.
    Range: 0 to 1, an event; of cars that touch in the same decision only the first is paid.
    Good for: powerful shots, once the ball is touched at all.
    Source: GigaLearn `StrongTouchReward(20, 130)`, weight 60 beside a goal of 150.
    """
    change = velocity_change(next_state)
    hit = first_contact(next_state) & (change >= WEAK_TOUCH)
    return hit.astype(np.float32) * (change / HARD_TOUCH).clip(0, 1)


def touch_acceleration(state: State, next_state: State, actions: Array) -> Array:
    """By how much the car made the ball faster, as a share of 110 km/h; making it slower is worth nothing.

    Formula: max(0, min(1, |after| / 3056 uu/s) - min(1, |before| / 3056 uu/s)) of the first contact in the decision.
    Range: 0 to 1, an event.
    Good for: powerful shots rather than blocks, which `strong_touch` pays, too.
    Source: Necto (touch acceleration, 0.25 to 0.5 beside a goal of 10); GigaLearn `TouchAccelReward(110)`.
    """
    before, after = (
        (length(velocity) / FAST_BALL).clip(0, 1)
        for velocity in (next_state.ball_velocity_before_touch, next_state.ball_velocity_after_touch)
    )
    return first_contact(next_state).astype(np.float32) * (after - before).clip(0, 1)[..., None]


def touch_height(state: State, next_state: State, actions: Array) -> Array:
    """A touch, growing steeply with the height of the ball above a dribbled one; from the ground or a wall, too.

    Formula: touch ((z - 150) / (2044 - 150)) ^ (1/3), 0 below 150 uu.
    Range: 0 to 1, an event: 0.5 at 387 uu, 0.8 at 1120 uu.
    Good for: going up to the ball; the cube root pays the first meter most.
    Source: Nexto (touch height 0.75 to 1 beside a goal of 10; the cube root since 2022-05-11).
    """
    share = ((next_state.ball_position[..., None, 2] - LOW_BALL) / (CEILING_Z - LOW_BALL)).clip(0, 1)
    return touch(state, next_state, actions) * namespace(share).cbrt(share)


def jump_touch(state: State, next_state: State, actions: Array) -> Array:
    """1 where a car that jumped touches a ball that is not on the ground.

    Formula: touch, in the air with has_jumped, the ball at 120 uu or above.
    Range: 0 or 1, an event.
    Good for: the step from driving to flying.
    Source: Karma `JumpTouchReward(min_height=120)`, 40 beside a goal of 200; Kaiyo, Opti (2 to 4 beside 10).
    """
    jumped = (next_state.has_jumped > 0) & (next_state.on_ground == 0)
    high = next_state.ball_position[..., None, 2] >= JUMP_BALL
    return touch(state, next_state, actions) * (jumped & high).astype(np.float32)


def wall_touch(state: State, next_state: State, actions: Array) -> Array:
    """A touch by a car that drives on a wall, growing from 0 to 1 with the height of the ball above its rest.

    Formula: touch, on_ground, |up . z| < 0.5, times the square root of (z - 93) / (2044 - 93).
    Range: 0 to 1, an event: 0.5 at 581 uu.
    Good for: following the ball up a wall rather than waiting below.
    Source: Opti, Kaiyo (wall touch, 4 beside a goal of 10).
    """
    height = (next_state.ball_position[..., None, 2] - BALL_REST_HEIGHT) / (CEILING_Z - BALL_REST_HEIGHT)
    on_wall = (next_state.on_ground > 0) & (abs(next_state.up[..., 2]) < 0.5)
    share = namespace(height).sqrt(height.clip(0, 1))
    return touch(state, next_state, actions) * on_wall.astype(np.float32) * share
