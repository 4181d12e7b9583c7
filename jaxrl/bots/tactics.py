"""Two scripted tactics: one drives behind the ball and shoots, one also flips, for speed, for force and at kickoffs.

Both are pure functions of the state, with dice for how they steer; which part of a jump a car is in stands in the row.
Players never change, and neither do these numbers: they were chosen by matches (striker against chaser, racer against
striker), and another choice is another player. All arrays are per car, `[..., C]`, points and directions `[..., C, 2]`
or `[..., C, 3]` in the own frame of each car, see `jaxrl.bots.driving`.
"""

import numpy as np

from jaxrl.bots.driving import CAR_HEIGHT, FLYING, Seen, angle_to, ball_after, drive, flat, level, see, unit
from jaxrl.game.arrays import Array, length, namespace
from jaxrl.game.events import JUMPS
from jaxrl.game.field import (
    BACK_WALL,
    BALL_RADIUS,
    CAR_MAX_SPEED,
    GRAVITY,
    LARGE_PADS,
    NUM_PADS,
    PAD_PLACES,
    SIDE_WALL,
)

REACH = 150.0  # uu between the centers when a car touches the ball
HIGH = 250.0  # uu, above which a car waits for the ball to come down
BEHIND, NEAR, FURTHEST = 0.55, 150.0, 1300.0  # how far behind the ball to aim: a share of the way, less, at most (uu)
AIMED, LOOSE = 0.96, 0.46  # cosine to the goal above which a car drives at the ball, and below which it goes around
WAITS = 0.6  # cosine above which a car that is early slows down rather than goes around
DANGER = 1500.0  # uu from the middle, beyond which a ball in the own half is sent away, not at the goal
PACE, BOOSTED_PACE = 1600.0, 2000.0  # uu/s that a car is thought to make, without and with boost
EMPTY, LOW = 12.0, 30.0  # boost; below, a car makes a way round for more
FAR = 1500.0  # uu to the ball, from which on there is time for that
DETOUR = np.where(np.isin(np.arange(NUM_PADS), LARGE_PADS), 900, 300).astype(np.float32)  # uu, by the pad
PADS = np.array(PAD_PLACES, np.float32)
LATE = 1500.0  # uu by which a car on the wrong side of the ball is thought to be further away

JUMP, LET_GO = int(FLYING[1, 1, 1, 1]), int(FLYING[1, 1, 1, 0])
HIT_SECONDS = (0.05, 0.26)  # before contact: a flip is to be at its fastest
HIT_CLOSING, HIT_HEIGHT, HIT_ANGLE, HIT_USE = 400.0, 230.0, 0.4, 0.2  # uu/s, uu, rad, cosine to where the ball is to go
FLIP_SPEEDS, FLIP_ANGLE = (900.0, 1750.0), 0.15  # uu/s, rad: when a flip makes a car faster
KICKOFF_BOOST, KICKOFF_WAY = 3.0, 1400.0  # 0 to 100, uu
TURN_SECONDS = 0.6  # after which a flip is over


def strike(states: Array, uniforms: Array) -> Array:
    """Actions `[..., C]` int32 in raw states `[..., F]`: shoot at the goal, turn back to defend, take boost."""
    seen = see(states)
    target, speed, _ = _way(seen)
    return _on_wheels(seen, drive(seen, target, speed, uniforms), target)


def _on_wheels(seen: Seen, driving: Array, target: Array) -> Array:
    """`driving`, or in the air what brings the wheels down, with the nose to where it goes."""
    xp = namespace(driving)
    falls = (seen.state.on_ground == 0) & (seen.state.air_time > 0.1)
    ahead = target - seen.position
    facing = xp.stack([ahead[..., 0], ahead[..., 1], xp.zeros_like(ahead[..., 0])], axis=-1)
    return xp.where(falls, level(seen, facing), driving).astype(np.int32)


def _way(seen: Seen) -> tuple[Array, Array, Array]:
    """Where to drive, `[..., C, 3]`, how fast (uu/s), and whether that is the kickoff."""
    xp = namespace(seen.ball)
    ball, seconds = meeting(seen)
    shot, waits = _shot(seen, ball)
    supports, place = _supports(seen, ball), _between(ball)
    target = xp.where(supports[..., None], place, shot)
    # no faster than the ball comes down, and slowly where there is nothing to do but to stand between
    waits = waits & (seen.ball[..., 2] > HIGH) & ~supports
    in_time = xp.clip(length(flat(ball - seen.position)) / (seconds + 0.05), 300.0, CAR_MAX_SPEED)
    speed = xp.where(waits, in_time, np.float32(CAR_MAX_SPEED))
    speed = xp.where(supports & (length(flat(place - seen.position)) < 700), np.float32(700), speed)
    far = xp.where(supports, np.float32(BACK_WALL), length(flat(seen.ball - seen.position)))
    kicks_off = _kicks_off(seen)
    target = xp.where(kicks_off[..., None], seen.ball, _inside(_by_way_of_pads(seen, target, far)))
    return target, xp.where(kicks_off, np.float32(CAR_MAX_SPEED), speed), kicks_off


def meeting(seen: Seen) -> tuple[Array, Array]:
    """Where the ball will be when the car gets there, `[..., C, 3]`, and in how many seconds."""
    xp = namespace(seen.ball)
    fast = xp.where(seen.state.boost > EMPTY, np.float32(BOOSTED_PACE), np.float32(PACE))
    pace = xp.clip(length(seen.velocity) + 300, 1200.0, fast)
    z, rise = seen.ball[..., 2], seen.ball_velocity[..., 2]
    drop = xp.maximum(z - np.float32(BALL_RADIUS) - 40, 0.0)
    lands = (rise + xp.sqrt(rise * rise + 2 * GRAVITY * drop)) / GRAVITY
    lands = xp.where(z > HIGH, xp.clip(lands, 0.0, 3.0), xp.zeros_like(lands))

    def later(ball: Array) -> tuple[Array, Array]:
        distance = xp.maximum(length(flat(ball - seen.position)) - REACH, 0.0)
        seconds = xp.clip(xp.maximum(distance / pace, lands), 0.0, 3.0)
        return ball_after(seen, seconds), seconds

    return later(later(later(seen.ball)[0])[0])  # a way to where it is, to where it is by then, and again


def _aim(ball: Array) -> Array:
    """The direction `[..., 2]` in which to send the ball: into the goal; near the own goal away from it."""
    xp = namespace(ball)
    goal = xp.stack([xp.clip(ball[..., 0], -500.0, 500.0), xp.full_like(ball[..., 1], BACK_WALL + 200)], axis=-1)
    own = xp.stack([xp.zeros_like(ball[..., 0]), xp.full_like(ball[..., 1], -BACK_WALL - 500)], axis=-1)
    danger = xp.clip((-ball[..., 1] - DANGER) / 2500, 0.0, 1.0)[..., None]
    return unit((1 - danger) * unit(goal - flat(ball)) + danger * unit(flat(ball) - own))


def _shot(seen: Seen, ball: Array) -> tuple[Array, Array]:
    """The point `[..., C, 3]` from which the ball goes the right way, and whether the car may wait for it."""
    xp = namespace(ball)
    aim = _aim(ball)
    way = flat(ball) - flat(seen.position)
    distance, heading = length(way), unit(way)
    fit = (heading * aim).sum(-1)
    back = xp.clip((AIMED - fit) / (AIMED - LOOSE), 0.0, 1.0) * xp.clip(distance * BEHIND - NEAR, 40.0, FURTHEST)
    across = xp.stack([-aim[..., 1], aim[..., 0]], axis=-1)
    side = -(way * across).sum(-1)
    side = xp.where(side >= 0, np.float32(1), np.float32(-1))
    # around the ball, not through it, from the wrong side
    around = xp.clip(-fit + 0.1, 0.0, 1.0) * xp.clip(1500 - distance, 0.0, 500.0)
    point = flat(ball) - aim * (back[..., None] + 30) + across * (side * around)[..., None]
    height = xp.full_like(point[..., :1], CAR_HEIGHT)
    return xp.concatenate([point, height], axis=-1), fit > WAITS


def _is_goal_side(seen: Seen, ball: Array) -> Array:
    return seen.position[..., 1] < ball[..., 1] - 100


def _supports(seen: Seen, ball: Array) -> Array:
    """Whether a teammate is better placed to go for the ball, `[..., C]`."""
    xp = namespace(ball)
    cost = length(flat(ball - seen.position)) + xp.where(_is_goal_side(seen, ball), 0.0, LATE)
    team = cost.shape[-1] // 2
    tie = np.tile(np.arange(team, dtype=np.float32), 2)  # a kickoff may have two as near as each other
    cost = cost + xp.where(seen.state.demoed > 0, 10_000.0, 0.0) + tie
    teams = cost.reshape(*cost.shape[:-1], 2, team)
    return (teams > teams.min(-1, keepdims=True)).reshape(cost.shape)


def _between(ball: Array) -> Array:
    """A place `[..., C, 3]` between the ball and the own goal."""
    xp = namespace(ball)
    x, y = ball[..., 0] * 0.4, xp.maximum(ball[..., 1] * 0.5 - 2600, -4600.0)
    return xp.stack([x, y, xp.full_like(x, CAR_HEIGHT)], axis=-1)


def _by_way_of_pads(seen: Seen, target: Array, far: Array) -> Array:
    """The target `[..., C, 3]`, or a boost pad that is nearly on the way to it, where the tank is low."""
    xp = namespace(target)
    places = xp.asarray(PADS) * seen.turn[:, None, :2]  # [C, 34, 2]
    here, there = flat(seen.position)[..., None, :], flat(target)[..., None, :]
    to_pad = length(places - here)
    longer = to_pad + length(there - places) - length(there - here)
    active = seen.state.pads[..., None, :] > 0
    value = xp.where(active & (to_pad > 120), xp.asarray(DETOUR) - longer, -np.float32(1e6))
    best = value.argmax(-1)
    chosen = xp.take_along_axis(places + 0 * to_pad[..., None], best[..., None, None], axis=-2)[..., 0, :]
    wants = (seen.state.boost < LOW) & (value.max(-1) > 0) & (far > FAR)
    pad = xp.concatenate([chosen, xp.full_like(chosen[..., :1], CAR_HEIGHT)], axis=-1)
    return xp.where(wants[..., None], pad, target)


def _inside(target: Array) -> Array:
    xp = namespace(target)
    x, y = xp.clip(target[..., 0], 150 - SIDE_WALL, SIDE_WALL - 150), xp.clip(target[..., 1], -BACK_WALL, BACK_WALL)
    y = xp.where(xp.abs(x) > 800, xp.clip(y, 150 - BACK_WALL, BACK_WALL - 150), y)
    return xp.stack([x, y, target[..., 2]], axis=-1)


def race(states: Array, uniforms: Array) -> Array:
    """Actions `[..., C]` int32 in raw states `[..., F]`: as `strike`, with flips for speed, force and kickoffs."""
    seen = see(states)
    target, speed, kicks_off = _way(seen)
    driving = _on_wheels(seen, drive(seen, target, speed, uniforms), target)
    return _flips(seen, driving, target, kicks_off).astype(np.int32)


def _kicks_off(seen: Seen) -> Array:
    """Whether the car goes for a ball that lies in the middle since the kickoff, `[..., C]`."""
    untouched = (seen.state.ball_touched == 0) & (length(flat(seen.state.ball_position)) < 1)
    return untouched[..., None] & ~_supports(seen, seen.ball)


def _flips(seen: Seen, driving: Array, target: Array, kicks_off: Array) -> Array:
    """`driving`, or the part of a flip that is due: jump, let go, flip, and wait until the car has turned."""
    xp = namespace(driving)
    state = seen.state
    upright = (state.on_ground > 0) & (seen.up[..., 2] > 0.95)
    takes_off = upright & (_hits(seen, kicks_off) | _is_worth_a_flip(seen, target, kicks_off))
    is_used = (state.has_flipped > 0) | (state.has_double_jumped > 0)
    in_jump = (state.on_ground == 0) & (state.has_jumped > 0) & ~is_used & (state.air_time < TURN_SECONDS)
    held = xp.asarray(JUMPS)[state.previous_action.astype(np.int32)]
    actions = xp.where(takes_off, np.int32(JUMP), driving)
    actions = xp.where(in_jump & held, np.int32(LET_GO), actions)
    actions = xp.where(in_jump & ~held, _flip_towards(seen, target), actions)
    turning = (state.on_ground == 0) & (state.has_flipped > 0) & (state.flip_time < TURN_SECONDS)
    return xp.where(turning, np.int32(LET_GO), actions)


def _hits(seen: Seen, kicks_off: Array) -> Array:
    """Whether a flip now would meet the ball, and send it somewhere useful."""
    xp = namespace(seen.ball)
    offset = seen.ball - seen.position
    distance = length(offset)
    closing = ((seen.velocity - seen.ball_velocity) * unit(offset)).sum(-1)
    seconds = (distance - REACH) / xp.maximum(closing, 1.0)
    height = ball_after(seen, xp.clip(seconds, 0.0, 1.0))[..., 2]
    fit = (unit(flat(offset)) * _aim(seen.ball)).sum(-1)
    soon = (seconds > HIT_SECONDS[0]) & (seconds < HIT_SECONDS[1]) & (closing > HIT_CLOSING)
    is_ahead = xp.abs(angle_to(seen, seen.ball)) < HIT_ANGLE
    return soon & (height < HIT_HEIGHT) & is_ahead & ((fit > HIT_USE) | kicks_off)


def _is_worth_a_flip(seen: Seen, target: Array, kicks_off: Array) -> Array:
    """Whether the way is straight and long enough for a flip, and the car not fast enough without."""
    xp = namespace(target)
    ahead = (seen.velocity * seen.forward).sum(-1)
    distance = length(flat(target - seen.position))
    straight = xp.abs(angle_to(seen, target)) < FLIP_ANGLE
    # at a kickoff as soon as the tank is empty, even if the car is still in the air when it meets the ball
    has_boost = seen.state.boost >= xp.where(kicks_off, np.float32(KICKOFF_BOOST), np.float32(EMPTY))
    is_long = distance > xp.where(kicks_off, np.float32(KICKOFF_WAY), 1000 + ahead)
    return straight & (ahead > FLIP_SPEEDS[0]) & (ahead < FLIP_SPEEDS[1]) & ~has_boost & is_long


def _flip_towards(seen: Seen, target: Array) -> Array:
    """The flip that carries the car to the ball, if that is near, or else to its target."""
    xp = namespace(target)
    near = length(seen.ball - seen.position) < 700
    angle = angle_to(seen, xp.where(near[..., None], seen.ball, target))
    sideways = xp.where(xp.abs(angle) > 0.4, xp.sign(angle), xp.zeros_like(angle)).astype(np.int32)
    pitch = xp.where(xp.abs(angle) > 1.9, np.int32(1), xp.where(xp.abs(angle) < 1.2, np.int32(-1), np.int32(0)))
    return xp.asarray(FLYING)[pitch + 1, xp.ones_like(pitch), sideways + 1, xp.ones_like(pitch)]
