"""Which actions do something that no other action does: what a bot need not choose from is masked.

The rule: **a masked action does what some allowed one does**, whatever follows in the ticks in which it acts. So only
what is certain from the row is masked, and of actions that do the same the one that presses least stays:

- *Driving*, on the flat floor, where no jump began and nothing can hit the car: pitch, yaw and roll do nothing; of the
  standard table the 48 rows that differ from driving in these alone are masked. Jumps stay: they tilt the car as it
  leaves the floor.
- *Flying*, where the car can reach neither the field nor the ball nor another car: the handbrake does nothing, and
  without a flip left a jump does nothing, of the standard table 18 rows.
- *An empty tank*, and no pad in reach: the boost button does nothing. Rows that give throttle as well stay where wheels
  may touch something. In flight they go: throttle alone moves a flying car by 67 uu/s^2, which counts as nothing here.
- *Demolished*, and not back before the next action: nothing does anything, and only one action is allowed, the
  neutral one where the table has it.
- Elsewhere, as on walls, on the roof, while landing or with the ball in reach, everything is allowed but what an empty
  tank rules out.

A car in the mirror has the same classes, and mirrored actions belong to the same groups: masks hold on both sides.
"""

from functools import lru_cache

import numpy as np

from jaxrl.game.action_space import STANDARD_ACTIONS, ActionSpace
from jaxrl.game.arrays import length
from jaxrl.game.field import (
    BACK_WALL,
    BALL_MAX_SPEED,
    CAR_MAX_SPEED,
    CEILING_Z,
    CORNER,
    PAD_PLACES,
    SIDE_WALL,
    TICKS_PER_SECOND,
)
from jaxrl.game.state import Array, State, namespace, unpack

THROTTLE, _, PITCH, _, _, JUMP, BOOST, HANDBRAKE = range(8)  # columns of a table of actions

READS = ("pad_seconds", "ticks_since_kickoff", "ticks_until_respawn")  # fields beyond those that bots observe

MASKED = -1e9  # the logit of a masked action: its probability is exactly 0, and no sum of logits is infinite or NaN

# kinds of situation; a class is KINDS * (2 * usable boost + usable jump or flip) + kind
UNKNOWN, DRIVING, FLYING, GONE = range(4)
KINDS = 4

BALL_RADIUS = 93.0  # uu, rather more
CAR_REACH = 95.0  # uu from the center of an Octane to the farthest point of it
GAINED = 2600.0  # uu/s^2, more than boost, throttle and gravity together
RAMP = 260.0  # uu, the radius of the curves between floor, walls and ceiling
PAD_REACH = 260.0  # uu from the center of a large pad to that of a car that takes it, at most
PAD_HEIGHT = 270.0  # uu, likewise upwards

# of an Octane that rests on its wheels or drives: how far it may be from that without leaving the floor by itself
REST_HEIGHT, REST_TOLERANCE, REST_UP, REST_SPEED, REST_SPIN = 17.0, 1.0, 0.995, 40.0, 0.6

FAR = 1e9  # uu


def mask(logits: Array, allowed: Array | None) -> Array:
    """Logits `[..., A]` with those of actions that are not `allowed` `[..., A]` at `MASKED`; None allows all."""
    return logits if allowed is None else namespace(logits).where(allowed, logits, MASKED)


def allowed_actions(rows: Array, ticks: int, actions: ActionSpace = STANDARD_ACTIONS) -> Array:
    """`[..., C, A]` bool: what every car may choose in raw states `[..., F]`; at least one action always is.

    `ticks` is how long after the state the action may act: `tick_skip` + `action_delay_ticks`.
    """
    return allowed_in(unpack(rows), ticks, actions)


def allowed_in(state: State, ticks: int, actions: ActionSpace = STANDARD_ACTIONS) -> Array:
    """As `allowed_actions`, for an unpacked state."""
    return namespace(state.boost).asarray(class_table(actions))[classes(state, ticks)]


@lru_cache
def class_table(actions: ActionSpace = STANDARD_ACTIONS) -> np.ndarray:
    """`[16, A]` bool: the actions that are allowed in each class of situation."""
    table, boosts = actions.table, actions.table[:, BOOST] > 0
    pressed = np.abs(table).sum(axis=1)
    allowed = np.ones((4 * KINDS, actions.size), np.bool_)
    for number in range(len(allowed)):
        has_boost, has_flip = divmod(number // KINDS, 2)
        effects = _effects(table, number % KINDS, bool(has_boost), bool(has_flip))
        order = np.argsort(pressed, kind="stable")
        _, first = np.unique(effects[order], axis=0, return_index=True)
        allowed[number] = np.isin(np.arange(actions.size), order[first])
        if number % KINDS == FLYING and not has_boost:
            effects[:, THROTTLE] = 0
            allowed[number] &= ~(boosts & (effects[:, None] == effects[~boosts]).all(-1).any(axis=1))
    return allowed


def _effects(table: np.ndarray, kind: int, has_boost: bool, has_flip: bool) -> np.ndarray:
    """`[A, 8]`: controls without those that do nothing in a kind of situation."""
    effects = table + np.float32(0)  # and no -0
    if kind == GONE:
        effects[:] = 0
    elif kind == DRIVING:
        effects[table[:, JUMP] == 0, PITCH:JUMP] = 0
    elif kind == FLYING:
        effects[:, HANDBRAKE] = 0
        effects[:, JUMP] *= has_flip
    effects[:, BOOST] *= has_boost
    return effects


def classes(state: State, ticks: int) -> Array:
    """`[..., C]` int32: the row of `class_table` for every car, for actions that act at most `ticks` long."""
    seconds = ticks / TICKS_PER_SECOND
    speed = length(state.velocity)
    reach = CAR_REACH + (speed + GAINED * seconds) * seconds  # [..., C] uu, at most

    # Which situation is certain
    here, height = state.demoed < 0.5, state.position[..., 2]
    gone = ~here & (state.ticks_until_respawn > ticks)
    begun = state.ticks_since_kickoff[..., None] > 0  # before that RocketSim 2 has contacts of the episode before
    free = here & begun & away_from_walls(state.position, reach) & nothing_hits(state, reach, seconds)
    driving = free & (state.on_ground > 0.5) & rests(state)
    flying = free & (state.on_ground < 0.5) & (reach < height) & (height + reach < CEILING_Z - RAMP)
    kind = DRIVING * number(driving) + FLYING * number(flying) + GONE * number(gone)

    # What there is to use; who respawns has a new tank
    boost = (state.boost > 0) | ~here | pad_in_reach(state, reach, seconds)
    flip = state.has_flip_or_jump > 0.5
    return kind + KINDS * (2 * number(boost) + number(flip))


def away_from_walls(position: Array, reach: Array) -> Array:
    """`[..., C]` bool: the car cannot get to a wall, nor to the ramp before it; goals count as walls."""
    x, y = abs(position[..., 0]), abs(position[..., 1])
    limit = RAMP + reach
    straight = (x + limit < SIDE_WALL) & (y + limit < BACK_WALL)
    return straight & (x + y + 2**0.5 * limit < CORNER)


def nothing_hits(state: State, reach: Array, seconds: float) -> Array:
    """`[..., C]` bool: neither the ball nor another car can get to the car."""
    position, here = state.position, state.demoed < 0.5
    num_cars = position.shape[-2]
    others = CAR_REACH + CAR_MAX_SPEED * seconds  # uu that another car may reach, pushed or not
    ball = BALL_RADIUS + length(state.ball_velocity)[..., None] * seconds
    struck = BALL_RADIUS + BALL_MAX_SPEED * seconds  # by another car

    # The ball; struck only if a car can reach it
    distance = length(state.ball_position[..., None, :] - position)
    strikes = count(here & (distance < others + ball))
    by_another = strikes.sum(-1)[..., None] - strikes > 0
    ball_hits = (distance < reach + ball) | (by_another & (distance < reach + struck))

    # Another car; one that respawns may be anywhere
    between = length(position[..., :, None, :] - position[..., None, :, :])
    apart = between + np.diag(np.full(num_cars, FAR, np.float32))
    meets = (apart < reach[..., :, None] + others) & here[..., None, :]
    appears = ~here & (state.ticks_until_respawn <= seconds * TICKS_PER_SECOND)
    return ~ball_hits & (count(meets).sum(-1) < 1) & (count(appears).sum(-1)[..., None] < 1)


def rests(state: State) -> Array:
    """`[..., C]` bool: a car on its wheels on the floor that no spring is about to throw up."""
    spin = length(state.angular_velocity * np.array([1, 1, 0], np.float32))
    still = (abs(state.velocity[..., 2]) < REST_SPEED) & (spin < REST_SPIN)
    return still & (abs(state.position[..., 2] - REST_HEIGHT) < REST_TOLERANCE) & (state.up[..., 2] > REST_UP)


def pad_in_reach(state: State, reach: Array, seconds: float) -> Array:
    """`[..., C]` bool: a boost pad that is there, or will be, may be taken."""
    places = np.array(PAD_PLACES, np.float32)
    there = (state.pad_seconds <= seconds) | (state.pads > 0)
    limit = (reach + (PAD_REACH - CAR_REACH))[..., None]
    x = state.position[..., 0:1] - places[:, 0]
    y = state.position[..., 1:2] - places[:, 1]
    near = there[..., None, :] & (x * x + y * y < limit * limit)
    return (count(near).sum(-1) > 0) & (state.position[..., 2] < PAD_HEIGHT + reach)


def number(flags: Array) -> Array:
    """Flags as int32."""
    return flags.astype(np.int32)


def count(flags: Array) -> Array:
    """Flags as float32, whose sums have one dtype everywhere."""
    return flags.astype(np.float32)
