"""What happened in a decision, for every car: shared by reward terms, figures and whoever else needs it.

All are bool `[..., C]` unless they say otherwise, from a state and the one a decision later (where an episode ended the
true last one), for numpy and JAX alike.
"""

import numpy as np

from jaxrl.game.actions import CONTROLS, EVERY_ACTION
from jaxrl.game.arrays import Array, length, namespace
from jaxrl.game.field import BACK_WALL, BALL_RADIUS, GOAL_SIDE, GOAL_TOP, GRAVITY, own_goal
from jaxrl.game.layout import LONG_AGO, State

NEAR_BALL = 220.0  # uu between the centers of car and ball, whose wheels may touch
UNDER_COS = 0.7  # the ball is below the wheels: 45 degrees, as rlgym-tools has it
HIGH = 300.0  # uu, above which wheels that touch something touch the ball, not the floor
FLIP_PUSH = 300.0  # uu/s; a flip gives 500
SHOT_SECONDS = 2.0  # how far ahead a shot is seen

_PRESSED = dict(zip(CONTROLS, EVERY_ACTION.T, strict=True))
JUMPS = _PRESSED["jump"] > 0  # by the number of an action
FLIPS = JUMPS & ((_PRESSED["pitch"] != 0) | (_PRESSED["roll"] != 0))  # likewise, where a jump in the air is a flip


def contact(next_state: State) -> Array:
    """The car touched the ball in this decision, also where it has been pushing it for long."""
    return next_state.ticks_since_contact == 0


def first_contact(next_state: State) -> Array:
    """The car was the first to touch the ball in this decision; several cars only in the very same tick."""
    return next_state.first_touch > 0


def velocity_change(next_state: State) -> Array:
    """`[..., 1]` uu/s: how much the first contact of this decision changed the ball's velocity; 0 without contact."""
    change = next_state.ball_velocity_after_touch - next_state.ball_velocity_before_touch
    return length(change)[..., None]


def last_contact(state: State) -> Array:
    """The car is the one that touched the ball last; nobody where nobody has, or where several did at once."""
    ticks = state.ticks_since_contact
    others = ticks[..., None, :] + LONG_AGO * np.eye(ticks.shape[-1], dtype=np.float32)
    return (ticks < LONG_AGO) & (ticks < others.min(-1))


def team_had_ball(state: State) -> Array:
    """The car's team touched the ball last; neither where nobody has, or where both did at once."""
    ticks = state.ticks_since_contact
    return team_min(ticks) < opponents_min(ticks)


def team_min(values: Array) -> Array:
    """The smallest of `values` `[..., C]` in the car's team."""
    return _each(_teams(values).min(-1), values)


def opponents_min(values: Array) -> Array:
    """The smallest of `values` `[..., C]` among the car's opponents."""
    return _each(_teams(values).min(-1)[..., ::-1], values)


def landed(state: State, next_state: State) -> Array:
    """The car came down on its wheels: on ground, wall, ceiling or ball; it may be off them again."""
    return (state.on_ground == 0) & ((next_state.on_ground > 0) | (next_state.air_time < state.air_time))


def flip_began(state: State, next_state: State) -> Array:
    """A flip began, and still goes on or has not landed."""
    return (next_state.has_flipped > 0) & ((state.has_flipped == 0) | (next_state.flip_time < state.flip_time))


def wavedash(state: State, next_state: State, actions: Array) -> Array:
    """A flip landed on the wheels while it still turned the car.

    Most last less than a decision, and leave nothing in the state but their push: there, a jump with a direction was
    pressed, the velocity changed by more than wheels or boost could, and the car has not jumped since it landed.
    """
    xp = namespace(actions)
    held = xp.asarray(JUMPS)[state.previous_action.astype(np.int32)]
    pushed = length((next_state.velocity - state.velocity)[..., :2]) > FLIP_PUSH
    within = xp.asarray(FLIPS)[actions] & ~held & (state.has_flip_or_jump > 0) & pushed & (next_state.has_jumped == 0)
    return landed(state, next_state) & ((state.is_flipping > 0) | within) & (next_state.demoed == 0)


def on_ball(state: State) -> Array:
    """The ball is right below the car's wheels, which may touch it; its contact is with the body alone."""
    offset = state.ball_position[..., None, :] - state.position
    distance = length(offset)
    return (distance < NEAR_BALL) & (-(offset * state.up).sum(-1) > UNDER_COS * distance)


def flip_reset(state: State, next_state: State) -> Array:
    """Wheels on the ball, high above the ground, gave back a flip that was used or that time would have taken.

    The wheels may touch for one tick between two decisions, so what counts is that a car in the air has not jumped any
    more, or that it has a flip again: nothing but wheels that touch something does that.
    """
    forgot = ((state.has_jumped > 0) & (next_state.has_jumped == 0)) | (
        (state.has_flip_or_jump == 0) & (next_state.has_flip_or_jump > 0)
    )
    alive = (state.demoed == 0) & (next_state.demoed == 0)
    return forgot & on_ball(next_state) & (next_state.position[..., 2] > HIGH) & alive


def on_course(state: State) -> Array:
    """Left alone, the ball flies into the car's own goal within 2 s.

    It crosses the line between the posts and below the bar, or below the ground: bounces off that do not matter, those
    off walls are not seen.
    """
    num_cars = state.boost.shape[-1]
    xp, (x, y, z) = namespace(state.boost), _parts(state.ball_position)
    vx, vy, vz = _parts(state.ball_velocity)
    towards = np.sign(own_goal(num_cars)[:, 1])  # [C]
    speed = vy * towards
    seconds = (BACK_WALL - y * towards) / xp.maximum(speed, 1.0)
    wide = abs(x + vx * seconds) > GOAL_SIDE - BALL_RADIUS
    high = z + vz * seconds - 0.5 * GRAVITY * seconds**2 > GOAL_TOP - BALL_RADIUS
    return (speed > 1) & (seconds >= 0) & (seconds < SHOT_SECONDS) & ~wide & ~high


def opponents(values: Array) -> Array:
    """Values `[..., C]` that are the same within a team, as the other team's cars have them."""
    return _each(_teams(values)[..., ::-1, 0], values)


def decision_ticks(state: State, next_state: State) -> Array:
    """`[..., 1]`: ticks between the two states."""
    return (next_state.ticks_since_kickoff - state.ticks_since_kickoff)[..., None]


def _teams(values: Array) -> Array:
    return values.reshape(*values.shape[:-1], 2, values.shape[-1] // 2)


def _each(of_teams: Array, values: Array) -> Array:
    return namespace(values).repeat(of_teams, values.shape[-1] // 2, axis=-1)


def _parts(vector: Array) -> tuple[Array, Array, Array]:
    return vector[..., None, 0], vector[..., None, 1], vector[..., None, 2]
