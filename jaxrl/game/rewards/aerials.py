"""Reward terms for touches and flip resets in the air; `jaxrl.game.rewards.basic` says what a term is."""

import numpy as np

from jaxrl.game.arrays import length
from jaxrl.game.events import first_contact, on_ball
from jaxrl.game.events import flip_reset as got_flip_reset
from jaxrl.game.field import BALL_RADIUS, CEILING_Z, TICKS_PER_SECOND, attacked_goal
from jaxrl.game.rewards.memory import with_memory
from jaxrl.game.rewards.touches import strong_touch, touch
from jaxrl.game.state import Array, State, namespace

LONG_FLIGHT = 1.75  # s
AIR_DRIBBLE_HEIGHT, AIR_DRIBBLE_REACH = 300.0, 400.0  # uu
RESET_HEIGHT, RESET_REACH, RESET_SPEED = 300.0, 600.0, 1000.0  # uu, uu, uu/s
RESET_DISTANCE = BALL_RADIUS + 40  # uu between the centers where wheels touch the ball


def aerial_touch(state: State, next_state: State, actions: Array) -> Array:
    """A touch in the air, limited both by the height of the ball and by the time since the car left the ground.

    Formula: touch (1 - on_ground) min(1, air_time / 1.75 s, z / 2044 uu).
    Range: 0 to 1, an event.
    Good for: real aerials: a jump below a falling ball is worth little, and so is falling off a wall onto a low one.
    Source: RLGym-PPO-Guide (aerial touch reward).
    """
    xp, height = namespace(state.boost), next_state.ball_position[..., None, 2] / CEILING_Z
    share = xp.minimum(next_state.air_time / LONG_FLIGHT, height).clip(0, 1)
    return touch(state, next_state, actions) * (1 - next_state.on_ground) * share


def double_touch(state: State, next_state: State, actions: Array) -> Array:
    """1 for every further touch in the same flight, if nobody else had the ball in between.

    Formula: touch in the air, where the car's last contact is younger than its time in the air, and nobody's is
    younger.
    Range: 0 or 1, an event.
    Good for: double taps off the backboard, and air dribbles that go on.
    Source: Opti (double tap); Kaiyo (consecutive air touches, 5 to 8 beside a goal of 10).
    """
    own = state.ticks_since_contact
    youngest = own <= own.min(-1)[..., None]
    again = youngest & (own < state.air_time * TICKS_PER_SECOND) & (next_state.on_ground == 0)
    return touch(state, next_state, actions) * again.astype(np.float32)


def air_dribble(state: State, next_state: State, actions: Array) -> Array:
    """1 while a car in the air carries the ball towards the opponents' goal, with enough boost to get there.

    Formula: in the air, the ball above 300 uu, within 400 uu, at least 12 degrees above the car, and seen from above
    less than 45 degrees off the line from ball to goal; both move towards that goal; boost >= 15 (d / 5000 uu) ^ 1.75
    at a distance d from it, seen from above.
    Range: 0 or 1, each decision.
    Good for: air dribbles, where `double_touch` comes too rarely.
    Source: Saturn (bouncy air dribble; 6 of its 7 conditions, without the bounciness).
    """
    xp = namespace(state.boost)
    goal = attacked_goal(state.boost.shape[-1])
    ball = next_state.ball_position[..., None, :]
    offset, to_goal = ball - next_state.position, goal - ball
    distance, flat, left = (length(v) for v in (offset, offset[..., :2], to_goal[..., :2]))
    ahead = (offset[..., :2] * to_goal[..., :2]).sum(-1) > 0.7 * flat * left
    near = (distance < AIR_DRIBBLE_REACH) & (offset[..., 2] > 0.2 * distance)
    velocities = (next_state.velocity, next_state.ball_velocity[..., None, :])
    both = [(velocity[..., :2] * to_goal[..., :2]).sum(-1) for velocity in velocities]
    enough = next_state.boost >= 15 * (left / 5000) ** 1.75
    carries = near & ahead & enough & (xp.minimum(*both) > 0) & (ball[..., 2] > AIR_DRIBBLE_HEIGHT)
    return (carries & (next_state.on_ground == 0) & (next_state.demoed == 0)).astype(np.float32)


def flip_reset(state: State, next_state: State, actions: Array) -> Array:
    """1 where the wheels on the ball gave a car in the air a flip that it had not, or not for ever.

    Formula: a car that had jumped, or had no flip left, is as if it had not; in contact with the ball, which is below
    its wheels (45 degrees) within 220 uu, the car above 300 uu.
    Range: 0 or 1, an event.
    Good for: flip resets, from some billion steps on; 5 to 10 beside a goal of 10.
    Source: Saturn (flip reset event); rlgym-tools `FlipResetReward` (obtain); Nexto and Tecko.
    """
    return got_flip_reset(state, next_state).astype(np.float32)


@with_memory(0)
def flip_reset_used(reset: Array, state: State, next_state: State, actions: Array) -> tuple[Array, Array]:
    """How hard a car hits the ball with the flip that a reset gave it, once for every reset.

    Formula: strong_touch while has_flipped, in the air, after a flip reset in this flight.
    Memory: such a reset is left.
    Range: 0 to 1, an event.
    Good for: using a reset, rather than having got one.
    Source: Saturn (reset shot); rlgym-tools `FlipResetReward` (hit).
    """
    gained = got_flip_reset(state, next_state).astype(np.float32)
    down = (next_state.on_ground > 0) & ~on_ball(next_state)
    reset = namespace(reset).maximum(reset, gained) * (~down & (next_state.demoed == 0)).astype(np.float32)
    used = reset * next_state.has_flipped * first_contact(next_state).astype(np.float32)
    return reset * (1 - used), used * strong_touch(state, next_state, actions)


def flip_reset_approach(state: State, next_state: State, actions: Array) -> Array:
    """By how much a car without a flip came closer to a reset: its wheels towards the ball, near it, and closing in.

    Formula: max(0, closeness(next_state) - closeness(state)), closeness = min(closing speed / 1000 uu/s, cosine between
    down and ball, 1 - (distance - 131 uu) / 600 uu), 0 below 300 uu, with the roof up, or with a flip that stays.
    Range: 0 to 1, each decision; 1 in the sum over one approach.
    Good for: discovering flip resets, whose event comes by accident too rarely.
    Source: Saturn (continuous flip reset reward).
    """
    gained = _closeness(next_state) - _closeness(state)
    return gained.clip(0, 1) * ((state.demoed == 0) & (next_state.demoed == 0)).astype(np.float32)


def _closeness(state: State) -> Array:
    """`[..., C]`, 0 to 1: how near a flip reset is."""
    xp = namespace(state.boost)
    offset = state.ball_position[..., None, :] - state.position
    distance = xp.maximum(length(offset), 1.0)
    relative = state.velocity - state.ball_velocity[..., None, :]
    closing = (relative * offset).sum(-1) / distance / RESET_SPEED
    under = -(state.up * offset).sum(-1) / distance
    near = 1 - (distance - RESET_DISTANCE) / RESET_REACH
    stays = (state.has_flip_or_jump > 0) & (state.has_jumped == 0)
    may = ~stays & (state.on_ground == 0) & (state.position[..., 2] > RESET_HEIGHT) & (state.up[..., 2] < 0)
    return xp.minimum(xp.minimum(closing, under), near).clip(0, 1) * may.astype(np.float32)
